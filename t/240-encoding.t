# Text and bytes: string_decoder, TextDecoder and TextEncoder, transcode.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: a string decoder
--- function
const { StringDecoder } = require('string_decoder');

module.exports = (req, res) => {
  const bytes = Buffer.from('a\u00e9\u20ac\u{1f600}z');
  const wide = Buffer.from('a\u{1f600}', 'utf16le');

  res.json(['utf8', 'utf16le', 'base64', 'base64url', 'hex', 'latin1',
            'ascii'].map((encoding) => {
    const source = encoding === 'utf16le' ? wide : bytes;

    return [1, 2, 3, 5].map((size) => {
      const d = new StringDecoder(encoding);
      const parts = [];

      for (let i = 0; i < source.length; i += size) {
        parts.push(d.write(source.subarray(i, i + size)));
      }

      parts.push(d.end());
      return parts.join('|');
    });
  }));
};
--- request
GET /t
--- response_body chomp
[["a||é|||€||||😀|z|","a|é|€||😀|z|","aé|€||😀z|","aé|€😀|z|"],["|a||\ud83d||\ude00|","a||😀|","a|😀|","a\ud83d|\ude00|"],["||YcOp|||4oKs|||8J+Y|||gHo=","|YcOp|4oKs||8J+Y||gHo=","YcOp|4oKs|8J+Y||gHo=","YcOp|4oKs8J+Y||gHo="],["||YcOp|||4oKs|||8J-Y|||gHo","|YcOp|4oKs||8J-Y||gHo","YcOp|4oKs|8J-Y||gHo","YcOp|4oKs8J-Y||gHo"],["61|c3|a9|e2|82|ac|f0|9f|98|80|7a|","61c3|a9e2|82ac|f09f|9880|7a|","61c3a9|e282ac|f09f98|807a|","61c3a9e282|acf09f9880|7a|"],["a|Ã|©|â||¬|ð||||z|","aÃ|©â|¬|ð||z|","aÃ©|â¬|ð|z|","aÃ©â|¬ð|z|"],["a|C|)|b|\u0002|,|p|\u001f|\u0018|\u0000|z|","aC|)b|\u0002,|p\u001f|\u0018\u0000|z|","aC)|b\u0002,|p\u001f\u0018|\u0000z|","aC)b\u0002|,p\u001f\u0018\u0000|z|"]]



=== TEST 2: a string decoder and what is malformed
--- function
const { StringDecoder } = require('string_decoder');

module.exports = (req, res) => res.json([
  [[0xe2], [0x82]], [[0xe2, 0x82], [0x41]], [[0xf0, 0x9f], [0x98], [0xe2]],
  [[0xc3], [0xc3], [0xa9]], [[0x80, 0x80, 0x80, 0x80], [0x80]],
  [[0xf8, 0x80], [0x41]], [[0xed, 0xa0], [0x80]], [],
].map((chunks) => {
  const d = new StringDecoder('utf8');

  return chunks.map((c) => d.write(Buffer.from(c))).concat(
    d.lastNeed, d.lastTotal, d.end(), d.end(Buffer.from('x')));
}));
--- request
GET /t
--- response_body chomp
[["","",1,3,"�","x"],["","�A",0,0,"","x"],["","","�",2,3,"�","x"],["","�","é",0,0,"","x"],["����","�",0,0,"","x"],["��","A",0,0,"","x"],["","���",0,0,"","x"],[0,0,"","x"]]



=== TEST 3: a decoder whose state was written over
--- function
const { StringDecoder } = require('string_decoder');

module.exports = (req, res) => {
  const d = new StringDecoder('utf8');
  const state = d[Object.getOwnPropertySymbols(d)[0]];

  state.fill(255);
  const one = d.write(Buffer.from('abc'));

  state.fill(200);
  const two = typeof d.end();

  state[6] = 6;
  state[4] = 4;
  state[5] = 4;
  res.json([one, two, d.write(Buffer.from('xyz'))]);
};
--- request
GET /t
--- response_body chomp
["abc","string","xyz"]



=== TEST 4: TextDecoder
--- function
module.exports = (req, res) => {
  const cases = [
    ['shift_jis', [0x82, 0xa0, 0x41]], ['euc-kr', [0xb0, 0xa1]],
    ['utf-16be', [0xfe, 0xff, 0x00, 0x41]], ['gb18030', [0xc4, 0xe3]],
    ['utf-16le', [0xff, 0xfe, 0x41, 0x00, 0x42]], ['koi8-r', [0xc1]],
    ['utf-8', [0xef, 0xbb, 0xbf, 0x41, 0xff]], ['big5', [0xa4, 0x40]],
    ['iso-8859-2', [0xb1]], ['windows-1252', [0x80, 0x41]],
  ];

  res.json(cases.map(([label, bytes]) => [
    new TextDecoder(label).decode(new Uint8Array(bytes)),
    new TextDecoder(label, { ignoreBOM: true })
      .decode(new Uint8Array(bytes)).length,
    new TextDecoder(label).encoding,
  ]));
};
--- request
GET /t
--- response_body chomp
[["あA",2,"shift_jis"],["가",1,"euc-kr"],["A",2,"utf-16be"],["你",1,"gb18030"],["A�",3,"utf-16le"],["а",1,"koi8-r"],["A�",3,"utf-8"],["一",1,"big5"],["ą",1,"iso-8859-2"],["€A",2,"windows-1252"]]



=== TEST 5: TextDecoder in pieces
--- function
module.exports = (req, res) => {
  const bytes = new Uint8Array([0xef, 0xbb, 0xbf, 0xe2, 0x82, 0xac, 0xf0,
                                0x9f, 0x98, 0x80, 0xff, 0x41]);

  res.json([1, 2, 5].map((size) => {
    const d = new TextDecoder();
    const parts = [];

    for (let i = 0; i < bytes.length; i += size) {
      parts.push(d.decode(bytes.subarray(i, i + size), { stream: true }));
    }

    parts.push(d.decode());
    parts.push(d.decode(bytes));
    return parts.join('|');
  }));
};
--- request
GET /t
--- response_body chomp
["|||||€||||😀|�|A||€😀�A","||€||😀|�A||€😀�A","|€😀|�A||€😀�A"]



=== TEST 6: errors of TextDecoder
--- function
const tell = (f) => {
  try { return f(); } catch (e) { return `${e.name} ${e.code}: ${e.message}`; }
};

module.exports = (req, res) => res.json([
  tell(() => new TextDecoder('utf-8', { fatal: true })
    .decode(new Uint8Array([0xff]))),
  tell(() => new TextDecoder('utf-16le', { fatal: true })
    .decode(new Uint8Array([0x41]))),
  tell(() => new TextDecoder('nope')), tell(() => new TextDecoder().decode(1)),
  tell(() => new TextDecoder('shift_jis').decode('x')),
  tell(() => new TextDecoder('utf-8', { fatal: true })
    .decode(new Uint8Array([0x41]).buffer)),
]);
--- request
GET /t
--- response_body chomp
["TypeError ERR_ENCODING_INVALID_ENCODED_DATA: The encoded data was not valid for encoding utf-8","TypeError ERR_ENCODING_INVALID_ENCODED_DATA: The encoded data was not valid for encoding utf-16le","RangeError ERR_ENCODING_NOT_SUPPORTED: The \"nope\" encoding is not supported","TypeError ERR_INVALID_ARG_TYPE: The \"list\" argument must be an instance of SharedArrayBuffer, ArrayBuffer or ArrayBufferView.","TypeError ERR_INVALID_ARG_TYPE: The \"input\" argument must be an instance of SharedArrayBuffer, ArrayBuffer or ArrayBufferView.","A"]



=== TEST 7: TextEncoder
--- function
module.exports = (req, res) => {
  const e = new TextEncoder();

  res.json([
    Buffer.from(e.encode('a\u00e9\u20ac\u{1f600}\ud800')).toString('hex'),
    ...[0, 1, 2, 3, 5, 6, 9, 10, 14, 20].map((n) =>
      e.encodeInto('a\u00e9\u20ac\u{1f600}\ud800', new Uint8Array(n))),
    e.encode().length, e.encodeInto('', new Uint8Array(3)),
  ]);
};
--- request
GET /t
--- response_body chomp
["61c3a9e282acf09f9880efbfbd",{"read":0,"written":0},{"read":1,"written":1},{"read":1,"written":1},{"read":2,"written":3},{"read":2,"written":3},{"read":3,"written":6},{"read":3,"written":6},{"read":5,"written":10},{"read":6,"written":13},{"read":6,"written":13},0,{"read":0,"written":0}]



=== TEST 8: transcode
--- function
const tell = (f) => {
  try { return f(); } catch (e) { return `${e.name} ${e.code}: ${e.message}`; }
};

const { transcode } = require('buffer');

module.exports = (req, res) => {
  const names = ['ascii', 'latin1', 'utf16le', 'utf8'];
  const s = 'a\u00e9\u20ac';

  res.json(names.map((from) => names.map((to) =>
    transcode(Buffer.from(s, from), from, to).toString('hex'))).concat([
    tell(() => transcode(Buffer.from('a'), 'b', 'c')),
    tell(() => transcode('a', 'utf8', 'ascii')),
    transcode(Buffer.alloc(0), 'utf8', 'latin1').length,
    transcode(Buffer.from('x'.repeat(5000)), 'utf8', 'ucs2').length,
  ]));
};
--- request
GET /t
--- response_body chomp
[["613f3f","613f3f","6100fdfffdff","61efbfbdefbfbd"],["613f3f","61e9ac","6100e900ac00","61c3a9c2ac"],["613f3f","61e93f","6100e900ac20","61c3a9e282ac"],["613f3f","61e93f","6100e900ac20","61c3a9e282ac"],"Error U_ILLEGAL_ARGUMENT_ERROR: Unable to transcode Buffer [U_ILLEGAL_ARGUMENT_ERROR]","TypeError ERR_INVALID_ARG_TYPE: The \"source\" argument must be an instance of Buffer or Uint8Array. Received type string ('a')",0,10000]



=== TEST 9: atob and btoa
--- function
const tell = (f) => {
  try { return f(); } catch (e) { return `${e.name} ${e.code}: ${e.message}`; }
};

module.exports = (req, res) => res.json([
  atob('aGk='), btoa('hi\u00ff'), atob(' aG\tk '), tell(() => atob('a')),
  tell(() => btoa('\u20ac')), atob(''), tell(() => atob('aG*k')),
]);
--- request
GET /t
--- response_body chomp
["hi","aGn/","hi","InvalidCharacterError 5: The string to be decoded is not correctly encoded.","InvalidCharacterError 5: Invalid character","","InvalidCharacterError 5: Invalid character"]



=== TEST 10: a character of more bytes at each place of texts of each length
--- function
module.exports = (req, res) => {
  const wrong = [];

  for (const c of ['\u0080', '\u00e9', '\u00ff', '\u0416', '\u20ac', '\u{1f600}']) {
    const seq = { '\u20ac': [0xe2, 0x82, 0xac], '\u{1f600}': [0xf0, 0x9f, 0x98, 0x80] }[c]
      ?? [0xc0 | c.charCodeAt(0) >> 6, 0x80 | c.charCodeAt(0) & 0x3f];

    for (const run of [1, 2, 40]) {
      for (let length = 0; length < 260; length += 1 + length % 3) {
        for (let at = 0; at <= length; at += run === 1 ? 1 : 7) {
          const array = new Array(at).fill(0x61);
          for (let i = 0; i < run; i++) array.push(...seq);
          for (let i = at; i < length; i++) array.push(0x62);

          const source = new Uint8Array(array);
          const text = 'a'.repeat(at) + c.repeat(run) + 'b'.repeat(length - at);
          const decoded = new TextDecoder().decode(source);
          const encoded = new TextEncoder().encode(text);

          if (decoded !== text || Buffer.compare(encoded, source) !== 0
              || Buffer.from(source).toString() !== text
              || Buffer.byteLength(text) !== source.length)
          {
            wrong.push([c, run, length, at]);
          }
        }
      }
    }
  }

  res.json(wrong.slice(0, 3));
};
--- request
GET /t
--- response_body chomp
[]
