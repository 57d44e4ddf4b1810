# crypto: certificates. What is expected is what Node says of them.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: what a certificate says, and what can be asked of it
--- function
const fs = require('fs');
const check = require('./check');
const read = (name) => fs.readFileSync(`${__dirname}/${name}`, 'utf8');

module.exports = (req, res) => res.type('json').send(JSON.stringify(
  check(read('leaf.pem'), read('ca.pem'), read('leaf.key'))));
--- user_files
>>> fn/check.js
const { X509Certificate, createPrivateKey, createPublicKey } = require('crypto');
const tell = (f) => {
  try { return f(); } catch (e) { return `${e.name} ${e.code}: ${e.message}`; }
};
module.exports = (leafPem, caPem, keyPem) => {
  const leaf = new X509Certificate(leafPem);
  const ca = new X509Certificate(Buffer.from(caPem));
  const names = ['subject', 'issuer', 'subjectAltName', 'infoAccess', 'validFrom', 'validTo', 'fingerprint', 'fingerprint256', 'fingerprint512', 'keyUsage', 'serialNumber', 'ca'];
  return [
    names.map((n) => leaf[n]), ca.ca, ca.keyUsage, ca.subjectAltName,
    leaf.toString() === leafPem, leaf.raw.length, leaf.toJSON() === leafPem,
    new X509Certificate(leaf.raw).fingerprint === leaf.fingerprint,
    leaf.publicKey.asymmetricKeyType, leaf.publicKey.asymmetricKeyDetails,
    ['leaf.example.com', 'a.wild.example.com', 'other.com', 'Test CA'].map((n) => leaf.checkHost(n)),
    leaf.checkHost('a.wild.example.com', { wildcards: false }),
    ca.checkHost('Test CA'),
    leaf.checkEmail('a@example.com'), leaf.checkEmail('b@example.com'),
    leaf.checkIP('192.0.2.1'), leaf.checkIP('2001:db8::1'), leaf.checkIP('192.0.2.2'),
    tell(() => leaf.checkIP('no address')),
    leaf.checkIssued(ca), ca.checkIssued(leaf), ca.checkIssued(ca),
    leaf.verify(ca.publicKey), leaf.verify(leaf.publicKey),
    leaf.checkPrivateKey(createPrivateKey(keyPem)),
    tell(() => new X509Certificate('x')), tell(() => new X509Certificate(Buffer.alloc(0))),
    tell(() => new X509Certificate(leaf.raw.subarray(0, 100))),
    tell(() => leaf.verify(createPrivateKey(keyPem))),
    leaf.issuerCertificate,
  ];
};
>>> fn/leaf.pem
-----BEGIN CERTIFICATE-----
MIIC6zCCApGgAwIBAgIIASNFZ4mrze8wCgYIKoZIzj0EAwIwEjEQMA4GA1UEAwwH
VGVzdCBDQTAgFw0yNjExMjgxNzMxMjNaGA8yMTI2MTEwNDE3MzEyM1owUDELMAkG
A1UEBhMCREUxGDAWBgNVBAoMD03DvGxsZXIsIFPDtmhuZTEMMAoGA1UECwwDVHdv
MRkwFwYDVQQDDBBsZWFmLmV4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAETvilS4BIiORoVmgYQH0Wf6l+7bLdmzd/MiBYJTSK6Inv5As2nO4cQvQ5
QAp3WO9HzbM+foHoinxnFJR3r+VEyqOCAY8wggGLMAkGA1UdEwQCMAAwHQYDVR0l
BBYwFAYIKwYBBQUHAwEGCCsGAQUFBwMCMF8GCCsGAQUFBwEBBFMwUTAkBggrBgEF
BQcwAYYYaHR0cDovL29jc3AuZXhhbXBsZS5jb20vMCkGCCsGAQUFBzAChh1odHRw
Oi8vY2EuZXhhbXBsZS5jb20vYSxiLmNydDCBvQYDVR0RBIG1MIGyghBsZWFmLmV4
YW1wbGUuY29tghIqLndpbGQuZXhhbXBsZS5jb22HBMAAAgGHECABDbgAAAAAAAAA
AAAAAAGBDWFAZXhhbXBsZS5jb22GFmh0dHA6Ly9leGFtcGxlLmNvbS94LHmkHTAb
MQswCQYDVQQGEwJVUzEMMAoGA1UECgwDSXRziAMqAwSgFwYIKwYBBQUHCAWgCwwJ
eG1wcCzDg8KpoA4GAyoDBaAHDAVvdGhlcjAdBgNVHQ4EFgQUJaVAAflXBu/e/ZMl
rvE8tnzXODAwHwYDVR0jBBgwFoAUs5PtBUOhsqZoSAeoX7xVibxBSe8wCgYIKoZI
zj0EAwIDSAAwRQIhAIO1ZzQYdKWSGxexboxMZ/BTOppAdBYkf7jJvGhBAi3gAiBS
b8RNIsB1HpuMfy7RzptPUK4J3xubjqsuYUBxAHg7aA==
-----END CERTIFICATE-----
>>> fn/ca.pem
-----BEGIN CERTIFICATE-----
MIIBejCCASGgAwIBAgIUae9D3p5tEfUhueScKkAr3OA6Hl8wCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHVGVzdCBDQTAgFw0yNjExMjgxNzMxMTFaGA8yMTI2MTEwNDE3
MzExMVowEjEQMA4GA1UEAwwHVGVzdCBDQTBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABK2qXm72lf29waVdH5Ymg0Id/yMvAy04HTlqQU6WpIcwmeZyOLWGWZRnaKWq
KEL4C7ERCxmM0PZxEpah2cWQhyijUzBRMB0GA1UdDgQWBBSzk+0FQ6GypmhIB6hf
vFWJvEFJ7zAfBgNVHSMEGDAWgBSzk+0FQ6GypmhIB6hfvFWJvEFJ7zAPBgNVHRMB
Af8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIF4bKp6RE7dpJaOGsSl9o+y754Po
RVWpDvaz6jvcTxhoAiBh0cAPTJJhrdUoom61/TOJN3qxqDxfu7Fw11UyBRjRcg==
-----END CERTIFICATE-----
>>> fn/leaf.key
-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIHL+ITWPNupjvVnKEvYahwCOAYEOsKniLQ5YH/rrZXtioAoGCCqGSM49
AwEHoUQDQgAETvilS4BIiORoVmgYQH0Wf6l+7bLdmzd/MiBYJTSK6Inv5As2nO4c
QvQ5QAp3WO9HzbM+foHoinxnFJR3r+VEyg==
-----END EC PRIVATE KEY-----
--- request
GET /t
--- response_body chomp
[["C=DE\nO=Müller\\, Söhne\nOU=Two\nCN=leaf.example.com","CN=Test CA","DNS:leaf.example.com, DNS:*.wild.example.com, IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1, email:a@example.com, URI:\"http://example.com/x\\u002cy\", DirName:\"O=Its\\u002cC=US\", Registered ID:1.2.3.4, othername:\"XmppAddr:xmpp\\u002cÃ©\", othername:<unsupported>","OCSP - URI:http://ocsp.example.com/\nCA Issuers - URI:\"http://ca.example.com/a\\u002cb.crt\"","Nov 28 17:31:23 2026 GMT","Nov  4 17:31:23 2126 GMT","72:0B:BE:97:03:9D:F9:51:E7:B7:8B:A0:E4:00:9B:EC:2F:BB:79:C2","25:AA:7D:AF:80:32:6D:3F:6A:9C:E8:CF:D0:2C:A0:E3:9C:59:28:08:54:1C:46:0C:DB:70:AE:54:87:ED:8C:70","8C:36:93:4D:C0:41:77:23:ED:F2:5D:11:57:76:93:7F:26:44:97:B0:20:A6:14:75:29:6D:26:71:15:45:FF:36:93:22:19:29:42:07:96:2B:BF:AC:EE:3E:8B:31:D1:13:A1:60:4D:26:33:32:4F:55:86:59:E4:C9:A3:F9:CA:69",["1.3.6.1.5.5.7.3.1","1.3.6.1.5.5.7.3.2"],"0123456789ABCDEF",false],true,null,null,true,751,true,true,"ec",{"namedCurve":"prime256v1"},["leaf.example.com","*.wild.example.com",null,null],null,"Test CA","a@example.com",null,"192.0.2.1","2001:db8::1",null,"TypeError ERR_INVALID_ARG_VALUE: Invalid IP",true,false,true,true,false,true,"Error ERR_OSSL_PEM_NO_START_LINE: error:0480006C:PEM routines::no start line","Error ERR_OSSL_PEM_NO_START_LINE: error:0480006C:PEM routines::no start line","Error ERR_OSSL_PEM_NO_START_LINE: error:0480006C:PEM routines::no start line","TypeError ERR_INVALID_ARG_VALUE: The argument 'pkey' is invalid. Received PrivateKeyObject [KeyObject] { [Symbol(kKeyType)]: 'private' }",null]
