const serverless = require('serverless-http');

const app = require('../apps/express4.js');

module.exports = async () => {
  const handler = serverless(app);
  const lines = [];

  for (const event of [
    { httpMethod: 'GET', path: '/json', queryStringParameters: { a: 'b' },
      headers: { 'X-A': 'c' } },
    { httpMethod: 'POST', path: '/body', body: '{"list":[1]}',
      headers: { 'Content-Type': 'application/json' } },
    { httpMethod: 'GET', path: '/cookies', headers: { Cookie: 'a=b' } },
    { httpMethod: 'GET', path: '/parts', headers: {} },
    { httpMethod: 'GET', path: '/error', headers: {} },
  ]) {
    const answer = await handler({ requestContext: {}, ...event }, {});

    delete answer.headers.date;
    lines.push(JSON.stringify(answer));
  }

  return lines.join('\n');
};
