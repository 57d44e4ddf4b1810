# What a module may give instead of a function of req and res: applications and
# servers, as code for Node's http has them.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: a server that is exported
--- function
module.exports = require('http').createServer((req, res) => {
  res.writeHead(201, { 'X-Url': req.url });
  res.end(`${req.method} ${req.httpVersion} ${req.headers.host}`);
});
--- request
PUT /t/a?b=c
--- more_headers
Host: example.com
--- error_code: 201
--- response_headers
X-Url: /a?b=c
Content-Type:
--- response_body chomp
PUT 1.1 example.com



=== TEST 2: a server that listens, while the module loads and after
--- user_files
>>> one/index.js
const server = require('http').createServer();

server.on('request', (req, res) => res.end(JSON.stringify(log)));

const log = [server.listening, server.address()];

log.push(server.listen(8080, '127.0.0.1', () => log.push('listening'))
         === server);
log.push(server.listening, server.address());
>>> two/index.js
const http = require('http');

setTimeout(() => {
  http.createServer((req, res) => res.end('later')).listen(3000);
}, 10);
>>> three/index.js
const http = require('http');

(async () => {
  await null;
  http.createServer((req, res) => res.end('async')).listen({ port: 3000 });
})();
--- config
location /one { invoke ./html/one; }
location /two { invoke ./html/two; }
location /three { invoke ./html/three; }
--- request eval
["GET /one",
 "GET /two",
 "GET /three",
 "GET /two"]
--- response_body eval
['[false,null,true,true,{"address":"127.0.0.1","family":"IPv4","port":8080},"listening"]',
 "later",
 "async",
 "later"]



=== TEST 3: a server that never listens
--- function
require('http').createServer((req, res) => res.end('x'));
--- request
GET /t
--- error_code: 500
--- response_body_like: "message":"Module must export a function
--- error_log
bad_export



=== TEST 4: listen() twice, and at no port
--- user_files
>>> two/index.js
const server = require('http').createServer((req, res) => res.end(code));
let code;

server.listen(1);

try {
  server.listen(2);
} catch (error) {
  ({ code } = error);
}
>>> three/index.js
try {
  require('http').createServer().listen(65536);
} catch (error) {
  module.exports = (req, res) => res.send(`${error.name} ${error.message}`);
}
--- config
location /two { invoke ./html/two; }
location /three { invoke ./html/three; }
--- request eval
["GET /two",
 "GET /three"]
--- response_body_like eval
["^ERR_SERVER_ALREADY_LISTEN\$",
 "^RangeError options.port should be >= 0 and < 65536. Received type number"]



=== TEST 5: a function that is exported goes before a server that listens
--- function
require('http').createServer((req, res) => res.end('server')).listen(3000);

module.exports = (req, res) => res.send('function');
--- request
GET /t
--- response_body chomp
function



=== TEST 6: with isolation function the server listens once
--- http_config: invoke_isolates 1 max=1;
--- config
    location /t {
        invoke ./html/fn;
        invoke_isolation function;
    }
--- function
let n = 0;
let loads = 0;

require('http').createServer((req, res) => res.end(`${loads} ${++n}`))
  .listen(3000, () => loads++);
--- request eval
["GET /t",
 "GET /t",
 "GET /t"]
--- response_body eval
["1 1",
 "1 2",
 "1 3"]



=== TEST 7: an application as Koa has them, its callback is made once
--- config
    location /t {
        invoke ./html/fn;
        invoke_isolation function;
    }
--- function
const EventEmitter = require('events');

class Application extends EventEmitter {
  made = 0;

  callback() {
    this.made++;

    return async (req, res) => {
      await null;
      res.statusCode = 202;
      res.end(`${this.made} ${typeof res.send}`);
    };
  }
}

module.exports = new Application();
--- request eval
["GET /t",
 "GET /t"]
--- error_code eval
[202, 202]
--- response_body eval
["1 undefined",
 "1 undefined"]



=== TEST 8: the default export of a translated ES module
--- user_files
>>> one/index.js
Object.defineProperty(exports, '__esModule', { value: true });
exports.default = (req, res) => res.send('default');
>>> two/index.js
Object.defineProperty(exports, '__esModule', { value: true });
exports.default = require('http').createServer((req, res) => res.end('server'));
--- config
location /one { invoke ./html/one; }
location /two { invoke ./html/two; }
--- request eval
["GET /one",
 "GET /two"]
--- response_body eval
["default",
 "server"]



=== TEST 9: prototypes as Express gives them, before the body is read and after
--- function
const http = require('http');
const request = Object.create(http.IncomingMessage.prototype);
const response = Object.create(http.ServerResponse.prototype);

response.say = function(text) { this.end(text); };

function app(req, res) {
  if (req.url === '/after') {
    req.once('readable', () => rest(req, res));
  } else {
    rest(req, res);
  }
}

function rest(req, res) {
  Object.setPrototypeOf(req, Object.create(request));
  Object.setPrototypeOf(res, Object.create(response));

  let body = '';

  req.setEncoding('utf8');
  req.on('data', (chunk) => body += chunk);
  req.on('end', () => {
    res.setHeader('X-Type', req.headers['content-type']);
    res.say([body, req.readableEnded, req.complete, req.socket.remoteAddress,
             req instanceof http.IncomingMessage,
             res instanceof http.ServerResponse, res.headersSent].join());
  });
}

module.exports = app;
--- request eval
["POST /t\nbefore",
 "POST /t/after\nafter"]
--- more_headers
Content-Type: text/x
--- response_headers eval
["X-Type: text/x",
 "X-Type: text/x"]
--- response_body eval
["before,true,true,127.0.0.1,true,true,false",
 "after,true,true,127.0.0.1,true,true,false"]



=== TEST 10: what middleware looks at in Node's responses
--- function
const server = require('http').createServer((req, res) => {
  const seen = [res._header, res.finished, res.writableEnded];
  const { writeHead } = res;

  /* as on-headers does */
  res.writeHead = function(...args) {
    this.setHeader('X-Seen', 'implicit');
    return writeHead.apply(this, args);
  };

  res._implicitHeader();
  seen.push(Boolean(res._header), res.headersSent, res.finished);
  res.end(JSON.stringify(seen));
});

module.exports = server;
--- request
GET /t
--- response_headers
X-Seen: implicit
--- response_body chomp
[null,false,false,true,true,false]



=== TEST 11: requests and responses without an invocation are Node's own
--- function
const http = require('http');
const { Readable, Writable } = require('stream');
const { inherits } = require('util');

/* as light-my-request and serverless-http do */

function Response(req) {
  http.ServerResponse.call(this, req);

  const chunks = this.chunks = [];
  const socket = new Writable({
    write(chunk, encoding, callback) {
      chunks.push(chunk.toString());
      callback();
    },
  });

  this.assignSocket(socket);
}

inherits(Response, http.ServerResponse);

class Request extends http.IncomingMessage {
  constructor(body) {
    super({ readable: false, destroy() {} });
    Object.assign(this, { complete: true, method: 'POST', url: '/x',
                          headers: { a: 'b' } });
    this._read = () => {
      this.push(body);
      this.push(null);
    };
  }
}

module.exports = async (req, res) => {
  const own = new Request('body');
  const answer = new Response({ method: 'GET', httpVersionMajor: 1,
                                httpVersionMinor: 1 });
  const chunks = [];

  answer.sendDate = false;
  answer.statusCode = 404;
  answer.setHeader('X-A', ['1', '2']);

  const closed = new Promise((resolve) => answer.on('finish', resolve));

  for await (const chunk of own) {
    chunks.push(chunk.toString());
  }

  answer.end(chunks.join());
  await closed;

  res.json([own.method, own.url, own.headers, chunks,
            own instanceof Readable, answer.headersSent, answer.finished,
            answer.writableFinished, answer.chunks.join('')]);
};
--- request
GET /t
--- response_body chomp
["POST","/x",{"a":"b"},["body"],true,true,true,true,"HTTP/1.1 404 Not Found\r\nX-A: 1\r\nX-A: 2\r\nConnection: keep-alive\r\nContent-Length: 4\r\n\r\nbody"]



=== TEST 12: a function that has http keeps Express's req and res
--- function
const http = require('http');

module.exports = (req, res) => {
  res.status(202).json([req.query, req.path, req instanceof http.IncomingMessage,
                        res instanceof http.ServerResponse,
                        http.STATUS_CODES[404], http.METHODS.length]);
};
--- request
GET /t/a?b=c
--- error_code: 202
--- response_body chomp
[{"b":"c"},"/a",true,true,"Not Found",34]



=== TEST 13: other servers do not listen
--- function
const net = require('net');

module.exports = (req, res) => {
  net.createServer().on('error', ({ message, code, syscall }) => {
    res.json([message, code, syscall]);
  }).listen(0);
};
--- request
GET /t
--- response_body chomp
["HTTP server functionality not supported in serverless environment","ENOTSUP","listen"]



=== TEST 14: an upgrade that a server would take is not implemented
--- function
const server = require('http').createServer((req, res) => res.end('plain'));

server.on('upgrade', (req, socket) => socket.destroy());

module.exports = server;
--- request eval
["GET /t",
 "GET /t"]
--- more_headers eval
["Upgrade: websocket\nConnection: upgrade, close",
 "X-None: 1"]
--- error_code eval
[501, 200]
--- response_body eval
["",
 "plain"]



=== TEST 15: a listener of requests that throws, or rejects
--- function
const server = require('http').createServer(async (req, res) => {
  await null;
  throw new Error('refused');
});

module.exports = server;
--- request
GET /t
--- error_code: 500
--- response_body_like chomp
"message":"refused"
--- error_log
refused



=== TEST 16: a server of https is served as one of http: nginx has spoken TLS
--- function
const https = require('https');

https.createServer((req, res) => res.end(`${req.method} ${req.url}`))
  .listen(443);
--- request
GET /t?a=b
--- response_body chomp
GET /?a=b
--- no_error_log
[error]



=== TEST 17: and so is one that is exported
--- function
module.exports = require('https').createServer({}, (req, res) =>
  res.end('exported'));
--- request
GET /t
--- response_body chomp
exported



=== TEST 18: members of http.OutgoingMessage know a response, as cookies needs it
--- function
const http = require('http');
const { prototype } = http.OutgoingMessage;

module.exports = http.createServer((req, res) => {
  prototype.setHeader.call(res, 'Set-Cookie', ['a=1', 'b=2']);
  prototype.setHeader.call(res, 'X-Gone', 'x');
  prototype.removeHeader.call(res, 'X-Gone');

  const other = new http.OutgoingMessage();

  prototype.setHeader.call(other, 'X-Other', 'x');
  res.end([prototype.getHeader.call(res, 'set-cookie').join(),
           prototype.hasHeader.call(res, 'x-gone'),
           res.getHeaderNames(), other.getHeaderNames()].join(' '));
});
--- request
GET /t
--- response_headers
Set-Cookie: a=1, b=2
--- response_body chomp
a=1,b=2 false set-cookie x-other
--- no_error_log
[error]
