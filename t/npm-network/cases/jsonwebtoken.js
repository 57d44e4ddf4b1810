'use strict';

const crypto = require('crypto');

const jwt = require('jsonwebtoken');

module.exports = async () => {
  const claims = { sub: 'user', iat: 1700000000, roles: ['a', 'b'] };
  const token = jwt.sign(claims, 'a secret', { algorithm: 'HS256' });
  const pair = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
  const curve = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });

  const signed = [['RS256', pair], ['PS256', pair], ['ES256', curve]].map(
    ([algorithm, { privateKey, publicKey }]) => jwt.verify(
      jwt.sign(claims, privateKey, { algorithm }), publicKey));

  let failed;

  try {
    jwt.verify(token, 'another secret');
  } catch (error) {
    failed = [error.name, error.message];
  }

  return { token, verified: jwt.verify(token, 'a secret'), signed, failed,
           decoded: jwt.decode(token, { complete: true }).header };
};
