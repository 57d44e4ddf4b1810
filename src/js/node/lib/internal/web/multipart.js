'use strict';

/*
 * The parts of a body of multipart/form-data, in place of undici's own parser,
 * which takes a boundary within a line for one, and nothing before the first.
 */

const {
  ArrayPrototypePush,
  MathMin,
  RegExpPrototypeExec,
  SafeMap,
  StringPrototypeToLowerCase,
  StringPrototypeTrim,
} = primordials;

const { Buffer } = require('buffer');
const { TextDecoder } = require('internal/encoding');
const { File } = require('internal/file');

const MAX_PARTS = 10000;
const MAX_HEADERS = 16384;

const CRLF = 13 << 8 | 10;
const DASHES = 45 << 8 | 45;

const PARAMETER = /^\s*;\s*([^=;\s]+)=(?:"((?:[^"\\]|\\.)*)"|([^;]*))/;
const HEADER = /^([!#$%&'*+.^_`|~0-9a-z-]+):[ \t]*(.*)$/i;

function two(bytes, at) {
  return bytes[at] << 8 | bytes[at + 1];
}

/* names and file names have these escaped as forms do it */

function unescape(text) {
  return text.replaceAll('%0A', '\n').replaceAll('%0D', '\r')
    .replaceAll('%22', '"');
}

/* entries as FormData has them, or "failure" */

function multipartFormDataParser(bytes, { parameters }) {
  const boundary = parameters.get('boundary');

  if (boundary === undefined) {
    return 'failure';
  }

  const entries = [];

  return parse(bytes, boundary, entries) ? entries : 'failure';
}

function parse(bytes, boundary, entries) {
  const mark = Buffer.from(`--${boundary}`, 'utf8');
  const next = Buffer.from(`\r\n--${boundary}`, 'utf8');
  let at = bytes.indexOf(mark);

  /* before the first one there may be anything that ends with a line */

  if (at > 0 && two(bytes, at - 2) !== CRLF) {
    at = bytes.indexOf(next);
    at = at === -1 ? -1 : at + 2;
  }

  while (at !== -1) {
    at += mark.length;

    if (two(bytes, at) === DASHES) {
      return true;
    }

    while (bytes[at] === 32 || bytes[at] === 9) {
      at++;
    }

    at = two(bytes, at) !== CRLF || entries.length === MAX_PARTS ? -1
      : part(bytes, at + 2, next, entries);
  }

  return false;
}

/* gives where the next boundary is; -1: it is no part */

function part(bytes, at, next, entries) {
  const headers = new SafeMap();
  const limit = at + MAX_HEADERS;

  for (;;) {
    const end = bytes.indexOf('\r\n', at);

    if (end === -1 || end > limit) {
      return -1;
    }

    if (end === at) {
      at += 2;
      break;
    }

    const match = RegExpPrototypeExec(HEADER, bytes.utf8Slice(at, end));

    if (match === null) {
      return -1;
    }

    headers.set(StringPrototypeToLowerCase(match[1]),
                StringPrototypeTrim(match[2]));
    at = end + 2;
  }

  /* a part without a body has its boundary right here */

  const end = bytes.indexOf(next, at - 2);

  if (end === -1) {
    return -1;
  }

  add(headers, bytes.subarray(MathMin(at, end), end), entries);

  return end + 2;
}

function add(headers, body, entries) {
  const { name, filename } = disposition(headers.get('content-disposition'));

  if (name === undefined) {
    return;
  }

  if (headers.get('content-transfer-encoding') === 'base64') {
    body = Buffer.from(body.latin1Slice(), 'base64');
  }

  ArrayPrototypePush(entries, {
    __proto__: null,
    name,
    value: filename === undefined ? new TextDecoder().decode(body)
      : new File([body], filename, {
        __proto__: null,
        type: headers.get('content-type') ?? 'text/plain',
      }),
  });
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

module.exports = { multipartFormDataParser };
