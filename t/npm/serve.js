'use strict';

/* An application under Node itself: node serve.js <name> <port>. */

const http = require('http');

const { 2: name, 3: port } = process.argv;

process.env.PORT = port;

const app = require(`./apps/${name}.js`);

if (typeof app === 'function') {
  http.createServer(app).listen(port, '127.0.0.1');
} else if (typeof app.callback === 'function') {
  http.createServer(app.callback()).listen(port, '127.0.0.1');
}
