# waitUntil(): what an invocation is kept for once it has answered.

use TestInvoke 'no_plan';
use TestEngine;

use IO::Socket::INET;
use Time::HiRes qw(sleep);

# told(name): the test has made that file

my $helpers = q{
const sleep = ms => new Promise(r => setTimeout(r, ms));
const told = async name => {
    while (!require('fs').existsSync(`/${name}`)) await sleep(10);
};
};

my %handlers = (
    later => q{
        req.waitUntil(told(`go${n}`).then(() => console.log(`later ${n} done`)));
        res.send('at once');
    },

    response => q{
        res.send('at once');
        res.waitUntil(sleep(50).then(() => console.log(`response ${n} done`)));
    },

    chain => q{
        req.waitUntil((async () => {
            await sleep(20);
            req.waitUntil(sleep(100).then(() => {
                setTimeout(() => console.log(`chain ${n} dropped`), 60000);
                console.log(`chain ${n} done`);
            }));
        })());
        res.send('chain');
    },

    many => q{
        let done = 0;
        for (let i = 0; i < 5000; i++) {
            req.waitUntil(sleep(i % 50).then(() => done++));
        }
        req.waitUntil(sleep(200).then(() => console.log(`many ${n}: ${done}`)));
        res.send('many');
    },

    values => q{
        req.waitUntil(1);
        req.waitUntil();
        req.waitUntil(null);
        req.waitUntil({then: 1});
        req.waitUntil({then(resolve) { console.log(`values ${n} then`); resolve(); }});
        class Odd extends Promise {}
        req.waitUntil(Odd.resolve());
        const bad = Promise.resolve();
        Object.defineProperty(bad, 'constructor', { get() { throw Error(`odd ${n}`); } });
        req.waitUntil(bad);
        res.send('values');
    },

    thenable => q{
        req.waitUntil({
            then(resolve) {
                console.log(`thenable ${n} begins`);
                req.waitUntil(sleep(50).then(() => console.log(`thenable ${n} done`)));
                setTimeout(resolve, 20);
            }
        });
        res.send('thenable');
    },

    rejects => q{
        req.waitUntil(sleep(20).then(() => { throw new TypeError(`bad ${n}`); }));
        req.waitUntil(sleep(60).then(() => console.log(`rejects ${n} goes on`)));
        req.waitUntil(Promise.reject(`text ${n}`));
        res.send('rejects');
    },

    never => q{
        req.waitUntil(new Promise(() => {}));
        req.waitUntil(new Promise(() => {}));
        console.log(`never ${n} begins`);
        if (n != 2) res.send('never');
    },

    spin => q{
        req.waitUntil(sleep(20).then(() => { for ( ;; ); }));
        res.send('spin');
    },

    throws => q{
        req.waitUntil(sleep(200).then(() => console.log(`throws ${n} goes on`)));
        setTimeout(() => { throw Error(`thrown ${n}`); }, 20);
        Promise.reject(new Error(`unhandled ${n}`));
        res.send('throws');
    },

    early => q{
        req.waitUntil(told(`go${n}`).then(() => {
            try { res.send('late'); } catch ({ code }) {
                console.log(`early ${n} goes on: ${code}, ${res.writableEnded}`);
            }
            if (n != 1) throw RangeError(`later ${n}`);
        }));
        res.on('close', () => console.log(`early ${n} close`));
        setTimeout(() => console.log(`early ${n} timer`), 40);
        await sleep(20);
        throw Object.assign(Error(`early ${n}`), { status: 418 });
    },

    soon => q{
        req.waitUntil(told(`go${n}`).then(() => console.log(`soon ${n} done`)));
        process.nextTick(() => { throw Error(`soon ${n}`); });
        await sleep(20000);
    },

    cut => q{
        req.waitUntil(told(`go${n}`).then(() => console.log(`cut ${n} done`)));
        res.setHeader('Content-Length', 10);
        res.write('begun');
        await sleep(20);
        res.destroy(Error(`cut ${n}`));
    },

    body => q{
        req.waitUntil((async () => {
            await told(`go${n}`);
            try { for await (const piece of req); } catch ({ code }) {
                console.log(`body ${n}: ${code}`);
            }
        })());
        await new Promise(resolve => req.once('readable', resolve));
        throw Error(`body ${n}`);
    },

    vain => q{
        req.waitUntil(new Promise(() => {}));
        throw Error(`vain ${n}`);
    },

    hidden => q{
        req.waitUntil(told(`go${n}`).then(() => console.log(`hidden ${n} done`)));
        console.log(`hidden ${n} begins`);
        await told(`throw${n}`);
        throw Error(`hidden ${n}`);
    },

    none => q{
        req.waitUntil(sleep(20).then(() => res.send('by the promise')));
    },

    nothing => q{
        req.waitUntil(sleep(20));
    },

    stream => q{
        req.waitUntil(told(`go${n}`).then(() => console.log(`stream ${n} done`)));
        for (let i = 0; i < 3; i++) { res.write(`${i} `); await sleep(20); }
        res.end('end');
    },

    leaves => q{
        req.waitUntil(sleep(500).then(() => console.log(`leaves ${n} done, ${req.aborted}`)));
        res.on('close', () => console.log(`leaves ${n} close`));
        console.log(`leaves ${n} begins`);
        await sleep(20000);
        console.log(`leaves ${n} to its end`);
    },

    gone => q{
        res.on('close', () => {
            for (let i = 0; i < 3; i++) console.log(`gone ${n} close ${i}`);
        });
        console.log(`gone ${n} begins`);
        await sleep(20000);
    },

    flood => q{
        req.waitUntil(sleep(500).then(() => console.log(`flood ${n} done`)));
        console.log(`flood ${n} begins`);
        for (let i = 0; i < 400000; i++) {
            if (!res.write('x'.repeat(50000))) {
                await new Promise(r => res.once('drain', r));
            }
        }
        res.end();
    },

    storage => q{
        const { AsyncLocalStorage } = require('async_hooks');
        const storage = new AsyncLocalStorage();
        storage.run(n, () => req.waitUntil(sleep(20).then(() =>
            console.log(`storage ${n}: ${storage.getStore()}`))));
        res.send('storage');
    },

    late => q{
        setTimeout(() => {}, 1);
        globalThis.late?.();
        res.send('late');
        globalThis.late = () => {
            try { req.waitUntil(Promise.resolve()); }
            catch (error) { console.log(`late ${n} ${error.code}`); }
        };
    },
);

my %functions = map {
    $_ => "$helpers\nmodule.exports = async (req, res) => {\n"
          . "const { n } = req.query;\n$handlers{$_}\n};\n"
} keys %handlers;

$functions{fetches} = <<"END";
$helpers
module.exports = {
    fetch(request, env, ctx) {
        ctx.waitUntil(told('go1').then(() => console.log('fetches done')));
        throw Error('fetches');
    }
};
END

my $conf = <<'END';
invoke_request_buffering off;
location ~ ^/r/(?<fn>\w+) { invoke ./fn/$fn; }
location ~ ^/f/(?<fn>\w+) { invoke ./fn/$fn; invoke_isolation function; }
location ~ ^/rs/(?<fn>\w+) { invoke ./fn/$fn; invoke_timeout 1s; }
location ~ ^/fs/(?<fn>\w+) { invoke ./fn/$fn; invoke_isolation function;
                             invoke_timeout 1s; }
END

for my $mode (qw(r f)) {
    engine("isolation $mode", http => 'invoke_isolates 4 max=4;',
           server => $conf, functions => \%functions);

    # the answer does not wait, the invocation does

    is(get("/$mode/later?n=1")->{body}, 'at once', "$mode: the answer");
    is(metrics()->{invocations}{active}, 1, "$mode: and it counts as active");
    is(metrics()->{waitUntil}{pending}, 1, "$mode: with its promise");
    put('later/go1', '');
    logged(qr/console\.log: later 1 done, function: ".*later"/,
           'the work is done');
    at_rest();

    is(get("/$mode/response?n=1")->{body}, 'at once', "$mode: of a response");
    logged(qr/response 1 done/, 'after the end of the response');

    is(get("/$mode/chain?n=1")->{body}, 'chain', "$mode: one in another");
    logged(qr/chain 1 done/, 'is waited for, too');

    is(get("/$mode/many?n=1")->{body}, 'many', "$mode: thousands");
    logged(qr/many 1: 5000/, 'are all done');

    is(get("/$mode/values?n=1")->{body}, 'values', "$mode: odd values");
    logged(qr/values 1 then/, 'a thenable is asked');
    logged(qr/waitUntil\(\) was given what was rejected: Error: odd 1/,
           'a promise that is odd is rejected');

    is(get("/$mode/thenable?n=1")->{body}, 'thenable', "$mode: a thenable");
    logged(qr/thenable 1 done/, 'is waited for');

    is(get("/$mode/storage?n=1")->{body}, 'storage', "$mode: a storage");
    logged(qr/storage 1: 1/, 'is there');

    is(get("/$mode/none?n=1")->{body}, 'by the promise',
       "$mode: a promise may answer");
    is(get("/$mode/nothing?n=1")->{status}, 200, "$mode: or not");
    logged(qr/the handler has finished without a response/, 'which is told');

    like(get("/$mode/stream?n=1")->{body}, qr/end/, "$mode: a streaming answer");
    is(scalar log_lines(qr/stream 1 done/), 0, "$mode: comes first");
    put('stream/go1', '');
    logged(qr/stream 1 done/, 'and its work after it');

    my $metrics = at_rest();

    is($metrics->{waitUntil}{pending}, 0, "$mode: nothing pends");
    is($metrics->{waitUntil}{lost}, 0, "$mode: nothing is lost");
    is($metrics->{waitUntil}{rejected}, 1, "$mode: one was rejected");
    is($metrics->{isolatePool}{corrupted}, 0, "$mode: no isolate is, either");
    is(scalar log_lines(qr/chain 1 dropped/), 0, "$mode: timers are dropped");

    # rejections

    my $before = $metrics->{invocations};

    is(get("/$mode/rejects?n=1")->{status}, 200, "$mode: rejections");
    logged(qr/console\.error: waitUntil\(\) was given what was rejected: TypeErr/,
           'each is told');
    logged(qr/rejected: TypeError: bad 1.*index\.js.*function: ".*rejects"/,
           'with its stack');
    logged(qr/rejected: .*text 1/, 'or as it was thrown');
    logged(qr/rejects 1 goes on/, 'the others go on');
    logged(qr/rejects" version .* exception: Error: 2 error\(s\) after the resp/,
           'its end is an exception');
    is(at_rest()->{invocations}{exception}, $before->{exception} + 1,
       "$mode: which is counted, once");
    is(metrics()->{invocations}{ok}, $before->{ok}, "$mode: as that alone");

    # ends by other things are told

    is(get("/$mode/throws?n=1")->{status}, 200, "$mode: another error");
    logged(qr/console\.error: after the response: Error: thrown 1.*throws"/,
           'is told');
    logged(qr/console\.error: after the response: Error: unhandled 1/,
           'also that of a promise');
    logged(qr/throws 1 goes on/, 'and what is waited for goes on');
    logged(qr/throws" version .* exception: Error: 2 error\(s\) after the resp/,
           'its end is an exception');

    # one before the answer

    $before = $metrics->{invocations};
    $before->{exception} += 2;

    my $answer = get("/$mode/early?n=1");

    is($answer->{status}, 418, "$mode: one before the answer");
    is($answer->{json}{message}, 'early 1', 'is the answer');
    logged(qr/early" version .* exception: Error: early 1/, 'and told');
    logged(qr/early 1 close/, 'the response is over');
    is(metrics()->{waitUntil}{pending}, 1, 'the promise is waited for');
    is(metrics()->{invocations}{exception}, $before->{exception},
       'and not counted yet');
    logged(qr/early 1 timer/, 'a timer runs');
    put('early/go1', '');
    logged(qr/early 1 goes on: ERR_HTTP_HEADERS_SENT, true/, 'it goes on');
    is(at_rest()->{invocations}{exception}, $before->{exception} + 1,
       "$mode: which is an exception, once");
    is(scalar log_lines(qr/early" version .* failed,/), 1, 'and told once');

    is(get("/$mode/early?n=2")->{status}, 418, "$mode: with another after it");
    put('early/go2', '');
    logged(qr/waitUntil\(\) was given what was rejected: RangeError: later 2/,
           'which is told');
    is(at_rest()->{invocations}{exception}, $before->{exception} + 2,
       "$mode: is still one");

    like(get("/$mode/soon?n=1")->{body}, qr/soon 1/,
         "$mode: one of a tick, while the handler awaits");
    put('soon/go1', '');
    logged(qr/soon 1 done/, 'does not end the work');

    is(get("/$mode/cut?n=1")->{body}, 'begun',
       "$mode: one in a response cuts that");
    is(metrics()->{waitUntil}{pending}, 1, 'and not the work');
    put('cut/go1', '');
    logged(qr/cut 1 done/, 'which is done');

    like(get("/$mode/fetches")->{body}, qr/"fetches"/,
         "$mode: one of an object with fetch()");
    put('fetches/go1', '');
    logged(qr/fetches done/, 'likewise');

    my $upload = TestEngine::begin('POST', "/$mode/body?n=1", undef,
                                   'Content-Length: 10');

    print { $upload->{socket} } 'piece';
    like((TestEngine::answers([$upload]))[0]{body}, qr/"body 1"/,
         "$mode: one in the middle of a request");
    put('body/go1', '');
    logged(qr/body 1: (?:ERR_STREAM_PREMATURE_CLOSE|ECONNRESET)/, 'whose rest does not come');

    leave("/$mode/hidden?n=1", qr/hidden 1 begins/);
    soon { metrics()->{invocations}{active} == 1 } "$mode: a client has left";
    put('hidden/throw1', '');
    logged(qr/hidden" version .* exception: Error: hidden 1/,
           'an error is told all the same');
    put('hidden/go1', '');
    logged(qr/hidden 1 done/, 'and ends nothing');
    is(at_rest()->{invocations}{exception}, $before->{exception} + 7,
       "$mode: each is counted once");
    is(scalar log_lines(qr/hidden" version .* failed,/), 1, 'and told once');
    is(metrics()->{waitUntil}{lost}, 0, "$mode: nothing is lost");

    is(get("/${mode}s/vain?n=1")->{status}, 500, "$mode: one that pends then");
    logged(qr/vain" version .* timeout: Function exec/,
           'is ended by the limit');
    logged(lost('vain', 1, 'timeout'), 'and what is lost is told');

    # the limit

    is(get("/${mode}s/never?n=1")->{body}, 'never', "$mode: one that pends");
    logged(qr/never" version .* timeout: Function execution timeout \(1000ms/,
           'is ended by the limit');
    logged(lost('never', 2, 'timeout'), 'and what is lost is told');

    is(get("/${mode}s/spin?n=1")->{body}, 'spin', "$mode: one that spins");
    logged(qr/spin" version .* timeout: Function exec/, 'is ended likewise');

    $metrics = at_rest();

    is($metrics->{waitUntil}{pending}, 0, "$mode: nothing pends then");
    is($metrics->{waitUntil}{lost}, 4, "$mode: what is lost is counted");

    # clients that leave

    $before = $metrics->{invocations}{aborted};

    leave("/$mode/leaves?n=1", qr/leaves 1 begins/);
    logged(qr/leaves 1 close/, 'the function hears of it');
    logged(qr/leaves 1 done, true, function/, 'its work goes on');
    is(at_rest()->{invocations}{aborted}, $before + 1,
       "$mode: it is counted as aborted, once");

    leave("/$mode/gone?n=1", qr/gone 1 begins/);
    logged(qr/gone 1 close 2, function: ".*gone"/,
           'what is printed without a promise is told as well');
    at_rest();

    leave("/$mode/flood?n=1", qr/flood 1 begins/);
    logged(qr/flood 1 done/, 'a writer does not hold its work');
    at_rest();

    leave("/${mode}s/never?n=2", qr/never 2 begins/);
    logged_times(2, qr/never" version .* timeout/, 'its limit is there still');

    $metrics = at_rest();

    is($metrics->{waitUntil}{lost}, 6, "$mode: which is counted");
    is(scalar log_lines(qr/leaves 1 to its end/), 0,
       "$mode: the rest is not waited for");

    if ($mode eq 'f') {
        # more than there are isolates: one has two of them
        is(get("/f/late?n=$_")->{body}, 'late', 'f: too late') for 1 .. 9;
        logged(qr/late \d ERR_INVOKE_OVER/, 'is an error');
    }

    # thousands of invocations

    put("later/gox$_", '') for 1 .. 50;

    my @answers = map { together(map { "/$mode/later?n=x$_" } 1 .. 50) } 1 .. 4;

    is(scalar(grep { $_->{body} eq 'at once' } @answers), 200,
       "$mode: many invocations answer");
    at_rest();
    is(scalar log_lines(qr/later x\d+ done/), 200, "$mode: all have worked");
}


# an order to leave: the work is done first; to end at once: what is lost is told

engine('order to leave', server => $conf, functions => \%functions);

is(get("/f/later?n=1")->{body}, 'at once', 'answered');
kill QUIT => server()->{pid};
logged(qr/gracefully shutting down/, 'it is to leave');
put('later/go1', '');
engine_stop_keeping_log();

engine('order to end', server => $conf, functions => \%functions,
       http => 'invoke_isolates 2 max=2;');

is(get("/f/never?n=1")->{body}, 'never', 'answered');
kill TERM => server()->{pid};

for (1 .. 450) {
    last if server()->log =~ lost('never', 2, 'exit');
    sleep 0.1;
}

like(server()->log, lost('never', 2, 'exit'), 'what an exit ends is told');


# a reload

engine('reload', server => $conf, functions => \%functions);

is(get("/r/later?n=1")->{body}, 'at once', 'answered');
kill HUP => server()->{pid};
logged(qr/gracefully shutting down/, 'an old worker is to leave');
put('later/go1', '');
logged(qr/later 1 done/, 'an old worker does its work');
soon { @{ metrics()->{workers} } == 1 } 'and leaves';
is(at_rest()->{waitUntil}{lost}, 0, 'nothing is lost');

engine_stop();


sub engine_stop_keeping_log {
    my $prefix = server()->prefix;

    is(server()->stop, 0, 'nginx stops in peace');
    like(server()->log, qr/later 1 done/, 'the work is done before');
    unlike(server()->log, qr/\[(alert|emerg)\]|waitUntil/, 'without a word');
}


# Sends a request, and leaves when it was begun.

sub leave {
    my ($path, $begun) = @_;

    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                       PeerPort => server()->port)
        or die "connect: $!\n";

    print $socket "GET $path HTTP/1.1\r\nHost: x\r\n\r\n";
    $socket->flush;
    logged($begun, 'it begins');
    close $socket;
}


sub logged {
    my ($pattern, $title) = @_;

    logged_times(1, $pattern, $title);
}


sub logged_times {
    my ($times, $pattern, $title) = @_;

    for (1 .. 450) {
        last if log_lines($pattern) >= $times;
        sleep 0.1;
    }

    cmp_ok(scalar log_lines($pattern), '>=', $times, $title)
        or diag($pattern, map { "\n$_" } log_lines(qr/waitUntil|failed,/));
}


sub lost {
    my ($fn, $n, $why) = @_;

    return qr/\[warn\].*$fn" has ended before $n promise\(s\) of waitUntil\(\) settled, $why$/m;
}
