'use strict';

/* res.sendFile, res.download and res.attachment. */

const {
    ArrayIsArray,
    ArrayPrototypeJoin,
    ArrayPrototypePop,
    ArrayPrototypePush,
    MathFloor,
    MathMax,
    MathMin,
    ObjectKeys,
    RegExpPrototypeExec,
    String,
    StringPrototypeEndsWith,
    StringPrototypeIncludes,
    StringPrototypeIndexOf,
    StringPrototypeSlice,
    StringPrototypeToLowerCase,
    TypeError,
    decodeURIComponent,
    encodeURIComponent,
} = intrinsics;

const { basename, extname, resolve, rooted } = require('lib/path');
const { define } = require('lib/errors');
const { contentType } = require('http/response');
const outgoing = require('http/outgoing');

const files = binding('node/fs');

const {
    FILE_ETAG,
    FILE_LAST_MODIFIED,
    FILE_NO_CACHE,
    FILE_RANGES,
    LATER,
} = require('run/constants');

const EISDIR = 21;
const MAX_AGE = 31536000000;

const NONE = { __proto__: null };

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

/* { parts, climbs, slash } of a path */

function split(path) {
    const parts = [];
    let climbs = false;

    for (let start = 0; start <= path.length;) {
        const slash = StringPrototypeIndexOf(path, '/', start);
        const end = slash === -1 ? path.length : slash;
        const part = StringPrototypeSlice(path, start, end);

        if (part === '..') {
            climbs ||= ArrayPrototypePop(parts) === undefined;

        } else if (part !== '' && part !== '.') {
            ArrayPrototypePush(parts, part);
        }

        start = end + 1;
    }

    return {
        __proto__: null,
        parts,
        climbs,
        slash: StringPrototypeEndsWith(path, '/'),
    };
}

/* whether the option hides a part of the path: 404, 403, or 0 */

function hidden(parts, dotfiles) {
    if (dotfiles === 'allow') {
        return 0;
    }

    for (let i = 0; i < parts.length; i++) {
        if (parts[i].length > 1 && parts[i][0] === '.') {
            return dotfiles === 'deny' ? 403 : 404;
        }
    }

    return 0;
}

function list(value, name) {
    const result = ArrayIsArray(value) ? value : value ? [value] : [];

    for (let i = 0; i < result.length; i++) {
        if (typeof result[i] !== 'string') {
            throw new TypeError(`${name} option must be array of strings or `
                                + 'false');
        }
    }

    return result;
}

/* The files that may be meant, the first of which counts; or a status. */

function locate(path, options) {
    const { dotfiles, root } = options;
    const index = list(options.index ?? 'index.html', 'index');
    const extensions = list(options.extensions, 'extensions');
    const { parts, climbs, slash } = split(path);

    if (dotfiles !== undefined && dotfiles !== 'allow' && dotfiles !== 'deny'
        && dotfiles !== 'ignore')
    {
        throw new TypeError('dotfiles option must be "allow", "deny", or '
                            + '"ignore"');
    }

    if (StringPrototypeIncludes(path, '\0')) {
        return 400;
    }

    if (root ? climbs
             : RegExpPrototypeExec(/(?:^|[\\/])\.\.(?:[\\/]|$)/, path) !== null)
    {
        return 403;
    }

    const status = hidden(parts, dotfiles);

    if (status !== 0) {
        return status;
    }

    const below = ArrayPrototypeJoin(parts, '/');
    const file = rooted(root ? resolve(rooted(resolve('/', String(root))),
                                       below)
                             : `/${below}`);
    const names = slash ? index : extname(file) === '' ? extensions : [];
    const result = slash && index.length !== 0 ? [] : [file];

    for (let i = 0; i < names.length; i++) {
        ArrayPrototypePush(result, resolve('/', slash ? `${file}/${names[i]}`
                                                : `${file}.${names[i]}`));
    }

    return result;
}

function cacheControl(response, options) {
    if ((options.cacheControl !== undefined && !options.cacheControl)
        || response.hasHeader('Cache-Control'))
    {
        return;
    }

    const age = milliseconds(options.maxAge || options.maxage);

    response.setHeader('Cache-Control', 'public, max-age='
        + MathFloor(MathMin(MathMax(age || 0, 0), MAX_AGE) / 1000)
        + (options.immutable ? ', immutable' : ''));
}

/* what an error of the system is for the client */

function statusOf(code) {
    switch (code) {
    case 'EISDIR':
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

function systemError(errno, path) {
    const { exception } = require('node/operation');
    const error = exception(errno, errno === -EISDIR ? 'read' : 'stat', path);
    const status = statusOf(error.code);

    define(error, 'expose', false);
    define(error, 'statusCode', status);
    define(error, 'status', status);

    return error;
}

class Sending {
    response;
    path;
    options;
    callback;
    error = null;

    constructor(response, path, options, callback) {
        this.response = response;
        this.path = path;
        this.options = options;
        this.callback = callback;
    }

    start() {
        const found = locate(this.path, this.options);

        if (typeof found === 'number') {
            this.fail(require('lib/thrown').httpError(found));
            return;
        }

        let i = 0;

        require('node/operation').attempt((key) => {
            for (; i < found.length; i++) {
                const fd = files.openToSend(found[i], key);

                if (fd === LATER) {
                    return false;
                }

                if (this.take(fd, found[i])) {
                    return true;
                }
            }

            this.fail(this.error);

            return true;
        });
    }

    /* false: another file may do */

    take(fd, file) {
        if (fd < 0) {
            this.error = systemError(fd, file);
            return false;
        }

        try {
            this.send(fd, file);
        } finally {

            /* unless it has been sent */
            files.close(fd);
        }

        return true;
    }

    send(fd, file) {
        const { options, response } = this;
        const { acceptRanges, end, etag, headers, lastModified, start }
            = options;

        if (response.headersSent) {
            this.fail(outgoing.headersSent('set', response.sendFile));
            return;
        }

        if (headers !== undefined && headers !== null) {
            const names = ObjectKeys(headers);

            for (let i = 0; i < names.length; i++) {
                response.setHeader(names[i], headers[names[i]]);
            }
        }

        cacheControl(response, options);

        if (!response.getHeader('Content-Type')) {
            response.setHeader('Content-Type', contentType(extname(file))
                               ?? 'application/octet-stream');
        }

        const flags = (wanted(lastModified)
                       && !response.hasHeader('Last-Modified')
                       ? FILE_LAST_MODIFIED : 0)
                      | (wanted(etag) && !response.hasHeader('ETag')
                         ? FILE_ETAG : 0)
                      | (wanted(acceptRanges) ? FILE_RANGES : 0)
                      | (require('http/negotiation')
                         .noCache(response.req.headers) ? FILE_NO_CACHE : 0);

        outgoing.sendFile(response, fd, flags, start || 0, end ?? -1);

        if (typeof this.callback === 'function') {
            require('run/ticks').enqueue(this.callback, []);
        }
    }

    /* who gave a callback answers, as in Express who has a next handler */

    fail(error) {
        const { callback, response } = this;
        const { next } = response.req;

        if (typeof callback === 'function') {
            require('run/ticks').enqueue(() => {
                callback(error);
                outgoing.invocationOf(response).refused = error.status ?? 500;
            }, []);

        } else if (typeof next === 'function') {
            require('run/ticks').enqueue(next, error.code === 'EISDIR' ? []
                                               : [error]);

        } else if (!response.headersSent) {
            response.sendStatus(error.status);
        }
    }
}

function wanted(option) {
    return option === undefined || !!option;
}

function check(response, path, method) {
    if (typeof path !== 'string' || path === '') {
        throw new TypeError(!path
                            ? `path argument is required to res.${method}`
                            : `path must be a string to res.${method}`);
    }

    if (response.headersSent) {
        throw outgoing.headersSent('set', response[method]);
    }
}

function sendFile(response, path, options, callback) {
    check(response, path, 'sendFile');

    if (typeof options === 'function') {
        callback = options;
        options = NONE;
    }

    options ||= NONE;

    if (!options.root && path[0] !== '/') {
        throw new TypeError('path must be absolute or specify root to '
                            + 'res.sendFile');
    }

    new Sending(response, path, options, callback).start();
}

/* Express 4's: an escaped path, which begins at the package's directory */

function sendfile(response, path, options, callback) {
    check(response, path, 'sendfile');

    try {
        path = decodeURIComponent(path);
    } catch {
        path = '\0';
    }

    sendFile(response, options?.root ? path : `/${path}`, options, callback);
}

function download(response, path, name, options, callback) {
    check(response, path, 'download');

    if (typeof name === 'function') {
        callback = name;
        name = undefined;
        options = undefined;

    } else if (typeof options === 'function') {
        callback = options;
        options = undefined;
    }

    if (typeof name === 'object' && name !== null && options === undefined) {
        options = name;
        name = undefined;
    }

    const headers = {
        __proto__: null,
        'Content-Disposition': disposition(name || path),
    };
    const given = options?.headers;

    if (given !== undefined && given !== null) {
        const names = ObjectKeys(given);

        for (let i = 0; i < names.length; i++) {
            if (StringPrototypeToLowerCase(names[i]) !== 'content-disposition')
            {
                headers[names[i]] = given[names[i]];
            }
        }
    }

    options = { __proto__: options ?? null, headers };

    new Sending(response, options.root ? path : resolve('/', path), options,
                callback).start();
}

module.exports = {
    __proto__: null,
    disposition,
    download,
    extname,
    sendFile,
    sendfile,
};
