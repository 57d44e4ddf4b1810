'use strict';

/* Runs one of the cases: in a function by GET /?lodash, in Node by argument. */

const run = async (name) => `${await require(`./cases/${name}.js`)()}\n`;

module.exports = async (req, res) => {
  res.type('text').send(await run(Object.keys(req.query)[0]));
};

if (typeof process.argv[2] === 'string' && process.argv[1] === __filename) {
  run(process.argv[2]).then((text) => process.stdout.write(text));
}
