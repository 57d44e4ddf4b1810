'use strict';

/* Fastify, which is asked by inject() and by the server that it has made. */

const app = require('fastify')({ bodyLimit: 1000 });

app.get('/', async (request) => ({ query: request.query, ip: request.ip }));
app.post('/body', async (request, reply) => {
  reply.code(201).header('X-A', 'b');
  return request.body;
});
app.get('/user/:id', {
  schema: {
    params: { type: 'object', properties: { id: { type: 'integer' } } },
    response: { 200: { type: 'object',
                       properties: { id: { type: 'integer' } } } },
  },
}, async (request) => ({ id: request.params.id, other: true }));
app.get('/error', async () => {
  throw Object.assign(new Error('refused'), { statusCode: 418 });
});
app.get('/inject', async () => {
  const answers = [];

  for (const options of [{ url: '/?a=b', remoteAddress: '10.0.0.1' },
                         { url: '/user/7' }, { url: '/user/x' },
                         { url: '/body', method: 'POST', payload: { c: 1 } },
                         { url: '/none' }, { url: '/error' }]) {
    const { statusCode, headers, body } = await app.inject(options);

    answers.push([statusCode, headers['x-a'], headers['content-type'], body]);
  }

  return answers;
});

module.exports = async (req, res) => {
  await app.ready();
  app.server.emit('request', req, res);
};
