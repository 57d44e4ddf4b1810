'use strict';

/* res.sendFile, res.download and res.attachment. */

const {
    MathFloor,
    Error,
    ObjectKeys,
    RegExpPrototypeExec,
    String,
    StringPrototypeEndsWith,
    StringPrototypeIncludes,
    StringPrototypeSlice,
    StringPrototypeStartsWith,
    StringPrototypeToLowerCase,
    TypeError,
    encodeURIComponent,
} = intrinsics;

const { basename, extname, resolve, rooted } = require('lib/path');
const { contentType } = require('http/response');
const outgoing = require('http/outgoing');

const native = binding('invocation');
const files = binding('module');

const { FILE_ETAG, FILE_LAST_MODIFIED, FILE_RANGES } = require('run/constants');

const UNITS = {
    __proto__: null,
    '': 1,
    'ms': 1,
    's': 1000,
    'm': 60000,
    'h': 3600000,
    'd': 86400000,
    'w': 604800000,
    'y': 31557600000,
};

function quoted(text) {
    let result = '"';

    for (let i = 0; i < text.length; i++) {
        result += text[i] === '"' || text[i] === '\\' ? `\\${text[i]}`
                  : text[i];
    }

    return `${result}"`;
}

/* a name that a header cannot hold is given in UTF-8 beside a plain one */

function disposition(filename) {
    if (filename === undefined) {
        return 'attachment';
    }

    const name = basename(String(filename));

    if (RegExpPrototypeExec(/[^\x20-\x7e\xa0-\xff]|%[0-9A-Fa-f]{2}/, name)
        === null)
    {
        return `attachment; filename=${quoted(name)}`;
    }

    let plain = '';
    let extended = '';

    for (let i = 0; i < name.length; i++) {
        plain += RegExpPrototypeExec(/[\x20-\x7e\xa0-\xff]/, name[i]) === null
                 ? '?' : name[i];
    }

    try {
        const encoded = encodeURIComponent(name);

        for (let i = 0; i < encoded.length; i++) {
            const at = "'()*";

            extended += StringPrototypeIncludes(at, encoded[i])
                        ? `%${encoded[i] === "'" ? '27' : encoded[i] === '('
                              ? '28' : encoded[i] === ')' ? '29' : '2A'}`
                        : encoded[i];
        }

    } catch {
        return `attachment; filename=${quoted(plain)}`;
    }

    return `attachment; filename=${quoted(plain)}; `
           + `filename*=UTF-8''${extended}`;
}

/* milliseconds, or text such as "1d" */

function milliseconds(value) {
    if (typeof value === 'string') {
        const match = RegExpPrototypeExec(
            /^\s*(\d*\.?\d+)\s*(ms|s|m|h|d|w|y|)[a-z]*\s*$/i, value);

        return match === null ? NaN
               : match[1] * UNITS[StringPrototypeToLowerCase(match[2])];
    }

    return +value;
}

/* the file that is meant; undefined when the path leaves the root option */

function locate(path, root) {
    if (root === undefined || root === null || root === '') {
        return rooted(resolve('/', path));
    }

    const base = rooted(resolve('/', String(root)));
    const inside = base === '/' ? '/' : `${base}/`;

    if (path[0] === '/') {
        const whole = rooted(resolve('/', path));
        const below = resolve('/', base + path);

        if (StringPrototypeStartsWith(whole, inside)
            && files.stat(below) !== 0)
        {
            return whole;
        }

        return StringPrototypeStartsWith(below, inside) ? below : undefined;
    }

    /* a path that climbs out is refused even where the package goes on */

    const below = resolve(base, path);

    return StringPrototypeStartsWith(below, inside) ? below : undefined;
}

function hidden(path, root) {
    const from = root === undefined ? 0 : String(root).length;

    return RegExpPrototypeExec(/(?:^|\/)\.[^/]/,
                               StringPrototypeSlice(path, from)) !== null;
}

function cacheControl(response, options) {
    if (options.cacheControl === false || options.maxAge === undefined
        || response.hasHeader('Cache-Control'))
    {
        return;
    }

    const age = MathFloor(milliseconds(options.maxAge) / 1000);

    if (age >= 0) {
        response.setHeader('Cache-Control', `public, max-age=${age}`
                           + (options.immutable ? ', immutable' : ''));
    }
}

function refuse(response, status, error, callback) {
    if (typeof callback === 'function') {
        callback(error);

        if (response.headersSent) {
            return;
        }
    }

    response.sendStatus(status);
}

function noCallback(name) {
    return new Error(`res.${name}() callbacks are not supported in this `
                     + 'environment. Use synchronous file operations.');
}

function statusOf(error) {
    switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ENAMETOOLONG':
        return 404;
    case 'EACCES':
    case 'EPERM':
        return 403;
    }

    return 500;
}

function failure(code, message) {
    const error = new Error(message);

    error.code = code;

    return error;
}

function sendFile(response, path, options, callback) {
    if (typeof options === 'function') {
        throw noCallback('sendFile');
    }

    if (typeof path !== 'string' || path === '') {
        throw new TypeError(!path
                            ? 'path argument is required to res.sendFile'
                            : 'path must be a string to res.sendFile');
    }

    if (response.headersSent) {
        throw outgoing.headersSent('set', response.sendFile);
    }

    send(response, path, options ?? { __proto__: null }, callback);
}

function send(response, path, options, callback) {
    if (StringPrototypeIncludes(path, '\0')) {
        refuse(response, 400, failure('EINVAL', 'Bad Request'), callback);
        return;
    }

    const file = locate(path, options.root);
    const { dotfiles } = options;

    if (file === undefined || StringPrototypeEndsWith(path, '/')
        || (dotfiles !== undefined && dotfiles !== 'allow'
            && hidden(file, options.root)))
    {
        refuse(response, dotfiles === 'deny' ? 403 : 404,
               failure('ENOENT', `ENOENT: no such file or directory, open `
                                 + `'${path}'`), callback);
        return;
    }

    const { headers } = options;

    if (headers !== undefined && headers !== null) {
        const names = ObjectKeys(headers);

        for (let i = 0; i < names.length; i++) {
            response.set(names[i], headers[names[i]]);
        }
    }

    const preset = response.hasHeader('Content-Type');

    if (!preset) {
        response.setHeader('Content-Type', contentType(extname(file))
                           ?? 'application/octet-stream');
    }

    cacheControl(response, options);

    const modified = options.lastModified !== false
                     && !response.hasHeader('Last-Modified');
    const tagged = options.etag !== false && !response.hasHeader('ETag');
    const flags = (modified ? FILE_LAST_MODIFIED : 0)
                  | (tagged ? FILE_ETAG : 0)
                  | (options.acceptRanges !== false ? FILE_RANGES : 0);

    try {
        outgoing.sendFile(response, file, flags);

    } catch (error) {
        if (typeof error?.code !== 'string' || response.headersSent) {
            throw error;
        }

        if (!preset) {
            response.removeHeader('Content-Type');
        }

        response.removeHeader('Cache-Control');
        refuse(response, statusOf(error), error, callback);
        return;
    }

    if (typeof callback === 'function') {
        require('run/ticks').enqueue(callback, []);
    }
}

function download(response, path, name, options, callback) {
    if (typeof name === 'function') {
        throw noCallback('download');
    }

    if (typeof name === 'object' && name !== null) {
        callback = options;
        options = name;
        name = undefined;
    }

    if (typeof options === 'function') {
        callback = options;
        options = undefined;
    }

    if (typeof path !== 'string' || path === '') {
        throw new TypeError(!path
                            ? 'path argument is required to res.download'
                            : 'path must be a string to res.download');
    }

    if (response.headersSent) {
        throw outgoing.headersSent('set', response.download);
    }

    const chosen = disposition(name ?? path);

    response.setHeader('Content-Disposition', chosen);
    send(response, path, options ?? { __proto__: null }, callback);
}

module.exports = { __proto__: null, disposition, download, extname, sendFile };
