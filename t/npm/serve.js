'use strict';

/* An application under Node itself: node serve.js <name> <port>. */

const http = require('http');

const { 2: name, 3: port } = process.argv;

process.env.PORT = port;

const app = require(`./apps/${name}.js`);

if (typeof app === 'function') {
  http.createServer(app).listen(port, '127.0.0.1');
} else if (typeof app.fetch === 'function') {
  http.createServer(async (req, res) => {
    const hasBody = req.method !== 'GET' && req.method !== 'HEAD';
    const chunks = [];

    for await (const chunk of req) {
      chunks.push(chunk);
    }

    const answer = await app.fetch(
      new Request(new URL(req.url, `http://${req.headers.host}`), {
        method: req.method, headers: new Headers(Object.entries(req.headers)),
        body: hasBody ? Buffer.concat(chunks) : undefined,
      }));

    for (const [name, value] of answer.headers) {
      res.appendHeader(name, value);
    }

    res.writeHead(answer.status);
    res.end(Buffer.from(await answer.arrayBuffer()));
  }).listen(port, '127.0.0.1');
} else if (typeof app.callback === 'function') {
  http.createServer(app.callback()).listen(port, '127.0.0.1');
}
