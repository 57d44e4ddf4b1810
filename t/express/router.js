'use strict';

/* As much of Express's application as its tests of req and res need. */

const METHODS = require('http').METHODS;

function matcher(path, whole) {
    if (path instanceof RegExp) {
        return { pattern: path, keys: [] };
    }

    const keys = [];
    const source = path.replace(/\/$/, '').replace(/[.+^$|]/g, '\\$&')
        .replace(/:(\w+)/g, (all, key) => {
            keys.push(key);
            return '([^/]+?)';
        });

    return { pattern: new RegExp(`^${source}${whole ? '/?$' : '(?=/|$)'}`, 'i'),
             keys };
}

function paramsOf({ keys }, found) {
    return Object.fromEntries(keys.map((key, i) =>
        [key, decodeURIComponent(found[i + 1])]));
}

module.exports = function express() {
    const settings = {};
    const layers = [];

    function add(method, path, handlers) {
        for (const handler of handlers.flat(Infinity)) {
            layers.push({ method, handler, ...matcher(path, method !== '') });
        }

        return app;
    }

    function app(req, res, done) {
        const { baseUrl, url } = req;
        let at = 0;

        function next(error) {
            req.next = next;
            req.url = url;
            req.baseUrl = baseUrl;

            for (; at < layers.length; at++) {
                const layer = layers[at];
                const { method, handler, pattern } = layer;
                const found = pattern.exec(url.split('?')[0]);

                if (found === null || (handler.length === 4) !== !!error
                    || (method !== '' && method !== 'ALL'
                        && method !== req.method
                        && (method !== 'GET' || req.method !== 'HEAD')))
                {
                    continue;
                }

                at++;

                if (method !== '') {
                    req.params = paramsOf(layer, found);

                } else if (found[0] !== '') {
                    req.url = url.slice(found[0].length).replace(/^(?!\/)/, '/');
                    req.baseUrl = baseUrl + found[0];
                }

                try {
                    return error ? handler(error, req, res, next)
                           : handler(req, res, next);
                } catch (thrown) {
                    return next(thrown);
                }
            }

            if (done !== undefined) {
                return done(error);
            }

            if (error) {
                throw error;
            }

            return res.sendStatus(404);
        }

        next();
    }

    for (const method of METHODS) {
        app[method.toLowerCase()] = (path, ...handlers) =>
            method === 'GET' && handlers.length === 0 ? settings[path]
            : add(method, path, handlers);
    }

    app.all = (path, ...handlers) => add('ALL', path, handlers);

    app.use = (path, ...handlers) =>
        typeof path === 'function' ? add('', '/', [path, ...handlers])
        : add('', path, handlers);

    app.set = (name, value) => {
        settings[name] = value;
        return app;
    };

    app.enable = (name) => app.set(name, true);
    app.disable = (name) => app.set(name, false);
    app.engine = () => app;
    app.locals = {};

    return app;
};

const parser = () => (req, res, next) => {
    void req.body;
    next();
};

Object.assign(module.exports, { Router: module.exports, json: parser,
                                raw: parser, text: parser, urlencoded: parser });
