# req and res under prototypes of the function's own, and what inherits from
# them.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: a prototype that is given to a request after a body's listener
--- function
const before = [];

module.exports = async (req, res) => {
    const prototype = Object.create(Object.getPrototypeOf(req), {
        extra: { get() { return `extra ${this.method}`; } },
    });
    let body = '';

    req.on('data', (part) => { body += part; });
    Object.setPrototypeOf(req, prototype);
    before.push(req.extra, req.isPaused());

    await new Promise((resolve) => req.on('end', resolve));

    Object.setPrototypeOf(req, prototype);
    res.send([body, ...before, req.extra, req.readableEnded,
              req.destroyed, req.listenerCount('data'), req.get('Host')]);
};
--- request
POST /t
some body
--- response_body chomp
["some body","extra POST",false,"extra POST",true,true,1,"localhost"]



=== TEST 2: members work upon what inherits from req and res
--- function
module.exports = (req, res) => {
    const q = Object.create(req);
    const s = Object.create(res, { own: { value: 1 } });

    s.on('finish', function () { console.log(`finish of ${this === s}`); });
    s.locals.x = 1;
    s.set('X-A', q.get('X-B')).status(201).json([q.path, q.query, q.host,
        q.ip, q.is('json'), q.accepts('json'), q.headers === req.headers,
        s.headersSent, s.get('X-A'), s.own]);
};
--- request
GET /t/x?a=1
--- more_headers
Host: some.example
X-B: c
--- error_code: 201
--- response_headers
X-A: c
--- response_body chomp
["/x",{"a":"1"},"some.example","127.0.0.1",null,"json",true,false,"c",1]
