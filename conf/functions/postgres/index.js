// A query of PostgreSQL by the npm package "pg".  The pool lives as long as this
// module does: with "invoke_isolation function" many requests share its
// connections.  What comes of a client is a parameter, never a part of the SQL.

const {Pool} = require('pg');

const pool = new Pool({connectionString: process.env.DATABASE_URL, max: 2});

const ZONES = `
    SELECT name, to_char(now() AT TIME ZONE name, 'HH24:MI') AS time
      FROM pg_timezone_names
     WHERE position(lower($1) in lower(name)) > 0
     ORDER BY name
     LIMIT 10`;

module.exports = async (req, res) => {
    if (typeof req.query.zone !== 'string') {
        return res.status(400).json({error: 'which zone?'});
    }

    const {rows} = await pool.query(ZONES, [req.query.zone]);

    return res.status(rows.length ? 200 : 404).json(rows);
};
