'use strict';

/*
 * Name servers, by c-ares in the loop: what Node's dns and net ask with.  A
 * question is a handle while it is under way, and so its invocation's.
 */

const {
    ArrayPrototypePush,
    Error,
    ReflectApply,
    StringPrototypeIndexOf,
    StringPrototypeSlice,
} = intrinsics;

const { HandleWrap, happened, setHeld } = require('node/handles');
const { internalBinding } = require('node/realm');
const message = require('node/dns-message');
const { latin1 } = require('lib/bytes');

const native = binding('node/cares_wrap');
const { take } = binding('node/handle');
const { IO_CLOSED } = require('run/constants');
const uv = internalBinding('uv');
const { toASCII } = internalBinding('url');

/* statuses of c-ares, by their numbers */

const CODES = [
    undefined, 'ENODATA', 'EFORMERR', 'ESERVFAIL', 'ENOTFOUND', 'ENOTIMP',
    'EREFUSED', 'EBADQUERY', 'EBADNAME', 'EBADFAMILY', 'EBADRESP',
    'ECONNREFUSED', 'ETIMEOUT', 'EOF', 'EFILE', 'ENOMEM', 'EDESTRUCTION',
    'EBADSTR', 'EBADFLAGS', 'ENONAME', 'EBADHINTS', 'ENOTINITIALIZED',
    'ELOADIPHLPAPI', 'EADDRGETNETWORKPARAMS', 'ECANCELLED', 'ESERVICE',
    'ENOSERVER',
];

const ENODATA = 1;

/* Node's own: setServers() while something is asked */
const PENDING = -1000;

/* as the C library's getaddrinfo() has them */
const AI_V4MAPPED = 8;
const AI_ALL = 16;
const AI_ADDRCONFIG = 32;

function code(status) {
    return CODES[status] ?? 'EBADRESP';
}

/* what getaddrinfo() and getnameinfo() of libuv's would say */

function failure(status) {
    switch (code(status)) {
    case 'ENODATA':
    case 'ENOTFOUND':
    case 'ENONAME':
    case 'EBADNAME':
        return uv.UV_EAI_NONAME;

    case 'ESERVFAIL':
    case 'EREFUSED':
    case 'ECONNREFUSED':
    case 'ETIMEOUT':
    case 'ENOSERVER':
        return uv.UV_EAI_AGAIN;

    case 'ENOMEM':
        return uv.UV_EAI_MEMORY;

    case 'ECANCELLED':
    case 'EDESTRUCTION':
        return uv.UV_EAI_CANCELED;

    default:
        return uv.UV_EAI_FAIL;
    }
}

function lines(bytes) {
    const all = [];

    if (bytes === undefined) {
        return all;
    }

    const whole = latin1(bytes);

    for (let start = 0; start < whole.length;) {
        const end = StringPrototypeIndexOf(whole, '\n', start);

        ArrayPrototypePush(all, StringPrototypeSlice(whole, start, end));
        start = end + 1;
    }

    return all;
}

function ascii(name) {
    return toASCII(name) || name;
}

/* calls answered(status, bytes) once */

class Question extends HandleWrap {
    #answered;

    constructor(holder, answered) {
        super(holder);
        this.#answered = answered;
        setHeld(this, false, 1);
    }

    [happened](event, value) {
        if (event === IO_CLOSED) {
            super[happened](event, value);
            return;
        }

        const bytes = take();

        this.close();
        this.#answered(value, bytes);
    }
}

/* the number of an error, or 0: it was asked */

function ask(holder, answered) {
    if (typeof holder === 'number') {
        return holder;
    }

    new Question(holder, answered);

    return 0;
}

function denied(syscall, errno) {
    const code = uv.errname(errno);
    const error = new Error(`${syscall} ${code}`);

    error.code = code;
    error.errno = errno;
    error.syscall = syscall;

    return error;
}

function complete(req, args) {
    ReflectApply(req.oncomplete, req, args);
}

class QueryReqWrap {}

class GetAddrInfoReqWrap {}

class GetNameInfoReqWrap {}

class ChannelWrap {
    #resolver;

    constructor(timeout, tries) {
        this.#resolver = native.resolver(timeout, tries);
    }

    #query(req, name, type) {
        return ask(native.query(this.#resolver, ascii(name), type),
                   (status, bytes) => {
            let result;

            try {
                result = status === 0 ? message.parse(type, bytes) : undefined;
            } catch {
                complete(req, ['EBADRESP']);
                return;
            }

            if (result !== undefined) {
                complete(req, [null, result[0], result[1]]);
            } else {
                complete(req, [code(status === 0 ? ENODATA : status)]);
            }
        });
    }

    queryAny(req, name) {
        return this.#query(req, name, message.ANY);
    }

    queryA(req, name) {
        return this.#query(req, name, message.A);
    }

    queryAaaa(req, name) {
        return this.#query(req, name, message.AAAA);
    }

    queryCaa(req, name) {
        return this.#query(req, name, message.CAA);
    }

    queryCname(req, name) {
        return this.#query(req, name, message.CNAME);
    }

    queryMx(req, name) {
        return this.#query(req, name, message.MX);
    }

    queryNs(req, name) {
        return this.#query(req, name, message.NS);
    }

    queryTxt(req, name) {
        return this.#query(req, name, message.TXT);
    }

    querySrv(req, name) {
        return this.#query(req, name, message.SRV);
    }

    queryPtr(req, name) {
        return this.#query(req, name, message.PTR);
    }

    queryNaptr(req, name) {
        return this.#query(req, name, message.NAPTR);
    }

    querySoa(req, name) {
        return this.#query(req, name, message.SOA);
    }

    getHostByAddr(req, address) {
        if (native.canonical(address) === undefined) {
            return uv.UV_EINVAL;
        }

        return ask(native.reverse(this.#resolver, address),
                   (status, bytes) => {
            if (status === 0) {
                complete(req, [null, lines(bytes)]);
            } else {
                complete(req, [code(status)]);
            }
        });
    }

    getServers() {
        const servers = [];
        const all = native.servers(this.#resolver);

        for (let start = 0; start < all.length;) {
            const blank = StringPrototypeIndexOf(all, ' ', start);
            const end = StringPrototypeIndexOf(all, '\n', blank);

            ArrayPrototypePush(servers,
                [StringPrototypeSlice(all, start, blank),
                 +StringPrototypeSlice(all, blank + 1, end)]);
            start = end + 1;
        }

        return servers;
    }

    /* of [family, address, port]; the text by which Node takes back what has
     * failed changes nothing here */

    setServers(servers) {
        if (typeof servers === 'string') {
            return 0;
        }

        const args = [this.#resolver];

        for (let i = 0; i < servers.length; i++) {
            ArrayPrototypePush(args, servers[i][1], servers[i][2]);
        }

        const status = ReflectApply(native.setServers, undefined, args);

        if (status < 0 && status !== PENDING) {
            throw denied('setServers', status);
        }

        return status;
    }

    /* which of the host's addresses is used is the operator's to say */

    setLocalAddress(ipv4, ipv6) {
        if (native.canonical(ipv4) === undefined
            || ipv6 !== undefined && native.canonical(ipv6) === undefined)
        {
            throw new Error('Invalid IP address.');
        }

        throw denied('setLocalAddress', uv.UV_EACCES);
    }

    cancel() {
        native.cancel(this.#resolver);
    }
}

/*
 * Addresses for names.  These are asked of the operator's servers, whatever
 * servers JavaScript sets, since rules of the egress policy are for names.
 */

let system;

function systemResolver() {
    return system ??= native.resolver(-1, -1);
}

function isIPv4(address) {
    return StringPrototypeIndexOf(address, ':') === -1;
}

/* those of IPv4 first, or as they are; IPv4 in the form of IPv6 */

function ordered(addresses, verbatim, mapped) {
    const result = [];

    for (let pass = verbatim ? 1 : 0; pass < 2; pass++) {
        for (let i = 0; i < addresses.length; i++) {
            const four = isIPv4(addresses[i]);

            if (verbatim || four === (pass === 0)) {
                ArrayPrototypePush(result, four && mapped
                                           ? `::ffff:${addresses[i]}`
                                           : addresses[i]);
            }
        }
    }

    return result;
}

function getaddrinfo(req, hostname, family, hints, verbatim) {
    const name = ascii(hostname);
    const mapped = family === 6 && (hints & AI_V4MAPPED) !== 0;
    const config = (hints & AI_ADDRCONFIG) !== 0;

    function lookup(of) {
        return ask(native.lookup(systemResolver(), name, of, config),
                   (status, bytes) => {
            const addresses = status === 0 ? lines(bytes) : [];

            if (addresses.length !== 0) {
                complete(req, [0, ordered(addresses, verbatim, mapped)]);
                return;
            }

            const error = failure(status === 0 ? ENODATA : status);

            if (mapped && of === 6 && error === uv.UV_EAI_NONAME
                && lookup(4) === 0)
            {
                return;
            }

            complete(req, [error, null]);
        });
    }

    return lookup(mapped && (hints & AI_ALL) !== 0 ? 0 : family);
}

function getnameinfo(req, address, port) {
    return ask(native.service(systemResolver(), address, port),
               (status, bytes) => {
        const { 0: hostname, 1: service } = lines(bytes);

        if (status === 0) {
            complete(req, [null, hostname, service]);
        } else {
            complete(req, [failure(status)]);
        }
    });
}

module.exports = {
    __proto__: null,
    AI_ADDRCONFIG,
    AI_ALL,
    AI_V4MAPPED,
    ChannelWrap,
    GetAddrInfoReqWrap,
    GetNameInfoReqWrap,
    QueryReqWrap,
    canonicalizeIP: native.canonical,
    getaddrinfo,
    getnameinfo,
    strerror: native.error,
};
