'use strict';

/*
 * The first script of a context, run once for its snapshot: takes what the
 * engine's own code needs of the language, wires the hooks that C calls and
 * puts the globals in place.
 *
 * The folders, lower ones first; a file is require()d by its path in src/js:
 *
 *   lib/      what all others use: errors, emitters, texts, paths,
 *             pairs of names and values
 *   run/      whose JavaScript runs: invocations, ticks, timers
 *   http/     req and res, and what reads and writes their parts
 *   module/   the loaders of CommonJS and of ES modules
 *   process/  process, the console and its streams
 *   node/     Node's own library, in src/js/node.files, over our bindings
 *   boot/     what is needed while a snapshot is built
 *
 * A lean context holds what a request needs that says hello, and each object
 * more makes each context dearer.  So these files alone are evaluated in its
 * snapshot, in this order:
 *
 *   boot/intrinsics
 *   run/invocation      run/constants
 *   http/outgoing       lib/emitter lib/errors http/incoming lib/pairs
 *   run/ticks
 *   module/module       lib/path
 *   boot/samples        http/request http/query http/response
 *   boot/globals
 *   boot/pristine
 *   node/template
 *
 * A require() at the top of a file is for what cannot do without: those of the
 * files above stay among them, and a file that is loaded must not, by such
 * ones, come back to itself.  All others stand where they are needed, on
 * purpose: for a part of req, res, process or a global that few functions
 * touch (http/negotiation, http/body, http/cookies, http/send-file, lib/bytes,
 * lib/format, lib/thrown, run/timers, process/*, node/*), or because the one
 * that is required stands higher: run/invocation makes req and res, calls the
 * module and looks for ticks and timers, lib/errors and lib/format show a value
 * as Node's inspect() does, module/module looks a name up by module/resolve,
 * and Node's library borrows classes of ours.
 */

const intrinsics = { __proto__: null };

/* "host" is what C gave, for the files that build on it */

const cache = {
    __proto__: null,
    host: { __proto__: null, compile, global, lazy },
};

/* what several files use; `own`: it is one that is added to */

const bindings = { __proto__: null };

function shared(name, own = false) {
    return own ? binding(name) : bindings[name] ??= binding(name);
}

/*
 * What a file exports is an object, or a function that makes it: a context
 * holds that rather than a table that few ask for.
 */

function exported(exports) {
    return typeof exports === 'function' ? exports() : exports;
}

function load(name) {
    const known = cache[name];

    if (known !== undefined) {
        return exported(known);
    }

    const exports = { __proto__: null };
    const module = { __proto__: null, exports };
    const evaluate = compile(name);

    cache[name] = exports;
    evaluate(exports, load, module, shared, intrinsics);

    return exported(cache[name] = module.exports);
}

{
    const module = { __proto__: null, exports: null };

    compile('boot/intrinsics')(module.exports, load, module, binding,
                               intrinsics);

    for (const name of Reflect.ownKeys(module.exports)) {
        intrinsics[name] = module.exports[name];
    }

    Object.freeze(intrinsics);
}

const invocation = load('run/invocation');
const outgoing = load('http/outgoing');
const ticks = load('run/ticks');

load('module/module');
invocation.reach();
load('boot/samples');

/* so that no hook holds a table of all that a file exports */
const { release, report } = invocation;
const { aborted, drained, left } = outgoing;

hooks.dispatch = invocation.dispatch;
hooks.ticks = ticks.run;

/* `ended`: by a limit, or since its client has left */
hooks.release = (id, ended) => {
    release(id);

    if (ended) {
        cache['node/handles']?.release(id);
    }
};

/* all that has no hook of its own, by its name */
hooks.seldom = (what, a, b, c, d) => {
    switch (what) {
    case 'timers':
        load('run/timers').run();
        break;

    case 'immediates':
        load('run/timers').runImmediates(a);
        break;

    case 'drain':
        report(a, drained);
        break;

    case 'aborted':
        report(a, aborted);
        break;

    case 'left':
        report(a, left);
        break;

    case 'work':
        load('node/operation').goOn(a, b);
        break;

    case 'io':
        load('node/handles').tell(a, b, c);
        break;

    case 'body':
        report(a, (asker) => {
            load('http/body-pieces').come(asker, b);
        });

        break;

    case 'module':
        return load('module/esm').answer(a, b, c, d);

    case 'global':
        return load('boot/globals').make(a, b);
    }

    return undefined;
};

load('boot/globals').install();
load('boot/pristine').capture();

const modules = load('node/template').modulesOf(template);

if (template === 'check') {
    load('node/needs').check();
} else if (modules !== undefined) {
    load('node/realm').fill(modules);
}

/* who needs one of these in a context loads it there */

delete cache['boot/globals'];
delete cache['boot/pristine'];
delete cache['node/names'];
delete cache['node/settle'];
delete cache['node/template'];
