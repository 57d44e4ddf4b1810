# The parser under Node's http, by itself: messages as a whole and in any two
# pieces, by the callbacks that Node's library gives it.

use TestInvoke 'no_plan';

add_block_preprocessor(sub {
    my $block = shift;

    my $files = $block->user_files // '';

    $block->set_value(user_files => $files . <<'END');
>>> fn/parse.js
const { HTTPParser } = require('_http_common');

const { kOnHeaders, kOnHeadersComplete, kOnBody, kOnMessageComplete }
  = HTTPParser;

/* what is told of pieces, which are strings of Latin-1 */

function parse(type, pieces, { verdict = 0, max = 0, lenient = 0 } = {}) {
  const parser = new HTTPParser();
  const log = [];

  parser.initialize(type === 'request' ? HTTPParser.REQUEST
                    : HTTPParser.RESPONSE, {}, max, lenient);

  parser[kOnHeaders] = (headers) => log.push(['trailers', headers]);
  parser[kOnHeadersComplete] = (major, minor, headers, method, url, status,
                                message, upgrade, keepAlive) => {
    log.push([`${major}.${minor}`, headers, method, url, status, message,
              upgrade, keepAlive]);
    return verdict;
  };
  parser[kOnBody] = (bytes) => {
    const text = bytes.latin1Slice();

    if (typeof log[log.length - 1] === 'string') {
      log[log.length - 1] += text;
    } else {
      log.push(text);
    }
  };
  parser[kOnMessageComplete] = () => log.push(['complete']);

  let taken = 0;

  for (const piece of pieces) {
    const result = parser.execute(Buffer.from(piece, 'latin1'));

    if (result instanceof Error) {
      const { message, code, reason, bytesParsed } = result;

      log.push([message, code, reason, taken + bytesParsed]);
      return log;
    }

    taken += result;

    if (result < piece.length) {
      log.push(['left', piece.slice(result)]);
      return log;
    }
  }

  const end = parser.finish();

  log.push(end === undefined ? ['end'] : ['end', end.code]);
  parser.close();
  parser.close();

  return log;
}

/* the same, in any two pieces, too */

module.exports = (type, text, options, all = true) => {
  const whole = parse(type, [text], options);
  const json = JSON.stringify(whole);

  for (let i = 1; all && i < text.length; i++) {
    const split = JSON.stringify(parse(type, [text.slice(0, i),
                                              text.slice(i)], options));

    if (split !== json) {
      return `${json} but at ${i} ${split}`;
    }
  }

  return json;
};
END
});

run_tests();

__DATA__

=== TEST 1: requests
--- function
const parse = require('./parse');

const texts = [
  'GET /a?b=c HTTP/1.1\r\nHost: x\r\nX-Long:  a b \t\r\nEmpty:\r\n\r\n',
  'POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello',
  'PUT /\xe4 HTTP/1.1\r\nTransfer-Encoding: chunked\r\nX: \xe4\r\n\r\n'
    + '5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nT: 1\r\nU: 2\r\n\r\n',
  'GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\nConnection: close\r\n\r\n',
];

module.exports = (req, res) => res.send(
  texts.map((text) => parse('request', text)).join('\n') + '\n');
--- request
GET /t
--- response_body
[["1.1",["Host","x","X-Long","a b","Empty",""],1,"/a?b=c",null,null,false,true],["complete"],["end"]]
[["1.0",["Content-Length","5"],3,"/",null,null,false,false],"hello",["complete"],["end"]]
[["1.1",["Transfer-Encoding","chunked","X","ä"],4,"/ä",null,null,false,true],"hello world",["trailers",["T","1","U","2"]],["complete"],["end"]]
[["1.1",[],1,"/1",null,null,false,true],["complete"],["1.1",["Connection","close"],1,"/2",null,null,false,false],["complete"],["end"]]



=== TEST 2: responses
--- function
const parse = require('./parse');

const texts = [
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  'HTTP/1.1 404 Not Found Here\r\n\r\nuntil the end',
  'HTTP/1.1 204\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort',
];

module.exports = (req, res) => res.send(
  texts.map((text) => parse('response', text)).join('\n') + '\n');
--- request
GET /t
--- response_body
[["1.1",["Content-Length","2"],null,null,200,"OK",false,true],"ok",["complete"],["end"]]
[["1.1",[],null,null,404,"Not Found Here",false,false],"until the end",["complete"],["end"]]
[["1.1",[],null,null,204,"",false,true],["complete"],["end"]]
[["1.1",[],null,null,100,"Continue",false,true],["complete"],["1.1",["Content-Length","0"],null,null,200,"OK",false,true],["complete"],["end"]]
[["1.1",["Content-Length","9"],null,null,200,"OK",false,true],"short",["end","HPE_INVALID_EOF_STATE"]]



=== TEST 3: no body by decision, another protocol
--- function
const parse = require('./parse');

module.exports = (req, res) => res.send([
  parse('response', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n'
        + 'HTTP/1.1 304 No\r\n\r\n', { verdict: 1 }),
  parse('response', 'HTTP/1.1 200 OK\r\n\r\nraw bytes', { verdict: 2 }, false),
  parse('response', 'HTTP/1.1 101 Switching\r\nConnection: upgrade\r\n'
        + 'Upgrade: x\r\n\r\nraw bytes', { verdict: 1 }, false),
  parse('request', 'GET / HTTP/1.1\r\nConnection: upgrade\r\n'
        + 'Upgrade: x\r\n\r\nraw bytes', {}, false),
  parse('request', 'CONNECT a:1 HTTP/1.1\r\n\r\nraw bytes', {}, false),
].join('\n') + '\n');
--- request
GET /t
--- response_body
[["1.1",["Content-Length","9"],null,null,200,"OK",false,true],["complete"],["1.1",[],null,null,304,"No",false,true],["complete"],["end"]]
[["1.1",[],null,null,200,"OK",false,false],["complete"],["left","raw bytes"]]
[["1.1",["Connection","upgrade","Upgrade","x"],null,null,101,"Switching",true,true],["complete"],["left","raw bytes"]]
[["1.1",["Connection","upgrade","Upgrade","x"],1,"/",null,null,true,true],["complete"],["left","raw bytes"]]
[["1.1",[],5,"a:1",null,null,true,true],["complete"],["left","raw bytes"]]



=== TEST 4: errors
--- function
const parse = require('./parse');

module.exports = (req, res) => res.send([
  parse('request', 'nonsense\r\n\r\n'),
  parse('response', 'HTTP/9.x 200 OK\r\n\r\n', {}, false),
  parse('request', 'GET / HTTP/1.1\r\nA\x01: c\r\n\r\n', {}, false),
  parse('request', 'POST / HTTP/1.1\r\nContent-Length: 1\r\n'
        + 'Transfer-Encoding: chunked\r\n\r\n', {}, false),
  parse('request', 'POST / HTTP/1.1\r\nContent-Length: 1\r\n'
        + 'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n', { lenient: 2 }, false),
  parse('request', `GET / HTTP/1.1\r\nA: ${'b'.repeat(100)}\r\n\r\n`,
        { max: 64 }, false),
  parse('request', 'PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n'
        + `1;${'x'.repeat(16385)}`, {}, false),
  parse('request', 'GET / HTTP/1.1\r\nA: ' + 'b'.repeat(20000), {}, false),
].join('\n') + '\n');
--- request
GET /t
--- response_body
[["Parse Error","HPE_INVALID_METHOD","Invalid method encountered",0]]
[["Parse Error","HPE_INVALID_VERSION","Invalid minor version",7]]
[["Parse Error","HPE_INVALID_HEADER_TOKEN","Invalid header token",17]]
[["Parse Error","HPE_UNEXPECTED_CONTENT_LENGTH","Content-Length can't be present with Transfer-Encoding",66]]
[["1.1",["Content-Length","1","Transfer-Encoding","chunked"],3,"/",null,null,false,true],["complete"],["end"]]
[["Parse Error","HPE_HEADER_OVERFLOW","Header overflow",120]]
[["1.1",["Transfer-Encoding","chunked"],4,"/",null,null,false,true],["Parse Error","HPE_CHUNK_EXTENSIONS_OVERFLOW","Chunk extensions overflow",16433]]
[["Parse Error","HPE_HEADER_OVERFLOW","Header overflow",20019]]



=== TEST 5: many headers, many chunks, many messages
--- function
const parse = require('./parse');

module.exports = (req, res) => {
  let headers = '';
  let chunks = '';

  for (let i = 0; i < 1000; i++) {
    headers += `A${i}: ${i}\r\n`;
    chunks += `1\r\n${i % 10}\r\n`;
  }

  const [one, body, trailers, ...rest] = JSON.parse(parse('request',
    `PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n${headers}\r\n`
    + `${chunks}0\r\n${headers}\r\n`, { max: 1e6 }, false));
  const many = JSON.parse(parse('request',
    'GET / HTTP/1.1\r\nA: b\r\n\r\n'.repeat(500), {}, false));

  res.json([one[1].length, one[1][2001], body.length, trailers[1].length,
            rest, many.length, many[998]]);
};
--- request
GET /t
--- response_body chomp
[2002,"999",1000,2000,[["complete"],["end"]],1001,["1.1",["A","b"],1,"/",null,null,false,true]]



=== TEST 6: callbacks that throw, begin anew, close
--- function
const { HTTPParser } = require('_http_common');
const text = Buffer.from('GET / HTTP/1.1\r\nContent-Length: 1\r\n\r\nx'
                         + 'GET / HTTP/1.1\r\n\r\n');

function run(key, callback) {
  const parser = new HTTPParser();
  const log = [];

  parser.initialize(HTTPParser.REQUEST, {});

  for (const name of ['kOnHeadersComplete', 'kOnBody', 'kOnMessageComplete']) {
    parser[HTTPParser[name]] = () => {
      log.push(name);
      return name === key ? callback(parser) : 0;
    };
  }

  try {
    log.push(parser.execute(text));
  } catch (error) {
    log.push(error.message);
  }

  return log.join();
}

function fail() {
  throw new Error('fails');
}

module.exports = (req, res) => res.send([
  run('kOnHeadersComplete', fail),
  run('kOnBody', fail),
  run('kOnMessageComplete', fail),
  run('kOnBody', (parser) => parser.close()),
  run('kOnBody', (parser) => parser.initialize(HTTPParser.RESPONSE, {})),
].join('\n') + '\n');
--- request
GET /t
--- response_body
kOnHeadersComplete,fails
kOnHeadersComplete,kOnBody,fails
kOnHeadersComplete,kOnBody,kOnMessageComplete,fails
kOnHeadersComplete,kOnBody,56
kOnHeadersComplete,kOnBody,56


=== TEST 7: what an error says of bytes is of those that were given
--- function
const { HTTPParser } = require('_http_common');

function run(prepare, length) {
  const parser = new HTTPParser();

  parser.initialize(HTTPParser.RESPONSE, {});
  prepare(parser);

  const { code, bytesParsed } = parser.execute(Buffer.alloc(length, 'x'));

  return `${code} ${bytesParsed}`;
}

module.exports = (req, res) => res.send([
  run((parser) => parser.pause(), 100000),
  run((parser) => parser.execute(Buffer.alloc(50000, 'HTTP/1.1 2x')), 100000),
].join('\n') + '\n');
--- request
GET /t
--- response_body
HPE_PAUSED 0
HPE_INVALID_STATUS 0
