# invoke_metrics in both formats, and invoke_health.

use TestInvoke 'no_plan';

add_block_preprocessor(sub {
    my $block = shift;

    my $config = $block->config // 'location /t { invoke ./html/fn; }';

    $block->set_value('config', <<"END");
    $config
    location /json { invoke_metrics json; }
    location /prometheus { invoke_metrics prometheus; }
    location /health { invoke_health; }
END
});

run_tests();

__DATA__

=== TEST 1: the keys of the system before
--- http_config
invoke_isolates 3 max=7;
--- function
module.exports = (req, res) => setTimeout(() => res.send('ok'), 300);
--- request eval
['GET /t', 'GET /json']
--- response_headers eval
['', 'Content-Type: application/json; charset=utf-8']
--- response_body_like eval
['ok', qr/^\{"isolatePool":\{"total":3,"available":[0-3],"active":0,"corrupted":0,"created":3,"destroyed":0,.*"moduleCache":\{"size":1,"hits":0,"misses":1,"evictions":0,"hitRate":0\.0000,/]


=== TEST 2: the keys of the systems after it
--- http_config
invoke_isolates 3 max=7;
invoke_module_cache 50;
--- function
module.exports = (req, res) => setTimeout(() => res.send('ok'), 1500);
--- request eval
['GET /t', 'GET /json']
--- response_body_like eval
['ok', qr/"success":true,"data":\{"isolatePool":\{.*"idle":3,"poolSize":3,"basePoolSize":3,"maxPoolSize":7,"totalCreated":3,"totalDisposed":0,"warmupComplete":true\},"moduleCache":\{.*"totalEntries":1,"maxSize":50,"cacheEnabled":true\}\},"timestamp":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"\}$/]


=== TEST 3: it is JSON
--- function
module.exports = (req, res) => res.send('ok');
--- request eval
['GET /t', 'GET /json']
--- response_body_filters eval
sub {
    my $body = shift;
    return $body if $body eq 'ok';
    require JSON::PP;
    return join ',', sort keys %{ JSON::PP::decode_json($body) };
}
--- response_body eval
['ok', 'build,data,egress,executionLog,functions,invocations,isolatePool,metadata,moduleCache,packageCache,queue,stores,success,timestamp,waitUntil,work,workers']


=== TEST 4: invocations by outcome
--- config
location /ok { invoke ./html/ok; }
location /bad { invoke ./html/bad; }
location /none { invoke ./html/none; }
location /slow { invoke ./html/slow; invoke_timeout 100ms; }
--- user_files
>>> ok/index.js
module.exports = (req, res) => res.send('ok');
>>> bad/index.js
module.exports = (req, res) => { throw new Error('x'); };
>>> slow/index.js
module.exports = () => new Promise(r => setTimeout(r, 10000));
--- request eval
['GET /ok', 'GET /ok', 'GET /bad', 'GET /none', 'GET /slow', 'GET /json']
--- error_code eval
[200, 200, 500, 404, 504, 200]
--- response_body_like eval
['', '', '', '', '', qr/"invocations":\{"total":5,"active":0,"ok":2,"exception":1,"bad_export":0,"bad_request":0,"timeout":1,.*"not_found":1,/]
--- no_error_log
[alert]


=== TEST 5: of a function
--- config
location /t { invoke ./html/fn; }
--- user_files
>>> fn/index.js
module.exports = (req, res) => {
    if (req.query.bad) throw new Error('x');
    const end = Date.now() + 60;
    while (Date.now() < end);
    res.send('ok');
};
--- http_config
invoke_isolates 1 max=1;
--- request eval
['GET /t', 'GET /t', 'GET /t?bad=1', 'GET /json']
--- error_code eval
[200, 200, 500, 200]
--- response_body_like eval
['', '', '', qr/"functions":\{"[^"]*\/html\/fn":\{"invocations":3,"ok":2,"errors":\{"exception":1\},"coldStarts":1,"warmStarts":2,"reusedStarts":0,"egress":\{"connects":0,"denied":0,"bytes":0\},"cpuTimeMs":\d+\.\d+,"queueTimeMs":\d+\.\d+,"latency":\{"count":3,"sumMs":\d+\.\d+,"buckets":\{.*"30000":3,"\+Inf":3\}\}\}\}/]
--- no_error_log
[alert]


=== TEST 6: a missing function takes no slot
--- config
location ~ ^/f/(?<name>.+) { invoke ./html/$name; }
--- request eval
['GET /f/a', 'GET /f/b', 'GET /json']
--- error_code eval
[404, 404, 200]
--- response_body_like eval
['', '', qr/"functions":\{\}/]
--- no_error_log
[alert]


=== TEST 7: workers
--- master_on
--- function
module.exports = (req, res) => res.send('ok');
--- request eval
['GET /t', 'GET /json']
--- response_body_like eval
['ok', qr/"workers":\[\{"pid":\d+,"started":\d{10},"isolates":5,"available":\d,"active":\d,"parked":0,"waiting":0,"invocations":0\}\]/]


=== TEST 8: nothing but GET and HEAD
--- request
POST /json
--- error_code: 405


=== TEST 9: HEAD
--- request
HEAD /json
--- response_body:


=== TEST 10: nothing has happened yet
--- request
GET /json
--- response_body_like: "invocations":\{"total":0,"active":0,.*"functions":\{\}


=== TEST 11: Prometheus
--- function
module.exports = (req, res) => res.send('ok');
--- request eval
['GET /t', 'GET /prometheus']
--- response_headers eval
['', 'Content-Type: text/plain; version=0.0.4; charset=utf-8']
--- response_body_like eval
['ok', qr/^# HELP invoke_isolates Isolates by state\.
# TYPE invoke_isolates gauge
invoke_isolates\{state="available"\} \d
invoke_isolates\{state="active"\} 0
.*# TYPE invoke_isolates_created_total counter
invoke_isolates_created_total 5
.*# TYPE invoke_invocations_total counter
invoke_invocations_total\{outcome="ok"\} 1
invoke_invocations_total\{outcome="exception"\} 0
.*# TYPE invoke_function_duration_seconds histogram
invoke_function_duration_seconds_bucket\{function="[^"]+\/html\/fn",le="0\.001"\} \d
.*invoke_function_duration_seconds_bucket\{function="[^"]+",le="\+Inf"\} 1
invoke_function_duration_seconds_sum\{function="[^"]+"\} \d\.\d{6}
invoke_function_duration_seconds_count\{function="[^"]+"\} 1
.*invoke_function_starts_total\{function="[^"]+",start="cold"\} 1
/s]


=== TEST 12: every line of Prometheus is one of the three forms
--- function
module.exports = (req, res) => res.send('ok');
--- request eval
['GET /t', 'GET /prometheus']
--- response_body_filters eval
sub {
    my $body = shift;
    return join '', grep {
        !/^# HELP [a-z0-9_]+ .+\.\n\z/
        && !/^# TYPE [a-z0-9_]+ (?:counter|gauge|histogram|summary)\n\z/
        && !/^[a-z0-9_]+(?:\{[a-z0-9]+="[^"\\]*"(?:,[a-z0-9]+="[^"\\]*")*\})? [0-9.]+\n\z/
    } split /(?<=\n)/, $body
}
--- response_body eval
['ok', '']


=== TEST 13: each name of Prometheus is described once, and its lines follow
--- function
module.exports = (req, res) => res.send('ok');
--- request eval
['GET /t', 'GET /prometheus']
--- response_body_filters eval
sub {
    my $body = shift;
    return $body if $body eq 'ok';
    my ($name, %seen, @bad) = ('');
    for (split /\n/, $body) {
        if (/^# HELP (\S+)/) {
            $name = $1;
            push @bad, $_ if $seen{$name}++;
        } elsif (!/^(?:# TYPE )?$name(?:_bucket|_sum|_count)?[\{ ]/) {
            push @bad, $_;
        }
    }
    return join "\n", @bad;
}
--- response_body eval
['ok', '']


=== TEST 14: a name that needs escapes
--- config eval
'location /t { invoke "./html/a\"b"; }'
--- user_files eval
">>> a\"b/index.js\nmodule.exports = (req, res) => res.send('ok');\n"
--- request eval
['GET /t', 'GET /prometheus', 'GET /json']
--- response_body_like eval
['ok', qr/function="[^"]+\/a\\"b",outcome="ok"\} 1/, qr/\/a\\"b":\{"invocations":1/]


=== TEST 15: more functions than slots
--- http_config
invoke_zone m:32k;
--- config
location ~ ^/f/(?<n>\d+)$ { invoke ./html/f$n; }
--- user_files eval
join '', map { ">>> f$_/index.js\nmodule.exports = (req, res) => res.send('ok');\n" } 1 .. 60
--- request eval
[(map { "GET /f/$_" } 1 .. 60), 'GET /json']
--- response_body_like eval
[('ok') x 60, qr/"ok":60,.*"_other":\{"invocations":\d+/]


=== TEST 16: health
--- function
module.exports = (req, res) => setTimeout(() => res.send('ok'), 1500);
--- request eval
['GET /t', 'GET /health']
--- response_headers eval
['', 'Content-Type: application/json; charset=utf-8']
--- response_body_like eval
['ok', qr/^\{"status":"healthy","service":"invoke-execution","timestamp":"[^"]{24}","isolates":\{"total":5,"available":5,"active":0,"starting":0,"waiting":0\}\}$/]


=== TEST 17: health, from the first moment
--- request
GET /health
--- response_body_like: "status":"healthy"


=== TEST 18: health, nothing but GET and HEAD
--- request
DELETE /health
--- error_code: 405


=== TEST 19: hits of the module cache
--- http_config
invoke_isolates 1 max=1;
--- user_files
>>> fn/index.js
const a = require('./a');
module.exports = (req, res) => res.send(a);
>>> fn/a.js
module.exports = 'ok';
--- request eval
['GET /t', 'GET /t', 'GET /json']
--- response_body_like eval
['ok', 'ok', qr/"moduleCache":\{"size":2,"hits":2,"misses":2,"evictions":0,"hitRate":0\.5000/]


=== TEST 20: evictions of the module cache
--- http_config
invoke_isolates 1 max=1;
invoke_module_cache 1;
--- user_files
>>> fn/index.js
const a = require('./a');
module.exports = (req, res) => res.send(a);
>>> fn/a.js
module.exports = 'ok';
--- request eval
['GET /t', 'GET /json']
--- response_body_like eval
['ok', qr/"moduleCache":\{"size":1,"hits":0,"misses":2,"evictions":1/]


=== TEST 21: evictions of the module cache by its size
--- http_config
invoke_isolates 1 max=1;
invoke_module_cache 100 size=16k;
--- user_files eval
">>> fn/index.js
const a = require('./a');
module.exports = (req, res) => res.send(a);
>>> fn/a.js
// " . 'x' x 10000 . "
module.exports = require('./b');
>>> fn/b.js
// " . 'x' x 10000 . "
module.exports = 'ok';
"
--- request eval
['GET /t', 'GET /json']
--- response_body_like eval
['ok', qr/"moduleCache":\{"size":[12],"hits":0,"misses":3,"evictions":[12],.*"bytes":1[0-6]\d{3},/]


=== TEST 22: a module that does not compile, in either way, is not kept
--- http_config
invoke_isolates 1 max=1;
--- user_files
>>> fn/index.js
module.exports = (req, res) => {
    try { require('./a'); } catch (e) { res.send(e.name); }
};
>>> fn/a.js
module.exports = ;
--- request eval
['GET /t', 'GET /t', 'GET /json']
--- response_body_like eval
['SyntaxError', 'SyntaxError', qr/"moduleCache":\{"size":1,"hits":1,"misses":5,/]


=== TEST 23: what the isolates hold, and what the worker has
--- http_config
invoke_isolates 1 max=1;
--- user_files
>>> fn/index.js
const kept = Buffer.alloc(2e7, 1);
module.exports = async (req, res) => {
    await new Promise(resolve => setTimeout(resolve, 100));
    res.send(`${kept.length}`);
};
--- request eval
['GET /t', 'GET /json']
--- response_body_like eval
['20000000', qr/"memoryAccounted":[2-9]\d{7},"memoryResident":([4-9]\d{7}|\d{9}),/]


=== TEST 24: a kind of health that there is not
--- config
location /dead { invoke_health dead; }
--- must_die
--- error_log
invalid value "dead"


=== TEST 25: what was built, in both formats
--- config
location /t { invoke ./html/fn; }
location /version { return 200 "$invoke_module_version/$nginx_version"; }
--- function
module.exports = (req, res) => res.send(process.versions.v8);
--- request eval
['GET /t', 'GET /version', 'GET /json', 'GET /prometheus']
--- response_body_filters eval
my ($v8, $version, $nginx);

sub {
    my $body = shift;

    if (!defined $v8) {
        $v8 = $body;

    } elsif (!defined $version) {
        ($version, $nginx) = split m{/}, $body;
        return $version =~ /^\d+\.\d+\.\d+$/ ? 'a version' : $body;

    } else {
        return 'the same' if index($body, qq(,"build":{"version":"$version",)
                                   . qq("v8":"$v8","nginx":"$nginx"},)) > 0;
        return 'the same' if index($body, qq(\ninvoke_build_info{)
                                   . qq(version="$version",v8="$v8",)
                                   . qq(nginx="$nginx"} 1\n)) > 0;
    }

    return $body;
}
--- response_body_like eval
[qr/^\d+\.\d+\.\d+\.\d+-node\.\d+$/, 'a version', 'the same', 'the same']


=== TEST 26: and in the log, at the start
--- config
location /t { invoke ./html/fn; }
--- function
module.exports = (req, res) => res.send('ok');
--- request
GET /t
--- response_body: ok
--- error_log eval
qr{\[notice\] .* invoke: version \d+\.\d+\.\d+ with V8 \S+, built for nginx/\S+$}
