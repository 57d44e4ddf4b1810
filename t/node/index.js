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

// what keeps a process from its end: sockets and servers with a reference, whose
// listeners tests count, or take away

function watchNet(open, name) {
  const net = require('net');
  const channels = require('diagnostics_channel');

  function add(handle) {
    const { emit } = handle;

    open.add(handle);

    handle.emit = function(event, ...args) {
      if (event === 'close') {
        open.delete(handle);
      }

      return emit.call(this, event, ...args);
    };
  }

  for (const side of ['client', 'server']) {
    channels.subscribe(`net.${side}.socket`, ({ socket }) => add(socket));
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

  // those of http, where they are there, have a listen() of their own
  const servers = [net.Server];

  if (name.startsWith('http')) {
    servers.push(require('http').Server, require('https').Server);
  }

  for (const { prototype } of servers) {
    const { listen } = prototype;

    prototype.listen = function(...args) {
      const server = listen.apply(this, args);
      add(this);
      this.once('error', () => open.delete(this));
      return server;
    };
  }
}

// what would write a file has nginx do it, which serves the package there

function writeBy(origin) {
  const { pathToFileURL } = require('url');

  async function send(method, name, suffix, body) {
    const { pathname } = pathToFileURL(`${name}`.replace(/^file:\/\//, ''));
    const { ok, status } = await fetch(origin + pathname + suffix,
                                       { method, body });

    if (!ok) {
      throw new Error(`${method} ${name}: ${status}`);
    }
  }

  Object.assign(require('fs/promises'), {
    mkdir: (name) => send('MKCOL', name, '/'),
    rm: (name) => send('DELETE', name, ''),
    rmdir: (name) => send('DELETE', name, '/'),
    unlink: (name) => send('DELETE', name, ''),
    writeFile: (name, text) => send('PUT', name, '', text),
  });
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
      // a test may have taken the iterators away
      for (let i = 0; i < state.exit.length; i++) {
        state.exit[i].call(process, 0);
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

  const name = /\/test-((?:net|tls|http).*)/.exec(file)?.[1];

  if (name !== undefined) {
    watchNet(open, name);
  }

  if (file.startsWith('./test/es-module/')) {
    writeBy(req.get('X-Origin'));
  }

  function look() {
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

  function threw(error) {
    if (error && error.skip !== undefined) {
      res.type('text').send(`skip ${error.skip}\n`);
    } else {
      fail(error);
    }
  }

  if (file.endsWith('.mjs')) {
    state.pending.add(file);
    import(file).then(() => state.pending.delete(file), threw);

  } else {
    try {
      require(file);
    } catch (error) {
      threw(error);
      return;
    }
  }

  return new Promise((resolve) => {
    res.on('finish', resolve);
    setImmediate(look);
  });
};
