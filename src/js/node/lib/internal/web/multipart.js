'use strict';

/*
 * The parts of a body of multipart/form-data, by the interface of busboy that
 * undici's formData() uses: it is told of all of them at the end.
 */

const {
  ArrayPrototypePush,
  Error,
  RegExpPrototypeExec,
  SafeMap,
  StringPrototypeToLowerCase,
  StringPrototypeTrim,
  TypedArrayPrototypeGetLength,
} = primordials;

const { Buffer } = require('buffer');
const { isUint8Array } = require('internal/util/types');

const MAX_PARTS = 10000;
const MAX_HEADERS = 16384;

const CRLF = 13 << 8 | 10;
const DASHES = 45 << 8 | 45;

const BOUNDARY = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i;
const PARAMETER = /^\s*;\s*([^=;\s]+)=(?:"((?:[^"\\]|\\.)*)"|([^;]*))/;
const HEADER = /^([!#$%&'*+.^_`|~0-9a-z-]+):[ \t]*(.*)$/i;

/* one value of a part, which its listeners take in one piece */

class Value {
  #listeners = new SafeMap();

  on(event, listener) {
    this.#listeners.set(event, listener);
    return this;
  }

  give(bytes) {
    if (TypedArrayPrototypeGetLength(bytes) !== 0) {
      this.#listeners.get('data')?.(bytes);
    }

    this.#listeners.get('end')?.();
  }
}

function two(bytes, at) {
  return bytes[at] << 8 | bytes[at + 1];
}

/* names and file names have these escaped as forms do it */

function unescape(text) {
  return text.replaceAll('%0A', '\n').replaceAll('%0D', '\r')
    .replaceAll('%22', '"');
}

class Multipart {
  #boundary;
  #chunks = [];
  #listeners = new SafeMap();

  constructor({ headers }) {
    const match = RegExpPrototypeExec(BOUNDARY, headers['content-type']);

    if (match === null) {
      throw new Error('Multipart: Boundary not found');
    }

    this.#boundary = match[1] ?? match[2];
  }

  on(event, listener) {
    this.#listeners.set(event, listener);
    return this;
  }

  #emit(event, ...args) {
    this.#listeners.get(event)?.(...args);
  }

  write(chunk) {
    if (!isUint8Array(chunk)) {
      throw new Error('Expected Uint8Array chunk');
    }

    ArrayPrototypePush(this.#chunks, chunk);
  }

  end() {
    const bytes = Buffer.concat(this.#chunks);

    this.#chunks = null;

    try {
      this.#parse(bytes);
    } catch (error) {
      this.#emit('error', error);
      return;
    }

    this.#emit('finish');
  }

  #parse(bytes) {
    const mark = Buffer.from(`--${this.#boundary}`, 'latin1');
    const next = Buffer.from(`\r\n--${this.#boundary}`, 'latin1');
    let at = bytes.indexOf(mark);
    let parts = 0;

    /* before the first one there may be anything that ends with a line */

    if (at > 0 && two(bytes, at - 2) !== CRLF) {
      at = bytes.indexOf(next);
      at = at === -1 ? -1 : at + 2;
    }

    for (;;) {
      if (at === -1) {
        throw new Error('Unexpected end of form');
      }

      at += mark.length;

      if (two(bytes, at) === DASHES) {
        return;
      }

      while (bytes[at] === 32 || bytes[at] === 9) {
        at++;
      }

      if (two(bytes, at) !== CRLF) {
        throw new Error('Malformed part header');
      }

      if (++parts > MAX_PARTS) {
        throw new Error('Too many parts');
      }

      at = this.#part(bytes, at + 2, next);
    }
  }

  /* gives where the next boundary is */

  #part(bytes, at, next) {
    const headers = new SafeMap();
    const limit = at + MAX_HEADERS;

    for (;;) {
      const end = bytes.indexOf('\r\n', at);

      if (end === -1 || end > limit) {
        throw new Error('Malformed part header');
      }

      if (end === at) {
        at += 2;
        break;
      }

      const match = RegExpPrototypeExec(HEADER,
                                        bytes.utf8Slice(at, end));

      if (match === null) {
        throw new Error('Malformed part header');
      }

      headers.set(StringPrototypeToLowerCase(match[1]),
                  StringPrototypeTrim(match[2]));
      at = end + 2;
    }

    /* a part without a body has its boundary right here */

    const end = two(bytes, at - 2) === CRLF
                && bytes.indexOf(next, at - 2) === at - 2
      ? at - 2 : bytes.indexOf(next, at);

    if (end === -1) {
      throw new Error('Unexpected end of form');
    }

    this.#tell(headers, bytes.subarray(at, end));

    return end + 2;
  }

  #tell(headers, body) {
    const { name, filename } = disposition(headers.get('content-disposition'));

    if (name === undefined) {
      return;
    }

    if (filename === undefined) {
      this.#emit('field', name, body.toString('utf8'));
      return;
    }

    const value = new Value();

    this.#emit('file', name, value, filename,
               headers.get('content-transfer-encoding') ?? '7bit',
               headers.get('content-type') ?? 'text/plain');
    value.give(body);
  }
}

function disposition(header) {
  const result = { __proto__: null, name: undefined, filename: undefined };
  const start = RegExpPrototypeExec(/^form-data\s*/i, header ?? '');
  let rest = start === null ? '' : header.slice(start[0].length);

  for (;;) {
    const match = RegExpPrototypeExec(PARAMETER, rest);

    if (match === null) {
      return result;
    }

    const key = StringPrototypeToLowerCase(match[1]);

    if (key === 'name' || key === 'filename') {
      result[key] = unescape(match[2] === undefined
        ? StringPrototypeTrim(match[3])
        : match[2].replaceAll('\\"', '"'));
    }

    rest = rest.slice(match[0].length);
  }
}

module.exports = { Multipart };
