# What V8 cannot end: its thread is parked, its client is answered, the others
# go on, and the worker is replaced in a quiet moment.

use strict;
use warnings;

use TestInvoke 'no_plan';
use TestEngine;

sub bodies { join ',', map { $_->{body} } @_ }

my $hello = "module.exports = (req, res) => res.send('hello');\n";

my %functions = (
    hello => $hello,
    sleeper => <<'END',
module.exports = (req, res) => setTimeout(() => res.send('slept'), 2000);
END
    split => <<'END',
module.exports = (req, res) => {
    res.send(String('a'.repeat(2 ** 28).split('').length));
};
END
    fill => <<'END',
module.exports = (req, res) => {
    const a = [];
    a.length = 2 ** 32 - 1;
    a.fill(0);
    res.send('filled');
};
END
    load => "'a'.repeat(2 ** 28).split('');\n",
    both => <<'END',
module.exports = (req, res) => {
    if (req.query.split) {
        'a'.repeat(2 ** 28).split('');
    }
    setTimeout(() => res.send('slept'), 25000);
};
END
);

my $locations = <<'END';
location ~ ^/(?<fn>hello|sleeper|split|load|both)$ { invoke ./fn/$fn; }
location = /fill { invoke_timeout 1s; invoke ./fn/fill; }
END

my $http = 'invoke_isolates 2 max=4; invoke_memory_limit 64m;'
           . 'invoke_queue 100 timeout=60s;';

my %cases = (
    split => [500, qr/^(memory|crashed)$/],
    load => [500, qr/^(memory|crashed)$/],

    # whichever limit comes first
    fill => [qr/^50[04]$/, qr/^(timeout|memory|crashed)$/],
);

sub replaced { scalar log_lines(qr/the worker leaves to be replaced/) }


for my $fn (sort keys %cases) {
    my ($status, $code) = @{ $cases{$fn} };

    engine("$fn, with a master", http => $http, server => $locations,
           functions => \%functions);

    at_rest('the pool is ready');

    my ($worker) = worker_pids();

    # a request that takes its time keeps the worker from being replaced

    my $long = send_off(('/sleeper') x 2);
    soon { metrics()->{invocations}{active} == 2 } 'others are at work';

    my $answer = get("/$fn");

    like($answer->{status}, qr/^$status$/, 'the client is answered');
    like($answer->{code}, $code, 'with its code');
    is($answer->{json}{functionId}, fn_path($fn), 'by our own');

    is(bodies(together(('/hello') x 5)), join(',', ('hello') x 5),
       'another function goes on');
    is(get('/static')->{body}, 'static', 'so does nginx');
    is(bodies(answers($long)), 'slept,slept', 'what was at work finishes');

    # the gauges of the worker before and after

    soon { replaced() == 1 } 'the worker leaves';
    soon {
        my ($now) = eval { worker_pids() };
        $now && $now != $worker
    } 'another one takes its place';

    my $metrics = at_rest('its pool is ready');

    is($metrics->{isolatePool}{quarantined}, 1, 'one was in quarantine');
    is($metrics->{isolatePool}{corrupted}, 1, 'it counts as corrupted');
    is($metrics->{isolatePool}{parked}, 0, 'it is no more');
    is($metrics->{isolatePool}{total}, 2, 'two isolates are there');
    is($metrics->{invocations}{ok}, 7, 'all others were served');

    my $outcomes = $metrics->{functions}{fn_path($fn)};

    is($outcomes->{invocations}, 1, 'one invocation');
    is_deeply([values %{ $outcomes->{errors} }], [1], 'one error');

    one_line(qr{invoke: function ".*/fn/$fn" version \w+ failed, },
             'one line tells of the failure');
    one_line(qr{an isolate is in quarantine: .*"[^"]*/fn/$fn"},
             'one of the quarantine');
    is(bodies(together(('/hello') x 5)), join(',', ('hello') x 5),
       'the new worker serves');
}


# Without a lost request: clients ask all the time while the worker changes

engine('a worker changes under load', http => $http, server => $locations,
       functions => \%functions);

at_rest('the pool is ready');

my ($worker) = worker_pids();
my @failed;
my $asked = 0;

get('/split');

soon {
    my @answers = together(('/hello') x 4, '/static');

    $asked += @answers;
    push @failed, grep { $_->{status} ne 200 } @answers;

    replaced()
} 'the worker leaves';

for (1 .. 20) {
    my @answers = together(('/hello') x 4, '/static');

    $asked += @answers;
    push @failed, grep { $_->{status} ne 200 } @answers;
}

is(scalar @failed, 0, "none of the requests has failed")
    or diag(join "\n", "of $asked:",
                 map { "$_->{path} $_->{status} $_->{body}" } @failed);

soon {
    my ($now) = eval { worker_pids() };
    $now && $now != $worker
} 'another one has taken its place';

at_rest();


# More of them at a time than the pool has isolates

engine('many at a time', http => $http, server => $locations,
       functions => \%functions);

at_rest('the pool is ready');

my @answers = together(('/split') x 6, ('/hello') x 6);

is(join(',', map { $_->{status} } @answers),
   join(',', (500) x 6, (200) x 6), 'each is answered');

soon { replaced() >= 1 } 'the worker leaves';

my $metrics = at_rest();

is($metrics->{isolatePool}{quarantined}, 6, 'six were in quarantine');
is(bodies(together(('/hello') x 5)), join(',', ('hello') x 5),
   'it goes on');


# What shares the isolate cannot go on, and is told so

engine('neighbours', http => 'invoke_isolates 1 max=1;'
                             . 'invoke_memory_limit 64m;',
       server => $locations, functions => \%functions);

at_rest('the pool is ready');

my $beside = send_off(('/both') x 2);

soon {
    my $metrics = metrics();
    $metrics->{invocations}{active} == 2 && $metrics->{queue}{waiting} == 0
} 'two wait in the isolate';

select undef, undef, undef, 0.5;

@answers = (get('/both?split=1'), answers($beside));

is(join(',', map { $_->{status} } @answers), '500,500,500',
   'they end at once');
soon { replaced() == 1 } 'the worker leaves';
at_rest();
is(bodies(get('/hello')), 'hello', 'it goes on');


# One process that is master and worker goes on for good

engine('a single process', main => 'master_process off;', http => $http,
       server => $locations, functions => \%functions);

at_rest('the pool is ready');

for my $n (1 .. 3) {
    is(get('/split')->{status}, 500, "the client is answered, $n");
    is(bodies(together(('/hello') x 5)), join(',', ('hello') x 5),
       "another function goes on, $n");
}

$metrics = at_rest();

is($metrics->{isolatePool}{parked}, 3, 'three threads are parked');
cmp_ok($metrics->{isolatePool}{available}, '>=', 2, 'others are there');
is(replaced(), 0, 'nobody leaves');

engine_stop();
