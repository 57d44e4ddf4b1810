# Limits: each one ends in its row of the table of failures, its isolate is
# replaced, and what shares the isolate finishes first.

use strict;
use warnings;

use TestInvoke 'no_plan';
use TestEngine;

my $detail = { map { $_ => 1 } qw(code name stack) };

my @timeouts = (
    'spins in the handler' =>
        'module.exports = () => { for (;;); };',

    'spins at load' =>
        'for (;;);',

    'awaits for ever' =>
        "module.exports = async () => {\n"
        . "    setInterval(() => {}, 1000);\n"
        . "    await new Promise(() => {});\n"
        . "};\n",

    'spins in a timer' =>
        'module.exports = () => setTimeout(() => { for (;;); }, 1);',

    'spins in a microtask' =>
        'module.exports = () => queueMicrotask(() => { for (;;); });',

    'queues microtasks for ever' =>
        "module.exports = () => {\n"
        . "    const again = () => queueMicrotask(again);\n"
        . "    again();\n"
        . "};\n",

    'awaits at load' =>
        "await new Promise((resolve) => setTimeout(resolve, 60000));\n"
        . "module.exports = (req, res) => res.send('late');\n",

    'spins after it has awaited' =>
        "module.exports = async () => {\n"
        . "    await new Promise((resolve) => setTimeout(resolve, 20));\n"
        . "    for (;;);\n"
        . "};\n",
);

my $hello = "module.exports = (req, res) => res.send('hello');\n";
my (%functions, $locations);

for (my $i = 0; $i < @timeouts; $i += 2) {
    $functions{"t$i"} = $timeouts[$i + 1];
}

sub errors { log_lines(qr/\[(?:error|crit|alert|emerg)\]/) }


# The wall time

for my $isolation (qw(request function)) {
    engine("wall time, isolation $isolation",
           http => 'invoke_isolates 2;',
           server => <<'END' =~ s/ISOLATION/$isolation/r,
location /hello { invoke ./fn/hello; }
location ~ ^/(?<fn>t\d+)$ {
    invoke_timeout 500ms;
    invoke_isolation ISOLATION;
    invoke ./fn/$fn;
}
END
           functions => { %functions, hello => $hello });

    my $n = 0;

    for (my $i = 0; $i < @timeouts; $i += 2) {
        my $title = $timeouts[$i];
        my $answer = get("/t$i");

        is("$answer->{status} $answer->{code}", '504 timeout', $title);

        is($answer->{json}{message}, 'Function execution timeout (500ms)',
           "$title: message");
        is($answer->{json}{success}, JSON::PP::false, "$title: success");
        is_deeply({ map { $_ => 1 } keys %{ $answer->{json}{error} } },
                  $detail, "$title: detail");
        is($answer->{json}{functionId}, fn_path("t$i"), "$title: functionId");
        is($answer->{json}{requestId}, $answer->{headers}{'x-trace-id'},
           "$title: requestId");

        $n++;

        my $metrics = at_rest("$title: the isolate is replaced");

        is($metrics->{isolatePool}{corrupted}, $n, "$title: one corrupted");
        is($metrics->{isolatePool}{total}, 2, "$title: two are there");
        is($metrics->{isolatePool}{created}, 2 + $n, "$title: one created");
        is($metrics->{isolatePool}{destroyed}, $n, "$title: one destroyed");
        is($metrics->{invocations}{timeout}, $n, "$title: counted");
        is_deeply($metrics->{functions}{fn_path("t$i")}{errors},
                  { timeout => 1 }, "$title: counted for the function");

        one_line(qr{\[error\]\ .*invoke:\ function\ ".*/fn/t$i"\ version
                    \ [0-9a-f]{12}\ failed,\ timeout:
                    .*Function\ execution\ timeout\ \(500ms\)}x,
                 "$title: one line in the log");
    }

    is(scalar errors(), $n, 'no other errors');
    is(get('/hello')->{body}, 'hello', 'others are served');
}


engine('without detail',
       http => 'invoke_isolates 2; invoke_memory_limit 32m;'
               . 'invoke_error_detail off;',
       server => <<'END',
location /timeout { invoke_timeout 300ms; invoke ./fn/spins; }
location /cpu { invoke_cpu_limit 300ms; invoke ./fn/spins; }
location /memory { invoke ./fn/memory; }
location /large { invoke_max_response 1k; invoke ./fn/large; }
END
       functions => {
           spins => 'module.exports = () => { for (;;); };',
           memory => 'module.exports = () => { const a = [];'
                     . ' for (;;) a.push(new Array(1e4).fill(1)); };',
           large => "module.exports = (req, res) =>\n"
                    . "    res.send('x'.repeat(10000));\n",
       });

for ([timeout => 504, 'timeout'], [cpu => 504, 'cpu'],
     [memory => 500, 'memory'], [large => 500, 'response_too_large'])
{
    my ($path, $status, $code) = @$_;
    my $answer = get("/$path");

    is("$answer->{status} $answer->{code}", "$status $code", $path);
    is_deeply($answer->{json}{error}, { code => $code },
              "$path: the code alone");
    unlike($answer->{json}{message}, qr/ms|spins|invoke_/, "$path: message");
}

at_rest();


# The CPU time

my $sleeps = <<'END';
module.exports = (req, res) =>
    setTimeout(() => res.send('slept'), Number(req.query.ms));
END

my $bursts = <<'END';
module.exports = async (req, res) => {
    for (;;) {
        const end = Date.now() + 20;
        while (Date.now() < end);
        await new Promise((resolve) => setTimeout(resolve, 1));
    }
};
END

engine('CPU time',
       http => 'invoke_isolates 2;',
       server => <<'END',
invoke_cpu_limit 400ms;
location ~ ^/(?<fn>\w+)$ { invoke ./fn/$fn; }
location = /both { invoke_timeout 500ms; invoke_cpu_limit 20s; invoke ./fn/spins; }
END
       functions => {
           spins => 'module.exports = () => { for (;;); };',
           load => 'for (;;);',
           sleeps => $sleeps,
           bursts => $bursts,
           hello => $hello,
       });

is(get('/sleeps?ms=1500')->{body}, 'slept', 'sleeping takes no CPU time');

my $n = 0;

for my $fn (qw(spins load bursts)) {
    my $answer = get("/$fn");

    is("$answer->{status} $answer->{code}", '504 cpu', $fn);
    is($answer->{json}{message}, 'Function CPU time limit exceeded (400ms)',
       "$fn: message");

    my $metrics = at_rest("$fn: the isolate is replaced");

    $n++;

    is($metrics->{isolatePool}{corrupted}, $n, "$fn: one corrupted");
    is($metrics->{invocations}{cpu}, $n, "$fn: counted");
    one_line(qr{/fn/$fn" version \w+ failed, cpu: }, "$fn: one line");
}

is(get('/both')->{code}, 'timeout', 'the wall time may be over before');
at_rest();
is(join(',', map { $_->{body} } together(('/hello') x 20)),
   join(',', ('hello') x 20), 'each invocation has its own');
is(scalar errors(), 4, 'no other errors');


# An isolate that still starts when its first invocation comes

engine('CPU time from the first moment',
       http => 'invoke_isolates 30 max=30;',
       server => 'location = /f { invoke_cpu_limit 1ms; invoke ./fn/f; }',
       functions => { f => 'module.exports = () => { for (;;); };' });

is(join(',', map { $_->{code} } together(('/f') x 3)), 'cpu,cpu,cpu',
   'the limit is looked at');
at_rest();


# The CPU time is that of an invocation, not of its neighbours

engine('CPU time of neighbours',
       http => 'invoke_isolates 1 max=1;',
       server => <<'END',
invoke_isolation function;
location /mixed { invoke_cpu_limit 1s; invoke ./fn/mixed; }
END
       functions => { mixed => <<'END' });
module.exports = (req, res) => {
    if (req.query.sleep) {
        setTimeout(() => res.send('slept'), 1500);
        return;
    }
    const end = Date.now() + 100;
    while (Date.now() < end);
    res.send('spun');
};
END

at_rest('one isolate is ready');

my $sleepers = send_off(('/mixed?sleep=1') x 2);
soon { pool()->{active} == 1 } 'two sleep';

is(join(',', map { $_->{body} } together(('/mixed') x 5)),
   join(',', ('spun') x 5), 'five spin for a time below the limit');
is(join(',', map { $_->{body} } answers($sleepers)), 'slept,slept',
   'the sleepers did not pay for it');
is(at_rest()->{isolatePool}{corrupted}, 0, 'no limit was hit');


# Memory of several in one isolate, of which each takes all

engine('memory of neighbours',
       http => 'invoke_isolates 1 max=1; invoke_memory_limit 64m;',
       server => 'location /hogs { invoke ./fn/hogs; }',
       functions => { hogs => <<'END' });
module.exports = () => new Promise(() => {
    setTimeout(() => {
        const all = [];
        for (;;) all.push(new Array(1e5).fill(1));
    }, 300);
});
END

is(join(',', map { $_->{code} } together(('/hogs') x 3)),
   'memory,memory,memory', 'each of three is ended');
is(pool()->{quarantined}, 0, 'and V8 survives them');


# Memory

my @memory = (
    heap => 'module.exports = () => { const a = [];'
            . ' for (;;) a.push(new Array(1e4).fill(1)); };',
    load => 'const a = []; for (;;) a.push(new Array(1e4).fill(1));',
    timer => 'module.exports = () => setTimeout(() => { const a = [];'
             . ' for (;;) a.push(new Array(1e4).fill(1)); }, 1);',
    strings => "module.exports = () => { const a = [];\n"
               . "    for (let i = 0;; i++) a.push(`\${i}`.repeat(500)\n"
               . "                                  .split('').join('-')); };",
);

engine('memory', http => 'invoke_isolates 2; invoke_memory_limit 32m;',
       server => 'location ~ ^/(?<fn>\w+)$ { invoke ./fn/$fn; }',
       functions => { @memory, hello => $hello });

$n = 0;

for (my $i = 0; $i < @memory; $i += 2) {
    my $fn = $memory[$i];
    my $answer = get("/$fn");

    is("$answer->{status} $answer->{code}", '500 memory', $fn);
    is($answer->{json}{message},
       'Isolate was disposed during execution due to memory limit',
       "$fn: message");

    $n++;

    my $metrics = at_rest("$fn: the isolate is replaced");

    is($metrics->{isolatePool}{corrupted}, $n, "$fn: one corrupted");
    is($metrics->{isolatePool}{total}, 2, "$fn: two are there");
    is($metrics->{invocations}{memory}, $n, "$fn: counted");
    one_line(qr{/fn/$fn" version \w+ failed, memory: }, "$fn: one line");
}

is(scalar errors(), $n, 'no other errors');
is(get('/hello')->{body}, 'hello', 'others are served');


engine('ArrayBuffers', http => 'invoke_isolates 2; invoke_memory_limit 32m;',
       server => 'location ~ ^/(?<fn>\w+)$ { invoke ./fn/$fn; }',
       functions => {
           kept => 'module.exports = () => { const a = [];'
                   . ' for (;;) a.push(new Uint8Array(1e6).fill(1)); };',
           caught => <<'END',
module.exports = (req, res) => {
    const a = [];
    try {
        for (;;) a.push(new Uint8Array(1e6).fill(1));
    } catch (error) {
        res.send(`${error.name} after ${a.length > 20 && a.length < 34}`);
    }
};
END
           dropped => <<'END',
module.exports = (req, res) => {
    for (let i = 0; i < 300; i++) new Uint8Array(1e6).fill(1);
    res.send('300 MB');
};
END
           both => <<'END',
module.exports = (req, res) => {
    const heap = [], buffers = [];
    for (let i = 0; i < 24; i++) heap.push(new Array(131072).fill(i + 0.5));
    for (let i = 0; i < 24; i++) buffers.push(new Uint8Array(1 << 20));
    for (let i = 0; i < 1000; i++) new Uint8Array(1 << 20);
    res.send(`${heap.length} + ${buffers.length}`);
};
END
           hello => $hello,
       });

like(get('/kept')->{code}, qr/^(memory|exception)$/, 'kept');
is(get('/dropped')->{body}, '300 MB', 'dropped ones do not count');
is(get('/both')->{status}, 500, 'heap and ArrayBuffers are limited together');
like(get('/caught')->{body}, qr/RangeError after true|"memory"/, 'caught');
is(get('/hello')->{body}, 'hello', 'others are served');
at_rest();


# The response

engine('response', http => 'invoke_isolates 2;',
       server => <<'END',
invoke_max_response 100k;
location ~ ^/(?<fn>\w+)$ { invoke ./fn/$fn; }
END
       functions => {
           buffered => "module.exports = (req, res) =>\n"
                       . "    res.send('x'.repeat(200000));\n",
           bytes => "module.exports = (req, res) =>\n"
                    . "    res.send(Buffer.alloc(200000));\n",
           fits => "module.exports = (req, res) =>\n"
                   . "    res.send('x'.repeat(90000));\n",
           head => <<'END',
module.exports = (req, res) => {
    res.set('set-cookie', new Array(1001).fill('a=1')).end();
};
END
           streamed => <<'END',
module.exports = (req, res) => {
    res.write('begin');
    setTimeout(() => res.end('x'.repeat(200000)), 50);
};
END
           slow => <<'END',
module.exports = async (req, res) => {
    for (let i = 0; i < 40; i++) {
        if (!res.write('x'.repeat(50000))) {
            await new Promise((resolve) => res.once('drain', resolve));
        }
    }
    res.end();
};
END
           flood => <<'END',
module.exports = (req, res) => {
    for (let i = 0; i < 40; i++) res.write('x'.repeat(50000));
    res.end();
};
END
       });

for my $fn (qw(buffered bytes)) {
    my $answer = get("/$fn");

    is("$answer->{status} $answer->{code}", '500 response_too_large', $fn);
    is($answer->{json}{message}, 'The response exceeds invoke_max_response',
       "$fn: message");
    one_line(qr{/fn/$fn" version \w+ failed, response_too_large: },
             "$fn: one line");
}

is(get('/head')->{json}{message}, 'The response headers exceed 256 KiB or '
                                 . '1000 lines', 'a head: message');
is(length get('/fits')->{body}, 90000, 'what fits is sent');

my $answer = get('/streamed');

is($answer->{status}, 200, 'a head that was sent stands');
cmp_ok(length $answer->{body}, '<', 200000, 'the rest does not come');
one_line(qr{/fn/streamed" version \w+ failed, response_too_large: },
         'streamed: one line');

is(length get('/slow')->{body}, 2000000,
   'with back-pressure any length is sent');

my $flooded = get('/flood');

cmp_ok(length $flooded->{body}, '<', 2000000, 'without it the limit is hit');

my $metrics = at_rest();

is($metrics->{invocations}{response_too_large}, 5, 'five are counted');
is($metrics->{isolatePool}{total}, 2, 'the pool is whole');


# A client that does not read

engine('a slow client', http => 'invoke_isolates 2;',
       server => <<'END', functions => { f => <<'FN', hello => $hello });
invoke_max_response 100k;
location = /f { invoke ./fn/f; }
location = /timeout { invoke_timeout 1s; invoke ./fn/f; }
location = /hello { invoke ./fn/hello; }
END
module.exports = async (req, res) => {
    for (let i = 0; i < 1000; i++) {
        if (!res.write('x'.repeat(50000)) && !req.query.hasty) {
            await new Promise((resolve) => res.once('drain', resolve));
        }
        if (req.query.hasty) {
            await new Promise((resolve) => setTimeout(resolve, 1));
        }
    }
    res.end();
};
FN

my $slow = send_off('/f');

soon { metrics()->{invocations}{active} == 1 } 'it begins';
select undef, undef, undef, 1.5;
is(get('/hello')->{body}, 'hello', 'others are served');
soon { metrics()->{invocations}{active} == 1 }
    'a function waits for its client';
is(length((answers($slow))[0]{body}), 50_000_000, 'who gets all of it then');

$slow = send_off('/f?hasty=1');

soon { metrics()->{invocations}{response_too_large} == 1 }
    'one that does not wait is stopped';
cmp_ok(length((answers($slow))[0]{body}), '<', 50_000_000,
       'and its client notices');

$slow = send_off('/timeout');

soon { metrics()->{invocations}{timeout} == 1 } 'it may wait for so long';
cmp_ok(length((answers($slow))[0]{body}), '<', 50_000_000,
       'and its client notices');

is(at_rest()->{isolatePool}{total}, 2, 'the pool is whole');


# Console lines

engine('console', http => 'invoke_isolates 2;',
       server => 'location ~ ^/(?<fn>\w+)$ { invoke ./fn/$fn; }',
       functions => {
           empty => <<'END',
module.exports = (req, res) => {
    for (let i = 0; i < 262144; i++) console.log('');
    for (let i = 0; i < 10000; i++) process.stderr.write('\n');
    for (let i = 0; i < 10000; i++) process.emitWarning(`w${i}`);
    res.send('logged');
};
END
           long => <<'END',
module.exports = (req, res) => {
    for (let i = 0; i < 100; i++) console.log('\u0001'.repeat(1e6));
    res.send('logged');
};
END
           much => <<'END',
module.exports = (req, res) => {
    for (let i = 0; i < 20000; i++) console.log('line', i, 'x'.repeat(200));
    res.send('logged');
};
END
           little => "module.exports = (req, res) =>\n"
                     . "    { console.log('little'); res.send('logged'); };\n",
       });

is(get('/much')->{body}, 'logged', 'a function that logs 4 MB goes on');
at_rest();

my $lines = log_lines(qr/console\.log: line/);

cmp_ok($lines, '>', 100, 'a good part is in the log');
cmp_ok($lines, '<', 20000, 'the rest is dropped');
is(get('/little')->{body}, 'logged', 'the next one starts anew');
one_line(qr/console\.log: little/, 'its line is in the log');

my $cut = qr/too much console output/;
my $before = log_lines(qr/./);

is(log_lines($cut), 1, 'the cut is told once');
is(get('/empty')->{body}, 'logged', 'a function that logs empty lines goes on');
at_rest();

cmp_ok(log_lines(qr/./) - $before, '<', 3000, 'they cost something, too');
is(log_lines($cut), 2, 'and their cut is told once');

$before = length server()->log;
is(get('/long')->{body}, 'logged', 'a function that logs long lines goes on');
at_rest();

cmp_ok(length(server()->log) - $before, '<', 3_000_000,
       'what they take in the log is bounded');


# The body of the request

engine('request body',
       http => 'invoke_isolates 2; invoke_memory_limit 32m;',
       server => <<'END',
client_max_body_size 1m;
location /length { invoke ./fn/length; }
location /spooled { client_body_in_file_only on; invoke ./fn/length; }
location /small { client_body_buffer_size 1k; invoke ./fn/length; }
location /large { client_max_body_size 0; invoke ./fn/ignores; }
location /read { client_max_body_size 0; invoke ./fn/length; }
END
       functions => {
           length => "module.exports = (req, res) =>\n"
                     . "    res.send(String(req.rawBody.length));\n",
           ignores => "module.exports = (req, res) =>\n"
                      . "    res.send(req.get('content-length'));\n",
       });

my $text = 'Content-Type: text/plain';

for my $path (qw(length spooled small)) {
    is(post("/$path", 'x' x 700_000, $text)->{body}, 700_000, $path);
    is(post("/$path", '', $text)->{body} || 0, 0, "$path: an empty one");
}

is((together(['POST', '/length', undef, 'Content-Length: 1073741824']))[0]
   ->{status}, 413, '1 GB is refused before it comes');

is(post('/large', 'x' x 50_000_000, $text)->{body}, 50_000_000,
   'one over the memory limit is spooled');

like(post('/read', 'x' x 50_000_000, $text)->{status}, qr/^(413|500)$/,
     'but not read in whole');

is(get('/length')->{body} || 0, 0, 'it goes on');
at_rest();


# What shares an isolate with one that hits a limit

for my $limit (['timeout', 'invoke_timeout 1s;'],
               ['cpu', 'invoke_cpu_limit 500ms;'])
{
    my ($code, $directive) = @$limit;

    for my $isolation (qw(request function)) {
        engine("neighbours of $code, isolation $isolation",
               http => 'invoke_isolates 1 max=1; invoke_queue 50 timeout=60s;',
               server => <<"END", functions => { both => <<'END' });
invoke_isolation $isolation;
location /sleeps { invoke ./fn/both; }
location /spins { $directive invoke ./fn/both; }
END
module.exports = (req, res) => {
    if (req.originalUrl.startsWith('/spins')) {
        for (;;);
    }
    setTimeout(() => res.send('slept'), 3000);
};
END

        at_rest('one isolate is ready');

        my $sleepers = send_off(('/sleeps') x 3);

        soon { metrics()->{invocations}{active} == 3 } 'three sleep';

        my $answer = get('/spins');

        is("$answer->{status} $answer->{code}", "504 $code", 'one is over');

        my $late = send_off('/sleeps');

        is(join(',', map { $_->{body} } answers($sleepers)),
           'slept,slept,slept', 'those beside it finish');
        is((answers($late))[0]{body}, 'slept', 'the next one has a new one');

        my $pool = at_rest()->{isolatePool};

        is($pool->{corrupted}, 1, 'one corrupted');
        is($pool->{created}, 2, 'one created');
        is($pool->{destroyed}, 1, 'one destroyed');
    }
}


# After the response

engine('after the response', http => 'invoke_isolates 2;',
       server => <<'END',
invoke_timeout 700ms;
location ~ ^/(?<fn>\w+)$ { invoke ./fn/$fn; }
END
       functions => {
           spins => 'module.exports = (req, res) =>'
                    . " { res.send('sent'); for (;;); };",
           waits => "module.exports = async (req, res) => {\n"
                    . "    res.send('sent');\n"
                    . "    setInterval(() => {}, 10);\n"
                    . "    await new Promise(() => {});\n"
                    . "};\n",
       });

is(get('/spins')->{body}, 'sent', 'the response of one that spins stands');
at_rest();
one_line(qr{/fn/spins" version \w+ failed, timeout: }, 'its end is logged');

is(get('/waits')->{body}, 'sent', 'and of one that waits');
at_rest();
one_line(qr{/fn/waits" version \w+ failed, timeout: }, 'its end is logged');

is(metrics()->{invocations}{timeout}, 2, 'both are counted');
is(pool()->{corrupted}, 2, 'both isolates are replaced');

engine_stop();
