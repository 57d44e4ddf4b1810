'use strict';

/*
 * waitUntil(promise) of a request or a response: the invocation is not over
 * before that has settled, though it has answered and its client has left. It
 * has its limits all the same.
 */

const { Error } = intrinsics;

const { nodeError } = require('lib/errors');
const { CONSOLE_ERROR, CONSOLE_WARN, EXCEPTION } = require('run/constants');
const { watch } = require('run/invocation');
const { enqueue } = require('run/ticks');

const { console } = binding('invocation');
const native = binding('wait');

function waitUntil(invocation, promise, from) {
    if (invocation.over) {
        throw nodeError(Error, 'ERR_INVOKE_OVER', 'waitUntil() was called '
                        + 'after the end of its invocation', from);
    }

    if (!native.keep(invocation.id)) {
        console(0, CONSOLE_WARN, 'waitUntil() was called after the client had '
                + 'left: the invocation ends');
        return;
    }

    invocation.kept++;
    wait(invocation, promise);
}

/* whatever a function's thenable or its constructor does, this goes on */

async function wait(invocation, promise) {
    try {
        await promise;
    } catch (error) {
        if (invocation.over) {
            invocation.fail(error);
            return;
        }

        native.rejected(invocation.id);
        note(invocation, 'waitUntil() was given what was rejected: ', error);
    }

    if (!invocation.over) {
        native.unkeep(invocation.id);
        invocation.kept--;
        watch(invocation);
    }
}

/* an error while something is waited for, which goes on */

function note(invocation, text, error) {
    const { name, message, stack } = require('lib/thrown').describe(error);

    invocation.errors++;
    console(invocation.id, CONSOLE_ERROR,
            `${text}${stack || `${name}: ${message}`}`);
}

/* the end of one that has answered, with such errors */

function fail(invocation) {
    invocation.failWith('Error', `${invocation.errors} error(s) after the `
                        + 'response, of waitUntil()', '', EXCEPTION);
}

/* an error is the answer of one that is kept: it goes on as after another */

function answered(invocation) {
    invocation.settled = true;
    invocation.headSent = true;
    invocation.ended = true;

    if (!invocation.told) {
        invocation.told = true;
        enqueue(() => invocation.res.emit('close'), []);
    }
}

/* the end of one whose client has left */

function leave(invocation) {
    invocation.over = true;
    native.leave(invocation.id);
}

module.exports = { __proto__: null, answered, fail, leave, note, waitUntil };
