# Isolates that are busy for nobody, and what waits behind them: it is ended
# after a second of CPU time, and the others are served, whose time has not
# begun.

use strict;
use warnings;

use TestInvoke 'no_plan';
use TestEngine;

my $finalizer = <<'END';
let state = 'none';

const registry = new FinalizationRegistry(() => {
    if (state !== 'none') {
        return;
    }

    state = 'begun';
    WORK
    state = 'done';
});

module.exports = (req, res) => {
    if (req.query.state) {
        return res.send(state);
    }

    for (let i = 0; i < 200000; i++) {
        registry.register({}, i);
    }

    res.send('registered');
};
END

my %functions = (
    hello => "module.exports = (req, res) => res.send('hello');\n",
    long => $finalizer
        =~ s/WORK/for (const t = Date.now(); Date.now() - t < 400;);/r,
    endless => $finalizer =~ s/WORK/for (;;);/r,
    uninterruptible =>
        $finalizer =~ s/WORK/[].includes.call({ length: 2 ** 53 - 1 }, 1);/r,
    spin => <<'END',
module.exports = (req, res) => {
    for (const t = Date.now(); Date.now() - t < Number(req.query.ms || 0););
    res.send('spun');
};
END
);

my $locations = <<'END';
invoke_isolation function;
location ~ ^/(?<fn>long|endless|uninterruptible)$ { invoke ./fn/$fn; }
location = /hello { invoke ./fn/hello; invoke_timeout 5s; }
location = /spin { invoke ./fn/spin; invoke_timeout 3s; }
END

my $http = 'invoke_isolates 1 max=1; invoke_memory_limit 64m;'
           . 'invoke_queue 1000 timeout=60s;';


engine('a finalizer that takes its time', http => $http,
       server => $locations, functions => \%functions);

at_rest('the pool is ready');
is(get('/long')->{body}, 'registered', 'registered');

soon { get('/long?state=1')->{body} eq 'done' } 'it is not cut off';

my $metrics = at_rest();

is($metrics->{isolatePool}{corrupted}, 0, 'nothing is corrupted');
is($metrics->{isolatePool}{created}, 1, 'nothing is replaced');


for my $fn (qw(endless uninterruptible)) {
    engine("finalizer: $fn", http => $http, server => $locations,
           functions => \%functions);

    at_rest('the pool is ready');
    is(get("/$fn")->{body}, 'registered', 'registered');

    my @failed;

    # others ask all the time, before it begins and until it has ended

    soon {
        push @failed, grep { $_->{body} ne 'hello' }
                      together(('/hello') x 4);

        pool()->{corrupted} == 1
    } 'it is ended';

    is(scalar @failed, 0, 'none of the others has failed')
        or diag(join "\n", map { "$_->{status} $_->{body}" } @failed);

    $metrics = at_rest('the isolate is replaced');

    is($metrics->{invocations}{timeout} // 0, 0, 'nothing timed out');
    is(get('/hello')->{body}, 'hello', 'it serves');

    if ($fn eq 'uninterruptible') {
        is($metrics->{isolatePool}{quarantined}, 1, 'it is in quarantine');

    } else {
        is($metrics->{isolatePool}{quarantined}, 0, 'none is in quarantine');
        one_line(qr/\[error\].*what no invocation owns takes too long/,
                 'one line tells of it');
    }
}


# Quick ones are put behind one another, until one of them is not quick: what
# has not started goes on waiting, for longer than it may take itself.

engine('behind one that spins', http => $http,
       server => $locations, functions => \%functions);

at_rest('the pool is ready');

for (1 .. 20) {
    together(('/spin') x 10);
}

my $spinning = send_off('/spin?ms=2500', ('/spin') x 5, '/spin?ms=2500',
                        ('/spin') x 5);

is(join(',', map { $_->{status} } answers($spinning)), join(',', (200) x 12),
   'all are answered');

at_rest();
engine_stop();
