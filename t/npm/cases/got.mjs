import got, { HTTPError, Options, RequestError } from 'got';

export default async () => {
  const failed = await got('http://[::1', { retry: { limit: 0 } }).catch((e) => [e.name, e.code]);
  const options = new Options({ prefixUrl: 'http://a.test', searchParams: { a: 1 }, json: { b: 2 }, method: 'post' });

  return JSON.stringify([failed, String(options.prefixUrl), String(options.searchParams), options.method,
                         HTTPError.name, RequestError.name, typeof got.extend({}).post]);
};
