'use strict';

/* Content negotiation: what Express does by the Accept headers, and Vary. */

const {
    ArrayIsArray,
    ArrayPrototypePush,
    ArrayPrototypeSort,
    DateParse,
    MathMin,
    NumberIsNaN,
    NumberParseFloat,
    NumberParseInt,
    ObjectKeys,
    RegExpPrototypeExec,
    StringPrototypeEndsWith,
    StringPrototypeIncludes,
    StringPrototypeIndexOf,
    StringPrototypeSlice,
    StringPrototypeStartsWith,
    StringPrototypeToLowerCase,
    TypeError,
} = intrinsics;

const { define } = require('lib/errors');

/* in lower case, as RFC 6838 has their names */
const MEDIA_TYPE
    = /^[a-z0-9][a-z0-9!#$&^_-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/;

/* `text` from start to end without blanks around it */

function trimmed(text, start, end) {
    while (start < end && isBlank(text[start])) {
        start++;
    }

    while (end > start && isBlank(text[end - 1])) {
        end--;
    }

    return StringPrototypeSlice(text, start, end);
}

function isBlank(sign) {
    return sign === ' ' || sign === '\t';
}

/* where the next `separator`, semicolon or, with `equals`, "=" is */

function next(text, at, separator, equals) {
    while (at < text.length && text[at] !== ';' && text[at] !== separator
           && (!equals || text[at] !== '='))
    {
        at++;
    }

    return at;
}

/* { value, end } of a text in quotes; undefined when it has no end */

function parseQuoted(text, start) {
    let value = '';

    for (let i = start + 1; i < text.length; i++) {
        if (text[i] === '"') {
            return { __proto__: null, value, end: i + 1 };
        }

        if (text[i] === '\\' && i + 1 < text.length) {
            i++;
        }

        value += text[i];
    }

    return undefined;
}

/*
 * "text/html;level=1;q=0.5" -> { value, lower, q, params, end }, up to a
 * `separator`.  Of a parameter that is there twice the first counts.
 */

function parseSpec(text, start, separator) {
    const params = { __proto__: null };
    let end = next(text, start, separator);
    const value = trimmed(text, start, end);

    while (text[end] === ';') {
        const from = end + 1;

        end = next(text, from, separator, true);

        if (text[end] !== '=') {
            continue;
        }

        const name = StringPrototypeToLowerCase(trimmed(text, from, end));
        let at = end + 1;
        let param;

        while (isBlank(text[at])) {
            at++;
        }

        if (text[at] === '"') {
            const quoted = parseQuoted(text, at);

            param = quoted?.value;
            end = next(text, quoted?.end ?? text.length, separator);

        } else {
            end = next(text, at, separator);
            param = trimmed(text, at, end);
        }

        if (param !== undefined) {
            params[name] ??= StringPrototypeToLowerCase(param);
        }
    }

    const q = params.q ? NumberParseFloat(params.q) : 1;

    delete params.q;

    return {
        __proto__: null,
        value,
        lower: StringPrototypeToLowerCase(value),
        q,
        params,
        end,
    };
}

/* how well a wish fits what is offered: higher is better, -1 not at all */

function fitType(spec, offer) {
    const wish = typeParts(spec.lower);
    const have = typeParts(offer.lower);
    let score = 0;

    if (wish === null || have === null) {
        return -1;
    }

    if (wish.type === have.type) {
        score = 4;
    } else if (wish.type !== '*') {
        return -1;
    }

    if (wish.subtype === have.subtype) {
        score |= 2;
    } else if (wish.subtype !== '*') {
        return -1;
    }

    const names = ObjectKeys(spec.params);

    for (let i = 0; i < names.length; i++) {
        const value = spec.params[names[i]];

        if (value !== '*' && value !== (offer.params[names[i]] ?? '')) {
            return -1;
        }

        score |= 1;
    }

    return score;
}

function typeParts(type) {
    const slash = StringPrototypeIndexOf(type, '/');

    return slash === -1 ? null
           : { __proto__: null, type: StringPrototypeSlice(type, 0, slash),
               subtype: StringPrototypeSlice(type, slash + 1) };
}

function fitToken(spec, offer) {
    return spec.lower === offer.lower ? 1 : spec.lower === '*' ? 0 : -1;
}

function fitLanguage(spec, offer) {
    if (spec.lower === offer.lower) {
        return 4;
    }

    if (primary(spec.lower) === offer.lower) {
        return 2;
    }

    return spec.lower === primary(offer.lower) ? 1
           : spec.lower === '*' ? 0 : -1;
}

function primary(language) {
    const dash = StringPrototypeIndexOf(language, '-');

    return dash === -1 ? language : StringPrototypeSlice(language, 0, dash);
}

function byPreference(a, b) {
    return b.q - a.q || b.score - a.score || a.order - b.order || a.at - b.at;
}

function parseHeader(header, fit) {
    const specs = [];
    let lowest = 1;
    let identity = false;

    for (let at = 0; at < header.length;) {
        const spec = parseSpec(header, at, ',');

        at = spec.end + 1;

        if (spec.value !== '') {
            ArrayPrototypePush(specs, spec);
            lowest = MathMin(lowest, spec.q || 1);
            identity ||= spec.lower === 'identity' || spec.lower === '*';
        }
    }

    return { __proto__: null, specs, lowest, identity, fit };
}

/* the wishes themselves, best first */

function wishes({ specs, fit }) {
    const list = [];

    for (let i = 0; i < specs.length; i++) {
        if (specs[i].q > 0
            && (fit !== fitType || typeParts(specs[i].lower) !== null))
        {
            ArrayPrototypePush(list, { __proto__: null, text: specs[i].value,
                               q: specs[i].q, score: 0, order: i, at: i });
        }
    }

    return texts(ArrayPrototypeSort(list, byPreference));
}

function texts(list) {
    const result = [];

    for (let i = 0; i < list.length; i++) {
        ArrayPrototypePush(result, list[i].text);
    }

    return result;
}

/* what of the offers is wished for, best first */

function choose({ specs, fit }, offers) {
    const list = [];

    for (let at = 0; at < offers.length; at++) {
        const offer = parseSpec(`${offers[at]}`, 0);
        let best = { __proto__: null, text: offers[at], q: 0, score: 0,
                     order: -1, at };

        for (let order = 0; order < specs.length; order++) {
            const spec = specs[order];
            const score = fit(spec, offer);

            if (score !== -1 && (best.score - score || best.q - spec.q
                                 || best.order - order) < 0)
            {
                best = { __proto__: null, text: offers[at], q: spec.q, score,
                         order, at };
            }
        }

        if (best.q > 0) {
            ArrayPrototypePush(list, best);
        }
    }

    return texts(ArrayPrototypeSort(list, byPreference));
}

/* "json" -> "application/json"; undefined when unknown */

function fullType(type) {
    type = `${type}`;

    return StringPrototypeIncludes(type, '/') ? type
           : require('http/response').lookup(type);
}

function accepts(header, types) {
    const parsed = parseHeader(header ?? '*/*', fitType);

    if (types.length === 0) {
        return wishes(parsed);
    }

    if (!header) {
        return types[0];
    }

    const full = [];

    for (let i = 0; i < types.length; i++) {
        ArrayPrototypePush(full, fullType(types[i]) ?? '');
    }

    const { 0: best } = choose(parsed, full);

    for (let i = 0; i < full.length; i++) {
        if (full[i] === best) {
            return types[i];
        }
    }

    return false;
}

function encodings(header, offers) {
    const parsed = parseHeader(header ?? '', fitToken);

    if (!parsed.identity) {
        const spec = parseSpec('identity', 0);

        spec.q = parsed.lowest;
        ArrayPrototypePush(parsed.specs, spec);
    }

    return offers.length === 0 ? wishes(parsed)
           : choose(parsed, offers)[0] ?? false;
}

function charsets(header, offers) {
    const parsed = parseHeader(header ?? '*', fitToken);

    return offers.length === 0 ? wishes(parsed)
           : choose(parsed, offers)[0] ?? false;
}

function languages(header, offers) {
    const parsed = parseHeader(header ?? '*', fitLanguage);

    return offers.length === 0 ? wishes(parsed)
           : choose(parsed, offers)[0] ?? false;
}

/*
 * req.is(): the argument that fits, the type itself if that is a pattern; or
 * false.
 */

function is(header, types) {
    if (typeof header !== 'string') {
        return false;
    }

    const actual = StringPrototypeToLowerCase(trimmed(header, 0,
                                                      next(header, 0)));

    if (RegExpPrototypeExec(MEDIA_TYPE, actual) === null) {
        return false;
    }

    if (types.length === 0) {
        return actual;
    }

    const have = typeParts(actual);

    for (let i = 0; i < types.length; i++) {
        const type = typeof types[i] === 'string' ? expected(types[i])
                     : undefined;
        const wish = type === undefined ? null : typeParts(type);

        if (wish === null || (wish.type !== '*' && wish.type !== have.type)) {
            continue;
        }

        if (wish.subtype === '*' || wish.subtype === have.subtype
            || (StringPrototypeStartsWith(wish.subtype, '*+')
                && StringPrototypeEndsWith(
                    have.subtype, StringPrototypeSlice(wish.subtype, 1))))
        {
            return types[i][0] === '+'
                   || StringPrototypeIncludes(types[i], '*') ? actual
                                                             : types[i];
        }
    }

    return false;
}

function expected(type) {
    switch (type) {
    case 'urlencoded':
        return 'application/x-www-form-urlencoded';
    case 'multipart':
        return 'multipart/*';
    }

    return type[0] === '+' ? `*/*${type}` : fullType(type);
}

/*
 * req.range(): an array of { start, end } with a type; -1 when nothing can be
 * satisfied, -2 when the header has no "=".
 */

function range(size, header, options) {
    const equals = StringPrototypeIndexOf(header, '=');

    if (equals === -1) {
        return -2;
    }

    let list = [];

    for (let i = 0, at = equals + 1; at <= header.length; i++) {
        const comma = StringPrototypeIndexOf(header, ',', at);
        const to = comma === -1 ? header.length : comma;
        const part = StringPrototypeSlice(header, at, to);
        const dash = StringPrototypeIndexOf(`${part}-`, '-');
        const last = StringPrototypeIndexOf(`${part}--`, '-', dash + 1);

        /* as in Express, a number ends where it is none any longer */

        let start = NumberParseInt(StringPrototypeSlice(part, 0, dash), 10);
        let end = NumberParseInt(StringPrototypeSlice(part, dash + 1, last),
                                 10);

        at = to + 1;

        if (NumberIsNaN(start)) {
            start = size - end;
            end = size - 1;

        } else if (NumberIsNaN(end) || end > size - 1) {
            end = size - 1;
        }

        if (start <= end && start >= 0) {
            ArrayPrototypePush(list, { start, end, index: i });
        }
    }

    if (list.length === 0) {
        return -1;
    }

    if (options?.combine) {
        list = combine(list);
    }

    for (let i = 0; i < list.length; i++) {
        delete list[i].index;
    }

    define(list, 'type', StringPrototypeSlice(header, 0, equals));

    return list;
}

function combine(list) {
    const result = [];

    ArrayPrototypeSort(list, (a, b) => a.start - b.start);

    for (let i = 0; i < list.length; i++) {
        const next = list[i];
        const last = result[result.length - 1];

        if (last === undefined || next.start > last.end + 1) {
            ArrayPrototypePush(result, next);

        } else if (next.end > last.end) {
            last.end = next.end;
            last.index = MathMin(last.index, next.index);
        }
    }

    return ArrayPrototypeSort(result, (a, b) => a.index - b.index);
}

function noCache(headers) {
    return RegExpPrototypeExec(/(?:^|,)\s*no-cache\s*(?:,|$)/,
                               headers?.['cache-control'] ?? '') !== null;
}

/* whether what the client has is still what the response would be */

function fresh({ method, headers }, response) {
    const { statusCode } = response;

    if ((method !== 'GET' && method !== 'HEAD' && method !== 'QUERY')
        || !((statusCode >= 200 && statusCode < 300) || statusCode === 304))
    {
        return false;
    }

    const since = headers['if-modified-since'];
    const match = headers['if-none-match'];

    if ((!since && !match) || noCache(headers)) {
        return false;
    }

    if (match) {
        return match === '*' || hasTag(match, response.get('ETag'));
    }

    return DateParse(response.get('Last-Modified')) <= DateParse(since);
}

/* a tag may have commas */

function hasTag(list, tag) {
    if (!tag) {
        return false;
    }

    for (let start = 0, at = 0, quoted = false; at <= list.length; at++) {
        if (at === list.length || (list[at] === ',' && !quoted)) {
            if (weak(trimmed(list, start, at)) === weak(tag)) {
                return true;
            }

            start = at + 1;

        } else if (list[at] === '"') {
            quoted = !quoted;
        }
    }

    return false;
}

function weak(tag) {
    return StringPrototypeStartsWith(tag, 'W/') ? StringPrototypeSlice(tag, 2)
           : tag;
}

/* what is between the commas, with nothing in it, too */

function names(text) {
    const list = [];

    for (let at = 0; at <= text.length;) {
        const comma = StringPrototypeIndexOf(text, ',', at);
        const end = comma === -1 ? text.length : comma;

        ArrayPrototypePush(list, trimmed(text, at, end));
        at = end + 1;
    }

    return list;
}

/* res.vary(): adds names to the header, each once; "*" stands alone */

function vary(response, field) {
    if (!field) {
        throw new TypeError('field argument is required');
    }

    const fields = ArrayIsArray(field) ? field : names(`${field}`);
    let result = `${response.getHeader('Vary') ?? ''}`;
    const former = names(result);
    const known = { __proto__: null };

    for (let i = 0; i < former.length; i++) {
        known[StringPrototypeToLowerCase(former[i])] = true;
    }

    for (let i = 0; i < fields.length; i++) {
        const name = `${fields[i]}`;

        if (RegExpPrototypeExec(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, name)
            === null)
        {
            throw new TypeError('field argument contains an invalid header '
                                + 'name');
        }

        if (known['*'] || name === '*') {
            known['*'] = true;
            result = '*';

        } else if (known[StringPrototypeToLowerCase(name)] === undefined) {
            known[StringPrototypeToLowerCase(name)] = true;
            result = result === '' ? name : `${result}, ${name}`;
        }
    }

    if (result !== '') {
        response.setHeader('Vary', result);
    }
}

/* res.format(): the type without its parameters; what else there is */

function format(response, handlers) {
    const all = ObjectKeys(handlers);
    const types = [];

    for (let i = 0; i < all.length; i++) {
        if (all[i] !== 'default') {
            ArrayPrototypePush(types, all[i]);
        }
    }

    const { req } = response;
    const type = types.length === 0 ? false : req.accepts(types);

    vary(response, 'Accept');

    if (type) {
        response.set('Content-Type', plainType(type));
        handlers[type](req, response, req.next);

    } else if (handlers.default) {
        handlers.default(req, response, req.next);

    } else {
        const error = require('lib/thrown').httpError(406);

        for (let i = 0; i < types.length; i++) {
            types[i] = plainType(types[i]);
        }

        define(error, 'types', types);

        if (typeof req.next !== 'function') {
            throw error;
        }

        req.next(error);
    }
}

function plainType(type) {
    const known = fullType(type) ?? 'application/octet-stream';

    return trimmed(known, 0, next(known, 0));
}

/*
 * A content type with UTF-8 for its charset; undefined where it says so
 * already, or is none.
 */

function inUtf8(header) {
    if (RegExpPrototypeExec(/^[^;\s]+; charset=utf-8$/, header) !== null) {
        return undefined;
    }

    const pattern
        = /\s*;\s*([^\s;="]+)\s*=\s*(?:([^\s;="]+)|("(?:[^"\\]|\\.)*"))\s*/y;
    const params = { __proto__: null };
    const end = next(header, 0);
    let result = StringPrototypeToLowerCase(trimmed(header, 0, end));

    if (RegExpPrototypeExec(MEDIA_TYPE, result) === null) {
        return undefined;
    }

    for (pattern.lastIndex = end; pattern.lastIndex < header.length;) {
        const match = RegExpPrototypeExec(pattern, header);

        if (match === null) {
            return undefined;
        }

        params[StringPrototypeToLowerCase(match[1])] = match[2] ?? match[3];
    }

    params.charset = 'utf-8';

    const keys = ArrayPrototypeSort(ObjectKeys(params));

    for (let i = 0; i < keys.length; i++) {
        result += `; ${keys[i]}=${params[keys[i]]}`;
    }

    return result;
}

module.exports = {
    __proto__: null,
    accepts,
    charsets,
    encodings,
    format,
    fresh,
    inUtf8,
    is,
    languages,
    noCache,
    range,
    vary,
};
