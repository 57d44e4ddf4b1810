'use strict';

const { Client, Pool } = require('pg');

module.exports = async ({ postgres }) => {
  const client = new Client(postgres);
  const notified = [];

  await client.connect();

  client.on('notification', (message) => notified.push(message.payload));

  const { rows } = await client.query(
    'SELECT $1::int + 1 AS n, $2::jsonb AS j, $3::text[] AS a, null AS nothing',
    [41, { a: [1, 'ä'] }, ['x', 'y z']]);

  const failed = await client.query('SELECT nonsense').catch((error) => error);

  await client.query('LISTEN case_pg');
  await client.query("NOTIFY case_pg, 'told'");

  const large = await client.query(
    "SELECT i, repeat('x', 1000) AS x FROM generate_series(1, 500) AS i");

  await client.end();

  const pool = new Pool({ ...postgres, max: 3 });
  const parallel = await Promise.all([1, 2, 3, 4, 5].map(
    (n) => pool.query('SELECT $1::int * 2 AS n', [n])));

  await pool.end();

  return { rows, notified, code: failed.code, message: failed.message,
           large: [large.rowCount, large.rows[499].x.length],
           parallel: parallel.map((result) => result.rows[0].n) };
};
