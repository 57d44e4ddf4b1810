'use strict';

/* Strings, numbers and other primitive values as inspect() shows them. */

const {
    ArrayPrototypeJoin,
    ArrayPrototypePush,
    NumberPrototypeToString,
    ObjectIs,
    StringPrototypeCharCodeAt,
    StringPrototypeIncludes,
    StringPrototypeIndexOf,
    StringPrototypeRepeat,
    StringPrototypeSlice,
    StringPrototypeToUpperCase,
    SymbolPrototypeToString,
} = intrinsics;

const LONG = 16;

function escapeOf(code) {
    switch (code) {
    case 8:
        return '\\b';
    case 9:
        return '\\t';
    case 10:
        return '\\n';
    case 12:
        return '\\f';
    case 13:
        return '\\r';
    case 92:
        return '\\\\';
    case 39:
        return "\\'";
    }

    const hex = NumberPrototypeToString(code, 16);

    return code > 0xff ? `\\u${hex}`
           : `\\x${hex.length === 1 ? '0' : ''}`
             + StringPrototypeToUpperCase(hex);
}

function quote(text) {
    let mark = "'";

    if (StringPrototypeIncludes(text, "'")) {
        if (!StringPrototypeIncludes(text, '"')) {
            mark = '"';
        } else if (!StringPrototypeIncludes(text, '`')
                   && !StringPrototypeIncludes(text, '${'))
        {
            mark = '`';
        }
    }

    return mark + escape(text, mark === "'") + mark;
}

function escape(text, quotes) {
    let result = '';
    let last = 0;

    for (let i = 0; i < text.length; i++) {
        const code = StringPrototypeCharCodeAt(text, i);

        if (code >= 0xd800 && code <= 0xdfff) {
            const next = i + 1 < text.length
                         ? StringPrototypeCharCodeAt(text, i + 1) : 0;

            if (code < 0xdc00 && next >= 0xdc00 && next <= 0xdfff) {
                i++;
                continue;
            }

        } else if (code >= 32 && code !== 92 && (code !== 39 || !quotes)
                   && (code < 127 || code > 159))
        {
            continue;
        }

        result += StringPrototypeSlice(text, last, i) + escapeOf(code);
        last = i + 1;
    }

    return last === 0 ? text : result + StringPrototypeSlice(text, last);
}

function formatNumber(number) {
    return ObjectIs(number, -0) ? '-0' : `${number}`;
}

function formatPrimitive(ctx, value) {
    switch (typeof value) {
    case 'string':
        return formatString(ctx, value);
    case 'number':
        return formatNumber(value);
    case 'bigint':
        return `${value}n`;
    case 'symbol':
        return SymbolPrototypeToString(value);
    }

    return `${value}`;
}

function formatString(ctx, value) {
    let trailer = '';

    if (value.length > ctx.maxStringLength) {
        const rest = value.length - ctx.maxStringLength;

        value = StringPrototypeSlice(value, 0, ctx.maxStringLength);
        trailer = `... ${rest} more character${rest > 1 ? 's' : ''}`;
    }

    if (value.length <= LONG
        || value.length <= ctx.breakLength - ctx.indentation - 4)
    {
        return quote(value) + trailer;
    }

    /* long strings break after their own line ends */

    const lines = [];
    let start = 0;

    while (start < value.length) {
        const end = StringPrototypeIndexOf(value, '\n', start);
        const stop = end === -1 ? value.length : end + 1;

        ArrayPrototypePush(lines, quote(StringPrototypeSlice(value, start,
                                                             stop)));
        start = stop;
    }

    return ArrayPrototypeJoin(lines, ` +\n${blanks(ctx.indentation + 2)}`)
           + trailer;
}

function blanks(count) {
    return StringPrototypeRepeat(' ', count);
}

function indentLines(text, count) {
    if (count === 0) {
        return text;
    }

    const lines = [];
    let start = 0;

    for (;;) {
        const end = StringPrototypeIndexOf(text, '\n', start);

        if (end === -1) {
            ArrayPrototypePush(lines, StringPrototypeSlice(text, start));
            return ArrayPrototypeJoin(lines, `\n${blanks(count)}`);
        }

        ArrayPrototypePush(lines, StringPrototypeSlice(text, start, end));
        start = end + 1;
    }
}

module.exports = {
    __proto__: null,
    blanks,
    escape,
    formatNumber,
    formatPrimitive,
    indentLines,
    quote,
};
