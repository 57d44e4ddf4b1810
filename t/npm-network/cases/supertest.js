'use strict';

const request = require('supertest');

module.exports = async ({ http }) => {
  const agent = request.agent(`http://127.0.0.1:${http}`);

  const got = await agent.get('/echo?a=b').set('x-own', 'mine')
    .expect('content-type', /json/).expect(200);
  const posted = await agent.post('/echo').send({ b: 1 });
  const redirected = await agent.get('/redirect').redirects(1);
  const packed = await agent.get('/gzip');
  const failed = await agent.get('/nothing').expect(200)
    .catch((error) => error);

  return { got: got.body, posted: posted.body, redirected: redirected.body,
           packed: packed.text.length, failed: failed.message };
};
