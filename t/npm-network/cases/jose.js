'use strict';

const jose = require('jose');

module.exports = async () => {
  const secret = new TextEncoder().encode('a secret of thirty-two bytes....');
  const token = await new jose.SignJWT({ a: 1 })
    .setProtectedHeader({ alg: 'HS256' }).setIssuedAt(1700000000)
    .setIssuer('us').sign(secret);
  const verified = await jose.jwtVerify(token, secret, { issuer: 'us' });

  const signed = [];

  for (const alg of ['RS256', 'ES256', 'EdDSA']) {
    const { privateKey, publicKey } = await jose.generateKeyPair(alg);
    const text = await new jose.SignJWT({ alg }).setProtectedHeader({ alg })
      .sign(privateKey);

    signed.push((await jose.jwtVerify(text, publicKey)).payload);
  }

  const sealed = await new jose.EncryptJWT({ b: 2 })
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(secret);
  const opened = await jose.jwtDecrypt(sealed, secret);
  const thumbprint = await jose.calculateJwkThumbprint(
    { kty: 'oct', k: 'c2VjcmV0' });

  return { token, verified: verified.payload, signed, opened: opened.payload,
           thumbprint };
};
