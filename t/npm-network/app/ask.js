'use strict';

/* Asks by supertest: what is at a URL, or the application itself. */

const supertest = require('supertest');

const agent = supertest.agent(process.argv[2] ?? require('./index.js'));

async function ask() {
  const answers = [];

  for (const asked of [
    agent.get('/json?a=1&b[c]=2').expect('content-type', /json/).expect(200),
    agent.post('/body').send({ a: [1, 'ä'] }).expect(201, { a: [1, 'ä'] }),
    agent.post('/body').type('json').send('{'),
    agent.get('/login').redirects(1).expect(200),
    agent.get('/json').expect(200),
    agent.get('/file').set('range', 'bytes=0-11').expect(206, /strict/),
    agent.head('/json').expect(200),
    agent.get('/error').expect(418, 'refused'),
    agent.get('/none').expect(404),
  ]) {
    const { status, type, text, body } = await asked;

    answers.push([status, type, text, body]);
  }

  console.log(JSON.stringify(answers));
}

ask();
