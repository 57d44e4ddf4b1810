// A proxy that changes what it passes on: fetch() asks another service, and
// its answer is sent on as it comes.  What this function may connect to is the
// operator's say, by invoke_egress; what is passed on is chosen, so that no
// cookie and no key of the client's goes further than it was meant to.

const {Readable} = require('stream');
const {pipeline} = require('stream/promises');

const PASSED_ON = ['accept', 'accept-language', 'content-type'];
const PASSED_BACK = ['content-type', 'etag', 'last-modified'];

module.exports = async (req, res) => {
    const signal = AbortSignal.timeout(5000);
    const answer = await ask(req, signal).catch((error) => error);

    if (answer instanceof Error) {
        return res.status(502).json({error: answer.cause?.code ?? answer.name});
    }

    res.status(answer.status).set('X-Proxied-By', 'ngx_invoke');

    for (const name of PASSED_BACK) {
        if (answer.headers.has(name)) {
            res.set(name, answer.headers.get(name));
        }
    }

    if (answer.body === null) {
        return res.end();
    }

    return pipeline(Readable.fromWeb(answer.body), res);
};


function ask(req, signal) {
    const headers = {};

    for (const name of PASSED_ON) {
        if (req.get(name)) {
            headers[name] = req.get(name);
        }
    }

    return fetch(new URL(process.env.BACKEND + req.url), {
        method: req.method,
        headers,
        body: ['GET', 'HEAD'].includes(req.method) ? undefined : req.rawBody,
        redirect: 'manual',
        signal,
    });
}
