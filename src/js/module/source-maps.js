'use strict';

/*
 * Source maps: where a file names one, stacks tell the places of what it was
 * made of, as Node's do with --enable-source-maps.  That is done to the text
 * of a stack when it is logged or sent; with process.setSourceMapsEnabled()
 * when a function reads it as well.
 *
 * A map is decoded for the places of one stack, and not kept: those that have
 * been asked for are remembered for the version of the function.
 */

const {
    ArrayIsArray,
    ArrayPrototypeJoin,
    ArrayPrototypePush,
    Error,
    JSONParse,
    RegExpPrototypeExec,
    StringPrototypeCharCodeAt,
    StringPrototypeIndexOf,
    StringPrototypeLastIndexOf,
    StringPrototypeSlice,
    StringPrototypeStartsWith,
} = intrinsics;

const { invalidArgType } = require('lib/errors');

const native = binding('module');
const { maps } = binding('module/more');

/* a longer text, or line of it, is no stack that anyone reads */
const TEXT = 65536;
const LINE = 4096;

/* a file may be so many times as large as a map */
const FILE = 8;

/* and a place of a map takes so many times the bytes that name it */
const PLACE = 16;

const FRAME = new RegExp('^(\\s*at (?:async |new )*)(?:(.+) \\()?'
                         + '((?:file://)?/.*):(\\d+):(\\d+)\\)?$');

const NONE = { __proto__: null };

/* what process.setSourceMapsEnabled() has said */
let enabled;

/* a map is looked for: what fails meanwhile is told as it is */
let busy = false;

function realm(id) {
    return require('node/realm').load(id);
}

/* what the last such comment of a file names */

function urlIn(text) {
    const name = 'sourceMappingURL=';
    let at = text.length;

    while (at > 0) {
        at = StringPrototypeLastIndexOf(text, name, at - 1);

        if (at === -1) {
            break;
        }

        const before = StringPrototypeSlice(text, at < 32 ? 0 : at - 32, at);

        if (RegExpPrototypeExec(/\/[*/]#\s+$/, before) !== null) {
            return RegExpPrototypeExec(/^\S*/, StringPrototypeSlice(text,
                at + name.length))[0];
        }
    }

    return '';
}

/* how many places a map names, or somewhat more */

function countPlaces(mappings) {
    let count = 0;
    let separated = true;

    for (let i = 0; i < mappings.length; i++) {
        const code = StringPrototypeCharCodeAt(mappings, i);
        const separates = code === 0x2c || code === 0x3b;

        count += separated && !separates;
        separated = separates;
    }

    return count;
}

/* `base`: the URL of the file that has that text, whose sources are beside */

function decode(text, base, max) {
    const payload = JSONParse(text);
    const { sources, mappings, sourceRoot } = payload ?? NONE;

    if (!ArrayIsArray(sources) || typeof mappings !== 'string') {
        throw new Error('it has no sources or no mappings');
    }

    if (sources.length + countPlaces(mappings) > max / PLACE) {
        throw new Error('it has too many mappings for invoke_memory_limit');
    }

    const { URL } = realm('internal/url');
    const { SourceMap } = realm('internal/source_map/source_map');

    for (let i = 0; i < sources.length; i++) {
        sources[i] = new URL(`${sourceRoot || ''}${sources[i]}`, base).href;
    }

    payload.sourceRoot = '';

    return new SourceMap(payload);
}

/* undefined: the file names none, or one that is not in the package */

function load(filename, max) {
    const { pathOf, urlOf } = require('module/esm-resolve');
    const base = urlOf(filename);
    let url;

    /* where types were, blanks are */

    if (RegExpPrototypeExec(/\.[cm]?ts$/, filename) !== null) {
        return undefined;
    }

    try {
        url = urlIn(native.read(filename, max * FILE));
    } catch {
        return undefined;
    }

    if (url === '') {
        return undefined;
    }

    if (StringPrototypeStartsWith(url, 'data:')) {
        if (url.length > max * 4 / 3) {
            throw new Error('it is too large for invoke_memory_limit');
        }

        return decode(require('module/esm-more').dataOf(url), base, max);
    }

    const { href } = new (realm('internal/url').URL)(url, base);
    const path = pathOf(href);

    return StringPrototypeStartsWith(href, 'file:///')
           && native.stat(path) === 0
           ? decode(native.read(path, max), href, max) : undefined;
}

function tell(filename, error) {
    binding('invocation').warn(require('run/invocation').currentId(),
        `the source map of "${filename}" is not used: ${error?.message}`);
}

/* a map that is wrong is told of once, and is as none */

function find(filename, max) {
    const key = `map\0${filename}`;

    if (native.recall(key) !== undefined) {
        return NONE;
    }

    let found;

    try {
        found = load(filename, max);
    } catch (error) {
        tell(filename, error);
    }

    if (found === undefined) {
        native.remember(key, '');
    }

    return found ?? NONE;
}

/* "<name>\n<file>:<line>:<column>" of a place, '': it is not mapped */

function place({ filename, line, column }, maps, max) {
    const key = `map\0${filename}:${line}:${column}`;
    const known = native.recall(key);

    if (known !== undefined) {
        return known;
    }

    const found = maps[filename] ??= find(filename, max);
    let answer = '';

    if (found === NONE) {
        return answer;
    }

    const { name, originalSource: source, originalLine, originalColumn } =
        found.findEntry(line - 1, column - 1);

    if (source !== undefined) {
        answer = `${name ?? ''}\n`
                 + (StringPrototypeStartsWith(source, 'file:')
                    ? realm('internal/url').fileURLToPath(source) : source)
                 + `:${originalLine + 1}:${originalColumn + 1}`;
    }

    native.remember(key, answer);

    return answer;
}

function parse(line) {
    const parts = line.length > LINE ? null : RegExpPrototypeExec(FRAME, line);

    return parts === null ? NONE : {
        __proto__: null,
        start: parts[1],
        name: parts[2],
        filename: require('module/esm-resolve').pathOf(parts[3]),
        line: +parts[4],
        column: +parts[5],
    };
}

function lines(text) {
    const all = [];
    let start = 0;

    for (;;) {
        const end = StringPrototypeIndexOf(text, '\n', start);

        if (end === -1) {
            ArrayPrototypePush(all, StringPrototypeSlice(text, start));
            return all;
        }

        ArrayPrototypePush(all, StringPrototypeSlice(text, start, end));
        start = end + 1;
    }
}

/*
 * As Node does it: where the map has a name for the place of a call, that is
 * the name of the function that is called there.
 */

function rewrite(text, max) {
    const all = lines(text);
    const maps = { __proto__: null };
    let caller = NONE;
    let calls = '';

    for (let i = all.length - 1; i >= 0; i--) {
        const frame = parse(all[i]);
        const answer = frame.filename === undefined ? ''
                       : place(frame, maps, max);
        const at = StringPrototypeIndexOf(answer, '\n');

        if (answer !== '') {
            const name = (caller === frame.filename ? calls : '')
                         || frame.name || '<anonymous>';

            all[i] = `${frame.start}${name} `
                     + `(${StringPrototypeSlice(answer, at + 1)})`;
        }

        caller = frame.filename;
        calls = StringPrototypeSlice(answer, 0, at === -1 ? 0 : at);
    }

    return ArrayPrototypeJoin(all, '\n');
}

function attempt(text, max) {
    if (max === 0 || busy || text.length > TEXT) {
        return text;
    }

    busy = true;

    try {
        return rewrite(text, max);
    } catch {
        return text;
    } finally {
        busy = false;
    }
}

/* a text with stacks, as it is logged or sent */

function mapped(text) {
    return attempt(text, enabled === undefined ? maps() : 0);
}

/* process.setSourceMapsEnabled() */

function enable(value, from) {
    if (typeof value !== 'boolean') {
        throw invalidArgType('val', 'of type boolean', value, from);
    }

    const { prepareStackTrace } = realm('internal/errors');

    require('node/realm').internalBinding('errors')
    .setPrepareStackTraceCallback(value ? (global, error, trace) => {
        const stack = prepareStackTrace(global, error, trace);

        return typeof stack !== 'string'
               || typeof global.Error?.prepareStackTrace === 'function'
               ? stack : attempt(stack, maps(true));
    } : prepareStackTrace);

    enabled = value;
}

/* module.findSourceMap() */

function findSourceMap(filename) {
    const path = require('module/esm-resolve').pathOf(`${filename}`);
    const found = enabled ? find(path, maps(true)) : NONE;

    return found === NONE ? undefined : found;
}

module.exports = { __proto__: null, enable, findSourceMap, mapped };
