'use strict';

const mysql = require('mysql2');
const { createConnection } = require('mysql2/promise');

module.exports = async ({ mysql: server, ca }) => {
  const options = { ...server, timezone: 'Z' };
  const client = await createConnection({ ...options, database: undefined });

  await client.query(`CREATE DATABASE IF NOT EXISTS ${server.database}`);
  await client.changeUser({ database: server.database });
  await client.query(`CREATE TEMPORARY TABLE notes (
                          id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(40),
                          amount DECIMAL(8, 2), at DATETIME, bytes LONGBLOB)`);

  const [inserted] = await client.query(
    'INSERT INTO notes (name, amount, at, bytes) VALUES ?',
    [[['ä', 1.5, new Date(1700000000000), Buffer.from([0, 1, 255])],
      ["it's", 2, null, null]]]);
  const [rows] = await client.execute(
    'SELECT *, ? AS n FROM notes WHERE id >= ? ORDER BY id', [41, 1]);

  await client.beginTransaction();
  await client.query('DELETE FROM notes');
  await client.rollback();

  const [[counted]] = await client.query('SELECT COUNT(*) AS n FROM notes');
  const large = Buffer.alloc(3 << 20, 'x');

  await client.execute('UPDATE notes SET bytes = ? WHERE id = 1', [large]);

  const [[{ bytes }]] = await client.query(
    'SELECT bytes FROM notes WHERE id = 1');
  const failed = await client.query('SELECT nonsense').catch((error) => error);

  await client.end();

  const denied = await createConnection({ ...options, password: 'wrong' })
    .catch((error) => error);

  const secure = await createConnection({ ...options, ssl: { ca } });
  const [[cipher]] = await secure.query("SHOW STATUS LIKE 'Ssl_version'");

  await secure.end();

  const pool = mysql.createPool({ ...options, connectionLimit: 2 });
  const parallel = await Promise.all([1, 2, 3, 4, 5].map(
    (n) => pool.promise().query('SELECT ? * 2 AS n', [n])));
  const streamed = [];

  for await (const row of pool.query(
    'SELECT seq FROM seq_1_to_300').stream()) {
    streamed.push(row.seq);
  }

  await pool.promise().end();

  return { inserted: [inserted.affectedRows, inserted.insertId], rows,
           counted, large: bytes.equals(large),
           failed: [failed.code, failed.errno, failed.sqlState],
           denied: denied.code, cipher,
           parallel: parallel.map(([[row]]) => row.n),
           streamed: [streamed.length, streamed[299]] };
};
