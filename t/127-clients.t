# Clients that are slow, that leave, that send much: on sockets of this test's
# own.

use strict;
use warnings;

use TestInvoke 'no_plan';
use TestServer;

use Socket qw(SOL_SOCKET SO_RCVBUF SO_LINGER);
use Time::HiRes qw(time sleep);

my $server = TestServer->new('connection');
my $h2 = $ENV{TEST_NGINX_PORT_2};
my @never;

my %functions = (
    events => q{
        res.set('Content-Type', 'text/event-stream');
        res.flushHeaders();
        for (let i = 0; i < 4; i++) {
            while (!require('fs').existsSync(`/go${i}`)) await sleep(20);
            res.write(`data: ${i}\n\n`);
        }
        res.end();
    },

    # tells after half a second how much it could write
    flood => q{
        let bytes = 0;
        setTimeout(() => console.log(`flood ${req.query.n}: ${bytes} bytes`), 500);
        for (let i = 0; i < 400; i++) {
            bytes += 50000;
            if (!res.write('x'.repeat(50000))) {
                await new Promise(r => res.once('drain', r));
            }
        }
        res.end();
    },

    slow => q{
        console.log(`slow ${req.query.n}: begins`);
        await sleep(req.query.ms || 600);
        console.log(`slow ${req.query.n}: ends`);
        res.send('slow');
    },

    closed => q{
        const { n } = req.query;
        const tell = (what) => console.log(`closed ${n}: ${what}`);
        req.on('close', () => tell('req close'));
        res.on('finish', () => tell('res finish'));
        res.on('close', () => tell(`res close: finished ${res.writableFinished}`
            + `, ended ${res.writableEnded}, closed ${res.closed}`
            + `, destroyed ${res.destroyed}, errored ${res.errored}`
            + `, aborted ${req.aborted}`));
        if (n === '2') res.write('part');
        tell('begins');
        await sleep(2000);
        res.end('x');
    },

    unread => q{
        const seen = [];
        const note = (what) => () => seen.push(what);

        if (req.query.of === 'both') req.on('end', note('req end'));
        req.on('close', note('req close'));
        res.on('close', note('res close'));
        req.on('close', () => console.log(`unread ${req.query.n}: ${seen}.`));
        res.send('x');
    },

    forever => q{
        console.log(`forever ${req.query.n} begins`);
        for ( ;; );
    },

    spin => q{
        console.log(`spin ${req.query.n}: begins`);
        const end = Date.now() + (+req.query.ms || 500);
        while (Date.now() < end);
        res.send('spun');
    },

    stream => q{
        for (let i = 0; i < 100; i++) {
            res.write('x');
            await sleep(50);
            if (i == 60) console.log(`stream ${req.query.n}: goes on`);
        }
        res.end();
    },

    body => q{ res.json([req.rawBody.length, req.get('content-length') || null]); },
    size => q{ res.json(req.get('content-length')); },

    # what has come, of which the client is faster
    takes => q{
        let bytes = 0, n = 0;
        for await (const piece of req) {
            bytes += piece.length;
            if (++n % 100 === 0 && n <= 2000) await sleep(20);
        }
        res.json(String(bytes));
    },

    status => q{ res.status(+req.query.s).send('body'); },
    pieces => q{ res.write('12'); await sleep(10); res.end('3'); },
);

for my $name (keys %functions) {
    $server->write("fn/$name/index.js", <<"END");
const sleep = ms => new Promise(r => setTimeout(r, ms));
module.exports = async (req, res) => {
    $functions{$name}
};
END
}

$server->start(<<"END");
load_module modules/ngx_invoke_module.so;
worker_processes 1;
error_log logs/error.log info;
pid nginx.pid;

events {}

http {
    log_format  t  '\$request_uri \$status \$invoke_status|';
    access_log  logs/access.log  t;

    client_body_temp_path  temp/body;
    proxy_temp_path        temp/proxy;
    fastcgi_temp_path      temp/fastcgi;
    uwsgi_temp_path        temp/uwsgi;
    scgi_temp_path         temp/scgi;
    invoke_package_cache   temp/invoke;

    invoke_isolates  4 max=4;

    server {
        listen  127.0.0.1:@{[ $server->port ]};
        listen  127.0.0.1:$h2 http2;

        client_max_body_size  2g;

        location ~ ^/ignore/(?<name>\\w+) {
            invoke  ./fn/\$name;
            invoke_ignore_client_abort  on;
        }

        location ~ ^/kept/(?<name>\\w+) {
            invoke  ./fn/\$name;
            invoke_isolation  function;
        }

        location ~ ^/unbuffered/(?<name>\\w+) {
            invoke  ./fn/\$name;
            invoke_request_buffering  off;
            invoke_timeout  120s;
        }

        location ~ ^/timeout/(?<name>\\w+) {
            invoke  ./fn/\$name;
            send_timeout  1s;
            postpone_output  0;
        }

        location ~ ^/file/(?<name>\\w+) {
            invoke  ./fn/\$name;
            client_body_in_file_only  clean;
        }

        location ~ ^/small/(?<name>\\w+) {
            invoke  ./fn/\$name;
            client_max_body_size  1m;
        }

        location ~ ^/(?<name>\\w+) {
            invoke  ./fn/\$name;
        }
    }
}
END


# server-sent events arrive one by one

{
    my $socket = get('/events');

    like(read_until($socket, qr/\r\n\r\n/),
         qr/^HTTP\/1\.1 200 .*\r\n\r\n$/s, 'a flushed head arrives first');

    for my $i (0 .. 3) {
        $server->write("fn/events/go$i", '');

        like(read_until($socket, qr/data: $i\n\n(\r\n)?/),
             qr/^(\r\n)?9\r\ndata: $i\n\n(\r\n(0\r\n\r\n)?)?$/,
             "event $i arrives, by itself");
    }
}


# a client that takes its time

{
    my $socket = get('/flood?n=1', 4096);

    ok(logged(qr/flood 1: \d+ bytes/), 'a function floods');

    my ($written) = $server->log =~ /flood 1: (\d+) bytes/;

    cmp_ok($written // 1e9, '<', 10_000_000,
           'a function cannot write more than its client takes');

    my $body = read_until($socket, qr/0\r\n\r\n$/);

    $body =~ s/^.*?\r\n\r\n//s;

    is($body =~ tr/x//, 20_000_000, 'the client gets all of it in the end');
}


# a client that takes nothing

{
    my $socket = get('/timeout/flood?n=2', 4096);

    ok(logged(qr/client timed out/), 'send_timeout ends the request');
    like(access('/timeout/flood?n=2'), qr/aborted\|/, 'it counts as aborted');
}


# a client that leaves

{
    my $socket = get('/slow?n=1&ms=5000');

    ok(logged(qr/slow 1: begins/), 'a function runs');
    close $socket;

    like(access('/slow?n=1&ms=5000'), qr/ 499 aborted\|/, 'its client leaves');
    never(qr/slow 1: ends/, 'it does not go on');
}

{
    my $socket = get('/slow?n=2&ms=5000');

    close $socket;

    like(access('/slow?n=2&ms=5000'), qr/ 499 aborted\|/, 'its client leaves at once');
    never(qr/slow 2: ends/, 'the function does not go on');
}

{
    my $socket = get('/slow?n=3&ms=5000');

    ok(logged(qr/slow 3: begins/), 'a function runs');
    setsockopt $socket, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0);
    close $socket;

    like(access('/slow?n=3&ms=5000'), qr/ 499 aborted\|/, 'its client is reset');
}

{
    my $socket = get('/stream?n=1');

    read_until($socket, qr/x/);
    close $socket;

    like(access('/stream?n=1'), qr/ 200 aborted\|/,
         'a client leaves in the middle of a stream');
    never(qr/stream 1: goes on/, 'the function does not go on');
}

for my $n (1, 2) {
    my $socket = get("/closed?n=$n");
    my $trace = qr/, trace: [0-9a-f]{32}$/m;

    ok(logged(qr/closed $n: begins/), 'a function runs');
    close $socket;

    ok(logged(qr/closed $n: req close, .*$trace/),
       "what 'close' listeners print when the client has left names the trace");
    ok(logged(qr/closed[ ]$n:[ ]res[ ]close:[ ]finished[ ]false,[ ]ended[ ]false,
                 [ ]closed[ ]true,[ ]destroyed[ ]true,[ ]errored[ ]null,
                 [ ]aborted[ ]true,.*$trace/x), 'nothing has finished');
}

{
    my $socket = get('/ignore/slow?n=4');

    ok(logged(qr/slow 4: begins/), 'a function runs');
    close $socket;

    ok(logged(qr/slow 4: ends/), 'invoke_ignore_client_abort lets it go on');
}

{
    my $socket = get('/ignore/stream?n=2');

    read_until($socket, qr/x/);
    close $socket;

    ok(logged(qr/stream 2: goes on/), 'and one that streams, too');
}

{
    my $socket = get('/spin');

    close $socket;

    like(access('/spin'), qr/ 499 aborted\|/,
         'a client leaves a function that spins');

    $socket = get('/forever?n=2');
    ok(logged(qr/forever 2 begins/), 'a function spins for ever');

    is($server->request('GET', '/size')->{status}, 200,
       'others are served meanwhile');
    close $socket;
}

{
    my ($worker) = `pgrep -P $server->{pid}` =~ /^(\d+)/m;
    my $socket = get('/forever?n=1');

    ok(logged(qr/forever 1 begins/), 'a function spins for ever');
    close $socket;

    like(access('/forever?n=1'), qr/ 499 aborted\|/, 'its client leaves');
    sleep 1;

    my $before = cpu($worker);

    sleep 1;
    cmp_ok(cpu($worker) - $before, '<', 50, 'it is stopped soon');
}

{
    my $socket = get('/slow?n=5&ms=5000');

    shutdown $socket, 1;

    like(access('/slow?n=5&ms=5000'), qr/ 499 aborted\|/,
         'a client that closes its half has left, as with proxy_pass');
}

{
    my $socket = get('/ignore/slow?n=6');

    shutdown $socket, 1;

    like(read_until($socket, qr/slow$/), qr/^HTTP\/1\.1 200 .*slow$/s,
         'unless invoke_ignore_client_abort says otherwise');
}

{
    my $socket = connection();

    print $socket "POST /body?n=1 HTTP/1.1\r\nHost: x\r\n"
                  . "Content-Length: 100000\r\n\r\nbegin";
    $socket->flush;
    sleep 0.2;
    close $socket;

    like(access('/body?n=1'), qr/ 400 /, 'a client leaves within its body');
}

{
    my @busy = map { get("/spin?n=$_&ms=4000") } 1 .. 4;

    ok(logged(qr/spin $_: begins/), "an isolate is busy, $_") for 1 .. 4;

    my $socket = get('/slow?n=7');

    sleep 0.1;
    close $socket;

    like(access('/slow?n=7'), qr/ 499 aborted\|/,
         'a client leaves while its request waits for an isolate');

    like(read_until($_, qr/spun$/), qr/spun$/, 'the others are answered')
        for @busy;

    never(qr/slow 7: begins/, 'its function is not called');
}

{
    my $uri = '/slow?n=8&ms=5000';
    my $pid = open my $curl, '-|', 'curl', '-s', '--http2-prior-knowledge',
                   "http://127.0.0.1:$h2$uri" or die "curl: $!\n";

    ok(logged(qr/slow 8: begins/), 'a function runs');
    kill 'TERM', $pid;
    close $curl;

    like(access($uri), qr/ 499 aborted\|/,
         'a client of HTTP/2 leaves');
    never(qr/slow 8: ends/, 'its function does not go on');
}


# requests that follow each other on one connection

{
    my $socket = connection();

    print $socket map { "$_ HTTP/1.1\r\nHost: x\r\n\r\n" }
        'GET /slow?n=9', 'HEAD /pieces', 'GET /pieces', 'HEAD /status?s=200',
        'GET /status?s=204', 'GET /status?s=304', 'GET /status?s=205',
        'GET /status?s=404', 'GET /none', 'GET /status?s=299';
    $socket->flush;

    my $bytes = read_until($socket, qr/ 299 .*\r\n\r\nbody$/s);

    is(join(' ', $bytes =~ m{HTTP/1\.1 (\d+)}g),
       '200 200 200 200 204 304 205 404 404 299',
       'pipelined requests are answered in their order');
    like($bytes, qr/slowHTTP.*\r\n\r\nHTTP.*\r\n2\r\n12\r\n1\r\n3\r\n0\r\n\r\nHTTP
                    .*\r\n\r\nHTTP.*\r\n\r\nHTTP.*\r\n\r\nHTTP.*\r\n\r\nHTTP
                    .*bodyHTTP.*not[ ]found"\}HTTP.*body$/sx, 'with their bodies');
}


# bodies

{
    my $answer = $server->request('POST', '/file/body', [], 'x' x 1000);

    is($answer->{body}, '[1000,"1000"]', 'client_body_in_file_only');

    my $socket = connection();

    print $socket "POST /body HTTP/1.1\r\nHost: x\r\n"
                  . "Transfer-Encoding: chunked\r\n\r\n";

    for (1 .. 20) {
        print $socket "c350\r\n" . 'y' x 50000 . "\r\n";
        $socket->flush;
        sleep 0.01;
    }

    print $socket "0\r\n\r\n";
    $socket->flush;

    like(read_until($socket, qr/\]$/), qr/\[1000000,null\]$/,
         'a chunked body, in pieces');

    $socket = connection();

    print $socket "POST /small/body HTTP/1.1\r\nHost: x\r\n"
                  . "Transfer-Encoding: chunked\r\n\r\n";

    local $SIG{PIPE} = 'IGNORE';

    for (1 .. 40) {
        print $socket "c350\r\n" . 'y' x 50000 . "\r\n";
    }

    $socket->flush;

    like(read_until($socket, qr/\r\n\r\n/), qr/^HTTP\/1\.1 413 /,
         'a chunked body over client_max_body_size');
}

for my $path ('/size', '/unbuffered/takes') {
    my ($worker) = `pgrep -P $server->{pid}` =~ /^(\d+)/m;
    my $before = peak($worker);

    my $socket = connection();

    print $socket "POST $path HTTP/1.1\r\nHost: x\r\n"
                  . "Content-Length: 1073741824\r\n\r\n";
    $socket->flush;

    my $megabyte = 'z' x (1 << 20);

    for (1 .. 1024) {
        print $socket $megabyte;
    }

    $socket->flush;

    like(read_until($socket, qr/"\d+"$/), qr/"1073741824"$/,
         "$path: a body of a gigabyte reaches its function");

    # what a sanitizer keeps is nobody's
    cmp_ok(peak($worker) - $before, '<', 64 << 20, 'and is not held in memory')
        unless $ENV{TEST_INVOKE_ASAN};
}


# what nobody has read of a request ends once its response is done, as in Node

for my $at ('', '/kept', '/unbuffered') {
    for my $of (qw(close both)) {
        my $n = "$at $of";
        my $end = $of eq 'both' ? 'req end,' : '';

        $server->request('POST', "$at/unread?of=$of&n=$at%20$of", [], 'a body');
        ok(logged(qr/unread $n: res close,${end}req close\./), "unread, $n");
    }
}


# an order to leave, with work in flight

{
    my $socket = get('/slow?n=10');

    ok(logged(qr/slow 10: begins/), 'a function runs');

    is($server->stop, 0, 'nginx stops');
    like(read_until($socket, qr/slow$/), qr/slow$/,
         'the function was waited for');
    unlike($server->log, qr/\[(alert|emerg|crit)\]/, 'without complaints');

    unlike($server->log, $_->[0], $_->[1]) for @never;
}


sub connection {
    my ($buffer) = @_;

    my $socket = IO::Socket::INET->new(Proto => 'tcp') or die "socket: $!\n";

    setsockopt $socket, SOL_SOCKET, SO_RCVBUF, $buffer if $buffer;

    connect $socket, Socket::pack_sockaddr_in($server->port,
                                              Socket::inet_aton('127.0.0.1'))
        or die "connect: $!\n";

    return $socket;
}


sub get {
    my ($path, $buffer) = @_;

    my $socket = connection($buffer);

    print $socket "GET $path HTTP/1.1\r\nHost: x\r\n\r\n";
    $socket->flush;

    return $socket;
}


sub read_until {
    my ($socket, $end) = @_;

    my $bytes = '';
    my $deadline = time + 120;

    while ($bytes !~ $end) {
        my $set = '';
        vec($set, fileno $socket, 1) = 1;

        my $left = $deadline - time;

        last if $left <= 0 || !select $set, undef, undef, $left;
        last if !sysread $socket, $bytes, 65536, length $bytes;
    }

    return $bytes;
}


# What nothing has logged by the time that nginx has stopped, which waits for
# functions that run.

sub never { push @never, [@_] }


sub logged {
    my ($pattern) = @_;

    for (1 .. 20 * 45) {
        return 1 if $server->log =~ $pattern;
        sleep 0.05;
    }

    return 0;
}


# the line of the access log for a URI, once it is there

sub access {
    my ($uri) = @_;

    for (1 .. 20 * 45) {
        open my $file, '<', $server->prefix . '/logs/access.log';

        for (<$file>) {
            return $_ if /^\Q$uri\E /;
        }

        sleep 0.05;
    }

    return '';
}


# hundredths of seconds of CPU time

sub cpu {
    my ($pid) = @_;

    open my $file, '<', "/proc/$pid/stat" or return 0;

    my @fields = split ' ', <$file> =~ s/^.*\) //r;

    return $fields[11] + $fields[12];
}


sub peak {
    my ($pid) = @_;

    open my $file, '<', "/proc/$pid/status" or return 0;

    my ($kb) = join('', <$file>) =~ /^VmHWM:\s+(\d+) kB/m;

    return 1024 * $kb;
}
