'use strict';

/*
 * Answers of name servers (RFC 1035 and those after it), as Node shows them.
 * What a message says of its own lengths is never believed: reading behind its
 * end throws Malformed.
 */

const {
    ArrayPrototypeJoin,
    ArrayPrototypePush,
    NumberPrototypeToString,
    StringFromCharCode,
    TypedArrayPrototypeGetLength,
} = intrinsics;

const { canonical } = binding('node/cares_wrap');

const A = 1;
const NS = 2;
const CNAME = 5;
const SOA = 6;
const PTR = 12;
const MX = 15;
const TXT = 16;
const AAAA = 28;
const SRV = 33;
const NAPTR = 35;
const ANY = 255;
const CAA = 257;

const Malformed = { __proto__: null };

/* a name has 255 bytes at most, and no more labels, with jumps in between */
const NAME = 255;

class Reader {
    constructor(bytes) {
        this.bytes = bytes;
        this.size = TypedArrayPrototypeGetLength(bytes);
        this.at = 0;
    }

    u8() {
        if (this.at >= this.size) {
            throw Malformed;
        }

        return this.bytes[this.at++];
    }

    u16() {
        return this.u8() * 256 + this.u8();
    }

    u32() {
        return this.u16() * 65536 + this.u16();
    }

    /* `length` bytes as characters */
    text(length) {
        if (length > this.size - this.at) {
            throw Malformed;
        }

        let text = '';

        for (let i = 0; i < length; i++) {
            text += StringFromCharCode(this.bytes[this.at++]);
        }

        return text;
    }

    /* bytes that are not to be seen, and those by which a name is written */
    label(length) {
        const text = this.text(length);
        let label = '';

        for (let i = 0; i < length; i++) {
            const c = text[i];

            if (c < '!' || c > '~') {
                const code = NumberPrototypeToString(
                    this.bytes[this.at - length + i]);

                label += `\\${code.length < 3 ? '0' : ''}`
                         + `${code.length < 2 ? '0' : ''}${code}`;
            } else {
                label += c === '.' || c === '\\' ? `\\${c}` : c;
            }
        }

        return label;
    }

    name() {
        const labels = [];
        let back = -1;
        let size = 1;

        for (let i = 0; i < NAME; i++) {
            const length = this.u8();

            if (length === 0) {
                if (back !== -1) {
                    this.at = back;
                }

                return ArrayPrototypeJoin(labels, '.');
            }

            if (length < 64) {
                size += length + 1;

                if (size > NAME) {
                    break;
                }

                ArrayPrototypePush(labels, this.label(length));

            } else if (length >= 192) {
                const to = (length - 192) * 256 + this.u8();

                if (back === -1) {
                    back = this.at;
                }

                this.at = to;

            } else {
                break;
            }
        }

        throw Malformed;
    }
}

function hex(value) {
    return NumberPrototypeToString(value, 16);
}

function ipv6(reader) {
    let words = hex(reader.u16());

    for (let i = 1; i < 8; i++) {
        words += `:${hex(reader.u16())}`;
    }

    return canonical(words);
}

function txt(reader, end) {
    const parts = [];

    while (reader.at < end) {
        ArrayPrototypePush(parts, reader.text(reader.u8()));
    }

    return parts;
}

/* type -> its name, and what an object of it has besides */

const READERS = {
    __proto__: null,

    [A]: ['A', (reader) => ({
        address: `${reader.u8()}.${reader.u8()}.${reader.u8()}.${reader.u8()}`,
    })],

    [AAAA]: ['AAAA', (reader) => ({ address: ipv6(reader) })],
    [NS]: ['NS', (reader) => ({ value: reader.name() })],
    [CNAME]: ['CNAME', (reader) => ({ value: reader.name() })],
    [PTR]: ['PTR', (reader) => ({ value: reader.name() })],

    [SOA]: ['SOA', (reader) => ({
        nsname: reader.name(),
        hostmaster: reader.name(),
        serial: reader.u32(),
        refresh: reader.u32(),
        retry: reader.u32(),
        expire: reader.u32(),
        minttl: reader.u32(),
    })],

    [MX]: ['MX', (reader) => {
        const priority = reader.u16();

        return { exchange: reader.name(), priority };
    }],

    [TXT]: ['TXT', (reader, end) => ({ entries: txt(reader, end) })],

    [SRV]: ['SRV', (reader) => {
        const priority = reader.u16();
        const weight = reader.u16();
        const port = reader.u16();

        return { name: reader.name(), port, priority, weight };
    }],

    [NAPTR]: ['NAPTR', (reader) => {
        const order = reader.u16();
        const preference = reader.u16();

        return {
            flags: reader.text(reader.u8()),
            service: reader.text(reader.u8()),
            regexp: reader.text(reader.u8()),
            replacement: reader.name(),
            order,
            preference,
        };
    }],

    [CAA]: ['CAA', (reader, end) => {
        const critical = reader.u8();
        const tag = reader.text(reader.u8());

        if (reader.at > end) {
            throw Malformed;
        }

        return { critical, [tag]: reader.text(end - reader.at) };
    }],
};

/* { type, ttl, data } of each answer that is known, in their order */

function answers(bytes) {
    const reader = new Reader(bytes);
    const found = [];

    reader.at = 4;

    const questions = reader.u16();
    const records = reader.u16();

    reader.at = 12;

    for (let i = 0; i < questions; i++) {
        reader.name();
        reader.u32();
    }

    for (let i = 0; i < records; i++) {
        reader.name();

        const type = reader.u16();

        reader.u16();

        const ttl = reader.u32();
        const length = reader.u16();
        const end = reader.at + length;

        if (end > reader.size) {
            throw Malformed;
        }

        const known = READERS[type];

        if (known !== undefined) {
            const data = known[1](reader, end);

            if (reader.at > end) {
                throw Malformed;
            }

            ArrayPrototypePush(found, { type, name: known[0], ttl, data });
        }

        reader.at = end;
    }

    return found;
}

/* what a member of an array is for a single type */

function plain(type, { data, ttl }) {
    switch (type) {
    case A:
    case AAAA:
        return data.address;

    case TXT:
        return data.entries;

    case CNAME:
    case NS:
    case PTR:
        return data.value;

    default:
        return data;
    }
}

/* the types as Node has them one after another */
const ORDER = [A, CNAME, AAAA, MX, NS, TXT, SRV, PTR, NAPTR, SOA, CAA];

function any({ type, name, ttl, data }) {
    if (type === A || type === AAAA) {
        return { type: name, address: data.address, ttl };
    }

    return { type: name, ...data };
}

/*
 * What Node's oncomplete() is given for a question of a type: [result, ttls],
 * or undefined: there is none of that type.  Throws for what is malformed.
 */

function parse(type, bytes) {
    const list = answers(bytes);
    const result = [];
    const ttls = [];

    if (type === ANY) {
        for (let n = 0; n < ORDER.length; n++) {
            for (let i = 0; i < list.length; i++) {
                if (list[i].type === ORDER[n]) {
                    ArrayPrototypePush(result, any(list[i]));
                }
            }
        }

    } else {
        for (let i = 0; i < list.length; i++) {
            if (list[i].type === type) {
                ArrayPrototypePush(result, plain(type, list[i]));
                ArrayPrototypePush(ttls, list[i].ttl);
            }
        }
    }

    if (result.length === 0) {
        return undefined;
    }

    if (type === SOA) {
        return [result[0]];
    }

    return type === A || type === AAAA ? [result, ttls] : [result];
}

module.exports = {
    __proto__: null,
    Malformed,
    A, AAAA, ANY, CAA, CNAME, MX, NAPTR, NS, PTR, SOA, SRV, TXT,
    parse,
};
