'use strict';

const Koa = require('koa');
const { Readable } = require('stream');

const app = new Koa({ keys: ['secret'] });

app.silent = true;

app.use(async (ctx, next) => {
  await next();
  ctx.set('X-Seen', `${ctx.status}`);
});

app.use(async (ctx) => {
  switch (ctx.path) {
    case '/json':
      ctx.body = { query: ctx.query, ip: ctx.ip, host: ctx.hostname,
                   type: ctx.accepts('html', 'json') };
      break;
    case '/stream':
      ctx.type = 'text';
      ctx.body = Readable.from(['a', 'b', 'c']);
      break;
    case '/body': {
      const chunks = [];

      for await (const chunk of ctx.req) {
        chunks.push(chunk);
      }

      ctx.body = Buffer.concat(chunks);
      break;
    }
    case '/cookie':
      ctx.cookies.set('a', 'b', { signed: true });
      ctx.body = ctx.cookies.get('c') ?? 'none';
      break;
    case '/empty':
      ctx.status = 204;
      break;
    case '/error':
      ctx.throw(422, 'refused');
      break;
    case '/raw':
      ctx.respond = false;
      ctx.res.writeHead(200, { 'Content-Type': 'text/x' });
      ctx.res.end('raw');
      break;
  }
});

module.exports = app;
