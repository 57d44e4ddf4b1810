# Functions that answer what no client should get, or too much of it.

use TestHostile timeout => '2s', parallel => 4,
    http => "invoke_max_response 1m;\n";

run_hostile();

__DATA__
=== CR, LF and NUL in headers
--- expect: 200 -
--- body: ^12$
--- header: ^(?!.*evil)
module.exports = (req, res) => {
    let refused = 0;
    for (const text of ['a\r\nevil: 1', 'a\nevil: 1', 'a\revil: 1', 'a\u0000evil'])
        for (const set of [() => res.set('x-a', text), () => res.append('x-b', text), () => res.setHeader(text, 'c')])
            try { set(); } catch { refused++; }
    res.send(String(refused));
};

=== CR and LF in an array of values
--- expect: (200 -|500 exception)
--- header: ^(?!.*\nevil)
module.exports = (req, res) => { try { res.set('x-a', ['a', 'b\r\nevil: 1']); } catch {} res.end(); };

=== CR and LF in a redirect
--- expect: (302 -|500 exception)
--- header: ^(?!.*\nevil)
module.exports = (req, res) => res.redirect('/a\r\nevil: 1\r\n\r\n<script>');

=== CR and LF in a cookie
--- expect: (200 -|500 exception)
--- header: ^(?!.*\nevil)
module.exports = (req, res) => {
    try { res.cookie('a', 'b\r\nevil: 1'); } catch {}
    try { res.cookie('a\r\nevil: 1', 'b'); } catch {}
    try { res.cookie('a', 'b', { path: '/\r\nevil: 1', domain: 'x\r\nevil: 1' }); } catch {}
    res.end();
};

=== CR and LF in type, attachment, links and vary
--- expect: (200 -|500 exception)
--- header: ^(?!.*\nevil)
module.exports = (req, res) => {
    const text = 'a\r\nevil: 1';
    for (const f of [() => res.type(text), () => res.attachment(text), () => res.links({ [text]: text }), () => res.vary(text), () => res.location(text), () => res.statusMessage = text])
        try { f(); } catch {}
    res.end();
};

=== characters beyond latin-1 in headers
--- expect: (200 -|500 exception)
module.exports = (req, res) => {
    for (const text of ['\u20ac', '\ud800', '\u010d\u010a', 'x\u010dy\u010aevil: 1'])
        for (const f of [() => res.set('x-' + text, 'a'), () => res.set('x-a', text), () => res.type(text), () => res.location(text)])
            try { f(); } catch {}
    res.end();
};

=== headers that are the server's
--- expect: (200 -|500 exception)
module.exports = (req, res) => {
    for (const [n, v] of [['Content-Length', '5000000'], ['Transfer-Encoding', 'chunked'], ['Connection', 'upgrade'], ['Date', 'x'], ['Server', 'evil'],
                          ['Content-Length', '-1'], ['Upgrade', 'h2c'], ['Keep-Alive', 'x'], ['Trailer', 'x'], ['TE', 'x'],
                          ['X-Accel-Redirect', '/static'], ['X-Accel-Buffering', 'no'], ['X-Accel-Limit-Rate', '1000000']])
        try { res.set(n, v); } catch {}
    res.send('ok');
};

=== a Content-Length that is too small
--- expect: (200|500) (-|exception)
module.exports = (req, res) => { try { res.setHeader('content-length', 2); } catch {} res.write('abcdef'); res.end('ghi'); };

=== a Content-Length that is too large
--- expect: (200|500|closed) (-|exception)
module.exports = (req, res) => { try { res.setHeader('content-length', 100); } catch {} res.write('abc'); res.end(); };

=== a status of 0
--- expect: (200 -|500 exception)
module.exports = (req, res) => res.status(0).end();

=== a status of 99
--- expect: 500 exception
module.exports = (req, res) => { res.statusCode = 99; res.end(); };

=== a status of 1000
--- expect: 500 exception
module.exports = (req, res) => res.sendStatus(1000);

=== a status of 2 to the 32, and 200
--- expect: (200 -|500 exception)
module.exports = (req, res) => { res.statusCode = 2 ** 32 + 200; res.end(); };

=== a status that is no number
--- expect: 500 exception
module.exports = (req, res) => { res.statusCode = 'evil\r\n'; res.send('ok'); };

=== a status that is NaN, streamed
--- expect: 500 exception
module.exports = (req, res) => { res.statusCode = NaN; res.write('a'); res.end(); };

=== a status of 101
--- expect: (101|200|500|silent|closed) (-|exception)
module.exports = (req, res) => { res.status(101).set('Upgrade', 'x').end('body'); };

=== a status of 100
--- expect: (100|200|500|silent|closed) (-|exception)
module.exports = (req, res) => { res.status(100).end('body'); };

=== 204 and 304 with bodies
--- expect: 204 -
--- header: ^(?!.*chunked)
--- body: ^$
module.exports = (req, res) => { res.status(204); res.write('body'); res.end('more'); };

=== every status
--- expect: 200 -
module.exports = (req, res) => {
    for (let status = -10; status < 1010; status++)
        try { res.status(status); } catch {}
    res.status(200).send('ok');
};

=== res.write for ever
--- expect: (500 response_too_large|closed -)
module.exports = (req, res) => { for (;;) res.write('x'.repeat(1000)); };

=== res.write for ever, waiting for its callback
--- expect: (504 timeout|closed -)
module.exports = async (req, res) => { for (;;) { res.write('x'.repeat(100)); await null; } };

=== res.write for ever with back-pressure
--- expect: (504 timeout|closed -)
module.exports = async (req, res) => {
    for (;;) if (!res.write('x'.repeat(10000))) await new Promise(r => res.once('drain', r));
};

=== res.write of nothing for ever
--- expect: (504 timeout|closed -|500 memory)
module.exports = (req, res) => { for (;;) res.write(''); };

=== one body over the limit
--- expect: 500 response_too_large
module.exports = (req, res) => res.send('x'.repeat(2 ** 21));

=== one body of bytes over the limit
--- expect: 500 response_too_large
module.exports = (req, res) => res.send(new Uint8Array(2 ** 21));

=== one body over the limit, after the head
--- expect: (500 response_too_large|closed -)
module.exports = (req, res) => { res.flushHeaders(); res.write('a'); res.end('x'.repeat(2 ** 21)); };

=== a million headers
--- expect: 50. (exception|memory|response_too_large|timeout)
--- within: 8
module.exports = (req, res) => { for (let i = 0; i < 1e6; i++) res.set('x-' + i, 'y'); res.end(); };

=== one header of a million values
--- expect: 50. (exception|memory|response_too_large|timeout)
--- within: 8
module.exports = (req, res) => { res.set('x-a', new Array(2e6).fill('y')); res.end(); };

=== a head of 300 KB in many headers
--- expect: 500 response_too_large
module.exports = (req, res) => { for (let i = 0; i < 300; i++) res.set('x-' + i, 'y'.repeat(1000)); res.json({ a: 1 }); };

=== a head of 300 KB by writeHead
--- expect: 500 response_too_large
module.exports = (req, res) => { res.writeHead(200, { 'x-a': 'y'.repeat(3e5) }); res.end('body'); };

=== a head of 300 KB before a stream
--- expect: 500 response_too_large
module.exports = (req, res) => { res.set('x-a', 'y'.repeat(3e5)); res.write('a'); res.end('b'); };

=== a head of 300 KB that goes first
--- expect: 500 response_too_large
module.exports = (req, res) => { res.set('x-a', 'y'.repeat(3e5)); res.flushHeaders(); res.end('b'); };

=== a head of 300 KB with a file
--- expect: 500 response_too_large
module.exports = (req, res) => { res.sendFile('/index.js', { headers: { 'x-a': 'y'.repeat(3e5) } }); };

=== a head of 300 KB without a response
--- expect: 500 response_too_large
module.exports = (req, res) => { res.set('x-a', 'y'.repeat(3e5)); };

=== a head of 2,000 lines
--- expect: 500 response_too_large
module.exports = (req, res) => { res.set('set-cookie', new Array(2000).fill('y=1')); res.end('body'); };

=== a head of 200 KB and 900 lines is no flood
--- expect: 200 -
--- body: ^body$
--- header: set-cookie: z=1
module.exports = (req, res) => { res.set('set-cookie', [...new Array(899).fill('y='.padEnd(200, 'y')), 'z=1']); res.end('body'); };

=== one header of 10 MB
--- expect: 500 (exception|response_too_large)
module.exports = (req, res) => { res.set('x-a', 'y'.repeat(1e7)); res.end(); };

=== a header's name of 2 MB
--- expect: 500 (exception|response_too_large)
module.exports = (req, res) => { res.set('y'.repeat(2e6), 'x'); res.end(); };

=== ten thousand cookies
--- expect: (200|50.) (-|exception|response_too_large|timeout)
module.exports = (req, res) => { for (let i = 0; i < 1e4; i++) res.cookie('c' + i, 'v'); res.end(); };

=== 10 MB of console output
--- expect: 200 -
--- within: 8
module.exports = (req, res) => { for (let i = 0; i < 1e4; i++) console.log('x'.repeat(1000)); res.end('ok'); };

=== one console line of 10 MB
--- expect: 200 -
module.exports = (req, res) => { console.log('y'.repeat(1e7)); console.error('z\n'.repeat(1e6)); res.end('ok'); };

=== console output with control characters
--- expect: 200 -
module.exports = (req, res) => { console.log('a\r\n2026/01/01 [alert] forged\u0000\u001b[2J\ud800'); res.end('ok'); };

=== console for ever after the answer
--- expect: 200 -
--- wait: 2
module.exports = (req, res) => { res.send('ok'); for (;;) console.log('late'); };

=== console with format strings
--- expect: 200 -
module.exports = (req, res) => {
    for (const f of ['%s', '%n%n%n', '%d', '%i', '%f', '%j', '%o', '%O', '%c', '%%', '%1000000000s', '%'])
        for (const v of [undefined, null, 1n, Symbol('s'), {}, new Proxy({}, {}), Object.create(null), [,], new Date(NaN), { get a() { throw 1; } }])
            try { console.log(f, v, v); } catch {}
    for (const m of ['table', 'dir', 'trace', 'count', 'countReset', 'time', 'timeEnd', 'timeLog', 'group', 'groupEnd', 'assert', 'dirxml'])
        for (const v of [undefined, null, 1n, Symbol('s'), {}, [[1], { a: 1 }], new Proxy([], {}), '__proto__'])
            try { console[m](v, v); } catch {}
    res.end('ok');
};

=== a group without an end
--- expect: (200 -|504 timeout)
module.exports = (req, res) => { for (let i = 0; i < 1e5; i++) console.group('g'); console.log('deep'); res.end('ok'); };

=== labels without number
--- expect: (200 -|50. (memory|timeout))
module.exports = (req, res) => { for (let i = 0; i < 1e6; i++) { console.count('l' + i); console.time('t' + i); } res.end('ok'); };

=== sends files that are not its own
--- expect: (200|403|404|500) (-|exception)
--- body: ^(?!.*root:)
module.exports = (req, res) => {
    const paths = ['/etc/passwd', '../../../../../../etc/passwd', '/proc/self/environ', '/proc/self/root/etc/passwd', '//etc/passwd', '/./../etc/passwd', '..\\..\\etc\\passwd', 'index.js\u0000.txt'];
    const next = () => {
        const path = paths.shift();
        if (!path) { if (!res.headersSent) res.end('none'); return; }
        try { res.sendFile(path, next); } catch { next(); }
    };
    next();
};

=== sends a directory
--- expect: (403|404|500) (-|exception)
module.exports = (req, res) => res.sendFile('/');

=== sends a file after its head
--- expect: (200|500|closed) (-|exception)
module.exports = (req, res) => { res.write('a'); try { res.sendFile('/index.js'); } catch {} res.end(); };

=== sends a file twice
--- expect: 200 -
module.exports = (req, res) => { res.sendFile('/index.js'); try { res.sendFile('/index.js'); } catch {} };

=== wild options of sendFile
--- expect: (200|40.|500) (-|exception)
module.exports = (req, res) => {
    for (const o of [{ root: '/etc' }, { root: null }, { maxAge: -1 }, { maxAge: Infinity }, { headers: { 'a\r\nb': 'c' } }, { dotfiles: 'x' }, { lastModified: {} }])
        try { res.sendFile('passwd', o); } catch {}
    if (!res.headersSent) res.end('ok');
};

=== pipes the body into the response, and itself
--- expect: (200|500) (-|exception)
--- method: POST
module.exports = (req, res) => { req.pipe(res); req.pipe(res); };

=== sends a body of surrogates
--- expect: 200 -
module.exports = (req, res) => res.send('\ud800'.repeat(1e5));

=== sends detached and shared buffers
--- expect: (200|500) (-|exception)
module.exports = (req, res) => {
    const a = new Uint8Array(1000);
    try { structuredClone(a, { transfer: [a.buffer] }); } catch {}
    try { res.write(a); } catch {}
    try { res.write(new Uint8Array(new SharedArrayBuffer(10))); } catch {}
    try { res.write(new DataView(new ArrayBuffer(10), 5)); } catch {}
    res.headersSent ? res.end() : res.send('ok');
};

=== a body that grows while it is sent
--- expect: (200|500|closed) (-|exception|response_too_large)
module.exports = (req, res) => {
    const a = new Uint8Array(1e5);
    res.write(a);
    a.fill(65);
    res.end(a.subarray(0, 10));
};

=== HEAD with a body
--- expect: (200|closed) -
--- method: HEAD
--- body: ^$
module.exports = (req, res) => { res.write('body'); res.end('more'); };

=== JSON of what JSON cannot hold
--- expect: (200|500) (-|exception)
module.exports = (req, res) => { try { res.json(1n); } catch { res.json([undefined, Symbol('s'), () => {}, NaN, -0, new Date(NaN).getTime()]); } };

=== jsonp and send of wild types
--- expect: (200|500) (-|exception)
module.exports = (req, res) => res.send(new Proxy(new Uint8Array(3), { get(t, k) { if (k === 'length') return 2 ** 40; return Reflect.get(t, k); } }));

=== never answers
--- expect: 200 -
module.exports = () => {};

=== writes and never ends
--- expect: (200 -|504 timeout|closed -)
module.exports = (req, res) => { res.write('a'); };

=== ends in ten thousand writes
--- expect: 200 -
module.exports = (req, res) => { for (let i = 0; i < 1e4; i++) res.write('x'); res.end(); };
