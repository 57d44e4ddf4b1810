'use strict';

/*
 * Tries to connect by one client to each of a list of targets, one after the
 * other: GET names the clients, POST { client, targets } answers what has become of each, "connected"
 * or the codes and messages of the error and of its causes. A target has a host,
 * a port and may have a query, or has a path in the file system.
 */

const clients = require('./clients.js');

function flatten(error, depth = 0) {
  if (typeof error !== 'object' || error === null || depth > 4) {
    return [String(error)];
  }

  return [error.code, error.message,
          ...[error.cause, error.error, ...error.errors ?? []]
            .filter((one) => one !== undefined)
            .flatMap((one) => flatten(one, depth + 1))]
    .filter((text) => text !== undefined);
}

function limit(promise) {
  let timer;

  return Promise.race([promise, new Promise((resolve, reject) => {
    timer = setTimeout(reject, 5000, new Error('nothing has happened'));
  })]).finally(() => clearTimeout(timer));
}

module.exports = async (req, res) => {
  if (req.method === 'GET') {
    res.json(Object.keys(clients));
    return;
  }

  const { client, targets } = req.body;
  const results = [];

  for (const target of targets) {
    try {
      await limit(clients[client](target));
      results.push('connected');
    } catch (error) {
      results.push(flatten(error).join(' | '));
    }
  }

  res.json(results);
};
