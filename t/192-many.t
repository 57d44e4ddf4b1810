# Many functions in one worker: where they are loaded, which of them leave, who
# goes first, and how many of one run at once.

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;

use TestInvoke 'no_plan';
use TestEngine;
use lib "$ENV{TEST_NGINX_ROOT}/util";
use Server;

my $starts = <<'END';
log_format starts '$request_uri $status $invoke_start';
END

my $locations = <<'END';
location ~ ^/(?<fn>\w+)$ {
    access_log logs/starts.log starts;
    invoke ./fn/$fn;
}
END

sub logged {
    return map { [split / /] }
           split /\n/, Server::read_file(server->prefix . '/logs/starts.log');
}

# of requests for these paths, how often which status and start

sub starts {
    my $before = my @before = logged();
    my $after = $before + @_;

    get($_) for @_;

    soon { my @all = logged(); @all == $after } 'the starts are logged';

    my %n;
    $n{"$_->[1] $_->[2]"}++ for (logged())[$before .. $before + $#_];

    return \%n;
}


# a function is loaded once, and then found where it is

my $hello = "let n = 0;\nmodule.exports = (req, res) => res.send(`\${++n}`);\n";

engine('round robin',
       http => "invoke_isolation function;\n$starts",
       server => $locations,
       functions => { map { ("f$_" => $hello) } 1 .. 100 });

my @all = map { "/f$_" } 1 .. 100;

is_deeply(starts(@all), { '200 cold' => 100 }, 'each is loaded');
is(pool()->{dropped}, 0, 'none has to leave');
is_deeply(starts(@all, @all, @all), { '200 reused' => 300 },
          'and is there when it is asked for again');

is(pool()->{contexts} - pool()->{total} < 110 ? 'few' : pool()->{contexts},
   'few', 'no more contexts than that were made');


# what does not fit leaves, the least used first

my $fat = <<'END';
const kept = Array.from({ length: 6e4 }, (_, i) => ({ i }));
module.exports = (req, res) => res.send(String(kept.length));
END

engine('by memory',
       http => "invoke_isolates 1 max=1; invoke_memory_limit 32m;\n"
               . "invoke_isolation function;\n$starts",
       server => $locations,
       functions => { map { ("f$_" => $fat) } 1 .. 40 });

is_deeply(starts('/f1'), { '200 cold' => 1 }, 'the first is loaded');
cmp_ok(starts(map { ("/f$_", '/f1') } 2 .. 40)->{'200 reused'}, '>=', 35,
       'what is used all the time stays');
is_deeply(starts('/f40', '/f39'), { '200 reused' => 2 }, 'so do the last');
is_deeply(starts('/f2', '/f3'), { '200 warm' => 2 },
          'others have left, but their code is known');
is(pool()->{corrupted}, 0, 'no limit was hit');


# a thousand, in 512 MB

engine('a thousand',
       http => "invoke_isolates 4 max=4; invoke_memory_limit 128m;\n"
               . "invoke_isolation function;\n$starts",
       server => $locations,
       functions => { map { ("f$_" => $hello) } 1 .. 1000 });

is_deeply(starts(map { ("/f$_", $_ % 20 ? () : '/f1') } 1 .. 1000),
          { '200 cold' => 1000, '200 reused' => 50 },
          'none fails, and what is used all the time stays');
is_deeply(starts(map { "/f$_" } 951 .. 1000), { '200 reused' => 50 },
          'so do the last');
is_deeply(starts(map { "/f$_" } 2 .. 51), { '200 warm' => 50 },
          'the least used have left, but their code is known');
is(pool()->{corrupted}, 0, 'no limit was hit');
cmp_ok(pool()->{dropped}, '>', 100, 'those that have left are counted');

cmp_ok(Server::usage((worker_pids())[0])->{rss}, '<', 512 * 2 ** 20,
       'the worker is not larger')
    unless $ENV{TEST_INVOKE_ASAN};


# who is idle leaves before one that runs is failed for memory

my $hoarder = <<'END';
const kept = Array.from({ length: 20 }, () => new Array(131072).fill(1.5));
module.exports = (req, res) => res.send(String(kept.length));
END

my $hungry = <<'END';
const takes = {
    heap: () => new Array(131072).fill(1.5),
    buffers: () => Buffer.alloc(1024 * 1024, 1),
    memories: () => new WebAssembly.Memory({ initial: 16 }),
};

module.exports = (req, res) => {
    const held = [];

    if (req.query.what === 'buffer') {
        held.push(Buffer.alloc(45 * 1024 * 1024, 1));
    } else if (req.query.what === 'array') {
        held.push(new Array(24 * 131072).fill(1.5));
    } else if (req.query.what === 'grown') {
        const memory = new WebAssembly.Memory({ initial: 1 });
        for (let i = 0; i < 45; i++) memory.grow(16);
        held.push(memory);
    } else if (req.query.what === 'source') {
        held.push(Function('{}'.repeat(130000)));
    } else if (req.query.what) {
        while (held.length < 45) held.push(takes[req.query.what]());
    }

    res.send(`had ${held.length}`);
};
END

engine('the memory of the idle',
       http => "invoke_isolates 1 max=1; invoke_memory_limit 64m;\n"
               . "invoke_isolation function;\n$starts",
       server => $locations,
       functions => { hoarder => $hoarder,
                      map { ("hungry_$_" => $hungry) }
                          qw(heap buffers memories buffer array grown source) });

for my $what (qw(heap buffers memories buffer array grown source)) {
    get("/hungry_$what");
    starts('/hoarder');
    is_deeply(starts('/hoarder'), { '200 reused' => 1 }, 'it is there');

    my $res = get("/hungry_$what?what=$what");
    like("$res->{status} $res->{body}", qr/^200 had/, "$what that it needs");
}

is(pool()->{corrupted}, 0, 'no limit was hit');


# a parser that takes too much is ended where others could leave, too

engine('a long source beside the idle',
       http => "invoke_isolates 1 max=1; invoke_memory_limit 64m;\n"
               . "invoke_isolation function;\n$starts",
       server => $locations,
       functions => { hello => $hello, parser => <<'END' });
module.exports = (req, res) => {
    try { Function(`[${ 'a=>b=>{c:for(;;)d},'.repeat(6e5) }]`)(); } catch {}
    res.send('done');
};
END

is(get('/hello')->{status}, 200, 'another function is there');
like(get('/parser')->{body}, qr/"code":"memory"/, 'the parser is ended');
is_deeply([log_lines(qr/quarantine/)], [], 'its isolate is not parked');


# a new version takes the place of the old one, whatever that has open

my $peer = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1',
                                 Timeout => 10)
    or die "cannot listen: $!\n";
my $port = $peer->sockport;

engine('versions',
       http => "invoke_isolates 1 max=1; invoke_directory_check 100ms;\n"
               . "invoke_isolation function;\n"
               . "invoke_egress allow 127.0.0.1 $port;\n$starts",
       server => $locations,
       functions => { f => <<"END", hello => $hello });
const s = require('net').connect($port, '127.0.0.1');
const open = new Promise((done, fail) => s.on('connect', done).on('error', fail));
module.exports = async (req, res) => { await open; res.send('one'); };
END

is(get('/f')->{body}, 'one', 'the old version');
is(get('/hello')->{body}, '1', 'another function');

my $held = $peer->accept;
my $select = IO::Select->new($held);

is(scalar(() = $select->can_read(0.5)), 0, 'its connection stays');

put('f/index.js', "module.exports = (req, res) => res.send('two');\n");
soon { get('/f')->{body} eq 'two' } 'the new version';

is($select->can_read(10) ? sysread($held, my $byte, 1) : undef, 0,
   'its connection has come to its end');
is(get('/hello')->{body}, '2', 'the other function was kept');


# what another isolate has loaded is not cold

my $spinner = <<'END';
module.exports = (req, res) => {
    const end = Date.now() + Number(req.query.ms ?? 0);
    while (Date.now() < end);
    res.send('spun');
};
END

engine('in another isolate',
       http => "invoke_isolates 2 max=2; invoke_concurrency 1;\n$starts",
       server => $locations,
       functions => { spinner => $spinner });

at_rest('two isolates are ready');
get('/spinner');

is(join(',', map { $_->{body} } together(('/spinner?ms=1500') x 2)),
   'spun,spun', 'two at once');

my $metrics = at_rest();

is_deeply([@{ $metrics->{functions}{fn_path('spinner')} }
             {qw(coldStarts warmStarts reusedStarts)}], [1, 2, 0],
          'one of three starts is cold');


# what is idle goes before what has little to do

my $which = "const id = Math.random();\n"
            . $spinner =~ s/'spun'/`\${id} \${Date.now()}`/r;

engine('the one that is idle',
       http => "invoke_isolates 2 max=2; invoke_isolation function;\n$starts",
       server => $locations,
       functions => { rare => $which, spinner => $which });

at_rest('two isolates are ready');

my %ids = map { (split ' ', $_->{body})[0] => 1 } together(('/rare?ms=1500') x 2);

is(keys %ids, 2, 'both have it');
get('/rare') for 1 .. 30;
get('/spinner?ms=3') for 1 .. 60;

my @late = grep { $_->[1] > $_->[0] } map {
    [map { (split ' ', $_->{body})[1] } together('/spinner?ms=200', '/rare')]
} 1 .. 10;

is(@late, 0, 'it never waits behind another function');


# where more wait for its isolate than it takes to load it, it gets another one

engine('by many',
       http => "invoke_isolates 2 max=2; invoke_isolation function;\n$starts",
       server => $locations, functions => { rare => $which });

at_rest('two isolates are ready');
get('/rare?ms=3') for 1 .. 60;

%ids = map { (split ' ', $_->{body})[0] => 1 } together(('/rare?ms=3') x 60);

is(keys %ids, 2, 'two isolates have it then');


# a function for which many wait does not keep another one out

engine('fair',
       http => "invoke_isolates 1 max=1; invoke_concurrency 1;\n"
               . "invoke_queue 100 timeout=60s; invoke_isolation function;\n$starts",
       server => $locations,
       functions => { spinner => $spinner, hello => $hello });

at_rest('an isolate is ready');

my @sent = send_off('/spinner?ms=6000&n=0');

soon { pool()->{active} == 1 } 'one runs';

for my $n (1 .. 4) {
    push @sent, send_off("/spinner?ms=100&n=$n");
    soon { metrics()->{queue}{waiting} == $n } "$n wait";
}

push @sent, send_off('/hello');
answers($_) for @sent;

soon { my @all = logged(); @all == 6 } 'all are logged';

like(join(' ', map { $_->[0] =~ s/^.*=//r } logged()),
     qr{^0 (?:1 )?/hello (?:1 )?2 3 4$},
     'it does not wait for all of them, and they keep their order');


# no more than so many of one function

my $sleeper = <<'END';
let n = 0, most = 0;

module.exports = (req, res) => {
    most = Math.max(most, ++n);
    setTimeout(() => { n--; res.send(String(most)); }, 1000);
};
END

engine('invoke_max_active',
       http => "invoke_isolates 1 max=1;\ninvoke_isolation function;\n$starts",
       server => "invoke_max_active 2;\n"
                 . "location = /all { invoke_max_active 0;"
                 . " invoke ./fn/other; }\n"
                 . $locations,
       functions => { sleeper => $sleeper, other => $sleeper,
                      hello => $hello });

is((sort { $a <=> $b } map { $_->{body} } together(('/sleeper') x 5))[-1], 2,
   'two at once');
is((sort { $a <=> $b } map { $_->{body} } together(('/all') x 5))[-1], 5,
   'without it all at once');
is(at_rest()->{queue}{rejected}, 0, 'none was refused');
