# Functions among nginx's other modules and ways of handing a request on.

use TestInvoke 'no_plan';

no_root_location();

add_block_preprocessor(sub {
    my $block = shift;

    my $config = $block->config // 'location /t { invoke ./html/fn; }';

    $block->set_value('config', "root html;\n$config");
});

run_tests();

__DATA__

=== TEST 1: the URL after a prefix location
--- function
module.exports = (req, res) => res.json([req.url, req.path, req.originalUrl]);
--- request eval
['GET /t', 'GET /t/', 'GET /t/a/b?x=1', 'GET /tab', 'GET /t?x=1', 'GET /t//a//b/',
 'GET /t/a%20b%2Fc', 'GET //t//a', 'GET /%74/a', 'GET /x/../t/a/./b', 'GET /t/%2e%2e/t/b',
 'GET /t/a?b?c=%26', 'GET /t/a.b..c/...']
--- response_body eval
['["/","/","/t"]', '["/","/","/t/"]', '["/a/b?x=1","/a/b","/t/a/b?x=1"]', '["/ab","/ab","/tab"]',
 '["/?x=1","/","/t?x=1"]', '["//a//b/","//a//b/","/t//a//b/"]',
 '["/a%20b%2Fc","/a%20b%2Fc","/t/a%20b%2Fc"]', '["//a","//a","//t//a"]', '["/a","/a","/%74/a"]',
 '["/a/b","/a/b","/x/../t/a/./b"]', '["/b","/b","/t/%2e%2e/t/b"]',
 '["/a?b?c=%26","/a","/t/a?b?c=%26"]', '["/a.b..c/...","/a.b..c/...","/t/a.b..c/..."]']


=== TEST 2: the URL after the location of all
--- config
location / { invoke ./html/fn; }
--- function
module.exports = (req, res) => res.json([req.url, req.path, req.originalUrl]);
--- request eval
['GET /', 'GET /a/b?x=1', 'GET //a']
--- response_body eval
['["/","/","/"]', '["/a/b?x=1","/a/b","/a/b?x=1"]', '["//a","//a","//a"]']


=== TEST 3: without merge_slashes
--- config
merge_slashes off;
location /t//u { invoke ./html/fn; }
--- function
module.exports = (req, res) => res.json([req.url, req.originalUrl]);
--- request
GET /t//u//a
--- response_body: ["//a","/t//u//a"]


=== TEST 4: a regular location has no prefix
--- config
location ~ ^/t/(?<name>\w+) { invoke ./html/$name; }
--- function
module.exports = (req, res) => res.send(req.url);
--- request
GET /t/fn/a%20b?x
--- response_body: /t/fn/a%20b?x


=== TEST 5: but may have a path
--- config
location ~ ^/t/(?<name>\w+)(?<rest>.*) { invoke ./html/$name; invoke_path $rest; }
--- function
module.exports = (req, res) => res.send(req.url);
--- request eval
['GET /t/fn/a/b?x=1', 'GET /t/fn', 'GET /t/fn?x=1']
--- response_body eval
['/a/b?x=1', '/', '/?x=1']


=== TEST 6: a path with a query of its own
--- config
location /t { invoke ./html/fn; invoke_path /a?b=$arg_x; }
--- function
module.exports = (req, res) => res.json([req.url, req.query]);
--- request
GET /t?x=1&y=2
--- response_body: ["/a?b=1",{"b":"1"}]


=== TEST 7: the whole URI as the path
--- config
location /t { invoke ./html/fn; invoke_path $request_uri; }
--- function
module.exports = (req, res) => res.send(req.url);
--- request
GET /t/a%20b?x=1
--- response_body: /t/a%20b?x=1


=== TEST 8: a rewritten URI is escaped anew
--- config
location /t { rewrite ^/t/(.*) /t/new/$1 break; invoke ./html/fn; }
--- function
module.exports = (req, res) => res.json([req.url, req.originalUrl]);
--- request
GET /t/a%20b%25c%3Fd?x=1
--- response_body: ["/new/a%20b%25c%3Fd?x=1","/t/a%20b%25c%3Fd?x=1"]


=== TEST 9: a rewrite to elsewhere that stays in the location
--- config
location /t { rewrite ^ /else break; invoke ./html/fn; }
--- function
module.exports = (req, res) => res.send(req.url);
--- request
GET /t/a
--- response_body: /else


=== TEST 10: a rewrite with arguments
--- config
location /t { rewrite ^/t/(.*) /t/x?name=$1 break; invoke ./html/fn; }
--- function
module.exports = (req, res) => res.send(req.url);
--- request
GET /t/a?y=1
--- response_body: /x?name=a&y=1


=== TEST 11: a named location by try_files
--- config
location / { try_files $uri @fn; }
location @fn { invoke ./html/fn; }
--- user_files
>>> there.txt
static
>>> fn/index.js
module.exports = (req, res) => res.send('function of ' + req.url);
--- request eval
['GET /there.txt', 'GET /not/there?x=1']
--- response_body eval
["static\n", 'function of /not/there?x=1']


=== TEST 12: an internal redirect by try_files
--- config
location / { try_files $uri /fn/fallback?from=$uri; }
location /fn { internal; invoke ./html/fn; }
--- function
module.exports = (req, res) => res.json([req.url, req.originalUrl]);
--- request eval
['GET /none', 'GET /fn']
--- error_code eval
[200, 404]
--- response_body_like eval
[qr/^\["\/fallback\?from=\/none","\/none"\]$/, '404 Not Found']


=== TEST 13: an error page of a proxy
--- config
location /t {
    proxy_pass http://127.0.0.1:$TEST_NGINX_PORT_4/;
    error_page 502 = @fn;
}
location @fn { invoke ./html/fn; }
--- function
module.exports = (req, res) => res.send(`instead of ${req.url}`);
--- request
GET /t/x
--- response_body: instead of /t/x
--- error_log
connect() failed


=== TEST 14: error_page keeps the status
--- config
location /t { return 404; error_page 404 /fn; }
location /fn { invoke ./html/fn; }
--- function
module.exports = (req, res) => res.send('my 404 for ' + req.originalUrl);
--- request
GET /t/x
--- error_code: 404
--- response_body: my 404 for /t/x


=== TEST 15: beside proxy_pass, as its backend
--- config
location /front { proxy_pass http://127.0.0.1:$TEST_NGINX_SERVER_PORT/t; proxy_set_header X-Via front; }
location /t { invoke ./html/fn; }
--- function
module.exports = (req, res) => res.json([req.url, req.get('x-via'), req.httpVersion]);
--- request
GET /front/a
--- response_body: ["/a","front","1.0"]


=== TEST 16: in an if, by the method
--- config
location /t {
    if ($request_method = POST) {
        invoke ./html/fn;
    }

    return 200 "not posted";
}
--- function
module.exports = (req, res) => res.send(req.method + req.url);
--- request eval
['GET /t/a', "POST /t/a\nx"]
--- response_body eval
['not posted', 'not posted']


=== TEST 17: an if that picks the function
--- config
location /t {
    invoke ./html/fn;

    if ($arg_v = 2) {
        invoke ./html/fn2;
    }
}
--- user_files
>>> fn/index.js
module.exports = (req, res) => res.send('1' + req.url);
>>> fn2/index.js
module.exports = (req, res) => res.send('2' + req.url);
--- request eval
['GET /t/a', 'GET /t/a?v=2']
--- response_body eval
['1/a', '2/a?v=2']


=== TEST 18: a map picks the function
--- http_config
map $cookie_group $name { default fn; beta fn2; }
--- config
location /t { invoke ./html/$name; }
--- user_files
>>> fn/index.js
module.exports = (req, res) => res.send('1');
>>> fn2/index.js
module.exports = (req, res) => res.send('2');
--- request eval
['GET /t', 'GET /t']
--- more_headers eval
['', 'Cookie: group=beta']
--- response_body eval
['1', '2']


=== TEST 19: auth_request guards a function
--- config
location /t { auth_request /auth; auth_request_set $user $sent_http_x_user; invoke ./html/fn; invoke_param user $user; }
location = /auth { internal; invoke ./html/auth; }
--- user_files
>>> fn/index.js
module.exports = (req, res) => res.send(`hello ${req.params.user}, ${req.body}`);
>>> auth/index.js
module.exports = (req, res) => {
    if (req.method !== 'GET' || req.get('content-length') !== undefined)
        return res.sendStatus(500);
    if (req.get('authorization') !== 'let me in')
        return res.set('WWW-Authenticate', 'Basic').sendStatus(401);
    res.set('X-User', 'joe').end('this is not read');
};
--- request eval
["POST /t\nbody", "POST /t\nbody"]
--- more_headers eval
["Content-Type: text/plain", "Content-Type: text/plain\nAuthorization: let me in"]
--- error_code eval
[401, 200]
--- response_headers eval
['WWW-Authenticate: Basic', '']
--- response_body_like eval
['401 Authorization Required', '^hello joe, body$']


=== TEST 20: a function that auth_request asks fails
--- config
location /t { auth_request /auth; return 200 ok; }
location /u { auth_request /auth; root html; }
location = /auth { internal; invoke ./html/auth; }
--- user_files
>>> auth/index.js
module.exports = (req, res) => { throw new Error('oops'); };
--- request
GET /u
--- error_code: 500
--- error_log
failed, exception: Error: oops
auth request unexpected status: 500


=== TEST 21: SSI includes functions
--- config
location /page { ssi on; ssi_types *; }
location /t { invoke ./html/fn; }
--- user_files
>>> page
A<!--#include virtual="/t/1?ms=200" -->B<!--#include virtual="/t/2?ms=0" -->C<!--#include virtual="/t/3?ms=100" -->D
>>> fn/index.js
module.exports = (req, res) =>
    setTimeout(() => res.send(`[${req.method} ${req.path}]`), +req.query.ms);
--- request
GET /page
--- response_body
A[GET /1]B[GET /2]C[GET /3]D


=== TEST 22: SSI in a function's response, with streams and large parts
--- config
location /t { ssi on; ssi_types *; invoke ./html/fn; }
location /part { invoke ./html/part; }
--- user_files
>>> fn/index.js
module.exports = async (req, res) => {
    for (let i = 0; i < 4; i++) {
        res.write(`<!--#include virtual="/part?n=${i}" -->`);
        await new Promise(r => setTimeout(r, 20));
    }
    res.end('end');
};
>>> part/index.js
module.exports = async (req, res) => {
    for (let i = 0; i < 8; i++) {
        if (!res.write(req.query.n.repeat(50000))) {
            await new Promise(r => res.once('drain', r));
        }
    }
    res.end();
};
--- request
GET /t
--- response_body eval
join('', map { $_ x 400000 } 0 .. 3) . 'end'


=== TEST 23: an included function fails
--- config
location /page { ssi on; ssi_types *; }
location /t { invoke ./html/fn; invoke_error_detail off; }
--- user_files
>>> page
A<!--#include virtual="/t" -->B
>>> fn/index.js
module.exports = (req, res) => { throw new Error('oops'); };
--- request
GET /page
--- response_body_like
^A\{"success":false,"message":"Execution failed".*\}B$
--- error_log
failed, exception: Error: oops


=== TEST 24: SSI keeps a function's response in a variable
--- config
location /page { ssi on; ssi_types *; }
location /t { invoke ./html/fn; }
--- user_files
>>> page
<!--#include virtual="/t" set="v" --><!--#echo var="v" -->!
>>> fn/index.js
module.exports = (req, res) => res.send('value');
--- request
GET /page
--- response_body
value!


=== TEST 25: mirror sends the body along
--- config
location /t { mirror /copy; invoke ./html/fn; }
location /copy { internal; invoke ./html/copy; }
--- user_files
>>> fn/index.js
module.exports = (req, res) => res.send('main ' + req.body);
>>> copy/index.js
module.exports = (req, res) => { console.log('copy', req.method, req.body); res.end(); };
--- request
POST /t
hello
--- more_headers
Content-Type: text/plain
--- response_body: main hello
--- wait: 0.3
--- error_log
console.log: copy POST hello


=== TEST 26: limit_req refuses before a function runs
--- http_config
limit_req_zone $uri zone=z:1m rate=1r/m;
--- config
location /t { limit_req zone=z; invoke ./html/fn; }
--- function
module.exports = (req, res) => res.send('ok');
--- request eval
['GET /t', 'GET /t']
--- error_code eval
[200, 503]
--- response_body_like eval
['^ok$', '503 Service Temporarily Unavailable']
--- no_error_log
[alert]


=== TEST 27: limit_conn
--- http_config
limit_conn_zone $server_name zone=c:1m;
--- config
location /both { ssi on; ssi_types *; }
location /t { limit_conn c 1; invoke ./html/fn; }
--- function
module.exports = (req, res) => res.send('ok');
--- request
GET /t
--- response_body: ok


=== TEST 28: gzip
--- config
location /t { gzip on; gzip_types *; invoke ./html/fn; }
--- function
module.exports = (req, res) => res.send('x'.repeat(10000));
--- request
GET /t
--- more_headers
Accept-Encoding: gzip
--- response_headers
Content-Encoding: gzip
Content-Length:
--- response_body_filters eval
sub {
    require IO::Uncompress::Gunzip;
    my $out;
    IO::Uncompress::Gunzip::gunzip(\$_[0] => \$out);
    return $out;
}
--- response_body eval: 'x' x 10000


=== TEST 29: gzip leaves alone what a function has encoded
--- config
location /t { gzip on; gzip_types *; invoke ./html/fn; }
--- function
module.exports = (req, res) => res.set('Content-Encoding', 'x-mine').send('y'.repeat(100));
--- request
GET /t
--- more_headers
Accept-Encoding: gzip
--- response_headers
Content-Encoding: x-mine
Content-Length: 100
--- response_body eval: 'y' x 100


=== TEST 30: sub_filter
--- skip_eval: 3: `$ENV{TEST_NGINX_BINARY} -V 2>&1` !~ /http_sub_module/
--- config
location /t { sub_filter world nginx; sub_filter_once off; invoke ./html/fn; }
--- function
module.exports = (req, res) => res.send('hello world, world');
--- request
GET /t
--- response_body: hello nginx, nginx


=== TEST 31: expires takes the place of a function's Cache-Control
--- config
location /t { expires 1h; invoke ./html/fn; }
--- function
module.exports = (req, res) => res.set('Cache-Control', 'no-store').send('ok');
--- request
GET /t
--- response_headers
Cache-Control: max-age=3600
--- raw_response_headers_unlike: no-store


=== TEST 32: add_header, and charset for a type without one
--- config
charset koi8-r;
charset_types text/x-mine;
add_header x-added yes always;
location /t { invoke ./html/fn; }
--- function
module.exports = (req, res) => res.status(500).set('Content-Type', 'text/x-mine').end('ok');
--- request
GET /t
--- error_code: 500
--- response_headers
x-added: yes


=== TEST 33: realip
--- config
set_real_ip_from 127.0.0.1;
real_ip_header X-Real;
location /t { invoke ./html/fn; }
--- function
module.exports = (req, res) => res.send(req.ip);
--- request
GET /t
--- more_headers
X-Real: 192.0.2.7
--- response_body: 192.0.2.7


=== TEST 34: access rules come first
--- config
location /t { deny all; invoke ./html/fn; }
--- function
module.exports = (req, res) => res.send('ok');
--- request
GET /t
--- error_code: 403
--- error_log
access forbidden by rule


=== TEST 35: an upstream of functions over HTTP/1.1 with keepalive
--- http_config
upstream fns { server 127.0.0.1:$TEST_NGINX_SERVER_PORT; keepalive 4; }
--- config
location /front { proxy_pass http://fns/t; proxy_http_version 1.1; proxy_set_header Connection ""; }
location /t { invoke ./html/fn; }
--- function
module.exports = async (req, res) => {
    res.write('a');
    await null;
    res.end('b');
};
--- request eval
['GET /front', 'GET /front', 'GET /front']
--- response_body eval
['ab', 'ab', 'ab']


=== TEST 36: proxy_cache keeps a function's response
--- http_config
proxy_cache_path html/cache keys_zone=k:1m;
--- config
location /front { proxy_pass http://127.0.0.1:$TEST_NGINX_SERVER_PORT/t; proxy_cache k; proxy_cache_valid 1m; add_header x-cache $upstream_cache_status; }
location /t { invoke ./html/fn; invoke_isolation function; }
--- function
let n = 0;
module.exports = (req, res) => res.send(String(++n));
--- request eval
['GET /front', 'GET /front']
--- response_headers eval
['x-cache: MISS', 'x-cache: HIT']
--- response_body eval
['1', '1']


=== TEST 37: a post_action function runs after the request
--- config
location /t { invoke ./html/fn; post_action /after; }
location /after { internal; invoke ./html/after; }
--- user_files
>>> fn/index.js
module.exports = (req, res) => res.send('ok');
>>> after/index.js
module.exports = (req, res) => { console.log('after', req.originalUrl); res.end(); };
--- request
GET /t
--- response_body: ok
--- wait: 0.3
--- error_log
console.log: after /t


=== TEST 38: HTTP/2
--- config
location /t { invoke ./html/fn; }
--- http2
--- function
module.exports = (req, res) => {
    res.set('X-Mine', 'Yes');
    res.json([req.method, req.url, req.httpVersion, req.body, req.hostname]);
};
--- request
POST /t/a?b=1
hello
--- more_headers
Content-Type: text/plain
--- response_headers
x-mine: Yes
--- response_body: ["POST","/a?b=1","2.0","hello","localhost"]


=== TEST 39: HTTP/2, a large stream
--- http2
--- function
module.exports = async (req, res) => {
    for (let i = 0; i < 60; i++) {
        if (!res.write('x'.repeat(50000))) {
            await new Promise(r => res.once('drain', r));
        }
    }
    res.end();
};
--- request
GET /t
--- response_body eval: 'x' x 3000000


=== TEST 40: HTTP/2, a failure in the middle
--- http2
--- function
module.exports = async (req, res) => {
    res.write('x');
    await new Promise(r => setTimeout(r, 50));
    throw new Error('midway');
};
--- request
GET /t
--- curl_error eval: qr/HTTP\/2 stream \d+ was not closed cleanly/
--- error_log
failed, exception: Error: midway


=== TEST 41: many headers, repeated ones among them
--- function
module.exports = (req, res) => res.json([
    Object.keys(req.headers).filter(name => /^x-\d+$/.test(name)).length,
    req.headers['x-99'], req.headers['x-same'], req.headers['x-empty'],
]);
--- request
GET /t
--- more_headers eval
join("\n", (map { "X-$_: v$_" } 0 .. 99), 'X-Same: a', 'x-same: b', 'X-Empty: ')
--- response_body: [100,"v99","a, b",""]


=== TEST 42: set headers with many others
--- config
location /t { invoke ./html/fn; invoke_set_header x-5 ""; invoke_set_header x-6 new; }
--- function
module.exports = (req, res) => res.json([req.get('x-5'), req.get('x-6'), req.get('x-7')]);
--- request
GET /t
--- more_headers eval
join("\n", map { "X-$_: v$_" } 0 .. 99)
--- response_body: [null,"new","v7"]


=== TEST 43: a path of captures keeps the escapes, and the query apart
--- config
location ~ ^/t/(?<name>\w+)(?<rest>.*) { invoke ./html/$name; invoke_path $rest; }
location ~ ^/n/\w+(.*) { invoke ./html/fn; invoke_path $1; }
location ~ ^/u { invoke ./html/fn; invoke_path $uri; }
--- function
module.exports = (req, res) => res.json([req.url, req.query]);
--- request eval
['GET /t/fn/a%3Fadmin=1?x=2', 'GET /t/fn/a%20b%2Fc%25d%23e?x', 'GET /n/fn/a%3Fadmin=1?x=2',
 'GET /u/a%3Fb', 'GET /t/fn/x/../a%3Fb%20?x=2', 'GET /t/fn?x=2']
--- response_body eval
['["/a%3Fadmin=1?x=2",{"x":"2"}]', '["/a%20b%2Fc%25d%23e?x",{"x":""}]',
 '["/a%3Fadmin=1?x=2",{"x":"2"}]', '["/u/a%3Fb",{}]', '["/a%3Fb%20?x=2",{"x":"2"}]',
 '["/?x=2",{"x":"2"}]']


=== TEST 44: a path that is made of captures is escaped
--- config
location ~ ^/t/(?<first>[^/]+)/(?<second>[^/]+)/end$ { invoke ./html/fn; invoke_path /v1/$second/${first}; }
location ~ ^/q/(.+) { invoke ./html/fn; invoke_path /v1/$1?own=$arg_x; }
--- function
module.exports = (req, res) => res.json([req.url, req.query]);
--- request eval
['GET /t/a%3Fb=1/c%20d%25/end?x=2', 'GET /q/a%3Fb=1?x=2&y=3']
--- response_body eval
['["/v1/c%20d%25/a%3Fb=1?x=2",{"x":"2"}]', '["/v1/a%3Fb=1?own=2",{"own":"2"}]']


=== TEST 45: a path of captures after a rewrite, and of $request_uri
--- config
location ~ ^/t/(.*) { rewrite ^/t/(.*) /new/$1 break; invoke ./html/fn; invoke_path $uri; }
location ~ ^/r/ {
    if ($request_uri ~ ^/r(/[^?]*)) { set $sent $1; }
    invoke ./html/fn;
    invoke_path $1;
}
--- function
module.exports = (req, res) => res.json([req.url, req.query]);
--- request eval
['GET /t/a%3Fb%20c?x=2', 'GET /r/a%3Fb%20c?x=2']
--- response_body eval
['["/new/a%3Fb%20c?x=2",{"x":"2"}]', '["/a%3Fb%20c?x=2",{"x":"2"}]']


=== TEST 46: protocol and host as a proxy tells them
--- config
location /t {
    invoke           ./html/fn;
    invoke_protocol  $http_x_forwarded_proto;
    invoke_host      $http_x_forwarded_host;
}
--- function
module.exports = (req, res) => res.json([req.protocol, req.secure, req.socket.encrypted,
                                         req.hostname, req.host, req.headers.host]);
--- request eval
["GET /t", "GET /t", "GET /t"]
--- more_headers eval
["X-Forwarded-Proto: https\nX-Forwarded-Host: a.example.com:444",
 "X-Forwarded-Proto: https , http\nX-Forwarded-Host:  b.example.com, c.example.com", ""]
--- response_body eval
['["https",true,true,"a.example.com","a.example.com:444","localhost"]',
 '["https",true,true,"b.example.com","b.example.com","localhost"]',
 '["http",false,false,"localhost","localhost","localhost"]']


=== TEST 47: invoke_protocol and invoke_host are inherited
--- config
invoke_protocol https;
invoke_host outer.example.com;
location /t { invoke ./html/fn; }
location /t/inner { invoke ./html/fn; invoke_host inner.example.com; }
--- function
module.exports = (req, res) => res.json([req.protocol, req.hostname]);
--- request eval
['GET /t', 'GET /t/inner']
--- response_body eval
['["https","outer.example.com"]', '["https","inner.example.com"]']


=== TEST 48: invoke_hide_header
--- config
location /t {
    invoke              ./html/fn;
    invoke_hide_header  X-Inner;
    invoke_hide_header  x-trace-id;
    invoke_hide_header  etag;
}
--- function
module.exports = (req, res) => res.set({ 'x-inner': '1', 'X-Outer': '2', ETag: '"e"' }).send('x');
--- request
GET /t
--- raw_response_headers_like: X-Outer: 2
--- raw_response_headers_unlike: (?i)x-inner|x-trace-id|etag


=== TEST 49: X-Accel-Redirect to a file
--- config
location /t { invoke ./html/fn; }
location /inner/ { internal; alias $TEST_NGINX_SERVER_ROOT/html/; }
--- user_files
>>> a+b.txt
the file
--- function
module.exports = (req, res) => res.set('X-Accel-Redirect', '/inner/a%2Bb.txt?x=1')
    .set({ 'X-Other': 'gone', 'Content-Disposition': 'attachment', 'Cache-Control': 'private' })
    .cookie('a', '1').status(201).type('text/x-mine').send('not this');
--- request eval
['GET /t', 'HEAD /t', "POST /t\nbody", 'GET /inner/a+b.txt']
--- error_code eval
[200, 200, 200, 404]
--- response_headers eval
[('Content-Disposition: attachment
Cache-Control: private
Content-Type: text/x-mine; charset=utf-8
! X-Other
! X-Accel-Redirect') x 3, '! X-Other']
--- response_body_like eval
["^the file\n\$", '^$', "^the file\n\$", '404 Not Found']


=== TEST 50: X-Accel-Redirect to another function, and a named location
--- config
location /t { invoke ./html/fn; }
location /other { internal; invoke ./html/other; }
location @named { return 202 "named"; }
--- user_files
>>> other/index.js
module.exports = (req, res) => res.json([req.method, req.url, req.originalUrl]);
--- function
module.exports = (req, res) => res.set('X-Accel-Redirect', req.query.to).end();
--- request eval
['GET /t?to=/other/x%3Fy=1', 'POST /t?to=/other', 'GET /t?to=@named']
--- error_code eval
[200, 200, 202]
--- response_body eval
['["GET","/x?y=1","/t?to=/other/x%3Fy=1"]', '["GET","/","/t?to=/other"]', 'named']


=== TEST 51: X-Accel-Redirect to where it may not
--- config
location /t { invoke ./html/fn; }
--- function
module.exports = (req, res) => res.set('X-Accel-Redirect', req.query.to).end('x');
--- request
GET /t?to=/../x
--- error_code: 404
--- error_log
unsafe URI "/../x" was detected


=== TEST 52: X-Accel-Redirect of a stream, whose function goes on
--- config
location /t { invoke ./html/fn; }
location /inner { internal; return 200 "inner"; }
--- function
module.exports = async (req, res) => {
    res.set('X-Accel-Redirect', '/inner');
    for (let i = 0; i < 20; i++) {
        if (!res.write('x'.repeat(100000))) {
            await new Promise(r => res.once('drain', r));
        }
    }
    res.end();
    console.log('came to its end');
};
--- request
GET /t
--- response_body: inner
--- wait: 0.5
--- error_log
came to its end


=== TEST 53: X-Accel-Charset, -Limit-Rate, -Buffering, -Expires are nginx's
--- config
location /t {
    invoke      ./html/fn;
    charset     koi8-r;
    add_header  X-Rate $limit_rate;
}
location /other { charset utf-8; }
--- function
module.exports = (req, res) => {
    res.setHeader('Content-Type', 'text/plain');
    res.set({ 'X-Accel-Charset': 'utf-8', 'X-Accel-Limit-Rate': '1000000', 'X-Accel-Buffering': 'no',
              'X-Accel-Expires': '10' });
    res.end(Buffer.from('x'));
};
--- request
GET /t
--- response_headers
Content-Type: text/plain; charset=utf-8
X-Rate: 1000000
--- raw_response_headers_unlike: X-Accel


=== TEST 54: invoke_intercept_errors
--- config
error_page 404 =200 /page;
error_page 401 @login;
error_page 500 /page;
location /t { invoke ./html/fn; invoke_intercept_errors on; }
location /off { invoke ./html/fn; }
location /page { internal; return 200 "page"; }
location @login { return 200 "login"; }
--- function
module.exports = (req, res) => res.set('X-Mine', '1').set('WWW-Authenticate', 'Basic')
    .status(+req.query.status).send('my own');
--- request eval
['GET /t?status=404', 'GET /t?status=401', 'GET /t?status=403', 'GET /t?status=200', 'GET /off?status=404']
--- error_code eval
[200, 401, 403, 200, 404]
--- response_body eval
['page', 'login', 'my own', 'my own', 'my own']
--- raw_response_headers_unlike eval
['X-Mine', 'X-Mine', 'zzz', 'zzz', 'zzz']


=== TEST 55: invoke_intercept_errors keeps WWW-Authenticate
--- config
error_page 401 @login;
location /t { invoke ./html/fn; invoke_intercept_errors on; }
location @login { return 401 "login"; }
--- function
module.exports = (req, res) => res.set('WWW-Authenticate', 'Basic realm="r"').status(401).send('my own');
--- request
GET /t
--- error_code: 401
--- response_headers
WWW-Authenticate: Basic realm="r"
--- response_body: login


=== TEST 56: invoke_intercept_errors with a function as the page, whose own status stands
--- config
error_page 404 @page;
location /t { invoke ./html/fn; invoke_intercept_errors on; }
location @page { invoke ./html/page; invoke_intercept_errors on; }
--- user_files
>>> page/index.js
module.exports = (req, res) => res.status(404).send(`no ${req.originalUrl}`);
--- function
module.exports = (req, res) => res.status(404).send('my own');
--- request
GET /t/x
--- error_code: 404
--- response_body: no /t/x
