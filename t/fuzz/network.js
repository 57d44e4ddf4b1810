
/*
 * Objects of the bindings that work with the loop, as sockets, TLS over them,
 * questions to name servers, parsers of HTTP, ports and streams of zlib, whose
 * methods are called in any order with random arguments, also from what they
 * call back, after they were closed, and with their natives' holders in each
 * other's place. Servers of the function's own answer, which the module of
 * Node's tests lets listen; a peer that answers at random is at `PEER`.
 */

drivers.network = async (seed, calls) => {
    const { random, pick } = generator(seed);
    const { bytes, kept, method, value, words } = hostileValues({ random,
                                                                  pick });

    const realm = load('node/realm');
    const { internalBinding } = realm;
    const { holderOf } = load('node/handles');
    const { SecureContext } = load('node/tls-context');
    const timers = load('run/timers');
    const { process } = load('process/process');
    const Buffer = realm.load('buffer').Buffer;
    const tls = realm.load('tls');

    let made = 0;
    let told = 0;
    let thrown = 0;
    let depth = 0;

    /* what Node's library leaves to whoever misuses its handles */
    process.setUncaughtExceptionCaptureCallback(() => {
        thrown++;
    });

    words.push('localhost', 'a.test', '127.0.0.1', '::1', 'peer', 'EOF',
               'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc',
               'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'
               + '3\r\nabc\r\n0\r\nx: y\r\n\r\n',
               'HTTP/1.1 101 X\r\nUpgrade: websocket\r\n'
               + 'Connection: upgrade\r\n\r\nframes',
               'GET / HTTP/1.1\r\nhost: a\r\n\r\n',
               'POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab',
               '5;a=b\r\nhello\r\n', '\r\n', ': ', 'http/1.1\0');

    const TABLES = ['tcp', 'pipe', 'uv_stream', 'stream', 'handle', 'tls_wrap',
                    'js_stream', 'cares_wrap', 'http_parser', 'messaging',
                    'zlib', 'udp_wrap', 'block_list', 'crypto'];

    /* these may compute for long, or look for a prime on and on */
    const slow = /prime|keygen|pbkdf2|scrypt|dhCreate/i;

    const natives = [];

    for (let i = 0; i < TABLES.length; i++) {
        const table = binding(`node/${TABLES[i]}`);

        for (const name of Reflect.ownKeys(table)) {
            if (typeof table[name] === 'function' && !slow.test(name)
                && `${TABLES[i]}.${name}`.includes(ONLY))
            {
                natives.push(table[name]);
            }
        }
    }

    const holders = [];

    function keep(object) {
        kept[random(48)] = object;

        const holder = holderOf(object);

        if (holder !== undefined) {
            holders[random(48)] = holder;
        }

        return object;
    }

    const EVENTS = ['onread', 'onconnection', 'oncomplete', 'ondone',
                    'onhandshakestart', 'onhandshakedone', 'onnewsession',
                    'onkeylog', 'onocspresponse', 'onerror', 'oncertcb',
                    'onclienthello', 'onreadstart', 'onreadstop', 'onwrite',
                    'onshutdown', 'onmessage', 'onaborted'];

    function happens(...args) {
        told++;

        for (let i = 0; i < args.length; i++) {
            if (typeof args[i] === 'object' && args[i] !== null
                && random(2))
            {
                keep(args[i]);
            }
        }

        act(random(3));

        return random(4) ? undefined : value();
    }

    /* an object that is told, by properties, and once in a while by getters */

    function listening(object) {
        for (let i = 0; i < EVENTS.length; i++) {
            if (random(40) === 0) {
                let given = happens;

                Object.defineProperty(object, EVENTS[i], {
                    configurable: true,
                    get() {
                        act(1);

                        return random(2) ? given : undefined;
                    },
                    set(listener) {
                        given = listener;
                    },
                });

            } else if (!(EVENTS[i] in object) || object[EVENTS[i]] == null) {
                object[EVENTS[i]] = happens;
            }
        }

        return object;
    }

    const { TCP, TCPConnectWrap } = internalBinding('tcp_wrap');
    const { Pipe } = internalBinding('pipe_wrap');
    const { WriteWrap, ShutdownWrap } = internalBinding('stream_wrap');
    const { JSStream } = internalBinding('js_stream');
    const { wrap } = internalBinding('tls_wrap');
    const cares = internalBinding('cares_wrap');
    const { HTTPParser, ConnectionsList } = internalBinding('http_parser');
    const { MessageChannel } = internalBinding('messaging');
    const zlib = internalBinding('zlib');
    const crypto = internalBinding('crypto');

    const ports = PEER === 0 ? [] : [PEER];

    function listen() {
        const server = listening(new TCP(1));

        server.onconnection = (status, client) => {
            if (client !== undefined) {
                listening(keep(client));
                client.onread = happens;
                client.readStart();
                transfer(client);
            }
        };

        const out = {};

        if (server.bind('127.0.0.1', 0) === 0 && server.listen(8) === 0
            && server.getsockname(out) === 0)
        {
            ports.push(out.port);
        }

        return server;
    }

    function connect() {
        const socket = listening(new TCP(0));

        socket.connect(listening(new TCPConnectWrap()), '127.0.0.1',
                       pick(ports));
        socket.readStart();

        return socket;
    }

    const contexts = [];

    function context() {
        if (contexts.length > 4) {
            return pick(contexts);
        }

        const options = random(2) ? {} : { maxVersion: 'TLSv1.2' };
        const made = tls.createSecureContext({
            ...options, key: KEYS.key, cert: KEYS.cert, ca: KEYS.cert,
        }).context;

        contexts.push(made);

        return made;
    }

    function stream() {
        const streams = kept.filter((k) => typeof k === 'object' && k !== null
                                           && holderOf(k) !== undefined);

        return streams.length !== 0 && random(4) ? pick(streams) : connect();
    }

    function secure() {
        const over = wrap(stream(), context(), random(3) === 0,
                          random(8) === 0);

        listening(over);
        over.onread = happens;

        for (const option of ['enableSessionCallbacks', 'requestOCSP',
                              'enableKeylogCallback', 'enableCertCb'])
        {
            if (random(3) === 0) {
                over[option]();
            }
        }

        if (random(2)) {
            over.readStart();
            over.start();
        }

        return over;
    }

    /* two ends that speak TLS with each other, over streams of JavaScript */

    function pair() {
        const ends = [new JSStream(), new JSStream()];
        const overs = ends.map((end, i) => {
            const other = ends[1 - i];

            listening(end);
            end.onwrite = (request, chunks) => {
                timers.setImmediate(() => {
                    try {
                        for (const chunk of chunks) {
                            if (random(60) === 0) {
                                chunk[random(chunk.length)] ^= 1 << random(8);
                            }

                            other.readBuffer(chunk);
                        }

                        end.finishWrite(request, 0);
                    } catch {
                        thrown++;
                    }
                });
            };

            const over = wrap(end, context(), i === 1, false);

            listening(over);
            over.onread = happens;
            over.readStart();

            return over;
        });

        overs[0].start();
        ends.forEach(keep);
        overs.forEach(keep);

        return pick(overs);
    }

    function channel() {
        const asked = listening(new cares.ChannelWrap(pick([-1, 1, 50, 1000]),
                                                      pick([-1, 1, 2, 4])));
        const query = pick(['queryAny', 'queryA', 'queryMx', 'queryTxt',
                            'querySrv', 'queryNaptr', 'querySoa', 'queryCaa',
                            'queryPtr', 'getHostByAddr']);

        for (let i = random(4); i > 0; i--) {
            asked[query](listening(new cares.QueryReqWrap()), pick(words));
        }

        return asked;
    }

    function lookup() {
        const request = listening(new cares.GetAddrInfoReqWrap());

        if (random(3)) {
            cares.getaddrinfo(request, pick(words), pick([0, 4, 6]),
                              random(64), random(2) === 0);
        } else {
            cares.getnameinfo(request, pick(['127.0.0.1', '::1', '10.0.0.1']),
                              random(70000));
        }

        return request;
    }

    function parser() {
        const parses = new HTTPParser();

        for (let i = 0; i < 5; i++) {
            parses[i] = happens;
        }

        parses.initialize(1 + random(2), {}, random(3) ? 0 : random(200),
                          random(8), random(2) ? new ConnectionsList()
                                               : undefined);

        for (let i = random(4); i > 0; i--) {
            parses.execute(Buffer.from(pick(words)));
        }

        return parses;
    }

    function ends() {
        const { port1, port2 } = new MessageChannel();

        listening(port1);
        keep(port2);
        port2.postMessage?.(value(), random(2) ? [] : [pick(kept)]);

        return port1;
    }

    function compressor() {
        const state = new Uint32Array(2);
        const made = random(3)
                     ? new zlib.Zlib(1 + random(7))
                     : random(2) ? new zlib.BrotliEncoder(9)
                                 : new zlib.BrotliDecoder(8);

        if (made instanceof zlib.Zlib) {
            made.init(15, random(10), 8, 0, state, happens, undefined);
        } else {
            made.init(new Uint32Array(10).fill(-1), state, happens);
        }

        const out = new Uint8Array(random(300));

        made.write(pick([0, 2, 4]), bytes(), 0, random(40), out, 0,
                   out.length);

        return made;
    }

    function job() {
        const made = random(2)
            ? new crypto.HashJob(0, pick(['sha256', 'sha1', 'md5']), bytes())
            : new crypto.RandomBytesJob(0, bytes(), 0, random(100));

        made.ondone = happens;
        made.run();

        return made;
    }

    const makers = [listen, connect, connect, secure, secure, pair, pair,
                    channel, lookup, parser, parser, ends, compressor, job,
                    () => listening(new Pipe(0)),
                    () => listening(new JSStream())];

    /* what a stream is for */

    function transfer(one) {
        const text = pick(words);
        const request = listening(new WriteWrap());

        switch (random(8)) {
        case 0:
            return one.writev(request, [Buffer.from(text), bytes()], true);
        case 1:
            return one.writev(request, [text, 'utf8', text, 'ucs2', text,
                                        'hex'], false);
        case 2:
            return one.writeLatin1String(request, text);
        case 3:
            return one.writeUcs2String(request, text);
        case 4:
            return one.shutdown(listening(new ShutdownWrap()));
        case 5:
            return one.useUserBuffer(new Uint8Array(random(50)));
        case 6:
            return one.close(random(2) ? happens : undefined);
        default:
            return one.writeBuffer(request, Buffer.alloc(random(5)
                                                         ? random(100)
                                                         : random(200000)));
        }
    }

    function once() {
        const n = random(20);

        if (n < 3 || kept.length === 0) {
            made++;
            keep(pick(makers)());
            return;
        }

        const self = pick(kept);

        if (n < 8 && typeof self === 'object' && self !== null
            && holderOf(self) !== undefined)
        {
            transfer(self);
            return;
        }

        const args = [];

        for (let i = random(5); i > 0; i--) {
            args.push(random(3) === 0 && kept.length ? pick(kept) : value());
        }

        if (n < 13 && holders.length !== 0) {
            args[0] = pick(holders);

            if (random(3) === 0) {
                args[1] = random(2) ? pick(holders)
                          : SecureContext.raw(context());
            }

            const result = Reflect.apply(pick(natives), undefined, args);

            if (typeof result === 'object' && result !== null) {
                (random(2) ? kept : holders)[random(48)] = result;
            }

            return;
        }

        const { call } = method(self) ?? {};

        if (call !== undefined) {
            Reflect.apply(call, random(30) ? self : pick(kept), args);
        }
    }

    function act(times) {
        if (depth > 3) {
            return;
        }

        depth++;

        try {
            for (let i = 0; i < times; i++) {
                try {
                    once();
                } catch {
                    thrown++;
                }
            }
        } finally {
            depth--;
        }
    }

    keep(listen());

    for (let i = 0; i < calls; i++) {
        act(1);

        if (i % 8 === 0) {
            await new Promise((done) => {
                timers[random(8) ? 'setImmediate' : 'setTimeout'](done, 1);
            });
        }
    }

    return `${made} objects, ${calls} calls, ${told} told, ${thrown} threw\n`;
};
