# Functions that make the process hold memory outside of V8's heap: objects of
# ICU, what is cloned, WebAssembly, sources to be parsed. Whatever they do, the
# worker does not grow by more than twice the limit, and falls back.

use TestHostile timeout => '8s', memory => '64m', fresh => 24, patient => 1;

run_hostile();

__DATA__

=== references to a long string, cloned
--- expect: 200 -
--- peak: 128
--- parked: 0
--- body: DataCloneError: Data cannot be cloned, out of memory
module.exports = (req, res) => {
    const s = 'x'.repeat(3e7);
    try {
        res.json(structuredClone(new Array(300).fill(s)).length);
    } catch (e) {
        res.send(e.name + ': ' + e.message);
    }
};


=== a Map of long strings, cloned
--- expect: 200 -
--- peak: 128
--- parked: 0
--- body: DataCloneError
module.exports = (req, res) => {
    const s = '\u20ac'.repeat(5e6), m = new Map();
    for (let i = 0; i < 500; i++) m.set(i, s);
    try { res.json(structuredClone(m).size); } catch (e) { res.send(e.name); }
};


=== objects with a long string, cloned
--- expect: 200 -
--- peak: 128
--- parked: 0
--- body: DataCloneError
module.exports = (req, res) => {
    const o = { a: 'y'.repeat(1e6) };
    try {
        const a = new Array(3000).fill(0).map(() => ({ ...o }));
        res.json(structuredClone(a).length);
    } catch (e) { res.send(e.name); }
};


=== bytes that are cloned, less than the limit
--- expect: 200 -
--- peak: 128
--- parked: 0
--- body: ^1$
module.exports = (req, res) => {
    const s = new Uint8Array(5e6).fill(1);
    res.json(structuredClone([s, 'x'.repeat(5e6)])[0][4999999]);
};


=== an array that is filled at once
--- expect: 500 memory
--- peak: 128
module.exports = (req, res) => {
    res.json(new Array(3e7).fill(1.5).length);
};


=== a long string that is read
--- expect: 500 memory
--- peak: 128
module.exports = (req, res) => {
    res.json('ab'.repeat(2 ** 27).charCodeAt(5));
};


=== a string that is split into many
--- expect: 500 memory
--- peak: 128
module.exports = (req, res) => {
    res.json('a'.repeat(2 ** 26).split('').length);
};


=== an array that grows
--- expect: 500 memory
--- peak: 128
--- parked: 0
module.exports = (req, res) => {
    const a = [];
    for (;;) a.push(a.length);
};


=== a map that grows
--- expect: 500 memory
--- peak: 128
--- parked: 0
module.exports = (req, res) => {
    const m = new Map();
    for (let i = 0; ; i++) m.set(i, i);
};


=== large objects that are garbage
--- expect: 200 -
--- peak: 128
--- parked: 0
--- body: ^20$
module.exports = (req, res) => {
    let n = 0;
    for (let i = 0; i < 20; i++) n += new Array(4e6).fill(i).length / 4e6;
    res.json(n);
};

=== segments that are kept
--- expect: 500 memory
--- peak: 128
--- parked: 0
module.exports = (req, res) => {
    const s = 'x'.repeat(1e7), g = new Intl.Segmenter(), a = [];
    for (;;) a.push(g.segment(s));
};


=== break iterators that are kept
--- expect: 500 memory
--- peak: 128
--- parked: 0
module.exports = (req, res) => {
    const s = 'x'.repeat(1e6), a = [];
    for (;;) {
        const b = new Intl.v8BreakIterator('de');
        b.adoptText(s);
        a.push(b);
    }
};


=== iterators over segments that are kept
--- expect: 500 memory
--- peak: 128
--- parked: 0
module.exports = (req, res) => {
    const s = new Intl.Segmenter().segment('x'.repeat(1e6)), a = [];
    for (;;) a.push(s[Symbol.iterator]());
};


=== segments that are garbage
--- expect: 200 -
--- peak: 128
--- parked: 0
--- body: done
module.exports = (req, res) => {
    const s = 'x'.repeat(1e5), g = new Intl.Segmenter();
    for (let i = 0; i < 2000; i++) {
        g.segment(s);
        new Intl.DateTimeFormat('de');
    }
    res.send('done');
};


=== date formats that are kept
--- expect: 500 memory
--- peak: 128
--- parked: 0
module.exports = (req, res) => {
    const a = [];
    for (;;) {
        a.push(new Intl.DateTimeFormat('de', { timeZone: 'Europe/Berlin',
                            dateStyle: 'full', timeStyle: 'full' }));
    }
};


=== Intl.NumberFormat, kept
--- expect: 500 memory
--- peak: 128
--- parked: 0
module.exports = (req, res) => {
    const a = [];
    for (;;) a.push(new Intl.NumberFormat('de'));
};


=== Intl.Collator, kept
--- expect: 500 memory
--- peak: 128
--- parked: 0
module.exports = (req, res) => {
    const a = [];
    for (;;) a.push(new Intl.Collator('de'));
};


=== Intl.PluralRules, kept
--- expect: 500 memory
--- peak: 128
--- parked: 0
module.exports = (req, res) => {
    const a = [];
    for (;;) a.push(new Intl.PluralRules('de'));
};


=== Intl.RelativeTimeFormat, kept
--- expect: 500 memory
--- peak: 128
--- parked: 0
module.exports = (req, res) => {
    const a = [];
    for (;;) a.push(new Intl.RelativeTimeFormat('de'));
};


=== display names that are kept
--- expect: 500 memory
--- peak: 128
--- parked: 0
module.exports = (req, res) => {
    const a = [];
    for (;;) a.push(new Intl.DisplayNames('de', { type: 'region' }));
};


=== decoders that are kept
--- expect: 500 memory
--- peak: 128
--- parked: 0
module.exports = (req, res) => {
    const a = [];
    for (;;) a.push(new TextDecoder('shift_jis'));
};


=== decoders of another encoding that are kept
--- expect: 500 memory
--- peak: 128
--- parked: 0
module.exports = (req, res) => {
    const a = [];
    for (;;) a.push(new TextDecoder('gb18030'));
};


=== a memory of WebAssembly that grows by itself
--- expect: 200 -
--- peak: 128
--- parked: 0
--- body: ^\d+$
module.exports = (req, res) => {
    const b = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1,
        127, 3, 2, 1, 0, 5, 6, 1, 1, 1, 0x80, 0x80, 4, 7, 5, 1, 1, 102, 0, 0,
        10, 40, 1, 38, 0, 3, 64, 65, 0xb0, 0xea, 1, 64, 0, 65, 127, 70, 4, 64,
        63, 0, 15, 11, 65, 0, 65, 1, 63, 0, 65, 16, 116, 65, 1, 107, 0xfc, 11,
        0, 12, 0, 11, 0, 11]);
    const i = new WebAssembly.Instance(new WebAssembly.Module(b));
    res.json(i.exports.f());
};


=== memories of WebAssembly, filled
--- expect: (200 -|500 memory|504 timeout)
--- peak: 128
--- parked: 0
module.exports = (req, res) => {
    const a = [];
    try {
        for (;;) {
            a.push(new WebAssembly.Memory({ initial: 160 }));
            new Uint8Array(a[a.length - 1].buffer).fill(1);
        }
    } catch {
        res.json(a.length);
    }
};


=== a memory of WebAssembly that grows, filled: it is refused more, or ended
--- expect: (200 -|500 memory|504 timeout)
--- peak: 128
--- parked: 0
module.exports = (req, res) => {
    const m = new WebAssembly.Memory({ initial: 1 });
    try {
        for (;;) { m.grow(64); new Uint8Array(m.buffer).fill(1); }
    } catch (e) { res.send(e.name); }
};


=== modules of WebAssembly that are kept
--- expect: (200 -|500 memory|504 timeout)
--- peak: 128
--- parked: 0
const leb = n => {
    const o = [];
    for (;;) {
        const b = n & 127;
        n >>>= 7;
        if (n) o.push(b | 128); else { o.push(b); return o; }
    }
};
const sec = (i, b) => Buffer.concat([Buffer.from([i, ...leb(b.length)]), b]);
const mod = (n, ops) => {
    const body = Buffer.concat([Buffer.from([0]), ops, Buffer.from([0x0b])]);
    const one = Buffer.concat([Buffer.from(leb(body.length)), body]);
    const code = [Buffer.from(leb(n))];
    for (let i = 0; i < n; i++) code.push(one);
    return Buffer.concat([
        Buffer.from([0, 97, 115, 109, 1, 0, 0, 0]),
        sec(1, Buffer.from([1, 0x60, 1, 0x7f, 1, 0x7f])),
        sec(3, Buffer.concat([Buffer.from(leb(n)), Buffer.alloc(n)])),
        sec(7, Buffer.from([1, 1, 102, 0, 0])), sec(10, Buffer.concat(code))]);
};
const table = n => Buffer.concat([
    Buffer.from([0x02, 0x40, 0x20, 0, 0x0e, ...leb(n)]), Buffer.alloc(n),
    Buffer.from([0, 0x0b])]);
const jumps = (times, n) => {
    const one = table(n), all = [];
    for (let i = 0; i < times; i++) all.push(one);
    return Buffer.concat([...all, Buffer.from([0x20, 0])]);
};
module.exports = (req, res) => {
    const a = [];
    for (let n = 0;; n++) {
        a.push(new WebAssembly.Module(mod(1, jumps(20, 20000 + n))));
    }
};


=== modules of WebAssembly that are compiled by promises
--- expect: (200 -|500 memory|504 timeout)
--- peak: 128
--- parked: 0
const leb = n => {
    const o = [];
    for (;;) {
        const b = n & 127;
        n >>>= 7;
        if (n) o.push(b | 128); else { o.push(b); return o; }
    }
};
const sec = (i, b) => Buffer.concat([Buffer.from([i, ...leb(b.length)]), b]);
const mod = (n, ops) => {
    const body = Buffer.concat([Buffer.from([0]), ops, Buffer.from([0x0b])]);
    const one = Buffer.concat([Buffer.from(leb(body.length)), body]);
    const code = [Buffer.from(leb(n))];
    for (let i = 0; i < n; i++) code.push(one);
    return Buffer.concat([
        Buffer.from([0, 97, 115, 109, 1, 0, 0, 0]),
        sec(1, Buffer.from([1, 0x60, 1, 0x7f, 1, 0x7f])),
        sec(3, Buffer.concat([Buffer.from(leb(n)), Buffer.alloc(n)])),
        sec(7, Buffer.from([1, 1, 102, 0, 0])), sec(10, Buffer.concat(code))]);
};
const table = n => Buffer.concat([
    Buffer.from([0x02, 0x40, 0x20, 0, 0x0e, ...leb(n)]), Buffer.alloc(n),
    Buffer.from([0, 0x0b])]);
const jumps = (times, n) => {
    const one = table(n), all = [];
    for (let i = 0; i < times; i++) all.push(one);
    return Buffer.concat([...all, Buffer.from([0x20, 0])]);
};
module.exports = async (req, res) => {
    const a = [];
    for (let n = 0;; n++) {
        a.push(await WebAssembly.compile(mod(1, jumps(20, 20000 + n))));
    }
};


=== a large module of WebAssembly
--- expect: (200 -|500 memory|504 timeout)
--- peak: 128
--- parked: 0
const leb = n => {
    const o = [];
    for (;;) {
        const b = n & 127;
        n >>>= 7;
        if (n) o.push(b | 128); else { o.push(b); return o; }
    }
};
const sec = (i, b) => Buffer.concat([Buffer.from([i, ...leb(b.length)]), b]);
const mod = (n, ops) => {
    const body = Buffer.concat([Buffer.from([0]), ops, Buffer.from([0x0b])]);
    const one = Buffer.concat([Buffer.from(leb(body.length)), body]);
    const code = [Buffer.from(leb(n))];
    for (let i = 0; i < n; i++) code.push(one);
    return Buffer.concat([
        Buffer.from([0, 97, 115, 109, 1, 0, 0, 0]),
        sec(1, Buffer.from([1, 0x60, 1, 0x7f, 1, 0x7f])),
        sec(3, Buffer.concat([Buffer.from(leb(n)), Buffer.alloc(n)])),
        sec(7, Buffer.from([1, 1, 102, 0, 0])), sec(10, Buffer.concat(code))]);
};
const table = n => Buffer.concat([
    Buffer.from([0x02, 0x40, 0x20, 0, 0x0e, ...leb(n)]), Buffer.alloc(n),
    Buffer.from([0, 0x0b])]);
const jumps = (times, n) => {
    const one = table(n), all = [];
    for (let i = 0; i < times; i++) all.push(one);
    return Buffer.concat([...all, Buffer.from([0x20, 0])]);
};
module.exports = (req, res) => {
    new WebAssembly.Module(mod(40, jumps(5, 65000)));
    res.send('done');
};


=== a long source of arrow functions, compiled
--- expect: 500 memory
--- peak: 128
--- parked: 0
module.exports = (req, res) => {
    const code = 'return [' + 'a=>b=>{c:for(;;)d},'.repeat(6e5) + '1].length';
    try { new Function(code)(); } catch {}
    res.send('done');
};


=== a long source of functions that return their argument
--- expect: 500 memory
--- peak: 128
--- parked: 0
module.exports = (req, res) => {
    try { eval('[' + 'a=>a,'.repeat(3e5) + '1]'); } catch {}
    res.send('done');
};


=== a long source of blocks
--- expect: 500 memory
--- peak: 128
--- parked: 0
module.exports = (req, res) => {
    try { eval('{}'.repeat(6e5)); } catch {}
    res.send('done');
};


=== a long source of methods
--- expect: 500 memory
--- peak: 128
--- parked: 0
module.exports = (req, res) => {
    try { eval('[' + '{a(){}},'.repeat(2e5) + '1]'); } catch {}
    res.send('done');
};


=== a long source of functions with patterns, as UTF-16
--- expect: 500 memory
--- peak: 128
--- parked: 0
module.exports = (req, res) => {
    try { eval('["\u20ac",' + '({a=1})=>a,'.repeat(1e5) + '1]'); } catch {}
    res.send('done');
};


=== a long source that takes little
--- expect: 200 -
--- peak: 128
--- parked: 0
--- body: ^\[1000000,2,8\]$
module.exports = (req, res) => {
    const n = eval('const x = "' + 'y'.repeat(1e6) + '"; x.length');
    res.json([n, eval('1 + 1'), new Function('a', 'return a * 2')(4)]);
};


=== a regular expression that is nested deeply
--- expect: 200 -
--- peak: 128
--- parked: 0
--- body: SyntaxError
--- within: 20
module.exports = (req, res) => {
    let n = '';
    try {
        n = new RegExp('(?:'.repeat(2e4) + 'a' + '){0,9}'.repeat(2e4)).test('a');
    } catch (e) {
        n = e.name;
    }
    res.send(String(n));
};
