# What a function sends: what counts once the head is fixed or the response has gone out.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: writeHead
--- function
module.exports = (req, res) => {
    res.set('X-A', '1').writeHead(404, 'Gone', { 'X-B': '2', 'Set-Cookie': ['a=1', 'b=2'] });
    res.end('x');
};
--- request
GET /t
--- error_code: 404
--- response_headers
X-A: 1
X-B: 2
Set-Cookie: a=1, b=2
--- response_body chomp
x



=== TEST 2: writeHead: an array
--- function
module.exports = (req, res) => {
    res.writeHead(200, ['X-A', '1', 'X-A', '2', 'X-B', '3']).end('x');
};
--- request
GET /t
--- response_headers
X-A: 1, 2
X-B: 3
--- response_body chomp
x



=== TEST 3: writeHead: what is no status
--- function
module.exports = (req, res) => {
    res.writeHead('200');
};
--- request
GET /t
--- error_code: 500
--- response_body_like chomp
Invalid status code: 200
--- error_log
Invalid status code: 200



=== TEST 4: after writeHead the headers stand
--- function
module.exports = (req, res) => {
    res.writeHead(200, { 'X-A': '1' });

    const before = res.headersSent;

    try {
        res.set('X-B', '2');
    } catch (e) {
        res.end(`${before} ${e.code}: ${e.message}`);
    }
};
--- request
GET /t
--- response_headers
X-A: 1
! X-B
--- response_body chomp
true ERR_HTTP_HEADERS_SENT: Cannot set headers after they are sent to the client



=== TEST 5: after writeHead a type may still be added
--- function
module.exports = (req, res) => {
    res.writeHead(201, { 'X-A': '1' });

    if (req.path === '/json') {
        res.json({ a: 1 });
    } else {
        res.send('<b>');
    }
};
--- request eval
["GET /t/json",
 "GET /t/send"]
--- error_code eval
[201, 201]
--- response_body eval
["{\"a\":1}",
 "<b>"]



=== TEST 6: lines of the console after the end are logged
--- function
module.exports = (req, res) => {
    res.json({});
    process.nextTick(() => console.log('from a tick'));
    Promise.resolve().then(() => console.log('from a microtask'));
};
--- request
GET /t
--- response_body chomp
{}
--- error_log
from a tick
from a microtask



=== TEST 7: headersSent, finished, writableEnded
--- function
module.exports = (req, res) => {
    const state = () => [res.headersSent, res.finished, res.writableEnded,
                         res.writable];
    const states = [state()];

    res.on('finish', () => console.log(JSON.stringify(
        [...states, [...state(), res.writableFinished]])));
    res.send('x');
    states.push(state());
};
--- request
GET /t
--- response_body chomp
x
--- error_log
[[false,false,false,true],[true,true,true,false],[true,true,true,false,true]]



=== TEST 8: the first response counts
--- function
module.exports = (req, res) => {
    res.status(202).json({ n: 1 });

    for (const again of [() => res.json({ n: 2 }), () => res.send('x'),
                         () => res.set('a', 'b'), () => res.redirect('/'),
                         () => res.sendStatus(500), () => res.writeHead(500)])
    {
        try {
            again();
            console.log('sent again');
        } catch (e) {
            console.log(e.code + ': ' + e.message);
        }
    }
};
--- request
GET /t
--- error_code: 202
--- response_body chomp
{"n":1}
--- error_log
ERR_HTTP_HEADERS_SENT: Cannot set headers after they are sent to the client
ERR_HTTP_HEADERS_SENT: Cannot write headers after they are sent to the client
--- no_error_log
sent again



=== TEST 9: an exception after the response is logged, the response stands
--- function
module.exports = (req, res) => {
    res.json({ a: 1 });
    throw new Error('too late');
};
--- request
GET /t
--- response_body chomp
{"a":1}
--- error_log
too late



=== TEST 10: locals
--- function
module.exports = (req, res) => {
    res.locals.user = 'x';
    res.json([res.locals, res.locals === res.locals]);
};
--- request
GET /t
--- response_body chomp
[{"user":"x"},true]



=== TEST 11: render
--- function
module.exports = (req, res) => {
    res.render('view');
};
--- request
GET /t
--- error_code: 500
--- response_body_like chomp
res.render\(\) not supported in serverless environment
--- error_log
not supported



=== TEST 12: functions that are called on the response replace those of it
--- function
module.exports = (req, res) => {
    const { end, writeHead } = res;

    res.writeHead = function (...args) {
        this.setHeader('X-Late', 'yes');
        return writeHead.apply(this, args);
    };

    res.end = function (body, ...args) {
        return end.call(this, '[' + body + ']', ...args);
    };

    res.json({ a: 1 });
};
--- request
GET /t
--- response_headers
X-Late: yes
Content-Type: application/json; charset=utf-8
--- response_body chomp
[{"a":1}]



=== TEST 13: other members that middleware expects
--- function
module.exports = (req, res) => {
    res.cork();
    res.uncork();
    res.setTimeout(5);
    res.addTrailers({});
    res.json([typeof res.assignSocket, res.writableHighWaterMark > 0,
              res.writableLength, res.socket === req.socket]);
};
--- request
GET /t
--- response_body chomp
["undefined",true,0,true]



=== TEST 14: an ETag of the function is compared with that of the client
--- function
module.exports = (req, res) => {
    res.set('ETag', '"v1"').send('hello');
};
--- request
GET /t
--- more_headers
If-None-Match: "v1"
--- error_code: 304
--- response_headers
ETag: "v1"
--- response_body eval
""



=== TEST 15: an ETag is added to what is sent as a whole
--- function
module.exports = (req, res) => {
    res.send('hello');
};
--- request
GET /t
--- response_headers
ETag: W/"5-qvTGHdzF6KLavt4PO0gs2a6pQ00"
--- response_body chomp
hello
