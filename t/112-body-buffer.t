# Bytes of a request's body are Buffers, in a lean context as well as in one
# that has Node's library.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: req.body of a type that is not parsed
--- function
module.exports = (req, res) => res.json([
    Object.prototype.toString.call(req.body), req.body.toString('hex'),
    req.body === req.rawBody, Buffer.isBuffer(req.body),
]);
--- more_headers
Content-Type: image/png
--- request eval
["POST /t\nabc", "POST /t\nabc"]
--- response_body eval
['["[object Uint8Array]","616263",true,true]',
 '["[object Uint8Array]","616263",true,true]']


=== TEST 2: req.rawBody of one that is
--- function
module.exports = (req, res) =>
    res.json([req.body, req.rawBody.toString(), Buffer.isBuffer(req.rawBody)]);
--- more_headers
Content-Type: application/json
--- request
POST /t
{"a":1}
--- response_body chomp
[{"a":1},"{\"a\":1}",true]


=== TEST 3: chunks of req, put together as strings
--- function
module.exports = (req, res) => {
    let text = '';
    req.on('data', (chunk) => { text += chunk; });
    req.on('end', () => res.send(text));
};
--- request eval
["POST /t\nsome text", "POST /t\n" . 'x' x 100000]
--- response_body eval
['some text', 'x' x 100000]


=== TEST 4: chunks of an iteration and of read(size)
--- function
module.exports = async (req, res) => {
    if (req.url.endsWith('read')) {
        req.once('readable', () => {
            const first = req.read(2);
            const rest = req.read();
            res.json([first, rest].map((c) => [Buffer.isBuffer(c), `${c}`]));
        });
        return;
    }

    const chunks = [];

    for await (const chunk of req) {
        chunks.push(chunk);
    }

    res.send(Buffer.concat(chunks).toString('base64'));
};
--- request eval
["POST /t\nabcdef", "POST /t?read\nabcdef"]
--- response_body eval
['YWJjZGVm', '[[true,"ab"],[true,"cdef"]]']


=== TEST 5: what a function has done to Buffer stays its own
--- function
Buffer.prototype.constructor = null;
Buffer.from = () => { throw new Error('from'); };
Object.setPrototypeOf(Buffer, null);

module.exports = (req, res) => {
    const {body} = req;
    res.send(body.toString('latin1'));
};
--- more_headers
Content-Type: image/png
--- request eval
["POST /t\nabc", "POST /t\nabc"]
--- response_body eval
['abc', 'abc']
