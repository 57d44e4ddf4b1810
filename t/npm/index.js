'use strict';

/* Runs one of the cases: in a function by GET /?lodash, in Node by argument. */

const { existsSync } = require('fs');

/* ES modules are imported */
const load = async (name) => existsSync(`${__dirname}/cases/${name}.mjs`)
  ? (await import(`./cases/${name}.mjs`)).default : require(`./cases/${name}.js`);

const run = async (name) => `${await (await load(name))()}\n`;

module.exports = async (req, res) => {
  res.type('text').send(await run(Object.keys(req.query)[0]));
};

if (typeof process.argv[2] === 'string' && process.argv[1] === __filename) {
  run(process.argv[2]).then((text) => process.stdout.write(text));
}
