'use strict';

/*
 * Node's TLSWrap over the connections of C.  Handshake, secrets and sessions
 * are told as events, after which whatever is waited for goes on.
 */

const {
    ArrayPrototypeSplice,
    Error,
    JSONStringify,
    ReflectApply,
    ReflectOwnKeys,
    String,
    StringPrototypeIndexOf,
    StringPrototypeSlice,
    StringPrototypeToUpperCase,
    TypeError,
    TypedArrayPrototypeSubarray,
} = intrinsics;

const { HandleWrap, happened, holderOf } = require('node/handles');
const { internalBinding } = require('node/realm');
const { SecureContext, identityCheck } = require('node/tls-context');
const { StreamBase, failWrite } = require('node/stream-base');
const { X509Certificate, describe } = require('node/crypto-x509');
const { toBuffer } = require('node/buffer-prototype');

const native = binding('node/tls_wrap');
const { take } = binding('node/handle');
const { owner_symbol } = internalBinding('symbols');

const { close: closeHandle } = HandleWrap.prototype;

const EPROTO = -71;

/* events of C */

const STARTED = 16;
const DONE = 17;
const SESSION = 18;
const KEYLOG = 19;
const OCSP = 20;
const ERROR = 21;
const CERTIFICATE = 22;
const HELLO = 23;

/* what native.enable() and native.goOn() know by a number */

const SESSIONS = 0;
const SECRETS = 1;
const STATUS = 2;
const CHOICE = 3;

const SESSION_TOLD = 0;
const SESSION_LOADED = 1;
const PEER_KNOWN = 2;

/* bytes of which C knows that they are Latin-1 */

function text(bytes) {
    return bytes === undefined ? ''
           : ReflectApply(binding('node/buffer').latin1Slice, bytes, []);
}

function buffer(bytes) {
    return bytes === undefined ? undefined : toBuffer(bytes);
}

/* "this error" -> ERR_SSL_THIS_ERROR, as OpenSSL's macros are called, about */

function codeOf(reason) {
    let code = 'ERR_SSL_';

    for (let i = 0; i < reason.length; i++) {
        code += reason[i] === ' ' ? '_' : reason[i];
    }

    return StringPrototypeToUpperCase(code);
}

/* OpenSSL's message, library and reason */

function failure(bytes) {
    const all = text(bytes);
    const first = StringPrototypeIndexOf(all, '\0', 0);
    const second = StringPrototypeIndexOf(all, '\0', first + 1);
    const reason = StringPrototypeSlice(all, second + 1);
    const error = new Error(StringPrototypeSlice(all, 0, first));

    error.library = StringPrototypeSlice(all, first + 1, second);
    error.reason = reason;
    error.code = codeOf(reason);

    return error;
}

/* what tls.connect() was given, which it keeps under a symbol of its own */

let options;

function optionsOf(owner) {
    if (typeof owner !== 'object' || owner === null) {
        return undefined;
    }

    if (options === undefined) {
        const keys = ReflectOwnKeys(owner);

        for (let i = 0; i < keys.length; i++) {
            if (typeof keys[i] === 'symbol'
                && String(keys[i]) === 'Symbol(connect-options)')
            {
                options = keys[i];
                break;
            }
        }
    }

    return options === undefined ? undefined : owner[options];
}

/*
 * Where a connection goes to whose session may be one that the worker has kept;
 * undefined: it may not be.  Who goes on with a session is not asked for its
 * identity again, so that only those are kept that Node's own check has passed,
 * and only those connections get one that would have it checked the same way.
 */

function placeOf(owner, protocols) {
    const given = optionsOf(owner);

    if (typeof given !== 'object' || given === null || given.session
        || given.rejectUnauthorized !== true
        || given.checkServerIdentity !== identityCheck()
        || !(given.servername || given.host))
    {
        return undefined;
    }

    return JSONStringify([
        `${given.host}`, `${given.port}`, `${given.servername}`,
        `${given.path}`, !!given.socket, protocols,
    ]);
}

/* the same for Agents: what a connection of theirs has to be besides */
let placeOfWrap;

class TLSWrap extends StreamBase {
    #server;
    #cached = false;
    #session = false;
    #protocols = '';

    static {
        placeOfWrap = (wrap) => {
            return #protocols in wrap
                   ? placeOf(wrap[owner_symbol], wrap.#protocols) : undefined;
        };
    }

    constructor(holder, server) {
        super(holder);
        this.#server = server;
    }

    /*
     * It is this that is waited for while it reads, and not the stream below
     * alone, whose methods Node's library puts in the place of these.
     */

    get ref() {
        return () => {
            super.ref();
            this._parent?.ref?.();
        };
    }

    set ref(method) {}

    get unref() {
        return () => {
            super.unref();
            this._parent?.unref?.();
        };
    }

    set unref(method) {}

    asyncReset() {
        super.asyncReset();
        this._parent?.asyncReset?.();
    }

    get fd() {
        return this._parent?.fd ?? -1;
    }

    [happened](event, value) {
        switch (event) {
        case STARTED:
            this.onhandshakestart?.(
                require('process/process').process.uptime() * 1000);
            break;

        case DONE:
            this.#look();

            if (this.#cached && this[owner_symbol]?.authorized === true) {
                native.trust(holderOf(this));
            }

            break;

        case SESSION: {
            const bytes = take();

            this.onnewsession?.(
                toBuffer(TypedArrayPrototypeSubarray(bytes, 0, value)),
                toBuffer(TypedArrayPrototypeSubarray(bytes, value)));
            break;
        }

        case KEYLOG:
            this.onkeylog?.(toBuffer(take()));
            break;

        case OCSP:
            this.onocspresponse?.(buffer(take()) ?? null);
            break;

        case ERROR: {
            const error = failure(take());

            if (value === 0 || !this[failWrite](EPROTO, error.message)) {
                this.onerror?.(error);
            }

            break;
        }

        case CERTIFICATE:
            this.oncertcb?.({ servername: text(take()),
                              OCSPRequest: value === 1 });
            break;

        case HELLO:
            this.onclienthello?.({ sessionId: buffer(take()) ?? '',
                                   servername: '', tlsTicket: value === 1 });
            break;

        default:
            super[happened](event, value);
        }
    }

    /*
     * What a client has written waits until Node's library, or whoever listens to
     * 'secure', has had a look at the peer, and has not closed the connection. A
     * listener of 'secureConnect' that throws does so after that.
     */

    #look() {
        let looked = false;

        try {
            this.onhandshakedone?.();
            looked = true;

        } finally {
            if (!this.#server
                && (looked || this[owner_symbol]?.secureConnecting === false))
            {
                native.goOn(holderOf(this), PEER_KNOWN);
            }
        }
    }

    start() {
        const place = this.#session ? undefined
                      : placeOf(this[owner_symbol], this.#protocols);

        if (place !== undefined) {
            this.#cached = true;
            native.cache(holderOf(this), place);
        }

        native.start(holderOf(this));
    }

    receive(bytes) {
        native.receive(holderOf(this), bytes);
    }

    destroySSL() {
        native.destroy(holderOf(this));

        /* Node's library has put another close() in its place */
        ReflectApply(closeHandle, this, []);
    }

    writesIssuedByPrevListenerDone() {
        native.release(holderOf(this));
    }

    setVerifyMode(request, reject) {
        native.verify(holderOf(this), request, reject);
    }

    enableSessionCallbacks() {
        native.enable(holderOf(this), SESSIONS);
    }

    enableKeylogCallback() {
        native.enable(holderOf(this), SECRETS);
    }

    requestOCSP() {
        native.enable(holderOf(this), STATUS);
    }

    enableCertCb() {
        native.enable(holderOf(this), CHOICE);
    }

    enableTrace() {}

    setServername(name) {
        native.setName(holderOf(this), name);
    }

    getServername() {
        return native.name(holderOf(this)) ?? false;
    }

    setSession(session) {
        this.#session = true;
        native.setSession(holderOf(this), session);
    }

    getSession() {
        return buffer(native.session(holderOf(this)));
    }

    getTLSTicket() {
        return buffer(native.ticket(holderOf(this)));
    }

    isSessionReused() {
        return native.reused(holderOf(this));
    }

    setALPNProtocols(protocols) {
        this.#protocols = text(protocols);
        native.setProtocols(holderOf(this), protocols);
    }

    getALPNNegotiatedProtocol() {
        return native.protocol(holderOf(this)) ?? false;
    }

    getProtocol() {
        return native.version(holderOf(this));
    }

    getCipher() {
        const cipher = native.cipher(holderOf(this));

        return cipher === undefined ? undefined
               : { name: cipher[0], standardName: cipher[1],
                   version: cipher[2] };
    }

    getFinished() {
        return buffer(native.finished(holderOf(this), 0));
    }

    getPeerFinished() {
        return buffer(native.finished(holderOf(this), 1));
    }

    getEphemeralKeyInfo() {
        if (this.#server) {
            return null;
        }

        const key = native.ephemeral(holderOf(this));

        return key === undefined ? {}
               : key[1] === undefined ? { type: 'DH', size: key[0] }
               : { type: 'ECDH', name: key[1], size: key[0] };
    }

    getSharedSigalgs() {
        return native.sigalgs(holderOf(this));
    }

    verifyError() {
        const wrong = native.error(holderOf(this));

        if (wrong === undefined) {
            return null;
        }

        const error = new Error(wrong[0]);

        error.code = wrong[1];

        return error;
    }

    getPeerCertificate(detailed) {
        const certificates = native.peerCertificates(holderOf(this));

        if (certificates === undefined || certificates.length === 0) {
            return undefined;
        }

        const target = describe(certificates[0]);

        if (detailed === true) {
            this.#addIssuers(target, certificates);
        }

        return target;
    }

    /* of those that were sent, then of those that are trusted */

    #addIssuers(target, certificates) {
        let { 0: current } = certificates;

        const { x509CheckIssued } = binding('node/crypto');

        ArrayPrototypeSplice(certificates, 0, 1);

        for (let i = 0; i < certificates.length;) {
            if (!x509CheckIssued(current, certificates[i])) {
                i++;
                continue;
            }

            current = certificates[i];
            target = target.issuerCertificate = describe(current);
            ArrayPrototypeSplice(certificates, i, 1);
            i = 0;
        }

        while (!x509CheckIssued(current, current)) {
            const issuer = native.issuer(holderOf(this), current);

            if (issuer === undefined) {
                return;
            }

            const former = target.fingerprint256;

            current = issuer;
            target = target.issuerCertificate = describe(current);

            /* one that has not the right to sign itself */
            if (target.fingerprint256 === former) {
                return;
            }
        }

        target.issuerCertificate = target;
    }

    getPeerX509Certificate() {
        const certificates = native.peerCertificates(holderOf(this));

        return certificates === undefined || certificates.length === 0
               ? undefined
               : X509Certificate.of(certificates[0], certificates, 1);
    }

    getCertificate() {
        const certificate = native.ownCertificate(holderOf(this));

        return certificate === undefined ? undefined : describe(certificate);
    }

    getX509Certificate() {
        const certificate = native.ownCertificate(holderOf(this));

        return certificate === undefined ? undefined
               : X509Certificate.of(certificate);
    }

    exportKeyingMaterial(length, label, context) {
        return buffer(native.exportKey(holderOf(this), length, label,
                                       context));
    }

    setMaxSendFragment(size) {
        return native.setFragment(holderOf(this), size);
    }

    renegotiate() {
        native.renegotiate(holderOf(this));
    }

    /* of servers */

    certCbDone() {
        const context = this.sni_context;

        if (context instanceof SecureContext) {
            native.choose(holderOf(this), SecureContext.raw(context));

        } else if (typeof context === 'object' && context !== null) {
            this.onerror?.(new TypeError('Invalid SNI context'));

        } else {
            native.choose(holderOf(this), undefined);
        }
    }

    newSessionDone() {
        native.goOn(holderOf(this), SESSION_TOLD);
    }

    loadSession(session) {
        if (typeof session === 'object' && session !== null) {
            native.setSession(holderOf(this), session);
        }
    }

    endParser() {
        native.goOn(holderOf(this), SESSION_LOADED);
    }

    setOCSPResponse(response) {
        native.answer(holderOf(this), response);
    }
}

/* `busy`: the stream below has writes of before under way */

function wrap(handle, context, server, busy) {
    return new TLSWrap(native.wrap(holderOf(handle),
                                   SecureContext.raw(context), server, busy),
                       server);
}

module.exports = {
    __proto__: null,
    HAVE_SSL_TRACE: false,
    TLSWrap,
    placeOf: placeOfWrap,
    wrap,
};
