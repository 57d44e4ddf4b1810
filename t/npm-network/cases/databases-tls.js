'use strict';

/* The clients of databases over TLS, with the authority that is given them. */

const Redis = require('ioredis');
const { Client } = require('pg');
const { createClient } = require('redis');

async function postgres(options) {
  const client = new Client(options);

  await client.connect();

  const { rows } = await client.query(
    'SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()');

  await client.end();

  return rows[0].version;
}

module.exports = async ({ ca, postgres: server, login, redisTls }) => {
  const ssl = { ca };
  const plain = await postgres(server);
  const secure = await postgres({ ...server, ssl });
  const scram = await postgres({ ...server, ...login, ssl });
  const wrong = await postgres({ ...server, ...login, password: 'x', ssl })
    .catch((error) => error);
  const stranger = await postgres({ ...server, ssl: { ca: [] } })
    .catch((error) => error);

  const ioredis = new Redis({ ...redisTls, tls: { ca } });
  const set = await ioredis.set('npm-network:tls', 'over TLS', 'EX', 60);

  await ioredis.quit();

  const redis = createClient({ socket: { ...redisTls, tls: true, ca } });

  await redis.connect();

  const got = await redis.get('npm-network:tls');

  await redis.disconnect();

  return { plain, secure, scram, wrong: wrong.code, stranger: stranger.code,
           set, got };
};
