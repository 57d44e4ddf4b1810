# The variables, in log_format above all: of invocations that went well, that
# failed, that never were, and whose client has left.

use TestInvoke 'no_plan';

no_root_location();

add_block_preprocessor(sub {
    my $block = shift;

    my $format = $block->format or return;

    chomp $format;

    $block->set_value('http_config', <<"END" . ($block->http_config // ''));
    log_format  invoke  '$format';
END

    $block->set_value('config', <<"END" . ($block->config // ''));
    access_log  logs/access.log  invoke;
END
});

run_tests();

__DATA__

=== TEST 1: function, version, status
--- format
$invoke_function|$invoke_version|$invoke_status|
--- config
location /t { invoke ./html/fn; }
--- function
module.exports = (req, res) => res.send('ok');
--- request
GET /t
--- response_body: ok
--- access_log eval
qr/^\Q$ENV{TEST_NGINX_SERVROOT}\E\/html\/fn\|[0-9a-f]{64}\|ok\|$/


=== TEST 2: times, in seconds with microseconds
--- format
$invoke_time|$invoke_cpu_time|$invoke_queue_time|$invoke_start|
--- config
location /t { invoke ./html/fn; }
--- function
module.exports = async (req, res) => {
    await new Promise(r => setTimeout(r, 200));
    res.send('ok');
};
--- request
GET /t
--- response_body: ok
--- access_log eval
qr/^0\.[2-9]\d{5}\|0\.\d{6}\|0\.\d{6}\|cold\|$/


=== TEST 3: the CPU time is that of the function
--- format
$invoke_cpu_time|
--- config
location /t { invoke ./html/fn; }
--- function
module.exports = (req, res) => {
    const used = () => process.cpuUsage().user + process.cpuUsage().system;
    const end = used() + 200000;
    while (used() < end);
    res.send('ok');
};
--- request
GET /t
--- response_body: ok
--- access_log eval
qr/^(?:0\.[2-9]|[1-9])\d*(?:\.\d+)?\|$/


=== TEST 4: the queue time is that without an isolate
--- format
$arg_n $invoke_queue_time|
--- http_config
invoke_isolates 1 max=1;
--- user_files
>>> both
<!--#include virtual="/t?n=1" --><!--#include virtual="/t?n=2" -->
>>> fn/index.js
module.exports = (req, res) => {
    const end = Date.now() + 300;
    while (Date.now() < end);
    res.send('ok');
};
--- config
log_subrequest on;
location /t { invoke ./html/fn; }
location /both { ssi on; ssi_types *; }
--- request
GET /both
--- response_body
okok
--- access_log eval
qr/^2 0\.[1-9]\d{5}\|$/


=== TEST 5: starts, a fresh context each time
--- format
start=$invoke_start|
--- http_config
invoke_isolates 1 max=1;
--- config
location /t { invoke ./html/fn; }
--- function
module.exports = (req, res) => res.send('ok');
--- pipelined_requests eval
["GET /t", "GET /t"]
--- response_body eval
['ok', 'ok']
--- access_log
start=warm


=== TEST 6: starts, a context for the function
--- format
start=$invoke_start|
--- http_config
invoke_isolates 1 max=1;
invoke_isolation function;
--- config
location /t { invoke ./html/fn; }
--- function
module.exports = (req, res) => res.send('ok');
--- pipelined_requests eval
["GET /t", "GET /t"]
--- response_body eval
['ok', 'ok']
--- access_log
start=reused


=== TEST 7: an exception
--- format
$status $invoke_status|$invoke_start|
--- config
location /t { invoke ./html/fn; }
--- function
module.exports = (req, res) => { throw new Error('oops'); };
--- request
GET /t
--- error_code: 500
--- response_body_like: oops
--- access_log
500 exception|cold|
--- error_log
failed, exception: Error: oops


=== TEST 8: a function that is not there
--- format
$status $invoke_function|$invoke_version|$invoke_status|$invoke_time|$invoke_start|
--- config
location /t { invoke ./html/none; }
--- request
GET /t
--- error_code: 404
--- response_body_like: not found
--- access_log eval
qr/^404 \S+\/html\/none\|-\|not_found\|0\.000000\|-\|$/
--- error_log
failed, not_found


=== TEST 9: a function that fails and has an error page
--- format
$status $invoke_status|$invoke_function|
--- config
location /t { invoke ./html/fn; error_page 500 = @page; }
location @page { return 200 page; }
--- function
module.exports = (req, res) => { throw new Error('oops'); };
--- request
GET /t
--- error_code: 200
--- response_body: page
--- access_log eval
qr/^200 exception\|\S+\/html\/fn\|$/
--- error_log
failed, exception: Error: oops


=== TEST 10: one that leads to another function
--- format
$status $invoke_status|$invoke_function|
--- config
location /t { invoke ./html/fn; error_page 500 = /other; }
location /other { invoke ./html/other; }
--- user_files
>>> fn/index.js
module.exports = (req, res) => { throw new Error('oops'); };
>>> other/index.js
module.exports = (req, res) => res.send(req.url + ' ' + req.originalUrl);
--- request
GET /t/x
--- response_body: / /t/x
--- access_log eval
qr/^200 ok\|\S+\/html\/other\|$/
--- error_log
failed, exception: Error: oops


=== TEST 11: a client that leaves
--- format
$status $invoke_status|$invoke_start|$invoke_time|
--- config
location /t { invoke ./html/fn; }
--- function
module.exports = async (req, res) => {
    await new Promise(r => setTimeout(r, 10000));
    res.send('ok');
};
--- request
GET /t
--- timeout: 0.5
--- abort
--- ignore_response
--- wait: 0.3
--- access_log eval
qr/^499 aborted\|cold\|0\.[3-9]\d{5}\|$/


=== TEST 12: a time limit
--- format
$status $invoke_status|$invoke_start|$invoke_time|
--- config
location /t { invoke ./html/fn; invoke_timeout 200ms; }
--- function
module.exports = (req, res) => new Promise(r => setTimeout(r, 10000));
--- request
GET /t
--- error_code: 504
--- response_body_like: Function execution timeout \(200ms\)
--- access_log eval
qr/^504 timeout\|cold\|(?:0\.[2-9]\d{5}|[1-9]\d*\.\d{6})\|$/
--- error_log
failed, timeout


=== TEST 13: no isolate and no queue
--- format
$status $invoke_status|$invoke_start|
--- http_config
invoke_isolates 1 max=1;
invoke_queue 0;
--- config
log_subrequest on;
location /t { invoke ./html/fn; }
location /both { ssi on; ssi_types *; }
--- user_files
>>> both
<!--#include virtual="/t?n=1" --><!--#include virtual="/t?n=2" -->
>>> fn/index.js
module.exports = (req, res) => {
    const end = Date.now() + 300;
    while (Date.now() < end);
    res.send('ok');
};
--- request
GET /both
--- response_body_like: ^ok\{"success":false,"message":"The queue is full"
--- access_log
503 queue|-|
--- error_log
failed, overloaded: The queue is full


=== TEST 14: the trace id is nginx's request id
--- format
$request_id $invoke_trace_id|
--- config
location /t { invoke ./html/fn; }
--- function
module.exports = (req, res) => res.send('ok');
--- request
GET /t
--- response_headers_like
x-trace-id: ^[0-9a-f]{32}$
--- access_log eval
qr/^([0-9a-f]{32}) \1\|$/


=== TEST 15: or the client's
--- format
$invoke_trace_id|
--- config
location /t { invoke ./html/fn; }
--- function
module.exports = (req, res) => res.send('ok');
--- request
GET /t
--- more_headers
X-Trace-Id: from-client.1
--- response_headers
x-trace-id: from-client.1
--- access_log
from-client.1|


=== TEST 16: or the function's, which is sent once
--- config
location /t { invoke ./html/fn; }
--- function
module.exports = (req, res) => res.set('X-Trace-Id', 'mine').send('ok');
--- request
GET /t
--- more_headers
X-Trace-Id: from-client.1
--- raw_response_headers_like: X-Trace-Id: mine\r\n
--- raw_response_headers_unlike: from-client


=== TEST 17: a trace id with a space is not taken
--- config
location /t { invoke ./html/fn; }
--- function
module.exports = (req, res) => res.send('ok');
--- request
GET /t
--- more_headers
X-Trace-Id: a b
--- response_headers_like
x-trace-id: ^[0-9a-f]{32}$


=== TEST 18: nor one that is too long
--- config
location /t { invoke ./html/fn; }
--- function
module.exports = (req, res) => res.send('ok');
--- request
GET /t
--- more_headers eval
'X-Trace-Id: ' . 'a' x 129
--- response_headers_like
x-trace-id: ^[0-9a-f]{32}$


=== TEST 19: of other locations nothing is known but the trace id
--- format
$invoke_function|$invoke_version|$invoke_status|$invoke_time|$invoke_cpu_time|$invoke_queue_time|$invoke_start|$invoke_trace_id|
--- config
location /t { return 200 ok; }
--- request
GET /t
--- more_headers
X-Trace-Id: x1
--- response_body: ok
--- access_log
-|-|-|-|-|-|-|x1|


=== TEST 20: in a response header
--- own_nginx
--- config
location /t {
    invoke ./html/fn;
    add_header x-function $invoke_function;
    add_header x-version $invoke_version;
    add_header x-trace $invoke_trace_id;
}
--- function
module.exports = (req, res) => res.send('ok');
--- request
GET /t
--- response_headers_like
x-function: .*/html/fn
x-version: [0-9a-f]{64}
x-trace: [0-9a-f]{32}
--- response_body: ok


=== TEST 21: in what the function sees
--- config
location /t {
    invoke ./html/fn;
    invoke_param version $invoke_version;
    invoke_set_header x-trace $invoke_trace_id;
}
--- function
module.exports = (req, res) => res.json([req.params.version.length,
                                         req.get('x-trace')]);
--- request
GET /t
--- more_headers
X-Trace-Id: x1
--- response_body: [64,"x1"]


=== TEST 22: a function that goes on after its response
--- format
$status $invoke_status|$invoke_start|$invoke_time|
--- config
location /t { invoke ./html/fn; }
--- function
module.exports = async (req, res) => {
    res.send('ok');
    await new Promise(r => setTimeout(r, 500));
    console.log('went on');
};
--- request
GET /t
--- response_body: ok
--- wait: 0.8
--- access_log eval
qr/^200 ok\|cold\|0\.[0-3]\d{5}\|$/
--- error_log
invoke: console.log: went on, function: "


=== TEST 23: another version, another digest
--- config
location /t { invoke ./html/fn; add_header x-version $invoke_version; }
location /u { invoke ./html/fn2; add_header x-version $invoke_version; }
--- user_files
>>> fn/index.js
module.exports = (req, res) => res.send('1');
>>> fn2/index.js
module.exports = (req, res) => res.send('1');
--- request eval
['GET /t', 'GET /u']
--- response_body eval
['1', '1']


=== TEST 24: the version of the module, in every location
--- config
location /t { return 200 $invoke_module_version; }
--- request
GET /t
--- response_body eval
`sed -n 's/^#define NGX_INVOKE_MODULE_VERSION  "\\(.*\\)"\$/\\1/p' \\
     $ENV{TEST_NGINX_ROOT}/src/core/ngx_invoke_release.h | tr -d '\\n'`


=== TEST 25: in headers of the response
--- config
location /t {
    invoke      ./html/fn;
    add_header  x-start  $invoke_start;
    add_header  x-took   $invoke_time;
    add_header  x-cpu    $invoke_cpu_time;
    add_header  x-queue  $invoke_queue_time;
}
--- function
module.exports = (req, res) => res.send('x');
--- request
GET /t
--- response_headers_like
x-start: (cold|warm|reused)
x-took: 0\.\d{6}
x-cpu: 0\.\d{6}
x-queue: 0\.\d{6}
--- response_body: x


=== TEST 26: of a stream that goes on
--- config
location /t { invoke ./html/fn; add_header x-start $invoke_start; }
--- function
module.exports = async (req, res) => {
    res.write('x');
    await new Promise(r => setTimeout(r, 10));
    res.end('y');
};
--- request
GET /t
--- response_headers_like
x-start: (cold|warm|reused)
--- response_body: xy
