'use strict';

/* An application of Express, which is exported to nginx or to supertest. */

const express = require('express');

const app = express();

app.disable('x-powered-by');
app.use(express.json());
app.get('/json', (req, res) => res.json({ query: req.query,
                                          cookie: req.get('cookie') ?? null }));
app.post('/body', (req, res) => res.status(201).json(req.body));
app.get('/login', (req, res) => {
  res.cookie('who', 'me').redirect('/json?after=login');
});
app.get('/file', (req, res) => res.sendFile(__filename));
app.get('/error', () => {
  throw Object.assign(new Error('refused'), { status: 418 });
});
app.use((error, req, res, next) => {
  res.status(error.status ?? 500).send(error.type ?? error.message);
});

module.exports = app;
