'use strict';

/*
 * By what undici's fetch() and WebSocket send their requests: Node's clients of
 * http and https, behind undici's interface of a dispatcher. It stands where
 * undici's own does, so that a function may give another one.
 */

const {
  ArrayPrototypeSlice,
  Error,
  Number,
  ObjectDefineProperty,
  ObjectKeys,
  Promise,
  StringPrototypeSlice,
  Symbol,
  SymbolFor,
} = primordials;

const { URL } = require('internal/url');

const kDispatcher = SymbolFor('undici.globalDispatcher.1');

/* methods that may be sent again when a kept connection was closed just then */

const AGAIN = { __proto__: null, GET: true, HEAD: true, OPTIONS: true };

const agents = { __proto__: null };

/* How long a connection may wait for its next request, ms. */
const IDLE = 4000;

const kIdle = Symbol('kIdle');

function agentOf(protocol, client) {
  const known = agents[protocol];

  if (known !== undefined) {
    return known;
  }

  const agent = agents[protocol] = new client.Agent({
    __proto__: null,
    keepAlive: true,
    scheduling: 'lifo',
  });

  agent.on('free', (socket) => {
    socket[kIdle] = process.hrtime.bigint();
  });

  return agent;
}

/*
 * No timer looks after a connection between two invocations: one that has
 * waited for too long, which its server may be closing, is closed before the
 * next request is sent.
 */

function sweep({ freeSockets }) {
  const now = process.hrtime.bigint();
  const names = ObjectKeys(freeSockets);

  for (let i = 0; i < names.length; i++) {
    const sockets = ArrayPrototypeSlice(freeSockets[names[i]]);

    for (let s = 0; s < sockets.length; s++) {
      if (Number(now - sockets[s][kIdle]) > IDLE * 1000000) {
        sockets[s].destroy();
      }
    }
  }
}

/* One request on its way, which tells its handler the end once. */

class Exchange {
  #options;
  #handler;
  #request = null;
  #over = false;
  #answered = false;

  constructor(options, handler) {
    this.#options = options;
    this.#handler = handler;
  }

  start() {
    this.#handler.onConnect((reason) => this.#fail(reason ?? aborted()));

    if (!this.#over) {
      this.#send();
    }
  }

  #fail(error) {
    if (this.#over) {
      return;
    }

    this.#over = true;
    this.#request?.destroy();
    this.#handler.onError(error);
  }

  #send() {
    const { origin, path, method, headers, body, upgrade } = this.#options;
    let request;

    try {
      const { protocol, hostname, port } = new URL(origin);
      const client = require(protocol === 'https:' ? 'https' : 'http');
      const agent = upgrade ? undefined : agentOf(protocol, client);

      if (agent !== undefined) {
        sweep(agent);
      }

      request = client.request({
        __proto__: null,
        protocol,
        host: hostname[0] === '[' ? StringPrototypeSlice(hostname, 1, -1)
          : hostname,
        port,
        path,
        method,
        headers: upgrade ? { ...headers, upgrade, connection: 'upgrade' }
          : headers,
        agent,
      });

    } catch (error) {
      this.#fail(error);
      return;
    }

    this.#request = request;

    request.on('error', (error) => this.#failed(error));
    request.on('response', (response) => this.#answer(response));
    request.on('close', () => this.#closed());

    if (upgrade) {
      request.on('upgrade', (...args) => this.#upgrade(...args));
    }

    if (body) {
      this.#write(request, body);
    } else {
      request.end();
    }
  }

  #closed() {
    if (!this.#over) {
      this.#fail(closed());
    }
  }

  #failed(error) {
    const { method, body } = this.#options;

    if (!this.#over && !this.#answered && !body && AGAIN[method]
        && this.#request.reusedSocket && error.code === 'ECONNRESET')
    {
      this.#request.removeAllListeners('close');
      this.#send();
      return;
    }

    this.#fail(error);
  }

  async #write(request, body) {
    try {
      for await (const chunk of body) {
        if (request.destroyed) {
          return;
        }

        if (!request.write(chunk)) {
          await new Promise((resolve) => {
            request.once('drain', resolve);
            request.once('close', resolve);
          });
        }
      }

      request.end();

    } catch (error) {
      this.#fail(error);
    }
  }

  #answer(response) {
    const handler = this.#handler;

    if (this.#over) {
      return;
    }

    this.#answered = true;

    if (response.statusCode < 200) {
      this.#fail(new Error(`bad status: ${response.statusCode}`));
      return;
    }

    response.on('data', (chunk) => this.#pause(response,
        () => handler.onData(chunk)));

    response.on('end', () => {
      if (!this.#over) {
        this.#over = true;
        handler.onComplete(response.rawTrailers);
      }
    });

    response.on('error', (error) => this.#fail(error));
    response.on('close', () => this.#closed());

    this.#pause(response, () => handler.onHeaders(
        response.statusCode, response.rawHeaders, () => response.resume(),
        response.statusMessage));
  }

  /* the handler takes no more when it says false */

  #pause(response, tell) {
    if (this.#over) {
      return;
    }

    try {
      if (tell() === false) {
        response.pause();
      }

    } catch (error) {
      this.#fail(error);
    }
  }

  #upgrade(response, socket, head) {
    if (this.#over) {
      socket.destroy();
      return;
    }

    this.#over = true;

    if (head.length !== 0) {
      socket.unshift(head);
    }

    this.#handler.onUpgrade(response.statusCode, response.rawHeaders, socket);
  }
}

function aborted() {
  const { AbortError } = require('internal/errors');

  return new AbortError();
}

/* as undici's own client tells it */

function closed() {
  const error = new Error('other side closed');

  error.name = 'SocketError';
  error.code = 'UND_ERR_SOCKET';

  return error;
}

class Dispatcher {
  dispatch(options, handler) {
    new Exchange(options, handler).start();
    return true;
  }

  async close() {
    await this.destroy();
  }

  async destroy() {
    for (const protocol in agents) {
      agents[protocol].destroy();
    }
  }
}

function getGlobalDispatcher() {
  return globalThis[kDispatcher];
}

function setGlobalDispatcher(dispatcher) {
  ObjectDefineProperty(globalThis, kDispatcher, {
    __proto__: null,
    value: dispatcher,
    writable: true,
    enumerable: false,
    configurable: false,
  });
}

if (getGlobalDispatcher() === undefined) {
  setGlobalDispatcher(new Dispatcher());
}

module.exports = { getGlobalDispatcher, setGlobalDispatcher };
