# crypto: digests, random bytes and what is derived.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: digests of FIPS 180 and RFC 1321
--- function
const crypto = require('crypto');
const hash = (name, text) => crypto.createHash(name).update(text)
                                   .digest('hex');

module.exports = (req, res) => res.json([
  hash('md5', 'message digest'),
  hash('sha1', 'abc'),
  hash('sha256', 'abc'),
  hash('RSA-SHA256', Buffer.from('abc')) === hash('sha256', 'abc'),
  hash('sha512', '').slice(0, 32),
  crypto.createHash('sha3-256').update('').digest('base64'),
  crypto.createHash('shake128', { outputLength: 8 }).digest('hex'),
  crypto.getHashes().includes('sha256'),
]);
--- request
GET /t
--- response_body chomp
["f96b697d7cb7938d525a2f31aaf161d0","a9993e364706816aba3e25717850c26c9cd0d89d","ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",true,"cf83e1357eefb8bdf1542850d66d8007","p//G+L8e12ZRwUdWoGHWYvWA/03kO0n6gtgKS4D4Q0o=","7f9c2ba4e88f827d",true]



=== TEST 2: HMAC of RFC 4231, test cases 2 and 6
--- function
const crypto = require('crypto');

module.exports = (req, res) => res.json([
  crypto.createHmac('sha256', 'Jefe').update('what do ya want ')
        .update(Buffer.from('for nothing?')).digest('hex'),
  crypto.createHmac('sha256', crypto.createSecretKey(Buffer.alloc(131, 0xaa)))
        .update('Test Using Larger Than Block-Size Key - Hash Key First')
        .digest('hex'),
]);
--- request
GET /t
--- response_body chomp
["5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843","60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"]



=== TEST 3: PBKDF2 (RFC 7914, 11), scrypt (RFC 7914, 12), HKDF (RFC 5869, A.1)
--- function
const crypto = require('crypto');
const { promisify } = require('util');
const hex = (bytes) => Buffer.from(bytes).toString('hex');

module.exports = async (req, res) => res.json([
  hex(crypto.pbkdf2Sync('passwd', 'salt', 1, 32, 'sha256')),
  hex(await promisify(crypto.pbkdf2)('Password', 'NaCl', 80000, 32, 'sha256')),
  hex(crypto.scryptSync('', '', 32, { N: 16, r: 1, p: 1 })),
  hex(await promisify(crypto.scrypt)('password', 'NaCl', 32,
                                     { N: 1024, r: 8, p: 16 })),
  hex(crypto.hkdfSync('sha256', Buffer.alloc(22, 0x0b),
                      Buffer.from('000102030405060708090a0b0c', 'hex'),
                      Buffer.from('f0f1f2f3f4f5f6f7f8f9', 'hex'), 42)),
]);
--- request
GET /t
--- response_body chomp
["55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc","4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56","77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442","fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162","3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"]



=== TEST 4: a digest that is read twice, a copy, what is not there
--- function
const crypto = require('crypto');
const tell = (f) => {
  try { return f(); } catch (e) { return `${e.name} ${e.code}: ${e.message}`; }
};
const hash = crypto.createHash('sha1').update('a');

module.exports = (req, res) => res.json([
  hash.copy().update('b').digest('hex'),
  hash.digest('hex'),
  tell(() => hash.digest()),
  tell(() => crypto.createHash('nothing')),
  tell(() => crypto.createHash('sha1', { outputLength: 5 })),
  tell(() => crypto.createHmac('nothing', '')),
  tell(() => crypto.timingSafeEqual(Buffer.from('a'), Buffer.from('ab'))),
  crypto.timingSafeEqual(Buffer.from('a'), Buffer.from('a')),
  crypto.timingSafeEqual(Buffer.from('a'), Buffer.from('b')),
  tell(() => crypto.setEngine('dynamic')),
  tell(() => crypto.setFips(true)),
  tell(() => crypto.createDiffieHellman(512)),
  tell(() => crypto.scryptSync('', '', 64, { N: 2 ** 20, r: 512, p: 1,
                                             maxmem: 2 ** 40 })),
]);
--- request
GET /t
--- response_body chomp
["da23614e02469a0d7c7bd1bdab5c9c474b1904dc","86f7e437faa5a7fce15d1ddcb9eaeaea377667b8","Error ERR_CRYPTO_HASH_FINALIZED: Digest already called","Error undefined: Digest method not supported","Error ERR_OSSL_EVP_NOT_XOF_OR_INVALID_LENGTH: error:030000B2:digital envelope routines::not XOF or invalid length","TypeError ERR_CRYPTO_INVALID_DIGEST: Invalid digest: nothing","RangeError ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH: Input buffers must have the same byte length",true,false,"Error ERR_CRYPTO_CUSTOM_ENGINE_NOT_SUPPORTED: Custom engines not supported by this OpenSSL","Error ERR_CRYPTO_FIPS_UNAVAILABLE: Cannot set FIPS mode: it is the whole server's","Error ERR_FEATURE_UNAVAILABLE_ON_PLATFORM: crypto: DiffieHellman is not available here","RangeError ERR_CRYPTO_INVALID_SCRYPT_PARAMS: Invalid scrypt params"]



=== TEST 5: jobs keep their context and are done at a later turn
--- function
const crypto = require('crypto');
const { AsyncLocalStorage } = require('async_hooks');
const storage = new AsyncLocalStorage();

module.exports = (req, res) => storage.run('its own', () => {
  const order = [];
  const data = Buffer.from('abc');

  crypto.pbkdf2(data, 'salt', 1, 8, 'sha1', (error, key) => {
    order.push(storage.getStore());
    crypto.randomFill(Buffer.alloc(4), (error, buffer) => {
      order.push(error, buffer.length, key.toString('hex'));
      res.json(order);
    });
    order.push('asked');
  });

  data.fill(0);
  order.push('before');
});
--- request
GET /t
--- response_body eval
use Digest::SHA qw(hmac_sha1_hex);

'["before","its own","asked",null,4,"'
. substr(hmac_sha1_hex("salt\0\0\0\1", 'abc'), 0, 16) . '"]'



=== TEST 6: a long derivation ends with its invocation
--- config
location /t { invoke ./html/fn; invoke_timeout 200ms; }
--- function
const crypto = require('crypto');

module.exports = (req, res) => {
  crypto.pbkdf2Sync('password', 'salt', 2 ** 31 - 1, 64, 'sha512');
  res.send('done');
};
--- request
GET /t
--- error_code: 504
--- error_log
invoke:



=== TEST 7: WebCrypto's digest and HMAC
--- function
module.exports = async (req, res) => {
  const { subtle } = crypto;
  const text = new TextEncoder().encode('what do ya want for nothing?');
  const key = await subtle.importKey('raw', new TextEncoder().encode('Jefe'),
    { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);
  const tag = await subtle.sign('HMAC', key, text);
  const hex = (bytes) => Buffer.from(bytes).toString('hex');

  res.json([
    hex(await subtle.digest('SHA-1', Buffer.from('abc'))),
    hex(tag),
    await subtle.verify('HMAC', key, tag, text),
    await subtle.verify('HMAC', key, tag.slice(1), text),
    key instanceof CryptoKey, String(crypto),
  ]);
};
--- request
GET /t
--- response_body chomp
["a9993e364706816aba3e25717850c26c9cd0d89d","5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",true,false,true,"[object Crypto]"]
