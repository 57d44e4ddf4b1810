'use strict';

/*
 * A function that runs the handlers of Express's tests: the header X-Test names
 * a test, "file|title", which is run here for the application that it makes, by
 * router.js, and that application answers.  Nothing of Express is here: req and
 * res are what is tested.
 */

const { METHODS } = require('http');
const Module = require('module');

const { _load } = Module;
const router = require('/router.js');
const apps = [];
const files = {};

/* what a test does with its request is done outside */
const request = new Proxy(() => {}, {
    apply: () => request,
    get: (target, key) => key === 'then' ? undefined : () => request,
});

function supertest(app) {
    apps.push(app);
    return request;
}

supertest.agent = supertest;

/* a test that waits for its handler is told of it by the log */
const after = () => (error) => console.log(error ? `failed: ${error}` : 'called');

Module._load = (name, ...rest) =>
    name === 'supertest' ? supertest : name === 'after' ? after
    : /^\.\.(?:\/\.?)?$/.test(name) ? router
    : name === '../lib/utils' ? { methods: METHODS.map((name) => name.toLowerCase()) }
      : Reflect.apply(_load, Module, [name, ...rest]);

function testsOf(file) {
    if (files[file] !== undefined) {
        return files[file];
    }

    const tests = files[file] = {};
    let titles = [];
    let hooks = [];

    globalThis.describe = globalThis.context = (title, fn) => {
        const former = [titles, hooks];

        titles = [...titles, title];
        hooks = [...hooks];
        fn.call({ timeout() {} });
        [titles, hooks] = former;
    };

    globalThis.it = (title, fn) => {
        tests[[...titles, title].join(' ')] = [...hooks, fn];
    };

    globalThis.before = globalThis.beforeEach = (fn) => hooks.push(fn);
    globalThis.after = globalThis.afterEach = () => {};
    globalThis.it.skip = globalThis.describe.skip = () => {};

    require(`/test/${file}`);

    return tests;
}

module.exports = (req, res) => {
    const [file, title] = decodeURIComponent(req.get('X-Test')).split('|');
    const context = { timeout() {}, skip() {} };

    apps.length = 0;

    for (const fn of testsOf(file)[title]) {
        fn.call(context, () => {});
    }

    return apps[apps.length - 1](req, res);
};
