# With "invoke_request_buffering off": bodies that come in pieces, as the
# function asks for them.

use strict;
use warnings;

use Digest::MD5 qw(md5_hex);
use TestInvoke 'no_plan';
use TestServer;
use Time::HiRes qw(time sleep);

my $server = TestServer->new('upload');
my $h2 = $ENV{TEST_NGINX_PORT_2};

my %functions = (

    # by each way of reading a stream
    events => q{
        const hash = require('crypto').createHash('md5');
        let n = 0;
        req.on('data', (piece) => { n += piece.length; hash.update(piece); });
        req.on('end', () => res.json([n, hash.digest('hex')]));
    },

    loop => q{
        return (async () => {
            const hash = require('crypto').createHash('md5');
            let n = 0;
            for await (const piece of req) { n += piece.length; hash.update(piece); }
            res.json([n, hash.digest('hex')]);
        })();
    },

    echo => q{ res.type('application/octet-stream'); req.pipe(res); },

    consumers => q{
        return require('stream/consumers').text(req).then((text) => res.send(text));
    },

    unread => q{ res.json([typeof req.body, typeof req.rawBody, req.get('content-length') ?? null]); },

    # the first piece, which it tells of; then it waits to be let go
    slow => q{
        req.once('data', (piece) => {
            req.pause();
            console.log('slow: began');
            setTimeout(() => { res.send('slow'); }, 3000);
        });
    },

    # reads the first piece, and the rest when that is no more expected
    late => q{
        let n = 0;
        req.on('data', (piece) => {
            if (n === 0) { req.pause(); setTimeout(() => req.resume(), 1500); }
            n += piece.length;
        });
        req.on('end', () => res.json(n));
    },

    early => q{ res.status(413).send('too much'); },

    # what became of the upload before
    left => q{
        if (req.method === 'GET') return res.json(globalThis.seen);
        const seen = globalThis.seen = [];
        for (const event of ['aborted', 'error', 'close', 'end'])
            req.on(event, (error) => seen.push(error?.code ?? event));
        req.once('data', () => console.log('left: began'));
    },

    kept => q{
        req.on('error', (error) => console.log(`kept: ${error.code}`));
        req.on('data', () => console.log('kept: piece'));
    },
);

for my $name (keys %functions) {
    $server->write("fn/$name/index.js", <<"END");
module.exports = (req, res) => {
    $functions{$name}
};
END
}

$server->write('fn/web/index.js', <<'END');
module.exports = {
    async fetch(request) {
        let n = 0;
        for await (const piece of request.body) n += piece.length;
        return Response.json([n]);
    },
};
END

$server->serve(<<"END");
access_log off;
client_body_buffer_size 16k;
client_max_body_size 2g;
invoke_request_buffering off;
invoke_timeout 100s;
invoke_isolates 1 max=1;

server {
    listen 127.0.0.1:@{[$server->port]};
    listen 127.0.0.1:$h2 http2;

    location ~ ^/(?<name>\\w+) { invoke ./fn/\$name; }
    location = /left { invoke ./fn/left; invoke_isolation function; }
    location = /stalled { client_body_timeout 500ms; invoke ./fn/left; invoke_isolation function; }
    location = /late { client_body_timeout 500ms; invoke ./fn/late; }
    location = /small { client_max_body_size 100k; invoke ./fn/events; }
    location = /kept { invoke ./fn/kept; invoke_ignore_client_abort on; }
    location = /buffered { invoke ./fn/unread; invoke_request_buffering on; }
}
END

my $body = join '', map { "line $_ of it\n" } 1 .. 50_000;
my $told = '[' . length($body) . ',"' . md5_hex($body) . '"]';

for my $name (qw(events loop)) {
    is($server->request('POST', "/$name", [], $body)->{body}, $told,
       "$name: a body with a length");
    is(chunked("/$name", $body)->{body}, $told, "$name: in chunks");
    is(curl("/$name", $body), $told, "$name: HTTP/2");
    is(curl("/$name", $body, '-H', 'content-length:'), $told,
       "$name: HTTP/2, without a length");
    is($server->request('POST', "/$name", [], 'x')->{body},
       '[1,"' . md5_hex('x') . '"]', "$name: a small one");
    is($server->request('GET', "/$name")->{body}, '[0,"' . md5_hex('') . '"]',
       "$name: none");
}

my $part = substr $body, 0, 100_000;
is($server->request('POST', '/echo', [], $part)->{body}, $part, 'piped back');
is($server->request('POST', '/consumers', [], 'some text')->{body}, 'some text',
   'for consumers of streams');
is($server->request('POST', '/web', [], $body)->{body},
   '[' . length($body) . ']', 'the body of a Request');

is($server->request('POST', '/unread', [], 'x')->{body},
   '["undefined","undefined","1"]', 'it is not collected');
is($server->request('GET', '/unread')->{body}, '["object","object",null]',
   'there is none');
is($server->request('POST', '/buffered', [], 'x')->{body},
   '["object","object","1"]', 'with "on" it is');

# a function that reads nothing more

my $client = post('/slow', 'Content-Length: ' . 2**30);
my $base = rss();
my $sent = pour($client, 2);

ok(seen(qr/slow: began/), 'it has the first piece');
cmp_ok($sent, '<', 64 * 2**20, 'the client has to wait');
cmp_ok(rss() - $base, '<', 16 * 2**20, 'the worker holds no more');
like(answer($client), qr{^HTTP/1.1 200 .*\r\nConnection: close\r\n.*slow$}s,
     'an answer before the end of the body');

# the same with HTTP/2, whose window is not opened

my $big = $server->prefix . '/big';

$server->write('big', '');
truncate $big, 2**28 or die "truncate: $!\n";
$base = rss();

open my $upload, '-|', 'curl', '-s', '--http2-prior-knowledge', '--max-time',
    30, '-X', 'POST', '-T', $big, "http://127.0.0.1:$h2/slow"
    or die "curl: $!\n";

ok(seen(qr/slow: began.*slow: began/s), 'HTTP/2: it has the first piece');
sleep 1;
cmp_ok(rss() - $base, '<', 16 * 2**20, 'the worker holds no more');
1 while <$upload>;
close $upload;

# an answer ends an upload

$client = post('/early', 'Content-Length: ' . 2**30);
like(answer($client), qr{^HTTP/1.1 413 .*Connection: close\r\n.*too much$}s,
     'an early answer, which ends the connection');

# nginx's own limit

is($server->request('POST', '/small', [], 'x' x 200_000)->{status}, 413,
   'a length over the limit');
is(chunked('/small', 'x' x 200_000)->{status}, 413, 'chunks over the limit');

# clients that are slow, and functions

$client = post('/stalled', 'Content-Length: 1000000');
syswrite $client, 'x' x 1000;
is(answer($client), '', 'a client that stalls');
is($server->request('GET', '/left')->{body}, '["aborted","ECONNRESET","close"]',
   'is told as one that leaves');
is($server->request('POST', '/late', [], 'x' x 300_000)->{body}, '300000',
   'the client may take as long as the function');

# clients that leave

$client = post('/left', 'Content-Length: 1000000');
syswrite $client, 'x' x 1000;
ok(seen(qr/left: began/), 'a part has come');
close $client;
ok(seen(qr/client prematurely closed connection/), 'a client leaves');
is($server->request('GET', '/left')->{body}, '["aborted","ECONNRESET","close"]',
   'the function is told, and its stream ends');

$client = post('/kept', 'Content-Length: 1000000');
syswrite $client, 'x' x 1000;
ok(seen(qr/kept: piece/), 'a part has come');
close $client;
ok(seen(qr/kept: ECONNRESET/),
   'with invoke_ignore_client_abort it is cut off, too');

is($server->request('POST', '/events', [], $body)->{body}, $told, 'all is well');

is($server->stop, 0, 'nginx stops in peace');
unlike($server->log =~ s/.*client intended to send too large.*//gr,
       qr/\[(?:alert|emerg|crit|error)\]/, 'without an error');


# A connection that has sent the head.

sub post {
    my ($path, $header) = @_;

    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                       PeerPort => $server->port)
        or die "connect: $!\n";

    print $socket "POST $path HTTP/1.1\r\nHost: a\r\n"
                  . "$header\r\n\r\n";
    $socket->flush;

    return $socket;
}


# Sends for so many seconds; how much there was room for.

sub pour {
    my ($socket, $seconds) = @_;

    local $SIG{PIPE} = 'IGNORE';
    my $until = time + $seconds;
    my $piece = 'x' x 65536;
    my $bytes = 0;

    $socket->blocking(0);

    while (time < $until && $bytes < 2**30) {
        my $n = syswrite $socket, $piece;

        if (defined $n) {
            $bytes += $n;
        } elsif ($!{EAGAIN}) {
            sleep 0.02;
        } else {
            last;
        }
    }

    $socket->blocking(1);

    return $bytes;
}


sub answer {
    my ($socket) = @_;
    my $text = '';

    local $SIG{ALRM} = sub { die "no answer in time: $text\n" };
    alarm 30;

    while ($text !~ /\r\n\r\n/ || $text =~ /Content-Length: (\d+)\r\n.*?\r\n\r\n(.*)/s
           && length $2 < $1)
    {
        last if !sysread $socket, $text, 65536, length $text;
    }

    alarm 0;

    return $text;
}


sub chunked {
    my ($path, $content) = @_;
    my @pieces = $content =~ /(.{1,7000})/sg;

    my $socket = post($path, 'Transfer-Encoding: chunked');

    local $SIG{PIPE} = 'IGNORE';
    print $socket map({ sprintf "%x\r\n%s\r\n", length, $_ } @pieces),
        "0\r\n\r\n";
    $socket->flush;

    return TestServer::answer(answer($socket));
}


sub curl {
    my ($path, $content, @options) = @_;
    my $file = $server->prefix . '/body';

    $server->write('body', $content);

    open my $pipe, '-|', 'curl', '-sS', '--http2-prior-knowledge', '--max-time',
        30, '--data-binary', "\@$file", @options,
        "http://127.0.0.1:$h2$path" or die "curl: $!\n";
    local $/;

    return <$pipe> // '';
}


# Whether such a line comes to the log.

sub seen {
    my ($line) = @_;
    my $until = time + 30;

    sleep 0.05 until $server->log =~ $line || time > $until;

    return $server->log =~ $line;
}


sub rss {
    my ($worker) = $server->workers;

    return Server::usage($worker)->{rss};
}
