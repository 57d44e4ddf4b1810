// Bodies by their type: JSON and forms are parsed, text is a string, other
// types are Buffers.  req.rawBody has the bytes of all of them.  How large a
// body may be is nginx's client_max_body_size.

module.exports = (req, res) => {
    if (!['POST', 'PUT'].includes(req.method)) {
        return res.set('Allow', 'POST, PUT').sendStatus(405);
    }

    if (req.is('json')) {
        return res.json({kind: 'JSON', keys: Object.keys(req.body)});
    }

    if (req.is('urlencoded')) {
        return res.json({kind: 'form', fields: req.body});
    }

    if (req.is('text/*')) {
        return res.json({kind: 'text', lines: req.body.split('\n').length});
    }

    // anything else: bytes, and the type that the client gave, sent back

    res.type(req.get('Content-Type') || 'application/octet-stream');

    return res.send(req.body);
};
