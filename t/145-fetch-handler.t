# An object with fetch(request, env, ctx) is served.

use TestInvoke 'no_plan';
use TestEngine;

use IO::Socket::INET;
use Time::HiRes qw(sleep);

my %functions = (
    echo => q{
        module.exports = { async fetch(request, env, ctx) {
            return Response.json([
                request instanceof Request, request.method, request.url,
                request.headers.get('x-a'), request.headers.get('cookie'),
                env.NAME, typeof ctx.waitUntil, this === module.exports,
                request.body === null ? null : await request.text(),
                request.signal.aborted,
            ]);
        } };
    },

    es => q{
        exports.__esModule = true;
        exports.default = { fetch: () => new Response('es') };
    },

    kinds => q{
        const kinds = {
            text: () => new Response('text'),
            bytes: () => new Response(new Uint8Array([65, 66])),
            null: () => new Response(null, { status: 204 }),
            empty: () => new Response(''),
            status: () => new Response('no', { status: 404 }),
            cookies: () => {
                const response = new Response('c');
                response.headers.append('set-cookie', 'a=1');
                response.headers.append('set-cookie', 'b=2');
                response.headers.append('x-a', '1');
                response.headers.append('x-a', '2');
                return response;
            },
            redirect: () => Response.redirect('http://x.test/y', 307),
            form: () => new Response(new URLSearchParams({ a: 'b c' })),
            blob: () => new Response(new Blob(['blob'], { type: 'a/b' })),
            stream: () => new Response(new ReadableStream({
                async start(controller) {
                    for (const part of ['one ', 'two ', 'three']) {
                        controller.enqueue(new TextEncoder().encode(part));
                        await new Promise((r) => setTimeout(r, 10));
                    }
                    controller.close();
                },
            })),
            big: () => {
                let n = 0;
                return new Response(new ReadableStream({
                    pull(controller) {
                        if (n++ === 100) {
                            controller.close();
                        } else {
                            controller.enqueue(new Uint8Array(100000).fill(65));
                        }
                    },
                }));
            },
            other: () => ({ status: 201, headers: new Map([['x-a', 'b']]),
                            body: null }),
            data: () => fetch('data:text/x,data'),
            length: () => new Response('abc', { headers: {
                'content-length': '3' } }),
        };
        module.exports = {
            fetch: ({ url }) => kinds[new URL(url).searchParams.get('k')](),
        };
    },

    upload => q{
        module.exports = { async fetch(request) {
            if (request.headers.get('content-type')?.startsWith('multipart/')) {
                const form = await request.formData();
                return new Response(form.get('a') + (await form.get('f').text()));
            }
            let bytes = 0, pieces = 0;
            for await (const piece of request.body) {
                bytes += piece.length;
                pieces++;
            }
            return new Response(`${bytes} ${pieces > 1}`);
        } };
    },

    pass => q{
        module.exports = { fetch: ({ body }) => new Response(body) };
    },

    wrong => q{
        const used = new Response('x');
        const wrong = {
            none: () => {}, text: () => 'text', error: () => Response.error(),
            throws: () => { throw new TypeError('thrown'); },
            rejects: async () => { throw new TypeError('rejected'); },
            used: async () => { await used.text(); return used; },
            header: () => ({ status: 200, headers: [['a b', 'c']], body: null }),
            late: () => new Response(new ReadableStream({
                start(controller) {
                    controller.enqueue(new Uint8Array([65]));
                    setTimeout(() => controller.error(new Error('torn')), 50);
                },
            })),
        };
        module.exports = {
            fetch: ({ url }) => wrong[new URL(url).searchParams.get('k')](),
        };
    },

    later => q{
        module.exports = { fetch(request, env, { waitUntil }) {
            waitUntil(new Promise((r) => setTimeout(r, 200))
                      .then(() => console.log('later done')));
            return new Response('later');
        } };
    },

    leaves => q{
        module.exports = { async fetch(request, env, ctx) {
            ctx.waitUntil(new Promise((resolve) => {
                request.signal.addEventListener('abort', () => {
                    console.log(`signal ${request.signal.reason.name}`);
                    resolve();
                });
            }));
            console.log('leaves begins');
            await new Promise((r) => setTimeout(r, 20000));
            return new Response('no');
        } };
    },

    cancels => q{
        module.exports = { async fetch(request, env, ctx) {
            let told;
            ctx.waitUntil(new Promise((r) => told = r));
            return new Response(new ReadableStream({
                pull: (controller) => controller.enqueue(new Uint8Array(50000)),
                cancel() { console.log('cancelled'); told(); },
            }));
        } };
    },

    neither => q{ module.exports = { fetch: 'no' }; },
);

my $conf = <<'END';
client_max_body_size 10m;
location ~ ^/r/(?<fn>\w+) { invoke ./fn/$fn; invoke_env NAME value; }
location ~ ^/f/(?<fn>\w+) { invoke ./fn/$fn; invoke_env NAME value;
                            invoke_isolation function; }
END

for my $mode (qw(r f)) {
    engine("isolation $mode", http => 'invoke_isolates 2 max=2;',
           server => $conf, functions => \%functions);

    my ($answer) = together(['POST', "/$mode/echo?a=b", 'body', 'X-A: b',
                             'Cookie: a=1']);

    is_deeply($answer->{json}, [JSON::PP::true, 'POST',
        "http://localhost/$mode/echo?a=b", 'b', 'a=1', 'value', 'function',
        JSON::PP::true, 'body', JSON::PP::false], "$mode: a request")
        or diag($answer->{body});
    is(get("/$mode/echo")->{json}[8], undef, "$mode: one without a body");
    is(get("/$mode/es")->{body}, 'es', "$mode: a default export");

    my %expected = (
        text => [200, 'text', 'content-type', 'text/plain;charset=UTF-8'],
        bytes => [200, 'AB', 'content-type', undef],
        null => [204, '', 'content-type', undef],
        empty => [200, '', 'content-type', 'text/plain;charset=UTF-8'],
        status => [404, 'no'],
        cookies => [200, 'c', 'set-cookie', "a=1\nb=2"],
        redirect => [307, '', 'location', 'http://x.test/y'],
        form => [200, 'a=b+c', 'content-type',
                 'application/x-www-form-urlencoded;charset=UTF-8'],
        blob => [200, 'blob', 'content-type', 'a/b'],
        other => [201, '', 'x-a', 'b'],
        data => [200, 'data', 'content-type', 'text/x'],
        length => [200, 'abc', 'content-length', 3],
    );

    for my $kind (sort keys %expected) {
        my ($status, $body, $name, $value) = @{ $expected{$kind} };
        my $got = get("/$mode/kinds?k=$kind");

        is($got->{status}, $status, "$mode: the status of $kind");
        is($got->{body}, $body, "$mode: the body of $kind");
        is($got->{headers}{$name}, $value, "$mode: $name of $kind") if $name;
    }

    is(get("/$mode/kinds?k=cookies")->{headers}{'x-a'}, '1, 2',
       "$mode: a header of two values");
    like(get("/$mode/kinds?k=stream")->{body}, qr/one .*two .*three/s,
         "$mode: a stream");
    is(get("/$mode/kinds?k=big")->{body} =~ tr/A//, 10_000_000,
       "$mode: a long one");

    my ($head) = together(['HEAD', "/$mode/kinds?k=text"]);

    is($head->{status}, 200, "$mode: HEAD");
    is($head->{body}, '', "$mode: has no body");

    is((together(['POST', "/$mode/upload", 'x' x 3_000_000]))[0]{body},
       '3000000 true', "$mode: a body is read in pieces");
    is((together(['POST', "/$mode/pass", 'y' x 1_000_000]))[0]{body} =~ tr/y//,
       1_000_000, "$mode: and may be handed on");
    is((together(['POST', "/$mode/upload", join("\r\n", '--b',
            'Content-Disposition: form-data; name="a"', '', '1', '--b',
            'Content-Disposition: form-data; name="f"; filename="x"', '', '2',
            '--b--'), 'Content-Type: multipart/form-data; boundary=b']))[0]{body},
       '12', "$mode: a form");

    # what is no response

    my %message = (
        none => 'did not give a Response', text => 'did not give a Response',
        error => 'gave a network error', throws => 'thrown',
        rejects => 'rejected', used => 'was used before',
        header => 'must be a valid HTTP token',
    );

    for my $kind (sort keys %message) {
        my $got = get("/$mode/wrong?k=$kind");

        is($got->{status}, 500, "$mode: $kind fails");
        like($got->{json}{message}, qr/$message{$kind}/, "$mode: and says why");
    }

    my ($torn) = together("/$mode/wrong?k=late");

    is($torn->{status}, 200, "$mode: a body that fails");
    unlike($torn->{body}, qr/0\r\n\r\n$/, "$mode: has no end");
    logged(qr/wrong" version .* exception: Error: torn/, 'which is told');

    is(get("/$mode/neither")->{code}, 'bad_export', "$mode: no function");

    # after the answer, and without a client

    is(get("/$mode/later")->{body}, 'later', "$mode: waitUntil()");
    logged(qr/later done/, 'is done');

    leave("/$mode/leaves", qr/leaves begins/);
    logged(qr/signal AbortError/, 'the signal of a client that leaves');

    leave("/$mode/cancels", undef);
    logged(qr/cancelled/, 'a body that nobody reads any more is cancelled');

    is(at_rest()->{waitUntil}{lost}, 0, "$mode: nothing is lost");
}

engine_stop();


sub leave {
    my ($path, $begun) = @_;

    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                       PeerPort => server()->port)
        or die "connect: $!\n";

    print $socket "GET $path HTTP/1.1\r\nHost: x\r\n\r\n";
    $socket->flush;

    if ($begun) {
        logged($begun, 'it begins');
    } else {
        sysread $socket, my $bytes, 1000;
    }

    close $socket;
}


sub logged {
    my ($pattern, $title) = @_;

    for (1 .. 450) {
        last if server()->log =~ $pattern;
        sleep 0.1;
    }

    like(server()->log, $pattern, $title);
}
