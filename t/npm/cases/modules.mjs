import { format, addDays } from 'date-fns';
import { de } from 'date-fns/locale';
import { Hono } from 'hono';
import { marked } from 'marked';
import { h } from 'preact';
import renderToString from 'preact-render-to-string';
import { parse, stringify } from 'yaml';
import { z } from 'zod';

export default async () => {
  const app = new Hono();

  app.get('/:name', (c) => c.json({ hello: c.req.param('name') }));

  return JSON.stringify([
    format(addDays(new Date(2024, 0, 31), 1), 'PPPP', { locale: de }),
    await (await app.request('/x')).text(), marked.parse('# a *b*'), renderToString(h('p', { id: 'x' }, 'y & z')),
    parse('a: [1, 2]'), stringify({ a: 1 }), z.object({ a: z.number() }).safeParse({ a: 'x' }).error.issues[0].code,
  ]);
};
