'use strict';

/* The clients of HTTP, at an nginx with TLS whose authority is the system's. */

const http = require('http');
const https = require('https');

const axios = require('axios');
const got = require('got');
const nodeFetch = require('node-fetch');
const { io } = require('socket.io-client');
const undici = require('undici');
const WebSocket = require('ws');

function get(url, options) {
  return new Promise((resolve, reject) => {
    https.get(url, options, (res) => {
      let text = '';

      res.setEncoding('utf8');
      res.on('data', (data) => { text += data; });
      res.on('end', () => resolve(text));
    }).on('error', reject);
  });
}

function socket(url) {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(url);

    ws.on('error', reject);
    ws.on('open', () => ws.send('hello'));
    ws.on('message', (data) => {
      ws.close();
      resolve(`${data}`);
    });
  });
}

module.exports = async ({ tls }) => {
  const base = `https://127.0.0.1:${tls}`;
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
  const connections = [];

  for (let i = 0; i < 3; i++) {
    connections.push(await get(`${base}/connection`, { agent }));
  }

  agent.destroy();

  const sio = io(base, { transports: ['websocket'], forceNew: true });
  const sum = await sio.emitWithAck('sum', 2, 3);

  sio.close();

  const dispatcher = new undici.Agent();
  const asked = await undici.request(`${base}/echo?undici`, { dispatcher });
  const text = await asked.body.json();

  await dispatcher.close();

  const wrong = await get(`${base}/echo`, { servername: 'other.example' })
    .catch((error) => error);
  const plain = await new Promise((resolve) => {
    http.get(`http://127.0.0.1:${tls}/`, (res) => resolve(res.statusCode));
  });

  return {
    kept: new Set(connections).size, sum, undici: text,
    named: await get(`${base}/tls`, { servername: 'localhost' }),
    fetch: await (await fetch(`${base}/redirect`)).json(),
    axios: (await axios.post(`${base}/echo`, { a: 1 })).data,
    got: await got(`${base}/gzip`).text().then((body) => body.length),
    nodeFetch: await (await nodeFetch(`${base}/echo?node-fetch`)).json(),
    ws: await socket(`wss://127.0.0.1:${tls}/ws`),
    file: (await axios.get(`${base}/file`)).data.length,
    wrong: wrong.code, plain,
  };
};
