'use strict';

/* What Express 5 adds to a response. */

const {
    ArrayBufferIsView,
    ArrayIsArray,
    ArrayPrototypeJoin,
    ArrayPrototypePush,
    ArrayPrototypeSlice,
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
    StringPrototypeLastIndexOf,
    StringPrototypeSlice,
    StringPrototypeToLowerCase,
    TypeError,
} = intrinsics;

const { define, invalidArgType } = require('lib/errors');
const { ServerResponse, decide, headersSent, invocationOf, isArrayBuffer,
        putHeader, respond, self } = require('http/outgoing');

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
        if (!NumberIsInteger(code)) {
            throw new TypeError(`Invalid status code: ${text(code)}. `
                                + 'Status code must be an integer.');
        }

        if (code < 100 || code > 999) {
            throw new RangeError(`Invalid status code: ${code}. Status code `
                                 + 'must be greater than 99 and less than '
                                 + '1000.');
        }

        self(this).statusCode = code;

        return this;
    }

    sendStatus(code) {
        this.status(code);
        putHeader(this, 'Content-Type', TEXT_TYPE);

        return this.send(reason(code) ?? `${code}`);
    }

    json(value) {
        if (arguments.length === 2) {
            value = besideStatus(this, arguments, 1);
        }

        const body = JSONStringify(value);

        if (this.send === Response.prototype.send && body !== undefined
            && respond(this, JSON_TYPE, body))
        {
            return this;
        }

        if (!this.getHeader('Content-Type')) {
            putHeader(this, 'Content-Type', JSON_TYPE);
        }

        return this.send(body);
    }

    jsonp(value) {
        if (arguments.length === 2) {
            value = besideStatus(this, arguments, 1);
        }

        let body = JSONStringify(value);
        let { callback } = this.req.query;

        if (!this.getHeader('Content-Type')) {
            putHeader(this, 'X-Content-Type-Options', 'nosniff');
            putHeader(this, 'Content-Type', JSON_TYPE);
        }

        if (ArrayIsArray(callback)) {
            callback = callback[0];
        }

        if (typeof callback !== 'string' || callback === '') {
            return this.send(body);
        }

        let name = '';

        for (let i = 0; i < callback.length; i++) {
            if (RegExpPrototypeExec(/[[\]\w$.]/, callback[i]) !== null) {
                name += callback[i];
            }
        }

        body = replaceAll(replaceAll(body ?? '', '\u2028', '\\u2028'),
                          '\u2029', '\\u2029');
        putHeader(this, 'X-Content-Type-Options', 'nosniff');
        putHeader(this, 'Content-Type', 'text/javascript; charset=utf-8');

        return this.send(`/**/ typeof ${name} === 'function' && `
                         + `${name}(${body});`);
    }

    send(body) {
        if (arguments.length === 2) {
            body = besideStatus(this, arguments, 0);
        }

        const invocation = invocationOf(this);
        let type;

        if (body !== undefined && (invocation.streaming || invocation.ended)) {
            throw headersSent('set', this.send);
        }

        switch (typeof body) {
        case 'string':
            type = HTML_TYPE;
            break;

        case 'undefined':
            break;

        case 'boolean':
        case 'number':
        case 'object':
            if (body === null) {
                body = '';

            } else if (ArrayBufferIsView(body) || isArrayBuffer(body)) {
                type = 'application/octet-stream';

            } else {
                return this.json(body);
            }

            break;

        default:
            throw invalidArgType('chunk', 'of type string or an instance of '
                                 + 'Buffer or Uint8Array', body, this.send);
        }

        if (body !== undefined) {
            if (type !== undefined && respond(this, type, body)) {
                return this;
            }

            declare(this, type, body);

            if (respond(this, null, body)) {
                return this;
            }
        }

        decide(this, body);

        const { statusCode } = this;

        if (statusCode === 204 || statusCode === 304) {
            if (!invocation.headSent) {
                this.removeHeader('Content-Type');
                this.removeHeader('Content-Length');
            }

            return this.end();
        }

        return this.end(statusCode === 205 ? '' : body);
    }

    set(name, value) {
        if (arguments.length === 1 && typeof name === 'object'
            && name !== null)
        {
            for (const key in name) {
                this.set(key, name[key]);
            }

            return this;
        }

        if (ArrayIsArray(value)) {
            const list = [];

            for (let i = 0; i < value.length; i++) {
                ArrayPrototypePush(list, String(value[i]));
            }

            value = list;

        } else {
            value = String(value);
        }

        if (typeof name === 'string'
            && StringPrototypeToLowerCase(name) === 'content-type')
        {
            if (typeof value !== 'string') {
                throw new TypeError('Content-Type cannot be set to an Array');
            }

            value = contentType(value) ?? value;
        }

        return this.setHeader(name, value);
    }

    header(name, value) {
        return arguments.length === 1 ? this.set(name) : this.set(name, value);
    }

    get(name) {
        return this.getHeader(name);
    }

    append(name, value) {
        const former = this.getHeader(name);

        if (former) {
            const list = ArrayIsArray(former) ? ArrayPrototypeSlice(former)
                         : [former];

            if (ArrayIsArray(value)) {
                for (let i = 0; i < value.length; i++) {
                    ArrayPrototypePush(list, value[i]);
                }
            } else {
                ArrayPrototypePush(list, value);
            }

            value = list;
        }

        return this.set(name, value);
    }

    type(type) {
        type = String(type);

        return this.set('Content-Type', StringPrototypeIncludes(type, '/')
                        ? type
                        : contentType(type) ?? 'application/octet-stream');
    }

    contentType(type) {
        return this.type(type);
    }

    vary(field) {
        require('http/negotiation').vary(this, field);
        return this;
    }

    location(url) {
        return this.set('Location',
                        require('http/cookies').encodeUrl(String(url)));
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

        this.location(url);

        const location = this.getHeader('Location');
        let body = '';

        this.format({
            __proto__: null,
            text() {
                body = `${reason(status)}. Redirecting to ${location}`;
            },
            html() {
                body = `<p>${reason(status)}. Redirecting to `
                       + `${escapeHtml(location)}</p>`;
            },
            default() {},
        });

        this.status(status);

        return this.end(body);
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
        return this.appendHeader('Set-Cookie', require('http/cookies')
            .serialize(name, value, options, this.req.secret));
    }

    clearCookie(name, options) {
        return this.cookie(name, '', {
            __proto__: null,
            path: '/',
            ...options,
            maxAge: undefined,
            expires: new Date(1),
        });
    }

    attachment(filename) {
        const { disposition, extname } = require('http/send-file');

        if (filename) {
            this.type(extname(`${filename}`));
        }

        return this.setHeader('Content-Disposition', disposition(filename));
    }

    sendFile(path, options, callback) {
        require('http/send-file').sendFile(this, path, options, callback);
        return this;
    }

    sendfile(path, options, callback) {
        require('http/send-file').sendfile(this, path, options, callback);
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

/*
 * Express 4's two arguments: a status, and the body behind it or before it; of
 * two numbers the one at "wins" is the status.
 */

function besideStatus(response, args, wins) {
    const at = typeof args[wins] === 'number' ? wins : 1 - wins;

    if (typeof args[at] !== 'number') {
        return args[0];
    }

    response.status(args[at]);

    return args[1 - at];
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

/* the phrase of a status, or undefined */

function reason(status) {
    return binding('status').reason(status);
}

/* the type and its charset by a name, an extension or itself; or undefined */

function contentType(type) {
    if (!StringPrototypeIncludes(type, '/')) {
        type = lookup(type);
    }

    return type === undefined ? undefined : withCharset(type);
}

/* by what is behind the last dot of it, if it has one */

function lookup(name) {
    return mime.type(StringPrototypeToLowerCase(
        StringPrototypeSlice(name, StringPrototypeLastIndexOf(name, '.') + 1)));
}

function withCharset(type) {
    if (StringPrototypeIncludes(StringPrototypeToLowerCase(type), 'charset')) {
        return type;
    }

    const charset = mime.charset(type);

    return charset === undefined ? type : `${type}; charset=${charset}`;
}

/* The type of a body that is sent, and the charset that its text is in. */

function declare(response, type, body) {
    const known = response.getHeader('Content-Type');

    if (!known) {
        if (type !== undefined) {
            putHeader(response, 'Content-Type', type);
        }

        return;
    }

    if (typeof body === 'string' && typeof known === 'string'
        && !invocationOf(response).headSent)
    {
        const declared = require('http/negotiation').inUtf8(known);

        if (declared !== undefined) {
            putHeader(response, 'Content-Type', declared);
        }
    }
}

module.exports = () => ({
    __proto__: null,
    Response,
    contentType,
    lookup,
    reason,
});
