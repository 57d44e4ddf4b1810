# What a function sees of a request.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: method, url and path
--- function
module.exports = (req, res) => res.json([req.method, req.url, req.path]);
--- request
GET /t/a/b?x=1&y=2
--- response_body chomp
["GET","/a/b?x=1&y=2","/a/b"]



=== TEST 2: without a rest the url is /
--- function
module.exports = (req, res) => res.json([req.url, req.path, req.baseUrl]);
--- request
GET /t
--- response_body chomp
["/","/",""]



=== TEST 3: a query alone
--- function
module.exports = (req, res) => res.json([req.url, req.path]);
--- request
GET /t?x=1
--- response_body chomp
["/?x=1","/"]



=== TEST 4: a trailing slash and inner double slashes stay
--- config
    merge_slashes off;
    location /t { invoke ./html/fn; }
--- function
module.exports = (req, res) => res.json([req.url, req.path]);
--- request
GET /t/a//b/
--- response_body chomp
["/a//b/","/a//b/"]



=== TEST 5: escapes in the path are as the client sent them
--- function
module.exports = (req, res) => res.json([req.url, req.path]);
--- request
GET /t/a%20b/caf%C3%A9
--- response_body chomp
["/a%20b/caf%C3%A9","/a%20b/caf%C3%A9"]



=== TEST 6: method POST
--- function
module.exports = (req, res) => res.json(req.method);
--- request
POST /t
x
--- response_body chomp
"POST"



=== TEST 7: method PUT
--- function
module.exports = (req, res) => res.json(req.method);
--- request
PUT /t
x
--- response_body chomp
"PUT"



=== TEST 8: method PATCH
--- function
module.exports = (req, res) => res.json(req.method);
--- request
PATCH /t
x
--- response_body chomp
"PATCH"



=== TEST 9: method DELETE
--- function
module.exports = (req, res) => res.json(req.method);
--- request
DELETE /t
--- response_body chomp
"DELETE"



=== TEST 10: method OPTIONS
--- function
module.exports = (req, res) => res.json(req.method);
--- request
OPTIONS /t
--- response_body chomp
"OPTIONS"



=== TEST 11: a method of its own
--- function
module.exports = (req, res) => res.json(req.method);
--- request
PROPFIND /t
--- response_body chomp
"PROPFIND"



=== TEST 12: HEAD has no body
--- function
module.exports = (req, res) => res.json(req.method);
--- request
HEAD /t
--- response_headers
Content-Type: application/json; charset=utf-8



=== TEST 13: query: values are strings
--- function
module.exports = (req, res) => res.json(req.query);
--- request
GET /t?a=1&b=true&c=
--- response_body chomp
{"a":"1","b":"true","c":""}



=== TEST 14: query: a repeated key is an array
--- function
module.exports = (req, res) => res.json(req.query);
--- request
GET /t?a=1&b=x&a=2&a=3
--- response_body chomp
{"a":["1","2","3"],"b":"x"}



=== TEST 15: query: brackets are part of the key
--- function
module.exports = (req, res) => res.json(req.query);
--- request
GET /t?a[]=1&a[]=2&b[c]=d
--- response_body chomp
{"a[]":["1","2"],"b[c]":"d"}



=== TEST 16: query: + and escapes
--- function
module.exports = (req, res) => res.json(req.query);
--- request
GET /t?a=b+c&d%20e=%2B%26%3D&f=%C3%A9
--- response_body chomp
{"a":"b c","d e":"+&=","f":"é"}



=== TEST 17: query: wrong escapes stay as they are
--- function
module.exports = (req, res) => res.json(req.query);
--- request
GET /t?a=%zz&b=%&c=%4
--- response_body chomp
{"a":"%zz","b":"%","c":"%4"}



=== TEST 18: query: right escapes beside bytes that are no UTF-8
--- function
module.exports = (req, res) => res.json(req.query);
--- request
GET /t?a=%E9%41
--- response_body chomp
{"a":"�A"}



=== TEST 19: query: keys without a value and empty keys
--- function
module.exports = (req, res) => res.json(req.query);
--- request
GET /t?a&=b&&c=&=d
--- response_body chomp
{"a":"","":["b","d"],"c":""}



=== TEST 20: query: names of Object.prototype are ordinary keys
--- function
module.exports = (req, res) => {
    const q = req.query;

    res.json([q, Object.keys(q), q.constructor, ({}).polluted ?? null,
              Object.getPrototypeOf(q) === Object.prototype]);
};
--- request
GET /t?__proto__=x&constructor=y&hasOwnProperty=z&toString=1
--- response_body chomp
[{"__proto__":"x","constructor":"y","hasOwnProperty":"z","toString":"1"},["__proto__","constructor","hasOwnProperty","toString"],"y",null,true]



=== TEST 21: query: at most 1,000 keys
--- function
module.exports = (req, res) => {
    res.json(Object.keys(req.query).length);
};
--- request eval
"GET /t?" . CORE::join("&", map { "k$_" } 0 .. 1009)
--- response_body chomp
1000



=== TEST 22: query: none
--- function
module.exports = (req, res) => res.json([req.query, req.query.x === undefined]);
--- request
GET /t
--- response_body chomp
[{},true]



=== TEST 23: query follows a url that the function rewrites
--- function
module.exports = (req, res) => {
    const before = req.query;
    const same = before === req.query;

    req.url = '/other?b=2';
    res.json([before, same, req.query, req.path]);
};
--- request
GET /t/x?a=1
--- response_body chomp
[{"a":"1"},true,{"b":"2"},"/other"]



=== TEST 24: the query may be replaced
--- function
module.exports = (req, res) => {
    'use strict';
    req.query = { own: 1 };
    res.json(req.query);
};
--- request
GET /t?a=1
--- response_body chomp
{"own":1}



=== TEST 25: params: the id of the function
--- function
module.exports = (req, res) => {
    res.json([Object.keys(req.params), typeof req.params.functionId]);
};
--- request
GET /t
--- response_body chomp
[["functionId"],"string"]



=== TEST 26: params: those of the location
--- config
    location /t {
        invoke ./html/fn;
        invoke_param a 1;
        invoke_param b $request_method;
    }
--- function
module.exports = (req, res) => res.json({ a: req.params.a, b: req.params.b });
--- request
GET /t/x
--- response_body chomp
{"a":"1","b":"GET"}



=== TEST 27: headers have lower-case names
--- function
module.exports = (req, res) => res.json([req.headers['x-one'], req.headers['X-One'] ?? null]);
--- request
GET /t
--- more_headers
X-One: 1
--- response_body chomp
["1",null]



=== TEST 28: headers of the client, all of them
--- function
module.exports = (req, res) => res.json(req.headers);
--- request
GET /t
--- more_headers
X-A: b
Authorization: Bearer t
Accept: */*
--- response_body chomp
{"host":"localhost","connection":"close","x-a":"b","authorization":"Bearer t","accept":"*/*"}



=== TEST 29: repeated headers are joined
--- function
module.exports = (req, res) => res.json(req.headers['x-a']);
--- request
GET /t
--- more_headers
X-A: 1
X-A: 2
x-a: 3
--- response_body chomp
"1, 2, 3"



=== TEST 30: repeated Cookie headers are joined by semicolons
--- function
module.exports = (req, res) => res.json([req.headers.cookie, req.cookies]);
--- request
GET /t
--- more_headers
Cookie: a=1
Cookie: b=2
--- response_body chomp
["a=1; b=2",{"a":"1","b":"2"}]



=== TEST 31: of some headers the first one counts
--- function
module.exports = (req, res) => res.json([req.headers['user-agent'], req.headers.referer]);
--- request
GET /t
--- more_headers
User-Agent: a
User-Agent: b
Referer: c
Referer: d
--- response_body chomp
["a","c"]



=== TEST 32: headers with names of Object.prototype
--- function
module.exports = (req, res) => {
    res.json([req.headers.constructor, Object.keys(req.headers).sort()]);
};
--- request
GET /t
--- more_headers
Constructor: x
--- response_body chomp
["x",["connection","constructor","host"]]



=== TEST 33: headers are Latin-1
--- function
module.exports = (req, res) => {
    res.json(encodeURIComponent(req.get('X-A')));
};
--- request
GET /t
--- more_headers
X-A: é
--- response_body chomp
"%C3%83%C2%A9"



=== TEST 34: rawHeaders
--- function
module.exports = (req, res) => res.json(req.rawHeaders);
--- request
GET /t
--- more_headers
X-A: 1
X-B: 2
X-A: 3
--- response_body chomp
["host","localhost","connection","close","x-a","1","x-b","2","x-a","3"]



=== TEST 35: headersDistinct
--- function
module.exports = (req, res) => res.json([req.headersDistinct['x-a'], req.headersDistinct.host]);
--- request
GET /t
--- more_headers
X-A: 1
X-A: 2
--- response_body chomp
[["1","2"],["localhost"]]



=== TEST 36: get() and header() ignore the case
--- function
module.exports = (req, res) => {
    res.json([req.get('x-a'), req.get('X-A'), req.header('X-a'),
              req.get('nope') ?? null, req.get('Referer'),
              req.get('Referrer')]);
};
--- request
GET /t
--- more_headers
X-A: v
Referer: http://r/
--- response_body chomp
["v","v","v",null,"http://r/","http://r/"]



=== TEST 37: get() needs a name
--- function
module.exports = (req, res) => {
    const errors = [];

    for (const name of [undefined, '', 5]) {
        try {
            req.get(name);
        } catch (e) {
            errors.push(e.name + ': ' + e.message);
        }
    }

    res.json(errors);
};
--- request
GET /t
--- response_body chomp
["TypeError: name argument is required to req.get","TypeError: name argument is required to req.get","TypeError: name must be a string to req.get"]



=== TEST 38: cookies
--- function
module.exports = (req, res) => res.json(req.cookies);
--- request
GET /t
--- more_headers
Cookie: a=1; b="q r"; c=x%20y; d=%zz; e; =f; g=h=i; a=second
--- response_body chomp
{"a":"1","b":"q r","c":"x y","d":"%zz","":"f","g":"h=i"}



=== TEST 39: cookies: none
--- function
module.exports = (req, res) => res.json([req.cookies, req.signedCookies]);
--- request
GET /t
--- response_body chomp
[{},{}]



=== TEST 40: cookies: names of Object.prototype
--- function
module.exports = (req, res) => res.json([Object.keys(req.cookies), ({}).x ?? null]);
--- request
GET /t
--- more_headers
Cookie: __proto__=1; constructor=2; toString=3
--- response_body chomp
[["__proto__","constructor","toString"],null]



=== TEST 41: ip, ips, protocol, secure, xhr
--- function
module.exports = (req, res) => res.json([req.ip, req.ips, req.protocol, req.secure, req.xhr]);
--- request
GET /t
--- response_body chomp
["127.0.0.1",[],"http",false,false]



=== TEST 42: xhr
--- function
module.exports = (req, res) => res.json(req.xhr);
--- request
GET /t
--- more_headers
X-Requested-With: xmlhttprequest
--- response_body chomp
true



=== TEST 43: hostname and host
--- function
module.exports = (req, res) => res.json([req.hostname, req.host, req.subdomains]);
--- request
GET /t
--- more_headers
Host: a.b.example.com:8080
--- response_body chomp
["a.b.example.com","a.b.example.com:8080",["b","a"]]



=== TEST 44: hostname: an IPv6 address
--- function
module.exports = (req, res) => res.json([req.hostname, req.host, req.subdomains]);
--- request
GET /t
--- more_headers
Host: [::1]:8080
--- response_body chomp
["[::1]","[::1]:8080",[]]



=== TEST 45: hostname: an IPv4 address
--- function
module.exports = (req, res) => res.json([req.hostname, req.subdomains]);
--- request
GET /t
--- more_headers
Host: 127.0.0.1
--- response_body chomp
["127.0.0.1",[]]



=== TEST 46: HTTP version
--- function
module.exports = (req, res) => res.json([req.httpVersion, req.httpVersionMajor, req.httpVersionMinor]);
--- request
GET /t
--- response_body chomp
["1.1",1,1]



=== TEST 47: socket
--- function
module.exports = (req, res) => res.json([req.socket.remoteAddress, req.socket.remoteFamily, req.socket.encrypted, req.connection === req.socket]);
--- request
GET /t
--- response_body chomp
["127.0.0.1","IPv4",false,true]



=== TEST 48: accepts: the best of what is offered
--- function
module.exports = (req, res) => {
    res.json([req.accepts('html'), req.accepts('json'),
              req.accepts(['json', 'html']), req.accepts('json', 'html'),
              req.accepts('text/html', 'application/json'),
              req.accepts('png'), req.accepts('unknown-thing'),
              req.accepts()]);
};
--- request
GET /t
--- more_headers
Accept: text/html;q=0.9, application/json;q=0.5
--- response_body chomp
["html","json","html","html","text/html",false,false,["text/html","application/json"]]



=== TEST 49: accepts: wildcards match
--- function
module.exports = (req, res) => {
    res.json([req.accepts('html'), req.accepts('json'), req.accepts('png'),
              req.accepts('json', 'html')]);
};
--- request
GET /t
--- more_headers
Accept: text/*, */*;q=0.1
--- response_body chomp
["html","json","png","html"]



=== TEST 50: accepts: without the header all is accepted
--- function
module.exports = (req, res) => res.json([req.accepts('json'), req.accepts('a/b', 'json'), req.accepts()]);
--- request
GET /t
--- response_body chomp
["json","a/b",["*/*"]]



=== TEST 51: accepts: q=0 refuses
--- function
module.exports = (req, res) => res.json([req.accepts('html'), req.accepts('json')]);
--- request
GET /t
--- more_headers
Accept: text/html;q=0, */*
--- response_body chomp
[false,"json"]



=== TEST 52: accepts: parameters
--- function
module.exports = (req, res) => res.json([req.accepts('text/html'), req.accepts('text/html;level=1')]);
--- request
GET /t
--- more_headers
Accept: text/html;level=1
--- response_body chomp
[false,"text/html;level=1"]



=== TEST 53: acceptsEncodings
--- function
module.exports = (req, res) => {
    res.json([req.acceptsEncodings(), req.acceptsEncodings('br'),
              req.acceptsEncodings('deflate', 'gzip'),
              req.acceptsEncodings('identity')]);
};
--- request
GET /t
--- more_headers
Accept-Encoding: gzip, deflate;q=0.5
--- response_body chomp
[["gzip","deflate","identity"],false,"gzip","identity"]



=== TEST 54: acceptsCharsets
--- function
module.exports = (req, res) => res.json([req.acceptsCharsets(), req.acceptsCharsets('utf-8', 'iso-8859-1'), req.acceptsCharsets('koi8-r')]);
--- request
GET /t
--- more_headers
Accept-Charset: iso-8859-1, UTF-8;q=0.5
--- response_body chomp
[["iso-8859-1","UTF-8"],"iso-8859-1",false]



=== TEST 55: acceptsLanguages
--- function
module.exports = (req, res) => {
    res.json([req.acceptsLanguages(), req.acceptsLanguages('en', 'de'),
              req.acceptsLanguages('de-AT'), req.acceptsLanguages('fr')]);
};
--- request
GET /t
--- more_headers
Accept-Language: de-AT, de;q=0.8, en;q=0.5
--- response_body chomp
[["de-AT","de","en"],"de","de-AT",false]



=== TEST 56: is
--- function
module.exports = (req, res) => {
    res.json([req.is('json'), req.is('application/json'), req.is('html'),
              req.is('application/*'), req.is('*/json'), req.is('*/*'),
              req.is(['html', 'json']), req.is('html', 'json'),
              req.is('nope'), req.is('text/*')]);
};
--- request
POST /t
{}
--- more_headers
Content-Type: application/json; charset=utf-8
--- response_body chomp
["json","application/json",false,"application/json","application/json","application/json","json","json",false,false]



=== TEST 57: is: without a content type
--- function
module.exports = (req, res) => res.json([req.is('json'), req.is('*/*')]);
--- request
GET /t
--- response_body chomp
[null,null]



=== TEST 58: is: suffixes, forms
--- function
module.exports = (req, res) => res.json([req.is('+json'), req.is('*/*+json'), req.is('application/*+json'), req.is('+xml')]);
--- request
POST /t
{}
--- more_headers
Content-Type: application/vnd.x+json
--- response_body chomp
["application/vnd.x+json","application/vnd.x+json","application/vnd.x+json",false]



=== TEST 59: is: urlencoded
--- function
module.exports = (req, res) => res.json([req.is('urlencoded'), req.is('multipart')]);
--- request
POST /t
a=1
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- response_body chomp
["urlencoded",false]



=== TEST 60: range
--- function
module.exports = (req, res) => {
    const list = req.range(100);

    res.json([list, list.type]);
};
--- request
GET /t
--- more_headers
Range: bytes=0-4, 90-, -3
--- response_body chomp
[[{"start":0,"end":4},{"start":90,"end":99},{"start":97,"end":99}],"bytes"]



=== TEST 61: range: combined
--- function
module.exports = (req, res) => res.json(req.range(100, { combine: true }));
--- request
GET /t
--- more_headers
Range: bytes=10-20,0-5,6-9,50-60
--- response_body chomp
[{"start":0,"end":20},{"start":50,"end":60}]



=== TEST 62: range: nothing that can be given, malformed, none
--- function
module.exports = (req, res) => res.json([req.range(5), (delete req.headers.range, req.range(5)) ?? null]);
--- request
GET /t
--- more_headers
Range: bytes=10-20
--- response_body chomp
[-1,null]



=== TEST 63: range: malformed
--- function
module.exports = (req, res) => res.json(req.range(5));
--- request
GET /t
--- more_headers
Range: bytes
--- response_body chomp
-2



=== TEST 64: fresh and stale
--- function
module.exports = (req, res) => {
    const result = [req.fresh, req.stale];

    res.set('ETag', '"a"');
    result.push(req.fresh, req.stale);
    res.set('ETag', '"b"');
    result.push(req.fresh);
    res.removeHeader('ETag');
    res.json(result);
};
--- request
GET /t
--- more_headers
If-None-Match: W/"a"
--- response_body chomp
[false,true,true,false,false]



=== TEST 65: param()
--- config
    location /t {
        invoke ./html/fn;
        invoke_param p param;
    }
--- function
module.exports = (req, res) => {
    res.json([req.param('p'), req.param('q'), req.param('b'),
              req.param('none', 'default'), req.param('toString') ?? null]);
};
--- request
POST /t?q=query&p=query
{"b":"body","q":"body"}
--- more_headers
Content-Type: application/json
--- response_body chomp
["param","query","body","default",null]



=== TEST 66: a function may set what it likes on req
--- function
module.exports = (req, res) => {
    'use strict';
    req.user = { name: 'x' };
    req.params = { own: 1 };
    req.cookies = { c: 1 };
    req.body = 'b';
    req.headers = { h: 1 };
    req.baseUrl = '/base';
    req.originalUrl = '/o';
    res.json([req.user, req.params, req.cookies, req.body, req.headers,
              req.baseUrl, req.originalUrl]);
};
--- request
GET /t
--- response_body chomp
[{"name":"x"},{"own":1},{"c":1},"b",{"h":1},"/base","/o"]



=== TEST 67: what is read twice is the same object
--- function
module.exports = (req, res) => res.json([req.headers === req.headers, req.params === req.params, req.cookies === req.cookies, req.body === req.body]);
--- request
GET /t
--- response_body chomp
[true,true,true,true]



=== TEST 68: req.res and res.req
--- function
module.exports = (req, res) => res.json([req.res === res, res.req === req]);
--- request
GET /t
--- response_body chomp
[true,true]



=== TEST 69: req and res cannot be made
--- function
module.exports = (req, res) => {
    const errors = [];

    for (const object of [req, res]) {
        for (const argument of [undefined, {}, { id: 1 }, 1]) {
            try {
                new object.constructor(argument, 'GET', '/');
                errors.push('made');
            } catch (e) {
                errors.push(e.message);
            }
        }
    }

    res.json([...new Set(errors)]);
};
--- request
GET /t
--- response_body chomp
["Illegal constructor"]



=== TEST 70: the environment that a request came in does not pass to the next
--- function
let count = 0;

module.exports = (req, res) => {
    globalThis.count = (globalThis.count ?? 0) + 1;
    res.json([++count, globalThis.count, req.query]);
};
--- request eval
["GET /t?a=1",
 "GET /t?b=2"]
--- response_body eval
["[1,1,{\"a\":\"1\"}]",
 "[1,1,{\"b\":\"2\"}]"]



=== TEST 71: with isolation "function" the module lives on, requests do not mix
--- config
    location /t {
        invoke ./html/fn;
        invoke_isolation function;
    }
--- function
let count = 0;

module.exports = (req, res) => {
    res.json([++count, req.query, req.headers.host]);
};
--- request eval
["GET /t?a=1",
 "GET /t?b=2",
 "GET /t"]
--- response_body eval
["[1,{\"a\":\"1\"},\"localhost\"]",
 "[2,{\"b\":\"2\"},\"localhost\"]",
 "[3,{},\"localhost\"]"]



=== TEST 72: query: empty pairs count among the 1,000, as in Node
--- function
module.exports = (req, res) => res.json(req.query);
--- request eval
"GET /t?" . "&" x 999 . "a=1&b=2"
--- response_body chomp
{"a":"1"}



=== TEST 73: socket: the port that the client has
--- config
    location /t {
        invoke ./html/fn;
        invoke_param port $remote_port;
    }
--- function
module.exports = (req, res) => {
    const { remotePort } = req.socket;

    res.json([typeof remotePort, remotePort > 0,
              `${remotePort}` === req.params.port]);
};
--- request
GET /t
--- response_body chomp
["number",true,true]



=== TEST 74: host: a header that the function has changed counts
--- function
module.exports = (req, res) => {
    const hosts = [req.host, req.hostname];

    req.headers.host = 'Other.example:81';
    hosts.push(req.host, req.hostname);
    delete req.headers.host;
    hosts.push(req.host === undefined, req.hostname === undefined);
    res.json(hosts);
};
--- request
GET /t
--- more_headers
Host: some.example
--- response_body chomp
["some.example","some.example","Other.example:81","Other.example",true,true]
