// Answers with what the request was: the parts of `req` that every handler
// has, whatever the request's method and type.

module.exports = (req, res) => {
    res.json({
        method: req.method,
        url: req.url,                   // below the location, with the query
        path: req.path,
        originalUrl: req.originalUrl,   // as the client sent it
        query: req.query,               // a repeated key is an array
        headers: req.headers,           // names in lower case
        type: req.get('Content-Type'),
        accepts: req.accepts(['json', 'html', 'text']),
        protocol: req.protocol,
        hostname: req.hostname,
        ip: req.ip,
        body: body(req),
    });
};


// req.body is parsed on first use, by the request's Content-Type: JSON and
// forms become objects, text a string; all else is a Buffer.

function body(req) {
    return Buffer.isBuffer(req.body) ? {base64: req.body.toString('base64')}
                                     : req.body;
}
