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

module.exports = async ({ http, smtp }) => {
  const transport = nodemailer.createTransport({
    host: '127.0.0.1', port: smtp, secure: false, ignoreTLS: true,
    auth: { user: 'user', pass: 'pass' } });

  const sent = await transport.sendMail({
    from: 'a@example.com', to: ['b@example.com', 'c@example.com'],
    subject: 'A subject', text: 'the text' });

  transport.close();

  return { accepted: sent.accepted, response: sent.response.slice(0, 3),
           mails: await get(`http://127.0.0.1:${http}/mails`) };
};
