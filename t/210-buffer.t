# Buffer, over the natives of the buffer binding.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: encodings both ways
--- function
module.exports = (req, res) => {
  const s = 'h\u00e9llo \u20ac \u{1f600}';
  res.json(['utf8', 'utf16le', 'latin1', 'ascii', 'base64', 'base64url',
            'hex'].map((e) => {
    const hex = Buffer.from(s).toString('hex');
    return [e, Buffer.from(s, 'utf8').toString(e), Buffer.from(s, e).length,
            hex === Buffer.from(Buffer.from(hex, 'hex').toString(e), e)
                    .toString('hex')];
  }));
};
--- request
GET /t
--- response_body chomp
[["utf8","héllo € 😀",15,true],["utf16le","써沩潬겂颟",20,false],["latin1","hÃ©llo â¬ ð",10,true],["ascii","hC)llo b\u0002, p\u001f\u0018\u0000",10,false],["base64","aMOpbGxvIOKCrCDwn5iA",3,true],["base64url","aMOpbGxvIOKCrCDwn5iA",3,true],["hex","68c3a96c6c6f20e282ac20f09f9880",0,true]]



=== TEST 2: base64 that is not well-formed
--- function
module.exports = (req, res) => res.json([
  '', 'a', 'aG', 'aGk', 'aGk=', 'aGk==', 'a G\nk=', 'aGk=aGk=', '====',
  'aGVsbG8-_w', 'aGVsbG8+/w==', '\u00ffaGk', '*a*G*k*', 'aGkh!', 'aGkhaGk',
].map((s) => [Buffer.from(s, 'base64').toString('hex'),
              Buffer.byteLength(s, 'base64'),
              Buffer.alloc(4).write(s, 'base64')]));
--- request
GET /t
--- response_body chomp
[["",0,0],["",0,0],["68",1,1],["6869",2,2],["6869",2,2],["6869",2,2],["6869",3,2],["6869",5,2],["",1,0],["68656c6c6f3eff",7,4],["68656c6c6f3eff",7,4],["6869",3,2],["6869",5,2],["686921",3,3],["6869216869",5,4]]



=== TEST 3: hex that is not well-formed
--- function
module.exports = (req, res) => res.json([
  '', 'a', 'ab', 'abc', 'abcd', 'abxd', 'zz', 'ABcd', 'ab cd',
].map((s) => Buffer.from(s, 'hex').toString('hex')));
--- request
GET /t
--- response_body chomp
["","","ab","ab","abcd","ab","","abcd","ab"]



=== TEST 4: malformed UTF-8 and lone surrogates
--- function
module.exports = (req, res) => res.json([
  Buffer.from([0xff, 0x41, 0xe2, 0x82, 0x42, 0xf0, 0x9f]).toString(),
  Buffer.from('\ud800x\udc00').toString('hex'),
  Buffer.from('\ud800').length, Buffer.byteLength('\ud83d\ude00'),
  Buffer.alloc(4).write('\u20ac\u20ac'),
  Buffer.alloc(5).fill('\u20ac').toString('hex'),
]);
--- request
GET /t
--- response_body chomp
["�A�B�","efbfbd78efbfbd",3,4,3,"e282ace282"]



=== TEST 5: indexes of slices and writes
--- function
const tell = (f) => {
  try { return f(); } catch (e) { return `${e.name} ${e.code}: ${e.message}`; }
};

module.exports = (req, res) => {
  const b = Buffer.from('0123456789');
  res.json([
    b.utf8Slice(2, 4), b.latin1Slice(8), b.hexSlice(0, 2), b.asciiSlice(5, 3),
    tell(() => b.utf8Slice(-1)), tell(() => b.utf8Slice(0, 11)),
    tell(() => b.utf8Slice(NaN, 1.9)), tell(() => b.utf8Slice(2 ** 60)),
    tell(() => b.utf8Write('x', 11)), tell(() => b.utf8Write('x', -1)),
    tell(() => b.utf8Write('xyz', 8, 100)), tell(() => b.utf8Write(5)),
    tell(() => b.utf8Slice.call({})), tell(() => b.write('ab', 10)),
    tell(() => b.write('ab', 11)), tell(() => b.write('ab', -1)),
    tell(() => b.utf8Slice({ valueOf() { throw new Error('mine'); } })),
    b.toString('utf8', -5, 100), b.toString('utf8', 3, 3),
  ]);
};
--- request
GET /t
--- response_body chomp
["23","89","3031","","RangeError ERR_OUT_OF_RANGE: Index out of range","RangeError ERR_OUT_OF_RANGE: Index out of range","0","RangeError ERR_OUT_OF_RANGE: Index out of range","RangeError ERR_BUFFER_OUT_OF_BOUNDS: \"offset\" is outside of buffer bounds","RangeError ERR_OUT_OF_RANGE: Index out of range",2,"TypeError ERR_INVALID_ARG_TYPE: argument must be a string","TypeError ERR_INVALID_ARG_TYPE: argument must be a buffer",0,"RangeError ERR_OUT_OF_RANGE: The value of \"offset\" is out of range. It must be >= 0 && <= 10. Received 11","RangeError ERR_OUT_OF_RANGE: The value of \"offset\" is out of range. It must be >= 0 && <= 10. Received -1","Error undefined: mine","01234567xy",""]



=== TEST 6: searches
--- function
module.exports = (req, res) => {
  const b = Buffer.from('abcabcabc');
  const w = Buffer.from('abab\u20acab', 'utf16le');
  res.json([
    b.indexOf('abc'), b.indexOf('abc', 1), b.lastIndexOf('abc'),
    b.lastIndexOf('abc', 5), b.indexOf('abd'), b.indexOf(''),
    b.indexOf('', 100), b.lastIndexOf('', 3), b.indexOf(99), b.indexOf(355),
    b.lastIndexOf(97, -2), b.lastIndexOf(97, -10), b.indexOf('c', -1),
    b.indexOf('a', -100), b.lastIndexOf('abc', -100), b.includes('bca'),
    b.indexOf(Buffer.from('cab')), b.lastIndexOf(new Uint8Array([97, 98])),
    w.indexOf('ab', 0, 'utf16le'), w.lastIndexOf('ab', undefined, 'utf16le'),
    w.indexOf('\u20ac', 0, 'utf16le'), w.indexOf('b', 3, 'utf16le'),
    b.indexOf('616263', 1, 'hex'), b.indexOf('YWJj', 1, 'base64'),
    b.indexOf('abc', NaN), b.lastIndexOf('abc', NaN), b.indexOf('a', 1e10),
    Buffer.alloc(0).indexOf('a'), Buffer.from('a').indexOf('ab'),
    Buffer.from('\xe9\xe8', 'latin1').indexOf('\xe8', 0, 'latin1'),
  ]);
};
--- request
GET /t
--- response_body chomp
[0,3,6,3,-1,0,9,3,2,2,6,-1,8,0,-1,true,2,6,0,10,8,2,3,3,0,6,-1,-1,-1,1]



=== TEST 7: searches that would take the square of the length
--- function
module.exports = (req, res) => {
  const n = 1 << 19;
  const hay = Buffer.alloc(n, 'a');
  const needle = Buffer.alloc(n / 2, 'a');

  needle[0] = 98;
  const back = hay.lastIndexOf(needle);

  needle[0] = 97;
  needle[needle.length - 1] = 98;
  const forth = hay.indexOf(needle);
  const wide = hay.indexOf(needle.toString('latin1'), 0, 'utf16le');

  hay[1] = 98;
  res.json([back, forth, wide,
            hay.indexOf(Buffer.alloc(n / 4, 'a'), 0),
            hay.lastIndexOf(Buffer.from('ba'), n)]);
};
--- request
GET /t
--- response_body chomp
[-1,-1,-1,2,1]



=== TEST 8: fill
--- function
const tell = (f) => {
  try { return f(); } catch (e) { return `${e.name} ${e.code}: ${e.message}`; }
};

module.exports = (req, res) => res.json([
  Buffer.alloc(5, 'ab'), Buffer.alloc(3, 7), Buffer.alloc(3, 300.5),
  Buffer.alloc(6).fill('abc', 1, 5), Buffer.alloc(4).fill('6162', 'hex'),
  Buffer.alloc(4).fill(Buffer.from('xyz')), Buffer.alloc(3, ''),
  Buffer.alloc(5).fill('a\u20ac', 'utf16le'), Buffer.alloc(3).fill(-1),
].map((b) => b.toString('hex')).concat([
  tell(() => Buffer.alloc(3).fill('zz', 'hex')),
  tell(() => Buffer.alloc(3).fill('a', 0, 4)),
  tell(() => Buffer.alloc(3).fill('a', -1)),
  tell(() => Buffer.alloc(3).fill(Buffer.alloc(0))),
  tell(() => Buffer.alloc(3).fill('a', 0, 3, 'nope')),
]));
--- request
GET /t
--- response_body chomp
["6162616261","070707","2c2c2c","006162636100","61626162","78797a78","000000","6100ac2061","ffffff","TypeError ERR_INVALID_ARG_VALUE: The argument 'value' is invalid. Received 'zz'","RangeError ERR_OUT_OF_RANGE: The value of \"end\" is out of range. It must be >= 0 && <= 3. Received 4","RangeError ERR_OUT_OF_RANGE: The value of \"offset\" is out of range. It must be >= 0 && <= 4294967296. Received -1","TypeError ERR_INVALID_ARG_VALUE: The argument 'value' is invalid. Received <Buffer >","TypeError ERR_UNKNOWN_ENCODING: Unknown encoding: nope"]



=== TEST 9: compare, copy, swap
--- function
const tell = (f) => {
  try { return f(); } catch (e) { return `${e.name} ${e.code}: ${e.message}`; }
};

module.exports = (req, res) => {
  const a = Buffer.from('abc'), b = Buffer.from('abd');
  const c = Buffer.from('12345678');
  res.json([
    Buffer.compare(a, b), b.compare(a), a.compare(b, 0, 2, 0, 2),
    a.equals(Buffer.from('abc')), tell(() => a.compare(b, 0, 5)),
    a.compare(b, 3), tell(() => a.compare('x')),
    c.copy(c, 2, 0, 4), c.toString(), tell(() => c.copy(a, -1)),
    a.copy(c, 6), c.toString(), tell(() => a.copy(c, 0, 4)),
    Buffer.from('1234').swap16().toString(),
    Buffer.from('1234').swap32().toString(),
    Buffer.from('12345678').swap64().toString(),
    tell(() => Buffer.from('123').swap16()),
    Buffer.concat([a, b], 4).toString(),
  ]);
};
--- request
GET /t
--- response_body chomp
[-1,1,0,true,"RangeError ERR_OUT_OF_RANGE: The value of \"targetEnd\" is out of range. It must be >= 0 && <= 3. Received 5",1,"TypeError ERR_INVALID_ARG_TYPE: The \"target\" argument must be an instance of Buffer or Uint8Array. Received type string ('x')",4,"12123478","RangeError ERR_OUT_OF_RANGE: The value of \"targetStart\" is out of range. It must be >= 0. Received -1",2,"121234ab","RangeError ERR_OUT_OF_RANGE: The value of \"sourceStart\" is out of range. It must be >= 0 && <= 3. Received 4","2143","4321","87654321","RangeError ERR_INVALID_BUFFER_SIZE: Buffer size must be a multiple of 16-bits","abca"]



=== TEST 10: isUtf8 and isAscii
--- function
const tell = (f) => {
  try { return f(); } catch (e) { return `${e.name} ${e.code}: ${e.message}`; }
};

const { isUtf8, isAscii } = require('buffer');

module.exports = (req, res) => {
  const gone = new ArrayBuffer(4);

  structuredClone(gone, { transfer: [gone] });
  res.json([
    isUtf8(Buffer.from('h\u00e9')), isUtf8(Buffer.from([0xc0, 0x80])),
    isUtf8(Buffer.from([0xed, 0xa0, 0x80])), isUtf8(Buffer.alloc(0)),
    isUtf8(Buffer.from([0xf4, 0x90, 0x80, 0x80])), isAscii(Buffer.from('a')),
    isAscii(Buffer.from([0x80])), tell(() => isAscii(gone)),
    tell(() => isUtf8('x')),
  ]);
};
--- request
GET /t
--- response_body chomp
[true,false,false,true,false,true,false,"Error ERR_INVALID_STATE: Cannot validate on a detached buffer","TypeError ERR_INVALID_ARG_TYPE: The \"input\" argument must be an instance of TypedArray or Buffer. Received type string ('x')"]



=== TEST 11: large ones
--- function
module.exports = (req, res) => {
  const b = Buffer.alloc(3 << 20, 'abc');
  const s = b.toString('latin1');
  res.json([
    s.length, s.slice(-4), b.toString('hex').length,
    Buffer.from(b.toString('base64'), 'base64').equals(b),
    Buffer.from(b.toString('base64url'), 'base64url').equals(b),
    Buffer.from(b.toString('ucs2'), 'ucs2').equals(b),
    Buffer.from(s + '\u20ac').length, Buffer.byteLength(s),
    b.subarray(1).toString('utf16le').length,
    Buffer.from(s) instanceof Buffer, Buffer.from(s).buffer.byteLength,
  ]);
};
--- request
GET /t
--- response_body chomp
[3145728,"cabc",6291456,true,true,true,3145731,3145728,1572863,true,3145728]



=== TEST 12: more than the limit of the isolate
--- function
module.exports = (req, res) => {
  const got = [];

  for (const f of [
    () => Buffer.alloc(2 ** 31),
    () => Buffer.allocUnsafeSlow(200 * 1024 * 1024),
    () => Buffer.alloc(2 ** 33),
    () => Buffer.alloc(-1),
    () => Buffer.alloc(100 * 1024 * 1024).toString('hex'),
  ]) {
    try {
      got.push(f().length);
    } catch (e) {
      got.push([e.name, e.code, e.message]);
    }
  }

  res.json(got);
};
--- request
GET /t
--- response_body chomp
[["RangeError",null,"Array buffer allocation failed"],["RangeError",null,"Array buffer allocation failed"],["RangeError","ERR_INVALID_ARG_VALUE","The argument 'size' is invalid. Received 8589934592"],["RangeError","ERR_INVALID_ARG_VALUE","The argument 'size' is invalid. Received -1"],["Error","ERR_MEMORY_ALLOCATION_FAILED","Failed to allocate memory"]]



=== TEST 13: what is freed can be had again
--- function
module.exports = (req, res) => {
  let n = 0;

  for (let i = 0; i < 40; i++) {
    n += Buffer.allocUnsafe(30 << 20).length;
    n += Buffer.alloc(10 << 20, 'ab').toString('latin1').length;
  }

  res.json(n / (1 << 20));
};
--- request
GET /t
--- response_body chomp
1600



=== TEST 14: memory that allocUnsafe gives is empty
--- function
module.exports = (req, res) => {
  for (let i = 0; i < 20; i++) {
    Buffer.alloc(100000, 'secret');
  }

  const sums = [10, 1000, 100000].map((n) =>
    Buffer.allocUnsafeSlow(n).reduce((a, b) => a + b, 0));

  res.json(sums);
};
--- request
GET /t
--- response_body chomp
[0,0,0]



=== TEST 15: a poisoned prototype changes nothing
--- function
module.exports = (req, res) => {
  const b = Buffer.from('abc');

  for (const key of ['length', 'byteLength', 'byteOffset', 'buffer']) {
    Object.defineProperty(b, key, { get() { throw new Error(key); } });
  }

  Object.setPrototypeOf(b, Buffer.prototype);
  Object.prototype.valueOf = () => { throw new Error('valueOf'); };
  Array.prototype[3] = 5;
  String.prototype.toString = () => 'no';

  res.json([b.utf8Slice(), b.hexSlice(1), b.latin1Write('xyz', 1),
            b.latin1Slice()]);
};
--- request
GET /t
--- response_body chomp
["abc","6263",2,"axy"]



=== TEST 16: a buffer that is detached while its indexes are looked at
--- function
const tell = (f) => {
  try { return f(); } catch (e) { return `${e.name} ${e.code}: ${e.message}`; }
};

module.exports = (req, res) => {
  const results = [];

  for (const f of [
    (b, i) => b.utf8Slice(0, i), (b, i) => b.hexSlice(i),
    (b, i) => b.utf8Write('hello', i), (b, i) => b.latin1Write('he', 0, i),
    (b, i) => b.base64Write('aGVsbG8=', i, 3),
  ]) {
    const b = Buffer.from(new ArrayBuffer(100));
    const i = {
      valueOf() {
        structuredClone(b.buffer, { transfer: [b.buffer] });
        return 3;
      },
    };

    results.push(tell(() => f(b, i)));
  }

  res.json(results);
};
--- request
GET /t
--- response_body chomp
["","","RangeError ERR_BUFFER_OUT_OF_BOUNDS: \"offset\" is outside of buffer bounds",0,"RangeError ERR_BUFFER_OUT_OF_BOUNDS: \"offset\" is outside of buffer bounds"]



=== TEST 17: shared memory
--- function
module.exports = (req, res) => {
  const b = Buffer.from(new SharedArrayBuffer(8));

  b.write('shared');
  res.json([b.toString('latin1', 0, 6), b.indexOf('r'), b.fill('x')
            .toString(), Buffer.from(b).equals(b)]);
};
--- request
GET /t
--- response_body chomp
["shared",3,"xxxxxxxx",true]



=== TEST 18: bytes behind what was written stay
--- function
module.exports = (req, res) => {
  const results = [];

  for (const c of ['\u00e9', '\u20ac', '\ud83d\ude00', '\ud800', 'x']) {
    for (const n of [31, 32, 33, 40, 63, 64, 65, 100, 2000]) {
      const s = 'a'.repeat(n - 1) + c;
      const all = Buffer.from([...s].map((x) =>
        Buffer.from(x).toString('hex')).join(''), 'hex');

      for (let size = n - 2; size < n + 6; size++) {
        const b = Buffer.alloc(size + 4, 0xcc);
        const written = b.write(s, 0, size);
        const { read } = new TextEncoder().encodeInto(s,
                                                      new Uint8Array(size));

        if (!b.subarray(0, written).equals(all.subarray(0, written))
            || b.subarray(written).some((x) => x !== 0xcc)
            || written < Math.min(size - 3, all.length)
            || Buffer.byteLength(s.slice(0, read)) !== written)
        {
          results.push([c, n, size, written, read]);
        }
      }
    }
  }

  res.json(results.slice(0, 10));
};
--- request
GET /t
--- response_body chomp
[]



=== TEST 19: text around the borders of the parts that are worked on at once
--- function
/* code point by code point, with no part of Buffer */
const encode = (s) => [...s].flatMap((c) => {
  const x = c.codePointAt(0);
  const v = x >= 0xd800 && x < 0xe000 ? 0xfffd : x;
  const more = (n) => 0x80 | v >> 6 * n & 63;

  return v < 0x80 ? [v] : v < 0x800 ? [0xc0 | v >> 6, more(0)]
         : v < 0x10000 ? [0xe0 | v >> 12, more(1), more(0)]
         : [0xf0 | v >> 18, more(2), more(1), more(0)];
});

module.exports = (req, res) => {
  const results = [];
  const same = (a, b) => a.length === b.length
                         && a.every((x, i) => x === b[i]);

  for (const c of ['', '\u00e9', '\u0100', '\u20ac', '\ud83d\ude00',
                   '\ud800', '\udc00'])
  {
    for (const fill of ['a', '\u00ff', '\u3042', '\ud83d\ude00']) {
      for (const n of [1, 30, 31, 32, 1023, 2046, 2047, 2048, 4094, 4095,
                       4096, 9000])
      {
        const s = fill.repeat(n) + c + fill;
        const bytes = encode(s);
        const well = String.fromCodePoint(...[...s].map((c) =>
          c.length === 1 && (c.charCodeAt(0) & 0xf800) === 0xd800
          ? 0xfffd : c.codePointAt(0)));
        const buffer = Buffer.from(bytes);
        const room = Buffer.alloc(bytes.length);

        if (!same(Buffer.from(s), bytes)
            || !same(new TextEncoder().encode(s), bytes)
            || Buffer.byteLength(s) !== bytes.length
            || room.write(s) !== bytes.length || !same(room, bytes)
            || buffer.toString() !== well
            || new TextDecoder().decode(buffer) !== well
            || buffer.toString('utf8', 1)
               !== '\ufffd'.repeat(encode(fill).length - 1)
                   + well.slice(fill.length))
        {
          results.push([c, fill, n]);
        }
      }
    }
  }

  res.json(results.slice(0, 10));
};
--- request
GET /t
--- response_body chomp
[]



=== TEST 20: base64 and hex that end early
--- function
module.exports = (req, res) => {
  const results = [];

  for (const n of [6000, 60000]) {
    const bytes = Buffer.alloc(n, 'xyz!');
    const hex = bytes.toString('hex');
    const base64 = bytes.toString('base64');
    const same = (a, b) => a.equals(b) && a.buffer.byteLength === b.length;

    results.push(same(Buffer.from(hex, 'hex'), bytes),
                 same(Buffer.from(hex + 'g', 'hex'), bytes),
                 same(Buffer.from(hex.slice(0, -6) + '0g' + hex, 'hex'),
                      bytes.subarray(0, -3)),
                 same(Buffer.from(base64, 'base64'), bytes),
                 same(Buffer.from(base64 + '=' + base64, 'base64'), bytes),
                 same(Buffer.from(base64.replace(/.{76}/g, '$&\r\n'),
                                  'base64'), bytes));
  }

  res.json(results.map(Number).join(''));
};
--- request
GET /t
--- response_body chomp
"111111111111"



=== TEST 20: a buffer that is dead does not count against what lives
--- function
/* arrays on pages of their own, and small objects */
const kinds = [(i) => new Array(131072).fill(i),
               (i) => Array.from({ length: 20000 }, () => ({ i }))];

module.exports = (req, res) => {
  res.json(kinds.map((make) => {
    const live = [];

    Buffer.allocUnsafeSlow(100 << 20);

    while (live.length < 60) {
      live.push(make(live.length));
    }

    return live.length;
  }));
};
--- request
GET /t
--- response_body chomp
[60,60]
