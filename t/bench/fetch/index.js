'use strict';

/*
 * Fetches the URL that BENCH_URL names as often as the path's end says, one
 * after the other, and answers with the last body.  util/bench runs it in a
 * function, and with BENCH_PORT as a server of Node.
 */

const { BENCH_PORT, BENCH_URL } = process.env;

module.exports = async (req, res) => {
  const times = Number(req.url.slice(req.url.lastIndexOf('/') + 1));
  let text;

  for (let i = 0; i < times; i++) {
    const response = await fetch(BENCH_URL);

    text = await response.text();
  }

  res.end(text);
};

if (BENCH_PORT) {
  require('http').createServer(module.exports).listen(+BENCH_PORT, '127.0.0.1');
}
