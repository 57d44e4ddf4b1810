import fetch, { FetchError, FormData, Headers, Request, Response, isRedirect } from 'node-fetch-3';

export default async () => {
  const form = new FormData();

  form.append('a', 'b');

  return JSON.stringify([typeof fetch, await new Response('text', { headers: { a: 'b' } }).text(),
    [...new Headers([['x', '1'], ['x', '2']])], new Request('http://a.test/x?y').url, isRedirect(301),
    await fetch('none:').catch((e) => [e.name, e.message]), FetchError.name, form.get('a'),
    await (await fetch('data:text/plain,hello')).text()]);
};
