# What a function sends: status, headers and bodies of all kinds.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: json: an object
--- function
module.exports = (req, res) => {
    res.json({ a: 1, u: undefined, n: null, d: new Date(0), nan: NaN, f() {} });
};
--- request
GET /t
--- response_headers
Content-Type: application/json; charset=utf-8
--- response_body chomp
{"a":1,"n":null,"d":"1970-01-01T00:00:00.000Z","nan":null}



=== TEST 2: json: other values
--- function
module.exports = (req, res) => {
    res.json({ '/a': [1, 2], '/s': 'text', '/n': 5, '/b': false,
               '/z': null }[req.path]);
};
--- request eval
["GET /t/a",
 "GET /t/s",
 "GET /t/n",
 "GET /t/b",
 "GET /t/z"]
--- response_body eval
["[1,2]",
 "\"text\"",
 "5",
 "false",
 "null"]



=== TEST 3: json: undefined has no body
--- function
module.exports = (req, res) => {
    res.json();
};
--- request
GET /t
--- response_headers
Content-Type: application/json; charset=utf-8
--- response_body eval
""



=== TEST 4: json: keeps a type that was set
--- function
module.exports = (req, res) => {
    res.set('Content-Type', 'application/vnd.x+json').json({ a: 1 });
};
--- request
GET /t
--- response_headers
Content-Type: application/vnd.x+json; charset=utf-8
--- response_body chomp
{"a":1}



=== TEST 5: json: a value that has no JSON fails the invocation
--- function
module.exports = (req, res) => {
    const o = {};

    o.o = o;
    res.json(o);
};
--- request
GET /t
--- error_code: 500
--- response_body_like chomp
Converting circular structure to JSON
--- error_log
Converting circular structure



=== TEST 6: json: BigInt fails the invocation
--- function
module.exports = (req, res) => {
    res.json({ a: 1n });
};
--- request
GET /t
--- error_code: 500
--- response_body_like chomp
Do not know how to serialize a BigInt
--- error_log
BigInt



=== TEST 7: json: toJSON of the value
--- function
module.exports = (req, res) => {
    res.json({ toJSON: () => ({ from: 'toJSON' }) });
};
--- request
GET /t
--- response_body chomp
{"from":"toJSON"}



=== TEST 8: json: text outside of Latin-1
--- function
module.exports = (req, res) => {
    res.json({ t: '\u4e16\u754c \ud83d\ude00' });
};
--- request
GET /t
--- response_body chomp
{"t":"世界 😀"}



=== TEST 9: jsonp: without a callback it is json
--- function
module.exports = (req, res) => {
    res.jsonp({ a: 1 });
};
--- request
GET /t
--- response_headers
Content-Type: application/json; charset=utf-8
X-Content-Type-Options: nosniff
--- response_body chomp
{"a":1}



=== TEST 10: jsonp: with a callback
--- function
module.exports = (req, res) => {
    res.jsonp({ a: '\u2028' });
};
--- request
GET /t?callback=cb.x[0]<script>
--- response_headers
Content-Type: text/javascript; charset=utf-8
X-Content-Type-Options: nosniff
--- response_body chomp
/**/ typeof cb.x[0]script === 'function' && cb.x[0]script({"a":"\u2028"});



=== TEST 11: send: a string is HTML
--- function
module.exports = (req, res) => {
    res.send('<p>x</p>');
};
--- request
GET /t
--- response_headers
Content-Type: text/html; charset=utf-8
--- response_body chomp
<p>x</p>



=== TEST 12: send: a string with a type
--- function
module.exports = (req, res) => {
    res.type('txt').send('x');
};
--- request
GET /t
--- response_headers
Content-Type: text/plain; charset=utf-8
--- response_body chomp
x



=== TEST 13: send: a text type gets a charset
--- function
module.exports = (req, res) => {
    res.set('Content-Type', 'text/x-own').send('\u00e9');
};
--- request
GET /t
--- response_headers
Content-Type: text/x-own; charset=utf-8
--- response_body chomp
é



=== TEST 14: send: text of any type is told to be in UTF-8
--- function
module.exports = (req, res) => {
    res.type('png').send('x');
};
--- request
GET /t
--- response_headers
Content-Type: image/png; charset=utf-8
--- response_body chomp
x



=== TEST 15: send: the charset that is told is the one that is sent
--- function
module.exports = (req, res) => {
    res.set('Content-Type', 'Text/CSS;charset=latin1; x="a b"').send('\u00e9');
};
--- request
GET /t
--- response_headers
Content-Type: text/css; charset=utf-8; x="a b"
--- response_body chomp
é



=== TEST 16: send: numbers and booleans are JSON
--- function
module.exports = (req, res) => {
    res.send({ '/n': 404, '/t': true, '/f': false, '/nan': NaN }[req.path]);
};
--- request eval
["GET /t/n",
 "GET /t/t",
 "GET /t/f",
 "GET /t/nan"]
--- response_body eval
["404",
 "true",
 "false",
 "null"]



=== TEST 17: send: null is an empty body without a type
--- function
module.exports = (req, res) => {
    res.send(null);
};
--- request
GET /t
--- response_headers
! Content-Type
--- response_body eval
""



=== TEST 18: send: an empty string
--- function
module.exports = (req, res) => {
    res.send('');
};
--- request
GET /t
--- response_headers
Content-Type: text/html; charset=utf-8
--- response_body eval
""



=== TEST 19: send: nothing keeps the status
--- function
module.exports = (req, res) => {
    res.send();
};
--- request
GET /t
--- response_headers
! Content-Type
--- response_body eval
""



=== TEST 20: send: nothing keeps a status that was set
--- function
module.exports = (req, res) => {
    res.status(202).send();
};
--- request
GET /t
--- error_code: 202
--- response_body eval
""



=== TEST 21: send: objects and arrays are JSON
--- function
module.exports = (req, res) => {
    res.send([{ a: 1 }]);
};
--- request
GET /t
--- response_headers
Content-Type: application/json; charset=utf-8
--- response_body chomp
[{"a":1}]



=== TEST 22: send: a Date is JSON
--- function
module.exports = (req, res) => {
    res.send(new Date(0));
};
--- request
GET /t
--- response_headers
Content-Type: application/json; charset=utf-8
--- response_body chomp
"1970-01-01T00:00:00.000Z"



=== TEST 23: send: bytes
--- function
module.exports = (req, res) => {
    res.send(new Uint8Array([104, 105, 10, 33]).subarray(0, 2));
};
--- request
GET /t
--- response_headers
Content-Type: application/octet-stream
--- response_body chomp
hi



=== TEST 24: send: a part of a buffer is sent, not the whole of it
--- function
module.exports = (req, res) => {
    const bytes = Uint8Array.from('secret-hi', (c) => c.charCodeAt(0));

    res.send(new Uint8Array(bytes.buffer, 7, 2));
};
--- request
GET /t
--- response_body chomp
hi



=== TEST 25: send: other views, a DataView, an ArrayBuffer
--- function
module.exports = (req, res) => {
    const bytes = new Uint8Array([72, 0, 105, 0]);

    res.send({
        '/u16': new Uint16Array(bytes.buffer, 0, 1),
        '/view': new DataView(bytes.buffer, 2, 1),
        '/buffer': bytes.buffer.slice(0, 1),
    }[req.path]);
};
--- request eval
["GET /t/view",
 "GET /t/buffer"]
--- response_body eval
["i",
 "H"]



=== TEST 26: send: bytes with a type keep it
--- function
module.exports = (req, res) => {
    res.type('text/plain').send(new Uint8Array([65]));
};
--- request
GET /t
--- response_headers
Content-Type: text/plain; charset=utf-8
--- response_body chomp
A



=== TEST 27: send: what is no body
--- function
module.exports = (req, res) => {
    try {
        res.send(req.path === '/f' ? () => 1 : Symbol('x'));
    } catch (error) {
        res.send(error.code);
    }
};
--- request eval
["GET /t/f",
 "GET /t/s"]
--- response_body eval
["ERR_INVALID_ARG_TYPE",
 "ERR_INVALID_ARG_TYPE"]



=== TEST 28: send: text in UTF-8
--- function
module.exports = (req, res) => {
    res.send('caf\u00e9 \u4e16 \ud83d\ude00');
};
--- request
GET /t
--- response_body chomp
café 世 😀



=== TEST 29: send: the response is chainable
--- function
module.exports = (req, res) => {
    res.json([res.status(201) === res, res.set('a', 'b') === res,
              res.type('x') === res, res.vary('a') === res,
              res.append('b', 'c') === res, res.cookie('d', 'e') === res,
              res.links({}) === res, res.attachment() === res]);
};
--- request
GET /t
--- error_code: 201
--- response_body chomp
[true,true,true,true,true,true,true,true]



=== TEST 30: end: nothing
--- function
module.exports = (req, res) => {
    res.end();
};
--- request
GET /t
--- response_headers
! Content-Type
--- response_body eval
""



=== TEST 31: end: a string has no type
--- function
module.exports = (req, res) => {
    res.end('{"a":1}');
};
--- request
GET /t
--- response_headers
! Content-Type
--- response_body chomp
{"a":1}



=== TEST 32: end: with a type
--- function
module.exports = (req, res) => {
    res.type('json').end('{}');
};
--- request
GET /t
--- response_headers
Content-Type: application/json; charset=utf-8
--- response_body chomp
{}



=== TEST 33: end: null and numbers are text
--- function
module.exports = (req, res) => {
    res.end({ '/z': null, '/n': 5, '/o': { a: 1 } }[req.path]);
};
--- request eval
["GET /t/z",
 "GET /t/n",
 "GET /t/o"]
--- response_body eval
["null",
 "5",
 "[object Object]"]



=== TEST 34: end: an encoding
--- function
module.exports = (req, res) => {
    res.end({ '/hex': '6869', '/base64': 'aGk=', '/base64url': 'aGk',
              '/latin1': 'hi', '/ascii': 'hi' }[req.path],
            req.path.slice(1));
};
--- request eval
["GET /t/hex",
 "GET /t/base64",
 "GET /t/base64url",
 "GET /t/latin1",
 "GET /t/ascii"]
--- response_body eval
["hi",
 "hi",
 "hi",
 "hi",
 "hi"]



=== TEST 35: end: an unknown encoding
--- function
module.exports = (req, res) => {
    try {
        res.end('x', 'klingon');
    } catch (e) {
        res.end(`${e.name} ${e.code}: ${e.message}`);
    }
};
--- request
GET /t
--- response_body chomp
TypeError ERR_UNKNOWN_ENCODING: Unknown encoding: klingon



=== TEST 36: a handler that sends nothing
--- function
module.exports = (req, res) => {
    res.status(201);
};
--- request
GET /t
--- error_code: 201
--- response_body eval
""
--- error_log
the handler has finished without a response



=== TEST 37: status
--- function
module.exports = (req, res) => {
    res.status(418).send('tea');
};
--- request
GET /t
--- error_code: 418
--- response_body chomp
tea



=== TEST 38: status: statusCode
--- function
module.exports = (req, res) => {
    res.statusCode = 404;
    res.send('x');
};
--- request
GET /t
--- error_code: 404
--- response_body chomp
x



=== TEST 39: status: 0 and undefined are none
--- function
module.exports = (req, res) => {
    try {
        res.status(404).status(req.path === '/z' ? 0 : undefined);
    } catch (error) {
        res.send(error.name);
    }
};
--- request eval
["GET /t/z",
 "GET /t/u"]
--- error_code eval
[404, 404]
--- response_body eval
["RangeError",
 "TypeError"]



=== TEST 40: status: what is no status
--- function
module.exports = (req, res) => {
    const errors = [];

    for (const code of ['abc', '200', 1.5, 99, 1000, -1, null, {}]) {
        try {
            res.status(code);
        } catch (e) {
            errors.push(e.name + ': ' + e.message);
        }
    }

    res.json(errors);
};
--- request
GET /t
--- response_body chomp
["TypeError: Invalid status code: \"abc\". Status code must be an integer.","TypeError: Invalid status code: \"200\". Status code must be an integer.","TypeError: Invalid status code: 1.5. Status code must be an integer.","RangeError: Invalid status code: 99. Status code must be greater than 99 and less than 1000.","RangeError: Invalid status code: 1000. Status code must be greater than 99 and less than 1000.","RangeError: Invalid status code: -1. Status code must be greater than 99 and less than 1000.","TypeError: Invalid status code: null. Status code must be an integer.","TypeError: Invalid status code: {}. Status code must be an integer."]



=== TEST 41: status: a wrong statusCode fails the invocation
--- function
module.exports = (req, res) => {
    res.statusCode = 5000;
    res.send('x');
};
--- request
GET /t
--- error_code: 500
--- response_body_like chomp
Invalid status code: 5000
--- error_log
ERR_HTTP_INVALID_STATUS_CODE



=== TEST 42: status: 1xx cannot be a response
--- function
const ways = {
    send: (res) => res.status(100).send('x'),
    end: (res) => res.status(101).end(),
    json: (res) => { res.statusCode = 101; res.json({}); },
    write: (res) => { res.statusCode = 101; res.write('x'); },
    writeHead: (res) => res.writeHead(101, { Upgrade: 'x' }).end(),
    sendStatus: (res) => res.sendStatus(101),
};

module.exports = (req, res) => ways[req.query.way](res);
--- request eval
[map { "GET /t?way=$_" } qw(send end json write writeHead sendStatus)]
--- error_code eval
[(500) x 6]
--- response_body_like eval
[map { qr/"message":"Invalid status code: $_: a response that is the last one has 200 or above"/ } 100, (101) x 5]
--- error_log
ERR_HTTP_INVALID_STATUS_CODE



=== TEST 43: 204 has no body and no type
--- function
module.exports = (req, res) => {
    res.status(204).send('x');
};
--- request
GET /t
--- error_code: 204
--- response_headers
! Content-Type
--- response_body eval
""



=== TEST 44: 204 by json
--- function
module.exports = (req, res) => {
    res.status(204).json({});
};
--- request
GET /t
--- error_code: 204
--- response_headers
! Content-Type
--- response_body eval
""



=== TEST 45: 304 has no body
--- function
module.exports = (req, res) => {
    res.status(304).set('X-A', '1').json({});
};
--- request
GET /t
--- error_code: 304
--- response_headers
! Content-Type
X-A: 1
--- response_body eval
""



=== TEST 46: 205 has an empty body
--- function
module.exports = (req, res) => {
    res.status(205).send('x');
};
--- request
GET /t
--- error_code: 205
--- response_body eval
""



=== TEST 47: HEAD has the headers alone
--- function
module.exports = (req, res) => {
    res.set('X-A', '1').send('hello');
};
--- request
HEAD /t
--- response_headers
X-A: 1
Content-Length: 5



=== TEST 48: sendStatus
--- function
module.exports = (req, res) => {
    res.sendStatus(+req.path.slice(1));
};
--- request eval
["GET /t/200",
 "GET /t/404",
 "GET /t/418",
 "GET /t/499",
 "GET /t/503"]
--- error_code eval
[200, 404, 418, 499, 503]
--- response_body eval
["OK",
 "Not Found",
 "I'm a Teapot",
 "499",
 "Service Unavailable"]



=== TEST 49: end: encodings of any case, and what Node makes of bad text in them
--- function
module.exports = (req, res) => {
    const { encoding, text } = req.query;

    res.end(text, encoding);
};
--- request eval
["GET /t?encoding=UCS-2&text=h%E2%82%AC",
 "GET /t?encoding=utf16le&text=hi",
 "GET /t?encoding=binary&text=%E2%82%ACh%C3%A9",
 "GET /t?encoding=HEX&text=6869zz70",
 "GET /t?encoding=hex&text=686",
 "GET /t?encoding=base64&text=aG%0Ak-_w",
 "GET /t?encoding=base64url&text=aGk%2B%2Fw==",
 "GET /t?encoding=UTF8&text=h%E2%82%AC",
 "GET /t?encoding=&text=h%E2%82%AC"]
--- response_body eval
["h\0\xac\x20",
 "h\0i\0",
 "\xach\xe9",
 "hi",
 "h",
 "hi>\xff",
 "hi>\xff",
 "h\xe2\x82\xac",
 "h\xe2\x82\xac"]



=== TEST 50: status lines have the words of sendStatus, or nginx's own
--- function
module.exports = (req, res) => {
    res.sendStatus(+req.path.slice(1));
};
--- request eval
["GET /t/203",
 "GET /t/417",
 "GET /t/418",
 "GET /t/511",
 "GET /t/501"]
--- error_code eval
[203, 417, 418, 511, 501]
--- raw_response_headers_like eval
["^HTTP/1.1 203 Non-Authoritative Information\r\n",
 "^HTTP/1.1 417 Expectation Failed\r\n",
 "^HTTP/1.1 418 I'm a Teapot\r\n",
 "^HTTP/1.1 511 Network Authentication Required\r\n",
 "^HTTP/1.1 501 Not Implemented\r\n"]
--- response_body eval
["Non-Authoritative Information",
 "Expectation Failed",
 "I'm a Teapot",
 "Network Authentication Required",
 "Not Implemented"]



=== TEST 51: send, json: the ETag of Express
--- function
module.exports = (req, res) => {
    switch (req.path) {
    case '/json':
        return res.json({ hello: 'world' });
    case '/empty':
        return res.send('');
    case '/utf8':
        return res.set('X-A', 'b').send('caf\u00e9');
    case '/bytes':
        return res.status(201).send(Buffer.alloc(1000, 'x'));
    case '/own':
        return res.set('ETag', '"own"').send('x');
    case '/end':
        return res.end('x');
    case '/none':
        return res.send();
    }
};
--- request eval
[map { "GET /t/$_" } qw(json empty utf8 bytes own end none)]
--- error_code eval
[200, 200, 200, 201, 200, 200, 200]
--- response_headers eval
['ETag: W/"11-IkjuL6CqqtmReFMfkkvwC0sKj04"',
 'ETag: W/"0-2jmj7l5rSw0yVb/vlWAYkK/YBwk"',
 'ETag: W/"5-9CRFKpZzkYxvCbDN01sgvo5q59c"',
 'ETag: W/"3e8-w++mkPo/3S4lJoU+7WcFOOoSdjg"',
 'ETag: "own"',
 '! ETag',
 '! ETag']



=== TEST 52: send, json: 304 for a client that has it
--- function
module.exports = (req, res) => {
    if (req.query.modified)
        res.set('Last-Modified', req.query.modified);

    res.status(+req.query.status || 200).json({ hello: 'world' });
};
--- request eval
["GET /t", "HEAD /t", "GET /t", "GET /t", "POST /t\n",
 "GET /t?status=404", "GET /t?status=201",
 "GET /t?modified=Thu,+01+Jan+2015+00:00:00+GMT",
 "GET /t?modified=Thu,+01+Jan+2015+00:00:00+GMT"]
--- more_headers eval
['If-None-Match: W/"11-IkjuL6CqqtmReFMfkkvwC0sKj04"',
 'If-None-Match: "x", "11-IkjuL6CqqtmReFMfkkvwC0sKj04"',
 'If-None-Match: "x"',
 "If-None-Match: *\nCache-Control: no-cache",
 'If-None-Match: *', 'If-None-Match: *', 'If-None-Match: *',
 "If-None-Match: *\nIf-Modified-Since: Thu, 01 Jan 2014 00:00:00 GMT",
 'If-Modified-Since: Thu, 01 Jan 2016 00:00:00 GMT']
--- error_code eval
[304, 304, 200, 200, 200, 404, 304, 304, 304]
--- response_headers eval
[('ETag: W/"11-IkjuL6CqqtmReFMfkkvwC0sKj04"') x 9]
--- response_body eval
["", "", ('{"hello":"world"}') x 4, "", "", ""]



=== TEST 63: json: undefined, for a client that has whatever there is
--- function
module.exports = (req, res) => res.json(undefined);
--- request eval
["GET /t", "GET /t"]
--- more_headers eval
["If-None-Match: *", 'If-None-Match: W/"0-2jmj7l5rSw0yVb/vlWAYkK/YBwk"']
--- error_code eval
[304, 200]
--- response_body eval
["", ""]



=== TEST 53: invoke_etag: off, strong
--- config
    location /t/off { invoke_etag off; invoke ./html/fn; }
    location /t/strong { invoke_etag strong; invoke ./html/fn; }
--- function
module.exports = (req, res) => res.set('X-A', 'b').json({ hello: 'world' });
--- request eval
["GET /t/off", "GET /t/strong", "GET /t/strong"]
--- more_headers eval
["If-None-Match: *", "", 'If-None-Match: "11-IkjuL6CqqtmReFMfkkvwC0sKj04"']
--- error_code eval
[304, 200, 304]
--- response_headers eval
["! ETag", ('ETag: "11-IkjuL6CqqtmReFMfkkvwC0sKj04"') x 2]



=== TEST 54: send: who listens for its end sees the 304
--- function
module.exports = (req, res) => {
    res.on('finish', () => console.log(`sent ${res.statusCode}`));
    res.send('x');
};
--- request
GET /t
--- more_headers
If-None-Match: *
--- error_code: 304
--- error_log
sent 304



=== TEST 55: statusMessage, and the phrase that writeHead gives, are sent
--- function
module.exports = (req, res) => {
    switch (req.path) {
    case '/prop':
        res.statusCode = 404;
        res.statusMessage = 'No Such \u00d6rder';
        return res.end('x');
    case '/head':
        res.writeHead(200, 'Fine');
        return res.end('x');
    case '/unassigned':
        res.statusCode = 299;
        res.statusMessage = 'Mostly';
        return res.write('x'), res.end();
    case '/send':
        res.statusMessage = 'Bad Input';
        return res.status(422).json({});
    case '/bad':
        res.statusMessage = 'a\r\nX-B: c';
        try {
            res.end('x');
        } catch (error) {
            res.statusMessage = undefined;
            res.send(error.code);
        }
    }
};
--- request eval
[map { "GET /t/$_" } qw(prop head unassigned send bad)]
--- error_code eval
[404, 200, 299, 422, 200]
--- raw_response_headers_like eval
["^HTTP/1.1 404 No Such \xd6rder\r\n", "^HTTP/1.1 200 Fine\r\n",
 "^HTTP/1.1 299 Mostly\r\n", "^HTTP/1.1 422 Bad Input\r\n",
 "^HTTP/1.1 200 OK\r\n"]
--- response_body eval
["x", "x", "x", "{}", "ERR_INVALID_CHAR"]



=== TEST 56: closed, errored and their kin, before and after the end
--- function
module.exports = async (req, res) => {
    const state = () => console.log(JSON.stringify(['closed', 'destroyed',
        'errored', 'writableEnded', 'writableFinished'].map((n) => res[n])));

    state();
    res.on('finish', state).on('close', state);
    res.end('x');
};
--- request
GET /t
--- response_body: x
--- error_log
[false,false,null,false,false]
[false,false,null,true,true]
[true,true,null,true,true]
