'use strict';

/*
 * Which members of which binding a file of Node's library uses.  It is looked
 * through while the snapshot is built, in a context made for it, as are the
 * primordials: what is not there stops the start and is named.  Left out is what a file uses only with
 * an inspector or a profiler.
 */

const {
    ArrayPrototypePush,
    ArrayPrototypeJoin,
    Error,
    ReflectOwnKeys,
    StringPrototypeIndexOf,
    StringPrototypeSlice,
} = intrinsics;

const names = require('node/names');
const { fill, internalBinding, primordials } = require('node/realm');

/* "file binding" -> its members */

const NEEDS = {
    '__proto__': null,
    '_http_common http_parser':
        'HTTPParser methods',
    '_http_server http_parser':
        'ConnectionsList HTTPParser',
    '_tls_common constants':
        'crypto',
    '_tls_common crypto':
        'SecureContext',
    '_tls_wrap crypto':
        'SecureContext',
    '_tls_wrap pipe_wrap':
        'Pipe constants',
    '_tls_wrap symbols':
        'onpskexchange',
    '_tls_wrap tcp_wrap':
        'TCP constants',
    '_tls_wrap tls_wrap':
        'TLSWrap wrap',
    'buffer buffer':
        'byteLengthUtf8 compare compareOffset createFromString fill '
        + 'indexOfBuffer indexOfNumber indexOfString isAscii isUtf8 '
        + 'kMaxLength kStringMaxLength swap16 swap32 swap64',
    'buffer config':
        'hasIntl',
    'buffer icu':
        'icuErrName transcode',
    'buffer string_decoder':
        'encodings',
    'buffer util':
        'constants getOwnNonIndexProperties',
    'constants constants':
        'crypto fs os',
    'crypto crypto':
        'getFipsCrypto setFipsCrypto timingSafeEqual',
    'internal/crypto/aes crypto':
        'AESCipherJob KeyObjectHandle kCryptoJobAsync '
        + 'kKeyVariantAES_CBC_128 kKeyVariantAES_CBC_192 '
        + 'kKeyVariantAES_CBC_256 kKeyVariantAES_CTR_128 '
        + 'kKeyVariantAES_CTR_192 kKeyVariantAES_CTR_256 '
        + 'kKeyVariantAES_GCM_128 kKeyVariantAES_GCM_192 '
        + 'kKeyVariantAES_GCM_256 kKeyVariantAES_KW_128 '
        + 'kKeyVariantAES_KW_192 kKeyVariantAES_KW_256 '
        + 'kWebCryptoCipherDecrypt kWebCryptoCipherEncrypt',
    'internal/crypto/certificate crypto':
        'certExportChallenge certExportPublicKey '
        + 'certVerifySpkac',
    'internal/crypto/cfrg crypto':
        'ECKeyExportJob KeyObjectHandle SignJob kCryptoJobAsync '
        + 'kKeyTypePrivate kKeyTypePublic kSignJobModeSign '
        + 'kSignJobModeVerify',
    'internal/crypto/cipher constants':
        'crypto',
    'internal/crypto/cipher crypto':
        'CipherBase getCipherInfo privateDecrypt privateEncrypt '
        + 'publicDecrypt publicEncrypt',
    'internal/crypto/diffiehellman constants':
        'crypto',
    'internal/crypto/diffiehellman crypto':
        'DiffieHellman DiffieHellmanGroup ECDH ECDHBitsJob '
        + 'ECDHConvertKey kCryptoJobAsync statelessDH',
    'internal/crypto/ec crypto':
        'ECKeyExportJob KeyObjectHandle SignJob kCryptoJobAsync '
        + 'kKeyTypePrivate kSigEncP1363 kSignJobModeSign '
        + 'kSignJobModeVerify',
    'internal/crypto/hash crypto':
        'Hash HashJob Hmac kCryptoJobAsync',
    'internal/crypto/hkdf crypto':
        'HKDFJob kCryptoJobAsync kCryptoJobSync',
    'internal/crypto/keygen crypto':
        'DhKeyPairGenJob DsaKeyPairGenJob EVP_PKEY_ED25519 '
        + 'EVP_PKEY_ED448 EVP_PKEY_X25519 EVP_PKEY_X448 '
        + 'EcKeyPairGenJob NidKeyPairGenJob '
        + 'OPENSSL_EC_EXPLICIT_CURVE OPENSSL_EC_NAMED_CURVE '
        + 'RsaKeyPairGenJob SecretKeyGenJob kCryptoJobAsync '
        + 'kCryptoJobSync kKeyVariantRSA_PSS '
        + 'kKeyVariantRSA_SSA_PKCS1_v1_5',
    'internal/crypto/keys crypto':
        'KeyObjectHandle createNativeKeyObjectClass '
        + 'kKeyEncodingPKCS1 kKeyEncodingPKCS8 kKeyEncodingSEC1 '
        + 'kKeyEncodingSPKI kKeyFormatDER kKeyFormatJWK '
        + 'kKeyFormatPEM kKeyTypePrivate kKeyTypePublic '
        + 'kKeyTypeSecret',
    'internal/crypto/mac crypto':
        'HmacJob KeyObjectHandle kCryptoJobAsync '
        + 'kSignJobModeSign kSignJobModeVerify',
    'internal/crypto/pbkdf2 crypto':
        'PBKDF2Job kCryptoJobAsync kCryptoJobSync',
    'internal/crypto/random crypto':
        'CheckPrimeJob RandomBytesJob RandomPrimeJob '
        + 'kCryptoJobAsync kCryptoJobSync secureBuffer',
    'internal/crypto/rsa crypto':
        'KeyObjectHandle RSACipherJob RSAKeyExportJob '
        + 'RSA_PKCS1_PSS_PADDING SignJob kCryptoJobAsync '
        + 'kKeyTypePrivate kKeyVariantRSA_OAEP kKeyVariantRSA_PSS '
        + 'kKeyVariantRSA_SSA_PKCS1_v1_5 kSignJobModeSign '
        + 'kSignJobModeVerify kWebCryptoCipherEncrypt',
    'internal/crypto/scrypt crypto':
        'ScryptJob kCryptoJobAsync kCryptoJobSync',
    'internal/crypto/sig crypto':
        'Sign SignJob Verify kCryptoJobAsync kCryptoJobSync '
        + 'kSigEncDER kSigEncP1363 kSignJobModeSign '
        + 'kSignJobModeVerify',
    'internal/crypto/util constants':
        'crypto',
    'internal/crypto/util crypto':
        'getCiphers getCurves getHashes secureHeapUsed '
        + 'setEngine',
    'internal/crypto/webcrypto crypto':
        'kWebCryptoCipherDecrypt kWebCryptoCipherEncrypt '
        + 'kWebCryptoKeyFormatPKCS8 kWebCryptoKeyFormatRaw '
        + 'kWebCryptoKeyFormatSPKI',
    'internal/crypto/x509 crypto':
        'X509_CHECK_FLAG_ALWAYS_CHECK_SUBJECT '
        + 'X509_CHECK_FLAG_MULTI_LABEL_WILDCARDS '
        + 'X509_CHECK_FLAG_NEVER_CHECK_SUBJECT '
        + 'X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS '
        + 'X509_CHECK_FLAG_NO_WILDCARDS '
        + 'X509_CHECK_FLAG_SINGLE_LABEL_SUBDOMAINS parseX509',
    'dns cares_wrap':
        'AI_ADDRCONFIG AI_ALL AI_V4MAPPED GetAddrInfoReqWrap '
        + 'GetNameInfoReqWrap getaddrinfo getnameinfo',
    'internal/dns/callback_resolver cares_wrap':
        'QueryReqWrap',
    'internal/dns/promises cares_wrap':
        'GetAddrInfoReqWrap GetNameInfoReqWrap QueryReqWrap getaddrinfo '
        + 'getnameinfo',
    'internal/dns/utils cares_wrap':
        'AI_ADDRCONFIG AI_ALL AI_V4MAPPED ChannelWrap strerror',
    'diagnostics_channel errors':
        'triggerUncaughtException',
    'diagnostics_channel util':
        'WeakReference',
    'fs constants':
        'fs',
    'fs fs':
        'FSReqCallback access chmod chown close copyFile fchmod '
        + 'fchown fdatasync fstat fsync ftruncate futimes '
        + 'internalModuleStat lchown link lstat lutimes mkdir mkdtemp '
        + 'open read readBuffers readdir readlink realpath rename rmdir '
        + 'stat statValues statfs symlink unlink utimes writeBuffer '
        + 'writeBuffers writeString',
    'internal/abort_controller messaging':
        'DOMException',
    'internal/abort_controller symbols':
        'messaging_deserialize_symbol messaging_transfer_list_symbol '
        + 'messaging_transfer_symbol',
    'internal/async_hooks async_wrap':
        'Providers async_hook_fields async_id_fields async_ids_stack '
        + 'clearAsyncIdStack constants executionAsyncResource '
        + 'execution_async_resources popAsyncContext pushAsyncContext '
        + 'queueDestroyAsyncId registerDestroyHook '
        + 'setCallbackTrampoline',
    'internal/async_hooks symbols':
        'async_id_symbol owner_symbol resource_symbol '
        + 'trigger_async_id_symbol',
    'internal/async_hooks task_queue':
        'enqueueMicrotask',
    'internal/blob blob':
        'FixedSizeBlobCopyJob createBlob getDataObject',
    'internal/blocklist block_list':
        'BlockList',
    'internal/blocklist symbols':
        'owner_symbol',
    'internal/buffer buffer':
        'asciiSlice asciiWrite base64Slice base64Write base64urlSlice '
        + 'base64urlWrite createUnsafeArrayBuffer getZeroFillToggle '
        + 'hexSlice hexWrite latin1Slice latin1Write ucs2Slice '
        + 'ucs2Write utf8Slice utf8Write',
    'internal/buffer util':
        'privateSymbols',
    'internal/console/constructor config':
        'hasInspector',
    'internal/console/constructor trace_events':
        'trace',
    'internal/console/constructor util':
        'previewEntries',
    'internal/encoding buffer':
        'decodeUTF8 encodeInto encodeUtf8String',
    'internal/encoding config':
        'hasIntl',
    'internal/encoding icu':
        'decode getConverter',
    'internal/errors os':
        'getOSInformation',
    'internal/errors util':
        'privateSymbols',
    'internal/errors uv':
        'getErrorMap',
    'internal/fs/cp/cp constants':
        'os',
    'internal/fs/cp/cp-sync constants':
        'os',
    'internal/fs/dir fs':
        'FSReqCallback',
    'internal/fs/dir fs_dir':
        'opendir',
    'internal/fs/promises constants':
        'fs',
    'internal/fs/promises fs':
        'access chmod chown copyFile fchmod fchown fdatasync fstat '
        + 'fsync ftruncate futimes internalModuleStat kUsePromises '
        + 'lchown link lstat lutimes mkdir mkdtemp openFileHandle read '
        + 'readBuffers readdir readlink realpath rename rmdir stat '
        + 'statfs symlink unlink utimes writeBuffer writeBuffers '
        + 'writeString',
    'internal/fs/read_file_context fs':
        'FSReqCallback close read',
    'internal/fs/watchers fs':
        'StatWatcher kFsStatsFieldsNumber',
    'internal/fs/watchers fs_event_wrap':
        'FSEvent',
    'internal/fs/watchers uv':
        'UV_ENOSPC',
    'internal/histogram performance':
        'Histogram',
    'internal/http trace_events':
        'isTraceCategoryEnabled trace',
    'internal/idna url':
        'toASCII toUnicode',
    'internal/perf/event_loop_delay performance':
        'createELDHistogram',
    'internal/perf/nodetiming performance':
        'constants loopIdleTime',
    'internal/perf/observe performance':
        'constants installGarbageCollectionTracking observerCounts '
        + 'removeGarbageCollectionTracking setupObservers',
    'internal/perf/performance performance':
        'getTimeOriginTimestamp',
    'internal/promise_hooks async_wrap':
        'setPromiseHooks',
    'internal/promise_hooks errors':
        'triggerUncaughtException',
    'internal/tls/secure-context constants':
        'crypto',
    'internal/url blob':
        'revokeDataObject storeDataObject',
    'internal/url url':
        'canParse domainToASCII domainToUnicode parse update '
        + 'urlComponents',
    'internal/util constants':
        'os',
    'internal/util messaging':
        'DOMException',
    'internal/util types':
        'isNativeError',
    'internal/util util':
        'isArrayBufferDetached privateSymbols sleep toUSVString',
    'internal/util/comparisons buffer':
        'compare',
    'internal/util/comparisons util':
        'constants getOwnNonIndexProperties',
    'internal/util/inspect config':
        'hasIntl',
    'internal/util/inspect icu':
        'getStringWidth',
    'internal/util/inspect util':
        'constants getConstructorName getExternalValue '
        + 'getOwnNonIndexProperties getPromiseDetails getProxyDetails '
        + 'previewEntries',
    'internal/validators constants':
        'os',
    'internal/js_stream_socket js_stream':
        'JSStream',
    'internal/js_stream_socket uv':
        'UV_ECANCELED UV_EOF UV_EPIPE',
    'internal/net fs':
        'writeBuffer',
    'internal/socketaddress block_list':
        'AF_INET AF_INET6 SocketAddress',
    'internal/stream_base_commons stream_wrap':
        'WriteWrap kArrayBufferOffset kBytesWritten kLastWriteWasAsync '
        + 'kReadBytesOrError streamBaseState',
    'internal/stream_base_commons uv':
        'UV_EOF',
    'internal/webstreams/adapters stream_wrap':
        'ShutdownWrap WriteWrap kLastWriteWasAsync kReadBytesOrError '
        + 'streamBaseState',
    'internal/webstreams/adapters uv':
        'UV_EOF',
    'internal/webstreams/readablestream messaging':
        'DOMException',
    'internal/webstreams/transfer messaging':
        'DOMException',
    'internal/webstreams/transformstream messaging':
        'DOMException',
    'internal/webstreams/util buffer':
        'copyArrayBuffer detachArrayBuffer',
    'internal/webstreams/util util':
        'constants getPromiseDetails',
    'internal/webstreams/writablestream messaging':
        'DOMException',
    'internal/worker/js_transferable messaging':
        'JSTransferable carrier carrierAs',
    'internal/worker/js_transferable symbols':
        'messaging_clone_symbol messaging_deserialize_symbol '
        + 'messaging_transfer_list_symbol messaging_transfer_symbol',
    'net pipe_wrap':
        'Pipe PipeConnectWrap constants',
    'net stream_wrap':
        'ShutdownWrap',
    'net tcp_wrap':
        'TCP TCPConnectWrap constants',
    'net util':
        'guessHandleType',
    'net uv':
        'UV_EADDRINUSE UV_ECANCELED UV_EINVAL UV_ENOTCONN',
    'os constants':
        'os',
    'os credentials':
        'safeGetenv',
    'os os':
        'getAvailableParallelism getCPUs getFreeMem getHomeDirectory '
        + 'getHostname getInterfaceAddresses getLoadAvg '
        + 'getOSInformation getPriority getTotalMem getUptime '
        + 'getUserInfo isBigEndian setPriority',
    'perf_hooks performance':
        'constants',
    'string_decoder string_decoder':
        'decode encodings flush kBufferedBytes kEncodingField '
        + 'kIncompleteCharactersEnd kIncompleteCharactersStart '
        + 'kMissingBytes kSize',
    'tls cares_wrap':
        'canonicalizeIP',
    'tls crypto':
        'getRootCertificates getSSLCiphers',
    'url url':
        'format',

    /* those that code on them loads with */
    'child_process pipe_wrap':
        'Pipe constants',
    'dgram constants':
        'os',
    'dgram udp_wrap':
        'SendWrap UDP constants',
    'dgram util':
        'guessHandleType',
    'domain util':
        'WeakReference',
    'internal/vm contextify':
        'ContextifyScript compileFunction isContext',
    'internal/vm symbols':
        'default_host_defined_options vm_dynamic_import_missing_flag',
    'internal/worker/io messaging':
        'DOMException MessageChannel MessagePort broadcastChannel '
        + 'checkMessagePort drainMessagePort moveMessagePortToContext '
        + 'receiveMessageOnPort stopMessagePort',
    'internal/worker/io symbols':
        'handle_onclose no_message_symbol oninit',
    'internal/worker/io worker':
        'getEnvMessagePort',
    'v8 buffer':
        'copy',
    'v8 heap_utils':
        'createHeapSnapshotStream triggerHeapSnapshot',
    'v8 serdes':
        'Deserializer Serializer',
    'vm contextify':
        'ContextifyScript MicrotaskQueue constants makeContext '
        + 'measureMemory',
    'zlib constants':
        'zlib',
    'zlib symbols':
        'owner_symbol',
    'zlib zlib':
        'BrotliDecoder BrotliEncoder Zlib',
};

/* the words of a text, which single blanks part */

function words(text) {
    const result = [];

    for (let start = 0; start < text.length;) {
        const end = StringPrototypeIndexOf(text, ' ', start);
        const stop = end === -1 ? text.length : end;

        ArrayPrototypePush(result, StringPrototypeSlice(text, start, stop));
        start = stop + 1;
    }

    return result;
}

function check() {
    fill([]);

    const uses = ReflectOwnKeys(NEEDS);
    const missing = [];

    for (let i = 0; i < uses.length; i++) {
        const { 0: file, 1: name } = words(uses[i]);
        const members = words(NEEDS[uses[i]]);
        const provided = internalBinding(name);

        for (let n = 0; n < members.length; n++) {
            if (provided[members[n]] === undefined) {
                ArrayPrototypePush(missing,
                                   `${name}.${members[n]} (of ${file})`);
            }
        }
    }

    for (let i = 0; i < names.primordials.length; i++) {
        if (primordials[names.primordials[i]] === undefined) {
            ArrayPrototypePush(missing, `primordials.${names.primordials[i]}`);
        }
    }

    if (missing.length !== 0) {
        throw new Error("Node's library misses "
                        + ArrayPrototypeJoin(missing, ', '));
    }
}

module.exports = { __proto__: null, check };
