'use strict';

/* What Express adds to a request. */

const {
    ArrayIsArray,
    ArrayPrototypeReverse,
    ArrayPrototypePush,
    ArrayPrototypeSlice,
    ObjectPrototypeHasOwnProperty,
    RegExpPrototypeExec,
    StringPrototypeIndexOf,
    StringPrototypeSlice,
    StringPrototypeToLowerCase,
    TypeError,
} = intrinsics;

const { define } = require('lib/errors');
const { IncomingMessage, invocationOf, self } = require('http/incoming');
const { parse } = require('http/query');
const { put } = require('lib/pairs');
const {
    INFO_HOST,
    INFO_IP,
    INFO_ORIGINAL_URL,
    INFO_PROTOCOL,
} = require('run/constants');

const native = binding('invocation');

function own(object, name) {
    return object !== null && object !== undefined
           && ObjectPrototypeHasOwnProperty(object, name) ? object[name]
           : undefined;
}

function headerOf({ headers }, name) {
    for (let i = 0; i < headers.length; i += 2) {
        if (headers[i] === name) {
            return headers[i + 1];
        }
    }

    return undefined;
}

class Request extends IncomingMessage {
    #query = null;
    #queryOf = '';

    get originalUrl() {
        return invocationOf(this).info[INFO_ORIGINAL_URL] ?? this.url;
    }

    set originalUrl(value) {
        define(this, 'originalUrl', value);
    }

    get baseUrl() {
        return '';
    }

    set baseUrl(value) {
        define(this, 'baseUrl', value);
    }

    get path() {
        const { url } = this;
        const mark = StringPrototypeIndexOf(url, '?');

        return mark === -1 ? url : StringPrototypeSlice(url, 0, mark);
    }

    set path(value) {
        define(this, 'path', value);
    }

    /* follows req.url, which routers and middleware rewrite */

    get query() {
        const { url } = this;
        const own = #query in this ? this : self(this);

        if (own.#query === null || own.#queryOf !== url) {
            const mark = StringPrototypeIndexOf(url, '?');

            own.#queryOf = url;
            own.#query = mark === -1 ? {}
                         : parse(StringPrototypeSlice(url, mark + 1));
        }

        return own.#query;
    }

    set query(value) {
        define(this, 'query', value);
    }

    get params() {
        const invocation = invocationOf(this);
        const list = invocation.released ? []
                     : native.params(invocation.id) ?? [];
        const params = {};

        for (let i = 0; i < list.length; i += 2) {
            put(params, list[i], list[i + 1]);
        }

        define(this, 'params', params);

        return params;
    }

    set params(value) {
        define(this, 'params', value);
    }

    get body() {
        const body = require('http/body').parse(this, invocationOf(this));

        define(this, 'body', body);

        return body;
    }

    set body(value) {
        define(this, 'body', value);
    }

    get rawBody() {
        const raw = require('http/body').raw(invocationOf(this));
        const bytes = raw && require('node/buffer-prototype').give(raw);

        define(this, 'rawBody', bytes);

        return bytes;
    }

    set rawBody(value) {
        define(this, 'rawBody', value);
    }

    get cookies() {
        define(this, 'cookies',
               require('http/cookies').parse(this.headers.cookie));

        return this.cookies;
    }

    set cookies(value) {
        define(this, 'cookies', value);
    }

    get signedCookies() {
        define(this, 'signedCookies', {});
        return this.signedCookies;
    }

    set signedCookies(value) {
        define(this, 'signedCookies', value);
    }

    get ip() {
        return invocationOf(this).info[INFO_IP];
    }

    get ips() {
        return [];
    }

    get protocol() {
        return invocationOf(this).info[INFO_PROTOCOL];
    }

    get secure() {
        return this.protocol === 'https';
    }

    /* nginx knows it, unless the function has changed the header */

    get host() {
        const { host } = this.headers;

        return (host === headerOf(invocationOf(this), 'host')
                ? invocationOf(this).info[INFO_HOST] : host) || undefined;
    }

    get hostname() {
        const { host } = this;

        if (host === undefined) {
            return undefined;
        }

        const from = host[0] === '[' ? StringPrototypeIndexOf(host, ']') + 1
                     : 0;
        const colon = StringPrototypeIndexOf(host, ':', from);

        return colon === -1 ? host : StringPrototypeSlice(host, 0, colon);
    }

    get subdomains() {
        const { hostname } = this;

        if (!hostname || hostname[0] === '['
            || RegExpPrototypeExec(/^\d+(?:\.\d+){3}$/, hostname) !== null)
        {
            return [];
        }

        const parts = [];
        let start = 0;

        for (;;) {
            const dot = StringPrototypeIndexOf(hostname, '.', start);

            if (dot === -1) {
                break;
            }

            ArrayPrototypePush(parts,
                               StringPrototypeSlice(hostname, start, dot));
            start = dot + 1;
        }

        ArrayPrototypePush(parts, StringPrototypeSlice(hostname, start));

        return ArrayPrototypeSlice(ArrayPrototypeReverse(parts), 2);
    }

    get xhr() {
        const value = this.headers['x-requested-with'];

        return typeof value === 'string'
               && StringPrototypeToLowerCase(value) === 'xmlhttprequest';
    }

    get fresh() {
        return require('http/negotiation').fresh(this, this.res);
    }

    get stale() {
        return !this.fresh;
    }

    get(name) {
        if (!name) {
            throw new TypeError('name argument is required to req.get');
        }

        if (typeof name !== 'string') {
            throw new TypeError('name must be a string to req.get');
        }

        const lower = StringPrototypeToLowerCase(name);
        const { headers } = this;

        if (lower === 'referer' || lower === 'referrer') {
            return headers.referrer || headers.referer;
        }

        return headers[lower];
    }

    header(name) {
        return this.get(name);
    }

    is(types) {
        if (!ArrayIsArray(types)) {
            types = ArrayPrototypeSlice(arguments);
        }

        const { headers } = this;
        const { id, released } = invocationOf(this);

        /* it has no body by its headers, and where HTTP/2 has none of it */

        if (headers['transfer-encoding'] === undefined
            && headers['content-length'] === undefined
            && (released || native.bodyLength(id) < 0))
        {
            return null;
        }

        return require('http/negotiation').is(headers['content-type'], types);
    }

    accepts(types) {
        if (!ArrayIsArray(types)) {
            types = ArrayPrototypeSlice(arguments);
        }

        return require('http/negotiation').accepts(this.headers.accept, types);
    }

    acceptsEncodings(list) {
        if (!ArrayIsArray(list)) {
            list = ArrayPrototypeSlice(arguments);
        }

        return require('http/negotiation')
            .encodings(this.headers['accept-encoding'], list);
    }

    acceptsCharsets(list) {
        if (!ArrayIsArray(list)) {
            list = ArrayPrototypeSlice(arguments);
        }

        return require('http/negotiation')
            .charsets(this.headers['accept-charset'], list);
    }

    acceptsLanguages(list) {
        if (!ArrayIsArray(list)) {
            list = ArrayPrototypeSlice(arguments);
        }

        return require('http/negotiation')
            .languages(this.headers['accept-language'], list);
    }

    /* by their names in Express 4 */

    acceptsEncoding(...list) {
        return this.acceptsEncodings(list);
    }

    acceptsCharset(...list) {
        return this.acceptsCharsets(list);
    }

    acceptsLanguage(...list) {
        return this.acceptsLanguages(list);
    }

    range(size, options) {
        const { range } = this.headers;

        return range === undefined ? undefined
               : require('http/negotiation').range(size, range, options);
    }

    param(name, fallback) {
        return own(this.params, name) ?? own(this.query, name)
               ?? own(this.body, name) ?? fallback;
    }
}

module.exports = () => ({ __proto__: null, Request });
