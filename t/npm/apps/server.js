'use strict';

/* Node's http by itself, as a server that listens. */

const http = require('http');

http.createServer((req, res) => {
  if (req.url === '/echo') {
    res.setHeader('Content-Type', req.headers['content-type'] ?? 'none');
    req.pipe(res);
  } else if (req.url === '/head') {
    res.writeHead(203, 'Whatever', [['X-A', '1'], ['X-A', '2']]);
    res.end();
  } else {
    res.statusCode = 404;
    res.end(`${http.STATUS_CODES[404]}: ${req.method} ${req.url}`);
  }
}).listen(process.env.PORT || 3000);
