# req.body and req.rawBody.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: JSON object
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
{"a":[1,2,{"b":null}],"c":"é"}
--- more_headers
Content-Type: application/json
--- response_body chomp
{"a":[1,2,{"b":null}],"c":"é"}



=== TEST 2: JSON array
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
[1,"a"]
--- more_headers
Content-Type: application/json
--- response_body chomp
[1,"a"]



=== TEST 3: JSON of any method
--- function
module.exports = (req, res) => res.json(req.body);
--- request
PUT /t
{"a":1}
--- more_headers
Content-Type: application/json
--- response_body chomp
{"a":1}



=== TEST 4: JSON with a charset
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
{"a":1}
--- more_headers
Content-Type: Application/JSON; charset="UTF-8"
--- response_body chomp
{"a":1}



=== TEST 5: JSON of a structured suffix
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
{"a":1}
--- more_headers
Content-Type: application/vnd.api+json
--- response_body chomp
{"a":1}



=== TEST 6: JSON with white space around it
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
  {"a" : 1}
--- more_headers
Content-Type: application/json
--- response_body chomp
{"a":1}



=== TEST 7: JSON: keys named as those of Object.prototype
--- function
module.exports = (req, res) => res.json([Object.keys(req.body), ({}).x ?? null]);
--- request
POST /t
{"__proto__":{"x":1},"constructor":2}
--- more_headers
Content-Type: application/json
--- response_body chomp
[["__proto__","constructor"],null]



=== TEST 8: empty body with a JSON type
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
--- more_headers
Content-Type: application/json
Content-Length: 0
--- response_body chomp
{}



=== TEST 9: no body at all
--- function
module.exports = (req, res) => res.json([req.body, req.rawBody.length]);
--- request
GET /t
--- more_headers
Content-Type: application/json
--- response_body chomp
[{},0]



=== TEST 10: malformed JSON is a 400 that names the place: a comma too many
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
{"a":1,}
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body_like chomp
"message":"[^(]+ at position 7 \(line 1 column 8\)
--- error_log
bad_request



=== TEST 11: malformed JSON is a 400 that names the place: the end is missing
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
{"a":[1,2
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body_like chomp
"message":"[^(]+ at position 9 \(line 1 column 10\)
--- error_log
bad_request



=== TEST 12: malformed JSON is a 400 that names the place: on a later line
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
{
  "a": 1,
  b: 2
}
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body_like chomp
"message":"[^(]+ at position 14 \(line 3 column 3\)
--- error_log
bad_request



=== TEST 13: malformed JSON is a 400 that names the place: no JSON
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
<xml/>
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body_like chomp
"message":"[^(]+ at position 0 \(line 1 column 1\)
--- error_log
bad_request



=== TEST 14: malformed JSON is a 400 that names the place: text after the end
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
{"a":1} x
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body_like chomp
"message":"[^(]+ at position 8 \(line 1 column 9\)
--- error_log
bad_request



=== TEST 15: malformed JSON is a 400 that names the place: a bad literal
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
{"a":tru}
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body_like chomp
"message":"[^(]+ at position [58] \(line 1 column [69]\)
--- error_log
bad_request



=== TEST 16: malformed JSON is a 400 that names the place: a single quote
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
{'a':1}
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body_like chomp
"message":"[^(]+ at position 1 \(line 1 column 2\)
--- error_log
bad_request



=== TEST 17: malformed JSON is a 400 that names the place: an open string
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
{"a":"x
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body_like chomp
"message":"[^(]+ at position 7 \(line 1 column 8\)
--- error_log
bad_request



=== TEST 18: JSON that is no object: 5
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
5
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body_like chomp
"message":"[^(]+ at position 0 \(line 1 column 1\)
--- error_log
bad_request



=== TEST 19: JSON that is no object: "x"
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
"x"
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body_like chomp
"message":"[^(]+ at position 0 \(line 1 column 1\)
--- error_log
bad_request



=== TEST 20: JSON that is no object: null
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
null
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body_like chomp
"message":"[^(]+ at position 0 \(line 1 column 1\)
--- error_log
bad_request



=== TEST 21: JSON that is no object: true
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
true
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body_like chomp
"message":"[^(]+ at position 0 \(line 1 column 1\)
--- error_log
bad_request



=== TEST 22: malformed JSON that nobody reads does no harm
--- function
module.exports = (req, res) => res.send('fine');
--- request
POST /t
{bad
--- more_headers
Content-Type: application/json
--- response_body chomp
fine



=== TEST 23: the error may be caught, and the raw body read
--- function
module.exports = (req, res) => {
    try {
        res.json(req.body);
    } catch (e) {
        res.status(422).json([e instanceof SyntaxError, e.name, e.message,
                              e.status, e.type, e.body,
                              req.rawBody.length]);
    }
};
--- request
POST /t
{bad
--- more_headers
Content-Type: application/json
--- error_code: 422
--- response_body_like chomp
^\[true,"SyntaxError","[^(]+ in JSON at position 1 \(line 1 column 2\)",400,"entity.parse.failed","\{bad",4\]$



=== TEST 24: an error of the same name that the function makes is an exception
--- function
module.exports = () => {
    const e = new Error('own');

    e.code = 'bad_request';
    e.status = 400;
    throw e;
};
--- request
GET /t
--- error_code: 400
--- response_body_like chomp
"message":"own","error":\{"code":"exception"
--- error_log
[info]
exception: Error: own



=== TEST 25: charset that JSON cannot have is a 415
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
{}
--- more_headers
Content-Type: application/json; charset=latin1
--- error_code: 415
--- response_body_like chomp
"message":"unsupported charset \\"LATIN1\\"","error":\{"code":"bad_request"
--- error_log
unsupported charset



=== TEST 26: unknown charset of a text is a 415
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
x
--- more_headers
Content-Type: text/plain; charset=klingon
--- error_code: 415
--- response_body_like chomp
"message":"unsupported charset \\"KLINGON\\""
--- error_log
unsupported charset



=== TEST 27: an encoding that is not known is a 415
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
x
--- more_headers
Content-Type: application/json
Content-Encoding: zstd
--- error_code: 415
--- response_body_like chomp
unsupported content encoding \\"zstd\\"
--- error_log
unsupported content encoding



=== TEST 28: form
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
a=1&b=x+y&c=%C3%A9&d=&e
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- response_body chomp
{"a":"1","b":"x y","c":"é","d":"","e":""}



=== TEST 29: form: a repeated name is an array
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
a=1&a=2&a=3
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- response_body chomp
{"a":["1","2","3"]}



=== TEST 30: form: nesting
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
a[]=1&a[]=2&c[d]=1&c[e][f]=2&g[0]=x&g[1]=y&h%5Bi%5D=z
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- response_body chomp
{"a":["1","2"],"c":{"d":"1","e":{"f":"2"}},"g":["x","y"],"h":{"i":"z"}}



=== TEST 31: form: arrays of objects, holes
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
a[0][b]=1&a[0][c]=2&a[2][b]=3&d[5]=x&d[3]=y
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- response_body chomp
{"a":[{"b":"1","c":"2"},{"b":"3"}],"d":["y","x"]}



=== TEST 32: form: indexes beyond the limit are keys
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
a[100]=x&a[1]=y
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- response_body chomp
{"a":{"1":"y","100":"x"}}



=== TEST 33: form: mixed uses of a name
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
a=1&a[b]=2&c[d]=1&c=2&e[]=1&e[x]=2
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- response_body chomp
{"a":["1",{"b":"2"}],"c":[{"d":"1"},"2"],"e":{"0":"1","x":"2"}}



=== TEST 34: form: wrong escapes stay as they are
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
a=%zz&b=%E9
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- response_body chomp
{"a":"%zz","b":"%E9"}



=== TEST 35: form: names of Object.prototype
--- function
module.exports = (req, res) => res.json([Object.keys(req.body), req.body.toString, ({}).x ?? null, ({}).y ?? null]);
--- request
POST /t
__proto__[x]=1&a[__proto__][y]=1&toString=2
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- response_body chomp
[["a","toString"],"2",null,null]



=== TEST 36: form: Latin-1
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
a=%E9
--- more_headers
Content-Type: application/x-www-form-urlencoded; charset=iso-8859-1
--- response_body chomp
{"a":"é"}



=== TEST 37: form: other charsets are a 415
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
a=1
--- more_headers
Content-Type: application/x-www-form-urlencoded; charset=utf-16
--- error_code: 415
--- response_body_like chomp
unsupported charset \\"UTF-16\\"
--- error_log
unsupported charset



=== TEST 38: form: too deep
--- function
module.exports = (req, res) => res.json(req.body);
--- request eval
"POST /t\na" . ("[b]" x 40) . "=1"
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- error_code: 400
--- response_body_like chomp
The input exceeded the depth
--- error_log
bad_request



=== TEST 39: form: too many parameters
--- function
module.exports = (req, res) => res.json(req.body);
--- request eval
"POST /t\n" . CORE::join("&", map { "a$_=1" } 0 .. 1000)
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- error_code: 400
--- response_body_like chomp
too many parameters
--- error_log
bad_request



=== TEST 40: form: empty
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
--- more_headers
Content-Type: application/x-www-form-urlencoded
Content-Length: 0
--- response_body chomp
{}



=== TEST 41: text is a string
--- function
module.exports = (req, res) => res.json([req.body, typeof req.body]);
--- request
POST /t
héllo
--- more_headers
Content-Type: text/plain
--- response_body chomp
["héllo","string"]



=== TEST 42: HTML is a string
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
<b>x</b>
--- more_headers
Content-Type: text/html; charset=utf-8
--- response_body chomp
"<b>x</b>"



=== TEST 43: text in Latin-1
--- function
module.exports = (req, res) => res.json([req.body.length, encodeURIComponent(req.body)]);
--- request
POST /t
é
--- more_headers
Content-Type: text/plain; charset=ISO-8859-1
--- response_body chomp
[2,"%C3%83%C2%A9"]



=== TEST 44: empty text
--- function
module.exports = (req, res) => res.json([req.body, typeof req.body]);
--- request
POST /t
--- more_headers
Content-Type: text/plain
Content-Length: 0
--- response_body chomp
["","string"]



=== TEST 45: other types are bytes
--- function
module.exports = (req, res) => res.json([req.body instanceof Uint8Array, [...req.body], req.body === req.rawBody]);
--- request
POST /t
abé
--- more_headers
Content-Type: application/octet-stream
--- response_body chomp
[true,[97,98,195,169],true]



=== TEST 46: multipart is bytes
--- function
module.exports = (req, res) => res.json([req.body instanceof Uint8Array, req.body.length]);
--- request
POST /t
--x--
--- more_headers
Content-Type: multipart/form-data; boundary=x
--- response_body chomp
[true,5]



=== TEST 47: a body without a type is bytes
--- function
module.exports = (req, res) => res.json([req.body instanceof Uint8Array, req.body.length]);
--- request
POST /t
abc
--- response_body chomp
[true,3]



=== TEST 48: rawBody beside a parsed body
--- function
module.exports = (req, res) => res.json([req.body, [...req.rawBody]]);
--- request
POST /t
{"a":1}
--- more_headers
Content-Type: application/json
--- response_body chomp
[{"a":1},[123,34,97,34,58,49,125]]



=== TEST 49: a byte order mark is dropped
--- function
module.exports = (req, res) => {
    res.json([req.body, req.rawBody.length]);
};
--- request
POST /t
﻿{"a":1}
--- more_headers
Content-Type: application/json
--- response_body chomp
[{"a":1},10]



=== TEST 50: a body that nginx keeps in a file
--- config
    location /t {
        invoke ./html/fn;
        client_body_in_file_only clean;
    }
--- function
module.exports = (req, res) => res.json([req.body.a, req.rawBody.length]);
--- request
POST /t
{"a":"in a file"}
--- more_headers
Content-Type: application/json
--- response_body chomp
["in a file",17]



=== TEST 51: a large JSON body
--- function
module.exports = (req, res) => {
    res.json([req.body.list.length, req.body.list.at(-1)]);
};
--- request eval
"POST /t\n{\"list\":[" . CORE::join(",", map { qq("item $_") } 0 .. 2999) . "]}"
--- more_headers
Content-Type: application/json
--- response_body chomp
[3000,"item 2999"]



=== TEST 52: a body over client_max_body_size does not reach the function
--- config
    location /t {
        invoke ./html/fn;
        client_max_body_size 5;
    }
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
0123456789
--- more_headers
Content-Type: text/plain
--- error_code: 413
--- response_body_like chomp
413 Request Entity Too Large
--- error_log
client intended to send too large body



=== TEST 53: an object of the function in place of the body
--- function
module.exports = (req, res) => {
    req.body = { mine: true };
    res.json(req.body);
};
--- request
POST /t
{bad
--- more_headers
Content-Type: application/json
--- response_body chomp
{"mine":true}



=== TEST 54: JSON: an error behind a string of many megabytes
--- config
    location /t {
        invoke ./html/fn;
        client_max_body_size 32m;
        client_body_buffer_size 32m;
    }
--- function
module.exports = (req, res) => {
    try {
        res.json(req.body);
    } catch (e) {
        res.json([e.name, e.status, / position 20000009 /.test(e.message)]);
    }
};
--- request eval
"POST /t\n" . '["' . "x" x 20_000_000 . '", "a" 1]'
--- more_headers
Content-Type: application/json
--- response_body chomp
["SyntaxError",400,true]



=== TEST 55: texts in UTF-16, of either order and with half a character
--- function
module.exports = (req, res) => res.json([typeof req.body, req.body]);
--- request eval
["POST /t\n" . "h\0\xac\x20i",
 "POST /t\n" . "\0h\x20\xac\0i",
 "POST /t\n" . "\xfe\xff\0h\x20\xac",
 "POST /t\n" . "\xff\xfeh\0\x3d\xd8\0\xde"]
--- more_headers eval
["Content-Type: text/plain; charset=utf-16le",
 "Content-Type: text/plain; charset=utf-16be",
 "Content-Type: text/plain; charset=utf-16",
 "Content-Type: text/plain; charset=utf-16"]
--- response_body eval
["[\"string\",\"h\xe2\x82\xac\"]",
 "[\"string\",\"h\xe2\x82\xaci\"]",
 "[\"string\",\"h\xe2\x82\xac\"]",
 "[\"string\",\"h\xf0\x9f\x98\x80\"]"]



=== TEST 56: bodies of each encoding and type
--- function
module.exports = (req, res) => res.json([
    req.body, Buffer.isBuffer(req.body), req.rawBody.length,
]);
--- request eval
use IO::Compress::Gzip ();
use IO::Compress::Deflate ();
sub deflated { my ($s) = @_; my $out; IO::Compress::Deflate::deflate(\$s, \$out); $out }
sub gzipped { my ($s) = @_; my $out; IO::Compress::Gzip::gzip(\$s, \$out, -Minimal => 1); $out }
["POST /t\n" . gzipped("{\"a\":\"\xc3\xa9\"}"),
 "POST /t\n" . deflated("a=1&b=2"),
 "POST /t\n" . pack("H*", "8f0a807b2261223a22c3a9222c226e223a5b312c322c335d7d03"),
 "POST /t\n" . gzipped("\xff\xfeh\0i\0"),
 "POST /t\n" . gzipped("\xef\xbb\xbfhi"),
 "POST /t\n" . gzipped("hi")]
--- more_headers eval
["Content-Type: application/json\nContent-Encoding: gzip",
 "Content-Type: application/x-www-form-urlencoded\nContent-Encoding: deflate",
 "Content-Type: application/json\nContent-Encoding: BR",
 "Content-Type: text/plain; charset=utf-16le\nContent-Encoding: gzip",
 "Content-Type: text/plain\nContent-Encoding: gzip",
 "Content-Type: application/octet-stream\nContent-Encoding: gzip"]
--- response_body_like eval
[qr/^\[\{"a":"\xc3\xa9"\},false,\d+\]$/,
 qr/^\[\{"a":"1","b":"2"\},false,\d+\]$/,
 qr/^\[\{"a":"\xc3\xa9","n":\[1,2,3\]\},false,26\]$/,
 qr/^\["hi",false,\d+\]$/,
 qr/^\["hi",false,\d+\]$/,
 qr/^\[\{"type":"Buffer","data":\[104,105\]\},true,\d+\]$/]



=== TEST 57: an encoding that the body is not of, or not all of
--- function
module.exports = (req, res) => res.json(req.body);
--- request eval
use IO::Compress::Gzip ();
sub gzipped { my ($s) = @_; my $out; IO::Compress::Gzip::gzip(\$s, \$out); $out }
["POST /t\n{}", "POST /t\n" . substr(gzipped('{"a":1}'), 0, 20), "POST /t\n{}"]
--- more_headers eval
["Content-Type: application/json\nContent-Encoding: gzip",
 "Content-Type: application/json\nContent-Encoding: gzip",
 "Content-Type: application/json\nContent-Encoding: gzip, br"]
--- error_code eval
[400, 400, 415]
--- response_body_like eval
[qr/"message":"(?:unexpected end of file|incorrect header check)","error":\{"code":"bad_request"/,
 qr/"message":"unexpected end of file","error":\{"code":"bad_request"/,
 qr/unsupported content encoding \\"gzip, br\\"/]



=== TEST 58: a body that is too large once it is inflated
--- config
    location /t { invoke ./html/fn; }
    location /caught { invoke ./html/fn; }
--- function
module.exports = (req, res) => {
    try {
        res.json(req.body.length);
    } catch (e) {
        if (req.originalUrl === '/t') {
            throw e;
        }
        res.status(e.status).json([e.message, e.type, e.limit]);
    }
};
--- request eval
use IO::Compress::Gzip ();
sub gzipped { my ($s) = @_; my $out; IO::Compress::Gzip::gzip(\$s, \$out); $out }
["POST /t\n" . gzipped("x" x (10 * 1024 * 1024)),
 "POST /t\n" . gzipped("x" x (10 * 1024 * 1024 + 1)),
 "POST /caught\n" . gzipped("x" x (100 * 1024 * 1024)),
 "POST /t\n" . gzipped("x")]
--- more_headers
Content-Type: text/plain
Content-Encoding: gzip
--- error_code eval
[200, 413, 413, 200]
--- response_body_like eval
[qr/^10485760$/,
 qr/"message":"request entity too large","error":\{"code":"bad_request"/,
 qr/^\["request entity too large","entity.too.large",10485760\]$/,
 qr/^1$/]



=== TEST 59: JSON of blanks alone is none
--- function
module.exports = (req, res) => res.json(req.body);
--- raw_request eval
"POST /t HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
. "Content-Type: application/json\r\nContent-Length: 4\r\n\r\n \t\r\n"
--- error_code: 400
--- response_body_like chomp
"message":"Unexpected end of JSON input","error":\{"code":"bad_request"



=== TEST 60: text in each charset that TextDecoder has
--- function
module.exports = (req, res) => res.send(req.body);
--- request eval
["POST /t\n\xc9\xcd\xd1", "POST /t\n\x80", "POST /t\n\x82\xa0"]
--- more_headers eval
["Content-Type: text/plain; charset=koi8-r",
 "Content-Type: text/plain; charset=windows-1252",
 "Content-Type: text/csv; charset=Shift_JIS"]
--- response_body eval
["имя", "€", "あ"]
