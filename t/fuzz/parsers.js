
/*
 * What is JavaScript and parses what comes from outside: changed inputs, and
 * whether what comes of them is what it has to be.
 *
 * A target is { name, seeds, words, make, call, check, refuses }: make() turns
 * a text into arguments, check() throws if the result is none of the kind that
 * is documented, and refuses() tells whether an error is.
 */

class Finding extends Error {}

function expect(holds, text) {
    if (!holds) {
        throw new Finding(text);
    }
}

/* own, plain data, whatever the names */

function expectPlain(object) {
    expect(typeof object === 'object' && object !== null
           && Object.getPrototypeOf(object) === Object.prototype,
           'no plain object');

    for (const name of Reflect.ownKeys(object)) {
        const found = Object.getOwnPropertyDescriptor(object, name);

        expect('value' in found && found.writable && found.enumerable
               && found.configurable, `${String(name)} is no plain data`);
    }
}

/* a file of the engine with natives of the driver's own */

function fileWith(name, natives, others) {
    const module = { __proto__: null, exports: { __proto__: null } };

    compile(name)(module.exports, (other) => others[other] ?? load(other),
                  module, (part) => natives[part] ?? binding(part),
                  intrinsics);

    return typeof module.exports === 'function' ? module.exports()
                                                : module.exports;
}

function same(a, b) {
    return JSON.stringify(a) === JSON.stringify(b);
}

const parsers = [];

/* query strings, as Node's own module has them */

parsers.push(() => {
    const { parse } = load('http/query');
    const node = load('node/builtins').load('querystring');

    return {
        name: 'query',
        seeds: ['a=1&b=2', 'a=1&a=2&a=3', '__proto__=1&__proto__=2', 'a',
                '%41=%e2%82%ac&b=%ff%zz', '&&a=b&=&=c&d==', 'a+b=c+d%2B',
                'toString=1&constructor=2', 'evil=1&evil=2', '%', '%4', 'a=%',
                'a&'.repeat(1010), `${'&'.repeat(999)}a=1&b=2`],
        words: ['&', '=', '%', '+', '%41', '%C3%A9', '%e2%82', '%FF', '%ud800',
                '__proto__', 'evil', 'hasOwnProperty', ';', '#', '?', '\u20ac'],
        call: parse,

        check(result, text) {
            expectPlain(result);

            if (/%[^]*[^\0-\x7f]|[^\0-\x7f][^]*%/.test(text)) {
                /* Node may cut such signs to a byte beside a wrong escape */
                return;
            }

            const other = node.parse(text);
            const names = Object.keys(other);

            expect(same(names, Object.keys(result)), 'other names than Node');

            for (const name of names) {
                expect(same(result[name], other[name]),
                       `${name} is not what Node makes of it`);
            }
        },
    };
});

parsers.push(() => {
    return {
        name: 'cookies',
        seeds: ['a=1; b=2', 'a="x y"; b=%20', 'a=1; a=2', '__proto__=1; evil=2',
                'a; b; =c; d=', ' a = b ;c=d;', 'x=%zz; y="', 'j=j:{"a":1}'],
        words: [';', '=', '"', '%', '%41', ' ', ',', '__proto__', 'evil', '\t',
                '\\', '\ud800', '; a='],
        call: load('http/cookies').parse,

        check(result) {
            expectPlain(result);

            for (const name of Object.keys(result)) {
                expect(!/^[ \t]|[ \t]$|[=;]/.test(name),
                       'a name that is none');
                expect(typeof result[name] === 'string', 'a value of no text');
            }
        },
    };
});

/* what is written is read as it was, and stays one header of its attributes */

parsers.push(({ random, pick }) => {
    const { parse, serialize } = load('http/cookies');

    return {
        name: 'cookies.serialize',
        seeds: ['a b', '"quoted"', 'x;y=z', '\r\nSet-Cookie: a=b', '\u20ac',
                '/path', 'example.com', 'Lax', 'high', 'j:{}', '%41', ''],
        words: [';', '=', '"', '\n', '\r', '\0', '%', 'strict', 'none', ' ',
                '\u00e9', '\ud83d\ude00', '\udc00', ', '],

        make(text) {
            const options = {};
            const name = random(3) ? pick(['a', '__proto__', 'evil', 'x.y'])
                         : text;

            switch (random(6)) {
            case 0: options.path = text; break;
            case 1: options.domain = text; break;
            case 2: options.sameSite = text; break;
            case 3: options.priority = text; break;
            case 4: options.maxAge = text; break;
            }

            options.secure = random(2) === 1;

            return [name, random(8) ? text : { text }, options];
        },

        call: serialize,

        check(result, name, value, options) {
            const parts = result.split('; ');
            const text = typeof value === 'string' ? value
                         : `j:${JSON.stringify(value)}`;
            const { [name]: back } = parse(parts[0]);

            expect(!/[^\x20-\x7e]/.test(result), 'not of one header');
            expect(back === text, `read as ${back}`);
            expect(result.split(';').length - 1
                   === (options.path !== '') + options.secure
                       + ('domain' in options && options.domain !== '')
                       + ('maxAge' in options && result.includes('; Max-Age='))
                         * 2
                       + ('sameSite' in options && options.sameSite !== '')
                       + ('priority' in options && options.priority !== ''),
                   'has attributes that nobody asked for');
        },

        refuses: (error) => error instanceof URIError
                            || (error instanceof TypeError
                                && error.message.includes(' is invalid')),
    };
});

parsers.push(() => {
    const { encodeUrl } = load('http/cookies');

    return {
        name: 'cookies.encodeUrl',
        seeds: ['http://a/b?c=d#e', '/\u20ac%20%zz', '\ud800\udc00\ud800',
                '//x\\y', '/a b\r\nc: d'],
        words: ['%', '%4', '%41', ' ', '\n', '\ud83d', '\ude00', '\\', '^',
                '\u007f', '\u0080', '#', '?'],
        call: encodeUrl,

        check(result) {
            expect(!/[^!#$%&'()*+,\-./:;=?@A-Z0-9[\\\]^_a-z|~]/
                       .test(result),
                   'has what a URL has not');
            expect(encodeUrl(result) === result, 'is encoded twice');
        },
    };
});

/* forms: texts in lists without holes and in plain objects */

function expectForm(value, depth) {
    expect(depth < 100, 'deeper than a form may be');

    if (typeof value === 'string') {
        return;
    }

    if (Array.isArray(value)) {
        expect(Object.keys(value).length === value.length, 'has holes');
    } else {
        expectPlain(value);
        expect(!Object.hasOwn(value, '__proto__'), 'has __proto__');
    }

    for (const name of Object.keys(value)) {
        expectForm(value[name], depth + 1);
    }
}

function refusesRequest(error) {
    const { requestCode } = load('lib/thrown');

    return error instanceof Error && requestCode(error) !== 'exception'
           && (error.status === 400 || error.status === 415)
           && error.status === error.statusCode && error.expose === true
           && typeof error.type === 'string';
}

parsers.push(({ random, pick }) => {
    return {
        name: 'form',
        seeds: ['a=1&b=2', 'a[b][c]=1&a[b][d]=2', 'a[]=1&a[]=2', 'a[0]=x&a[5]=y',
                'a=1&a[b]=2', 'a[b]=1&a=2', 'a[1]=1&a[x]=2&a[]=3', '[]=1&[0]=2',
                'a%5Bb%5D=c', '__proto__[x]=1', 'a[__proto__][y]=2',
                'constructor[prototype][z]=3', 'a[evil]=1&a[evil]=2&evil[]=1',
                'a[[b]=c]=d', 'a[b=c', 'a]b[c]=d', '=x&&a==b', 'a[999999999]=1',
                'a[length]=5&a[]=1', `a${'[b]'.repeat(32)}=1`,
                'a[0]=1&'.repeat(500)],
        words: ['[', ']', '[]', '[0]', '[1]', '[99]', '[a]', '=', '&', '%5B',
                '%5d', '%', '+', '__proto__', '[__proto__]', 'evil', 'length',
                'a', '[hasOwnProperty]', '&a', '&a[', ']=', '%ff'],
        make: (text) => [text, pick([undefined, 'utf-8', 'iso-8859-1'])],
        call: load('http/form').parse,

        check(result) {
            expectPlain(result);
            expectForm(result, 0);
        },

        refuses: (error) => refusesRequest(error) && error.status === 400,
    };
});

/* what another program writes is read as it was */

parsers.push(({ random, pick }) => {
    const names = ['a', 'b', 'c d', 'evil', 'toString', 'x.y', '\u20ac', '5z'];
    const texts = ['1', 'x y', '\u20ac', '&=', '[]', '%41', '+', '__proto__'];

    function data(depth) {
        if (depth > 0 && (depth > 3 || random(3))) {
            return pick(texts);
        }

        if (depth > 0 && random(2)) {
            return Array.from({ length: 1 + random(5) },
                              () => data(depth + 1));
        }

        const object = {};

        for (let n = 1 + random(4); n > 0; n--) {
            Object.defineProperty(object, pick(names), {
                value: data(depth + 1),
                writable: true, enumerable: true, configurable: true,
            });
        }

        return object;
    }

    function write(value, prefix) {
        return typeof value === 'string'
               ? [`${prefix}=${encodeURIComponent(value)}`]
               : Object.keys(value).flatMap((key) => {
                   const name = encodeURIComponent(key);

                   return write(value[key], prefix === '' ? name
                                            : `${prefix}[${name}]`);
               });
    }

    return {
        name: 'form.nested',
        seeds: [''],
        words: [],

        make() {
            const value = data(0);

            return [write(value, '').join('&'), value];
        },

        call: (text) => load('http/form').parse(text, undefined),

        check(result, text, value) {
            expect(same(result, value), `read as ${JSON.stringify(result)}`);
        },
    };
});

/* the headers by which a client says what it takes */

const wishes = ['text/html, application/json;q=0.5, */*;q=0.1', 'gzip, br;q=0',
                'en-US, en;q=0.8, de;q=x', 'utf-8, *;q=0', '*', '',
                'text/*;level="1,2";q=1', 'a/b;c="\\"', 'identity;q=0',
                'text/html;q=-1, x/y;q=1e9', 'evil/x;evil=1;__proto__=2'];
const wishWords = [',', ';', '=', '"', '\\', '*', '/', 'q=', ';q=0', ';q=0.5',
                   ' ', '*/*', '-', '+', 'evil', '__proto__', 'gzip', 'en',
                   'json', 'text/html'];
const offered = {
    accepts: ['json', 'html', 'text/plain', '.png', 'x/evil', 'nothing'],
    encodings: ['gzip', 'br', 'identity', 'evil'],
    charsets: ['utf-8', 'iso-8859-1', '__proto__'],
    languages: ['en', 'en-us', 'de', 'x-evil'],
};

for (const what of Object.keys(offered)) {
    parsers.push(({ random }) => {
        return {
            name: `negotiation.${what}`,
            seeds: wishes,
            words: wishWords,
            make: (text) => [text, offered[what].filter(() => random(2) === 1)],
            call: load('http/negotiation')[what],

            check(result, text, offers) {
                if (offers.length !== 0) {
                    expect(result === false || offers.includes(result),
                           'not what was offered');
                    return;
                }

                expect(Array.isArray(result), 'no list');

                for (const wish of result) {
                    expect(typeof wish === 'string'
                           && (text.includes(wish) || wish === 'identity'
                               || wish === '*/*' || wish === '*'),
                           'not what is wished for');
                }
            },
        };
    });
}

parsers.push(({ pick }) => {
    return {
        name: 'negotiation.is',
        seeds: ['application/json', 'text/html; charset=utf-8', 'a/b+json',
                'multipart/form-data; boundary="x;y"', '/', 'x', ''],
        words: wishWords,
        make: (text) => [text, pick([[], ['json'], ['+json', 'urlencoded'],
                                     ['text/*', 'multipart'], ['*/*'],
                                     ['__proto__', 'evil', '']])],
        call: load('http/negotiation').is,

        check(result, text, types) {
            expect(result === false || types.includes(result)
                   || (typeof result === 'string' && result.includes('/')),
                   'no type');
        },
    };
});

parsers.push(({ random, pick }) => {
    return {
        name: 'negotiation.range',
        seeds: ['bytes=0-5', 'bytes=-1', 'bytes=5-', 'bytes=0-1,3-4, 9-',
                'bytes=9-1', 'x=0-0', 'bytes', 'bytes=-', 'bytes=0-0,0-0,1-1',
                'bytes=99999999999999999999-', 'bytes=0 - 4'],
        words: ['-', ',', '=', '0', '5', '99', '4294967296', ' ', '\t', '0-',
                '-5', 'bytes=', '9007199254740993', '+1', '0x1', '1e3', '"'],
        make: (text) => [pick([0, 1, 10, 1000, 2 ** 40]), text,
                         random(2) ? { combine: true } : undefined],
        call: load('http/negotiation').range,

        check(result, size, text, options) {
            if (result === -1 || result === -2) {
                return;
            }

            expect(Array.isArray(result) && result.length > 0
                   && result.type === text.slice(0, text.indexOf('=')),
                   'no list with its type');

            for (const part of result) {
                expect(same(Object.keys(part), ['start', 'end'])
                       && Number.isSafeInteger(part.start)
                       && Number.isSafeInteger(part.end)
                       && part.start >= 0 && part.start <= part.end
                       && part.end < size, 'no part of it');
            }

            const sorted = [...result].sort((a, b) => a.start - b.start);

            for (let i = 1; options !== undefined && i < sorted.length; i++) {
                expect(sorted[i].start > sorted[i - 1].end + 1,
                       'not combined');
            }
        },
    };
});

parsers.push(({ random, pick }) => {
    return {
        name: 'negotiation.fresh',
        seeds: ['"a"', 'W/"a", "b"', '*', 'no-cache', 'a, no-cache , b',
                'Thu, 01 Jan 1970 00:00:00 GMT', ''],
        words: ['"', ',', 'W/', '*', 'no-cache', ' ', '"a"', 'Mon', '1970',
                '\t', '\\'],

        make(text) {
            const headers = {};

            headers[pick(['if-none-match', 'if-modified-since'])] = text;
            headers[pick(['cache-control', 'if-none-match', 'x'])] = text;

            const sent = { ETag: random(2) ? '"a"' : undefined,
                           'Last-Modified': new Date(0).toUTCString() };

            return [{ method: 'GET', headers },
                    { statusCode: 200, get: (name) => sent[name] }];
        },

        call: load('http/negotiation').fresh,

        check(result) {
            expect(typeof result === 'boolean', 'neither true nor false');
        },
    };
});

parsers.push(({ pick }) => {
    return {
        name: 'negotiation.vary',
        seeds: ['Accept', 'Accept, Origin', '*', 'a, *, b', 'a,A,a', ''],
        words: [',', ' ', '*', 'a', 'A', 'Accept', '\r\n', ':', '"', '\\'],

        make(text) {
            const response = {
                value: pick([undefined, 'Accept', 'a, b', '*']),
                getHeader() { return this.value; },
                setHeader(name, value) { this.value = value; },
            };

            return [response, text, response.value];
        },

        call(response, field) {
            load('http/negotiation').vary(response, field);

            return response.value ?? '';
        },

        check(result) {
            const names = result === '' ? [] : result.toLowerCase()
                                                     .split(', ');

            expect(new Set(names).size === names.length, 'a name twice');
            expect(!names.includes('*') || names.length === 1,
                   '"*" with others');
            expect(names.every((name) => /^[!#$%&'*+\-.^_`|~\w]+$/.test(name)),
                   'a name that is none');
        },

        refuses: (error) => error instanceof TypeError
                            && error.message.startsWith('field argument '),
    };
});

/* a body: the first line of the text is its type */

const json = ['{"a":1}', '[1,2,{"b":[null,true,false,"x\\u0041"]}]', '{}', '[]',
              '{"__proto__":{"x":1},"evil":2}', ' [ -0.5e+10 ] ', '"x"', '12',
              '{"a":1,}', '[1 2]', '\n\n{\n"a"\n:\n}', '', '  '];
const jsonWords = ['{', '}', '[', ']', '"', ':', ',', '\\', '\\u0041', '\\ud800',
                   'true', 'null', '-', '0', '1e5', '.', '"__proto__"', '"evil"',
                   '\n', '\t', ' ', '\0', '\u00a0', '\ufeff', '//'];

parsers.push(({ random }) => {
    let bytes;

    const natives = {
        invocation: {
            bodyLength: () => bytes.length,
            body: () => bytes.slice(),
            bodyText: () => binding('encoding').fromUtf8(bytes),
        },
    };
    const { parse } = fileWith('http/body', natives, { __proto__: null });
    const types = ['application/json', 'application/x-www-form-urlencoded',
                   'text/plain; charset=utf-16', 'a/b+json; charset="utf-16be"',
                   'application/json;charset=latin1', 'text/html;charset=x',
                   'application/x-www-form-urlencoded; charset=iso-8859-1',
                   'multipart/form-data; boundary=x', ''];

    return {
        name: 'body',
        seeds: types.flatMap((type) => json.map((text) => `${type}\n${text}`)),
        words: [...jsonWords, ';', 'charset', '=', 'charset=utf-', 'ascii',
                '\xff\xfe', '\xfe\xff', '\xe2\x82', 'utf-16', 'a[b]=', '&'],

        make(text) {
            const { 0: type } = text.split('\n', 1);
            const body = text.slice(type.length + 1);
            const headers = { 'content-type': type };

            if (random(20) === 0) {
                headers['content-encoding'] = type;
            }

            return [{ headers, rawBody: 'raw' }, { id: 0, released: false },
                    body];
        },

        call(request, invocation, body) {
            bytes = Uint8Array.from(body, (sign) => sign.charCodeAt(0));

            return parse(request, invocation);
        },

        check(result, { headers }, invocation, body) {
            const type = headers['content-type'].split(';')[0].trim()
                                                .toLowerCase();

            if (type.endsWith('x-www-form-urlencoded')) {
                expectForm(result, 0);
            } else if (type.startsWith('text/') && !type.endsWith('+json')) {
                expect(typeof result === 'string', 'no text');
            } else {
                expect(result === 'raw' || (typeof result === 'object'
                                            && result !== null),
                       'neither bytes nor an object');
            }
        },

        refuses: refusesRequest,
    };
});

parsers.push(() => {
    const { errorPosition, parseJson } = load('http/body');

    function parsed(text) {
        try {
            return { value: JSON.parse(text) };
        } catch {
            return undefined;
        }
    }

    return {
        name: 'body.json',
        seeds: json,
        words: jsonWords,

        call(text) {
            const valid = parsed(text);
            const at = errorPosition(text);

            expect((at === -1) === (valid !== undefined)
                   && at >= -1 && at <= text.length, `stops at ${at}`);

            return parseJson(text);
        },

        check(result, text) {
            expect(typeof result === 'object' && result !== null
                   && same(result, parsed(text)?.value),
                   'not what JSON.parse() makes of it');
        },

        refuses: (error, text) => refusesRequest(error) && error.body === text
                                  && error instanceof SyntaxError
                                  && (/^[ \t\r\n]*$/.test(text)
                                      ? /^Unexpected end of JSON input$/
                                      : / position \d+ \(line \d+ column \d+\)/)
                                     .test(error.message),
    };
});

/* paths, as Node's own module has them */

parsers.push(({ random, pick }) => {
    const ours = load('lib/path');
    const { posix } = load('node/builtins').load('path');

    return {
        name: 'path',
        seeds: ['/a/b/../c', '../../x', './a//b/', '...', '/', '', 'a/./b/..',
                '/app', '.a.b', 'a.', 'dir.x/file',
                'a/'.repeat(500) + '../'.repeat(500)],
        words: ['/', '.', '..', '/../', '//', './', 'a', '.js', '\\', '\0',
                '%2e', 'node_modules'],
        make: (text) => [pick(['/', '/a', '/a/b/c']), text],
        call: ours.resolve,

        check(result, base, text) {
            expect(result === posix.resolve(base, text),
                   'not where Node goes');
            expect(ours.dirname(result) === posix.dirname(result)
                   && ours.basename(result) === posix.basename(result)
                   && ours.extname(result) === posix.extname(result),
                   'not of the parts that Node sees');
        },
    };
});

/*
 * Lines of a text: what is required, a number that says by whom and where the
 * package.json is that the rest of it makes.
 */

const PACKAGES = ['/', '/node_modules/p', '/node_modules/@s/q', '/50%off'];

const FILES = ['/index.js', '/main.js', '/lib/a.js', '/lib/b.json',
               '/lib/sub/index.js', '/app.js', '/50%off/index.js',
               '/50%off/lib/a.js', '/node_modules/p/index.js',
               '/node_modules/p/main.js', '/node_modules/p/lib/x.js',
               '/node_modules/p/lib/x y.js', '/node_modules/p/lib/index.json',
               '/node_modules/@s/q/index.js', '/node_modules/@s/q/lib/z.node',
               '/node_modules/p/node_modules/r/index.js'];

const PARENTS = ['/index.js', '/50%off/index.js', '/node_modules/p/lib/x.js',
                 '/node_modules/@s/q/index.js'];

const REFUSALS = ['MODULE_NOT_FOUND', 'ERR_INVALID_MODULE_SPECIFIER',
                  'ERR_INVALID_PACKAGE_TARGET', 'ERR_INVALID_PACKAGE_CONFIG',
                  'ERR_PACKAGE_PATH_NOT_EXPORTED',
                  'ERR_PACKAGE_IMPORT_NOT_DEFINED'];

parsers.push(() => {
    const files = { __proto__: null };
    const directories = { __proto__: null, '/': true };

    for (const file of FILES) {
        files[file] = '';

        for (let at = file.lastIndexOf('/'); at > 0;
             at = file.lastIndexOf('/', at - 1))
        {
            directories[file.slice(0, at)] = true;
        }
    }

    /* no way leads out of the root but by what is no such path */

    function known(path, all) {
        expect(typeof path === 'string' && path[0] === '/'
               && !/\/(?:\.{0,2})(?:\/|$)/.test(path === '/' ? '' : path),
               `looks at ${JSON.stringify(path)}`);

        return all[path] !== undefined;
    }

    const natives = {
        module: {
            recall: () => undefined,
            remember() {}, note() {},
            stat: (path) => (known(path, files) ? 0
                             : known(path, directories) ? 1 : -2),
            read: (path) => (known(path, files) ? files[path] : ''),
            realpath: (path) => (known(path, files) ? path : undefined),
        },
    };

    const path = fileWith('lib/path', natives, { __proto__: null });
    const { isBuiltin } = load('module/module');

    const exports = ['"./lib/x.js"', '{"require":"./main.js"}', '["./lib/x.js"]',
                     '{".":"./index.js","./*":"./lib/*.js"}',
                     '{"./lib/*":null,".":{"node":{"default":"./main.js"}}}',
                     '{"./%":"./lib/x%20y.js","./a":"./../x","./b":"/etc/x"}',
                     '{"./x/*/y":"./*/*"}', 'null', 'false', '{"0":"./a"}'];
    const imports = ['{"#a":"./lib/a.js","#b/*":"./lib/*.js","#c":"p"}',
                     '{"#a":{"default":"node:fs"},"#b":["../x","./main.js"]}'];
    const mains = ['"main.js"', '"./lib"', '"../../.."', '""', '5', '"lib/x"'];

    return {
        name: 'resolve',
        seeds: [
            ...exports.flatMap((value, i) => [
                `p\n${i % 4},1\n{"exports":${value}}`,
                `p/a\n0,1\n{"exports":${value}}`,
                `self/lib/a.js\n1,3\n{"name":"self","exports":${value}}`,
            ]),
            ...imports.flatMap((value) => [
                `#a\n0,0\n{"imports":${value}}`,
                `#b/a\n1,3\n{"imports":${value}}`,
            ]),
            ...mains.map((value) => `p\n0,1\n{"main":${value}}`),
            './lib/a\n0,0\n{}', '../\n2,0\n', '/app/lib/sub\n0,0\n{}',
            '@s/q/lib/z\n1,2\n[]', 'r\n2,0\n1', 'node:fs\n0,0\n{}',
            'fs/\n0,0\n{}', './50%off\n0,3\n{"module":"lib/a.js"}',
        ],
        words: ['"exports":', '"imports":', '"main":', '"name":', '"default"',
                '"require"', '"./*"', '"./lib/*"', '*', './', '../', '/', '..',
                '%2e', '%2E%2e', '%2f', '%5c', '%25', '%', '\\', 'node_modules',
                '"__proto__":', '"evil":', '#', '#a', '@s/', 'p/', 'self', '\0',
                '{', '}', '[', ']', ',', ':', '"', 'null', '\\u002e', '\n',
                'x y', '50%off', '.js', 'constructor', '"toString":'],

        make(text) {
            const { 0: request, 1: numbers = '' } = text.split('\n', 2);
            const { 0: by, 1: where } = numbers.split(',');
            const filename = PARENTS[by & 3];

            return [request, { __proto__: null, filename,
                               path: path.dirname(filename), parent: null },
                    PACKAGES[where & 3],
                    text.slice(request.length + numbers.length + 2)];
        },

        call(request, parent, where, text) {
            const name = request.replace(/^node:/, '');

            if (isBuiltin(name)) {
                /* what is looked for first */
                return name;
            }

            for (const directory of PACKAGES) {
                files[path.resolve(directory, 'package.json')]
                    = directory === where ? text : '{}';
            }

            /* it keeps what it has read */
            const resolver = fileWith('module/resolve', natives,
                                      { '__proto__': null,
                                        'lib/path': path });

            parent.paths = resolver.nodeModulePaths(parent.path);

            return resolver.resolve(request, parent, 'key');
        },

        check(result, request, parent, where, text) {
            expect(isBuiltin(result) || files[result] !== undefined,
                   `found ${JSON.stringify(result)}`);

            let exports;

            try {
                ({ exports } = { __proto__: null, ...JSON.parse(text) });
            } catch {
                return;
            }

            if (where === '/node_modules/p' && exports !== undefined
                && exports !== null && /^p(?:\/|$)/.test(request)
                && parent.filename === '/index.js')
            {
                expect(result.startsWith('/node_modules/p/'),
                       `out of the package, to ${JSON.stringify(result)}`);
            }
        },

        refuses: (error, request, parent, where) => error instanceof Error
            && (REFUSALS.includes(error.code)
                || error.path === path.resolve(where, 'package.json')),
    };
});

/* what all of a context's objects inherit, by which it can be told again */

function inherited() {
    return [Object.prototype, Array.prototype, String.prototype]
        .map((object) => Reflect.ownKeys(object).map((name) => {
            const { value, get, set } = Object.getOwnPropertyDescriptor(object,
                                                                        name);

            return [name, value, get, set];
        }))
        .flat(2);
}

/* ms by which a thread's time may be wrong */
const TICK = 4;

drivers.parsers = (id, seed, calls, compareTimes) => {
    const numbers = generator(seed);
    const { random, pick, repeatable } = numbers;
    const { cpuUsage, hrtime } = binding('process');

    /* as a function may have it: nothing that is parsed may get there */

    Object.defineProperty(Object.prototype, 'evil', {
        get() { throw new Finding('Object.prototype was asked'); },
        set() { throw new Finding('Object.prototype was set'); },
        configurable: true,
    });

    const targets = parsers.map((make) => make(numbers))
                           .filter(({ name }) => name.includes(ONLY));
    const before = inherited();
    const seen = new Set();
    let refused = 0;

    function sign() {
        const limit = pick([0x20, 0x80, 0x100, 0x10000]);

        return String.fromCharCode(random(4) ? random(limit)
                                   : 0xd7f0 + random(0x820));
    }

    function changed({ seeds, words }, text) {
        for (let n = random(6); n > 0; n--) {
            const at = random(text.length + 1);
            const piece = text.slice(at, at + random(random(4) ? 9 : 99));
            const head = text.slice(0, at);
            const tail = text.slice(at + piece.length);

            switch (random(8)) {
            case 0:
                text = head + tail;
                break;
            case 1:
                text = head + piece.repeat(random(random(9) ? 4 : 400)) + tail;
                break;
            case 2: {
                const other = pick(seeds);

                text = head + other.slice(random(other.length + 1));
                break;
            }
            case 3:
                text = head + sign() + tail;
                break;
            default:
                text = head + (words.length !== 0 ? pick(words) : '')
                       + (random(2) ? piece : '') + tail;
            }
        }

        return text.slice(0, 4096);
    }

    function clock() {
        const { 0: seconds, 1: nanoseconds } = hrtime();

        return seconds * 1e3 + nanoseconds / 1e6;
    }

    /*
     * ms of this thread's, which other programs change little, but which tell
     * nothing of less than some ticks
     */

    function time() {
        const { 0: user, 1: system } = cpuUsage();

        return (user + system) / 1000;
    }

    function expectRefused(error, target, args) {
        if (error instanceof Finding) {
            throw error;
        }

        expect(target.refuses?.(error, ...args),
               `threw ${error?.stack ?? JSON.stringify(error)}`);
        refused++;
    }

    /* calls once; returns what sort of an end it took */

    function run(target, args) {
        let result;

        try {
            result = target.call(...args);

        } catch (error) {
            expectRefused(error, target, args);

            return `${error.name} ${error.message}`.replace(/[^a-z ]/gi, '')
                                                   .slice(0, 40);
        }

        target.check(result, ...args);

        return `${JSON.stringify(result)?.replace(/[^[\]{}":]/g, '')
                                         .slice(0, 10)}`;
    }

    /* what hangs is the last that is told */

    function trace({ name }, input) {
        if (TRACE === name || TRACE === 'all') {
            binding('invocation').warn(id, `${name}: ${JSON.stringify(input)}`);
        }
    }

    /* the least of some times */

    function timed(target, args, times, now) {
        let least = Infinity;

        for (let i = 0; i < times && least > 1; i++) {
            const start = now();

            try {
                target.call(...args);
            } catch (error) {
                expectRefused(error, target, args);
            }

            least = Math.min(least, now() - start);
        }

        return least;
    }

    /* an input of eight times the size may not take twenty times as long */

    function grow(target) {
        const text = changed(target, pick(target.seeds));
        const at = random(text.length + 1);
        const piece = text.slice(at, at + 1 + random(random(2) ? 4 : 40))
                      || pick(target.words);
        const head = text.slice(0, at);
        const tail = text.slice(at + piece.length);
        const other = random(2) ? '' : pick(target.words)
                                       + piece.slice(0, random(4));

        trace(target, ['grown', head, piece, other, tail]);

        const all = [15, 18].map(repeatable((bits) => {
            const large = head + piece.repeat((1 << bits) / piece.length)
                          + other.repeat((1 << bits) / (other.length || 1))
                          + tail;

            return target.make?.(large) ?? [large];
        }));

        try {
            for (let tries = 0, times = 2; ; tries++, times *= 3) {
                const small = timed(target, all[0], times, clock);
                const large = timed(target, all[1], times, time);

                if (!compareTimes || large < 20 * (small + TICK)) {
                    return;
                }

                expect(tries < 2, `took ${small} ms, and ${large} ms at eight `
                                  + 'times the size');
            }

        } catch (error) {
            const parts = JSON.stringify([head, piece, other, tail]);

            error.message += `\n${target.name}, grown: ${parts}`;
            throw error;
        }
    }

    if (targets.every(({ words }) => words.length === 0)) {
        return `no target\n`;
    }

    for (let i = 0; i < calls; i++) {
        const target = pick(targets);

        if (target.words.length !== 0 && random(200) === 0) {
            grow(target);
        }

        const text = changed(target, pick(target.seeds));
        const args = target.make?.(text) ?? [text];
        const start = time();
        let kind;

        trace(target, args);

        try {
            kind = run(target, args);

            const taken = time() - start;

            expect(!compareTimes || taken < 300
                   || timed(target, args, 3, time) < 300, `took ${taken} ms`);

            const after = inherited();

            expect(after.length === before.length
                   && after.every((value, n) => Object.is(value, before[n])),
                   'changed what objects inherit');

        } catch (error) {
            return `call ${i}, ${target.name}: ${JSON.stringify(args)}\n`
                   + `${error.stack}\n`;
        }

        if (!seen.has(`${target.name} ${kind}`) && target.seeds.length < 400) {
            seen.add(`${target.name} ${kind}`);
            target.seeds.push(text);
        }
    }

    return `${targets.length} targets, ${calls} calls, ${refused} refused\n`;
};
