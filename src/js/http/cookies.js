'use strict';

/* Cookie and Set-Cookie, and URLs for the Location header. */

const {
    Date,
    DateNow,
    DatePrototypeGetTime,
    DatePrototypeToUTCString,
    JSONStringify,
    MathFloor,
    MathMax,
    NumberIsNaN,
    ObjectPrototypeHasOwnProperty,
    RegExpPrototypeExec,
    String,
    StringPrototypeCharCodeAt,
    StringPrototypeIndexOf,
    StringPrototypeSlice,
    StringPrototypeToLowerCase,
    TypeError,
    decodeURIComponent,
    encodeURIComponent,
} = intrinsics;

const { put } = require('lib/pairs');

const PATH = /^[ -:=-~]*$/;

/* of labels of at most 63 letters, digits and hyphens within */
const DOMAIN
    = /^\.?(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?(?:\.(?=.)|$))+$/i;

/* without the blanks around it */

function trimmed(text) {
    let start = 0;
    let end = text.length;

    while (text[start] === ' ' || text[start] === '\t') {
        start++;
    }

    while (end > start && (text[end - 1] === ' ' || text[end - 1] === '\t')) {
        end--;
    }

    return StringPrototypeSlice(text, start, end);
}

/* first one wins; pairs without "=" are left out */

function parse(header) {
    const cookies = {};

    if (typeof header !== 'string') {
        return cookies;
    }

    let start = 0;

    while (start < header.length) {
        let end = StringPrototypeIndexOf(header, ';', start);

        if (end === -1) {
            end = header.length;
        }

        const pair = StringPrototypeSlice(header, start, end);
        const equals = StringPrototypeIndexOf(pair, '=');

        start = end + 1;

        if (equals === -1) {
            continue;
        }

        const name = trimmed(StringPrototypeSlice(pair, 0, equals));

        if (ObjectPrototypeHasOwnProperty(cookies, name)) {
            continue;
        }

        let value = trimmed(StringPrototypeSlice(pair, equals + 1));

        if (value[0] === '"' && value[value.length - 1] === '"') {
            value = StringPrototypeSlice(value, 1, -1);
        }

        if (StringPrototypeIndexOf(value, '%') !== -1) {
            try {
                value = decodeURIComponent(value);
            } catch {
                /* as it came */
            }
        }

        put(cookies, name, value);
    }

    return cookies;
}

function own(options, name) {
    return options === null || options === undefined ? undefined
           : options[name];
}

function invalid(what, value) {
    return new TypeError(`${what} is invalid: ${value}`);
}

function attribute(name, option, value, pattern) {
    value = String(value);

    if (RegExpPrototypeExec(pattern, value) === null) {
        throw invalid(`option ${option}`, value);
    }

    return `; ${name}=${value}`;
}

function expiry(value) {
    let time;

    try {
        time = DatePrototypeGetTime(value);
    } catch {
        time = NaN;
    }

    if (NumberIsNaN(time)) {
        throw invalid('option expires', String(value));
    }

    return `; Expires=${DatePrototypeToUTCString(value)}`;
}

function word(name, value, words) {
    const lower = StringPrototypeToLowerCase(String(value));

    if (StringPrototypeIndexOf(words, `|${lower}|`) === -1) {
        throw invalid(`option ${name}`, value);
    }

    return String(value);
}

/* one Set-Cookie value */

function serialize(name, value, options) {
    name = String(name);

    if (RegExpPrototypeExec(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, name) === null) {
        throw invalid('argument name', name);
    }

    const json = typeof value === 'object' && value !== null;
    const encode = own(options, 'encode');
    let text = json ? JSONStringify(value) : String(value);

    text = typeof encode === 'function' ? encode(text)
           : encodeURIComponent(text);

    if (json) {
        text = `j:${text}`;
    }

    if (RegExpPrototypeExec(/[^\x20-\x3a\x3c-\x7e\x80-\xff]/, `${text}`)
        !== null)
    {
        throw invalid('argument val', text);
    }

    let result = `${name}=${text}`;

    const path = own(options, 'path') ?? '/';

    if (path) {
        result += attribute('Path', 'path', path, PATH);
    }

    const domain = own(options, 'domain');

    if (domain) {
        result += attribute('Domain', 'domain', domain, DOMAIN);
    }

    let expires = own(options, 'expires');
    const given = own(options, 'maxAge');
    const maxAge = given === undefined || given === null ? NaN : +given;

    if (!NumberIsNaN(maxAge)) {
        result += `; Max-Age=${MathMax(MathFloor(maxAge / 1000), 0)}`;
        expires ??= new Date(DateNow() + maxAge);
    }

    if (expires) {
        result += expiry(expires);
    }

    if (own(options, 'httpOnly')) {
        result += '; HttpOnly';
    }

    if (own(options, 'secure')) {
        result += '; Secure';
    }

    if (own(options, 'partitioned')) {
        result += '; Partitioned';
    }

    const priority = own(options, 'priority');

    if (priority) {
        result += `; Priority=${word('priority', priority,
                                     '|low|medium|high|')}`;
    }

    const sameSite = own(options, 'sameSite');

    if (sameSite) {
        result += `; SameSite=${sameSite === true ? 'Strict'
                                : word('sameSite', sameSite,
                                       '|lax|strict|none|')}`;
    }

    return result;
}

/* escapes what may not stand in a URL, and leaves escapes as they are */

function encodeUrl(url) {
    let result = '';

    for (let i = 0; i < url.length; i++) {
        const code = StringPrototypeCharCodeAt(url, i);

        if (code < 0x80) {
            const known = RegExpPrototypeExec(/[!#$&-;=?-Z[\]_a-z|~]/, url[i])
                          !== null;

            result += known
                      || (code === 37 && RegExpPrototypeExec(
                              /^%[0-9A-Fa-f]{2}/,
                              StringPrototypeSlice(url, i, i + 3)) !== null)
                      ? url[i] : encodeURIComponent(url[i]);
            continue;
        }

        const next = i + 1 < url.length ? StringPrototypeCharCodeAt(url, i + 1)
                     : 0;

        if (code >= 0xd800 && code < 0xdc00 && next >= 0xdc00 && next < 0xe000)
        {
            result += encodeURIComponent(url[i] + url[i + 1]);
            i++;

        } else if (code >= 0xd800 && code < 0xe000) {
            result += '%EF%BF%BD';

        } else {
            result += encodeURIComponent(url[i]);
        }
    }

    return result;
}

module.exports = { __proto__: null, encodeUrl, parse, serialize };
