'use strict';

/*
 * Runs one of Node's own tests: GET /?parallel/test-path.js.  The answer is
 * "ok", "skip <why>", or status 500 with what went wrong.  A test is over when
 * all calls that it waits for were made and the queues have been empty for a
 * moment; then its "exit" listeners run, if it has any when its sockets and
 * servers are closed.
 */

const deadline = 60000;
const { setTimeout, setImmediate } = globalThis;

// what keeps a process from its end: sockets and servers with a reference, of
// whose listeners tests know the number

function watchNet(open) {
  const net = require('net');
  const channels = require('diagnostics_channel');

  for (const side of ['client', 'server']) {
    channels.subscribe(`net.${side}.socket`, ({ socket }) => open.add(socket));
  }

  for (const { prototype } of [net.Server, net.Socket]) {
    const { ref, unref } = prototype;

    prototype.unref = function() {
      open.delete(this);
      return unref.call(this);
    };

    prototype.ref = function() {
      open.add(this);
      return ref.call(this);
    };
  }

  const { listen } = net.Server.prototype;

  net.Server.prototype.listen = function(...args) {
    const server = listen.apply(this, args);
    open.add(this);
    return server;
  };
}

// those that were closed, or never opened, are no such thing any more

function sweep(open) {
  for (const one of open) {
    if (one._handle === null && !one.connecting && !one._pendingData) {
      open.delete(one);
    }
  }
}

module.exports = (req, res) => {
  const file = `./test/${Object.keys(req.query)[0]}`;
  const state = { file, pending: new Set(), exit: [], failed: null,
                  waits: false, tmp: req.get('X-Tmp') };
  const start = Date.now();

  globalThis[Symbol.for('invoke.test')] = state;

  for (const name of ['on', 'once', 'addListener']) {
    const original = process[name];

    Object.defineProperty(process, name, {
      configurable: true,
      writable: true,
      value(event, fn) {
        if (event === 'exit' || event === 'beforeExit') {
          state.exit.push(fn);
          state.waits = true;
          return this;
        }
        return original.call(this, event, fn);
      },
    });
  }

  function fail(error) {
    if (!res.headersSent) {
      res.status(500).type('text')
        .send(`${(error && error.stack) || error}\n`);
    }
  }

  function finish() {
    try {
      for (const fn of state.exit) {
        fn.call(process, 0);
      }
    } catch (error) {
      fail(error);
      return;
    }

    if (!res.headersSent) {
      res.type('text').send('ok\n');
    }
  }

  const open = new Set();
  let quiet = 0;

  if (/\/test-(net|tls|http)/.test(file)) {
    watchNet(open);
  }

  function look() {
    sweep(open);

    if (state.failed !== null) {
      fail(state.failed);
    } else if (state.pending.size === 0
               && (!state.waits || open.size === 0)) {
      if (++quiet > 4) {
        finish();
      } else {
        setTimeout(look, 2);
      }
    } else if (Date.now() - start > deadline) {
      fail(`calls that were not made:\n${[...state.pending].join('\n')}`
           + `\nopen: ${open.size}`);
    } else {
      quiet = 0;
      setTimeout(look, 2);
    }
  }

  try {
    require(file);
  } catch (error) {
    if (error && error.skip !== undefined) {
      res.type('text').send(`skip ${error.skip}\n`);
    } else {
      fail(error);
    }
    return;
  }

  return new Promise((resolve) => {
    res.on('finish', resolve);
    setImmediate(look);
  });
};
