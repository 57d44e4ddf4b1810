'use strict';

const got = require('got');

module.exports = async ({ http }) => {
  const client = got.extend({ prefixUrl: `http://127.0.0.1:${http}`,
                              retry: 0 });

  const json = await client('echo?x=1').json();
  const posted = await client.post('echo', { json: { y: 2 } }).json();
  const redirected = await client('redirect').json();
  const packed = await client('gzip').text();
  const failed = await client('nothing').catch((error) => error);
  const lines = [];

  for await (const chunk of client.stream('chunks')) {
    lines.push(chunk.toString());
  }

  return { json, posted, redirected, packed: packed.length,
           failed: [failed.name, failed.response.statusCode],
           lines: lines.join('') };
};
