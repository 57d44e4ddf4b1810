'use strict';

/*
 * The context templates that hold modules of Node's library, the smaller ones
 * first: the modules that each has besides those of the one before, and others
 * for which it is large enough.
 */

const { ArrayPrototypeIndexOf, ArrayPrototypePush } = intrinsics;

const TEMPLATES = [
    {
        name: 'buffer',
        modules: ['util', 'buffer', 'events'],
        others: ['internal/encoding', 'internal/errors',
                 'internal/util/inspect', 'path', 'util/types'],
    },
    {
        name: 'stream',
        modules: ['stream'],
        others: ['internal/abort_controller', 'internal/event_target',
                 'stream/promises', 'string_decoder'],
    },
    {
        name: 'node',
        modules: ['url'],
        others: [],
    },
    {
        name: 'http',
        modules: ['net', 'http', 'https'],
        others: ['_http_agent', '_http_client', '_http_common',
                 '_http_incoming', '_http_outgoing', '_http_server',
                 '_tls_common', '_tls_wrap', 'tls'],
    },
];

/* what a template holds; undefined: it holds none */

function modulesOf(name) {
    const modules = [];

    for (let i = 0; i < TEMPLATES.length; i++) {
        const template = TEMPLATES[i];

        for (let m = 0; m < template.modules.length; m++) {
            ArrayPrototypePush(modules, template.modules[m]);
        }

        if (template.name === name) {
            return modules;
        }
    }

    return undefined;
}

/* the smallest template for a module; of all others `node` has the most */

function templateFor(id) {
    for (let i = 0; i < TEMPLATES.length; i++) {
        const { name, modules, others } = TEMPLATES[i];

        if (ArrayPrototypeIndexOf(modules, id) >= 0
            || ArrayPrototypeIndexOf(others, id) >= 0)
        {
            return name;
        }
    }

    return 'node';
}

module.exports = { __proto__: null, modulesOf, templateFor };
