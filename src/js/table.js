'use strict';

/* console.table() */

const {
    ArrayIsArray,
    ArrayPrototypePush,
    ArrayPrototypeUnshift,
    MapPrototypeForEach,
    MapPrototypeGetSize,
    MathCeil,
    MathFloor,
    MathMax,
    ObjectKeys,
    ObjectPrototypeHasOwnProperty,
    SetPrototypeForEach,
    SetPrototypeGetSize,
    StringPrototypeRepeat,
} = intrinsics;

const { invalidArgType } = require('errors');
const { inspect } = require('format');

/* box drawing characters */
const LINE = '\u2500';
const BAR = '\u2502';
const TOP = ['\u250c', '\u252c', '\u2510'];
const MIDDLE = ['\u251c', '\u253c', '\u2524'];
const BOTTOM = ['\u2514', '\u2534', '\u2518'];

function cell(value) {
    const deep = value !== null && typeof value === 'object'
                 && !ArrayIsArray(value) && ObjectKeys(value).length > 2;

    return inspect(value, { __proto__: null, depth: deep ? -1 : 0,
                            maxArrayLength: 3, breakLength: Infinity });
}

function has(getSize, value) {
    try {
        getSize(value);
        return true;
    } catch {
        return false;
    }
}

function row(cells, widths) {
    let text = `${BAR} `;

    for (let i = 0; i < cells.length; i++) {
        const space = (widths[i] - cells[i].length) / 2;

        text += (i === 0 ? '' : ` ${BAR} `)
                + StringPrototypeRepeat(' ', MathFloor(space)) + cells[i]
                + StringPrototypeRepeat(' ', MathCeil(space));
    }

    return `${text} ${BAR}`;
}

function rule(widths, corners) {
    let text = corners[0];

    for (let i = 0; i < widths.length; i++) {
        text += (i === 0 ? '' : corners[1])
                + StringPrototypeRepeat(LINE, widths[i] + 2);
    }

    return text + corners[2];
}

/* `columns`: arrays of cells below the names in `head` */

function render(head, columns) {
    const widths = [];
    let height = 0;

    for (let i = 0; i < head.length; i++) {
        let width = head[i].length;

        height = MathMax(height, columns[i].length);

        for (let n = 0; n < columns[i].length; n++) {
            width = MathMax(width, (columns[i][n] ?? '').length);
        }

        ArrayPrototypePush(widths, width);
    }

    let text = `${rule(widths, TOP)}\n${row(head, widths)}\n`
               + `${rule(widths, MIDDLE)}\n`;

    for (let n = 0; n < height; n++) {
        const cells = [];

        for (let i = 0; i < head.length; i++) {
            ArrayPrototypePush(cells, columns[i][n] ?? '');
        }

        text += `${row(cells, widths)}\n`;
    }

    return text + rule(widths, BOTTOM);
}

function ofCollection(data, forEach, pairs) {
    const indexes = [];
    const keys = [];
    const values = [];

    forEach(data, (value, key) => {
        ArrayPrototypePush(indexes, `${indexes.length}`);
        ArrayPrototypePush(keys, cell(key));
        ArrayPrototypePush(values, cell(value));
    });

    return pairs ? render(['(iteration index)', 'Key', 'Values'],
                          [indexes, keys, values])
           : render(['(iteration index)', 'Values'], [indexes, values]);
}

function table(data, properties) {
    if (properties !== undefined && !ArrayIsArray(properties)) {
        throw invalidArgType('properties', 'an instance of Array', properties);
    }

    if (has(MapPrototypeGetSize, data)) {
        return ofCollection(data, MapPrototypeForEach, true);
    }

    if (has(SetPrototypeGetSize, data)) {
        return ofCollection(data, SetPrototypeForEach, false);
    }

    const indexes = ObjectKeys(data);
    const columns = { __proto__: null };
    const values = [];
    let primitives = false;

    for (let i = 0; i < indexes.length; i++) {
        const item = data[indexes[i]];
        const primitive = item === null || (typeof item !== 'object'
                                            && typeof item !== 'function');

        if (primitive && properties === undefined) {
            primitives = true;
            values[i] = cell(item);
            continue;
        }

        const keys = properties ?? ObjectKeys(item);

        for (let n = 0; n < keys.length; n++) {
            const column = columns[keys[n]] ??= [];

            column[i] = primitive
                        || !ObjectPrototypeHasOwnProperty(item, keys[n]) ? ''
                        : cell(item[keys[n]]);
        }
    }

    const head = ObjectKeys(columns);
    const cells = [];

    for (let i = 0; i < head.length; i++) {
        ArrayPrototypePush(cells, columns[head[i]]);
    }

    if (primitives) {
        ArrayPrototypePush(head, 'Values');
        ArrayPrototypePush(cells, values);
    }

    ArrayPrototypeUnshift(head, '(index)');
    ArrayPrototypeUnshift(cells, indexes);

    return render(head, cells);
}

module.exports = { __proto__: null, table };
