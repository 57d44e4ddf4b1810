'use strict';

/*
 * Directories that are read bit by bit: the names are read when it is
 * opened, and handed out in pieces of the size asked for.
 */

const { ArrayPrototypeSlice } = intrinsics;

const { FORMS, Operation, failed } = require('node/operation');
const { toBuffer } = require('node/buffer-prototype');

const native = binding('node/fs');

const EBADF = 9;

class DirHandle {
    #list;
    #next = 0;

    constructor(list) {
        this.#list = list;
    }

    static read(handle, count) {
        const list = handle.#list;
        const start = handle.#next;

        if (list === null) {
            return -EBADF;
        }

        if (start >= list.length) {
            return null;
        }

        handle.#next = start + 2 * (count >= 1 ? count : 1);

        return ArrayPrototypeSlice(list, start, handle.#next);
    }

    static close(handle) {
        if (handle.#list === null) {
            return -EBADF;
        }

        handle.#list = null;

        return undefined;
    }

    read(encoding, count, request, context) {
        return reading.run(request, context, this, count);
    }

    close(request, context) {
        return closing.run(request, context, this);
    }

    getAsyncId() {
        return 0;
    }
}

const reading = new Operation('scandir', DirHandle.read, -1, -1);
const closing = new Operation('closedir', DirHandle.close, -1, -1);

function opendir(path, encoding, c, d, e, { key }) {
    const list = native.readdir(path, encoding, key);

    if (failed(list)) {
        return list;
    }

    for (let i = 0; i < list.length; i += 2) {
        if (typeof list[i] === 'object') {
            toBuffer(list[i]);
        }
    }

    return new DirHandle(list);
}

exports.opendir = FORMS[2](new Operation('opendir', opendir, 0, -1));
