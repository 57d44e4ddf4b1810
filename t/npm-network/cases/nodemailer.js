'use strict';

const http = require('http');

const nodemailer = require('nodemailer');

function get(url) {
  return new Promise((resolve, reject) => {
    http.get(url, (res) => {
      let text = '';

      res.on('data', (data) => { text += data; });
      res.on('end', () => resolve(JSON.parse(text)));
    }).on('error', reject);
  });
}

const mail = { from: 'a@example.com', to: ['b@example.com', 'c@example.com'],
               subject: 'A subject', text: 'the text' };

module.exports = async ({ ca, http, smtp, smtps }) => {
  const auth = { user: 'user', pass: 'pass' };
  const host = '127.0.0.1';
  const result = [];

  for (const options of [
    { port: smtp, ignoreTLS: true },
    { port: smtp, requireTLS: true, tls: { ca } },
    { port: smtps, secure: true, tls: { ca } },
    { port: smtps, secure: true, tls: { ca }, pool: true, maxConnections: 2 },
  ]) {
    const transport = nodemailer.createTransport({ host, auth, ...options });
    const sent = await transport.sendMail(mail);

    transport.close();
    result.push([sent.accepted, sent.response.slice(0, 3)]);
  }

  const refused = await nodemailer.createTransport({ host, port: 1 })
    .sendMail(mail).catch((error) => error);

  return { result, mails: await get(`http://127.0.0.1:${http}/mails`),
           refused: [refused.code, refused.syscall] };
};
