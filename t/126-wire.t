# From a function's reply to the bytes on the wire: headers that nginx knows
# of, files, conditional and range requests, lengths, streams.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: a whole response has its length, whatever the function says
--- function
module.exports = (req, res) => res.set('Content-Length', '3').send('12345');
--- request
GET /t
--- response_headers
Content-Length: 5
Transfer-Encoding:
--- response_body: 12345


=== TEST 2: a streamed response is chunked
--- function
module.exports = (req, res) => { res.write('123'); res.end('45'); };
--- request
GET /t
--- response_headers
Content-Length:
Transfer-Encoding: chunked
--- response_body: 12345


=== TEST 3: unless its length is declared
--- function
module.exports = (req, res) => {
    res.set('Content-Length', '5');
    res.write('123');
    res.end('45');
};
--- request
GET /t
--- response_headers
Content-Length: 5
Transfer-Encoding:
--- response_body: 12345


=== TEST 4: more than was declared is cut off
--- function
module.exports = (req, res) => {
    res.set('Content-Length', '4');
    res.write('123');
    res.end('45');
};
--- request
GET /t
--- response_headers
Content-Length: 4
--- response_body: 1234
--- error_log
has sent more than the content-length it declared


=== TEST 5: less than was declared closes the connection
--- function
module.exports = (req, res) => {
    res.set('Content-Length', '10');
    res.write('123');
    res.end();
};
--- raw_request eval
"GET /t HTTP/1.1\r\nHost: x\r\n\r\n"
--- ignore_response
--- error_log
has sent less than the content-length it declared


=== TEST 6: a streamed response for HTTP/1.0 ends with the connection
--- function
module.exports = (req, res) => { res.write('123'); res.end('45'); };
--- request
GET /t HTTP/1.0
--- response_headers
Content-Length:
Transfer-Encoding:
Connection: close
--- response_body: 12345


=== TEST 7: HEAD of a whole response
--- function
module.exports = (req, res) => res.send('12345');
--- request
HEAD /t
--- response_headers
Content-Length: 5
Content-Type: text/html; charset=utf-8
--- response_body:


=== TEST 8: HEAD with a length that the function sets
--- function
module.exports = (req, res) => res.set('Content-Length', '77').end();
--- request
HEAD /t
--- response_headers
Content-Length: 77
--- response_body:


=== TEST 9: HEAD of a stream
--- function
module.exports = (req, res) => { res.write('123'); res.end('45'); };
--- request
HEAD /t
--- response_body:


=== TEST 10: 204, 205 and 304 have no body
--- function
module.exports = (req, res) => res.status(+req.query.s).send('body');
--- request eval
["GET /t?s=204", "GET /t?s=205", "GET /t?s=304", "GET /t?s=200"]
--- raw_response_headers_unlike eval
["Content-Length|Transfer-Encoding", "Transfer-Encoding", "Content-Length|Transfer-Encoding", "Transfer-Encoding"]
--- error_code eval
[204, 205, 304, 200]
--- response_body eval
['', '', '', 'body']


=== TEST 11: a stream that must have no body
--- function
module.exports = (req, res) => {
    res.status(+req.query.s);
    res.write('123');
    res.end('45');
};
--- request eval
["GET /t?s=204", "GET /t?s=304", "GET /t?s=200"]
--- raw_response_headers_unlike eval
["Content-Length|Transfer-Encoding", "Content-Length|Transfer-Encoding", "Content-Length"]
--- error_code eval
[204, 304, 200]
--- response_body eval
['', '', '12345']


=== TEST 12: reasons that nginx does not know
--- function
module.exports = (req, res) => res.sendStatus(+req.query.s);
--- request eval
['GET /t?s=418', 'GET /t?s=422', 'GET /t?s=207']
--- error_code eval
[418, 422, 207]
--- raw_response_headers_like eval
["^HTTP/1.1 418 I'm a [Tt]eapot\r\n", "^HTTP/1.1 422 Unprocessable Entity\r\n",
 "^HTTP/1.1 207 Multi-Status\r\n"]


=== TEST 13: a status that nobody knows
--- function
module.exports = (req, res) => res.status(799).send('x');
--- request
GET /t
--- error_code: 799
--- response_body: x


=== TEST 14: Date and Server stay nginx's
--- function
module.exports = (req, res) => res.set('Date', 'never').set('Server', 'me').end();
--- request
GET /t
--- response_headers_like
Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT
Server: nginx/.*
--- raw_response_headers_unlike: never|me\r\n


=== TEST 15: Date and Server of nginx's
--- function
module.exports = (req, res) => res.end();
--- request
GET /t
--- response_headers_like
Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT
Server: nginx/.*


=== TEST 16: Location as it is
--- function
module.exports = (req, res) => res.redirect(req.query.to);
--- request eval
['GET /t?to=/a', 'GET /t?to=a', 'GET /t?to=http://x.example/']
--- error_code eval
[302, 302, 302]
--- response_headers eval
['Location: /a', 'Location: a', 'Location: http://x.example/']


=== TEST 17: Connection: close
--- function
module.exports = (req, res) => res.set('Connection', 'close').send('ok');
--- raw_request eval
"GET /t HTTP/1.1\r\nHost: x\r\n\r\n"
--- response_headers
Connection: close
--- response_body: ok


=== TEST 18: other headers of the connection are nginx's
--- function
module.exports = (req, res) => {
    res.set({ 'Transfer-Encoding': 'gzip', 'Keep-Alive': 'timeout=1', 'Upgrade': 'x' });
    res.send('ok');
};
--- request
GET /t
--- response_headers
Transfer-Encoding:
Keep-Alive:
Upgrade:
Content-Length: 2
--- response_body: ok


=== TEST 19: cookies are a line each
--- function
module.exports = (req, res) => res.cookie('a', '1').cookie('b', '2').end();
--- request
GET /t
--- raw_response_headers_like: Set-Cookie: a=1; Path=/\r\nSet-Cookie: b=2; Path=/\r\n


=== TEST 20: names keep their case, values their bytes
--- function
module.exports = (req, res) => res.set('X-MiXed', '\u00e9 ; "x"').end();
--- request
GET /t
--- raw_response_headers_like eval
"X-MiXed: \xe9 ; \"x\"\r\n"


=== TEST 21: a charset in quotes, and parameters
--- function
module.exports = (req, res) => res.setHeader('Content-Type', req.query.t).end('x');
--- request eval
['GET /t?t=text/x%3b%20a=b%3b%20charset="utf-8"', 'GET /t?t=multipart/x%3bboundary=y', 'GET /t?t=text/plain']
--- response_headers eval
['Content-Type: text/x; a=b; charset="utf-8"', 'Content-Type: multipart/x;boundary=y', 'Content-Type: text/plain']


=== TEST 22: gzip_types does not see parameters
--- config
location /t { gzip on; gzip_min_length 1; gzip_types text/x; invoke ./html/fn; }
--- function
module.exports = (req, res) => res.setHeader('Content-Type', 'text/x; a=b').end('x'.repeat(50));
--- request
GET /t
--- more_headers
Accept-Encoding: gzip
--- response_headers
Content-Encoding: gzip
Content-Type: text/x; a=b


=== TEST 23: default_type is not for functions
--- config
default_type text/x;
location /t { invoke ./html/fn; }
--- function
module.exports = (req, res) => res.end('x');
--- request
GET /t
--- response_headers
! Content-Type
--- response_body: x


=== TEST 24: an ETag of the function answers If-None-Match
--- function
module.exports = (req, res) => res.set('ETag', '"v1"').send('body');
--- request eval
['GET /t', 'GET /t', 'POST /t']
--- more_headers eval
['If-None-Match: "v1"', 'If-None-Match: "v2"', 'If-None-Match: "v1"']
--- error_code eval
[304, 200, 200]
--- response_body eval
['', 'body', 'body']


=== TEST 25: a Last-Modified of the function answers If-Modified-Since
--- function
module.exports = (req, res) =>
    res.set('Last-Modified', 'Tue, 01 Jan 2030 00:00:00 GMT').send('body');
--- request eval
['GET /t', 'GET /t']
--- more_headers eval
['If-Modified-Since: Tue, 01 Jan 2030 00:00:00 GMT', 'If-Modified-Since: Tue, 01 Jan 2029 00:00:00 GMT']
--- error_code eval
[304, 200]
--- response_body eval
['', 'body']


=== TEST 26: conditions without validators are the function's business
--- function
module.exports = (req, res) => res.end('done');
--- request eval
["PUT /t\nx", 'GET /t', 'GET /t', 'GET /t']
--- more_headers eval
['If-Match: "a"', 'If-Match: "a"', 'If-Unmodified-Since: Tue, 01 Jan 2019 00:00:00 GMT', 'If-None-Match: *']
--- error_code eval
[200, 200, 200, 200]
--- response_body eval
['done', 'done', 'done', 'done']


=== TEST 27: end: no ETag is made up
--- function
module.exports = (req, res) => res.end('body');
--- request
GET /t
--- response_headers
ETag:
Last-Modified:


=== TEST 28: a range of a dynamic response is ignored
--- function
module.exports = (req, res) => res.send('0123456789');
--- request
GET /t
--- more_headers
Range: bytes=2-4
--- response_headers
Accept-Ranges:
--- response_body: 0123456789


=== TEST 29: sendFile
--- user_files
>>> fn/index.js
module.exports = (req, res) => res.sendFile('/data.txt');
>>> fn/data.txt
0123456789
--- request
GET /t
--- response_headers_like
Content-Type: text/plain; charset=utf-8
Content-Length: 11
Last-Modified: .* GMT
ETag: .*"[^"]+"
Accept-Ranges: bytes
--- raw_response_headers_unlike: (?s)Accept-Ranges.*Accept-Ranges
--- response_body
0123456789


=== TEST 30: sendFile, ranges
--- user_files
>>> fn/index.js
module.exports = (req, res) => res.sendFile('/data.txt');
>>> fn/data.txt
0123456789
--- request eval
['GET /t', 'GET /t', 'GET /t', 'HEAD /t', 'GET /t']
--- more_headers eval
['Range: bytes=2-4', 'Range: bytes=-3', 'Range: bytes=100-', 'Range: bytes=2-4',
 "Range: bytes=2-4\nIf-Range: \"other\""]
--- error_code eval
[206, 206, 416, 206, 200]
--- response_headers eval
['Content-Range: bytes 2-4/11', 'Content-Range: bytes 8-10/11', 'Content-Range: bytes */11',
 'Content-Range: bytes 2-4/11', 'Content-Range: ']
--- response_body_like eval
['^234$', "^89\n\$", '416', '^$', "^0123456789\n\$"]


=== TEST 31: sendFile, several ranges
--- user_files
>>> fn/index.js
module.exports = (req, res) => res.sendFile('/data.txt');
>>> fn/data.txt
0123456789
--- request
GET /t
--- more_headers
Range: bytes=1-2,5-6
--- error_code: 206
--- response_headers_like
Content-Type: multipart/byteranges; boundary=.*
--- response_body_like: (?s)Content-Range: bytes 1-2/11\r\n\r\n12\r\n.*Content-Range: bytes 5-6/11\r\n\r\n56\r\n


=== TEST 32: sendFile, If-None-Match and If-Match
--- user_files
>>> fn/index.js
module.exports = (req, res) => res.sendFile('/data.txt');
>>> fn/data.txt
0123456789
--- request eval
['GET /t', 'GET /t', 'GET /t']
--- more_headers eval
['If-None-Match: *', 'If-Match: "other"', 'If-Modified-Since: Tue, 01 Jan 2002 00:00:00 GMT']
--- error_code eval
[304, 412, 200]


=== TEST 76: sendFile to who wants none of a cache
--- user_files
>>> fn/index.js
module.exports = (req, res) => {
    if (req.query.header) req.headers['cache-control'] = 'no-cache';

    res.sendFile('/data.txt');
};
>>> fn/data.txt
0123456789
--- request eval
['GET /t', 'GET /t', 'GET /t', 'GET /t?header=1', 'GET /t']
--- more_headers eval
["If-None-Match: *\nCache-Control: max-age=0, no-cache",
 "If-Modified-Since: Tue, 01 Jan 2052 00:00:00 GMT\nCache-Control: no-cache",
 "If-Match: \"other\"\nCache-Control: no-cache",
 'If-None-Match: *', "If-None-Match: *\nCache-Control: no-cached"]
--- error_code eval
[200, 200, 412, 200, 304]


=== TEST 33: sendFile with a status of its own
--- user_files
>>> fn/index.js
module.exports = (req, res) => res.status(404).sendFile('/data.txt');
>>> fn/data.txt
0123456789
--- request
GET /t
--- more_headers
Range: bytes=2-4
--- error_code: 404
--- response_body
0123456789


=== TEST 34: sendFile of nothing
--- user_files eval
">>> fn/index.js\nmodule.exports = (req, res) => res.sendFile('/empty.txt');\n>>> fn/empty.txt\n"
--- request
GET /t
--- response_headers
Content-Length: 0
--- response_body:


=== TEST 35: sendFile of much, with and without sendfile
--- config
location /t { sendfile on; invoke ./html/fn; }
location /u { sendfile off; invoke ./html/fn; }
--- user_files eval
">>> fn/index.js\nmodule.exports = (req, res) => res.sendFile('/big.txt');\n>>> fn/big.txt\n"
. 'x' x 5000000
--- request eval
['GET /t', 'GET /u']
--- response_body eval
['x' x 5000000, 'x' x 5000000]


=== TEST 36: sendFile through gzip and SSI
--- config
location /t { ssi on; ssi_types *; invoke ./html/fn; }
--- user_files
>>> fn/index.js
module.exports = (req, res) => res.sendFile('/data.html');
>>> fn/data.html
<!--#echo var="request_method" -->!
--- request
GET /t
--- response_body
GET!


=== TEST 37: sendFile in a subrequest
--- config
location /page { ssi on; ssi_types *; }
location /t { invoke ./html/fn; }
--- user_files
>>> page
<!--#include virtual="/t" -->|<!--#include virtual="/t" -->
>>> fn/index.js
module.exports = (req, res) => res.sendFile('/data.txt');
>>> fn/data.txt
data
--- request
GET /page
--- response_body eval: "data\n|data\n\n"


=== TEST 38: more than two megabytes at once
--- function
module.exports = (req, res) => res.send('x'.repeat(3000000));
--- request
GET /t
--- response_headers
Content-Length: 3000000
--- response_body eval: 'x' x 3000000


=== TEST 39: more than two megabytes at once, as bytes
--- function
module.exports = (req, res) => res.send(new Uint8Array(3000000).fill(120));
--- request
GET /t
--- response_body eval: 'x' x 3000000


=== TEST 40: a stream that does not wait for 'drain'
--- function
module.exports = (req, res) => {
    for (let i = 0; i < 50; i++) {
        res.write('x'.repeat(60000));
    }
    res.end();
};
--- request
GET /t
--- response_body eval: 'x' x 3000000


=== TEST 41: limit_rate
--- config
location /t { limit_rate 100k; invoke ./html/fn; }
--- function
module.exports = async (req, res) => {
    for (let i = 0; i < 10; i++) {
        if (!res.write('x'.repeat(20000))) {
            await new Promise(r => res.once('drain', r));
        }
    }
    res.end();
};
--- request
GET /t
--- response_body eval: 'x' x 200000


=== TEST 42: limit_rate of a whole response
--- config
location /t { limit_rate 200k; limit_rate_after 100k; invoke ./html/fn; }
--- function
module.exports = (req, res) => res.send('x'.repeat(400000));
--- request
GET /t
--- response_body eval: 'x' x 400000


=== TEST 43: a head that is flushed before the body
--- function
module.exports = async (req, res) => {
    res.set('X-A', 'b');
    res.flushHeaders();
    await new Promise(r => setTimeout(r, 50));
    res.set('X-Late', 'c');
};
--- request
GET /t
--- ignore_response
--- error_log
Cannot set headers after they are sent


=== TEST 44: pipelined requests of many kinds
--- function
module.exports = async (req, res) => {
    switch (req.query.how) {
    case 'stream': res.write('s'); await null; return res.end('t');
    case 'later': await new Promise(r => setTimeout(r, 50)); return res.send('later');
    case 'never': return;
    default: return res.send(req.method + (req.body.length || 0));
    }
};
--- pipelined_requests eval
["GET /t?how=later", "POST /t\nbody", "GET /t?how=stream", "GET /t", "GET /t?how=later", "GET /t"]
--- response_body eval
['later', 'POST4', 'st', 'GET0', 'later', 'GET0']
