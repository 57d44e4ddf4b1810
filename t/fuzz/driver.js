
/*
 * util/dev/fuzz-bindings appends this to bootstrap.js, and the drivers themselves
 * to this: a request for /<driver>?<seed>,<calls> runs one of them, and with
 * ",untimed" behind it does not look at how long anything takes. One that is
 * asynchronous is run by the function of t/fuzz/package, as functions are.
 */

const drivers = { __proto__: null };

/* random numbers of a seed: the same on every machine */

function generator(seed) {
    let state = seed | 0;

    function random(n) {
        state = state + 0x6d2b79f5 | 0;

        let t = Math.imul(state ^ state >>> 15, 1 | state);

        t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;

        return ((t ^ t >>> 14) >>> 0) % n;
    }

    function pick(list) {
        return list[random(list.length)];
    }

    /* f, which draws the same numbers each time that it is called */

    function repeatable(f) {
        const from = state;

        return (...args) => {
            state = from;

            return f(...args);
        };
    }

    return { random, pick, repeatable };
}

const serve = hooks.dispatch;

hooks.dispatch = (id, method, url) => {
    const { 1: driver, 2: seed, 3: calls, 4: untimed } = url.split(/[/?,]/);
    const native = binding('invocation');

    if (driver === 'network') {
        globalThis.fuzz = () => drivers.network(+seed, +calls);
        serve(id, method, url);
        return;
    }

    let text;

    try {
        text = drivers[driver](id, +seed, +calls, untimed === undefined);
    } catch (error) {
        text = `${error.stack}\n`;
    }

    native.respond(id, 200, '', text);
    native.finish(id);
};
