'use strict';

/* req.body by its content type, and req.rawBody. */

const {
    ArrayPrototypePop,
    ArrayPrototypePush,
    Error,
    JSONParse,
    RegExpPrototypeExec,
    StringPrototypeCharCodeAt,
    StringPrototypeEndsWith,
    StringPrototypeIncludes,
    StringPrototypeIndexOf,
    StringPrototypeSlice,
    StringPrototypeStartsWith,
    StringPrototypeToLowerCase,
    StringPrototypeToUpperCase,
    StringPrototypeTrim,
    SyntaxError,
    Uint8Array,
} = intrinsics;

const { define } = require('lib/errors');
const { BAD_CHARSET, BAD_REQUEST, BODY_STREAMED } = require('run/constants');

const native = binding('invocation');

function length(invocation) {
    return invocation.released ? -1 : native.bodyLength(invocation.id);
}

/* undefined: it is streamed */

function raw(invocation) {
    const size = length(invocation);

    return size > 0 ? native.body(invocation.id)
           : size === BODY_STREAMED ? undefined : new Uint8Array(0);
}

/* "text/plain; charset=x" -> "text/plain" */

function mediaType(header) {
    if (typeof header !== 'string') {
        return '';
    }

    const end = StringPrototypeIndexOf(header, ';');

    return StringPrototypeToLowerCase(StringPrototypeTrim(
        end === -1 ? header : StringPrototypeSlice(header, 0, end)));
}

function charsetOf(header) {
    const match = RegExpPrototypeExec(
        /;\s*charset\s*=\s*(?:"([^"]*)"|([^\s;"]+))/i, header);

    return match === null ? undefined
           : StringPrototypeToLowerCase(match[1] ?? match[2]);
}

function unsupported(type, text) {
    return require('lib/thrown').requestError(Error, BAD_CHARSET, 415,
                                              type, text, parse);
}

function badCharset(charset) {
    const error = unsupported('charset.unsupported', 'unsupported charset "'
                              + `${StringPrototypeToUpperCase(charset)}"`);

    define(error, 'charset', charset);

    return error;
}

/* undefined when the charset is unknown */

function textIn(bytes, charset) {
    const { latin1, utf16be, utf16le } = require('lib/bytes');
    let text;

    switch (charset) {
    case 'us-ascii':
    case 'ascii':
    case 'iso-8859-1':
    case 'iso8859-1':
    case 'latin1':
        return latin1(bytes);

    case 'utf-16':
        text = bytes[0] === 0xfe && bytes[1] === 0xff ? utf16be(bytes)
               : utf16le(bytes);
        break;

    case 'utf-16le':
    case 'ucs-2':
        text = utf16le(bytes);
        break;

    case 'utf-16be':
        text = utf16be(bytes);
        break;

    default:
        return decoded(bytes, charset);
    }

    return withoutMark(text);
}

/* by the other charsets that the Encoding standard has */

function decoded(bytes, charset) {
    const { TextDecoder } = require('node/realm').load('internal/encoding');

    try {
        return new TextDecoder(charset).decode(bytes);
    } catch {
        return undefined;
    }
}

function withoutMark(text) {
    return StringPrototypeCharCodeAt(text, 0) === 0xfeff
           ? StringPrototypeSlice(text, 1) : text;
}

/* the body that an encoding was taken off; undefined: it has none */

function inflated(invocation, size, header) {
    const encoding = typeof header === 'string'
                     ? StringPrototypeToLowerCase(header) : 'identity';

    if (encoding === '' || encoding === 'identity') {
        return undefined;
    }

    const { inflate, supported } = require('http/inflate');

    if (!supported(encoding)) {
        throw unsupported('encoding.unsupported',
                          `unsupported content encoding "${header}"`);
    }

    return size === 0 ? undefined : inflate(raw(invocation), encoding);
}

/*
 * `header`: the content type; `allowed`: whether the parser takes a charset;
 * `bytes`: what was inflated, if it was
 */

function bodyText(invocation, header, allowed, bytes) {
    const charset = charsetOf(header) ?? 'utf-8';

    if (charset === 'utf-8' || charset === 'utf8') {
        return bytes === undefined ? native.bodyText(invocation.id)
               : withoutMark(binding('encoding').fromUtf8(bytes));
    }

    const text = allowed(charset)
                 ? textIn(bytes ?? raw(invocation), charset) : undefined;

    if (text === undefined) {
        throw badCharset(charset);
    }

    return text;
}

function unicode(charset) {
    return StringPrototypeStartsWith(charset, 'utf-');
}

function western(charset) {
    return charset === 'iso-8859-1';
}

function any() {
    return true;
}

/*
 * Where the text stops being JSON, for messages that do not tell; -1 when it
 * is JSON.
 */

function errorPosition(text) {
    /* what has to be closed, innermost last */
    const open = [];
    let expected = 'value';
    let empty = false;
    let at = 0;

    for (;;) {
        at = skip(/[ \t\r\n]*/y, text, at);

        const sign = text[at];
        const end = tokenEnd(text, at);

        if (end === at || expected === 'end') {
            return at === text.length && expected === 'end' ? -1 : at;
        }

        if ((sign === '}' || sign === ']')
            && (expected === 'comma' || empty)
            && open[open.length - 1] === sign)
        {
            ArrayPrototypePop(open);
            empty = false;
            expected = open.length === 0 ? 'end' : 'comma';
            at = end;
            continue;
        }

        empty = sign === '{' || sign === '[';

        const next = after(expected, sign, open);

        if (next === undefined) {
            return at;
        }

        expected = next;
        at = end;
    }
}

function skip(pattern, text, at) {
    pattern.lastIndex = at;

    const match = RegExpPrototypeExec(pattern, text);

    return match === null ? at : at + match[0].length;
}

function tokenEnd(text, at) {
    const sign = text[at];

    if (sign === '"') {
        return stringEnd(text, at);
    }

    if (sign === '-' || (sign >= '0' && sign <= '9')) {
        return skip(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y, text, at);
    }

    return skip(/[{}[\],:]|true|false|null/y, text, at);
}

/* no one pattern: its stack would not do for a string of many megabytes */

function stringEnd(text, start) {
    let at = start + 1;

    for (;;) {
        at = skip(/[^"\\\u0000-\u001f]*/y, text, at);

        if (text[at] === '"') {
            return at + 1;
        }

        const end = skip(/\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y, text, at);

        if (end === at) {
            return start;
        }

        at = end;
    }
}

/* what may come next; undefined: the token may not stand here */

function after(expected, sign, open) {
    switch (expected) {
    case 'comma':
        return sign !== ',' ? undefined
               : open[open.length - 1] === '}' ? 'key' : 'value';
    case 'colon':
        return sign === ':' ? 'value' : undefined;
    case 'key':
        return sign === '"' ? 'colon' : undefined;
    }

    switch (sign) {
    case '{':
        ArrayPrototypePush(open, '}');
        return 'key';
    case '[':
        ArrayPrototypePush(open, ']');
        return 'value';
    case '}':
    case ']':
    case ',':
    case ':':
        return undefined;
    }

    return open.length === 0 ? 'end' : 'comma';
}

/* " at position 5 (line 1 column 6)", as far as the message lacks it */

function place(text, message) {
    if (StringPrototypeIncludes(message, '(line ')) {
        return '';
    }

    const told = RegExpPrototypeExec(/ at position (\d+)/, message);
    const position = told !== null ? +told[1]
                     : StringPrototypeIncludes(message, 'end of JSON')
                       ? text.length : errorPosition(text);
    let line = 1;
    let start = 0;

    for (;;) {
        const end = StringPrototypeIndexOf(text, '\n', start);

        if (end === -1 || end >= position) {
            break;
        }

        line++;
        start = end + 1;
    }

    return `${told === null ? ` at position ${position}` : ''}`
           + ` (line ${line} column ${position - start + 1})`;
}

function badJson(text, message, where = place(text, message)) {
    const { requestError } = require('lib/thrown');
    const error = requestError(SyntaxError, BAD_REQUEST, 400,
                               'entity.parse.failed',
                               message + where, parse);

    define(error, 'body', text);

    return error;
}

function parseJson(text) {
    /* only an object or an array; the error of anything else is that of its
     * first character */

    const first = RegExpPrototypeExec(/^[ \t\r\n]*([^ \t\r\n])/, text);

    if (first === null) {
        throw badJson(text, 'Unexpected end of JSON input', '');
    }

    if (first[1] !== '{' && first[1] !== '[') {
        const at = first[0].length - 1;

        throw badJson(text, `Unexpected token ${first[1]} in JSON at position `
                            + at);
    }

    try {
        return JSONParse(text);
    } catch (error) {
        throw badJson(text, error.message);
    }
}

/* multipart and whatever else is left to the function as bytes */

function parse(request, invocation) {
    const size = length(invocation);

    if (size < 0) {
        return size === BODY_STREAMED ? undefined : {};
    }

    const header = request.headers['content-type'];
    const type = mediaType(header);
    const json = type === 'application/json'
                 || StringPrototypeEndsWith(type, '+json');

    if (size === 0 && (json || type === ''
                       || type === 'application/x-www-form-urlencoded'))
    {
        return {};
    }

    const bytes = inflated(invocation, size,
                           request.headers['content-encoding']);

    if (json) {
        return parseJson(bodyText(invocation, header, unicode, bytes));
    }

    if (type === 'application/x-www-form-urlencoded') {
        return require('http/form').parse(
            bodyText(invocation, header, western, bytes), charsetOf(header));
    }

    if (StringPrototypeStartsWith(type, 'text/')) {
        return bodyText(invocation, header, any, bytes);
    }

    return bytes === undefined ? request.rawBody
           : require('node/buffer-prototype').give(bytes);
}

/* the middle two for t/fuzz/parsers.js */
module.exports = { __proto__: null, parse, errorPosition, parseJson, raw };
