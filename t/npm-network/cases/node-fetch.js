'use strict';

const fetch = require('node-fetch');

module.exports = async ({ http }) => {
  const base = `http://127.0.0.1:${http}`;

  const got = await fetch(`${base}/echo`, { headers: { 'x-own': 'mine' } });
  const posted = await fetch(`${base}/echo`, {
    method: 'POST', body: new URLSearchParams({ a: 'b c' }) });
  const redirected = await fetch(`${base}/redirect`);
  const packed = await fetch(`${base}/gzip`);
  const missing = await fetch(`${base}/nothing`);
  const refused = await fetch('http://127.0.0.1:1/').catch((error) => error);

  return { got: await got.json(), posted: await posted.json(),
           redirected: [redirected.url.slice(base.length),
                        redirected.redirected],
           packed: (await packed.text()).length, missing: missing.status,
           refused: refused.code };
};
