
/*
 * The packages that Express parses by, beside ours: of the same input both make
 * the same.  Where we differ on purpose, a target leaves the input out, or the
 * part of the result, and says why.
 */

/* a package of t/fuzz/package; it may ask Object.prototype what it wants */

function npm(name) {
    const { Module, makeRequire } = load('module/module');
    const main = new Module('/oracles.js', null);

    main.filename = '/oracles.js';
    main.path = '/';
    main.paths = ['/node_modules'];

    return unguarded(() => makeRequire(main)(name));
}

function unguarded(call) {
    const evil = Object.getOwnPropertyDescriptor(Object.prototype, 'evil');

    delete Object.prototype.evil;

    try {
        return call();
    } finally {
        if (evil !== undefined) {
            Object.defineProperty(Object.prototype, 'evil', evil);
        }
    }
}

/* what a function makes of its arguments, an error being one of its ends */

function outcome(call) {
    try {
        return JSON.stringify(unguarded(call)) ?? 'undefined';
    } catch (error) {
        return `threw ${error}`;
    }
}

/*
 * A target of which `theirs` is the package's part; `skip` tells of arguments
 * on which both differ on purpose.
 */

function compared({ name, seeds, words, make, call, theirs, skip }) {
    function compare(ours, args) {
        if (skip?.(...args)) {
            return;
        }

        const other = outcome(() => theirs(...args));

        expect(ours === null ? other.startsWith('threw ') : other === ours,
               `ours: ${ours ?? 'threw'}, theirs: ${other}`);
    }

    return {
        name, seeds, words, make, call,

        check(result, ...args) {
            compare(JSON.stringify(result) ?? 'undefined', args);
        },

        refuses(error, ...args) {
            compare(null, args);

            return true;
        },
    };
}

/* a text by rules: an array is a choice, a function makes one */

function grammar({ random, pick }) {
    const some = (most, part, between = '') =>
        Array.from({ length: random(most + 1) }, part).join(between);

    const token = () => pick(['a', 'b', 'en', 'en-US', 'gzip', 'text', 'html',
                              '*', 'x-1', 'q', 'utf-8', '', 'constructor']);
    const blank = () => pick(['', '', '', ' ', '  ', '\t']);

    return { some, token, blank };
}

/* forms, as body-parser 2 hands them to qs */

parsers.push((numbers) => {
    const { random, pick } = numbers;
    const { some } = grammar(numbers);
    const qs = npm('qs');

    const key = () => pick(['a', 'b', '0', '1', '2', '101', 'length', 'c d',
                            'toString', '%41', '']);
    const name = () => pick(['a', 'a', 'b', '0', '', 'x%5By%5D', 'toString'])
                       + some(3, () => pick(['[]', '[]', `[${key()}]`,
                                             `[${key()}]`, `%5B${key()}]`,
                                             '[', ']', `[[${key()}]]`]));
    const value = () => pick(['', '1', 'x+y', '%E2%82%AC', '%', '=', 'a=b',
                              '%ff', '1,2', ']', ']=', '[x]=1']);

    return compared({
        name: 'qs',
        seeds: ['a[b][c]=1&a[b][d]=2', 'a[]=1&a[]=2', 'a=1&a[b]=2',
                'a[b]=1&a=2', 'a[1]=1&a[x]=2&a[]=3', '[]=1&[0]=2', 'a[b=c'],
        words: ['[', ']', '[]', '[0]', '[99]', '[a]', '=', '&', '%5B', '%5d',
                '%', '+', 'length', 'a', '&a[', ']=', '%ff'],

        make(text) {
            return [random(2) ? text
                    : some(4, () => `${name()}${pick(['=', '=', ''])}${value()}`,
                           '&'), pick(['utf-8', 'iso-8859-1'])];
        },

        call: load('http/form').parse,

        /* what is of no use to a function: an index beyond the limit of lists
           makes of a list, and of some around it, objects */

        skip: (text) => /(?:\[|%5b)(?:99|\d{3,})(?:\]|%5d)/i.test(text),

        theirs(text, charset) {
            const count = text.split('&').length;

            if (count > 1000) {
                throw new Error('too many parameters');
            }

            return qs.parse(text, {
                allowPrototypes: true, arrayLimit: Math.max(100, count),
                charset, depth: 32, parameterLimit: 1000,
                strictDepth: true,
            });
        },
    });
});

parsers.push((numbers) => {
    const { random, pick } = numbers;
    const { blank, some, token } = grammar(numbers);
    const cookie = npm('cookie');

    return compared({
        name: 'cookie.parse',
        seeds: ['a=1; b=2', 'a="x y"; b=%20', 'a=1; a=2', 'a; b; =c; d=',
                ' a = b ;c=d;', 'x=%zz; y="', 'a="'],
        words: [';', '=', '"', '%', '%41', ' ', ',', '\t', '\\', '; a='],

        make: (text) => [random(2) ? text : some(4, () => blank() + token()
            + blank() + pick(['=', '=', '', '==']) + blank()
            + pick(['1', '"1"', '"', '""', '%41', '%', 'a"b', '']) + blank(),
            ';')],

        call: load('http/cookies').parse,
        theirs: (text) => cookie.parse(text),

        /* "__proto__" is a name, too, and so is the least that there can be */
        skip: (text) => text.length < 2 || text.includes('__proto__'),
    });
});

/*
 * What res.cookie() writes of a text, and the attributes in whatever order. An
 * object is "j:" and encoded JSON with us, the former as it is; encode() may
 * give blanks, commas and what is above ASCII, and words stay in their case.
 */

parsers.push((numbers) => {
    const { random, pick } = numbers;
    const { serialize } = load('http/cookies');
    const cookie = npm('cookie-1');

    function sorted(text) {
        return text.replace(/(?<=; (?:Priority|SameSite)=)\w+/g,
                            (word) => word.toLowerCase())
                   .split('; ').sort().join('; ');
    }

    return compared({
        name: 'cookie.serialize',
        seeds: ['a b', '"quoted"', 'x;y=z', '\r\nSet-Cookie: a=b', '\u20ac',
                '/path', 'example.com', '.example.com', 'Lax', 'high', '%41'],
        words: [';', '=', '"', '\n', '\0', '%', 'strict', 'none', ' ', '\u00e9',
                '\ud83d\ude00', '\udc00', '.', '-', '..'],

        make(text) {
            const options = { path: '/' };
            const at = pick(['value', 'name', 'path', 'domain', 'sameSite',
                             'priority']);

            if (at !== 'value' && at !== 'name') {
                options[at] = text;
            }

            for (const flag of ['httpOnly', 'secure', 'partitioned']) {
                if (random(2)) {
                    options[flag] = true;
                }
            }

            return [at === 'name' ? text : 'name', at === 'value' ? text : 'x',
                    options];
        },

        call: (...args) => sorted(serialize(...args)),
        theirs: (...args) => sorted(cookie.serialize(...args)),
    });
});

/* accepts, which asks negotiator */

for (const what of Object.keys(offered)) {
    parsers.push((numbers) => {
        const { random } = numbers;
        const { blank, some, token } = grammar(numbers);
        const accepts = npm('accepts');
        const header = { accepts: 'accept' }[what]
                       ?? `accept-${what.slice(0, -1)}`;
        const method = what === 'accepts' ? 'types' : what;

        const wish = () => blank() + token()
            + (what === 'accepts' ? `/${token()}` : '')
            + some(2, () => `${blank()};${blank()}${token()}=${token()}`)
            + (random(2) ? `${blank()};${blank()}q=0.${random(10)}` : '')
            + blank();

        return compared({
            name: `negotiator.${what}`,
            seeds: wishes,
            words: wishWords,
            make: (text) => [random(2) ? text : some(5, wish, ','),
                             offered[what].filter(() => random(2) === 1)],
            call: load('http/negotiation')[what],

            theirs(text, offers) {
                return accepts({ headers: { [header]: text } })[method](
                    [...offers]);
            },
        });
    });
}

parsers.push((numbers) => {
    const { random, pick } = numbers;
    const { blank, some, token } = grammar(numbers);
    const { is } = npm('type-is');

    return compared({
        name: 'type-is',
        seeds: ['application/json', 'text/html; charset=utf-8', 'a/b+json',
                'multipart/form-data; boundary="x;y"', '/', 'x', ''],
        words: wishWords,
        make: (text) => [random(2) ? text
                         : `${blank()}${token()}/${token()}${blank()}`
                           + some(2, () => `;${blank()}${token()}=${token()}`),
                         pick([[], ['json'], ['+json', 'urlencoded'],
                               ['text/*', 'multipart'], ['*/*'], ['html'],
                               ['text/html', 'a/b'], ['*/b', 'nothing']])],

        /* what fits is told otherwise: "json" as "application/json" */

        call(header, types) {
            const result = load('http/negotiation').is(header, types);

            return types.length === 0 ? result : result !== false;
        },

        theirs(header, types) {
            const result = is(header, types);

            return types.length === 0 ? result : result !== false;
        },
    });
});

parsers.push((numbers) => {
    const { random, pick } = numbers;
    const { blank, some } = grammar(numbers);
    const parse = npm('range-parser');
    const number = () => pick(['', '0', '1', '4', '9', '10', '99', '1e3', '-1',
                               '0x1', '2 3', '1.5']);

    return compared({
        name: 'range-parser',
        seeds: ['bytes=0-5', 'bytes=-1', 'bytes=5-', 'bytes=0-1,3-4, 9-',
                'bytes=9-1', 'x=0-0', 'bytes', 'bytes=-', 'bytes=0-0,0-0,1-1'],
        words: ['-', ',', '=', '0', '5', '99', ' ', '\t', '0-', '-5', 'bytes='],
        make: (text) => [pick([0, 1, 10, 1000, 2 ** 40]), random(2) ? text
                         : `bytes=${some(4, () => blank() + number() + blank()
                                     + pick(['-', '-', '', '--']) + blank()
                                     + number() + blank(), ',')}`,
                         random(2) ? { combine: true } : undefined],
        call: load('http/negotiation').range,
        theirs: parse,
    });
});

parsers.push((numbers) => {
    const { random, pick } = numbers;
    const { blank, some } = grammar(numbers);
    const fresh = npm('fresh');

    const tag = () => pick(['"a"', 'W/"a"', '"b"', '*', 'a', '"a,b"', '', '"']);
    const text = () => pick([
        () => some(3, () => blank() + tag() + blank(), ','),
        () => some(3, () => blank() + pick(['no-cache', 'max-age=0', 'x']),
                   ','),
        () => pick(['Thu, 01 Jan 1970 00:00:00 GMT', 'never', '',
                    'Fri, 02 Jan 1970 00:00:00 GMT', '0']),
    ])();

    return compared({
        name: 'fresh',
        seeds: ['"a"', 'W/"a", "b"', '*', 'no-cache', 'a, no-cache , b'],
        words: ['"', ',', 'W/', '*', 'no-cache', ' ', '"a"', '\t', '\\'],

        make(given) {
            const headers = {};
            const sent = {};

            for (const name of ['if-none-match', 'if-modified-since',
                                'cache-control'])
            {
                if (random(2)) {
                    headers[name] = random(3) ? text() : given;
                }
            }

            if (random(2)) {
                sent.etag = pick(['"a"', 'W/"a"', '"a,b"', '*']);
            }

            if (random(2)) {
                sent['last-modified'] = new Date(0).toUTCString();
            }

            return [{ method: 'GET', headers },
                    { statusCode: 200,
                      get: (name) => sent[name.toLowerCase()] }, sent];
        },

        call: load('http/negotiation').fresh,
        theirs: ({ headers }, response, sent) => fresh(headers, sent),

        /* theirs sees a comma in a tag as the end of it, and keeps tabs */

        skip({ headers }) {
            const { 'if-none-match': tags = '' } = headers;

            return tags.includes('\t')
                   || tags.split(',').some((tag) => tag.split('"').length % 2
                                                    === 0);
        },
    });
});

parsers.push(({ pick }) => {
    const { append } = npm('vary');

    return compared({
        name: 'vary.npm',
        seeds: ['Accept', 'Accept, Origin', '*', 'a, *, b', 'a,A,a', ''],
        words: [',', ' ', '*', 'a', 'A', 'Accept', '\r\n', ':', '"', '\\'],
        make: (text) => [pick(['', 'Accept', 'a, b', '*']), text],

        /* a tab is a blank of a list, which theirs says is a wrong name */
        skip: (former, field) => field.includes('\t'),

        call(former, field) {
            let value = former;

            load('http/negotiation').vary({
                getHeader: () => value,
                setHeader(name, text) { value = text; },
            }, field);

            return value;
        },

        theirs: append,
    });
});

parsers.push(() => {
    const disposition = npm('content-disposition');

    return compared({
        name: 'content-disposition',
        seeds: ['a.txt', 'a b.txt', '"q".txt', '\u20ac.txt', '\u00e9.txt',
                '%41.txt', 'dir/file', '', "it's (1)*.txt"],
        words: ['"', '\\', '%', '%20', '\u20ac', '\u00fc', ' ', '/', '.', "'",
                '(', '*', '\n', '\x7f', '\ud800', '\ud83d\ude00'],
        call: load('http/send-file').disposition,
        theirs: (name) => disposition(name),

        /*
         * Theirs has an extended name for one that is empty, and throws for one
         * that is no Unicode, as which a file of any name may come.
         */

        skip: (name) => /(?:^|\/)$/.test(name)
                        || /[\ud800-\udfff]/u.test(name),
    });
});
