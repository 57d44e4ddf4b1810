'use strict';

/*
 * process.stdout and process.stderr: writable streams into the invocation's
 * log, a line an entry.  Code that replaces their write() sees what console
 * prints.
 */

const { StringPrototypeLastIndexOf, StringPrototypeSlice } = intrinsics;

const encoding = binding('encoding');
const { CONSOLE_ERROR, CONSOLE_LOG } = require('run/constants');

const streams = [null, null];
const writes = [null, null];

function make(index) {
    const { Writable } = require('node/realm').load('stream');
    const level = index === 0 ? CONSOLE_LOG : CONSOLE_ERROR;
    let rest = '';

    const stream = new Writable({
        __proto__: null,
        decodeStrings: false,

        write(chunk, name, callback) {
            rest += typeof chunk === 'string' ? chunk
                    : encoding.fromUtf8(chunk);

            const end = StringPrototypeLastIndexOf(rest, '\n');

            if (end !== -1) {
                require('process/console').print(
                    level, StringPrototypeSlice(rest, 0, end));
                rest = StringPrototypeSlice(rest, end + 1);
            }

            callback();
        },
    });

    stream.fd = index + 1;
    stream._type = 'pipe';
    stream._isStdio = true;

    streams[index] = stream;
    writes[index] = stream.write;

    return stream;
}

function get(index) {
    return streams[index] ?? make(index);
}

/* gives a line to a write() that is not ours; false: there is none */

function divert(index, line) {
    const stream = streams[index];

    if (stream === null || stream.write === writes[index]) {
        return false;
    }

    stream.write(`${line}\n`);

    return true;
}

module.exports = { __proto__: null, divert, get };
