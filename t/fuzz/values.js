
/*
 * Values of all kinds that random numbers make, those that mean harm among
 * them: what drivers call functions with. `kept` is what calls have given.
 */

function hostileValues({ random, pick }) {
    const numbers = [
        0, -0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 63, 64, 65, 255, 256, 257,
        4095, 4096, 65535, 65536, -1, -2, -7, -255, -65536, 0.5, -0.5, 1e9,
        2 ** 30, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 32 - 1, 2 ** 32,
        2 ** 32 + 1, 2 ** 52, 2 ** 53 - 1, 2 ** 53, -(2 ** 53), 2 ** 62,
        2 ** 63, 2 ** 64, 1e300, -1e300, NaN, Infinity, -Infinity,
    ];

    const words = [
        '', 'a', 'abc', 'hello world', 'utf8', 'hex', 'latin1', 'base64',
        'base64url', 'ucs2', 'UTF-16LE', 'ascii', 'buffer', 'utf-8',
        'shift_jis', 'euc-kr', 'iso-2022-jp', 'utf-7', 'gb18030', '../x',
        '/', '.', '..', '/a.txt', 'a.txt', '/app/a.txt', '/link', '/dir',
        '/dir/../../a.txt', '/proc/self/environ', '/etc/passwd', '\0',
        '/a.txt\0x', '//', 'index.js', '\u00e9\u00ff', '\u20ac\ud83d\ude00',
        '\ud800', '\udc00x', 'xn--mxaa', '\u{1f468}\u200d\u{1f469}',
        'http://a:b@c.d:1/e?f#g', 'file:///a/b', 'javascript:1', 'ws://x',
        'http://[::1]:80', 'http://ex\u00e4mple.com', ':', 'http://',
        'data:text/plain,x', '68656c6c6f', '6865zz', 'aGVsbG8=', 'aGVsbG8',
        'aG Vs\nbG8=', '====', 'a=b', '\u013dx', 'x'.repeat(100),
        '\u20ac'.repeat(100), 'ab'.repeat(5000), 'length', '__proto__',
        'constructor', '127.0.0.1', '*/*', 'application/json', 'GET',
        'a: b\nc: d', 'a\r\nb: c', ' ', '\ufeff',
    ];

    /* names for OpenSSL, and keys as it is given them */

    const cryptoWords = [
        'sha256', 'sha1', 'RSA-MD5', 'shake256', 'sha3-512', 'md4',
        'aes-128-cbc', 'aes-256-gcm', 'aes-192-ccm', 'aes-128-ocb',
        'aes-256-ctr', 'aes-128-xts', 'id-aes128-wrap', 'des-ede3-cbc',
        'chacha20-poly1305', 'rc4', 'prime256v1', 'secp521r1', 'secp256k1',
        'sect571k1', 'Oakley-EC2N-3', 'P-384', 'modp1', 'modp14', 'RSA', 'EC',
        'group', 'digest', 'n', 'e', 'd', 'rsa-factor1', 'qx', 'priv',
        'Ed25519', 'X448', `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgX6OdZjUPmRtVgM2/
HGj9j6S7a4k8PBLSv9W49lCuONWhRANCAAS6s7F9LGaohFjMlVqB1l8wxKNE02EH
yLeZfIgyrvTibabnYV18pnalCEHJ3l7KPeWBnubuNtyG12DI4Xwij/We
-----END PRIVATE KEY-----
`, `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEurOxfSxmqIRYzJVagdZfMMSjRNNh
B8i3mXyIMq704m2m52FdfKZ2pQhByd5eyj3lgZ7m7jbchtdgyOF8Io/1ng==
-----END PUBLIC KEY-----
`,
    ];

    let memory = new ArrayBuffer(4096);

    function detached() {
        const buffer = new ArrayBuffer(random(100));
        const view = new Uint8Array(buffer);

        binding('node/buffer').detachArrayBuffer(buffer);

        return random(2) ? view : buffer;
    }

    function bytes() {
        if (memory.byteLength === 0) {
            memory = new ArrayBuffer(4096);
        }

        const n = random(4) ? random(80) : random(5000);
        const length = Math.min(n, 4096);
        const offset = random(4096 - length + 1);

        switch (random(12)) {
        case 0:
            return new Uint8Array(n);
        case 1:
            return new ArrayBuffer(n);
        case 2:
            return new SharedArrayBuffer(n);
        case 3:
            return new Uint8Array(new SharedArrayBuffer(n));
        case 4:
            return new DataView(memory, offset, length);
        case 5:
            return new Float64Array(pick([0, 1, 3, 7, 17, 18, 36]));
        case 6:
            return new BigInt64Array(pick([0, 7, 17, 18, 36]));
        case 7:
            return new Uint32Array(random(12));
        case 8:
            return new Uint16Array(memory, offset & ~1, length >> 1);
        case 9:
            return detached();
        default: {
            const view = new Uint8Array(memory, offset, length);

            for (let i = 0; i < length && i < 40; i++) {
                view[i] = random(3) ? random(256) : 97 + random(3);
            }

            return view;
        }
        }
    }

    const kept = [];

    function hostile(depth) {
        switch (random(6)) {
        case 0:
            return { valueOf() { throw new Error('valueOf'); } };
        case 1:
            return {
                valueOf() {
                    for (let i = 0; i < kept.length; i++) {
                        binding('node/buffer').detachArrayBuffer(
                            ArrayBuffer.isView(kept[i]) ? kept[i].buffer
                                                        : kept[i]);
                    }

                    return random(10);
                },
            };
        case 2:
            return new Proxy({}, {
                get() { throw new Error('get'); },
                has() { throw new Error('has'); },
                getPrototypeOf() { throw new Error('getPrototypeOf'); },
            });
        case 3:
            return new Proxy(bytes(), {});
        case 4:
            return { __proto__: Uint8Array.prototype, length: 5 };
        default:
            return { toString() { return value(depth + 1); } };
        }
    }

    function value(depth = 0) {
        switch (random(15)) {
        case 0:
            return undefined;
        case 1:
            return pick([null, true, false]);
        case 2:
        case 3:
        case 4:
            return random(3) ? pick(numbers) : random(300) - 20;
        case 5:
        case 6:
            return pick(words);
        case 7:
            return random(2) ? pick(words) + pick(words)
                             : ('x' + pick(words)).slice(1);
        case 8:
        case 9:
        case 10:
            return bytes();
        case 11:
            return kept.length === 0 ? bytes() : pick(kept);
        case 12:
            return pick([1n, -1n, 2n ** 63n, Symbol('s'), /x/g, new Date(0),
                         new Error('e'), Promise.resolve(1), new Map(),
                         new Set([1]), function f() {}, class A {},
                         () => { throw new Error('called'); }]);
        case 13:
            return depth > 2 ? [] : [value(depth + 1), value(depth + 1)];
        default:
            return hostile(depth);
        }
    }

    function tell(arg) {
        const type = Object.prototype.toString.call(arg);

        return Array.isArray(arg) ? `[${arg.map(tell).join(', ')}]`
               : typeof arg !== 'object' || arg === null ? String(arg)
               : !ArrayBuffer.isView(arg) ? type
               : `${type} ${arg.byteOffset} ${arg.byteLength} of `
                 + `${Object.prototype.toString.call(arg.buffer)} `
                 + `${arg.buffer.byteLength}`;
    }

    /* a method of an object that came of a call, or nothing */

    function method(object) {
        const prototype = typeof object === 'object' && object !== null
                          && !ArrayBuffer.isView(object)
                          ? Object.getPrototypeOf(object) : null;

        for (let p = prototype; p !== null && p !== Object.prototype;
             p = Object.getPrototypeOf(p))
        {
            const list = Reflect.ownKeys(p).filter(
                (key) => key !== 'constructor'
                         && typeof Object.getOwnPropertyDescriptor(p, key)
                                         .value === 'function');

            if (list.length !== 0 && random(3) !== 0) {
                const key = pick(list);

                return { name: `${prototype.constructor.name}.${String(key)}`,
                         call: p[key] };
            }
        }

        return undefined;
    }

    return { bytes, cryptoWords, kept, method, tell, value, words };
}
