# The pool: warm-up, growth and shrinking, the queue, and what the metrics
# tell about it.

use strict;
use warnings;

use TestInvoke 'no_plan';
use TestEngine;

my $sleeper = <<'END';
module.exports = (req, res) =>
    setTimeout(() => res.send('slept'), Number(req.query.ms ?? 300));
END

my $spinner = <<'END';
module.exports = (req, res) => {
    const end = Date.now() + Number(req.query.ms ?? 300);
    while (Date.now() < end);
    res.send('spun');
};
END

my $hello = "module.exports = (req, res) => res.send('hello');\n";
my $throws = "module.exports = () => { throw new Error('thrown'); };\n";

my $all = join '', map { "location /$_ { invoke ./fn/$_; }\n" }
                   qw(sleeper spinner hello throws other);

my %functions = (sleeper => $sleeper, spinner => $spinner, hello => $hello,
                 throws => $throws, other => $hello);


engine('the default pool', server => $all, functions => \%functions);

is(get('/hello')->{body}, 'hello', 'a request is served from the first moment');

soon { log_lines(qr/warm-up complete/) } 'the warm-up is complete';

one_line(qr{\[notice\] .*invoke:[ ]pool[ ]warm-up[ ]complete:
            [ ]5/5[ ]isolates[ ]ready,[ ]\d+[ ]ms}x, 'one line tells so');

my $metrics = at_rest();

is_deeply({ map { $_ => $metrics->{isolatePool}{$_} }
            qw(total available active corrupted created destroyed parked
               quarantined terminated starting basePoolSize maxPoolSize) },
          { total => 5, available => 5, active => 0, corrupted => 0,
            created => 5, destroyed => 0, parked => 0, quarantined => 0,
            terminated => 0, starting => 0, basePoolSize => 5,
            maxPoolSize => 20 },
          'five isolates, none of them used up');

cmp_ok($metrics->{isolatePool}{heapUsed}, '>', 5 * 2**20,
       'their heaps are in use');
cmp_ok($metrics->{isolatePool}{heapUsed}, '<', 5 * 2**26,
       'but for the most part not');


# what a function has left behind is collected when nothing happens, though V8
# has no reason to

engine('garbage at rest',
       http => 'invoke_isolates 1 max=1;',
       server => 'invoke_isolation function; location / { invoke ./fn/kept; }',
       functions => { kept => <<'END' });
let kept;

module.exports = (req, res) => {
    if (req.query.drop) {
        kept = undefined;
    } else {
        kept = Array.from({ length: 1e6 }, (_, i) => ({ i }));
    }

    res.send('done');
};
END

is(get('/')->{body}, 'done', 'much is kept');

soon { pool()->{heapUsed} > 30 * 2**20 } 'the metrics tell';

is(get('/?drop=1')->{body}, 'done', 'and is dropped');

soon { pool()->{heapUsed} < 10 * 2**20 } 'it is collected at rest';


engine('before the warm-up is over',
       http => 'invoke_isolates 16 max=16;',
       server => $all, functions => \%functions);

is(join(',', map { $_->{body} } together(('/hello') x 40)),
   join(',', ('hello') x 40), 'a burst at once is served');

is(at_rest()->{isolatePool}{created}, 16, 'no more isolates than there may be');


engine('growth and shrinking',
       http => 'invoke_isolates 2 max=6 idle=1s;',
       server => 'invoke_concurrency 1;' . $all, functions => \%functions);

my $running = send_off(('/sleeper?ms=2000') x 6);

soon { pool()->{active} == 6 } 'six invocations are in six isolates';
is(pool()->{total}, 6, 'the pool has grown');

is(join(',', map { $_->{body} } answers($running)),
   join(',', ('slept') x 6), 'all are answered');

soon { pool()->{total} == 2 } 'the pool shrinks to its base when it is idle';

$metrics = at_rest();

is($metrics->{isolatePool}{created}, 6, 'six were created');
is($metrics->{isolatePool}{destroyed}, 4, 'four were destroyed');
is($metrics->{isolatePool}{corrupted}, 0, 'none was corrupted');
is($metrics->{queue}{rejected}, 0, 'none was rejected');
is($metrics->{invocations}{ok}, 6, 'six invocations');
is(get('/hello')->{body}, 'hello', 'what is left serves');

# once more, and by work that does not await

is(join(',', map { $_->{body} } together(('/spinner?ms=500') x 6)),
   join(',', ('spun') x 6), 'it grows again');

soon { pool()->{total} == 2 } 'and shrinks again';
at_rest();


engine('growth ends at the maximum',
       http => 'invoke_isolates 1 max=2; invoke_queue 100 timeout=60s;',
       server => 'invoke_concurrency 1;' . $all, functions => \%functions);

$running = send_off(('/sleeper?ms=500') x 9);

soon { metrics()->{queue}{waiting} > 0 } 'some wait';
is(pool()->{total}, 2, 'in two isolates');

is(join(',', map { $_->{body} } answers($running)),
   join(',', ('slept') x 9), 'all are answered in the end');

$metrics = at_rest();

is($metrics->{isolatePool}{created}, 2, 'two isolates did it');
cmp_ok($metrics->{queue}{enqueued}, '>=', 7, 'seven have waited');
is($metrics->{queue}{rejected}, 0, 'none was rejected');
is($metrics->{queue}{timeouts}, 0, 'none has waited too long');


engine('the queue is full',
       http => 'invoke_isolates 1 max=1; invoke_queue 2 timeout=20s;',
       server => 'invoke_concurrency 1;' . $all, functions => \%functions);

at_rest('one isolate is ready');

$running = send_off('/sleeper?ms=2000');
soon { pool()->{active} == 1 } 'it is taken';

my $waiting = send_off('/hello', '/hello');
soon { metrics()->{queue}{waiting} == 2 } 'two wait';

my $refused = get('/hello');

is($refused->{status}, 503, 'the third is refused');
is($refused->{code}, 'overloaded', 'its code');
is($refused->{headers}{'retry-after'}, 20, 'it may come again');
is($refused->{json}{message}, 'The queue is full', 'its message');
is(get('/static')->{body}, 'static', 'nginx goes on');

is((answers($running))[0]{body}, 'slept', 'the first is answered');
is(join(',', map { $_->{body} } answers($waiting)), 'hello,hello',
   'and the two that waited');

$metrics = at_rest();

is($metrics->{queue}{rejected}, 1, 'one was rejected');
is($metrics->{queue}{enqueued}, 2, 'two were queued');
is($metrics->{invocations}{ok}, 3, 'three have run');
is($metrics->{invocations}{queue}, 1, 'one was not let in');

one_line(qr/\[error\].*invoke: function ".*fn\/hello".* failed, overloaded/,
         'one line tells of it');


engine('no queue',
       http => 'invoke_isolates 1 max=1; invoke_queue 0 timeout=2500ms;',
       server => 'invoke_concurrency 1;' . $all, functions => \%functions);

at_rest('one isolate is ready');

$running = send_off('/sleeper?ms=2000');
soon { pool()->{active} == 1 } 'it is taken';

$refused = get('/hello');

is($refused->{status}, 503, 'the second is refused');
is($refused->{headers}{'retry-after'}, 3, 'it may come again');
is((answers($running))[0]{body}, 'slept', 'the first is answered');


engine('the deadline of the queue',
       http => 'invoke_isolates 1 max=1; invoke_queue 10 timeout=1500ms;',
       server => 'invoke_concurrency 1;' . $all, functions => \%functions);

at_rest('one isolate is ready');

$running = send_off('/sleeper?ms=5000');
soon { pool()->{active} == 1 } 'it is taken';

$refused = get('/hello');

is($refused->{status}, 503, 'what waits too long is refused');
is($refused->{code}, 'overloaded', 'its code');
is($refused->{headers}{'retry-after'}, 2, 'it may come again');
is($refused->{json}{message}, 'No isolate became available', 'its message');
is((answers($running))[0]{body}, 'slept', 'the other is answered');

$metrics = at_rest();

is($metrics->{queue}{timeouts}, 1, 'one has waited too long');
is($metrics->{queue}{rejected}, 0, 'none was rejected at once');

one_line(qr/\[error\].*failed, overloaded: .*No isolate became available/,
         'one line tells of it');


engine('a client leaves the queue',
       http => 'invoke_isolates 1 max=1; invoke_queue 1 timeout=20s;',
       server => 'invoke_concurrency 1;' . $all, functions => \%functions);

at_rest('one isolate is ready');

$running = send_off('/sleeper?ms=3000');
soon { pool()->{active} == 1 } 'it is taken';

$waiting = send_off('/hello');
soon { metrics()->{queue}{waiting} == 1 } 'one waits';

close $waiting->[0]{socket};
soon { metrics()->{queue}{waiting} == 0 } 'and leaves';

is(get('/hello')->{body}, 'hello', 'another has its place');
is((answers($running))[0]{body}, 'slept', 'the first is answered');

is(at_rest()->{invocations}{aborted}, 1, 'one was aborted');


engine('affinity and failures',
       http => 'invoke_isolates 4 max=4;',
       server => $all, functions => \%functions);

at_rest('four isolates are ready');
get('/hello'), at_rest() for 1 .. 4;

is(metrics()->{functions}{fn_path('hello')}{coldStarts}, 1,
   'a function stays with its isolate');

get('/other'), at_rest() for 1 .. 4;
get('/hello'), at_rest() for 1 .. 4;

$metrics = metrics();

is($metrics->{functions}{fn_path('hello')}{coldStarts}, 1,
   'another function takes another isolate');
is($metrics->{functions}{fn_path('other')}{coldStarts}, 1, 'and stays there');

is(join(',', map { $_->{status} } together(('/throws') x 12)),
   join(',', (500) x 12), 'twelve exceptions');

$metrics = at_rest();

is($metrics->{isolatePool}{corrupted}, 0, 'an exception corrupts nothing');
is($metrics->{isolatePool}{created}, 4, 'and replaces nothing');
is($metrics->{functions}{fn_path('throws')}{errors}{exception}, 12,
   'all are counted');


engine('several workers', workers => 2,
       http => 'invoke_isolates 2 max=3;',
       server => $all, functions => \%functions);

$metrics = at_rest('both pools are ready');

is($metrics->{isolatePool}{total}, 4, 'the totals are those of all workers');
is(scalar @{ $metrics->{workers} }, 2, 'two workers');
is_deeply([map { $_->{isolates} } @{ $metrics->{workers} }], [2, 2],
          'each has its own');

is(join(',', map { $_->{body} } together(('/hello') x 50)),
   join(',', ('hello') x 50), 'they serve together');

$metrics = at_rest();

is($metrics->{invocations}{ok}, 50, 'all invocations are counted');
is(scalar log_lines(qr/warm-up complete: 2\/2/), 2, 'each has warmed up');


engine('a worker that is killed', workers => 1,
       http => 'invoke_isolates 3 max=3;',
       server => $all, functions => \%functions);

at_rest('three isolates are ready');
is(get('/hello')->{body}, 'hello', 'it serves');

my ($worker) = worker_pids();
my $wait = send_off('/sleeper?ms=60000');

soon { pool()->{active} == 1 } 'it is at work';
kill KILL => $worker;

is((answers($wait))[0]{status}, 'none', 'what it did is lost');
soon { my ($now) = eval { worker_pids() }; $now && $now != $worker }
    'another takes its place';

$metrics = at_rest('its gauges are right');

is($metrics->{isolatePool}{total}, 3, 'three isolates');
is($metrics->{isolatePool}{destroyed}, 3, 'those of the dead one are gone');
is($metrics->{invocations}{ok}, 1, 'what was counted stays');

engine_stop();
