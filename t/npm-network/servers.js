'use strict';

/*
 * The peers that are no services of util/stack: HTTP, WebSocket, Socket.IO,
 * SMTP and MongoDB, on ports of 127.0.0.1 that the first line of the output
 * names. They end with the input. In front of HTTP stands an nginx with TLS.
 */

const fs = require('fs');
const http = require('http');
const path = require('path');
const zlib = require('zlib');

const { SMTPServer } = require('smtp-server');
const { Server } = require('socket.io');
const { WebSocketServer } = require('ws');

const createMongo = require('./mongo.js');

const mails = [];

function read(stream) {
  return new Promise((resolve, reject) => {
    let text = '';

    stream.setEncoding('utf8');
    stream.on('data', (data) => { text += data; });
    stream.on('end', () => resolve(text));
    stream.on('error', reject);
  });
}

function json(res, status, value, headers = {}) {
  const text = JSON.stringify(value);

  res.writeHead(status, { 'content-type': 'application/json',
                          'content-length': Buffer.byteLength(text),
                          ...headers });
  res.end(text);
}

/* what the APIs of stripe and openai answer, as far as their clients need it */

function api(req, body) {
  const authorization = req.headers.authorization;

  switch (`${req.method} ${req.url}`) {
  case 'POST /v1/customers':
    return { id: 'cus_1', object: 'customer', authorization,
             given: Object.fromEntries(new URLSearchParams(body)) };

  case 'GET /v1/customers?limit=2':
    return { object: 'list', has_more: false, url: '/v1/customers',
             data: [{ id: 'cus_1', object: 'customer' },
                    { id: 'cus_2', object: 'customer' }] };

  case 'POST /v1/chat/completions':
    return { id: 'chat', object: 'chat.completion', created: 1,
             model: JSON.parse(body).model,
             choices: [{ index: 0, finish_reason: 'stop',
                         message: { role: 'assistant',
                                    content: `${authorization}: `
                                      + JSON.parse(body).messages[0].content,
                         } }] };
  }

  return undefined;
}

async function serve(req, res) {
  const body = await read(req);
  const answer = api(req, body);

  if (answer !== undefined) {
    json(res, 200, answer);
    return;
  }

  switch (req.url.replace(/\?.*/, '')) {
  case '/echo':
    json(res, 200, { method: req.method, url: req.url, body,
                     type: req.headers['content-type'] ?? null,
                     own: req.headers['x-own'] ?? null });
    break;

  case '/redirect':
    res.writeHead(302, { location: '/echo?redirected' });
    res.end();
    break;

  case '/gzip':
    res.writeHead(200, { 'content-encoding': 'gzip',
                         'content-type': 'text/plain' });
    res.end(zlib.gzipSync('packed '.repeat(1000)));
    break;

  case '/chunks':
    res.writeHead(200, { 'content-type': 'text/plain' });
    for (let i = 0; i < 5; i++) {
      res.write(`chunk ${i}\n`);
    }
    res.end();
    break;

  case '/events': {
    const last = Number(req.headers['last-event-id'] ?? 0);

    res.writeHead(200, { 'content-type': 'text/event-stream' });
    res.write(`retry: 10\n\n: a comment\nid: ${last + 1}\ndata: a\n`
              + `data: line ${last + 1}\n\n`);
    res.end(`event: named\nid: ${last + 2}\ndata: ${last + 2}\n\n`);
    break;
  }

  case '/mails':
    json(res, 200, mails.splice(0));
    break;

  default:
    json(res, 404, { error: 'not found' });
  }
}

const server = http.createServer(serve);
const plain = new WebSocketServer({ noServer: true });
const io = new Server(server);

server.on('upgrade', (req, socket, head) => {
  if (req.url === '/ws') {
    plain.handleUpgrade(req, socket, head, (ws) => {
      ws.on('message', (data, binary) => {
        ws.send(binary ? Buffer.from(data).reverse() : `echo ${data}`);
      });
    });
  }
});

io.on('connection', (socket) => {
  socket.on('sum', (a, b, reply) => reply(a + b));
  socket.on('shout', (text) => socket.emit('shouted', text.toUpperCase()));
});

const tls = path.dirname(process.env.TLS_CA);

const mail = {
  authOptional: true,
  allowInsecureAuth: true,
  cert: fs.readFileSync(`${tls}/server.crt`),
  key: fs.readFileSync(`${tls}/server.key`),
  onAuth(auth, session, callback) {
    callback(null, { user: `${auth.username}:${auth.password}` });
  },
  async onData(stream, session, callback) {
    const text = await read(stream);

    mails.push({ from: session.envelope.mailFrom.address,
                 to: session.envelope.rcptTo.map((r) => r.address),
                 user: session.user ?? null, secure: session.secure,
                 subject: /^Subject: (.*)$/m.exec(text.replace(/\r/g, ''))[1],
                 body: text.replace(/\r/g, '').split('\n\n').pop().trim() });
    callback();
  },
};

const smtp = new SMTPServer(mail);
const smtps = new SMTPServer({ ...mail, secure: true });

for (const peer of [smtp, smtps]) {
  peer.on('error', () => undefined);
}

const mongodb = createMongo();

async function listen(server) {
  await new Promise((done) => server.listen(0, '127.0.0.1', done));

  return (server.server ?? server).address().port;
}

(async () => console.log(JSON.stringify({
  http: await listen(server), smtp: await listen(smtp),
  smtps: await listen(smtps), mongodb: await listen(mongodb),
})))();

process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
