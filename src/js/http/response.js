'use strict';

/*
 * What Express adds to a response.  Where the service that ngx_invoke
 * replaces answered otherwise, its way is kept: json() always sets its type,
 * numbers and booleans are text, redirect() has one short page, cookies put
 * their path first.
 */

const {
    ArrayBufferIsView,
    ArrayIsArray,
    ArrayPrototypeJoin,
    ArrayPrototypePush,
    DateNow,
    Date,
    Error,
    JSONStringify,
    NumberIsInteger,
    ObjectKeys,
    RangeError,
    RegExpPrototypeExec,
    String,
    StringPrototypeIncludes,
    StringPrototypeIndexOf,
    StringPrototypeSlice,
    StringPrototypeToLowerCase,
    TypeError,
} = intrinsics;

const { define, invalidArgType, nodeError } = require('lib/errors');
const { ServerResponse, headersSent, invocationOf, isArrayBuffer, putHeader,
        respond } = require('http/outgoing');

const mime = binding('mime');

const JSON_TYPE = 'application/json; charset=utf-8';
const HTML_TYPE = 'text/html; charset=utf-8';
const TEXT_TYPE = 'text/plain; charset=utf-8';

class Response extends ServerResponse {
    get locals() {
        define(this, 'locals', {});
        return this.locals;
    }

    set locals(value) {
        define(this, 'locals', value);
    }

    status(code) {
        if (code === undefined || code === 0) {
            code = 200;
        }

        if (!NumberIsInteger(code)) {
            throw nodeError(TypeError, 'ERR_HTTP_INVALID_STATUS_CODE',
                            `Invalid status code: ${text(code)}. `
                            + 'Status code must be an integer.', this.status);
        }

        if (code < 100 || code > 999) {
            throw nodeError(RangeError, 'ERR_HTTP_INVALID_STATUS_CODE',
                            `Invalid status code: ${code}. Status code must `
                            + 'be greater than 99 and less than 1000.',
                            this.status);
        }

        this.statusCode = code;
        invocationOf(this).chosen = true;

        return this;
    }

    sendStatus(code) {
        this.status(code);
        putHeader(this, 'Content-Type', TEXT_TYPE);

        return this.send(binding('status').reason(code) ?? 'Unknown');
    }

    json(value) {
        const body = JSONStringify(value) ?? '';

        if (this.send === Response.prototype.send
            && respond(this, JSON_TYPE, body))
        {
            return this;
        }

        putHeader(this, 'Content-Type', JSON_TYPE);

        return this.send(body);
    }

    jsonp(value) {
        let body = JSONStringify(value) ?? '';
        let { callback } = this.req.query;

        if (ArrayIsArray(callback)) {
            callback = callback[0];
        }

        putHeader(this, 'X-Content-Type-Options', 'nosniff');

        if (typeof callback !== 'string' || callback === '') {
            putHeader(this, 'Content-Type', JSON_TYPE);
            return this.send(body);
        }

        let name = '';

        for (let i = 0; i < callback.length; i++) {
            if (RegExpPrototypeExec(/[[\]\w$.]/, callback[i]) !== null) {
                name += callback[i];
            }
        }

        body = replaceAll(replaceAll(body, '\u2028', '\\u2028'),
                          '\u2029', '\\u2029');
        putHeader(this, 'Content-Type', 'text/javascript; charset=utf-8');

        return this.send(`/**/ typeof ${name} === 'function' && `
                         + `${name}(${body});`);
    }

    send(body) {
        const invocation = invocationOf(this);
        let type;

        if (body !== undefined && (invocation.streaming || invocation.ended)) {
            throw headersSent('set', this.send);
        }

        switch (typeof body) {
        case 'string':
            type = HTML_TYPE;
            break;

        case 'number':
        case 'boolean':
            type = TEXT_TYPE;
            body = String(body);
            break;

        case 'undefined':
            /* a status that was asked for by name stays */
            if (this.statusCode === 200 && !invocation.chosen) {
                this.statusCode = 204;
            }

            break;

        case 'object':
            if (body === null) {
                type = TEXT_TYPE;
                body = '';

            } else if (ArrayBufferIsView(body) || isArrayBuffer(body)) {
                type = 'application/octet-stream';

            } else {
                return this.json(body);
            }

            break;

        default:
            body = undefined;
        }

        const { statusCode } = this;

        if (statusCode === 204 || statusCode === 304) {
            if (!invocation.headSent) {
                this.removeHeader('Content-Type');
                this.removeHeader('Content-Length');
            }

            return this.end();
        }

        if (statusCode === 205) {
            body = '';
        }

        if (type !== undefined) {
            if (respond(this, type, body)) {
                return this;
            }

            const known = this.getHeader('Content-Type');

            if (known === undefined) {
                putHeader(this, 'Content-Type', type);

            } else if (!invocation.headSent && typeof body === 'string'
                       && typeof known === 'string'
                       && RegExpPrototypeExec(/^text\/[^;]*$/i, known)
                          !== null)
            {
                putHeader(this, 'Content-Type', `${known}; charset=utf-8`);
            }
        }

        return this.end(body);
    }

    set(name, value) {
        if (arguments.length === 1 && typeof name === 'object'
            && name !== null)
        {
            const names = ObjectKeys(name);

            for (let i = 0; i < names.length; i++) {
                this.set(names[i], name[names[i]]);
            }

            return this;
        }

        if (ArrayIsArray(value) && typeof name === 'string'
            && StringPrototypeToLowerCase(name) === 'set-cookie')
        {
            return this.setHeader(name, value);
        }

        return this.setHeader(name, ArrayIsArray(value)
                                    ? ArrayPrototypeJoin(value, ',')
                                    : String(value));
    }

    header(name, value) {
        return arguments.length === 1 ? this.set(name) : this.set(name, value);
    }

    get(name) {
        return this.getHeader(name);
    }

    append(name, value) {
        const former = this.getHeader(name);

        if (typeof name === 'string'
            && StringPrototypeToLowerCase(name) === 'set-cookie')
        {
            return this.appendHeader(name, value);
        }

        if (ArrayIsArray(value)) {
            value = ArrayPrototypeJoin(value, ',');
        }

        return this.setHeader(name, former === undefined ? String(value)
                                    : `${former}, ${value}`);
    }

    type(type) {
        type = String(type);

        if (StringPrototypeIncludes(type, '/')) {
            return this.setHeader('Content-Type', withCharset(type));
        }

        const known = mime.type(type[0] === '.' ? StringPrototypeSlice(type, 1)
                                : type);

        if (known !== undefined) {
            this.setHeader('Content-Type', withCharset(known));
        }

        return this;
    }

    contentType(type) {
        return this.type(type);
    }

    vary(field) {
        require('http/negotiation').vary(this, field);
        return this;
    }

    location(url) {
        url = url === 'back' ? this.req.get('Referrer') || '/' : String(url);

        /* verbatim, unless a header cannot hold it */

        if (RegExpPrototypeExec(/[^\t\x20-\x7e\x80-\xff]/, url) !== null) {
            url = require('http/cookies').encodeUrl(url);
        }

        return this.setHeader('Location', url);
    }

    redirect(status, url) {
        if (arguments.length < 2) {
            url = status;
            status = 302;

        } else if (typeof url === 'number') {
            const { 0: first, 1: second } = arguments;

            status = second;
            url = first;
        }

        if (url === undefined || url === null) {
            throw invalidArgType('url', 'of type string', url, this.redirect);
        }

        this.status(status).location(url);

        const link = escapeHtml(this.getHeader('Location'));

        putHeader(this, 'Content-Type', HTML_TYPE);

        return this.end('<p>Found. Redirecting to '
                        + `<a href="${link}">${link}</a></p>`);
    }

    links(links) {
        const former = this.getHeader('Link');
        const rels = ObjectKeys(links);
        const all = [];

        for (let i = 0; i < rels.length; i++) {
            const urls = links[rels[i]];
            const list = ArrayIsArray(urls) ? urls : [urls];

            for (let n = 0; n < list.length; n++) {
                ArrayPrototypePush(all, `<${list[n]}>; rel="${rels[i]}"`);
            }
        }

        const text = ArrayPrototypeJoin(all, ', ');

        return text === '' ? this
               : this.setHeader('Link', former ? `${former}, ${text}` : text);
    }

    cookie(name, value, options) {
        return this.appendHeader('Set-Cookie',
            require('http/cookies').serialize(name, value, options));
    }

    clearCookie(name, options) {
        return this.cookie(name, '', {
            __proto__: null,
            ...options,
            maxAge: 0,
            expires: new Date(DateNow()),
        });
    }

    attachment(filename) {
        return this.setHeader('Content-Disposition',
            require('http/send-file').disposition(filename));
    }

    sendFile(path, options, callback) {
        require('http/send-file').sendFile(this, path, options, callback);
        return this;
    }

    download(path, name, options, callback) {
        require('http/send-file').download(this, path, name, options, callback);
        return this;
    }

    format(handlers) {
        require('http/negotiation').format(this, handlers);
        return this;
    }

    pipeFrom(source) {
        return require('http/pipe-from').pipeFrom(this, source);
    }

    render() {
        throw new Error('res.render() not supported in serverless '
                        + 'environment');
    }
}

function text(value) {
    try {
        return JSONStringify(value) ?? String(value);
    } catch {
        return String(value);
    }
}

function replaceAll(string, what, by) {
    let result = '';
    let start = 0;

    for (;;) {
        const at = StringPrototypeIndexOf(string, what, start);

        if (at === -1) {
            return result + StringPrototypeSlice(string, start);
        }

        result += StringPrototypeSlice(string, start, at) + by;
        start = at + what.length;
    }
}

function escapeHtml(string) {
    string = replaceAll(string, '&', '&amp;');
    string = replaceAll(string, '<', '&lt;');
    string = replaceAll(string, '>', '&gt;');
    string = replaceAll(string, '"', '&quot;');

    return replaceAll(string, "'", '&#39;');
}

function withCharset(type) {
    if (StringPrototypeIncludes(StringPrototypeToLowerCase(type), 'charset='))
    {
        return type;
    }

    const charset = mime.charset(type);

    return charset === undefined ? type : `${type}; charset=${charset}`;
}

module.exports = { __proto__: null, Response, withCharset };
