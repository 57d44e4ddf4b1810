import * as jose from 'jose';

export default async () => {
  const secret = new TextEncoder().encode('0123456789abcdef0123456789abcdef');
  const jwt = await new jose.SignJWT({ a: 1 }).setProtectedHeader({ alg: 'HS256' }).setIssuedAt(1700000000)
    .setSubject('s').sign(secret);
  const { payload } = await jose.jwtVerify(jwt, secret);
  const wrong = await jose.jwtVerify(`${jwt.slice(0, -4)}AAAA`, secret).catch((e) => [e.code, e.message]);

  return JSON.stringify([jwt, payload, jose.decodeProtectedHeader(jwt), wrong,
                         await jose.calculateJwkThumbprint({ kty: 'oct', k: 'AAAA' })]);
};
