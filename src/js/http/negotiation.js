'use strict';

/* Content negotiation: what Express does by the Accept headers, and Vary. */

const {
    ArrayPrototypePush,
    ArrayPrototypeSort,
    DateParse,
    MathMin,
    NumberParseInt,
    NumberIsNaN,
    ObjectKeys,
    RegExpPrototypeExec,
    StringPrototypeIncludes,
    StringPrototypeIndexOf,
    StringPrototypeLastIndexOf,
    StringPrototypeSlice,
    StringPrototypeStartsWith,
    StringPrototypeToLowerCase,
    StringPrototypeTrim,
    TypeError,
} = intrinsics;

const { define } = require('lib/errors');

const mime = binding('mime');

/* trimmed parts between commas or semicolons that stand in no quotes */

function split(text, separator) {
    const parts = [];
    let quoted = false;
    let start = 0;

    for (let i = 0; i <= text.length; i++) {
        if (i === text.length || (text[i] === separator && !quoted)) {
            const part = StringPrototypeTrim(StringPrototypeSlice(text, start,
                                                                  i));

            if (part !== '') {
                ArrayPrototypePush(parts, part);
            }

            start = i + 1;

        } else if (text[i] === '"') {
            quoted = !quoted;

        } else if (text[i] === '\\' && quoted) {
            i++;
        }
    }

    return parts;
}

/* "text/html;level=1;q=0.5" -> { value, lower, q, params } */

function parseSpec(text) {
    const parts = split(text, ';');
    const value = parts[0] ?? '';
    const params = { __proto__: null };
    let q = 1;

    for (let i = 1; i < parts.length; i++) {
        const equals = StringPrototypeIndexOf(parts[i], '=');

        if (equals === -1) {
            continue;
        }

        const name = StringPrototypeToLowerCase(StringPrototypeTrim(
            StringPrototypeSlice(parts[i], 0, equals)));
        let param = StringPrototypeTrim(StringPrototypeSlice(parts[i],
                                                             equals + 1));

        if (param.length > 1 && param[0] === '"'
            && param[param.length - 1] === '"')
        {
            param = StringPrototypeSlice(param, 1, -1);
        }

        if (name === 'q') {
            q = +param;
            break;
        }

        params[name] = StringPrototypeToLowerCase(param);
    }

    return {
        __proto__: null,
        value,
        lower: StringPrototypeToLowerCase(value),
        q: q >= 0 ? q : 0,
        params,
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

    if (wish[1] === have[1]) {
        score = 4;
    } else if (wish[1] !== '*') {
        return -1;
    }

    if (wish[2] === have[2]) {
        score |= 2;
    } else if (wish[2] !== '*') {
        return -1;
    }

    const names = ObjectKeys(spec.params);

    for (let i = 0; i < names.length; i++) {
        const value = spec.params[names[i]];

        if (value !== '*' && value !== offer.params[names[i]]) {
            return -1;
        }

        score |= 1;
    }

    return score;
}

function typeParts(type) {
    return RegExpPrototypeExec(/^([^\s/;]+)\/([^;\s]+)$/, type);
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
    const parts = split(header, ',');
    const specs = [];
    let lowest = 1;
    let identity = false;

    for (let i = 0; i < parts.length; i++) {
        const spec = parseSpec(parts[i]);

        ArrayPrototypePush(specs, spec);
        lowest = MathMin(lowest, spec.q || 1);
        identity ||= spec.lower === 'identity' || spec.lower === '*';
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
        const offer = parseSpec(`${offers[at]}`);
        let best = { __proto__: null, text: offers[at], q: 0, score: -1,
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
           : mime.type(type[0] === '.' ? StringPrototypeSlice(type, 1) : type);
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
        const spec = parseSpec('identity');

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
 * req.is(): the full type of the argument that fits, a pattern itself, or
 * false.
 */

function is(header, types) {
    if (typeof header !== 'string') {
        return false;
    }

    const { lower } = parseSpec(header);
    const actual = typeParts(lower ?? '');

    if (actual === null) {
        return false;
    }

    if (types.length === 0) {
        return lower;
    }

    for (let i = 0; i < types.length; i++) {
        const type = expected(`${types[i]}`);
        const wish = type === undefined ? null
                     : typeParts(StringPrototypeToLowerCase(type));

        if (wish === null || (wish[1] !== '*' && wish[1] !== actual[1])) {
            continue;
        }

        if (wish[2] === '*' || wish[2] === actual[2]
            || (StringPrototypeStartsWith(wish[2], '*+')
                && suffix(wish[2]) === suffix(actual[2])))
        {
            return type;
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

function suffix(subtype) {
    return StringPrototypeSlice(subtype,
                                StringPrototypeLastIndexOf(subtype, '+'));
}

/*
 * req.range(): an array of { start, end } with a type; -1 when nothing can be
 * satisfied, -2 when the header is malformed.
 */

function range(size, header, options) {
    const equals = StringPrototypeIndexOf(header, '=');

    if (equals === -1) {
        return -2;
    }

    const parts = split(StringPrototypeSlice(header, equals + 1), ',');
    let list = [];

    for (let i = 0; i < parts.length; i++) {
        const match = RegExpPrototypeExec(/^(\d*)\s*-\s*(\d*)$/, parts[i]);

        if (match === null) {
            return -2;
        }

        let start = NumberParseInt(match[1], 10);
        let end = NumberParseInt(match[2], 10);

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

    if ((!since && !match)
        || RegExpPrototypeExec(/(?:^|,)\s*no-cache\s*(?:,|$)/,
                               headers['cache-control'] ?? '') !== null)
    {
        return false;
    }

    if (match) {
        return match === '*' || hasTag(match, response.get('ETag'));
    }

    return DateParse(response.get('Last-Modified')) <= DateParse(since);
}

function hasTag(list, tag) {
    if (!tag) {
        return false;
    }

    const tags = split(list, ',');

    for (let i = 0; i < tags.length; i++) {
        if (weak(tags[i]) === weak(tag)) {
            return true;
        }
    }

    return false;
}

function weak(tag) {
    return StringPrototypeStartsWith(tag, 'W/') ? StringPrototypeSlice(tag, 2)
           : tag;
}

/* res.vary(): adds names to the header, each once; "*" stands alone */

function vary(response, field) {
    if (!field) {
        throw new TypeError('field argument is required');
    }

    const fields = typeof field === 'string' ? split(field, ',') : field;
    let result = `${response.getHeader('Vary') ?? ''}`;
    const former = split(result, ',');
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

        if (result === '*' || name === '*') {
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

/* res.format() */

function format(response, handlers) {
    const all = ObjectKeys(handlers);
    const types = [];

    for (let i = 0; i < all.length; i++) {
        if (all[i] !== 'default') {
            ArrayPrototypePush(types, all[i]);
        }
    }

    const { req } = response;
    const type = types.length === 0 ? false
                 : accepts(req.headers.accept, types);

    vary(response, 'Accept');

    if (type !== false) {
        const { withCharset } = require('http/response');

        response.setHeader('Content-Type',
                           withCharset(fullType(type)
                                       ?? 'application/octet-stream'));
        handlers[type](req, response);

    } else if (typeof handlers.default === 'function') {
        handlers.default(req, response);

    } else {
        response.sendStatus(406);
    }
}

module.exports = {
    __proto__: null,
    accepts,
    charsets,
    encodings,
    format,
    fresh,
    is,
    languages,
    range,
    vary,
};
