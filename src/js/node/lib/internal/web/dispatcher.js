'use strict';

/*
 * By what undici's fetch() and WebSocket send their requests, behind undici's
 * interface of a dispatcher. It stands where undici's own does, so that a
 * function may give another one.
 */

const {
  ArrayPrototypePop,
  ArrayPrototypePush,
  Error,
  ObjectDefineProperty,
  SafeMap,
  StringPrototypeSlice,
  StringPrototypeStartsWith,
  SymbolFor,
} = primordials;

const { URL } = require('internal/url');
const { Connection, Head, closed } = require('internal/web/connection');
const { loop: { asyncGet, now } } = internalBinding('invoke');

const kDispatcher = SymbolFor('undici.globalDispatcher.1');

/* methods that may be sent again when a kept connection was closed just then */

const AGAIN = { __proto__: null, GET: true, HEAD: true, OPTIONS: true };

/* How the ends of a connection are told that was closed just then. */
const AGAIN_AFTER = { __proto__: null, ECONNRESET: true, ECANCELED: true,
                      EPIPE: true };

/* protocol -> the agent that makes connections */
const agents = { __proto__: null };

function agentOf(protocol) {
  const known = agents[protocol];

  if (known !== undefined) {
    return known;
  }

  const { Agent } = require(protocol === 'https:' ? 'https' : '_http_agent');

  return agents[protocol] = new Agent({ __proto__: null, keepAlive: true });
}

/* Where requests go that have one scheme, host, port and name for TLS. */

class Origin {
  #options;
  #agent;
  #waiting = [];

  constructor({ protocol, hostname, port, host }) {
    this.host = host;
    this.#options = {
      __proto__: null,
      protocol,
      host: hostname[0] === '[' ? StringPrototypeSlice(hostname, 1, -1)
        : hostname,
      port: port === '' ? protocol === 'https:' ? 443 : 80 : +port,
    };
    this.#agent = agentOf(protocol);
  }

  send(exchange) {
    const waiting = this.#next();

    if (waiting !== undefined) {
      exchange.connection = waiting;
      exchange.reused = true;
      waiting.serve(exchange);
      return;
    }

    const free = (connection, wait) => {
      ArrayPrototypePush(this.#waiting, {
        __proto__: null,
        connection,
        until: now() + wait,
      });
    };

    this.#agent.createSocket({
      __proto__: null,
      getHeader: () => exchange.head.host,

      /* it has waited for this in the lot (node/lot.js) */
      set reusedSocket(value) {
        exchange.reused = value;
      },
    }, this.#options, (error, socket) => {
      if (error) {
        exchange.fail(error);
        return;
      }

      exchange.reused = false;
      exchange.connection = new Connection(this.#agent, socket, exchange,
                                           free);
    });
  }

  /* closes those that may wait until that time at most */

  sweep(time) {
    const waiting = this.#waiting;
    let kept = 0;

    for (let i = 0; i < waiting.length; i++) {
      if (waiting[i].until > time) {
        waiting[kept++] = waiting[i];
      } else {
        waiting[i].connection.destroy();
      }
    }

    waiting.length = kept;
  }

  #next() {
    while (this.#waiting.length !== 0) {
      const { connection } = ArrayPrototypePop(this.#waiting);

      if (!connection.gone) {
        return connection;
      }
    }

    return undefined;
  }
}

/* as a request names it -> Origin */
const origins = new SafeMap();
const ORIGINS = 256;

/* ms between two looks at all of them, and when the last one was */
const SWEEP = 1000;
let swept = 0;

/*
 * No timer looks after a connection between two invocations: one that has
 * waited for too long, which its server may be closing, is closed before the
 * next request is sent, wherever that goes.
 */

function sweep(origin) {
  const time = now();

  if (time - swept >= SWEEP) {
    swept = time;
    origins.forEach((each) => each.sweep(time));
  }

  origin.sweep(time);
}

function originOf(origin, host) {
  let name = host === undefined ? `${origin}` : `${origin} ${host}`;

  /* what the agent keeps apart is kept apart here, too */

  if (StringPrototypeStartsWith(name, 'https:')) {
    name += internalBinding('invoke').apart();
  }

  const known = origins.get(name);

  if (known !== undefined) {
    return known;
  }

  const made = new Origin(new URL(origin));

  if (origins.size === ORIGINS) {
    origins.forEach((each) => each.sweep(Infinity));
    origins.clear();
  }

  origins.set(name, made);

  return made;
}

/* One request on its way, which tells its handler the end once. */

class Exchange {
  options;
  head = null;
  data = asyncGet();

  /* for the connection: all of it is sent, its answer has come */
  sent = false;
  answered = false;
  trailers = [];

  connection = null;
  reused = false;

  #handler;
  #over = false;

  constructor(options, handler) {
    this.options = options;
    this.#handler = handler;
  }

  start() {
    this.#handler.onConnect((reason) => {
      this.connection?.destroy();
      this.#end(reason ?? aborted());
    });

    if (!this.#over) {
      this.#send();
    }
  }

  #send() {
    try {
      const head = this.head ??= new Head(this.options);
      const origin = originOf(this.options.origin, head.host);

      if (head.host === undefined) {
        head.host = origin.host;
        head.text += `host: ${head.host}\r\n`;
      }

      sweep(origin);
      origin.send(this);

    } catch (error) {
      this.#end(error);
    }
  }

  #end(error) {
    if (!this.#over) {
      this.#over = true;
      this.#handler.onError(error);
    }
  }

  /* the connection is closed, or the body cannot be sent */

  fail(error) {
    const { method, body } = this.options;

    if (!this.#over && this.reused && !this.answered && !body && AGAIN[method]
        && AGAIN_AFTER[error.code])
    {
      this.#send();
      return;
    }

    this.connection?.destroy();
    this.#end(error);
  }

  /* what the handler says, which takes no more by false */

  onHeaders(status, headers, resume, text) {
    try {
      return this.#handler.onHeaders(status, headers, resume, text);
    } catch (error) {
      this.fail(error);
    }
  }

  onData(bytes) {
    try {
      return this.#handler.onData(bytes);
    } catch (error) {
      this.fail(error);
    }
  }

  complete() {
    if (!this.#over) {
      this.#over = true;
      this.#handler.onComplete(this.trailers);
    }
  }
}

/* One that is to become something else, which Node's client does. */

class Upgrade {
  #handler;
  #request = null;
  #over = false;

  constructor({ origin, path, method, headers, upgrade }, handler) {
    this.#handler = handler;
    handler.onConnect((reason) => this.#fail(reason ?? aborted()));

    if (!this.#over) {
      try {
        this.#send(new URL(origin), {
          __proto__: null,
          path,
          method,
          headers: { ...headers, upgrade, connection: 'upgrade' },
        });
      } catch (error) {
        this.#fail(error);
      }
    }
  }

  #fail(error) {
    if (!this.#over) {
      this.#over = true;
      this.#request?.destroy();
      this.#handler.onError(error);
    }
  }

  #send({ protocol, hostname, port }, options) {
    const client = require(protocol === 'https:' ? 'https' : 'http');
    const request = this.#request = client.request({
      ...options,
      protocol,
      host: hostname[0] === '[' ? StringPrototypeSlice(hostname, 1, -1)
        : hostname,
      port,
    });

    request.on('error', (error) => this.#fail(error));
    request.on('close', () => this.#fail(closed()));
    request.on('response', ({ statusCode }) => {
      this.#fail(new Error(`bad status: ${statusCode}`));
    });

    request.on('upgrade', ({ statusCode, rawHeaders }, socket, head) => {
      if (this.#over) {
        socket.destroy();
        return;
      }

      this.#over = true;

      if (head.length !== 0) {
        socket.unshift(head);
      }

      this.#handler.onUpgrade(statusCode, rawHeaders, socket);
    });

    request.end();
  }
}

function aborted() {
  const { AbortError } = require('internal/errors');

  return new AbortError();
}

class Dispatcher {
  dispatch(options, handler) {
    if (options.upgrade) {
      new Upgrade(options, handler);
    } else {
      new Exchange(options, handler).start();
    }

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
