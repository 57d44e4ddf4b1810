# fetch() and WebSocket against servers of this test.

use TestInvoke 'no_plan';
use TestEngine;
use TestListener;

use Digest::SHA qw(sha1_base64);
use File::Temp;
use IO::Socket::INET;
use IO::Compress::Gzip qw(gzip);
use JSON::PP;
use Time::HiRes qw(sleep);

# A server of HTTP/1.1, with a process for each connection.

my $dir = File::Temp->newdir;

sub connection {
    my ($c) = @_;

    while (my $line = <$c>) {
        my ($method, $path, $query) = $line =~ m{^(\S+) ([^?\s]+)\??(\S*) HTTP}
            or return;
        my (%headers, $body);

        while (($line = <$c>) =~ /^([^:]+): *(.*?)\r\n/) {
            $headers{lc $1} = $2;
        }

        if ($path eq '/early') {
            print $c "HTTP/1.1 413 Too much\r\nContent-Length: 2\r\n"
                     . "Connection: close\r\n\r\nno";
            shutdown $c, 1;
            1 while sysread $c, my $rest, 65536;
            return;
        }

        $body = '';

        if (($headers{'transfer-encoding'} // '') eq 'chunked') {
            while ((<$c> // '') =~ /^([0-9a-f]+)\r/i && hex $1) {
                read($c, my $chunk, hex $1);
                $body .= $chunk;
                <$c>;
            }
            <$c>;

        } elsif ($headers{'content-length'}) {
            read $c, $body, $headers{'content-length'};
        }

        answer($c, $method, $path, $query, \%headers, $body) or return;
    }
}

sub answer {
    my ($c, $method, $path, $query, $headers, $body) = @_;

    my ($status, $type, $text, @more) = ('200 OK', 'text/plain', '');

    if ($path eq '/echo') {
        ($type, $text) = ('application/json',
            JSON::PP->new->canonical->encode({ method => $method,
                query => $query, headers => $headers,
                body => length $body > 100 ? length $body : $body }));
    } elsif ($path eq '/redirect') {
        my ($code, $to) = $query =~ /^(\d+),(.*)/;
        ($status, @more) = ("$code Moved", "Location: $to");
    } elsif ($path eq '/loop') {
        ($status, @more) = ('302 Moved', "Location: $path");
    } elsif ($path eq '/zero') {
        print $c "HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n";
        return 1;
    } elsif ($path eq '/gzip') {
        gzip(\'gzipped text', \$text);
        @more = 'Content-Encoding: gzip';
    } elsif ($path eq '/cookies') {
        @more = ('Set-Cookie: a=1', 'Set-Cookie: b=2', 'X-A: 1', 'x-a: 2');
    } elsif ($path eq '/status') {
        $status = "$query Some Text";
        $text = 'status';
    } elsif ($path eq '/connection') {
        $text = $$;
    } elsif ($path eq '/once') {
        print $c "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nonce";
        return 0;
    } elsif ($path eq '/big') {
        $text = 'x' x $query;
    } elsif ($path eq '/chunked') {
        print $c "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        for my $piece (split /,/, $query) {
            printf $c "%x\r\n%s\r\n", length $piece, $piece;
            sleep 0.02;
        }
        print $c "0\r\n\r\n";
        return 1;
    } elsif ($path eq '/wait') {
        print $c "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na";
        sleep 0.01 until -e "$dir/$query";
        unlink "$dir/$query";
        print $c 'b';
        return 1;
    } elsif ($path eq '/go') {
        open my $file, '>', "$dir/$query" or die "go: $!\n";
    } elsif ($path eq '/events') {
        print $c "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
                 . "data: one\n\nevent: x\nid: 7\ndata: two\ndata: more\n\n";
        sysread $c, my $rest, 1;
        return 0;
    } elsif ($path eq '/cut') {
        print $c "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf";
        return 0;
    } elsif ($path eq '/none') {
        return 0;
    } elsif ($path eq '/wrong') {
        print $c "what is this\r\n\r\n";
        return 0;
    } elsif ($path eq '/hang') {
        sleep 60;
        return 0;
    } elsif ($path eq '/trickle') {
        print $c "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
        for (1 .. 600) { print $c 'x' or return 0; sleep 0.1; }
        return 0;
    } elsif ($path eq '/ws') {
        return websocket($c, $headers, $query);
    } else {
        $text = "hello $path";
    }

    print $c join("\r\n", "HTTP/1.1 $status", "Content-Type: $type", @more,
                  'Content-Length: ' . length $text, '',
                  $method eq 'HEAD' ? '' : $text);

    return 1;
}

sub websocket {
    my ($c, $headers, $query) = @_;

    my $key = sha1_base64($headers->{'sec-websocket-key'}
                          . '258EAFA5-E914-47DA-95CA-C5AB0DC85B11') . '=';

    print $c "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
             . "Connection: Upgrade\r\nSec-WebSocket-Accept: $key\r\n"
             . ($query ? "Sec-WebSocket-Protocol: $query\r\n" : '') . "\r\n";

    # a first message with the head
    print $c "\x81\x05hello";

    for (;;) {
        read($c, my $head, 2) == 2 or return 0;
        my ($op, $n) = unpack 'CC', $head;

        $n &= 127;

        if ($n == 126) {
            read $c, my $more, 2;
            $n = unpack 'n', $more;
        } elsif ($n == 127) {
            read $c, my $more, 8;
            $n = unpack 'Q>', $more;
        }

        read $c, my $mask, 4;
        my $data = '';
        read $c, $data, $n if $n;
        $data ^= substr $mask x ($n / 4 + 1), 0, $n;

        print $c pack('C', $op),
                 $n < 126 ? pack('C', $n) : $n < 65536 ? pack('Cn', 126, $n)
                 : pack('CQ>', 127, $n), $data;

        return 0 if ($op & 15) == 8;
    }
}

my $port = serve(\&connection);
my $base = "http://127.0.0.1:$port";

my $closed = do {
    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1);
    $socket->sockport;
};

my %functions;

# what a function says is what is expected, of each isolation

my @cases = (
    simple => q{
        const answer = await fetch(`${base}/a?b`);
        return [answer.status, answer.ok, answer.statusText, answer.url,
                answer.redirected, answer.headers.get('content-type'),
                await answer.text()];
    } => [200, \1, 'OK', "$base/a?b", \0, 'text/plain', 'hello /a'],

    sent => q{
        const { method, query, headers } = await (await fetch(`${base}/echo?x=1#y`, {
            headers: { 'x-a': 'b' } })).json();
        return [method, query, headers['x-a'], headers.host, headers['user-agent'],
                headers.accept, headers['accept-encoding'], headers.connection,
                headers['content-length'], headers['sec-fetch-mode']];
    } => ['GET', 'x=1', 'b', "127.0.0.1:$port", 'node', '*/*', 'gzip, deflate',
          'keep-alive', undef, 'cors'],

    bodies => q{
        const send = async (body, more) => {
            const { method, headers, body: got } = await (await fetch(`${base}/echo`,
                { method: 'POST', body, ...more })).json();
            return [headers['content-length'] ?? headers['transfer-encoding'],
                    headers['content-type']?.slice(0, 30), `${got}`.slice(0, 12)];
        };
        return [await send('text'), await send(new Uint8Array([97, 98])),
                await send(new URLSearchParams({ a: 'b c' })),
                await send(new Blob(['blob'], { type: 'a/b' })),
                await send('x'.repeat(1000000)),
                await send(new ReadableStream({ start(c) {
                    c.enqueue(new TextEncoder().encode('one')); c.close(); } }),
                    { duplex: 'half' }),
                await send(null),
                (await send((() => { const f = new FormData();
                    f.append('a', 'b'); return f; })()))[1]];
    } => [['4', 'text/plain;charset=UTF-8', 'text'], ['2', undef, 'ab'],
          ['5', 'application/x-www-form-urlenco', 'a=b+c'], ['4', 'a/b', 'blob'],
          ['1000000', 'text/plain;charset=UTF-8', '1000000'],
          ['chunked', undef, 'one'], ['0', undef, ''],
          'multipart/form-data; boundary='],

    redirects => q{
        const go = async (code, init, to = `${base}/echo`) => {
            const answer = await fetch(`${base}/redirect?${code},${to}`, init);
            const { method, body } = await answer.json();
            return [answer.status, answer.redirected, answer.url === `${base}/echo`,
                    method, body];
        };
        const post = { method: 'POST', body: 'b' };
        const manual = await fetch(`${base}/redirect?302,/x`, { redirect: 'manual' });
        return [await go(302), await go(301, post), await go(303, { ...post, method: 'PUT' }),
                await go(307, post), await go(302, {}, '/echo'),
                manual.status, manual.type, manual.headers.get('location'),
                await fetch(`${base}/redirect?302,/x`, { redirect: 'error' })
                    .catch(({ name }) => name),
                await fetch(`${base}/redirect?302,file:///etc/passwd`)
                    .catch(({ cause }) => cause.message),
                await fetch(`${base}/redirect?307,http://127.0.0.1:${req.socket.localPort ?? 80}/`)
                    .catch(({ cause }) => cause.code),
                await fetch(`${base}/redirect?302,http://2130706433:8000/`)
                    .catch(({ cause }) => cause.code),
                await fetch(`${base}/loop`).catch(({ cause }) => cause.message)];
    } => [[200, \1, \1, 'GET', ''], [200, \1, \1, 'GET', ''],
          [200, \1, \1, 'GET', ''], [200, \1, \1, 'POST', 'b'],
          [200, \1, \1, 'GET', ''], 302, 'basic', '/x', 'TypeError',
          'URL scheme must be a HTTP(S) scheme', 'POLICY_DENIED', 'POLICY_DENIED',
          'redirect count exceeded'],

    answers => q{
        const gzip = await fetch(`${base}/gzip`);
        const cookies = await fetch(`${base}/cookies`);
        const status = await fetch(`${base}/status?404`);
        const head = await fetch(`${base}/big?1000`, { method: 'HEAD' });
        const chunked = await fetch(`${base}/chunked?a,bc,def`);
        const wait = await fetch(`${base}/wait?${process.env.NAME}`);
        const pieces = [];
        for await (const piece of wait.body) {
            pieces.push(new TextDecoder().decode(piece));
            if (pieces.length === 1) {
                await (await fetch(`${base}/go?${process.env.NAME}`)).text();
            }
        }
        return [gzip.headers.get('content-encoding'), await gzip.text(),
                cookies.headers.getSetCookie(), cookies.headers.get('x-a'),
                status.status, status.ok, status.statusText, await status.text(),
                head.headers.get('content-length'), await head.text(),
                await chunked.text(), pieces,
                (await (await fetch(`${base}/big?5000000`)).arrayBuffer()).byteLength];
    } => ['gzip', 'gzipped text', ['a=1', 'b=2'], '1, 2', 404, \0, 'Some Text',
          'status', '1000', '', 'abcdef', ['a', 'b'], 5000000],

    failures => q{
        const fail = (path, init) => fetch(path.startsWith('http') ? path : base + path,
            init).then((answer) => answer.text()).then(() => 'no error',
            ({ name, message, cause }) => [name, message, cause?.code ?? cause?.name]);
        const signal = (ms) => AbortSignal.timeout(ms);
        const controller = new AbortController();
        setTimeout(() => controller.abort(), 50);
        return [await fail(`http://127.0.0.1:${closed}/`), await fail('/none'),
                (await fail('/cut')).slice(0, 2), (await fail('/wrong'))[0],
                await fail('http://[::1]:8000/'), await fail('http://10.0.0.1/'),
                await fail('/hang', { signal: controller.signal }),
                (await fail('/hang', { signal: signal(50) }))[0],
                (await fail('/trickle', { signal: signal(200) }))[0],
                await fail('/early', { method: 'POST', body: 'x' }),
                (await fail('/zero'))[0]];
    } => [['TypeError', 'fetch failed', 'ECONNREFUSED'],
          ['TypeError', 'fetch failed', 'ECONNRESET'],
          ['TypeError', 'terminated'], 'TypeError',
          ['TypeError', 'fetch failed', 'POLICY_DENIED'],
          ['TypeError', 'fetch failed', 'POLICY_DENIED'],
          ['AbortError', 'This operation was aborted', undef],
          'TimeoutError', 'TimeoutError', 'no error', 'TypeError'],

    kept => q{
        const ids = new Set();
        for (let i = 0; i < 20; i++) {
            ids.add(await (await fetch(`${base}/connection`)).text());
        }
        const together = await Promise.all(Array.from({ length: 10 }, async () =>
            (await fetch(`${base}/connection`)).text()));
        // the server closes what is kept
        const texts = [];
        for (let i = 0; i < 10; i++) {
            texts.push(await (await fetch(`${base}/once`)).text());
        }
        return [ids.size, together.length, texts.join('')];
    } => [1, 10, 'once' x 10],

    socket => q{
        const socket = new WebSocket(`${base}/ws`.replace('http', 'ws'));
        const seen = [socket.readyState, socket.url];
        socket.binaryType = 'arraybuffer';
        await new Promise((resolve, reject) => {
            socket.onerror = ({ message, error }) =>
                reject(new Error(message || error || 'error'));
            socket.onopen = () => {
                seen.push(socket.readyState);
                socket.send('text');
                socket.send(new Uint8Array([1, 2]));
                socket.send('y'.repeat(300));
                socket.send('z'.repeat(70000));
            };
            socket.onmessage = ({ data, constructor, origin }) => {
                seen.push(typeof data === 'string'
                          ? data.length > 9 ? data.length : data
                          : [...new Uint8Array(data)]);
                if (data.length === 70000) {
                    seen.push(constructor === MessageEvent,
                              origin === new URL(socket.url).origin);
                    socket.close(1000, 'bye');
                }
            };
            socket.onclose = ({ code, reason, wasClean, constructor }) => {
                seen.push(code, reason, wasClean, constructor === CloseEvent,
                          socket.readyState);
                resolve();
            };
        });
        return seen;
    } => [0, "ws://127.0.0.1:$port/ws", 1, 'hello', 'text', [1, 2], 300, 70000,
          \1, \1, 1000, 'bye', \1, \1, 3],

    events => q{
        const source = new EventSource(`${base}/events`);
        const seen = [];
        await new Promise((resolve, reject) => {
            source.onerror = () => reject(new Error('error'));
            source.onopen = () => seen.push(source.readyState);
            source.onmessage = ({ data }) => seen.push(data);
            source.addEventListener('x', ({ data, lastEventId, constructor }) => {
                seen.push(data, lastEventId, constructor === MessageEvent);
                source.close();
                resolve();
            });
        });
        return [...seen, source.readyState];
    } => [1, 'one', "two\nmore", '7', \1, 2],

    no_socket => q{
        const seen = [];
        for (const url of [`ws://127.0.0.1:${closed}/`, `${base}/hello`]) {
            const socket = new WebSocket(url.replace('http', 'ws'));
            await new Promise((resolve) => {
                socket.onerror = ({ type }) => seen.push(type);
                socket.onclose = ({ code, wasClean }) => {
                    seen.push(code, wasClean, socket.readyState);
                    resolve();
                };
            });
        }
        return seen;
    } => ['error', 1006, \0, 3, 'error', 1006, \0, 3],

    other => q{
        globalThis[Symbol.for('undici.globalDispatcher.1')] = {
            dispatch({ path }, handler) {
                handler.onConnect(() => {});
                handler.onHeaders(200, [Buffer.from('x-a'), Buffer.from('b')],
                                  () => {}, 'OK');
                handler.onData(Buffer.from(`other ${path}`));
                handler.onComplete([]);
            },
        };
        const answer = await fetch(`${base}/a`);
        return [answer.headers.get('x-a'), await answer.text()];
    } => ['b', 'other /a'],
);

my %expected;

while (my ($name, $code, $result) = splice @cases, 0, 3) {
    $expected{$name} = $result;
    $functions{$name} = <<"END";
const base = '$base';
const closed = $closed;
const run = async (req) => {
$code
};
module.exports = async (req, res) => res.json(await run(req));
END
}

$functions{proxy} = "module.exports = { fetch: ({ url }) => fetch('$base'"
                    . " + new URL(url).search.slice(1)) };";
$functions{hang} = <<"END";
module.exports = async (req, res) => {
  const { signal } = new AbortController();
  console.log('hang begins');
  await Promise.all(Array.from({ length: 8 }, () => fetch('$base/hang')));
};
END
$functions{after} = <<"END";
module.exports = (req, res) => {
  req.waitUntil(fetch('$base/chunked?a,b,c').then((a) => a.text())
                .then((text) => console.log(`after \${text}`)));
  res.send('answered');
};
END

my $conf = <<"END";
location ~ ^/r/(?<fn>\\w+) { invoke ./fn/\$fn; invoke_env NAME r; }
location ~ ^/f/(?<fn>\\w+) { invoke ./fn/\$fn; invoke_env NAME f;
                             invoke_isolation function; }
location ~ ^/t/(?<fn>\\w+) { invoke ./fn/\$fn; invoke_timeout 500ms; }
END

engine('fetch', server => $conf, functions => \%functions,
       http => "invoke_egress allow 127.0.0.1 $port;"
               . "invoke_egress allow 127.0.0.1 $closed;");

for my $mode (qw(r f)) {
    for my $name (sort keys %expected) {
        my $answer = get("/$mode/$name");

        # true and false as JSON has them

        is_deeply($answer->{json}, decode_json(encode_json($expected{$name})),
                  "$mode: $name") or diag($answer->{body});
    }

    my $answer = get("/$mode/proxy?/gzip");

    is($answer->{body}, 'gzipped text', "$mode: an answer is handed on");
    is($answer->{headers}{'content-encoding'}, undef,
       "$mode: which is decoded");
    is(get("/$mode/proxy?/status?404")->{status}, 404, "$mode: with its status");
    is(get("/$mode/proxy?/cookies")->{headers}{'set-cookie'}, "a=1\nb=2",
       "$mode: and cookies");
    like(get("/$mode/proxy?/big?3000000")->{body}, qr/x{1000}/,
         "$mode: and what is large");

    is(get("/$mode/after")->{body}, 'answered', "$mode: waitUntil()");
}

my $metrics = at_rest();

is($metrics->{waitUntil}{lost}, 0, 'nothing is lost');

# what an invocation has open ends with it

is(get('/t/hang')->{code}, 'timeout', 'it is ended by its limit');
at_rest();
soon { metrics()->{egress}{open} <= $metrics->{egress}{open} }
    'and its connections with it';

engine_stop();
