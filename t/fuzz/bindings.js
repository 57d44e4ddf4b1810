
/*
 * Calls of native functions, of what the bindings' JavaScript exports and of
 * methods of the objects that come of it, with random receivers and arguments.
 */

drivers.bindings = (id, seed, calls) => {
    const { random, pick } = generator(seed);
    const { bytes, cryptoWords, kept, method, tell, value, words }
        = hostileValues({ random, pick });

    /* these may compute for as long as the numbers are large */

    const slow = /pbkdf2|scrypt|prime|keygen|dhCreate|DiffieHellman|Job/i;
    const endless = /prime/i;

    function tame(name, args) {
        /* there may be no prime of that kind, which is looked for on and on */
        if (endless.test(name)) {
            args.length = Math.min(args.length, 2);
        }

        for (let i = 0; i < args.length && slow.test(name); i++) {
            args[i] = typeof args[i] === 'number' ? args[i] % 530 : args[i];
        }
    }

    const targets = [];

    function collect(name, object) {
        const names = Reflect.ownKeys(object);

        for (let i = 0; i < names.length; i++) {
            if (typeof object[names[i]] === 'function'
                && `${name}.${String(names[i])}`.includes(ONLY))
            {
                targets.push({ name: `${name}.${String(names[i])}`,
                               call: object[names[i]] });
            }
        }
    }

    for (let i = 0; i < TABLES.length; i++) {
        collect(TABLES[i], binding(TABLES[i]));
    }

    const { internalBinding } = load('node/realm');

    for (let i = 0; i < GLUES.length; i++) {
        try {
            collect(`glue ${GLUES[i]}`, internalBinding(GLUES[i]));
        } catch {
            /* what cannot be had is no target */
        }
    }

    const names = targets.map(({ name }) => name);

    if (names.some((name) => name.includes('crypto'))) {
        words.push(...cryptoWords);
    }

    /* objects that a call with random arguments would seldom make */

    const makers = [
        ['node/crypto', (n) => n.hashCreate(pick(cryptoWords))],
        ['node/crypto', (n) => n.hmacCreate(pick(cryptoWords), bytes())],
        ['node/crypto', (n) => n.keySecret(bytes())],
        ['node/crypto', (n) => n.keygenEC(pick(['P-256', 'secp256k1']), 1)],
        ['node/crypto', (n) => n.keygenId(pick([1034, 1035, 1087, 1088]))],
        ['node/crypto', (n) => n.keygenRSA(random(2), 512, 3)],
        ['node/crypto', (n) => n.keyParse(random(2), pick(cryptoWords), 1)],
        ['node/crypto', (n) => n.dhGroup(pick(['modp1', 'modp2', 'modp5']))],
        ['node/crypto', (n) => n.ecdhCreate(pick(cryptoWords))],
        ['node/crypto', (n) => n.cipherCreate(
            pick(cryptoWords), new Uint8Array(pick([16, 24, 32])),
            random(4) ? new Uint8Array(pick([12, 16, 8])) : null,
            pick([-1, 16, 12]), random(2))],
        ['glue crypto', (n) => new n.Sign()],
        ['glue crypto', (n) => new n.Verify()],
        ['glue crypto', (n) => new n.CipherBase(random(2))],
        ['glue crypto', (n) => new n.KeyObjectHandle()],
        ['glue crypto', (n) => new n.ECDH(pick(cryptoWords))],
        ['glue crypto', (n) => new n.DiffieHellmanGroup('modp1')],
        ['glue zlib', (n) => {
            const stream = new n.Zlib(1 + random(7));

            stream.init(random(4) ? 15 : 8 + random(8), random(10) - 1,
                        1 + random(9), random(5), new Uint32Array(2),
                        () => {}, random(4) ? undefined : bytes());
            return stream;
        }],
        ['glue zlib', (n) => {
            const stream = random(2) ? new n.BrotliEncoder(9)
                                     : new n.BrotliDecoder(8);

            stream.init(new Uint32Array(10).fill(-1), new Uint32Array(2),
                        () => {});
            return stream;
        }],
    ].filter(({ 0: name }) => names.some(
        (known) => known.startsWith(`${name}.`)));

    function make() {
        const { 0: name, 1: maker } = pick(makers);

        kept[random(32)] = maker(name.startsWith('glue ')
                                 ? internalBinding(name.slice(5))
                                 : binding(name));
    }

    const { asyncGet, asyncSet } = binding('loop');
    const own = asyncGet();
    let thrown = 0;

    for (let i = 0; i < calls; i++) {
        /* what follows a call is this invocation's, whomever that one named */
        asyncSet(own);

        const self = kept.length !== 0 && random(3) === 0 ? pick(kept)
                                                          : undefined;
        let target;

        try {
            target = method(self);
        } catch {
            /* a proxy does not want it */
        }

        const { name, call } = target ?? pick(targets);

        if (OMITTED.includes(name)) {
            continue;
        }

        try {
            if (makers.length !== 0 && random(20) === 0) {
                make();
            }

            const args = [];

            for (let n = random(7); n > 0; n--) {
                const arg = value();

                /* the end of this very invocation is not looked for */
                args.push(arg === id ? 0 : arg);
            }

            /* most natives have the object that they work on as the first */
            if (makers.length !== 0 && kept.length !== 0 && random(2)) {
                args[0] = pick(kept);
            }

            tame(name, args);

            if (TRACE === name) {
                binding('invocation').warn(id, args.map(tell).join(', '));
            }

            const result = random(30) === 0
                           ? Reflect.construct(call, args)
                           : Reflect.apply(call, self ?? value(), args);

            if (typeof result === 'object' && result !== null) {
                kept[random(32)] = result;
            } else if (typeof result === 'string' && result.length < 5000) {
                kept[random(32)] = result;
            }

        } catch {
            thrown++;
        }
    }

    return `${targets.length} targets, ${calls} calls, ${thrown} threw\n`;
};
