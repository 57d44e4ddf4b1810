# Failures as the client and the log see them: every row of the table of
# failures, its two forms, and error pages.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: the handler throws
--- own_nginx
--- function
module.exports = (req, res) => { throw new TypeError('no "good"'); };
--- request
GET /t
--- more_headers
X-Trace-Id: x1
--- error_code: 500
--- response_headers
Content-Type: application/json; charset=utf-8
x-trace-id: x1
Retry-After:
--- response_body_like eval
qr/^\{"success":false,"message":"no \\"good\\"","error":\{"code":"exception","name":"TypeError","stack":"TypeError: no \\"good\\"\\n    at module\.exports \(\/index\.js:1:40\)[^"]*"\},"functionId":"\Q$ENV{TEST_NGINX_SERVROOT}\E\/html\/fn","requestId":"x1"\}$/
--- error_log eval
qr/\[error\] .*\*\d+ invoke: function "\Q$ENV{TEST_NGINX_SERVROOT}\E\/html\/fn" version [0-9a-f]{12} failed, exception: TypeError: no "good"\\n    at module\.exports \(\/index\.js:1:40\).*, client: 127\.0\.0\.1, trace: "x1", server: localhost, request: "GET \/t HTTP\/1\.1"/


=== TEST 2: without detail
--- config
location /t { invoke ./html/fn; invoke_error_detail off; }
--- function
module.exports = (req, res) => { throw new TypeError('secret'); };
--- request
GET /t
--- more_headers
X-Trace-Id: x1
--- error_code: 500
--- response_body_like eval
qr/^\{"success":false,"message":"Execution failed","error":\{"code":"exception"\},"functionId":"[^"]+\/fn","requestId":"x1"\}$/
--- error_log
failed, exception: TypeError: secret


=== TEST 3: the handler rejects
--- function
module.exports = async (req, res) => {
    await null;
    throw new RangeError('later');
};
--- request
GET /t
--- error_code: 500
--- response_body_like: "message":"later","error":\{"code":"exception","name":"RangeError"
--- error_log
failed, exception: RangeError: later


=== TEST 4: what is thrown is no error
--- function
module.exports = (req, res) => { throw 'a string'; };
--- request
GET /t
--- error_code: 500
--- response_body_like: "message":"a string".*"code":"exception"
--- error_log
a string


=== TEST 5: null is thrown
--- function
module.exports = (req, res) => { throw null; };
--- request
GET /t
--- error_code: 500
--- response_body_like: "success":false,.*"code":"exception"
--- error_log
failed, exception


=== TEST 6: the module does not load
--- function
module.exports = (req, res) => {
    res.send('ok'
};
--- request
GET /t
--- error_code: 500
--- response_body_like: "code":"exception","name":"SyntaxError","stack":"/index\.js:2:14
--- error_log
failed, exception:
SyntaxError


=== TEST 7: a module of the module does not load
--- function
require('./none');
--- request
GET /t
--- error_code: 500
--- response_body_like: "message":"Cannot find module '\./none'.*"code":"exception"
--- error_log
Cannot find module './none'


=== TEST 8: the module exports no function
--- function
module.exports = {};
--- request
GET /t
--- error_code: 500
--- response_body_like: "message":"Module must export a function\..*"code":"bad_export"
--- error_log
failed, bad_export


=== TEST 9: the same without detail
--- config
location /t { invoke ./html/fn; invoke_error_detail off; }
--- function
module.exports = {};
--- request
GET /t
--- error_code: 500
--- response_body_like: "message":"Execution failed","error":\{"code":"bad_export"\}
--- error_log
failed, bad_export


=== TEST 10: there is no index.js
--- user_files
>>> fn/main.js
module.exports = (req, res) => res.send('ok');
--- request
GET /t
--- error_code: 404
--- response_headers
Content-Type: application/json; charset=utf-8
--- response_body: {"success":false,"message":"Function not found"}
--- error_log
failed, not_found: open() of "index.js" failed (2: No such file or directory)


=== TEST 11: index.js is a directory
--- user_files
>>> fn/index.js/x
nothing
--- request
GET /t
--- error_code: 404
--- response_body: {"success":false,"message":"Function not found"}
--- error_log
failed, not_found: open() of "index.js" failed (21: Is a directory)


=== TEST 12: the directory is a file
--- config
location /t { invoke ./html/file; }
--- user_files
>>> file
nothing
--- request
GET /t
--- error_code: 404
--- response_body: {"success":false,"message":"Function not found"}
--- error_log
failed, not_found: open() of the directory failed (20: Not a directory)


=== TEST 13: not found, without detail, and with a body to discard
--- config
location /t { invoke ./html/none; invoke_error_detail off; }
--- pipelined_requests eval
["POST /t\n" . 'x' x 100000, "GET /t"]
--- error_code eval
[404, 404]
--- response_body eval
[('{"success":false,"message":"Function not found"}') x 2]
--- no_error_log
[alert]


=== TEST 14: variables do not lead out
--- config
location /t { invoke ./html/$arg_name; }
--- function
module.exports = (req, res) => res.send('ok');
--- request eval
['GET /t?name=fn', 'GET /t?name=../html/fn', 'GET /t?name=fn/..', 'GET /t?name=..',
 'GET /t?name=./fn', 'GET /t?name=/fn/', 'GET /t?name=', 'GET /t?name=fn/../fn',
 'GET /t?name=' . 'x' x 5000]
--- error_code eval
[200, 404, 404, 404, 200, 200, 404, 404, 404]
--- no_error_log
[alert]


=== TEST 15: a path with a NUL
--- config
location ~ ^/t/(.*) { invoke ./html/$1; }
--- request
GET /t/fn%01x
--- error_code: 404
--- error_log
failed, not_found


=== TEST 16: malformed JSON
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
{"a":
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body_like: ^\{"success":false,"message":"[^"]*JSON[^"]*","error":\{"code":"bad_request"
--- error_log eval
qr/\[info\] .*failed, bad_request/


=== TEST 17: a charset that nobody knows
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
{}
--- more_headers
Content-Type: application/json; charset=x-none
--- error_code: 415
--- response_body_like: ^\{"success":false,"message":"unsupported charset \\"X-NONE\\"","error":\{"code":"bad_request"
--- error_log eval
qr/\[info\] .*failed, bad_request/


=== TEST 18: a bad escape in the path is nginx's to refuse
--- function
module.exports = (req, res) => res.send('ok');
--- request
GET /t/%zz
--- error_code: 400


=== TEST 19: the wall time is over
--- config
location /t { invoke ./html/fn; invoke_timeout 200ms; }
--- function
module.exports = (req, res) => new Promise(() => setTimeout(() => {}, 9000));
--- request
GET /t
--- error_code: 504
--- response_body_like: "message":"Function execution timeout \(200ms\)","error":\{"code":"timeout","name":"\w+","stack":""\}
--- error_log
failed, timeout:
Function execution timeout (200ms)


=== TEST 20: the wall time is over while the isolates start
--- http_config
invoke_isolates 40 max=40;
--- config
location /t { invoke ./html/fn; invoke_timeout 1ms; }
--- function
module.exports = (req, res) => new Promise(() => setTimeout(() => {}, 9000));
--- request
GET /t
--- error_code: 504
--- response_body_like: "message":"Function execution timeout \(1ms\)"
--- error_log
Function execution timeout (1ms)


=== TEST 21: the wall time is over in a loop
--- config
location /t { invoke ./html/fn; invoke_timeout 200ms; }
--- function
module.exports = (req, res) => { for ( ;; ); };
--- request
GET /t
--- error_code: 504
--- response_body_like: "message":"Function execution timeout \(200ms\)","error":\{"code":"timeout"
--- error_log
failed, timeout


=== TEST 22: the CPU time is over
--- config
location /t { invoke ./html/fn; invoke_cpu_limit 100ms; }
--- function
module.exports = (req, res) => { for ( ;; ); };
--- request
GET /t
--- error_code: 504
--- response_body_like: "error":\{"code":"cpu"
--- error_log
failed, cpu


=== TEST 23: the memory is over
--- http_config
invoke_memory_limit 16m;
--- function
module.exports = (req, res) => {
    const all = [];
    for ( ;; ) all.push(new Array(1000).fill(all.length));
};
--- request
GET /t
--- timeout: 20
--- error_code: 500
--- response_body_like: "error":\{"code":"memory"
--- error_log
failed, memory


=== TEST 24: a response over the limit
--- config
location /t { invoke ./html/fn; invoke_max_response 10k; }
--- function
module.exports = (req, res) => res.send('x'.repeat(20000));
--- request
GET /t
--- error_code: 500
--- response_body_like: "error":\{"code":"response_too_large"
--- error_log
failed, response_too_large


=== TEST 25: it fails after the response
--- function
module.exports = async (req, res) => {
    res.send('ok');
    await new Promise(r => setTimeout(r, 100));
    throw new Error('too late');
};
--- request
GET /t
--- response_body: ok
--- wait: 0.4
--- error_log
failed, exception: Error: too late


=== TEST 26: it fails in the middle of the response
--- function
module.exports = async (req, res) => {
    res.write('begin');
    await new Promise(r => setTimeout(r, 100));
    throw new Error('midway');
};
--- raw_request eval
"GET /t HTTP/1.1\r\nHost: x\r\n\r\n"
--- ignore_response
--- error_log
failed, exception: Error: midway


=== TEST 27: an error page of a 500
--- config
location /t { invoke ./html/fn; error_page 500 = @page; }
location @page { return 200 "page of $uri"; }
--- function
module.exports = (req, res) => { throw new Error('oops'); };
--- request
GET /t/x
--- response_headers
x-trace-id:
Content-Type: text/plain
--- response_body: page of /t/x
--- error_log
failed, exception: Error: oops


=== TEST 28: an error page for another status is none
--- config
location /t { invoke ./html/fn; error_page 502 503 504 = @page; }
location @page { return 200 page; }
--- function
module.exports = (req, res) => { throw new Error('oops'); };
--- request
GET /t
--- error_code: 500
--- response_body_like: "message":"oops"
--- error_log
failed, exception: Error: oops


=== TEST 29: a status that the function sets itself goes to no error page
--- config
location /t { invoke ./html/fn; error_page 404 500 = @page; }
location @page { return 200 page; }
--- function
module.exports = (req, res) => res.status(404).send('my own');
--- request
GET /t
--- error_code: 404
--- response_body: my own


=== TEST 30: a 404 that goes to a proxy
--- config
location /t { invoke ./html/none; error_page 404 = @proxy; }
location @proxy { proxy_pass http://127.0.0.1:$TEST_NGINX_SERVER_PORT; rewrite ^ /backend break; }
location /backend { return 200 "from the backend"; }
--- request
GET /t
--- response_body: from the backend
--- error_log
failed, not_found


=== TEST 31: a 504 that goes to a page with its status
--- config
location /t { invoke ./html/fn; invoke_timeout 100ms; error_page 504 /sorry; }
location /sorry { return 200 sorry; }
--- function
module.exports = (req, res) => { for ( ;; ); };
--- request
GET /t
--- error_code: 504
--- response_body: sorry
--- error_log
failed, timeout


=== TEST 32: an error page that is a function, and fails too
--- config
location /t { invoke ./html/fn; error_page 500 = /again; }
location /again { invoke ./html/fn; error_page 500 = /again; }
--- function
module.exports = (req, res) => { throw new Error('oops'); };
--- request
GET /t
--- error_code: 500
--- response_body_like: "message":"oops"
--- error_log
failed, exception: Error: oops


=== TEST 33: a body for an error page that is a function
--- config
location /t { invoke ./html/none; error_page 404 = @fn; }
location @fn { invoke ./html/fn; }
--- function
module.exports = (req, res) => res.send(`${req.method} ${req.url} ${req.get('content-length')}`);
--- request
POST /t?a=1
hello
--- response_body: POST /t?a=1 5
--- error_log
failed, not_found


=== TEST 34: HEAD
--- function
module.exports = (req, res) => { throw new Error('oops'); };
--- request
HEAD /t
--- error_code: 500
--- response_headers_like
Content-Length: [1-9]\d+
--- response_body:
--- error_log
failed, exception: Error: oops


=== TEST 35: a message with control characters and such
--- function
module.exports = (req, res) => {
    throw new Error('a\n[emerg] b\r\x1b[31m\u00e9\u20ac\u{1f600}');
};
--- request
GET /t
--- error_code: 500
--- response_body_like eval
qr/"message":"a\\n\[emerg\] b\\r\\u001B\[31m\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"/
--- error_log eval
qr/exception: Error: a\\n\[emerg\] b\\r\\x1b\[31m\xc3\xa9/
--- no_error_log
[alert]


=== TEST 36: a long message keeps the rest of the line
--- function
module.exports = (req, res) => { throw new Error('x'.repeat(10000)); };
--- request
GET /t
--- error_code: 500
--- response_body_like: x{10000}
--- error_log eval
qr/failed, exception: Error: x{1000,}.*, request: "GET \/t HTTP\/1\.1"/


=== TEST 37: the worker goes on after each failure
--- config
location /t { invoke ./html/fn; invoke_timeout 300ms; }
--- http_config
invoke_isolates 1 max=1;
--- function
module.exports = (req, res) => {
    switch (req.query.how) {
    case 'loop': for ( ;; );
    case 'throw': throw new Error('x');
    case 'never': return new Promise(() => setTimeout(() => {}, 9000));
    default: res.send('ok');
    }
};
--- request eval
['GET /t', 'GET /t?how=loop', 'GET /t', 'GET /t?how=throw', 'GET /t',
 'GET /t?how=never', 'GET /t', 'GET /t?how=loop', 'GET /t']
--- error_code eval
[200, 504, 200, 500, 200, 504, 200, 504, 200]
--- no_error_log
[alert]


=== TEST 38: console lines, by method
--- own_nginx
--- function
module.exports = (req, res) => {
    console.log('a', 1);
    console.info('b');
    console.warn('c');
    console.error('d');
    res.send('ok');
};
--- request
GET /t
--- response_body: ok
--- error_log eval
[qr/\[info\] .* invoke: console\.log: a 1, function: "[^"]+\/html\/fn", client:/,
qr/\[info\] .* invoke: console\.info: b,/,
qr/\[warn\] .* invoke: console\.warn: c,/,
qr/\[error\] .* invoke: console\.error: d,/]


=== TEST 39: console lines of several lines stay in one
--- function
module.exports = (req, res) => {
    console.log('a\n2026/01/01 00:00:00 [emerg] 1#1: b\u0007');
    res.send('ok');
};
--- request
GET /t
--- response_body: ok
--- error_log
console.log: a\n2026/01/01 00:00:00 [emerg] 1#1: b\x07, function
--- no_error_log
[alert]


=== TEST 40: a long console line goes on in the next
--- function
module.exports = (req, res) => {
    console.log('a'.repeat(1400) + 'b'.repeat(100));
    res.send('ok');
};
--- request
GET /t
--- response_body: ok
--- error_log eval
[qr/console\.log: a{1393,1400}b*, function/, qr/console\.log: a{0,7}b{93,100}, function/]


=== TEST 41: invoke_console off
--- config
location /t { invoke ./html/fn; invoke_console off; }
--- function
module.exports = (req, res) => {
    console.error('unheard');
    res.send('ok');
};
--- request
GET /t
--- response_body: ok
--- no_error_log
unheard


=== TEST 42: nothing was sent
--- function
module.exports = (req, res) => { res.status(202); };
--- request
GET /t
--- error_code: 202
--- response_headers
Content-Type:
Content-Length: 0
--- response_body:
--- error_log
[warn]


=== TEST 43: 413 is nginx's
--- config
location /t { invoke ./html/fn; client_max_body_size 10; }
--- function
module.exports = (req, res) => res.send('ok');
--- request
POST /t
12345678901
--- error_code: 413
--- error_log
client intended to send too large body


=== TEST 44: console lines with C1 controls, bad bytes and backslashes
--- function
module.exports = (req, res) => {
    console.log('a\u009b31m \u0085b c\\n\\ \u00a0\u00e9\u{1f600}');
    res.send('ok');
};
--- request
GET /t
--- response_body: ok
--- error_log eval
qr/console\.log: a\\xc2\\x9b31m \\xc2\\x85b c\\\\n\\\\ \xc2\xa0\xc3\xa9\xf0\x9f\x98\x80, function/
--- no_error_log eval
[qr/\xc2[\x80-\x9f]/, qr/\[alert\]/]


=== TEST 45: a message and a stack likewise
--- function
module.exports = (req, res) => { throw new Error('a\u009b31m\\n\u2028'); };
--- request
GET /t
--- error_code: 500
--- error_log eval
qr/exception: Error: a\\xc2\\x9b31m\\\\n\xe2\x80\xa8\\n {4}at /
--- no_error_log eval
[qr/\xc2[\x80-\x9f]/, qr/\[alert\]/]


=== TEST 46: a name that the client has chosen, with controls of all kinds
--- own_nginx
--- config
location ~ "^/t/(?<name>(?s:.*))$" { invoke ./html/$name; }
--- request
GET /t/a%0A2026/01/01%1B%C2%9B%9B%E2%9B%FF%5C
--- error_code: 404
--- response_body_like: "success":false
--- error_log eval
qr{invoke: function "[^"]+/html/a\\n2026/01/01\\x1b\\xc2\\x9b\\x9b\\xe2\\x9b\\xff\\\\" failed, not_found}
--- no_error_log eval
[qr/[\x80-\xff]/, qr/\[alert\]/]


=== TEST 47: an error's status is the response's, as with http-errors
--- own_nginx
--- function
module.exports = async (req) => {
    const { status, statusCode } = req.query;

    throw Object.assign(new Error('own'), {
        status: status && JSON.parse(status),
        statusCode: statusCode && JSON.parse(statusCode),
    });
};
--- request eval
["GET /t?status=404", "GET /t?statusCode=422", "GET /t?status=503",
 "GET /t?status=99&statusCode=409", 'GET /t?status="404"',
 "GET /t?status=200", "GET /t?status=418.5"]
--- error_code eval
[404, 422, 503, 409, 500, 500, 500]
--- no_error_log
[alert]
--- response_body_like eval
[('"message":"own","error":\{"code":"exception"') x 7]



=== TEST 48: an error page is for the status that an error has
--- own_nginx
--- config
location /t { invoke ./html/fn; error_page 404 = @none; }
location @none { return 404 none; }
--- function
module.exports = () => { throw Object.assign(new Error('own'), { status: 404 }); };
--- request
GET /t
--- error_code: 404
--- response_body chomp
none



=== TEST 49: an error that is the client's doing is none in the log
--- own_nginx
--- function
module.exports = () => { throw Object.assign(new Error('own'), { status: 404 }); };
--- request
GET /t
--- error_code: 404
--- error_log eval
qr/\[info\].* failed, exception: Error: own/
--- no_error_log
[error]


=== TEST 50: each line of the log names the trace
--- function
module.exports = (req, res) => { console.log('a line'); res.status(404).send(); };
--- request
GET /t
--- more_headers
x-trace-id: my-trace
--- error_code: 404
--- error_log eval
qr/console\.log: a line, function: "[^"]+", client: 127\.0\.0\.1, trace: "my-trace", server: /


=== TEST 51: also when the request is over
--- function
module.exports = async (req, res) => {
    res.send('x');
    await new Promise(r => setTimeout(r, 300));
    console.log('a line');
    throw new Error('on purpose');
};
--- request
GET /t
--- more_headers
x-trace-id: my-trace
--- response_body: x
--- wait: 1
--- error_log eval
[qr/console\.log: a line, function: "[^"]+", trace: my-trace$/m,
 qr/exception: Error: on purpose.*, trace: my-trace$/m]


=== TEST 52: log_not_found
--- config
log_not_found off;
location /t { invoke ./html/$arg_name; }
--- function
module.exports = (req, res) => res.send('there');
--- request eval
['GET /t?name=none', 'GET /t?name=fn']
--- error_code eval
[404, 200]
