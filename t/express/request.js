'use strict';

/*
 * For mocha: the requests of Express's tests go to nginx, at SERVERS, which has
 * a port for each of the examples, and one for tests of req and res.  LOG is its
 * error log.
 */

const fs = require('fs');
const Module = require('module');
const path = require('path');

const { _load } = Module;
const { LOG } = process.env;
const ports = JSON.parse(process.env.SERVERS);
const supertest = require('supertest');

let current;

/* an application is not needed: the name of an example, or no more than a port */

function requests(app) {
    const example = typeof app === 'string' ? app : 'tests';
    const all = supertest(`http://127.0.0.1:${ports[example]}`);

    return example !== 'tests' ? all : new Proxy(all, {
        get(target, method) {
            return (...args) => {
                const file = path.basename(current.file);
                const test = target[method](...args)
                    .set('X-Test', encodeURIComponent(`${file}|${current.fullTitle()}`));
                const { set } = test;

                /* a Host that nginx takes for none */
                test.set = (name, value) => set.call(test, name, name === 'Host'
                    ? value.replace(/^http:\/\//, '') : value);

                return test;
            };
        },
    });
}

requests.agent = (app) => supertest.agent(`http://127.0.0.1:${ports[app]}`);

/* a handler's call is a line of the log */

function called() {
    return fs.readFileSync(LOG, 'latin1').split('console.log: called').length - 1;
}

function after(count, done) {
    const before = called();
    let own = 0;

    function look(error) {
        if (done === null) {
            return;
        }

        if (error || own + called() - before >= count) {
            done(error);
            done = null;

        } else {
            setTimeout(look, 20);
        }
    }

    return (error) => {
        own++;
        look(error);
    };
}

Module._load = function (name, parent, ...rest) {
    const example = /^\.\.\/\.\.\/examples\/([\w-]+)$/.exec(name);

    return name === 'supertest' ? requests : name === 'after' ? after
           : example !== null ? example[1]
             : Reflect.apply(_load, Module, [name, parent, ...rest]);
};

exports.mochaHooks = {
    beforeEach() {
        current = this.currentTest;
    },
};
