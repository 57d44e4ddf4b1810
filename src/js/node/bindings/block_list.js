'use strict';

/*
 * Node's addresses of sockets and lists of blocked ones.  An address is
 * compared by the 16 bytes that it has, or is mapped to, of IPv6; one of IPv4
 * has nothing in common with one of IPv6 that is not mapped.
 */

const { ArrayPrototypePush, ArrayPrototypeUnshift } = intrinsics;

const { parse } = binding('node/block_list');

const AF_INET = 2;
const AF_INET6 = 10;

function isMapped(bytes) {
    for (let i = 0; i < 10; i++) {
        if (bytes[i] !== 0) {
            return false;
        }
    }

    return bytes[10] === 0xff && bytes[11] === 0xff;
}

/* less than, equal to or greater than 0; NaN: they cannot be compared */

function compare(a, b) {
    if (a.family !== b.family && !(isMapped(a.bytes) && isMapped(b.bytes))) {
        return NaN;
    }

    for (let i = 0; i < 16; i++) {
        if (a.bytes[i] !== b.bytes[i]) {
            return a.bytes[i] - b.bytes[i];
        }
    }

    return 0;
}

function isWithin(a, network, prefix) {
    let bits = prefix;

    if (network.family === AF_INET) {
        bits += 96;
    }

    for (let i = 0; bits > 0; i++, bits -= 8) {
        const mask = bits >= 8 ? 0xff : 0xff << (8 - bits) & 0xff;

        if ((a.bytes[i] & mask) !== (network.bytes[i] & mask)) {
            return false;
        }
    }

    return true;
}

class Address {
    family;
    port;
    flowlabel;
    text;
    bytes;
}

let addressOf;

class SocketAddress {
    #address = new Address();

    constructor(address, port, family, flowlabel) {
        const { 0: text, 1: bytes } = parse(address, family === AF_INET6);

        this.#address.family = family;
        this.#address.port = port;
        this.#address.flowlabel = flowlabel;
        this.#address.text = text;
        this.#address.bytes = bytes;
    }

    detail(out) {
        out.address = this.#address.text;
        out.port = this.#address.port;
        out.family = this.#address.family;
        out.flowlabel = this.#address.flowlabel;

        return out;
    }

    flowlabel() {
        return this.#address.flowlabel;
    }

    static {
        addressOf = (object) => {
            return object.#address;
        };
    }
}

function show({ family, text }) {
    return `${family === AF_INET ? 'IPv4' : 'IPv6'} ${text}`;
}

class Rule {
    text;
    matches;

    constructor(text, matches) {
        this.text = text;
        this.matches = matches;
    }
}

class BlockList {
    #rules = [];

    addAddress(object) {
        const address = addressOf(object);

        this.#add(`Address: ${show(address)}`,
                  (other) => compare(other, address) === 0);
    }

    addRange(from, to) {
        const start = addressOf(from);
        const end = addressOf(to);

        if (compare(start, end) > 0) {
            return false;
        }

        this.#add(`Range: ${show(start)}-${end.text}`,
                  (other) => compare(other, start) >= 0
                             && compare(other, end) <= 0);

        return true;
    }

    addSubnet(object, prefix) {
        const network = addressOf(object);

        this.#add(`Subnet: ${show(network)}/${prefix}`,
                  (other) => isWithin(other, network, prefix));
    }

    /* the latest first */

    #add(text, matches) {
        ArrayPrototypeUnshift(this.#rules, new Rule(text, matches));
    }

    check(object) {
        const address = addressOf(object);

        for (let i = 0; i < this.#rules.length; i++) {
            if (this.#rules[i].matches(address)) {
                return true;
            }
        }

        return false;
    }

    getRules() {
        const texts = [];

        for (let i = 0; i < this.#rules.length; i++) {
            ArrayPrototypePush(texts, this.#rules[i].text);
        }

        return texts;
    }
}

module.exports = {
    __proto__: null,
    AF_INET,
    AF_INET6,
    BlockList,
    SocketAddress,
};
