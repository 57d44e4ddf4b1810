// An S3 server for tests: s3rver, which verifies no signature, with a check in
// front of it that does.
//
// A request is let through when its signature (AWS Signature Version 4, in the
// Authorization header) is what the secret gives, and its body has the digest
// that was signed. One without a signature reads from buckets named "public…"
// alone. A host name "<bucket>.s3.localhost" stands for the bucket, and
// If-Match and If-Range, which s3rver ignores, are heeded.
//
// Settings are in the environment: S3_DIRECTORY, S3_PORT, S3_TLS_PORT (with
// S3_CERT and S3_KEY), S3_BUCKET, S3_ACCESS_KEY, S3_SECRET_KEY, S3_MODULES,
// where s3rver is. Each request is a line of the output: method, path, status.

'use strict';

const { createHash, createHmac } = require('crypto');
const fs = require('fs');
const http = require('http');
const https = require('https');

const env = process.env;
const S3rver = require(`${env.S3_MODULES}/s3rver`);

const SKEW = 15 * 60 * 1000;
const REGION = 'us-east-1';
const HOP = ['authorization', 'host', 'connection', 'if-match', 'if-range',
             'expect', 'transfer-encoding'];

let inner;


class Refusal extends Error {
    constructor(status, code, message) {
        super(message);
        this.status = status;
        this.code = code;
    }
}


function sha256(data) {
    return createHash('sha256').update(data).digest('hex');
}


function hmac(key, data, encoding) {
    return createHmac('sha256', key).update(data).digest(encoding);
}


function encode(text) {
    return encodeURIComponent(text).replace(/[!'()*]/g,
        (c) => '%' + c.charCodeAt(0).toString(16).toUpperCase());
}


function decode(text) {
    try {
        return decodeURIComponent(text);
    } catch {
        throw new Refusal(400, 'InvalidURI', 'Couldn\'t parse the URI.');
    }
}


// The canonical request, from what has arrived.

function canonical(req, signed) {
    const [path, query] = split(req.url);

    const pairs = query.split('&').filter(Boolean).map((pair) => {
        const at = pair.indexOf('=');

        return at < 0 ? [encode(decode(pair)), '']
                      : [encode(decode(pair.slice(0, at))),
                         encode(decode(pair.slice(at + 1)))];
    }).map((pair) => pair.join('=')).sort();

    return [
        req.method,
        path.split('/').map((segment) => encode(decode(segment))).join('/'),
        pairs.join('&'),
        ...signed.map((name) => `${name}:${
            (req.headers[name] ?? '').trim().replace(/ +/g, ' ')}`),
        '',
        signed.join(';'),
        req.headers['x-amz-content-sha256'],
    ].join('\n');
}


function split(url) {
    const at = url.indexOf('?');

    return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)];
}


function check(req, body, bucket) {
    const header = req.headers.authorization;

    if (header === undefined) {
        if (bucket.startsWith('public') && /^(GET|HEAD)$/.test(req.method)) {
            return;
        }

        throw new Refusal(403, 'AccessDenied', 'Access Denied');
    }

    const parts = /^AWS4-HMAC-SHA256 +Credential=([^/,]+)\/(\d{8})\/([^/,]+)\/s3\/aws4_request, *SignedHeaders=([^, ]+), *Signature=([0-9a-f]{64})$/
                  .exec(header);

    if (!parts) {
        throw new Refusal(400, 'AuthorizationHeaderMalformed',
                          'The authorization header is malformed');
    }

    const [, key, day, region, names, signature] = parts;
    const signed = names.split(';');
    const digest = req.headers['x-amz-content-sha256'];
    const date = req.headers['x-amz-date'] ?? '';
    const time = Date.parse(date.replace(
        /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));

    if (key !== env.S3_ACCESS_KEY) {
        throw new Refusal(403, 'InvalidAccessKeyId', 'The AWS Access Key Id '
                          + 'you provided does not exist in our records.');
    }

    if (region !== REGION) {
        throw new Refusal(400, 'AuthorizationHeaderMalformed',
                          `the region '${region}' is wrong; expecting `
                          + `'${REGION}'`);
    }

    if (digest === undefined) {
        throw new Refusal(400, 'InvalidRequest', 'Missing required header '
                          + 'for this request: x-amz-content-sha256');
    }

    const bare = ['host', ...Object.keys(req.headers).filter(
        (name) => name.startsWith('x-amz-'))].find(
            (name) => !signed.includes(name));

    if (Number.isNaN(time) || !date.startsWith(day) || bare) {
        throw new Refusal(403, 'AccessDenied', bare
            ? `There were headers present which were not signed: ${bare}`
            : 'AWS authentication requires a valid Date or x-amz-date header');
    }

    if (Math.abs(Date.now() - time) > SKEW) {
        throw new Refusal(403, 'RequestTimeTooSkewed', 'The difference between '
                          + 'the request time and the current time is too '
                          + 'large.');
    }

    const scope = `${day}/${region}/s3/aws4_request`;
    const secret = [day, region, 's3', 'aws4_request'].reduce(
        (secret, data) => hmac(secret, data), 'AWS4' + env.S3_SECRET_KEY);
    const text = ['AWS4-HMAC-SHA256', date, scope,
                  sha256(canonical(req, signed))].join('\n');

    if (hmac(secret, text, 'hex') !== signature) {
        throw new Refusal(403, 'SignatureDoesNotMatch', 'The request signature '
                          + 'we calculated does not match the signature you '
                          + 'provided. Check your key and signing method.');
    }

    if (digest !== 'UNSIGNED-PAYLOAD' && digest !== sha256(body)) {
        throw new Refusal(400, 'XAmzContentSHA256Mismatch', 'The provided '
                          + "'x-amz-content-sha256' header does not match "
                          + 'what was computed.');
    }
}


// Sends an answer's status and headers, and a line to the log.

function head(req, res, status, headers) {
    fs.writeSync(1, `${req.method} ${req.s3} ${status}\n`);
    res.writeHead(status, headers);
}


function refuse(req, res, err) {
    const status = err.status ?? 500;
    const code = err.code ?? 'InternalError';
    const xml = '<?xml version="1.0" encoding="UTF-8"?>\n'
                + `<Error><Code>${code}</Code><Message>`
                + err.message.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`)
                + '</Message></Error>';

    head(req, res, status, { 'content-type': 'application/xml',
                             'content-length': Buffer.byteLength(xml) });
    res.end(req.method === 'HEAD' ? '' : xml);
}


function pass(req, res, body, whole) {
    const headers = Object.fromEntries(Object.entries(req.headers).filter(
        ([name]) => !HOP.includes(name) && !(whole && name === 'range')));

    const onward = http.request({
        host: '127.0.0.1', port: inner, method: req.method, path: req.s3,
        headers: { ...headers, ...(body.length && {
            'content-length': body.length }) },
    }, (answer) => {
        const etag = answer.headers.etag;
        const match = req.headers['if-match'];
        const range = req.headers['if-range'];

        if (answer.statusCode < 300 && match && match !== etag) {
            answer.destroy();
            refuse(req, res, new Refusal(412, 'PreconditionFailed',
                'At least one of the preconditions you specified did not '
                + 'hold.'));
            return;
        }

        if (answer.statusCode === 206 && range && range !== etag) {
            answer.destroy();
            pass(req, res, body, true);
            return;
        }

        delete answer.headers.connection;
        delete answer.headers['keep-alive'];

        head(req, res, answer.statusCode, answer.headers);
        answer.pipe(res);
        answer.on('error', () => res.destroy());
    });

    res.on('close', () => onward.destroy());
    onward.on('error', (err) => {
        if (res.headersSent) {
            res.destroy();
        } else {
            refuse(req, res, err);
        }
    });
    onward.end(body);
}


function serve(req, res) {
    const chunks = [];
    const [, virtual] = /^(.+)\.s3\.localhost(?::\d+)?$/.exec(req.headers.host)
                        ?? [];

    req.s3 = (virtual ? `/${virtual}` : '') + req.url;

    req.on('data', (chunk) => chunks.push(chunk));
    req.on('end', () => {
        const body = Buffer.concat(chunks);

        try {
            check(req, body, decode(split(req.s3)[0].split('/')[1]));
            pass(req, res, body, false);
        } catch (err) {
            refuse(req, res, err);
        }
    });
}


async function main() {
    const store = new S3rver({
        directory: env.S3_DIRECTORY, silent: true,
        configureBuckets: [{ name: env.S3_BUCKET }],
    });

    await store.configureBuckets();
    inner = (await store.listen(0, '127.0.0.1')).address().port;

    const servers = [
        [http.createServer(serve), env.S3_PORT],
        [https.createServer({ cert: fs.readFileSync(env.S3_CERT),
                              key: fs.readFileSync(env.S3_KEY) }, serve),
         env.S3_TLS_PORT],
    ];

    for (const [server, port] of servers) {
        server.keepAliveTimeout = 60000;
        server.listen(port, '127.0.0.1', 1024);
    }
}


process.on('SIGINT', () => process.exit(0));
main();
