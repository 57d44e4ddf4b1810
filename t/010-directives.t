# What the configuration takes and what it refuses.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: every directive with its values
--- http_config
    invoke_zone              metrics:2m;
    invoke_isolates          2 max=4 idle=10s;
    invoke_memory_limit      64m;
    invoke_queue             10 timeout=2s;
    invoke_module_cache      50 size=10m;
    invoke_package_cache     $TEST_NGINX_SERVROOT.packages max_size=10m inactive=1h;
    invoke_timeout           10s;
    invoke_cpu_limit         5s;
    invoke_isolation         function;
    invoke_etag              off;
    invoke_concurrency       4;
    invoke_max_active        8;
    invoke_max_response      1m;
    invoke_console           off;
    invoke_error_detail      off;
    invoke_source_maps       off;
    invoke_ignore_client_abort  on;
    invoke_directory_check   5s;
    invoke_param             a  b;
    invoke_env               A  B;
    invoke_set_header        X-A  $host;
    invoke_protocol          https;
    invoke_host              $host;
    invoke_request_buffering off;
    invoke_intercept_errors  on;
    invoke_hide_header       X-B;
--- config
    invoke_timeout           10s;
    invoke_cpu_limit         off;
    invoke_isolation         request;
    invoke_etag              weak;
    invoke_concurrency       4;
    invoke_max_active        0;
    invoke_max_response      1m;
    invoke_console           on;
    invoke_error_detail      on;
    invoke_source_maps       on;
    invoke_ignore_client_abort  off;
    invoke_directory_check   off;
    invoke_param             a  b;
    invoke_env               A  B;
    invoke_set_header        X-A  $host;
    invoke_protocol          https;
    invoke_host              $host;
    invoke_request_buffering off;
    invoke_intercept_errors  on;
    invoke_hide_header       X-B;

    location /t {
        invoke  ./html/fn;
        invoke_path  /x;
        invoke_timeout           10s;
        invoke_cpu_limit         off;
        invoke_isolation         request;
        invoke_etag              strong;
        invoke_concurrency       4;
        invoke_max_active        2;
        invoke_max_response      1m;
        invoke_console           on;
        invoke_error_detail      on;
        invoke_source_maps       on;
        invoke_ignore_client_abort  off;
        invoke_directory_check   1s;
        invoke_param             a  b;
        invoke_env               A  B;
        invoke_set_header        X-A  $host;
        invoke_protocol          https;
        invoke_host              $host;
        invoke_request_buffering off;
        invoke_intercept_errors  on;
        invoke_hide_header       X-B;
    }

    location /metrics { invoke_metrics json; }
    location /prometheus { invoke_metrics prometheus; }
    location /health { invoke_health; }
--- function
module.exports = (req, res) => res.send(req.path);
--- request
GET /t
--- response_body: /x


=== TEST 2: a path that does not start with a slash
--- config
location /t { invoke ./html/fn; invoke_path x/y; }
--- function
module.exports = (req, res) => res.send(req.path);
--- request
GET /t
--- response_body: /x/y


=== TEST 3: an absolute path
--- config
location /t { invoke $TEST_NGINX_SERVROOT/html/fn/; }
--- function
module.exports = (req, res) => res.send(req.params.functionId);
--- request
GET /t
--- response_body eval: "$ENV{TEST_NGINX_SERVROOT}/html/fn"


=== TEST 4: a directory that is not there is a warning
--- own_nginx
--- config
location /t { invoke ./html/none; }
--- request
GET /t
--- error_code: 404
--- response_body: {"success":false,"message":"Function not found"}
--- error_log eval
[qr/\[warn\] .*invoke: no function in ".*html\/none"/,
qr/\[error\] .*invoke: function ".*html\/none" failed, not_found: open\(\) of the directory failed \(2: No such file or directory\)/]


=== TEST 5: a directory that comes later
--- config
location /t { invoke ./html/late; }
location /make {
    invoke ./html/late;
}
--- user_files
>>> late/index.js
module.exports = (req, res) => res.send('late');
--- request
GET /t
--- response_body: late


=== TEST 6: a function id without a store
--- config
location /t { invoke 5f6a2f9c-6c9e-4c8e-9b8e-0d8f2f9c6c9e; }
--- request
GET /t
--- error_code: 404
--- response_headers
Content-Type: application/json; charset=utf-8
--- response_body: {"success":false,"message":"Function not found"}
--- error_log
function "5f6a2f9c-6c9e-4c8e-9b8e-0d8f2f9c6c9e" failed, not_found


=== TEST 7: an empty value
--- config
location /t { invoke ""; }
--- must_die
--- error_log
[emerg]
invoke: empty directory or function id


=== TEST 8: invoke twice
--- config
location /t { invoke ./html/fn; invoke ./html/fn; }
--- must_die
--- error_log
"invoke" directive is duplicate


=== TEST 9: invoke in a server
--- config
invoke ./html/fn;
--- must_die
--- error_log
"invoke" directive is not allowed here


=== TEST 10: invoke beside invoke_metrics
--- config
location /t { invoke ./html/fn; invoke_metrics json; }
--- must_die
--- error_log
"invoke_metrics" conflicts with "invoke" in the same location


=== TEST 11: invoke beside invoke_health
--- config
location /t { invoke_health; invoke ./html/fn; }
--- must_die
--- error_log
"invoke" conflicts with "invoke_health" in the same location


=== TEST 12: invoke_metrics of another format
--- config
location /t { invoke_metrics xml; }
--- must_die
--- error_log
invalid value "xml" in "invoke_metrics", it must be "json" or "prometheus"


=== TEST 13: invoke_metrics twice
--- config
location /t { invoke_metrics json; invoke_metrics json; }
--- must_die
--- error_log
"invoke_metrics" directive is duplicate


=== TEST 14: invoke_health with two values
--- config
location /t { invoke_health live live; }
--- must_die
--- error_log
invalid number of arguments in "invoke_health" directive


=== TEST 15: invoke_directory_check, bad value
--- config
location /t { invoke ./html/fn; invoke_directory_check soon; }
--- must_die
--- error_log
"invoke_directory_check" directive invalid value


=== TEST 16: invoke_directory_check twice
--- config
location /t {
    invoke ./html/fn;
    invoke_directory_check 1s;
    invoke_directory_check off;
}
--- must_die
--- error_log
"invoke_directory_check" directive is duplicate


=== TEST 17: invoke_path twice
--- config
location /t { invoke ./html/fn; invoke_path /a; invoke_path /b; }
--- must_die
--- error_log
"invoke_path" directive is duplicate


=== TEST 18: invoke_path in a server
--- config
invoke_path /a;
--- must_die
--- error_log
"invoke_path" directive is not allowed here


=== TEST 19: invoke_param without a value
--- config
invoke_param a;
--- must_die
--- error_log
invalid number of arguments in "invoke_param" directive


=== TEST 20: invoke_param without a name
--- config
invoke_param "" b;
--- must_die
--- error_log
invalid name "" in "invoke_param"


=== TEST 21: invoke_param twice
--- config
invoke_param a b;
invoke_param a c;
--- must_die
--- error_log
duplicate "a" in "invoke_param"


=== TEST 22: invoke_env with a name that none can have
--- config
invoke_env A=B c;
--- must_die
--- error_log
invalid name "A=B" in "invoke_env"


=== TEST 23: invoke_env twice
--- config
invoke_env A b;
invoke_env A c;
--- must_die
--- error_log
duplicate "A" in "invoke_env"


=== TEST 24: invoke_set_header with a name that none can have
--- config
invoke_set_header "X A" c;
--- must_die
--- error_log
invalid name "x a" in "invoke_set_header"


=== TEST 25: invoke_set_header twice
--- config
invoke_set_header X-A b;
invoke_set_header x-a c;
--- must_die
--- error_log
duplicate "x-a" in "invoke_set_header"


=== TEST 26: invoke_set_header with an unknown variable
--- config
invoke_set_header x-a $nosuchthing;
--- must_die
--- error_log
unknown "nosuchthing" variable


=== TEST 27: invoke_zone without a size
--- http_config
invoke_zone metrics;
--- config
--- must_die
--- error_log
invalid zone "metrics" in "invoke_zone", it takes a name, ":" and a size


=== TEST 28: invoke_zone without a name
--- http_config
invoke_zone :1m;
--- config
--- must_die
--- error_log
invalid zone ":1m"


=== TEST 29: invoke_zone with a bad size
--- http_config
invoke_zone m:big;
--- config
--- must_die
--- error_log
invalid zone "m:big"


=== TEST 30: invoke_zone that is too small
--- http_config
invoke_zone m:16k;
--- config
--- must_die
--- error_log
zone "m:16k" is too small in "invoke_zone", it takes 32k or more


=== TEST 31: invoke_zone twice
--- http_config
invoke_zone m:1m;
invoke_zone n:1m;
--- config
--- must_die
--- error_log
"invoke_zone" directive is duplicate


=== TEST 32: the smallest invoke_zone
--- http_config
invoke_zone m:32k;
invoke_isolates 1 max=1;
--- config
location /t { invoke ./html/fn; }
location /metrics { invoke_metrics json; }
--- function
// the isolate's second answer comes after the end of its first invocation
module.exports = (req, res) => res.send('ok');
--- request eval
['GET /t', 'GET /t', 'GET /metrics']
--- response_body_like eval
['^ok$', '^ok$', qr/"ok":[12],.*"functions":\{".*html\/fn":\{"invocations":[12]/]


=== TEST 33: invoke_isolates, none
--- http_config
invoke_isolates 0;
--- config
--- must_die
--- error_log
invalid parameter "0"


=== TEST 34: invoke_isolates, no number
--- http_config
invoke_isolates many;
--- config
--- must_die
--- error_log
invalid parameter "many"


=== TEST 35: invoke_isolates, too many
--- http_config
invoke_isolates 100000;
--- config
--- must_die
--- error_log
invalid parameter "100000" in "invoke_isolates", it takes a number from 1 to 1024


=== TEST 36: invoke_isolates, base over max
--- http_config
invoke_isolates 5 max=4;
--- config
--- must_die
--- error_log
"invoke_isolates" has a base of 5, more than its "max=4"


=== TEST 37: invoke_isolates, base over the default max
--- http_config
invoke_isolates 21;
--- config
location /t { invoke ./html/fn; }
location /metrics { invoke_metrics json; }
--- function
module.exports = (req, res) => res.send('ok');
--- request
GET /metrics
--- response_body_like: "basePoolSize":21,"maxPoolSize":21


=== TEST 38: invoke_isolates, bad max
--- http_config
invoke_isolates 5 max=x;
--- config
--- must_die
--- error_log
invalid parameter "max=x" in "invoke_isolates", it takes a number from 1 to 1024


=== TEST 39: invoke_isolates, bad idle
--- http_config
invoke_isolates 5 idle=x;
--- config
--- must_die
--- error_log
invalid parameter "idle=x" in "invoke_isolates", it takes a time above 0


=== TEST 40: invoke_isolates, unknown parameter
--- http_config
invoke_isolates 5 min=3;
--- config
--- must_die
--- error_log
invalid parameter "min=3" in "invoke_isolates"


=== TEST 41: invoke_isolates, a parameter twice
--- http_config
invoke_isolates 5 max=6 max=7;
--- config
--- must_die
--- error_log
invalid parameter "max=7"


=== TEST 42: invoke_isolates twice
--- http_config
invoke_isolates 5;
invoke_isolates 6;
--- config
--- must_die
--- error_log
"invoke_isolates" directive is duplicate


=== TEST 43: invoke_isolates in a server
--- config
invoke_isolates 5;
--- must_die
--- error_log
"invoke_isolates" directive is not allowed here


=== TEST 44: invoke_memory_limit, too small
--- http_config
invoke_memory_limit 1m;
--- config
--- must_die
--- error_log
"invoke_memory_limit" must be at least 8m


=== TEST 45: invoke_memory_limit, bad value
--- http_config
invoke_memory_limit much;
--- config
--- must_die
--- error_log
"invoke_memory_limit" directive invalid value


=== TEST 46: invoke_timeout of nothing
--- config
invoke_timeout 0;
--- must_die
--- error_log
"invoke_timeout" directive takes a time above 0


=== TEST 47: invoke_timeout, bad value
--- config
invoke_timeout never;
--- must_die
--- error_log
"invoke_timeout" directive invalid value


=== TEST 48: invoke_cpu_limit of nothing
--- config
invoke_cpu_limit 0;
--- must_die
--- error_log
"invoke_cpu_limit" directive takes a time above 0


=== TEST 49: invoke_cpu_limit twice
--- config
invoke_cpu_limit off;
invoke_cpu_limit 1s;
--- must_die
--- error_log
"invoke_cpu_limit" directive is duplicate


=== TEST 50: invoke_isolation, bad value
--- config
invoke_isolation process;
--- must_die
--- error_log
invalid value "process" in "invoke_isolation", it must be "request" or "function"


=== TEST 51: invoke_concurrency of nothing
--- config
invoke_concurrency 0;
--- must_die
--- error_log
"invoke_concurrency" directive takes a number from 1 to 64


=== TEST 52: invoke_concurrency beyond the slots of an isolate
--- config
invoke_concurrency 65;
--- must_die
--- error_log
"invoke_concurrency" directive takes a number from 1 to 64


=== TEST 53: invoke_concurrency, bad value
--- config
invoke_concurrency x;
--- must_die
--- error_log
invalid number


=== TEST 54: invoke_queue, bad number
--- http_config
invoke_queue x;
--- config
--- must_die
--- error_log
invalid parameter "x"


=== TEST 55: invoke_queue, bad timeout
--- http_config
invoke_queue 10 timeout=0;
--- config
--- must_die
--- error_log
invalid parameter "timeout=0" in "invoke_queue", it takes a time above 0


=== TEST 56: invoke_queue, unknown parameter
--- http_config
invoke_queue 10 wait=1s;
--- config
--- must_die
--- error_log
invalid parameter "wait=1s"


=== TEST 57: invoke_queue twice
--- http_config
invoke_queue 10;
invoke_queue 20;
--- config
--- must_die
--- error_log
"invoke_queue" directive is duplicate


=== TEST 58: invoke_max_response of nothing
--- config
invoke_max_response 0;
--- must_die
--- error_log
"invoke_max_response" directive takes a size above 0


=== TEST 59: invoke_module_cache of nothing
--- http_config
invoke_module_cache 0;
--- config
--- must_die
--- error_log
invalid parameter "0" in "invoke_module_cache", it takes a number above 0, or "off"


=== TEST 60: invoke_module_cache twice
--- http_config
invoke_module_cache off;
invoke_module_cache 10;
--- config
--- must_die
--- error_log
"invoke_module_cache" directive is duplicate


=== TEST 61: without module cache
--- http_config
invoke_module_cache off;
--- config
location /t { invoke ./html/fn; }
location /metrics { invoke_metrics json; }
--- function
module.exports = (req, res) => res.send('ok');
--- request eval
['GET /t', 'GET /t', 'GET /metrics']
--- response_body_like eval
['^ok$', '^ok$', '"size":0,.*"cacheEnabled":false']


=== TEST 62: invoke_console, bad value
--- config
invoke_console maybe;
--- must_die
--- error_log
invalid value "maybe" in "invoke_console" directive


=== TEST 63: invoke_v8_flags, no flag
--- http_config
invoke_v8_flags fast;
--- config
--- must_die
--- error_log
invalid flag "fast" in "invoke_v8_flags", it begins with "--"


=== TEST 64: invoke_v8_flags twice
--- http_config
invoke_v8_flags --jitless;
invoke_v8_flags --jitless;
--- config
--- must_die
--- error_log
"invoke_v8_flags" directive is duplicate


=== TEST 65: invoke_v8_flags reach V8
--- http_config
invoke_v8_flags --stack-trace-limit=1 --no-opt;
--- function
const deep = n => n ? deep(n - 1) : new Error('x').stack.split('\n').length;
module.exports = (req, res) => res.json(deep(20));
--- request
GET /t
--- response_body: 2


=== TEST 86: flags with which V8 dies end the start, in a line that is text
--- http_config
invoke_v8_flags --max-heap-size=1;
--- must_die
--- error_log eval
qr/\[emerg\] .*invoke: the startup snapshot could not be built: the child died$/


=== TEST 66: params, env and headers are inherited whole or not at all
--- config
    invoke_param a 1;
    invoke_env A 1;
    invoke_set_header x-a 1;

    location /inherits {
        invoke ./html/fn;
    }

    location /own {
        invoke ./html/fn;
        invoke_param b 2;
        invoke_env B 2;
        invoke_set_header x-b 2;
    }
--- function
module.exports = (req, res) => res.json([req.params.a, req.params.b,
    process.env.A, process.env.B, req.get('x-a'), req.get('x-b')]);
--- request eval
['GET /inherits', 'GET /own']
--- response_body eval
['["1",null,"1",null,"1",null]', '[null,"2",null,"2",null,"2"]']


=== TEST 67: params, env and headers take variables
--- config
location /t {
    invoke ./html/fn;
    invoke_param a $arg_a;
    invoke_env A "<$arg_a>";
    invoke_set_header x-a $arg_a;
}
--- function
module.exports = (req, res) => res.json([req.params.a, process.env.A,
                                         req.headers['x-a'] === undefined]);
--- request eval
['GET /t?a=1', 'GET /t']
--- response_body eval
['["1","<1>",false]', '["","<>",true]']


=== TEST 68: a header that is set takes the place of the client's
--- config
location /t {
    invoke ./html/fn;
    invoke_set_header X-A new;
    invoke_set_header X-B "";
    invoke_set_header Host other.example:81;
}
--- function
module.exports = (req, res) => res.json([req.get('x-a'), req.get('x-b'),
                                         req.hostname, req.headers.host]);
--- request
GET /t
--- more_headers
X-A: old
X-a: older
X-B: old
--- response_body: ["new",null,"other.example","other.example:81"]


=== TEST 69: an if in the location goes on with its function
--- config
location /t {
    invoke ./html/fn;
    invoke_path /fixed;
    invoke_param a 1;

    if ($arg_x) {
        set $y 1;
        add_header x-if yes;
    }
}
--- function
module.exports = (req, res) => res.send(req.path + req.params.a);
--- request
GET /t?x=1
--- response_headers
x-if: yes
--- response_body: /fixed1


=== TEST 70: an if with a function of its own
--- config
location /t {
    return 200 "no function";

    if ($arg_x) {
        invoke ./html/fn;
    }
}

location /u {
    if ($arg_x) {
        invoke ./html/fn;
    }
}
--- function
module.exports = (req, res) => res.send(req.url);
--- request
GET /u/rest?x=1
--- response_body: /rest?x=1


=== TEST 71: limit_except
--- config
location /t {
    invoke ./html/fn;

    limit_except POST {
        deny all;
    }
}
--- function
module.exports = (req, res) => res.send(req.method);
--- request eval
['POST /t', 'GET /t']
--- error_code eval
[200, 403]
--- response_body_like eval
['^POST$', '403 Forbidden']
--- no_error_log
[alert]


=== TEST 72: a location that ends with a slash
--- config
location /t/ {
    invoke ./html/fn;
}
--- function
module.exports = (req, res) => res.send(req.url);
--- request eval
['GET /t/', 'GET /t/a/', 'GET /t?x']
--- error_code eval
[200, 200, 301]
--- response_body_like eval
['^/$', '^/a/$', '301 Moved']


=== TEST 73: an exact location
--- config
location = /t {
    invoke ./html/fn;
}
--- function
module.exports = (req, res) => res.send(req.url);
--- request
GET /t?a=1
--- response_body: /?a=1


=== TEST 74: nothing is started without a function
--- config
location /t { return 200 ok; }
location /metrics { invoke_metrics json; }
location /health { invoke_health; }
--- request eval
['GET /metrics', 'GET /health', 'GET /t']
--- response_body_like eval
['^\{"isolatePool":\{"total":0,', '"status":"healthy"', '^ok$']
--- no_error_log
pool warm-up
[error]


=== TEST 75: invoke_package_cache, twice
--- http_config
invoke_package_cache a;
invoke_package_cache b;
--- config
--- must_die
--- error_log
"invoke_package_cache" directive is duplicate


=== TEST 76: invoke_package_cache, no path
--- http_config
invoke_package_cache "";
--- config
--- must_die
--- error_log
"invoke_package_cache" directive has an empty path


=== TEST 77: invoke_package_cache, a size of nothing
--- http_config
invoke_package_cache a max_size=0;
--- config
--- must_die
--- error_log
invalid parameter "max_size=0" in "invoke_package_cache", it takes a size above 0


=== TEST 78: invoke_package_cache, a size that is none
--- http_config
invoke_package_cache a max_size=big;
--- config
--- must_die
--- error_log
invalid parameter "max_size=big"


=== TEST 79: invoke_package_cache, a time of nothing
--- http_config
invoke_package_cache a inactive=0;
--- config
--- must_die
--- error_log
invalid parameter "inactive=0"


=== TEST 80: invoke_package_cache, a parameter twice
--- http_config
invoke_package_cache a inactive=1d inactive=2d;
--- config
--- must_die
--- error_log
invalid parameter "inactive=2d"


=== TEST 81: invoke_package_cache, an unknown parameter
--- http_config
invoke_package_cache a max=1;
--- config
--- must_die
--- error_log
invalid parameter "max=1"


=== TEST 81: invoke_module_cache of no size
--- http_config
invoke_module_cache 10 size=0;
--- config
--- must_die
--- error_log
invalid parameter "size=0"


=== TEST 82: invoke_module_cache of something else
--- http_config
invoke_module_cache 10 bytes=10m;
--- config
--- must_die
--- error_log
invalid parameter "bytes=10m"


=== TEST 83: invoke_ca_certificates of no file
--- http_config
invoke_ca_certificates no/such.pem;
--- config
    location /t { invoke ./html/fn; }
--- must_die
--- error_log eval
qr{open\(\) "[^"]+/no/such\.pem" failed \(2: No such file or directory\)}


=== TEST 84: a directory that lacks its slash is a warning
--- own_nginx
--- config
location /t { invoke srv/functions/x; }
--- request
GET /t
--- error_code: 404
--- response_body: {"success":false,"message":"Function not found"}
--- error_log eval
[qr/\[warn\] .*invoke: "srv\/functions\/x" is not a directory, which begins with "\/" or "\.\/", but the id of a function/,
qr/there can be no such function/]


=== TEST 85: invoke_isolation twice
--- config
invoke_isolation request;
invoke_isolation function;
--- must_die
--- error_log
"invoke_isolation" directive is duplicate
