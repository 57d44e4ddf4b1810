'use strict';

/*
 * A connection of HTTP/1.1 for fetch(). An Agent makes its socket, which stays
 * what ends it and what is told of errors; requests go straight to the socket's
 * handle, and what is read from there to the parser, by none of the streams in
 * between.
 *
 *     connecting --> busy <--> idle
 *          |           |        |
 *          +-----------+--------+--> gone
 */

const {
  ArrayBufferIsView,
  Error,
  NumberPrototypeToString,
  ObjectKeys,
  Promise,
  RegExpPrototypeExec,
  StringPrototypeToLowerCase,
  TypedArrayPrototypeGetBuffer,
  TypedArrayPrototypeGetByteOffset,
  TypedArrayPrototypeGetByteLength,
  Uint8Array,
} = primordials;

const { FastBuffer } = require('internal/buffer');
const { connResetException, errnoException } = require('internal/errors');
const parsers = internalBinding('http_parser');
const { loop: { asyncSet }, patience } = internalBinding('invoke');
const {
  kLastWriteWasAsync,
  kReadBytesOrError,
  streamBaseState,
} = internalBinding('stream_wrap');
const { UV_ECONNRESET, UV_EOF, UV_EPIPE } = internalBinding('uv');

const RESPONSE = 2;
const MAX_HEADER_SIZE = 16384;

/* what the parser tells, and how many values belong to it */
const HEADERS = 1;
const HEADERS_COMPLETE = 2;
const BODY = 3;
const COMPLETE = 4;

const TOKEN = /^[\^_`a-zA-Z\-0-9!#$%&'*+.|~]+$/;
const NO_VALUE = /[^\t\x20-\x7e\x80-\xff]/;
const NO_PATH = /[^\u0021-\u00ff]/;

function wrong(what) {
  const error = new Error(`invalid ${what}`);

  error.name = 'InvalidArgumentError';
  error.code = 'UND_ERR_INVALID_ARG';

  return error;
}

/* as undici's own client tells them */

function closed() {
  const error = new Error('other side closed');

  error.name = 'SocketError';
  error.code = 'UND_ERR_SOCKET';

  return error;
}

function mismatch() {
  const error = new Error('Request body length does not match content-length '
                          + 'header');

  error.name = 'RequestContentLengthMismatchError';
  error.code = 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH';

  return error;
}

/*
 * The lines of a request, but for the empty one behind them, and what they say
 * of its body, whose framing is not the caller's.
 */

class Head {
  text;
  host = undefined;
  length = -1;
  close = false;

  constructor({ method, path, headers }) {
    if (typeof path !== 'string' || path === ''
        || RegExpPrototypeExec(NO_PATH, path) !== null)
    {
      throw wrong('path');
    }

    if (RegExpPrototypeExec(TOKEN, method) === null) {
      throw wrong('method');
    }

    let text = '';
    let connection = 'keep-alive';

    const names = headers ? ObjectKeys(headers) : [];

    for (let i = 0; i < names.length; i++) {
      const name = names[i];
      const value = `${headers[name]}`;

      if (RegExpPrototypeExec(TOKEN, name) === null
          || RegExpPrototypeExec(NO_VALUE, value) !== null)
      {
        throw wrong(`${name} header`);
      }

      switch (name.length) {
      case 4:
        if (StringPrototypeToLowerCase(name) === 'host') {
          this.host = value;
        }

        break;

      case 7:
        if (StringPrototypeToLowerCase(name) === 'upgrade') {
          throw wrong('upgrade header');
        }

        break;

      case 10:
        switch (StringPrototypeToLowerCase(name)) {
        case 'keep-alive':
          throw wrong('keep-alive header');

        case 'connection':
          connection = value;
          continue;
        }

        break;

      case 14:
        if (StringPrototypeToLowerCase(name) === 'content-length') {
          this.length = +value;

          if (!(this.length >= 0)) {
            throw wrong('content-length header');
          }

          continue;
        }

        break;

      case 17:
        if (StringPrototypeToLowerCase(name) === 'transfer-encoding') {
          throw wrong('transfer-encoding header');
        }

        break;
      }

      text += `${name}: ${value}\r\n`;
    }

    if (connection !== 'keep-alive') {
      connection = StringPrototypeToLowerCase(connection);

      if (connection !== 'close' && connection !== 'keep-alive') {
        throw wrong('connection header');
      }

      this.close = connection === 'close';
    }

    this.text = `${method} ${path} HTTP/1.1\r\nconnection: ${connection}\r\n${
      text}`;
  }
}

/* what is written for a connection, and told once it was */

class Write {
  resolve = null;
  status = 1;

  /* less than 0: an error; the promise of one otherwise */
  done() {
    return new Promise((resolve) => {
      if (this.status !== 1) {
        resolve(this.status);
      } else {
        this.resolve = resolve;
      }
    });
  }

  oncomplete(status) {
    this.status = status;
    this.resolve?.(status);
  }
}

class Connection {
  #agent;
  #socket;
  #handle = null;
  #parser = null;

  /* who asks; null: it waits */
  #exchange;

  /* of the answer: it may be followed by another, it is none yet, it is over,
   * nothing is read for now */
  #keep = false;
  #early = false;
  #over = false;
  #paused = false;

  #error = null;

  /* "socket": of the agent; "free": is told when it waits, and how many ms */

  constructor(agent, socket, exchange, free) {
    this.#agent = agent;
    this.#socket = socket;
    this.#exchange = exchange;
    this.free = free;

    socket.on('error', (error) => {
      this.#error ??= error;
    });

    socket.on('close', () => this.#gone());

    if (socket.connecting || socket.secureConnecting) {
      socket.once(socket.encrypted ? 'secureConnect' : 'connect',
                  () => this.#connected());
    } else {
      this.#connected();
    }
  }

  get gone() {
    return this.#socket.destroyed;
  }

  destroy(error) {
    this.#error ??= error;
    this.#socket.destroy();
  }

  /* one that waits has another request */

  serve(exchange) {
    this.#exchange = exchange;
    this.#handle.asyncReset();
    this.#agent.reuseSocket(this.#socket, { __proto__: null });
    this.#send();
  }

  #connected() {
    const handle = this.#handle = this.#socket._handle;

    this.#parser = parsers.create();
    parsers.init(this.#parser, RESPONSE, MAX_HEADER_SIZE, 0);
    handle.onread = (buffer) => this.#read(buffer);

    if (this.#exchange !== null) {
      asyncSet(this.#exchange.data);
    }

    /* what a server has said before it was asked */

    if (this.#exchange === null || this.#socket.readableLength !== 0) {
      this.destroy();
      return;
    }

    if (!handle.reading) {
      this.#resume();
    }

    this.#send();
  }

  #resume() {
    this.#paused = false;
    this.#handle.reading = true;
    this.#handle.readStart();
  }

  #gone() {
    const exchange = this.#exchange;

    this.#exchange = null;

    if (exchange !== null) {
      asyncSet(exchange.data);
      exchange.fail(this.#error ?? (exchange.answered ? closed()
                                    : connResetException('socket hang up')));
    }
  }

  #send() {
    const exchange = this.#exchange;
    const { head, options: { body } } = exchange;

    this.#keep = !head.close;
    this.#early = false;
    this.#over = false;

    if (body === null || body === undefined) {
      exchange.sent = true;
      this.#put([`${head.text}${
        head.length === 0 ? 'content-length: 0\r\n\r\n' : '\r\n'}`, 'latin1']);
    } else {
      this.#sendBody(exchange, head, body);
    }
  }

  /* Strings or bytes, each before its encoding; null: it is on its way. */

  #put(chunks) {
    const write = new Write();
    const status = chunks.length === 2 && typeof chunks[0] === 'string'
                   ? this.#handle.writeLatin1String(write, chunks[0])
                   : this.#handle.writev(write, chunks, false);

    if (status < 0) {
      this.#failed(status);
    } else if (streamBaseState[kLastWriteWasAsync] !== 0) {
      return write;
    }

    return null;
  }

  /* What the other end has to say of it is read, yet. */

  #failed(status) {
    this.#keep = false;
    this.#error ??= errnoException(status, 'write');

    if (status !== UV_EPIPE && status !== UV_ECONNRESET) {
      this.#socket.destroy();
    }
  }

  async #sendBody(exchange, { text, length }, body) {
    const chunked = length === -1;
    let head = `${text}${chunked ? 'transfer-encoding: chunked\r\n\r\n'
      : `content-length: ${length}\r\n\r\n`}`;
    let rest = length;

    try {
      for await (const chunk of piecesOf(body)) {
        if (this.#exchange !== exchange) {
          return;
        }

        const n = TypedArrayPrototypeGetByteLength(chunk);

        if (n === 0) {
          continue;
        }

        if (!chunked && n > rest) {
          throw mismatch();
        }

        rest -= n;

        if (chunked) {
          head += `${NumberPrototypeToString(n, 16)}\r\n`;
        }

        const write = this.#put(chunked ? [head, 'latin1', chunk, 'buffer',
                                           '\r\n', 'latin1']
          : [head, 'latin1', chunk, 'buffer']);

        head = '';

        if (write !== null) {
          const status = await write.done();

          if (this.#exchange !== exchange) {
            return;
          }

          if (status < 0) {
            this.#failed(status);
          }
        }

        if (this.#error !== null) {
          return;
        }
      }

      if (this.#exchange !== exchange) {
        return;
      }

      if (rest > 0) {
        throw mismatch();
      }

      if (chunked) {
        head += '0\r\n\r\n';
      }

      if (head !== '') {
        this.#put([head, 'latin1']);
      }

      exchange.sent = true;

    } catch (error) {
      if (this.#exchange === exchange) {
        exchange.fail(error);
      }
    }
  }

  #read(buffer) {
    const exchange = this.#exchange;

    if (exchange !== null) {
      asyncSet(exchange.data);
    }

    const n = streamBaseState[kReadBytesOrError];

    if (buffer !== undefined) {

      /* nobody has asked for it */

      if (exchange === null) {
        this.#socket.destroy();
      } else {
        this.#parse(exchange, new Uint8Array(buffer, 0, n));
      }

      return;
    }

    if (n === UV_EOF) {

      /* which is the end of some answers */

      if (exchange !== null && exchange.answered) {
        this.#parse(exchange, undefined);
      }

    } else {
      this.#error ??= errnoException(n, 'read');
    }

    this.#socket.destroy();
  }

  #parse(exchange, bytes) {
    let verdict = 0;
    let at = 0;

    for (;;) {
      const parts = parsers.execute(this.#parser, bytes, at, verdict);

      for (let i = 4; i < parts.length;) {
        const part = parts[i++];

        /* it was given up, or more has come than was asked for */

        if (this.#over || this.#socket.destroyed) {
          this.#keep = false;
          break;
        }

        switch (part) {
        case HEADERS:
          exchange.trailers = parts[i];
          i += 2;
          break;

        case HEADERS_COMPLETE:
          verdict = this.#answer(exchange, parts, i);
          i += 9;
          break;

        case BODY:
          this.#data(exchange, parts[i++]);
          break;

        case COMPLETE:
          this.#over = !this.#early;
          break;
        }
      }

      if (this.#socket.destroyed) {
        return;
      }

      const { 0: more, 1: end, 2: code, 3: reason } = parts;

      if (code !== undefined && !this.#over) {
        const error = new Error(`Parse Error: ${reason}`);

        error.code = code;
        error.reason = reason;
        this.destroy(error);
        return;
      }

      if (!more || this.#over) {
        this.#keep &&= code === undefined && bytes !== undefined
                       && end === bytes.length;
        break;
      }

      at = end;
    }

    if (this.#over) {
      this.#finish(exchange);
    }
  }

  /* 1: no body follows */

  #answer(exchange, parts, i) {
    const status = parts[i + 5];

    this.#early = status >= 100 && status < 200 && status !== 101;

    if (this.#early) {
      return 1;
    }

    if (status < 200) {
      this.destroy(new Error(`bad status: ${status}`));
      return 1;
    }

    this.#keep &&= parts[i + 8];
    exchange.answered = true;
    this.#socket._httpMessage = {
      __proto__: null,
      res: { __proto__: null, rawHeaders: parts[i] },
    };

    this.#tell(exchange, exchange.onHeaders(status, parts[i], () => {
      if (this.#exchange === exchange && this.#paused) {
        this.#resume();
      }
    }, parts[i + 6]));

    return exchange.options.method === 'HEAD' ? 1 : 0;
  }

  #data(exchange, bytes) {
    this.#tell(exchange, exchange.onData(
      new FastBuffer(TypedArrayPrototypeGetBuffer(bytes),
                     TypedArrayPrototypeGetByteOffset(bytes),
                     TypedArrayPrototypeGetByteLength(bytes))));
  }

  /* false: no more is taken for now */

  #tell(exchange, result) {
    if (result === false && this.#exchange === exchange && !this.#paused) {
      this.#paused = true;
      this.#handle.reading = false;
      this.#handle.readStop();
    }
  }

  #finish(exchange) {
    const wait = patience(this.#socket._httpMessage?.res);

    this.#exchange = null;

    if (!this.#keep || !exchange.sent || this.#error !== null
        || this.#socket.destroyed || wait <= 0)
    {
      this.#socket.destroy();

    } else {
      if (this.#paused) {
        this.#resume();
      }

      this.#agent.keepSocketAlive(this.#socket);
      this.free(this, wait);
    }

    exchange.complete();
  }
}

/* the pieces of a body that is bytes, a string or gives them in any order */

async function* piecesOf(body) {
  if (typeof body === 'string' || ArrayBufferIsView(body)) {
    yield bytesOf(body);
    return;
  }

  for await (const piece of body) {
    yield bytesOf(piece);
  }
}

function bytesOf(piece) {
  const { Buffer } = require('buffer');

  if (typeof piece === 'string') {
    return Buffer.from(piece);
  }

  return ArrayBufferIsView(piece)
         ? Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
         : Buffer.from(piece);
}

module.exports = { Connection, Head, closed };
