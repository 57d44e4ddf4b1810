'use strict';

const { Agent, request } = require('undici');

module.exports = async ({ http }) => {
  const dispatcher = new Agent();
  const base = `http://127.0.0.1:${http}`;

  const got = await request(`${base}/echo`, { dispatcher });
  const posted = await request(`${base}/echo`, {
    dispatcher, method: 'PUT', body: 'text',
    headers: { 'content-type': 'text/x-own' } });
  const chunks = await request(`${base}/chunks`, { dispatcher });

  const result = { got: [got.statusCode, await got.body.json()],
                   posted: await posted.body.json(),
                   chunks: await chunks.body.text() };

  await dispatcher.close();

  return result;
};
