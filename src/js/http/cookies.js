'use strict';

/* Cookie and Set-Cookie, and URLs for the Location header. */

const {
    Date,
    DateNow,
    DatePrototypeGetTime,
    DatePrototypeToUTCString,
    Error,
    JSONStringify,
    MathFloor,
    NumberIsInteger,
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

const PRIORITIES = {
    __proto__: null,
    'low': 'Low',
    'medium': 'Medium',
    'high': 'High',
};

const SAME_SITES = {
    __proto__: null,
    'strict': 'Strict',
    'lax': 'Lax',
    'none': 'None',
};

const NONE = { __proto__: null };

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

function word(name, option, value, words) {
    const known = typeof value === 'string'
                  ? words[StringPrototypeToLowerCase(value)] : undefined;

    if (known === undefined) {
        throw invalid(`option ${option}`, String(value));
    }

    return `; ${name}=${known}`;
}

/* "s:" and what cookie-parser finds to be signed with that secret */

function sign(value, secret) {
    if (!secret) {
        throw new Error('cookieParser("secret") required for signed cookies');
    }

    const { createHmac } = require('node/realm').load('crypto');
    const mac = createHmac('sha256', secret).update(value).digest('base64');

    return `s:${value}.${RegExpPrototypeExec(/^[^=]*/, mac)[0]}`;
}

/*
 * One Set-Cookie value, as res.cookie() makes it of its options, in
 * milliseconds, and the package cookie of them, in seconds
 */

function serialize(name, value, options, secret) {
    const {
        domain,
        encode,
        httpOnly,
        maxAge: given,
        partitioned,
        path,
        priority,
        sameSite,
        secure,
        signed,
    } = options ?? NONE;
    let { expires } = options ?? NONE;
    let maxAge;
    let text = typeof value === 'object' ? `j:${JSONStringify(value)}`
               : String(value);

    if (signed) {
        text = sign(text, secret);
    }

    if (given !== undefined && given !== null) {
        const time = given - 0;

        if (NumberIsNaN(time)) {
            throw invalid('option maxAge', String(given));
        }

        maxAge = MathFloor(time / 1000);
        expires = new Date(DateNow() + time);

        if (!NumberIsInteger(maxAge)) {
            throw invalid('option maxAge', maxAge);
        }
    }

    name = String(name);

    if (RegExpPrototypeExec(/^[!-:<>-~]+$/, name) === null) {
        throw invalid('argument name', name);
    }

    const encoded = `${(encode || encodeURIComponent)(text)}`;

    if (RegExpPrototypeExec(/^[!-:<-~]*$/, encoded) === null) {
        throw invalid('argument val', text);
    }

    let result = `${name}=${encoded}`;

    if (maxAge !== undefined) {
        result += `; Max-Age=${maxAge}`;
    }

    if (domain) {
        result += attribute('Domain', 'domain', domain, DOMAIN);
    }

    if (path === undefined || path === null) {
        result += '; Path=/';
    } else if (path) {
        result += attribute('Path', 'path', path, PATH);
    }

    if (expires) {
        result += expiry(expires);
    }

    if (httpOnly) {
        result += '; HttpOnly';
    }

    if (secure) {
        result += '; Secure';
    }

    if (partitioned) {
        result += '; Partitioned';
    }

    if (priority) {
        result += word('Priority', 'priority', priority, PRIORITIES);
    }

    if (sameSite) {
        result += sameSite === true ? '; SameSite=Strict'
                  : word('SameSite', 'sameSite', sameSite, SAME_SITES);
    }

    return result;
}

/* escapes what may not stand in a URL, and leaves escapes as they are */

function encodeUrl(url) {
    let result = '';

    for (let i = 0; i < url.length; i++) {
        const code = StringPrototypeCharCodeAt(url, i);

        if (code < 0x80) {
            const known = code !== 37
                          && RegExpPrototypeExec(/[!#-;=?-_a-z|~]/, url[i])
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
