'use strict';

const axios = require('axios');

module.exports = async ({ http }) => {
  const client = axios.create({ baseURL: `http://127.0.0.1:${http}` });

  const got = await client.get('/echo', { params: { a: 'ä' },
                                          headers: { 'x-own': 'mine' } });
  const posted = await client.post('/echo', { b: [1, 2] });
  const redirected = await client.get('/redirect');
  const packed = await client.get('/gzip');
  const failed = await client.get('/nothing').catch((error) => error);

  return { got: got.data, posted: posted.data, redirected: redirected.data,
           packed: packed.data.length,
           failed: [failed.code, failed.response.status,
                    failed.response.data] };
};
