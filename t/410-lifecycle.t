# Reload, upgrade, the death of workers, and the end: with work in flight, and
# with metrics that go on.

use strict;
use warnings;

use TestInvoke 'no_plan';
use TestServer;

use JSON::PP qw(decode_json);
use Time::HiRes qw(time sleep);

my $server = TestServer->new('lifecycle');

$server->write('fn/slow/index.js', <<'END');
module.exports = async (req, res) => {
    console.log(`slow ${req.query.n} begins`);
    await new Promise(r => setTimeout(r, +req.query.ms || 1000));
    res.send(`slow ${req.query.n} ${process.env.GENERATION}`);
};
END

$server->write('fn/hello/index.js', <<'END');
module.exports = (req, res) => res.send('hello');
END

$server->write('fn/forever/index.js', <<'END');
module.exports = async (req, res) => {
    console.log('forever begins');
    if (req.query.spin) for ( ;; );
    await new Promise(r => setTimeout(r, 100000));
};
END

$server->start(configuration(1));


# reload

is($server->request('GET', '/hello')->{body}, 'hello', 'it serves') for 1 .. 3;

my ($worker) = worker_pids();

my $before = metrics_when(sub { $_->{invocations}{ok} == 3 });

is($before->{invocations}{ok}, 3, 'and counts');

my $socket = get('/slow?n=1');

ok(logged(qr/slow 1 begins/), 'a function runs');

reload(2);

is($server->request('GET', '/slow?n=2&ms=10')->{body}, 'slow 2 2',
   'after a reload the new worker serves');
like(answer_of($socket), qr/slow 1 1$/, 'the old one ends its work');
ok(gone($worker), 'and leaves');

my $metrics = metrics_when(sub { $_->{invocations}{ok} == 5
                                 && $_->{isolatePool}{total} == 2
                                 && @{ $_->{workers} } == 1 });

is($metrics->{invocations}{ok}, 5, 'counters go on over a reload');
is($metrics->{functions}{"@{[ $server->prefix ]}/fn/slow"}{invocations}, 2,
   'those of functions, too');
is($metrics->{isolatePool}{total}, 2, 'gauges are those of the new worker');
is($metrics->{isolatePool}{created} - $metrics->{isolatePool}{destroyed}, 2,
   'what was created is destroyed');
is(scalar @{ $metrics->{workers} }, 1, 'one worker is left');


# while both serve

$socket = get('/slow?n=3&ms=3000');
ok(logged(qr/slow 3 begins/), 'a function runs');
reload(3);

$metrics = metrics();

is(scalar @{ $metrics->{workers} }, 2, 'two workers have their slots');
is($metrics->{invocations}{active}, 1, 'what runs in the old one is seen');
like(answer_of($socket), qr/slow 3 2$/, 'it ends');
ok(gone_workers(1), 'its worker leaves');
is(metrics_when(sub { $_->{invocations}{active} == 0 })->{invocations}{active},
   0, 'and nothing is left of it');


# many reloads leave nothing behind

{
    my $master = $server->{pid};

    reload(4);
    ok(gone_workers(1), 'reloaded');

    # those of a worker that is gone are closed a little later
    my $descriptors = -1;

    eventually(sub {
        my $last = $descriptors;
        ($descriptors = descriptors($master)) == $last;
    });

    my $memory = memory($master);

    for (1 .. 12) {
        reload(4);
        is($server->request('GET', '/hello')->{status}, 200, "reload $_");
        gone_workers(1);
    }

    ok(eventually(sub { descriptors($master) == $descriptors }),
       'the master has as many descriptors as before');
    cmp_ok(memory($master) - $memory, '<', 8 << 20, 'and hardly more memory');
}


# a configuration that does not do

{
    my ($old) = worker_pids();

    $server->write('nginx.conf', 'nonsense;');
    kill HUP => $server->{pid};
    ok(logged(qr/unknown directive "nonsense"/), 'a bad configuration');
    is($server->request('GET', '/hello')->{body}, 'hello', 'does not hurt');
    is_deeply([worker_pids()], [$old], 'the worker stays');
    $server->write('nginx.conf', configuration(5));
}


# another zone

{
    reload(5, 'm:2m');
    ok(gone_workers(1), 'a reload with another zone');
    is($server->request('GET', '/hello')->{body}, 'hello', 'it serves');
    is(metrics_when(sub { $_->{invocations}{total} == 1 })
       ->{invocations}{total}, 1, 'counters begin again');
    reload(6);
    gone_workers(1);
}


# a worker dies

{
    my $total = metrics_when(sub { $_->{invocations}{active} == 0 })
                ->{invocations}{total};

    $socket = get('/slow?n=4&ms=9000');
    ok(logged(qr/slow 4 begins/), 'a function runs');

    my ($old) = worker_pids();

    kill KILL => $old;
    is(answer_of($socket), '', 'its worker is killed');
    ok(eventually(sub { my ($new) = worker_pids(); $new && $new != $old }),
       'another takes its place');

    # before a request may start more of them
    $metrics = metrics_when(sub { $_->{isolatePool}{available} == 2 });
    is($metrics->{isolatePool}{total}, 2, 'with isolates of its own');

    is($server->request('GET', '/hello')->{body}, 'hello', 'and serves');

    $metrics = metrics_when(sub { $_->{invocations}{total} == $total + 1
                                  && $_->{invocations}{active} == 0 });

    is($metrics->{invocations}{total}, $total + 1, 'counters go on');
    is($metrics->{invocations}{active}, 0, 'gauges begin again');
    is(scalar @{ $metrics->{workers} }, 1, 'its slot was taken over');
}


# a worker that dies with nobody to follow it

{
    $socket = get('/slow?n=5&ms=9000');
    ok(logged(qr/slow 5 begins/), 'a function runs');

    my ($old) = worker_pids();

    reload(7);
    is(metrics_when(sub { $_->{invocations}{active} == 1 })
       ->{invocations}{active}, 1, 'in a worker that is to leave');
    kill KILL => $old;
    is(answer_of($socket), '', 'it is killed');
    ok(gone_workers(1), 'and not replaced');

    $metrics = metrics_when(sub { $_->{invocations}{active} == 0
                                  && @{ $_->{workers} } == 1 });

    is($metrics->{invocations}{active}, 0, 'its gauges do not count');
    is(scalar @{ $metrics->{workers} }, 1, 'one worker is seen');
}


is($server->stop, 0, 'nginx stops');


# another binary; one that has daemonized can start it

{
    my $prefix = $server->prefix;
    my $root = $ENV{TEST_NGINX_ROOT};
    my $user = `bash -c '. "\$0/util/lib/common.sh" && user_option' $root`;

    {
        local $ENV{LD_PRELOAD} = $ENV{TEST_NGINX_LD_PRELOAD} // '';

        is(system($ENV{TEST_NGINX_BINARY}, '-p', "$prefix/",
                  '-c', 'nginx.conf', '-g', $user), 0, 'nginx starts');
    }

    is(eventually(sub { $server->request('GET', '/hello')->{body} }), 1,
       'it serves');

    my $old = pid();

    $socket = get('/slow?n=6&ms=1500');
    ok(logged(qr/slow 6 begins/), 'a function runs');

    kill USR2 => $old;

    ok(eventually(sub { -f "$prefix/nginx.pid.oldbin" && pid() }),
       'a new master starts');

    my $new = pid();

    isnt($new, $old, 'it is another one');
    ok(eventually(sub { worker_pids($new) }), 'it has a worker');

    kill QUIT => $old;
    like(answer_of($socket), qr/slow 6 7$/, 'the old one ends its work');
    ok(gone($old), 'and leaves');

    is($server->request('GET', '/hello')->{body}, 'hello',
       'the new one serves');
    is(metrics_when(sub { $_->{invocations}{total} == 1 })
       ->{invocations}{total}, 1, 'with counters of its own');

    kill TERM => $new;
    ok(gone($new), 'it stops');
}


# the end

for my $case (
    # signal, seconds that it may take, path, what the client gets
    [QUIT => 4, '/slow?n=7', qr/slow 7 8$/],
    [TERM => 4, '/slow?n=8&ms=20000', qr/^$/],
    [TERM => 6, '/forever?spin=1', qr/^$/],
    [QUIT => 6, '/forever', qr/504|^$/],
    [QUIT => 6, '/forever?spin=1', qr/504|^$/],
) {
    my ($signal, $time, $path, $expected) = @$case;

    $server->start(configuration(8) =~ s/(?=events)/worker_shutdown_timeout 3s;\n/r);

    is($server->request('GET', '/hello')->{body}, 'hello', 'it serves');

    my ($old) = worker_pids();

    $socket = get($path);
    sleep 0.2;

    my $start = time;

    kill $signal => $server->{pid};
    like(answer_of($socket, $time), $expected, "$signal with $path");
    waitpid $server->{pid}, 0;
    is($?, 0, 'nginx ends well');
    cmp_ok(time - $start, '<', $time, 'in time');
    ok(!kill(0, $old), 'no worker is left');
}

unlike($server->log, qr/\[(alert|emerg|crit)\](?!.*(nonsense|exited on signal 9))/,
       'no complaints');


# What "env" names goes to another binary, too.

sub configuration {
    my ($generation, $zone) = @_;

    $zone //= 'm:1m';

    return <<"END";
load_module modules/ngx_invoke_module.so;
worker_processes 1;
error_log logs/error.log info;
pid nginx.pid;
env ASAN_OPTIONS;

events {}

http {
    access_log  off;

    client_body_temp_path  temp/body;
    proxy_temp_path        temp/proxy;
    fastcgi_temp_path      temp/fastcgi;
    uwsgi_temp_path        temp/uwsgi;
    scgi_temp_path         temp/scgi;
    invoke_package_cache   temp/invoke;

    invoke_zone      $zone;
    invoke_isolates  2 max=4;
    invoke_env       GENERATION $generation;

    server {
        listen  127.0.0.1:@{[ $server->port ]};

        location = /metrics {
            invoke_metrics  json;
        }

        location ~ ^/(?<name>\\w+) {
            invoke  ./fn/\$name;
        }
    }
}
END
}


sub reload {
    my ($generation, $zone) = @_;

    my %old = map { $_ => 1 } worker_pids();

    $server->write('nginx.conf', configuration($generation, $zone));
    kill HUP => $server->{pid};

    eventually(sub {
        my $answer = $server->request('GET', '/metrics');
        return $answer->{status} && $answer->{body} !~ /^$/
               && grep { !$old{$_->{pid}} }
                       @{ decode_json($answer->{body})->{workers} };
    });

    # the old worker has stopped listening by then
    eventually(sub { `ps -o args= --ppid $server->{pid}` =~ /shutting down/
                     || worker_pids() == 1 });
}


sub pid {
    open my $file, '<', $server->prefix . '/nginx.pid' or return 0;

    return <$file> =~ /(\d+)/ ? $1 : 0;
}


sub worker_pids {
    my ($master) = @_;

    $master //= $server->{pid};

    return map { /^\s*(\d+) nginx: worker process\s*$/ ? $1 : () }
               `ps -o pid=,args= --ppid $master`;
}


sub gone {
    my ($pid) = @_;

    return eventually(sub { !kill 0, $pid });
}


# all workers but so many have left

sub gone_workers {
    my ($n) = @_;

    return eventually(sub {
        my @all = grep { /nginx: worker/ }
                       `ps -o args= --ppid $server->{pid}`;
        return @all == $n;
    });
}


sub eventually {
    my ($test) = @_;

    for (1 .. 100) {
        return 1 if $test->();
        sleep 0.1;
    }

    return 0;
}


sub metrics {
    return decode_json($server->request('GET', '/metrics')->{body});
}


# An answer comes before it is counted: those for which the test holds, or the
# last ones.

sub metrics_when {
    my ($test) = @_;
    my $metrics;

    eventually(sub { local $_ = $metrics = metrics(); $test->() });

    return $metrics;
}


sub logged {
    my ($pattern) = @_;

    return eventually(sub { $server->log =~ $pattern });
}


sub get {
    my ($path) = @_;

    my $socket = IO::Socket::INET->new('127.0.0.1:' . $server->port)
        or die "connect: $!\n";

    print $socket "GET $path HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    $socket->flush;

    return $socket;
}


sub answer_of {
    my ($socket, $timeout) = @_;

    my $bytes = '';

    local $SIG{ALRM} = sub { die "timeout\n" };
    alarm($timeout // 10);

    eval { 1 while sysread $socket, $bytes, 65536, length $bytes };

    alarm(0);

    return $bytes;
}


sub descriptors {
    my ($pid) = @_;

    return scalar(() = glob "/proc/$pid/fd/*");
}


sub memory {
    my ($pid) = @_;

    open my $file, '<', "/proc/$pid/status" or die "status: $!\n";

    my ($kb) = join('', <$file>) =~ /^VmRSS:\s+(\d+) kB/m;

    return 1024 * $kb;
}
