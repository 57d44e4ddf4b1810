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
  tell(() => crypto.scryptSync('', '', 64, { N: 2 ** 20, r: 512, p: 1,
                                             maxmem: 2 ** 40 })),
]);
--- request
GET /t
--- response_body chomp
["da23614e02469a0d7c7bd1bdab5c9c474b1904dc","86f7e437faa5a7fce15d1ddcb9eaeaea377667b8","Error ERR_CRYPTO_HASH_FINALIZED: Digest already called","Error undefined: Digest method not supported","Error ERR_OSSL_EVP_NOT_XOF_OR_INVALID_LENGTH: error:030000B2:digital envelope routines::not XOF or invalid length","TypeError ERR_CRYPTO_INVALID_DIGEST: Invalid digest: nothing","RangeError ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH: Input buffers must have the same byte length",true,false,"Error ERR_CRYPTO_CUSTOM_ENGINE_NOT_SUPPORTED: Custom engines not supported by this OpenSSL","Error ERR_CRYPTO_FIPS_UNAVAILABLE: Cannot set FIPS mode: it is the whole server's","RangeError ERR_CRYPTO_INVALID_SCRYPT_PARAMS: Invalid scrypt params"]



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



=== TEST 8: AES-CBC (NIST SP 800-38A, F.2.5), AES-GCM (test case 16), ChaCha20-Poly1305 (RFC 8439, 2.8.2)
--- function
const crypto = require('crypto');
const hex = (text) => Buffer.from(text.replace(/ /g, ''), 'hex');

function both(name, key, iv, text, aad) {
  const options = aad === undefined ? {} : { authTagLength: 16 };
  const cipher = crypto.createCipheriv(name, hex(key), hex(iv), options);

  if (aad === undefined) cipher.setAutoPadding(false);
  else cipher.setAAD(hex(aad));

  const out = cipher.update(text, undefined, 'hex') + cipher.final('hex');
  const tag = aad === undefined ? undefined : cipher.getAuthTag();
  const back = crypto.createDecipheriv(name, hex(key), hex(iv), options);

  if (aad === undefined) back.setAutoPadding(false);
  else back.setAAD(hex(aad)).setAuthTag(tag);

  return [out.slice(0, 32), tag?.toString('hex'),
          Buffer.concat([back.update(out, 'hex'), back.final()])
                .equals(text)];
}

module.exports = (req, res) => res.json([
  both('aes-256-cbc',
       '603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4',
       '000102030405060708090a0b0c0d0e0f',
       hex('6bc1bee22e409f96e93d7e117393172a')),
  both('aes-256-gcm',
       'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308',
       'cafebabefacedbaddecaf888',
       hex('d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72'
           + '1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39'),
       'feedfacedeadbeeffeedfacedeadbeefabaddad2'),
  both('chacha20-poly1305',
       '808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f',
       '070000004041424344454647',
       Buffer.from('Ladies and Gentlemen of the class of \'99: If I could '
                   + 'offer you only one tip for the future, sunscreen would '
                   + 'be it.'),
       '50515253c0c1c2c3c4c5c6c7'),
]);
--- request
GET /t
--- response_body chomp
[["f58c4c04d6e5f1ba779eabfb5f7bfbd6",null,true],["522dc1f099567d07f47f37a32a84427d","76fc6ece0f4e1768cddf8853bb2d551b",true],["d31a8d34648e60db7b86afbc53ef7ec2","1ae10b594f09e26a7e902ecbd0600691",true]]



=== TEST 9: what a cipher refuses
--- function
const crypto = require('crypto');
const tell = (f) => {
  try { return f(); } catch (e) {
    return [e.name, e.code, e.message, e.library, e.reason];
  }
};
const key = Buffer.alloc(16);

module.exports = (req, res) => {
  const gcm = crypto.createDecipheriv('aes-128-gcm', key, key.subarray(4));
  const cbc = crypto.createDecipheriv('aes-128-cbc', key, key);

  gcm.setAuthTag(key);
  gcm.update('abc');
  cbc.update(key);

  res.json([
    tell(() => gcm.final()),
    tell(() => cbc.final()).slice(1),
    tell(() => cbc.final()),
    tell(() => crypto.createCipheriv('nothing', key, key)),
    tell(() => crypto.createCipheriv('aes-128-cbc', key, key.subarray(1))),
    tell(() => crypto.createCipheriv('aes-256-cbc', key, key)),
    crypto.getCipherInfo('aes-128-gcm'),
    crypto.getCiphers().includes('aes-256-cbc'),
  ]);
};
--- request
GET /t
--- response_body chomp
[["Error",null,"Unsupported state or unable to authenticate data",null,null],["ERR_OSSL_BAD_DECRYPT","error:1C800064:Provider routines::bad decrypt","Provider routines","bad decrypt"],["Error","ERR_CRYPTO_INVALID_STATE","Invalid state",null,null],["Error","ERR_CRYPTO_UNKNOWN_CIPHER","Unknown cipher",null,null],["TypeError","ERR_CRYPTO_INVALID_IV","Invalid initialization vector",null,null],["RangeError","ERR_CRYPTO_INVALID_KEYLEN","Invalid key length",null,null],{"mode":"gcm","name":"id-aes128-gcm","nid":895,"blockSize":1,"ivLength":12,"keyLength":16},true]
