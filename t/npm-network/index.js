'use strict';

/*
 * Runs one of the cases: in a function by GET /?pg, in Node by argument. Where
 * the servers are stands in servers.json.
 */

const servers = require('./servers.json');

async function run(name) {
  return `${JSON.stringify(await require(`./cases/${name}.js`)(servers))}\n`;
}

module.exports = async (req, res) => {
  res.type('text').send(await run(Object.keys(req.query)[0]));
};

if (typeof process.argv[2] === 'string' && process.argv[1] === __filename) {
  // a reconnection that is awaited does not keep Node
  setInterval(() => undefined, 1000);

  run(process.argv[2]).then((text) => process.stdout.write(text))
    .then(() => process.exit(0));
}
