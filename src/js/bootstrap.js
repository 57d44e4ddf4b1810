'use strict';

/*
 * The first script of a context, run once for its snapshot: takes what the
 * engine's own code needs of the language, wires the hooks that C calls and
 * puts the globals in place.
 */

const intrinsics = { __proto__: null };

/* "host" is what C gave, for the files that build on it */

const cache = {
    __proto__: null,
    host: { __proto__: null, compile, global, lazy },
};

/* what several files use; Node's bindings are added to, so each has its own */

const bindings = { __proto__: null };

function shared(name) {
    if (intrinsics.StringPrototypeStartsWith(name, 'node/')) {
        return binding(name);
    }

    return bindings[name] ??= binding(name);
}

function load(name) {
    const known = cache[name];

    if (known !== undefined) {
        return known;
    }

    const exports = { __proto__: null };
    const module = { __proto__: null, exports };
    const evaluate = compile(name);

    cache[name] = exports;
    evaluate(exports, load, module, shared, intrinsics);

    return cache[name] = module.exports;
}

{
    const module = { __proto__: null, exports: null };

    compile('intrinsics')(module.exports, load, module, binding, intrinsics);

    for (const name of Reflect.ownKeys(module.exports)) {
        intrinsics[name] = module.exports[name];
    }

    Object.freeze(intrinsics);
}

const invocation = load('invocation');
const outgoing = load('outgoing');
const ticks = load('ticks');

load('module');
load('samples');

hooks.dispatch = invocation.dispatch;
hooks.release = invocation.release;
hooks.ticks = ticks.run;

hooks.timers = () => {
    load('timers').run();
};

hooks.immediates = () => {
    load('timers').runImmediates();
};

hooks.drain = (id) => {
    invocation.report(id, outgoing.drained);
};

hooks.aborted = (id) => {
    invocation.report(id, outgoing.aborted);
};

hooks.global = (name) => load('globals').make(name);

load('globals').install();
load('pristine').capture();

const modules = load('node/template').modulesOf(template);

if (template === 'check') {
    load('node/needs').check();
} else if (modules !== undefined) {
    load('node/realm').fill(modules);
}

/* who needs one of these in a context loads it there */

delete cache.globals;
delete cache.pristine;
delete cache['node/names'];
delete cache['node/settle'];
delete cache['node/template'];
