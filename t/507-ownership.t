# Every piece of JavaScript runs as the work of the invocation that made it:
# the calls of thenables, what promises, tasks of V8 and finalizers resume, and
# what an invocation leaves behind.

use strict;
use warnings;

use TestInvoke 'no_plan';
use TestEngine;

sub statuses { join ',', map { $_->{status} } @_ }
sub bodies { join ',', map { $_->{body} } @_ }

# each request of a group names itself by ?i=, an answer without is a neighbour's

my %functions = (
    neighbour => "module.exports = async (req, res) => {"
                 . " await null; res.send('well'); };\n",

    # the error of a timer that a thenable has set is its invocation's

    driver => <<'JS',
class Query { then() { setTimeout(() => { throw new Error('driver'); }, 20); } }
module.exports = async (req, res) => { await new Query(); res.send('x'); };
JS

    # an interval, a timer and an immediate of a thenable end with it

    poll => <<'JS',
let ticks = 0;
class Poll {
    then(ok) { setInterval(() => { ticks++; }, 1); setTimeout(ok, 60); }
}
module.exports = async (req, res) => {
    if (!req.query.read) await new Poll();
    res.json(ticks);
};
JS

    late => <<'JS',
class Late {
    constructor(i) { this.i = i; }
    then(ok) {
        const { i } = this;
        setTimeout(() => { throw new Error(`secret of ${i}`); }, 300);
        const h = setInterval(() => console.log('bg of', i), 20);
        setTimeout(ok, 30);
    }
}
module.exports = async (req, res) => {
    if (req.query.plain) {
        await new Promise((r) => setTimeout(r, 500));
        return res.send('plain');
    }
    await new Late(req.query.i);
    res.send('ok');
};
JS

    # nobody waits for it, and it goes on after the end

    unawaited => <<'JS',
let ticks = 0;
const lazy = () => ({ then(ok) { setInterval(() => { ticks++; }, 1); } });
module.exports = (req, res) => {
    if (!req.query.read) {
        Promise.resolve(lazy());
        (async () => lazy())();
        new Promise((ok) => ok(lazy()));
    }
    setTimeout(() => res.json(ticks), 20);
};
JS

    # a thenable that spins is ended by the limit of who awaits it

    spin => <<'JS',
module.exports = async (req, res) => {
    if (req.query.ping) return res.send('pong');
    await { then(ok) { setTimeout(() => { for (;;); }, 150); setTimeout(ok, 40); } };
    res.send('ok');
};
JS

    spinthen => <<'JS',
module.exports = async (req, res) => {
    if (req.query.ping) return res.send('pong');
    await { then() { for (;;); } };
};
JS

    # what one invocation resolves goes on as the other's

    shared => <<'JS',
let open;
const gate = new Promise((ok) => { open = ok; });
module.exports = async (req, res) => {
    if (req.query.open) {
        setTimeout(() => { open(); res.send('opened'); }, 10);
        return;
    }
    await gate;
    console.log('spins', req.query.i);
    for (;;);
};
JS

    # what is called after the end of its invocation is the caller's

    resource => <<'JS',
const { AsyncLocalStorage, AsyncResource } = require('async_hooks');
const als = new AsyncLocalStorage();
let kept;
module.exports = (req, res) => {
    als.run(req.query.i, () => {
        kept ??= AsyncResource.bind(() => new Promise((ok) => setTimeout(() => {
            console.log('bound for', req.query.i);
            ok(als.getStore());
        }, 5)));
    });
    kept().then((store) => res.send(String(store)));
};
JS

    # a continuation that comes after the end is nobody's

    orphan => <<'JS',
const cell = new Int32Array(new SharedArrayBuffer(8));
module.exports = (req, res) => {
    if (req.query.wake) {
        res.send(String(Atomics.notify(cell, 0) > 0));
        return;
    }
    if (req.query.read) return res.json(globalThis.ran ?? []);
    Atomics.waitAsync(cell, 0, 0).value.then(() => {
        (globalThis.ran ??= []).push('ran');
        console.log('orphan', req.query.i);
        setTimeout(() => { globalThis.ran.push('timer'); }, 1);
        setImmediate(() => { globalThis.ran.push('immediate'); });
    });
    res.send('sent');
};
JS
);


for my $isolation (qw(request function)) {
    engine("isolation $isolation",
           http => 'invoke_isolates 1 max=1; invoke_timeout 3s;'
                   . ' invoke_queue 100 timeout=30s;',
           server => "invoke_isolation $isolation;\n"
                     . join('', map { "location = /$_ { invoke ./fn/$_; }\n" }
                                sort keys %functions),
           functions => \%functions);

    is(statuses(together(('/driver') x 4)), '500,500,500,500',
       "$isolation: an error of a thenable's timer fails its invocation");
    is(scalar log_lines(qr/ failed, exception: .*driver/), 4,
       "$isolation: each is logged");

    is(statuses(together(('/poll') x 3)), '200,200,200',
       "$isolation: thenables that poll");

    my $before = get('/poll?read=1')->{body};
    select undef, undef, undef, 0.1;
    is(get('/poll?read=1')->{body}, $before,
       "$isolation: their intervals have ended with them");

    is(bodies(together(map { "/late?i=$_" } 1 .. 5)), 'ok,ok,ok,ok,ok',
       "$isolation: thenables that leave timers behind");
    is(get('/late?plain=1')->{body}, 'plain',
       "$isolation: which nobody else hears of");
    is(join("\n", log_lines(qr/secret of|bg of.*plain/)), '',
       "$isolation: nor the log");
    is(scalar(grep { /bg of (\d), .*i=(\d)/ && $1 ne $2 } log_lines(qr/bg of/)),
       0, "$isolation: what they print is under their own request");

    is(statuses(together(('/unawaited') x 3)), '200,200,200',
       "$isolation: thenables that nobody awaits");
    $before = get('/unawaited?read=1')->{body};
    is(get('/unawaited?read=1')->{body}, $before,
       "$isolation: their intervals have ended, too");
    cmp_ok($before, '>', 0, "$isolation: they had run before")
        if $isolation eq 'function';

    is(bodies(together(('/spin') x 3)), 'ok,ok,ok',
       "$isolation: thenables with a timer that would spin after the end");
    is(get('/spin?ping=1')->{body}, 'pong', "$isolation: it does not");

    my $spins = send_off(('/spinthen') x 2);
    is(get('/neighbour')->{body}, 'well', "$isolation: beside then() that spins");
    is(statuses(answers($spins)), '504,504', "$isolation: which has a limit");
    is(get('/spinthen?ping=1')->{body}, 'pong', "$isolation: and is over");

    is(bodies(together('/resource?i=1')), '1', "$isolation: AsyncResource");
    is(get('/resource?i=2')->{body}, $isolation eq 'function' ? '1' : '2',
       "$isolation: AsyncResource keeps the store");

    if ($isolation eq 'function') {
        my $waits = send_off('/shared?i=1');
        soon { metrics()->{invocations}{active} == 1 } 'one waits at the gate';
        is(get('/shared?open=1')->{body}, 'opened',
           'who opens the gate is not kept by what goes on then');
        is(statuses(answers($waits)), '504', 'that is under its own limit');
        is(scalar(log_lines(qr/spins 1, .*i=1/)), 1, 'it prints as itself');

        is(bodies(together(map { "/orphan?i=$_" } 1 .. 3)), 'sent,sent,sent',
           'what goes on after the end');
        is(get('/orphan?wake=1')->{body}, 'true', 'it is woken up');
        soon { get('/orphan?read=1')->{body} =~ /ran/ } 'it runs';
        is(get('/orphan?read=1')->{body}, '["ran","ran","ran"]',
           'it makes no timer and no immediate');
        is(scalar(grep { !/ request: / } log_lines(qr/orphan \d, function/)), 3,
           'it prints under the name of its function alone');
        cmp_ok(pool()->{unowned}, '>', 0, 'it is counted');
    }

    is(get('/neighbour')->{body}, 'well', "$isolation: the neighbour is well");
    is(at_rest()->{isolatePool}{parked}, 0, "$isolation: no isolate is parked");
}


# AsyncLocalStorage in then(), as Node 20 has it

engine('stores',
       server => join('', map {
           "location = /$_ { invoke_isolation $_; invoke ./fn/als; }\n"
           . "location = /then/$_ { invoke_isolation $_; invoke ./fn/then; }\n"
       } qw(request function)),
       functions => { als => <<'JS', then => <<'JS' });
const { AsyncLocalStorage } = require('async_hooks');
const als = new AsyncLocalStorage();
module.exports = async (req, res) => {
    const o = {};
    class Lazy {
        constructor(n) { this.n = n; }
        then(ok) { o[this.n] = als.getStore(); ok(); }
    }
    class Sub extends Promise {
        then(a, b) { o.subclass = als.getStore(); return super.then(a, b); }
    }
    await als.run('A', async () => {
        await new Lazy('await');
        await Promise.resolve(new Lazy('resolve'));
        await Promise.all([new Lazy('all')]);
        await Promise.any([new Lazy('any')]);
        await Promise.allSettled([new Lazy('settled')]);
        await Promise.race([new Lazy('race')]);
        await (async () => new Lazy('asyncReturn'))();
        await Promise.resolve().then(() => new Lazy('thenReturn'));
        await Promise.reject(1).catch(() => new Lazy('catchReturn'));
        await Promise.resolve().finally(() => new Lazy('finallyReturn'));
        await new Promise((r) => r(new Lazy('executor')));
        for await (const x of [new Lazy('forAwait')]);
        await Sub.resolve();
        await (async function* () { yield new Lazy('yield'); })().next();
        await (async function* () { return new Lazy('return'); })().next();
        await { then(ok) { ok(new Lazy('nested')); } };
        await { then(ok) { setTimeout(() => {
            o.timer = als.getStore(); ok(); }, 1); } };
        await { async then(ok) { await null; o.async = als.getStore(); ok(); } };
        await { then(ok) { Promise.resolve().then(() => {
            o.reaction = als.getStore(); ok(); }); } };
        await { then(ok) { process.nextTick(() => {
            o.tick = als.getStore(); ok(); }); } };
        await { then(ok) { queueMicrotask(() => {
            o.microtask = als.getStore(); ok(); }); } };
        await { then(ok) { als.run('B', () => Promise.resolve(
            { then(done) { o.inner = als.getStore(); done(); } }).then(ok)); } };
        als.run('C', () => { Promise.resolve(new Lazy('unawaited')); });
        await null;
    });
    o.after = als.getStore() ?? 'none';
    res.json(o);
};
JS
module.exports = async (req, res) => {
    const seen = [];
    await Promise.all([1, 2].map(async (n) => {
        const r = await { then(ok) { setTimeout(() => ok(n), 5 * n); } };
        seen.push(r);
    }));
    res.json(seen);
};
JS

for my $isolation (qw(request function)) {
    my $stores = get("/$isolation")->{json};

    is_deeply($stores, { (map { $_ => 'A' } qw(
        await resolve all any settled race asyncReturn thenReturn catchReturn
        finallyReturn executor forAwait subclass yield return nested timer async
        reaction tick microtask)), inner => 'B', unawaited => 'C',
        after => 'none' }, "$isolation: stores in then()");

    is(get("/then/$isolation")->{body}, '[1,2]', "$isolation: two at once");
}


# Tasks of V8 for contexts that have ended

my %dead = map {
    my ($name, $code) = @$_;
    "dead-$name" => <<"JS"
module.exports = (req, res) => {
    const cell = new Int32Array(new SharedArrayBuffer(8));
    globalThis.kept = [];
    for (let i = 1; i < 100; i++) {
        const wait = Atomics.waitAsync(cell, 0, 0, i * 10);
        wait.value.then(() => { $code });
        kept.push(wait);
    }
    res.send('sent');
};
JS
} ([spin => 'for (;;);'], [timer => 'setTimeout(() => {}, 1);'],
   [uptime => 'process.uptime();'], [tick => 'process.nextTick(() => {});'],
   [immediate => 'setImmediate(() => {});'], [console => 'console.log(1);'],
   [microtask => 'queueMicrotask(() => {});'],
   [file => "require('fs').readFileSync('/index.js');"],
   [storage => "new (require('async_hooks').AsyncLocalStorage)().run(1,"
               . " () => {});"]);

for my $isolation (qw(request function)) {
    engine("tasks, isolation $isolation",
           http => 'invoke_isolates 2 max=4; invoke_timeout 3s;'
                   . ' invoke_queue 100 timeout=60s;',
           server => "invoke_isolation $isolation;\n"
                     . join('', map { "location = /$_ { invoke ./fn/$_; }\n" }
                                sort(keys %dead), 'neighbour'),
           functions => { %dead, neighbour => $functions{neighbour} });

    my ($worker) = worker_pids();

    for my $name (sort keys %dead) {
        is(statuses(together(("/$name") x 8)), join(',', (200) x 8),
           "$isolation, $name: answers");
    }

    my @bad = grep { $_ ne 'well' }
              map { select undef, undef, undef, 0.02; get('/neighbour')->{body} }
              1 .. 100;

    is("@bad", '', "$isolation: the neighbour is served");
    is((worker_pids())[0], $worker, "$isolation: the worker stays");
    is(at_rest()->{isolatePool}{parked}, 0, "$isolation: no isolate is parked");
}


# Tasks of V8 for contexts that live

engine('tasks that resume',
       http => 'invoke_isolates 1 max=1; invoke_timeout 10s;',
       server => join('', map {
           "location = /$_ { invoke_isolation $_; invoke ./fn/waits; }\n"
       } qw(request function)),
       functions => { waits => <<'JS' });
module.exports = async (req, res) => {
    const cell = new Int32Array(new SharedArrayBuffer(8));
    const late = await Atomics.waitAsync(cell, 0, 0, 30).value;
    setTimeout(() => Atomics.notify(cell, 0), 10);
    const woken = await Atomics.waitAsync(cell, 0, 0).value;
    res.send(`${late} ${woken} ${req.query.i}`);
};
JS

for my $isolation (qw(request function)) {
    is(bodies(together(map { "/$isolation?i=$_" } 1 .. 3)),
       'timed-out ok 1,timed-out ok 2,timed-out ok 3',
       "$isolation: a time-out of Atomics.waitAsync() resumes who waits");
}


# What is nobody's has a limit

my %nobody = (
    finalizer => <<'JS',
const registry = new FinalizationRegistry(() => { for (;;); });
module.exports = (req, res) => {
    for (let i = 0; i < 100; i++) registry.register({ i }, i);
    let garbage = [];
    for (let i = 0; i < 200000; i++) garbage.push({ i });
    res.send('sent');
};
JS
    cleanup => <<'JS',
const registry = new FinalizationRegistry((i) => {
    console.log('collected');
    setTimeout(() => { globalThis.ran = true; }, 1);
    throw new Error('of a finalizer');
});
module.exports = (req, res) => {
    if (req.query.read) return res.send(String(globalThis.ran));
    for (let i = 0; i < 10; i++) registry.register({ i }, i);
    let garbage = [];
    for (let i = 0; i < 400000; i++) garbage.push({ i });
    res.send('sent');
};
JS
    aftermath => <<'JS',
module.exports = (req, res) => {
    res.send('sent');
    Promise.resolve().then(() => { for (;;); });
};
JS
    chain => <<'JS',
module.exports = (req, res) => {
    res.send('sent');
    const next = () => { Promise.resolve().then(next); };
    next();
};
JS
    pieces => <<'JS',
const cell = new Int32Array(new SharedArrayBuffer(8));
module.exports = (req, res) => {
    Atomics.waitAsync(cell, 0, 0, 20).value.then(() => {
        for (const t = performance.now(); performance.now() - t < 400;);
    });
    res.send('sent');
};
JS
    job => <<'JS',
const cell = new Int32Array(new SharedArrayBuffer(8));
module.exports = (req, res) => {
    Atomics.waitAsync(cell, 0, 0, 20).value.then(() => { for (;;); });
    setTimeout(() => res.send('sent'), Number(req.query.ms ?? 0));
};
JS
);

engine('nobody',
       http => 'invoke_isolates 1 max=3; invoke_timeout 20s;'
               . ' invoke_queue 100 timeout=60s;',
       server => "invoke_isolation function;\n"
                 . join('', map { "location = /$_ { invoke ./fn/$_; }\n" }
                            sort(keys %nobody), 'neighbour'),
       functions => { %nobody, neighbour => $functions{neighbour} });

for my $name (qw(job finalizer aftermath chain pieces)) {
    my $before = pool()->{corrupted};
    is(statuses(together(("/$name") x 4)), '200,200,200,200',
       "$name: answers");

    soon {
        get('/neighbour')->{body} eq 'well' or die "the neighbour fails\n";
        pool()->{corrupted} > $before;
    } "$name: the isolate is ended and replaced";
}

get('/cleanup') for 1 .. 5;
soon { get('/cleanup'); scalar log_lines(qr/console.log: collected/) }
    'a finalizer prints';
is(scalar(grep { /, request: / } log_lines(qr/console.log: collected/)), 0,
   'under the name of its function');
is(metrics()->{invocations}{timeout}, 0, 'none of it was an invocation\'s');
is(get('/cleanup?read=1')->{body}, 'undefined', 'it makes no timer');
is(at_rest()->{isolatePool}{parked}, 0, 'no isolate is parked');


# A limit that ends one invocation leaves what the others have in the queues

engine('cut off',
       http => 'invoke_isolates 1 max=1; invoke_timeout 1s;',
       server => 'invoke_isolation function;'
                 . ' location = /cut { invoke ./fn/cut; }'
                 . ' location = /patient { invoke_timeout 20s; invoke ./fn/cut; }',
       functions => { cut => <<'JS' });
module.exports = (req, res) => {
    const { how } = req.query;
    const spin = () => { for (;;); };
    const answer = () => res.send(how);
    setTimeout(() => {
        for (const next of [spin, answer]) {
            if ((next === spin) !== (req.query.spin === '1')) continue;
            if (how === 'immediate') setImmediate(next);
            if (how === 'timer') setTimeout(next, 1);
            if (how === 'tick') setImmediate(() => process.nextTick(next));
        }
    }, 300 - Date.now() % 100);
};
JS

for my $how (qw(immediate timer tick)) {
    my @answers = together("/cut?how=$how&spin=1",
                           map { "/patient?how=$how&n=$_" } 1 .. 5);
    is(statuses($answers[0]), '504', "$how: one is cut off");
    is(bodies(@answers[1 .. 5]), join(',', ($how) x 5),
       "$how: the others go on");
    at_rest();
}


# What is pending at the end is dropped, which the log tells once a version

engine('dropped',
       server => 'location = /drop { invoke ./fn/drop; }',
       functions => { drop => <<'JS' });
module.exports = (req, res) => {
    setTimeout(() => {}, 50); setInterval(() => {}, 50);
    setImmediate(() => setImmediate(() => {}));
    res.send('sent');
};
JS

is(bodies(together(('/drop') x 3)), 'sent,sent,sent', 'functions that leave');
one_line(qr/dropped at the end of the invocation: 2 timer\(s\), 1 immediate/,
         'the log tells what was dropped');

engine_stop();
