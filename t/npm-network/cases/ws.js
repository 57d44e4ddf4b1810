'use strict';

const WebSocket = require('ws');

module.exports = ({ http }) => new Promise((resolve, reject) => {
  const ws = new WebSocket(`ws://127.0.0.1:${http}/ws`);
  const got = [];

  ws.on('error', reject);
  ws.on('open', () => {
    ws.send('text ä');
    ws.send(Buffer.from([1, 2, 3]));
    ws.send('x'.repeat(70000));
  });
  ws.on('message', (data, binary) => {
    got.push(binary ? [...data] : data.length > 100 ? data.length : `${data}`);

    if (got.length === 3) {
      ws.close(1000, 'done');
    }
  });
  ws.on('close', (code) => resolve({ got, code }));
});
