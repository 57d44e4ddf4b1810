'use strict';

/* What is global: Node 20 lacks two of these, which undici has for it. */

const { EventSource, WebSocket } = globalThis.EventSource ? globalThis
  : require('undici6');

function events(url) {
  return new Promise((resolve) => {
    const source = new EventSource(url);
    const got = [];

    source.onmessage = ({ data, lastEventId }) => {
      got.push([data, lastEventId]);
    };
    source.addEventListener('named', ({ type, data }) => {
      got.push([type, data]);

      if (got.length === 4) {
        source.close();
        resolve(got);
      }
    });
  });
}

function socket(url) {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(url);
    const got = [];

    ws.binaryType = 'arraybuffer';
    ws.onerror = reject;
    ws.onopen = () => {
      ws.send('text ä');
      ws.send(new Uint8Array([1, 2, 3]));
    };
    ws.onmessage = ({ data }) => {
      got.push(typeof data === 'string' ? data : [...new Uint8Array(data)]);

      if (got.length === 2) {
        ws.close(1000, 'done');
      }
    };
    ws.onclose = ({ code, wasClean }) => resolve({ got, code, wasClean });
  });
}

module.exports = async ({ http }) => {
  const base = `http://127.0.0.1:${http}`;
  const form = new FormData();

  form.append('a', 'ä');
  form.append('file', new Blob(['contents'], { type: 'text/x' }), 'f.txt');

  const posted = await (await fetch(`${base}/echo`, { method: 'POST',
                                                      body: form })).json();
  const [, boundary] = /boundary=(.*)$/.exec(posted.type);
  const chunks = [];

  for await (const chunk of (await fetch(`${base}/chunks`)).body) {
    chunks.push(Buffer.from(chunk).toString());
  }

  const aborted = await fetch(`${base}/echo`, { signal: AbortSignal.abort() })
    .catch((error) => error);
  const refused = await fetch('http://127.0.0.1:1/').catch((error) => error);

  return { form: posted.body.replaceAll(boundary, 'boundary').split('\r\n'),
           chunks: chunks.join(''), aborted: aborted.name,
           refused: [refused.name, refused.message],
           packed: (await (await fetch(`${base}/gzip`)).text()).length,
           events: await events(`${base}/events`),
           socket: await socket(`ws://127.0.0.1:${http}/ws`) };
};
