'use strict';

/* It is an ES module. */

module.exports = async ({ http }) => {
  const { default: got } = await import('got-current');
  const client = got.extend({ prefixUrl: `http://127.0.0.1:${http}`,
                              retry: { limit: 0 } });

  const json = await client('echo?x=1').json();
  const posted = await client.post('echo', { json: { y: 2 } }).json();
  const failed = await client('nothing').catch((error) => error);

  return { json, posted, failed: [failed.name, failed.response.statusCode] };
};
