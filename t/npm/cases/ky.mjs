import ky, { HTTPError, TimeoutError } from 'ky';

export default async () => {
  const api = ky.create({ prefixUrl: 'http://host.test', retry: 0, fetch: async (request) => new Response(
    JSON.stringify([request.method, request.url, request.headers.get('accept')]),
    { status: request.url.endsWith('no') ? 404 : 200 }) });

  return JSON.stringify([await api.get('a', { searchParams: { b: 1 } }).json(),
                         await api.post('no').catch((e) => [e instanceof HTTPError, e.message]), TimeoutError.name]);
};
