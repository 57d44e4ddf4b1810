# Invocations that run at the same time in one isolate: what each one writes,
# logs, waits for and throws is its own.

use strict;
use warnings;

use TestInvoke 'no_plan';
use TestEngine;

sub bodies { join ',', map { $_->{body} } @_ }

my $sleeper = <<'END';
module.exports = (req, res) =>
    setTimeout(() => res.send('slept'), Number(req.query.ms ?? 3000));
END

my $hello = "module.exports = (req, res) => res.send('hello');\n";


for my $isolation (qw(request function)) {
    engine("sharing, isolation $isolation",
           http => 'invoke_isolates 1 max=1; invoke_queue 100 timeout=60s;',
           server => <<"END",
invoke_isolation $isolation;
location = /three { invoke_concurrency 3; invoke ./fn/sleeper; }
location = /one { invoke_concurrency 1; invoke ./fn/sleeper; }
location = /hello { invoke ./fn/hello; }
END
           functions => { sleeper => $sleeper, hello => $hello });

    at_rest('one isolate is ready');

    my $three = send_off(('/three') x 3);

    soon {
        my $metrics = metrics();
        $metrics->{invocations}{active} == 3 && $metrics->{queue}{waiting} == 0
    } 'three run, none of them waits';

    my $fourth = send_off('/three');
    soon { metrics()->{queue}{waiting} == 1 } 'a fourth one waits';

    my $other = send_off('/hello');
    soon { metrics()->{queue}{waiting} == 2 } 'and another function';

    is(bodies(answers($three)), 'slept,slept,slept', 'the three are answered');
    is(bodies(answers($fourth)), 'slept', 'then the fourth');
    is(bodies(answers($other)), 'hello', 'and the other function');

    is(at_rest()->{isolatePool}{created}, 1, 'all by one isolate');

    is(bodies(together(('/one?ms=100') x 4)), join(',', ('slept') x 4),
       'concurrency 1: one after the other');

    at_rest();
}


# As many as an isolate has slots for, and more that wait for one of those

for my $isolation (qw(request function)) {
    engine("all slots, isolation $isolation",
           http => 'invoke_isolates 1 max=1; invoke_queue 1000 timeout=60s;'
                   . 'invoke_memory_limit 512m;',
           server => "invoke_isolation $isolation; invoke_concurrency 64;"
                     . 'location = /f { invoke ./fn/f; }',
           functions => { f => $sleeper });

    at_rest('one isolate is ready');

    my %seen;
    $seen{"$_->{status} $_->{body}"}++ for together(('/f?ms=500') x 150);

    is_deeply(\%seen, { '200 slept' => 150 }, 'all that came are answered');

    my $pool = at_rest()->{isolatePool};

    is("$pool->{created} $pool->{corrupted}", '1 0', 'by one isolate');
}


# Console lines, the environment, timers, errors: told apart by what they hold

my $owner = <<'END';
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

module.exports = async (req, res) => {
    const { id, how } = req.query;

    console.log(`start ${id}`);
    await wait(20 + (id * 7) % 30);
    console.log(`middle ${id} ${process.env.WHO}`);
    await null;
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => process.nextTick(resolve));
    await wait((id * 13) % 30);
    console.warn(`end ${id}`);

    if (how === 'throw') {
        throw new Error(`thrown by ${id}`);
    }

    if (how === 'timer') {
        setTimeout(() => { throw new Error(`timer of ${id}`); }, 5);
        await wait(10000);
    }

    if (how === 'unhandled') {
        Promise.reject(new Error(`unhandled of ${id}`));
        await wait(10000);
    }

    if (how === 'tick') {
        process.nextTick(() => { throw new Error(`tick of ${id}`); });
        await wait(10000);
    }

    res.json({ id, who: process.env.WHO, url: req.url });
};
END

for my $isolation (qw(request function)) {
    engine("whose it is, isolation $isolation",
           http => 'invoke_isolates 1 max=1; invoke_queue 200 timeout=60s;'
                   . "log_format who '\$arg_id \$invoke_status';",
           server => <<"END", functions => { owner => $owner });
invoke_isolation $isolation;
invoke_env WHO who-\$arg_id;
access_log logs/access.log who;
location = /f { invoke ./fn/owner; }
END

    at_rest('one isolate is ready');

    my @how = ('', '', 'throw', '', 'timer', '', 'unhandled', '', 'tick', '');
    my %says = (throw => 'thrown by', timer => 'timer of',
                unhandled => 'unhandled of', tick => 'tick of');

    my @requests = map {
        { id => $_, how => $how[$_ % @how], path => "/f?id=$_&how="
                                                    . $how[$_ % @how] }
    } 1 .. 40;

    my @answers = together(map { $_->{path} } @requests);
    my @wrong;

    for my $i (0 .. $#requests) {
        my ($id, $how) = @{ $requests[$i] }{qw(id how)};
        my ($status, $json) = @{ $answers[$i] }{qw(status json)};

        my $right = $how eq ''
            ? $status eq 200 && $json->{id} eq $id
              && $json->{who} eq "who-$id" && $json->{url} =~ /id=$id&/
            : $status eq 500 && $json->{message} eq "$says{$how} $id";

        push @wrong, "$id $how: $status $answers[$i]{body}" if !$right;
    }

    is(join("\n", @wrong), '', 'each has its own answer');

    my $metrics = at_rest();

    is($metrics->{invocations}{ok}, 24, 'all that answered');
    is($metrics->{invocations}{exception}, 16, 'all that failed');
    is($metrics->{isolatePool}{created}, 1, 'in one isolate');

    # a console line belongs to the request in whose log line it is

    my @strange = grep {
        my ($id) = /console\.\w+: \w+ (\d+)/;
        !/request: "GET \/f\?id=$id&/;
    } log_lines(qr/console\.\w+: (start|middle|end) /);

    is(join("\n", @strange), '', 'each has its own console lines');
    is(scalar log_lines(qr/console\.\w+: (?:start|middle|end) /), 120,
       'none is lost');
    is(scalar log_lines(qr/console\.log: middle (\d+) who-\1,/), 40,
       'each has its own environment');
    is(scalar log_lines(qr/failed, exception: /), 16,
       'each failure is logged once');
}


# A rejection that nobody handles, where the function has one context

engine('unhandled rejections',
       http => 'invoke_isolates 1 max=1; invoke_queue 100 timeout=60s;',
       server => <<'END', functions => { f => <<'FN', hello => $hello });
invoke_isolation function;
location = /f { invoke ./fn/f; }
END
let served = 0;

module.exports = async (req, res) => {
    const { fail } = req.query;

    await new Promise((resolve) => setTimeout(resolve, 200));

    if (fail) {
        (async () => { throw new Error(`lost ${fail}`); })();
        await new Promise((resolve) => setTimeout(resolve, 20000));
    }

    await new Promise((resolve) => setTimeout(resolve, 300));
    res.send(`served ${++served > 0}`);
};
FN

at_rest('one isolate is ready');

my @answers = together('/f', '/f?fail=1', '/f', '/f?fail=2', '/f');

is(join(',', map { $_->{status} } @answers), '200,500,200,500,200',
   'only those that left one fail');
is(join(',', map { $_->{json}{message} } @answers[1, 3]), 'lost 1,lost 2',
   'each with its own');
is(bodies(@answers[0, 2, 4]), join(',', ('served true') x 3),
   'the others are answered');
is(at_rest()->{isolatePool}{corrupted}, 0, 'the isolate stays');


# A function that has been quick takes invocations behind one another: when
# one of them is not quick, those behind it do not wait for it.

for my $isolation (qw(request function)) {
    engine("a slow one among quick ones, isolation $isolation",
           http => 'invoke_isolates 2 max=4; invoke_queue 1000 timeout=60s;',
           server => <<"END", functions => { f => <<'FN' });
invoke_isolation $isolation;
location = /f { invoke ./fn/f; }
END
module.exports = (req, res) => {
    if (req.query.spin) {
        const end = Date.now() + Number(req.query.spin);
        while (Date.now() < end);
    }
    res.send(req.query.spin ? 'slow' : 'quick');
};
FN

    at_rest('the pool is ready');

    # it gets known as quick

    my $quick = 0;

    for (1 .. 10) {
        $quick += grep { $_->{body} eq 'quick' } together(('/f') x 60);
    }

    is($quick, 600, 'quick ones');

    my @requests = (('/f') x 30, '/f?spin=3000', ('/f') x 60);
    my $slow = 30;
    my @got = together(@requests);

    is(join(',', map { $_->{body} } @got),
       join(',', map { /spin/ ? 'slow' : 'quick' } @requests),
       'all are answered');

    is($got[$slow]{order}, scalar @got, 'the slow one is the last');

    my $metrics = at_rest();

    is($metrics->{invocations}{ok}, 600 + @requests, 'each has run once');
    is($metrics->{isolatePool}{corrupted}, 0, 'no isolate was lost');
}


# The same where it hits a limit: nothing else does

engine('a limit among quick ones',
       http => 'invoke_isolates 1 max=2; invoke_queue 1000 timeout=60s;',
       server => <<"END", functions => { f => <<'FN' });
invoke_isolation function;
invoke_timeout 20s;
location = /f { invoke ./fn/f; }
location = /limited { invoke_timeout 1s; invoke ./fn/f; }
END
module.exports = (req, res) => {
    if (req.originalUrl === '/limited') {
        for (;;);
    }
    res.send('quick');
};
FN

at_rest('the pool is ready');
together(('/f') x 60) for 1 .. 10;

my @mixed = (('/f') x 30, '/limited', ('/f') x 30, '/limited', ('/f') x 30);

is(join(',', map { $_->{status} } together(@mixed)),
   join(',', map { $_ eq '/f' ? 200 : 504 } @mixed),
   'those with the limit alone fail');

my $metrics = at_rest();

is($metrics->{isolatePool}{corrupted}, 2, 'two isolates were lost');
is($metrics->{invocations}{timeout}, 2, 'two invocations were too');
is($metrics->{invocations}{ok}, 690, 'all others were served');


# Clients that leave while others stay

engine('clients that leave',
       http => 'invoke_isolates 1 max=1; invoke_queue 100 timeout=60s;',
       server => 'invoke_isolation function;'
                 . 'location = /f { invoke ./fn/f; }',
       functions => { f => $sleeper });

at_rest('one isolate is ready');

my $leave = send_off(('/f?ms=60000') x 4);
my $stay = send_off(('/f?ms=2000') x 4);

soon { metrics()->{invocations}{active} == 8 } 'eight run';

close $_->{socket} for @$leave;

soon { metrics()->{invocations}{aborted} == 4 } 'four leave';

is(bodies(answers($stay)), 'slept,slept,slept,slept', 'four are answered');

$metrics = at_rest();

is($metrics->{isolatePool}{corrupted}, 0, 'the isolate stays');
is($metrics->{isolatePool}{created}, 1, 'the only one');


# A function that never rests does not keep others from an isolate.

for my $isolation (qw(request function)) {
    for my $isolates (1, 2) {
        engine("turns, isolation $isolation, isolates: $isolates",
               http => "invoke_isolates $isolates max=$isolates;"
                       . 'invoke_queue 1000 timeout=30s;',
               server => <<"END", functions => { f => $sleeper, g => $hello });
invoke_isolation $isolation;
location = /f { invoke ./fn/f; }
location = /g { invoke ./fn/g; }
END

        at_rest('the pool is ready');

        my @under_way = map { send_off('/f?ms=500') } 1 .. $isolates;
        my ($other, $served);

        for my $n (1 .. 140) {
            push @under_way, send_off(('/f?ms=500') x $isolates);
            select undef, undef, undef, 0.1;

            $other //= send_off('/g') if $n == 10;
            $served = $other
                      && IO::Select->new($other->[0]{socket})->can_read(0);
            last if $served;
        }

        ok($served, 'the other one is served in between');

        my ($answer) = answers($other);

        is($answer->{body}, 'hello', 'the other one is served');

        is(scalar grep({ $_->{body} ne 'slept' } map { answers($_) }
                       @under_way), 0, 'and all of the first');

        my $metrics = at_rest();

        is($metrics->{queue}{timeouts}, 0, 'none has waited too long');
        is($metrics->{isolatePool}{created}, $isolates, 'by these isolates');
    }
}


# A function that does little but wait needs no isolate for each invocation: the
# base is enough. Where a thread gets no core for a while its isolate counts as
# slow, and more are made, so that a busy machine gets another try.

my $created;

for (1 .. 4) {
    engine('waiting',
           http => 'invoke_isolates 2 max=20;',
           server => 'invoke_isolation function;'
                     . 'location = /f { invoke ./fn/f; }',
           functions => { f => $sleeper });

    at_rest('the pool is ready');

    # what it costs beside the time that it takes has to be known first
    together('/f?ms=200') for 1 .. 20;

    is(bodies(together(('/f?ms=1000') x 12)), join(',', ('slept') x 12),
       'twelve that wait are answered');

    $created = at_rest()->{isolatePool}{created};
    last if $created <= 4;
}

cmp_ok($created, '<=', 4, 'and need hardly more isolates than the base')
    unless $ENV{TEST_INVOKE_ASAN};


# what may wait nowhere but for its isolate is with it while that is at others

engine('behind others',
       http => 'invoke_isolates 1 max=1;',
       server => 'invoke_isolation function;'
                 . 'location = /f { invoke ./fn/f; }',
       functions => { f => <<'END' });
const { readFile } = require('fs/promises');

let inside = 0;
let most = 0;

module.exports = async (req, res) => {
    const end = performance.now() + 0.5;

    most = Math.max(most, ++inside);

    while (performance.now() < end);

    await readFile(__filename);
    inside--;

    res.send(String(most));
};
END

at_rest('an isolate is ready');

# what it costs has to be known first
is(bodies(get('/f')), '1', 'one at a time') for 1 .. 40;

together(('/f') x 16) for 1 .. 10;

cmp_ok(get('/f')->{body}, '>', 1, 'several are there at a time')
    unless $ENV{TEST_INVOKE_ASAN};


# Streams that are written at the same time

engine('streams',
       http => 'invoke_isolates 1 max=1; invoke_queue 100 timeout=60s;',
       server => 'invoke_isolation function;'
                 . 'location = /f { invoke ./fn/f; }',
       functions => { f => <<'END' });
module.exports = async (req, res) => {
    for (let i = 0; i < 200; i++) {
        if (!res.write(`${req.query.id}:${'x'.repeat(4000)}\n`)) {
            await new Promise((resolve) => res.once('drain', resolve));
        }

        if (i % 20 === 0) {
            await new Promise((resolve) => setTimeout(resolve, 1));
        }
    }

    res.end(`${req.query.id} ends\n`);
};
END

at_rest('one isolate is ready');

my @wrong = grep {
    my ($id) = $_->{path} =~ /id=(\d+)/;

    $_->{body} ne ("$id:" . 'x' x 4000 . "\n") x 200 . "$id ends\n";
} together(map { "/f?id=$_" } 1 .. 12);

is(scalar @wrong, 0, 'twelve streams have each their own bytes');
is(at_rest()->{isolatePool}{created}, 1, 'of one isolate');

engine_stop();
