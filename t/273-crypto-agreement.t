# crypto: keys that two agree on, primes, DSA, AES as WebCrypto has it, and what
# the file of a key may ask for.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: Diffie-Hellman over a prime of RFC 3526, and over others
--- function
const crypto = require('crypto');
const tell = (f) => {
  try { return f(); } catch (e) { return `${e.name} ${e.code}: ${e.message}`; }
};

module.exports = (req, res) => {
  const group = crypto.getDiffieHellman('modp14');
  const a = crypto.createDiffieHellman(group.getPrime());
  const b = crypto.createDiffieHellman(group.getPrime('hex'), 'hex');

  // 2 to the power of 3 * 5
  a.setPrivateKey(Buffer.from([3]));
  b.setPrivateKey(Buffer.from([5]));
  a.generateKeys();
  b.generateKeys();

  const secret = a.computeSecret(b.getPublicKey());

  res.json([
    group.verifyError, a.verifyError, a.getGenerator('hex'),
    a.getPublicKey('hex'), b.getPublicKey('hex'),
    secret.length, secret.subarray(-3).toString('hex'),
    secret.equals(b.computeSecret(a.getPublicKey('hex'), 'hex')),
    crypto.createDiffieHellman('abcdef', 'hex').verifyError,
    tell(() => a.computeSecret(Buffer.from([1]))),
    tell(() => group.getPrivateKey()),
    tell(() => crypto.getDiffieHellman('modp3')),
    tell(() => crypto.createDiffieHellman(Buffer.alloc(20000, 255))),
    tell(() => a.setPrivateKey(Buffer.alloc(20000, 255))),
    tell(() => crypto.createDiffieHellman('abcdef', 'hex', 1)),
  ]);
};
--- request
GET /t
--- response_body chomp
[0,0,"02","08","20",256,"008000",true,129,"RangeError ERR_CRYPTO_INVALID_KEYLEN: Supplied key is too small","Error ERR_CRYPTO_INVALID_STATE: No private key - did you forget to generate one?","Error ERR_CRYPTO_UNKNOWN_DH_GROUP: Unknown DH group","RangeError ERR_OUT_OF_RANGE: the number is too big","RangeError ERR_OUT_OF_RANGE: the number is too big","Error ERR_OSSL_DH_BAD_GENERATOR: error:02800065:Diffie-Hellman routines::bad generator"]



=== TEST 2: ECDH over secp256k1, X25519, and a point in each form
--- function
const crypto = require('crypto');
const key = (kind, type, hex) => crypto[`create${kind}Key`]({
  key: Buffer.from(hex, 'hex'), format: 'der', type });
const tell = (f) => {
  try { return f(); } catch (e) { return `${e.name} ${e.code}: ${e.message}`; }
};

module.exports = async (req, res) => {
  const ecdh = crypto.createECDH('secp256k1');
  const point = '02c6b754b20826eb925e052ee2c25285'
                + 'b162b51fdca732bcf67e39d647fb6830ae';
  const privateKey = key('Private', 'pkcs8',
    '302e020100300506032b656e04220420'
    + 'c8838e76d057dfb7d8c95a69e138160add6373fd71a4d276bb56e3a81b64ff61');
  const publicKey = key('Public', 'spki', '302a300506032b656e032100'
    + '1cf2b1e6022ec537371ed7f53e54fa1154d83e98eb64ea51fae5b3307cfe9706');

  ecdh.setPrivateKey('cafebabe'.repeat(8), 'hex');

  res.json([
    ecdh.getPublicKey('hex', 'compressed'),
    ecdh.computeSecret(point, 'hex', 'hex'),
    crypto.ECDH.convertKey(point, 'secp256k1', 'hex', 'hex'),
    crypto.diffieHellman({ privateKey, publicKey }).toString('hex'),
    tell(() => crypto.createECDH('P-0')),
    tell(() => ecdh.computeSecret(Buffer.alloc(65))),
    tell(() => ecdh.setPrivateKey(Buffer.alloc(32))),
    tell(() => crypto.createECDH('prime256v1').getPublicKey()),
  ]);
};
--- request
GET /t
--- response_body chomp
["03672a31bfc59d3f04548ec9b7daeeba2f61814e8ccc40448045007f5479f693a3","1da220b5329bbe8bfd19ceef5a5898593f411a6f12ea40f2a8eead9a5cf59970","04c6b754b20826eb925e052ee2c25285b162b51fdca732bcf67e39d647fb6830aeb651944a574a362082a77e3f2b5d9223eb54d7f2f76846522bf75f3bedb8178e","2768409dfab99ec23b8c89b93ff5880295f76176088f89e43dfebe7ea1950008","TypeError ERR_CRYPTO_INVALID_CURVE: Invalid EC curve name","Error ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY: Public key is not valid for specified curve","RangeError ERR_CRYPTO_INVALID_KEYTYPE: Private key is not valid for specified curve.","Error ERR_CRYPTO_OPERATION_FAILED: Failed to get ECDH public key"]



=== TEST 3: AES-KW (RFC 3394, 4.1), AES-GCM (test case 16), AES-CBC
--- function
const { subtle } = crypto;
const bytes = (hex) => Buffer.from(hex, 'hex');
const hex = (data) => Buffer.from(data).toString('hex');
const aes = (name, key, ...uses) => subtle.importKey('raw', bytes(key), name,
                                                     true, uses);
const tell = (p) => p.then(hex, (e) => `${e.name}: ${e.message}`);

module.exports = async (req, res) => {
  const wrapping = await aes('AES-KW', '000102030405060708090a0b0c0d0e0f',
                             'wrapKey', 'unwrapKey');
  const inner = await aes('AES-CBC', '00112233445566778899aabbccddeeff',
                          'encrypt', 'decrypt');
  const wrapped = await subtle.wrapKey('raw', inner, wrapping, 'AES-KW');
  const again = await subtle.unwrapKey('raw', wrapped, wrapping, 'AES-KW',
                                       'AES-CBC', true, ['decrypt']);
  const gcm = {
    name: 'AES-GCM',
    iv: bytes('cafebabefacedbaddecaf888'),
    additionalData: bytes('feedfacedeadbeeffeedfacedeadbeefabaddad2'),
  };
  const key = await aes('AES-GCM', 'feffe9928665731c6d6a8f9467308308'.repeat(2),
                        'encrypt', 'decrypt');
  const text = bytes('d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d'
                     + '8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de6'
                     + '57ba637b39');
  const secret = await subtle.encrypt(gcm, key, text);
  const cbc = { name: 'AES-CBC', iv: new Uint8Array(16) };

  res.json([
    hex(wrapped), hex(await subtle.exportKey('raw', again)), hex(secret),
    Buffer.from(await subtle.decrypt(gcm, key, secret)).equals(text),
    await tell(subtle.decrypt(gcm, key, secret.slice(1))),
    hex(await subtle.decrypt(cbc, inner, await subtle.encrypt(cbc, inner,
                                                              text)))
      === hex(text),
    await tell(subtle.decrypt(cbc, inner, new Uint8Array(15))),
    await tell(subtle.encrypt({ ...gcm, iv: new Uint8Array(1) }, key, text)),
  ]);
};
--- request
GET /t
--- response_body chomp
["1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5","00112233445566778899aabbccddeeff","522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b",true,"OperationError: The operation failed for an operation-specific reason",true,"OperationError: The operation failed for an operation-specific reason","OperationError: The operation failed for an operation-specific reason"]



=== TEST 4: the counter of AES-CTR goes round within its bits, and not twice
--- function
const { subtle } = crypto;
const { createCipheriv } = require('crypto');
const raw = Buffer.from('2b7e151628aed2a6abf7158809cf4f3c', 'hex');

const block = (counter) => createCipheriv('aes-128-ecb', raw, null)
  .update(Buffer.from(counter, 'hex')).toString('hex');

module.exports = async (req, res) => {
  const key = await subtle.importKey('raw', raw, 'AES-CTR', false,
                                     ['encrypt']);
  const stream = (counter, length, size) => subtle.encrypt(
    { name: 'AES-CTR', counter: Buffer.from(counter, 'hex'), length }, key,
    new Uint8Array(size)).then((b) => Buffer.from(b).toString('hex'),
                               (e) => e.name);
  const ones = 'ff'.repeat(16);
  const same = (a, ...counters) => a === counters.map(block).join('');

  res.json([
    // of NIST SP 800-38A, F.5.1
    (await stream('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff', 64, 16)),
    same(await stream(ones, 1, 32), ones, ones.slice(0, 31) + 'e'),
    same(await stream(ones, 12, 48), ones, ones.slice(0, 29) + '000',
         ones.slice(0, 29) + '001'),
    same(await stream(ones, 128, 32), ones, '00'.repeat(16)),
    await stream(ones, 1, 33),
    await stream(ones, 1, 0),
  ]);
};
--- request
GET /t
--- response_body chomp
["ec8cdf7398607cb0f2d21675ea9ea1e4",true,true,true,"OperationError",""]



=== TEST 5: primes
--- function
const crypto = require('crypto');
const { promisify } = require('util');
const tell = (f) => {
  try { return f(); } catch (e) { return `${e.name} ${e.code}: ${e.message}`; }
};

module.exports = async (req, res) => {
  const add = crypto.generatePrimeSync(64, { add: 12n, rem: 11n,
                                             bigint: true });
  const safe = await promisify(crypto.generatePrime)(64, { safe: true,
                                                           bigint: true });

  res.json([
    crypto.checkPrimeSync(2n ** 127n - 1n),
    crypto.checkPrimeSync(2n ** 128n + 1n),
    crypto.checkPrimeSync(add), Number(add % 12n), add.toString(2).length,
    crypto.checkPrimeSync(safe), crypto.checkPrimeSync(safe >> 1n),
    crypto.generatePrimeSync(3, { bigint: true }) === 7n,
    crypto.generatePrimeSync(4, { add: 15n, rem: 13n, bigint: true }) === 13n,
    tell(() => crypto.generatePrimeSync(1 << 20)),
    tell(() => crypto.generatePrimeSync(8, { add: 0n })),
    tell(() => crypto.checkPrimeSync(Buffer.alloc(1 << 20, 255))),
  ]);
};
--- request
GET /t
--- response_body chomp
[true,false,true,11,64,true,true,true,true,"RangeError ERR_OUT_OF_RANGE: invalid size","RangeError ERR_OUT_OF_RANGE: invalid options.add","RangeError ERR_OUT_OF_RANGE: the number is too big"]



=== TEST 6: what looks for primes ends with its invocation
--- config
location /t { invoke ./html/fn; invoke_timeout 200ms; }
--- function
const crypto = require('crypto');
const jobs = {
  // all candidates have the divisor 3: there is none
  none: () => crypto.generatePrimeSync(64, { add: 9n, rem: 3n }),
  prime: () => crypto.generatePrimeSync(8192, { safe: true }),
  check: () => crypto.checkPrimeSync(2n ** 4423n - 1n,
                                     { checks: 2 ** 31 - 1 }),
  dh: () => crypto.createDiffieHellman(8192),
  verify: () => crypto.createDiffieHellman(
    Buffer.from((2n ** 9689n - 1n).toString(16).padStart(2424, '0'), 'hex')),
  dhKey: () => crypto.generateKeyPairSync('dh', { primeLength: 8192 }),
  dsa: () => crypto.generateKeyPairSync('dsa', { modulusLength: 8192 }),
};

module.exports = (req, res) => {
  for (;;) {
    jobs[req.query.job]();
  }
};
--- request eval
[map { "GET /t?job=$_" } qw(none prime check dh verify dhKey dsa)]
--- error_code eval
[(504) x 7]
--- error_log
invoke:
--- no_error_log
quarantine



=== TEST 7: DSA, and a key that a browser signed
--- function
const crypto = require('crypto');
const { promisify } = require('util');
const spkac = 'MIIBPzCBqTCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEAnjHqLcLjtxtE8BqH'
  + 'kbxpVAknd9B1/ODbXUXk2yanFkPhexmVwKeMuSM9bLrK2hURwSAmq6n0yFbDpuMGqnLDJwjU'
  + '8dESm0ZML7/AGnQ7cAKfc14JpOPZXnWaWPHd3AFq6W7KsbzZ6FlcfadVX9+uBSUx02plyDkv'
  + 'k/hbsBaXU9ECAwEAARYFaGVsbG8wDQYJKoZIhvcNAQEEBQADgYEAeI/suArViVBI5XiVE02L'
  + 'DSOCQg48iLQva9xZrrs9Q/SB4Xb7XgLak6Vw9xjrNt/lkh5v32dVVvSr0r3wKe6bGEGmLaI5'
  + 'elH3m6WzTaAsnV/RhJHdlD+6Yvf6QJUazYUzcGpdDXnvt6rFcwy4eM7SIeVMQgbcC4XKRNiI'
  + '4R8P1Y8=';
const { Certificate } = crypto;

module.exports = async (req, res) => {
  const { privateKey, publicKey } = await promisify(crypto.generateKeyPair)(
    'dsa', { modulusLength: 1024, divisorLength: 160 });
  const signature = crypto.sign('sha1', Buffer.from('text'), privateKey);

  res.json([
    publicKey.asymmetricKeyType, privateKey.asymmetricKeyDetails,
    crypto.verify('sha1', Buffer.from('text'), publicKey, signature),
    crypto.verify('sha1', Buffer.from('test'), publicKey, signature),
    Certificate.verifySpkac(spkac), Certificate.verifySpkac('MIIB'),
    Certificate.exportChallenge(spkac).toString(),
    crypto.createPublicKey(Certificate.exportPublicKey(spkac))
      .asymmetricKeyDetails.modulusLength,
    Certificate.exportPublicKey('nothing'),
  ]);
};
--- request
GET /t
--- response_body chomp
["dsa",{"modulusLength":1024,"divisorLength":160},true,false,true,false,"hello",1024,""]



=== TEST 8: what RSA-PSS keys are for is told, defaults too, and nothing of others
--- function
const crypto = require('crypto');
const details = (options) => {
  const { publicKey } = crypto.generateKeyPairSync('rsa-pss', {
    modulusLength: 512, ...options });
  const { publicExponent, ...rest } = publicKey.asymmetricKeyDetails;

  return rest;
};

module.exports = (req, res) => res.json([
  details({}),
  details({ hashAlgorithm: 'sha1', saltLength: 20 }),
  details({ hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha1',
            saltLength: 8 }),
]);
--- request
GET /t
--- response_body chomp
[{"modulusLength":512},{"modulusLength":512,"hashAlgorithm":"sha1","mgf1HashAlgorithm":"sha1","saltLength":20},{"modulusLength":512,"hashAlgorithm":"sha256","mgf1HashAlgorithm":"sha1","saltLength":8}]



=== TEST 9: an encrypted key does not ask for hours of PBKDF2
--- function
const crypto = require('crypto');
const body = `
MIGdMFkGCSqGSIb3DQEFDTBMMCsGCSqGSIb3DQEFDDAeBAh417PL9j3tXAIEf///
/zAMBggqhkiG9w0CCQUAMB0GCWCGSAFlAwQBAgQQwTWvDJKMws1XPfmMskyEaQRA
VXgqev1Ccp4nI7A3NO9ZG5BN42ZmBJ/K4J68yuaoQykMpf40NqNttIIsLEeMTcL0
lktacz55i0LptEH3GRCSZQ==
`;
const tell = (key) => {
  try {
    return crypto.createPrivateKey(key).type;
  } catch (e) {
    return e.code;
  }
};
const { privateKey } = crypto.generateKeyPairSync('ed25519');
const text = privateKey.export({ type: 'pkcs8', format: 'pem',
                                 cipher: 'aes-128-cbc', passphrase: 'x' });
const pem = `-----BEGIN ENCRYPTED PRIVATE KEY-----${body}`
            + '-----END ENCRYPTED PRIVATE KEY-----\n';

module.exports = (req, res) => res.json([
  tell({ key: pem, passphrase: 'x' }),
  tell({ key: Buffer.from(body, 'base64'), format: 'der', type: 'pkcs8',
         passphrase: 'x' }),
  tell({ key: text.replace('MI', 'AA') + pem, passphrase: 'x' }),
  tell({ key: text, passphrase: 'x' }),
]);
--- request
GET /t
--- response_body chomp
["ERR_OSSL_EVP_PBKDF2_ERROR","ERR_OSSL_EVP_PBKDF2_ERROR","ERR_OSSL_EVP_PBKDF2_ERROR","private"]



=== TEST 10: long digests and secret keys count as memory
--- http_config
invoke_memory_limit 64m;
--- function
const crypto = require('crypto');
const size = 8 * 1024 * 1024;
const makers = {
  key: () => crypto.createSecretKey(Buffer.alloc(size)),
  digest: () => {
    const hash = crypto.createHash('shake256', { outputLength: size });

    hash.digest();
    return hash;
  },
};

module.exports = (req, res) => {
  const kept = [];

  while (kept.length < 100) {
    kept.push(makers[req.query.kind]());
  }

  res.send('all');
};
--- request eval
['GET /t?kind=key', 'GET /t?kind=digest']
--- error_code eval
[500, 500]
--- response_body_like eval
[(qr/memory limit/) x 2]
--- error_log
failed, memory
