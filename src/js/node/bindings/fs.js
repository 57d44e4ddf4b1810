'use strict';

/*
 * Node's fs binding.  The natives know the package alone and answer with a
 * negative errno when the system refuses.  With a key they do not wait for a
 * disk: they answer LATER, and the operation is performed again.
 */

const {
    BigInt64Array,
    Float64Array,
    Number,
    TypedArrayPrototypeGetBuffer,
    TypedArrayPrototypeSet,
    TypedArrayPrototypeSubarray,
    Uint8Array,
} = intrinsics;

const {
    FORMS,
    Operation,
    failed,
    kUsePromises,
} = require('node/operation');
const { toBuffer } = require('node/buffer-prototype');

const native = binding('node/fs');

const {
    LATER,
    STAT_FIELDS: FIELDS,
    STATFS_FIELDS: FS_FIELDS,
} = require('run/constants');

const EBADF = 9;
const EACCES = 13;
const EINVAL = 22;
const ENOSYS = 38;
const UV_EOF = -4095;

/* what is read of a file for a stream at a time */
const CHUNK = 65536;

const S_IFMT = 0o170000;
const S_IFDIR = 0o040000;

class FSReqCallback {
    #bigint;

    constructor(bigint) {
        this.#bigint = bigint === true;
    }

    static bigint(request) {
        return #bigint in request && request.#bigint;
    }
}

/*
 * exports a function of `count` arguments, then the form's; perform() gets five
 * and the state of the operation with its key
 */

function define(name, count, syscall, perform, path = -1, dest = -1) {
    exports[name] = FORMS[count](new Operation(syscall, perform, path, dest));
}

/* natives that return nothing but a code */

function done(result) {
    return result < 0 ? result : undefined;
}

/* Stats: the arrays of the synchronous form are used again and again */

const statValues = new Float64Array(2 * FIELDS);
const bigintStatValues = new BigInt64Array(2 * FIELDS);

function stat(call, what, bigint, key) {
    const values = key === 0 ? bigint ? bigintStatValues : statValues
                   : bigint ? new BigInt64Array(FIELDS)
                            : new Float64Array(FIELDS);
    const result = call(what, values, bigint, key);

    return result < 0 ? result : values;
}

function defineStat(name, path) {
    const call = native[name];

    define(name, 2, name, (what, bigint, c, d, e, { key }) =>
        stat(call, what, bigint === true, key), path);

    const three = exports[name];

    exports[name] = (what, bigint, request, context) =>
        three(what, typeof request === 'object' && request !== null
                    ? bigint === true || FSReqCallback.bigint(request)
                    : bigint, request, context);
}

defineStat('stat', 0);
defineStat('lstat', 0);
defineStat('fstat', -1);

define('statfs', 2, 'statfs', (path, bigint, c, d, e, { key }) => {
    const values = bigint === true ? new BigInt64Array(FS_FIELDS)
                                   : new Float64Array(FS_FIELDS);
    const result = native.statfs(path, values, bigint === true, key);

    return result < 0 ? result : values;
}, 0);

define('access', 2, 'access', (path, mode, c, d, e, { key }) =>
    done(native.access(path, mode, key)), 0);

/* Files */

define('open', 3, 'open', (path, flags, mode, d, e, { key }) =>
    native.open(path, flags, key), 0);
define('close', 1, 'close', (fd) => done(native.close(fd)));

function position(value) {
    return typeof value === 'bigint' ? Number(value)
           : typeof value === 'number' ? value : -1;
}

define('read', 5, 'read', (fd, buffer, offset, length, from, { key }) =>
    native.read(fd, buffer, offset, length, position(from), key));

define('readBuffers', 3, 'read', (fd, buffers, from, d, e, state) => {
    const start = position(from);
    const { key } = state;
    let { index, sum } = key === 0 ? { index: 0, sum: 0 } : state;

    for (; index < buffers.length; index++) {
        const { byteLength } = buffers[index];
        const count = native.read(fd, buffers[index], 0, byteLength,
                                  start < 0 ? start : start + sum, key);

        if (count === LATER) {
            state.index = index;
            state.sum = sum;
            return count;
        }

        if (count < 0) {
            return sum === 0 ? count : sum;
        }

        sum += count;

        if (count < byteLength) {
            break;
        }
    }

    return sum;
});

class FileHandle {
    onread = undefined;

    #fd;
    #wanted = false;
    #reading = false;

    constructor(fd) {
        this.#fd = fd;
    }

    get fd() {
        return this.#fd;
    }

    getAsyncId() {
        return 0;
    }

    close() {
        const fd = this.#fd;

        this.#fd = -1;

        return exports.close(fd, kUsePromises);
    }

    releaseFD() {
        const fd = this.#fd;

        this.#fd = -1;

        return fd;
    }

    /* what Node's library knows of a stream in C, for a web stream of it */

    readStart() {
        this.#wanted = true;

        if (!this.#reading) {
            this.#read();
        }

        return 0;
    }

    readStop() {
        this.#wanted = false;

        return 0;
    }

    /* it is done at once */

    shutdown() {
        this.#wanted = false;

        return 1;
    }

    #read() {
        const bytes = new Uint8Array(CHUNK);
        const request = new FSReqCallback();

        /* not assigned as a literal, with which the bytes would grow old */

        const done = (error, count) => {
            this.#reading = false;

            if (error !== null) {
                this.#tell(error.errno);
            } else if (count === 0) {
                this.#tell(UV_EOF);
            } else {
                this.#tell(count, bytes);
            }

            if (this.#wanted) {
                this.#read();
            }
        };

        request.oncomplete = done;
        this.#reading = true;
        exports.read(this.#fd, bytes, 0, CHUNK, -1, request);
    }

    #tell(count, bytes) {
        const { kReadBytesOrError, streamBaseState } =
            require('node/realm').internalBinding('stream_wrap');

        if (count < 0) {
            this.#wanted = false;
        }

        streamBaseState[kReadBytesOrError] = count;
        this.onread(count < 0 ? undefined : bufferOf(bytes, count));
    }
}

/* the first of those bytes, in a buffer of that length */

function bufferOf(bytes, count) {
    let some = bytes;

    if (count !== CHUNK) {
        some = new Uint8Array(count);
        TypedArrayPrototypeSet(some,
                               TypedArrayPrototypeSubarray(bytes, 0, count));
    }

    return TypedArrayPrototypeGetBuffer(some);
}

define('openFileHandle', 3, 'open', (path, flags, mode, d, e, { key }) => {
    const fd = native.open(path, flags, key);

    return fd < 0 ? fd : new FileHandle(fd);
}, 0);

/* Links and directories */

function name(value) {
    return typeof value === 'object' ? toBuffer(value) : value;
}

define('readlink', 2, 'readlink', (path, encoding, c, d, e, { key }) =>
    name(native.readlink(path, encoding, key)), 0);

define('realpath', 2, 'realpath', (path, encoding, c, d, e, { key }) =>
    name(native.realpath(path, encoding, key)), 0);

/* names, or [names, types] */

function readdir(path, encoding, types, d, e, { key }) {
    const list = native.readdir(path, encoding, key);

    if (failed(list)) {
        return list;
    }

    const names = [];
    const kinds = [];

    for (let i = 0; i < list.length; i += 2) {
        names[i / 2] = name(list[i]);
        kinds[i / 2] = list[i + 1];
    }

    return types ? [names, kinds] : names;
}

define('readdir', 3, 'scandir', readdir, 0);

/* for the loader: 0 a file, 1 a directory, negative: something else */

exports.internalModuleStat = (path) => {
    const values = new Float64Array(FIELDS);
    const result = native.stat(path, values, false);

    return result < 0 ? result : (values[1] & S_IFMT) === S_IFDIR ? 1 : 0;
};

exports.internalModuleReadJSON = (path) => {
    const { read } = binding('module');

    try {
        return [read(path), true];
    } catch {
        return [];
    }
};

/* What would write.  Nobody may: the answer is that of a system that does
 * not let this user. */

const refuse = () => -EACCES;

function refuseFile(fd) {
    const values = new Float64Array(FIELDS);
    const result = native.fstat(fd, values, false);

    return result < 0 ? -EBADF : -EACCES;
}

define('rename', 2, 'rename', refuse, 0, 1);
define('link', 2, 'link', refuse, 0, 1);
define('unlink', 1, 'unlink', refuse, 0);
define('rmdir', 1, 'rmdir', refuse, 0);
define('mkdtemp', 2, 'mkdtemp', refuse, 0);
define('chmod', 2, 'chmod', refuse, 0);
define('chown', 3, 'chown', refuse, 0);
define('lchown', 3, 'lchown', refuse, 0);
define('utimes', 3, 'utime', refuse, 0);
define('lutimes', 3, 'lutime', refuse, 0);
define('copyFile', 3, 'copyfile', refuse, 0, 1);
define('symlink', 3, 'symlink', refuse, 0, 1);
define('fchmod', 2, 'fchmod', refuseFile);
define('fchown', 3, 'fchown', refuseFile);
define('futimes', 3, 'futime', refuseFile);

/* a directory that is there need not be made */

define('mkdir', 3, 'mkdir', (path, mode, recursive, d, e, { key }) => {
    if (recursive) {
        const values = new Float64Array(FIELDS);
        const result = native.stat(path, values, false, key);

        if (result === LATER) {
            return result;
        }

        if (result === 0 && (values[1] & S_IFMT) === S_IFDIR) {
            return undefined;
        }
    }

    return -EACCES;
}, 0);

/* every descriptor is open for reading alone */

define('writeBuffer', 5, 'write', () => -EBADF);
define('writeBuffers', 3, 'write', () => -EBADF);
define('writeString', 4, 'write', () => -EBADF);

define('ftruncate', 2, 'ftruncate', (fd) =>
    refuseFile(fd) === -EBADF ? -EBADF : -EINVAL);

define('fsync', 1, 'fsync', (fd) =>
    refuseFile(fd) === -EBADF ? -EBADF : undefined);
define('fdatasync', 1, 'fdatasync', (fd) =>
    refuseFile(fd) === -EBADF ? -EBADF : undefined);

/* Nothing of a package changes while it is served. */

class StatWatcher {
    start() {
        return -ENOSYS;
    }

    close() {}

    ref() {}

    unref() {}

    getAsyncId() {
        return 0;
    }
}

exports.FSReqCallback = FSReqCallback;
exports.FileHandle = FileHandle;
exports.StatWatcher = StatWatcher;
exports.kUsePromises = kUsePromises;
exports.kFsStatsFieldsNumber = FIELDS;
exports.statValues = statValues;
exports.bigintStatValues = bigintStatValues;
