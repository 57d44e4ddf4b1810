'use strict';

/* Absolute POSIX paths in the package, whose root is "/". */

const {
    ArrayPrototypeJoin,
    ArrayPrototypePop,
    ArrayPrototypePush,
    StringPrototypeCharCodeAt,
    StringPrototypeIndexOf,
    StringPrototypeLastIndexOf,
    StringPrototypeSlice,
    StringPrototypeStartsWith,
} = intrinsics;

const native = binding('module');

const SLASH = 47;

/* `path` from `base`, without empty, "." and ".." parts or a trailing "/" */

function resolve(base, path) {
    if (path === '' || StringPrototypeCharCodeAt(path, 0) !== SLASH) {
        path = `${base}/${path}`;
    }

    const parts = [];
    let start = 0;

    while (start <= path.length) {
        let end = StringPrototypeIndexOf(path, '/', start);

        if (end === -1) {
            end = path.length;
        }

        const part = StringPrototypeSlice(path, start, end);

        if (part === '..') {
            ArrayPrototypePop(parts);

        } else if (part !== '' && part !== '.') {
            ArrayPrototypePush(parts, part);
        }

        start = end + 1;
    }

    return `/${ArrayPrototypeJoin(parts, '/')}`;
}

function dirname(path) {
    const cut = StringPrototypeLastIndexOf(path, '/');

    return cut <= 0 ? '/' : StringPrototypeSlice(path, 0, cut);
}

function basename(path) {
    let end = path.length;

    while (end > 1 && StringPrototypeCharCodeAt(path, end - 1) === SLASH) {
        end--;
    }

    path = StringPrototypeSlice(path, 0, end);

    return StringPrototypeSlice(path,
                                StringPrototypeLastIndexOf(path, '/') + 1);
}

/* with its dot; '' when there is none */

function extname(path) {
    const name = basename(path);
    const dot = StringPrototypeLastIndexOf(name, '.');

    return dot <= 0 ? '' : StringPrototypeSlice(name, dot);
}

/*
 * "/app" is another name of the root, as functions of older installations use
 * it, unless the package has an "app" of its own.
 */

function rooted(path) {
    if (path !== '/app' && !StringPrototypeStartsWith(path, '/app/')) {
        return path;
    }

    let own = native.recall('app');

    if (own === undefined) {
        own = native.stat('/app') >= 0 ? 'own' : '';
        native.remember('app', own);
    }

    return own !== '' ? path
           : path === '/app' ? '/' : StringPrototypeSlice(path, 4);
}

module.exports = () => ({
    __proto__: null,
    basename,
    dirname,
    extname,
    resolve,
    rooted,
});
