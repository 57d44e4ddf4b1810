'use strict';

/*
 * What is connected to, at one port of all addresses: node peer.js <port> <the
 * address that counts as public>. There it answers HTTP, a redirection to
 * ?<url> where it is asked for that; elsewhere it hangs up. Each line of input
 * is answered by one of output: how many connections and datagrams have come to
 * the public address, and where the others.
 */

const dgram = require('dgram');
const http = require('http');
const net = require('net');
const readline = require('readline');

const { 2: port, 3: open } = process.argv;

let reached = 0;
let datagrams = 0;
let others = [];

const web = http.createServer((req, res) => {
  const to = req.url.indexOf('?');

  // each request has its connection
  res.setHeader('connection', 'close');

  if (to !== -1) {
    res.writeHead(302, { location: req.url.slice(to + 1) });
  }

  res.end('here');
});

const server = net.createServer((socket) => {
  socket.on('error', () => undefined);

  if (socket.localAddress !== `::ffff:${open}`) {
    others.push(`tcp ${socket.localAddress}`);
    socket.destroy();
    return;
  }

  reached++;

  // those who wait for a greeting of another protocol
  const timer = setTimeout(() => socket.destroy(), 200);

  socket.once('data', (data) => {
    clearTimeout(timer);

    if (/^[A-Z]+ \/.* HTTP\/1.1\r\n/.test(data)) {
      socket.pause();
      socket.unshift(data);
      web.emit('connection', socket);
      socket.resume();
    } else {
      socket.destroy();
    }
  });
});

const here = dgram.createSocket({ type: 'udp4', reuseAddr: true });
const elsewhere = dgram.createSocket({ type: 'udp6', reuseAddr: true });

here.on('message', () => { datagrams++; });
elsewhere.on('message', () => { others.push('udp'); });

server.listen(port, '::', () => {
  elsewhere.bind(port, '::', () => {
    here.bind(port, open, () => console.log('ready'));
  });
});

readline.createInterface(process.stdin)
  .on('line', () => setTimeout(() => {
    console.log(JSON.stringify({ reached, datagrams, others }));
    reached = 0;
    datagrams = 0;
    others = [];
  }, 100))
  .on('close', () => process.exit(0));
