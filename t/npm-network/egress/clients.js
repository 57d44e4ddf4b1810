'use strict';

/*
 * Each client connects to a target, { host, port, query } or { path }, and is
 * rejected with the error that it gives. Those of HTTP follow redirections,
 * where they can.
 */

const dns = require('dns');
const http = require('http');
const https = require('https');
const net = require('net');
const tls = require('tls');

const axios = require('axios');
const got = require('got');
const Redis = require('ioredis');
const mysql = require('mysql2/promise');
const nodeFetch = require('node-fetch');
const nodemailer = require('nodemailer');
const { Client } = require('pg');
const { createClient } = require('redis');
const undici = require('undici');
const Ws = require('ws');

function url({ host, port, query = '' }, scheme = 'http') {
  return `${scheme}://${net.isIPv6(host) ? `[${host}]` : host}:${port}/${query}`;
}

/* an emitter that says the one or the other */

function once(emitter, good, end) {
  return new Promise((resolve, reject) => {
    emitter.on('error', reject);
    emitter.on(good, resolve);
  }).finally(() => end?.call(emitter));
}

/* the same for those that tell of an error and stop by themselves, or do not */

async function closing(promise, close) {
  try {
    return await promise;
  } finally {
    await Promise.resolve(close()).catch(() => undefined);
  }
}

function asked(module, options) {
  return once(module.get(options), 'response').then((res) => res.resume());
}

function event(target, good) {
  return new Promise((resolve, reject) => {
    target.onerror = reject;
    target[good] = resolve;
  }).finally(() => target.close());
}

module.exports = {
  net: ({ host, port, path }) => once(
    net.connect(path ? { path } : { host, port }), 'connect',
    net.Socket.prototype.destroy),

  tls: ({ host, port, path }) => once(
    tls.connect(path ? { path } : { host, port }), 'secureConnect',
    net.Socket.prototype.destroy),

  http: ({ path, ...target }) => asked(
    http, path ? { socketPath: path } : url(target)),

  https: ({ path, ...target }) => asked(
    https, path ? { socketPath: path } : url(target, 'https')),

  'http-agent': ({ path, host, port }) => asked(
    http, { agent: new http.Agent({ keepAlive: true }),
            ...path ? { socketPath: path } : { host, port } }),

  fetch: (target) => fetch(url(target)),

  WebSocket: (target) => event(new WebSocket(url(target, 'ws')), 'onopen'),

  EventSource: (target) => event(new EventSource(url(target)), 'onopen'),

  ws: ({ path, ...target }) => once(
    new Ws(path ? `ws+unix:${path}:/` : url(target, 'ws'),
           { followRedirects: true }), 'open', Ws.prototype.terminate),

  got: ({ path, ...target }) => got(
    path ? `http://unix:${path}:/` : url(target), { retry: 0 }),

  axios: ({ path, ...target }) => path
    ? axios.get('http://localhost/', { socketPath: path }) : axios.get(url(target)),

  undici: ({ path, ...target }) => {
    const agent = new undici.Agent(path ? { connect: { socketPath: path } }
      : { maxRedirections: 5 });
    const asking = undici.request(path ? 'http://localhost/' : url(target),
                                  { dispatcher: agent });

    return closing(asking.then(({ body }) => body.text()),
                   () => agent.destroy());
  },

  'undici-fetch': (target) => undici.fetch(url(target)),

  'node-fetch': (target) => nodeFetch(url(target)),

  pg: ({ host, port, path }) => {
    const client = new Client({ host: path ?? host, port, user: 'u',
                                database: 'd', password: 'p' });

    client.on('error', () => undefined);

    return closing(client.connect(), () => client.end());
  },

  mysql2: ({ host, port, path }) => mysql.createConnection({
    user: 'u', connectTimeout: 2000,
    ...path ? { socketPath: path } : { host, port } }),

  ioredis: ({ host, port, path }) => {
    const client = new Redis({ ...path ? { path } : { host, port },
                               lazyConnect: true, retryStrategy: null,
                               maxRetriesPerRequest: 0 });
    const failed = once(client, 'ready');

    client.connect().catch(() => undefined);

    return closing(failed, () => client.disconnect());
  },

  redis: ({ host, port, path }) => {
    const client = createClient({
      socket: { ...path ? { path } : { host, port },
                reconnectStrategy: false } });

    client.on('error', () => undefined);

    return closing(client.connect(), () => client.disconnect());
  },

  nodemailer: ({ host, port }) => nodemailer.createTransport({
    host, port, greetingTimeout: 1000 }).verify(),

  /* name servers, by address */

  dns: ({ host, port }) => {
    dns.setServers([`${net.isIPv6(host) ? `[${host}]` : host}:${port}`]);

    return dns.promises.resolve4('name.test');
  },

  Resolver: ({ host, port }) => {
    const resolver = new dns.promises.Resolver({ tries: 1, timeout: 500 });

    resolver.setServers([`${net.isIPv6(host) ? `[${host}]` : host}:${port}`]);

    return resolver.resolve4('name.test');
  },
};
