'use strict';

/* An application that is an object with fetch(). */

const { Hono } = require('hono');
const { basicAuth } = require('hono/basic-auth');
const { cors } = require('hono/cors');
const { etag } = require('hono/etag');
const { deleteCookie, getCookie, setCookie } = require('hono/cookie');
const { stream } = require('hono/streaming');

const app = new Hono();

app.use(cors());
app.use('/etag', etag());
app.use('/private', basicAuth({ username: 'user', password: 'pass' }));

app.get('/', (c) => c.json({ query: c.req.queries('a'), a: c.req.header('x-a'),
                             path: c.req.path, method: c.req.method }));
app.post('/body', async (c) => c.json({ body: await c.req.json() }, 201));
app.post('/form', async (c) => c.json(await c.req.parseBody()));
app.get('/user/:id/posts/:post', (c) => c.text(JSON.stringify(c.req.param())));
app.get('/stream', (c) => stream(c, async (out) => {
  await out.write('one ');
  await out.sleep(1);
  await out.write('two');
}));
app.get('/html', (c) => c.html('<p>html</p>'));
app.get('/cookie', (c) => {
  setCookie(c, 'a', 'b', { path: '/', httpOnly: true });
  deleteCookie(c, 'gone');
  return c.json(getCookie(c));
});
app.get('/redirect', (c) => c.redirect('/elsewhere'));
app.get('/etag', (c) => c.text('tagged'));
app.get('/error', () => {
  throw new Error('refused');
});
app.get('/private', (c) => c.text('private'));
app.onError((error, c) => c.text(error.message,
                                 error.getResponse?.().status ?? 500));

module.exports = app;
