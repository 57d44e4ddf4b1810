'use strict';

/*
 * What Buffer takes: nanoseconds of one call, the best of many rounds.
 * util/dev/bench-buffer runs it in a function and in Node.
 */

const { Buffer, isUtf8, isAscii } = require('buffer');
const { StringDecoder } = require('string_decoder');

/*
 * Windows so short that some of them pass without another process having run;
 * the warm-up is for the compilers.
 */

function time(f) {
  const warm = performance.now() + 60;
  let best = Infinity;
  let n = 1;

  while (performance.now() < warm) {
    for (let i = 0; i < 20; i++) {
      f();
    }
  }

  for (let round = 0; round < 300; round++) {
    const start = performance.now();
    for (let i = 0; i < n; i++) {
      f();
    }
    const ms = performance.now() - start;

    if (ms < 0.2 && n < 1 << 20) {
      n *= 2;
      best = Infinity;
    } else {
      best = Math.min(best, ms / n);
    }
  }

  return best * 1e6;
}

module.exports = (req, res) => {
  const cases = [];
  const add = (name, f) => cases.push([name, f]);

  for (const size of [16, 1024, 65536, 1 << 20]) {
    const label = size < 1024 ? `${size} B`
                  : size < 1 << 20 ? `${size / 1024} KB` : '1 MB';
    const ascii = 'abcdefgh'.repeat(size / 8);
    const mixed = 'ab\u00e9\u20accd'.repeat(Math.floor(size / 9));
    const buffer = Buffer.from(ascii);
    const utf8 = Buffer.from(mixed);
    const noise = Buffer.from(buffer.map((x, i) => (i * 7919) >> 3));
    const hex = noise.toString('hex');
    const base64 = noise.toString('base64');
    const copy = Buffer.from(buffer);
    const target = Buffer.alloc(2 * size);
    const decoder = new StringDecoder('utf8');
    const text = new TextDecoder();
    const encoder = new TextEncoder();

    add(`from utf8 ascii ${label}`, () => Buffer.from(ascii));
    add(`from utf8 mixed ${label}`, () => Buffer.from(mixed));
    add(`from latin1 ${label}`, () => Buffer.from(ascii, 'latin1'));
    add(`from hex ${label}`, () => Buffer.from(hex, 'hex'));
    add(`from base64 ${label}`, () => Buffer.from(base64, 'base64'));
    add(`from ucs2 ${label}`, () => Buffer.from(ascii, 'ucs2'));
    add(`to utf8 ascii ${label}`, () => buffer.toString());
    add(`to utf8 mixed ${label}`, () => utf8.toString());
    add(`to latin1 ${label}`, () => noise.toString('latin1'));
    add(`to hex ${label}`, () => noise.toString('hex'));
    add(`to base64 ${label}`, () => noise.toString('base64'));
    add(`to base64url ${label}`, () => noise.toString('base64url'));
    add(`to ucs2 ${label}`, () => buffer.toString('ucs2'));
    add(`write utf8 ${label}`, () => target.write(ascii));
    add(`write latin1 ${label}`, () => target.write(ascii, 'latin1'));
    add(`byteLength ascii ${label}`, () => Buffer.byteLength(ascii));
    add(`byteLength mixed ${label}`, () => Buffer.byteLength(mixed));
    add(`compare ${label}`, () => buffer.compare(copy));
    add(`equals ${label}`, () => buffer.equals(copy));
    add(`indexOf byte ${label}`, () => buffer.indexOf(122));
    add(`indexOf string ${label}`, () => buffer.indexOf('hgx'));
    add(`indexOf buffer ${label}`, () => buffer.indexOf(target));
    add(`lastIndexOf string ${label}`, () => buffer.lastIndexOf('xhg'));
    add(`includes at end ${label}`, () => noise.includes('zzzz'));
    add(`fill byte ${label}`, () => target.fill(7));
    add(`fill string ${label}`, () => target.fill('abc'));
    add(`swap32 ${label}`, () => buffer.swap32());
    add(`isUtf8 ${label}`, () => isUtf8(utf8));
    add(`isAscii ${label}`, () => isAscii(copy));
    add(`StringDecoder ${label}`, () => decoder.write(utf8));
    add(`TextDecoder ${label}`, () => text.decode(utf8));
    add(`TextEncoder ${label}`, () => encoder.encode(mixed));
    add(`encodeInto ${label}`, () => encoder.encodeInto(mixed, target));
    add(`alloc ${label}`, () => Buffer.alloc(size));
    add(`allocUnsafe ${label}`, () => Buffer.allocUnsafe(size));
    add(`copy ${label}`, () => buffer.copy(target));
    add(`concat ${label}`, () => Buffer.concat([buffer, copy]));
  }

  const part = new RegExp(req.query.case ?? '');

  res.json(cases.filter(([name]) => part.test(name))
           .map(([name, f]) => [name, time(f)]));
};
