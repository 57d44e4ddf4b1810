# What fetch() makes of the bytes of servers, and what it sends them.

use TestInvoke 'no_plan';
use TestEngine;
use TestListener;
use TestTLS;

use IO::Socket::INET;
use JSON::PP;
use Time::HiRes qw(sleep);

# A server with a process for each connection; its paths say what it does.

my $head = "HTTP/1.1 200 OK\r\n";

my %answers = (
    early => "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
             . "HTTP/1.1 100 Continue\r\n\r\n"
             . "${head}X-A: b\r\nContent-Length: 2\r\n\r\nok",
    twice => "${head}Content-Length: 3\r\n\r\none"
             . "${head}Content-Length: 6\r\n\r\nstolen",
    more => "${head}Content-Length: 3\r\n\r\none and more",
    empty => "HTTP/1.1 204 No Content\r\n\r\n",
    same => "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
    head => "${head}Content-Length: 9\r\n\r\n",
    trailers => "${head}Transfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n"
                . "3;a=b\r\none\r\n4\r\n two\r\n0\r\nX-T: t\r\n\r\n",
    folded => "${head}X-A:  b \r\nX-Empty:\r\nContent-Length: 0\r\n\r\n",
    bare => "HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nbare",
    last => "${head}Connection: close\r\nContent-Length: 4\r\n\r\nlast",
    both => "${head}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
            . "3\r\none\r\n0\r\n\r\n",
    switch => "HTTP/1.1 101 Switching Protocols\r\nUpgrade: a\r\n"
              . "Connection: upgrade\r\n\r\n",
    huge => "${head}X-A: " . 'a' x 20000 . "\r\n\r\n",
    chunk => "${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n",
);

sub connection {
    my ($c) = @_;
    my $line;

    while (defined($line = <$c>)) {
        my ($method, $path, $query) = $line =~ m{^(\S+) /(\w+)\??(\S*) HTTP}
            or return;
        my $request = $line;

        while (defined($line = <$c>) && $line ne "\r\n") {
            $request .= $line;
        }

        if ($path eq 'refuse') {
            print $c "HTTP/1.1 413 Too much\r\nConnection: close\r\n"
                     . "Content-Length: 2\r\n\r\nno";
            shutdown $c, 1;
            1 while sysread $c, $line, 65536;
            return;
        }

        if ($request =~ /^content-length: (\d+)/im) {
            read $c, my ($body), $1;
            $request .= "\r\n$body";
        }

        if ($path eq 'connection') {
            print $c "${head}Content-Length: " . length($$) . "\r\n\r\n$$";
        } elsif ($path eq 'sent') {
            print $c "${head}Content-Length: " . length($request)
                     . "\r\n\r\n$request";
        } elsif ($path eq 'until') {
            print $c "${head}\r\nuntil the ", 'end';
            return;
        } elsif ($path eq 'bytes') {
            for my $byte (split //, $answers{$query}) {
                print $c $byte;
                sleep 0.001;
            }
        } else {
            print $c $answers{$path};
        }
    }
}

my $port0 = my $port = serve(\&connection);

# and servers of HTTPS, which nginx has

my $tls = TestTLS->new;
my ($secure, $selfish) = map {
    IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1)->sockport;
} 1, 2;

$tls->make('self', subject => '/CN=localhost',
           extensions => 'subjectAltName = IP:127.0.0.1');

sub secure {
    my ($port, $name) = @_;

    return <<"END";
server {
    listen 127.0.0.1:$port ssl;
    ssl_certificate @{[$tls->file("$name.pem")]};
    ssl_certificate_key @{[$tls->file("$name.key")]};
    location / { return 200 \$connection; }
    location /big { return 200 @{['x' x 4000]}; }
    location /body { proxy_pass http://127.0.0.1:$port0/sent; }
}
END
}

my @cases = (
    answers => q{
        const seen = {};
        for (const path of ['early', 'empty', 'same', 'trailers', 'folded',
                            'bare', 'last', 'until', 'bytes?early',
                            'bytes?trailers'])
        {
            const answer = await fetch(`${base}/${path}`);
            seen[path] = [answer.status, answer.headers.get('x-a'),
                          await answer.text()];
        }
        const head = await fetch(`${base}/head`, { method: 'HEAD' });
        seen.head = [head.status, head.headers.get('content-length'),
                     await head.text()];
        return seen;
    } => {
        early => [200, 'b', 'ok'], empty => [204, undef, ''],
        same => [304, undef, ''], trailers => [200, undef, 'one two'],
        folded => [200, 'b', ''], bare => [200, undef, 'bare'],
        last => [200, undef, 'last'], until => [200, undef, 'until the end'],
        'bytes?early' => [200, 'b', 'ok'],
        'bytes?trailers' => [200, undef, 'one two'],
        head => [200, '9', ''],
    },

    # the answer of one request never is that of the next
    apart => q{
        const seen = [];
        for (const path of ['twice', 'more', 'last', 'bare', 'until']) {
            const before = await id();
            seen.push(path, await (await fetch(`${base}/${path}`)).text(),
                      await id() === before);
        }
        for (const path of ['early', 'empty', 'trailers', 'folded', 'sent']) {
            const before = await id();
            await (await fetch(`${base}/${path}`)).text();
            seen.push(path, await id() === before);
        }
        return seen;
    } => [twice => 'one', \0, more => 'one', \0, last => 'last', \0,
          bare => 'bare', \0, until => 'until the end', \0,
          early => \1, empty => \1, trailers => \1, folded => \1, sent => \1],

    # what is left unread or given up is not asked again
    dropped => q{
        const before = await id();
        const answer = await fetch(`${base}/trailers`);
        await answer.body.cancel();
        const controller = new AbortController();
        const pending = fetch(`${base}/connection`,
                              { signal: controller.signal });
        controller.abort();
        return [await pending.catch(({ name }) => name),
                /^\d+$/.test(await id())];
    } => ['AbortError', \1],

    wrong => q{
        const fail = (url) => fetch(url).then((answer) => answer.text())
            .catch(({ name, cause }) => [name, cause?.code ?? cause?.message]);
        return [await fail(`${base}/both`), await fail(`${base}/switch`),
                await fail(`${base}/huge`), await fail(`${base}/chunk`)];
    } => [['TypeError', 'HPE_UNEXPECTED_CONTENT_LENGTH'],
          ['TypeError', 'bad status: 101'],
          ['TypeError', 'HPE_HEADER_OVERFLOW'],
          ['TypeError', 'HPE_INVALID_CHUNK_SIZE']],

    sent => q{
        const text = async (init) =>
            (await (await fetch(`${base}/sent?a=b`, init)).text())
                .replace(/^(?:user-agent|accept\S*|sec-\S*): .*\r\n/gm, '');
        return [await text(), await text({ method: 'DELETE' }),
                await text({ method: 'POST' }),
                await text({ method: 'POST', body: 'body',
                             headers: { 'Host': 'a.test:1', 'X-A': ' b ' } }),
                await text({ headers: { connection: 'close' } })];
    } => [
        "GET /sent?a=b HTTP/1.1\r\nconnection: keep-alive\r\nHOST",
        "DELETE /sent?a=b HTTP/1.1\r\nconnection: keep-alive\r\nHOST",
        "POST /sent?a=b HTTP/1.1\r\nconnection: keep-alive\r\nHOST"
            . "content-length: 0\r\n\r\n",
        "POST /sent?a=b HTTP/1.1\r\nconnection: keep-alive\r\n"
            . "X-A: b\r\ncontent-type: text/plain;charset=UTF-8\r\nHOST"
            . "content-length: 4\r\n\r\nbody",
        "GET /sent?a=b HTTP/1.1\r\nconnection: close\r\nHOST",
    ],

    refused => q{
        const answer = await fetch(`${base}/refuse`, {
            method: 'POST', body: new Uint8Array(20000000) });
        return [answer.status, await answer.text(), /^\d+$/.test(await id())];
    } => [413, 'no', \1],

    # nobody frames a request but fetch()
    framing => q{
        const fail = (headers, init) => fetch(`${base}/sent`, { headers, ...init })
            .then(() => 'sent', ({ cause }) => cause.message);
        const raw = (more) => new Promise((resolve) => {
            dispatcher.dispatch({ origin: base, path: '/sent', method: 'GET',
                                  headers: {}, ...more }, {
                onConnect() {},
                onHeaders() { return true; },
                onData() { return true; },
                onComplete: () => resolve('sent'),
                onError: ({ message }) => resolve(message),
            });
        });
        await id();
        const dispatcher = globalThis[Symbol.for('undici.globalDispatcher.1')];
        return [await fail({ 'transfer-encoding': 'chunked' }),
                await fail({ upgrade: 'a' }), await fail({ 'Keep-Alive': 'a' }),
                await fail({ connection: 'x-a' }),
                await raw({ path: '/sent HTTP/1.1\r\nX-A: b' }),
                await raw({ method: 'GET /' }),
                await raw({ headers: { 'x-a': 'b\r\nx-b: c' } }),
                await raw({ headers: { 'x-a: b\r\nx-b': 'c' } }),
                await raw({ headers: { 'content-length': '4' },
                            method: 'POST', body: 'abc' }),
                await raw({ headers: { 'content-length': '2' },
                            method: 'POST', body: 'abc' }),
                await raw({ headers: { 'content-length': '3' },
                            method: 'POST', body: ['a', 'bc'] })];
    } => ['invalid transfer-encoding header', 'invalid upgrade header',
          'invalid keep-alive header', 'invalid connection header',
          'invalid path', 'invalid method', 'invalid x-a header',
          "invalid x-a: b\r\nx-b header",
          ('Request body length does not match content-length header') x 2,
          'sent'],

    https => q{
        const seen = [];
        const text = async (path, init) =>
            (await fetch(`https://127.0.0.1:${secure}${path}`, init)).text();
        const first = await text('/');
        seen.push(await text('/') === first, (await text('/big')).length,
                  await text('/') === first);
        const sent = await text('/body', { method: 'POST',
                                           body: 'y'.repeat(300000) });
        seen.push(sent.slice(sent.lastIndexOf('\n') + 1).length,
                  await text('/') === first);
        // a later c-ares knows names below localhost
        for (const url of [`https://127.0.0.1:${selfish}/`,
                           `https://a.test.localhost:${secure}/`,
                           `https://127.0.0.1:${base.slice(17)}/`])
        {
            seen.push(await fetch(url).then(
                () => 'answered',
                ({ cause }) => cause.code.replace('POLICY_DENIED', 'ENOTFOUND')));
        }
        return seen;
    } => [\1, 4000, \1, 300000, \1, 'DEPTH_ZERO_SELF_SIGNED_CERT',
          'ENOTFOUND', 'ECONNRESET'],

    # what goes on after it does so for whoever asked
    storage => q{
        const { AsyncLocalStorage } = require('async_hooks');
        const storage = new AsyncLocalStorage();
        const ask = (n) => storage.run(n, async () => {
            const answer = await fetch(`${base}/trailers`);
            const first = storage.getStore();
            for await (const piece of answer.body) { /* void */ }
            return [first, storage.getStore()];
        });
        await ask(0);
        return Promise.all([ask(1), ask(2), ask(3)]);
    } => [[1, 1], [2, 2], [3, 3]],
);

my $other = serve(\&connection);
my (%functions, %expected);
my $host = "host: 127.0.0.1:$port\r\n";

while (my ($name, $code, $result) = splice @cases, 0, 3) {
    $expected{$name} = $result;
    $functions{$name} = <<"END";
const base = 'http://127.0.0.1:$port';
const secure = $secure;
const selfish = $selfish;
const id = async () => (await fetch(`\${base}/connection`)).text();
const run = async (req) => {
$code
};
module.exports = async (req, res) => res.json(await run(req));
END
}

$functions{port} = <<'END';
module.exports = async (req, res) => res.send(await (await fetch(
  `http://127.0.0.1:${req.query.port}/connection`)).text());
END

@{ $expected{sent} } = map { s/HOST/$host/r } @{ $expected{sent} };

engine('fetch-wire',
       server => 'location ~ ^/r/(?<fn>\w+) { invoke ./fn/$fn; }'
                 . 'location ~ ^/f/(?<fn>\w+) { invoke ./fn/$fn;'
                 . ' invoke_isolation function; }',
       functions => \%functions,
       http => join("\n", (map { "invoke_egress allow 127.0.0.1 $_;" } $port, $other,
                            $secure, $selfish),
                    "invoke_ca_certificates @{[$tls->file('ca.pem')]};",
                    secure($secure, 'leaf'), secure($selfish, 'self')));

for my $mode (qw(r f)) {
    for my $name (sort keys %expected) {
        my $answer = get("/$mode/$name");

        is_deeply($answer->{json}, decode_json(encode_json($expected{$name})),
                  "$mode: $name") or diag($answer->{body});
    }
}

# one that waits for too long does not until its own server is asked again

like(get("/f/port?port=$port")->{body}, qr/^\d+$/, 'a connection that waits');
my $open = metrics()->{egress}{open};
sleep 5.5;
like(get("/f/port?port=$other")->{body}, qr/^\d+$/, 'one to another server');
soon { metrics()->{egress}{open} <= $open } 'the first one is closed by then';

my $metrics = at_rest();

is($metrics->{isolatePool}{corrupted}, 0, 'no isolate is lost');

engine_stop();
