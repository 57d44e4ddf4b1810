const inject = require('light-my-request');

const app = require('../apps/express5.js');

module.exports = async () => {
  const lines = [];

  for (const options of [
    { url: '/json?a=b', remoteAddress: '10.0.0.1', headers: { 'x-a': 'c' } },
    { url: '/body', method: 'PUT', payload: { list: [1] } },
    { url: '/cookies', cookies: { name: 'value' } },
    { url: '/parts' }, { url: '/large', method: 'HEAD' }, { url: '/error' },
  ]) {
    const { statusCode, statusMessage, headers, payload }
      = await inject(app, options);

    delete headers.date;
    lines.push(JSON.stringify([statusCode, statusMessage, headers, payload]));
  }

  return lines.join('\n');
};
