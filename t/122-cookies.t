# res.cookie and res.clearCookie; req.cookies is in 110-request.t.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: value, path
--- function
module.exports = (req, res) => {
    res.cookie('a', 'b c;d').end();
};
--- request
GET /t
--- response_headers
Set-Cookie: a=b%20c%3Bd; Path=/
--- response_body eval
""



=== TEST 2: several
--- function
module.exports = (req, res) => {
    res.cookie('a', '1').cookie('b', '2').cookie('a', '3');
    res.json(res.get('Set-Cookie'));
};
--- request
GET /t
--- response_body chomp
["a=1; Path=/","b=2; Path=/","a=3; Path=/"]



=== TEST 3: an object is JSON
--- function
module.exports = (req, res) => {
    res.cookie('o', { x: 1 }).end();
};
--- request
GET /t
--- response_headers
Set-Cookie: o=j%3A%7B%22x%22%3A1%7D; Path=/
--- response_body eval
""



=== TEST 4: other values
--- function
module.exports = (req, res) => {
    res.cookie('n', 5).cookie('b', true).cookie('u', undefined).cookie('z', null);
    res.json(res.get('Set-Cookie'));
};
--- request
GET /t
--- response_body chomp
["n=5; Path=/","b=true; Path=/","u=undefined; Path=/","z=j%3Anull; Path=/"]



=== TEST 5: all attributes, in order
--- function
module.exports = (req, res) => {
    res.cookie('m', 'v', { maxAge: 90500, httpOnly: true, secure: true,
                           sameSite: true, path: '/p', domain: 'e.com',
                           partitioned: true, priority: 'high' });
    res.json(res.get('Set-Cookie').replace(/Expires=[^;]*/, 'Expires=E'));
};
--- request
GET /t
--- response_body chomp
"m=v; Max-Age=90; Domain=e.com; Path=/p; Expires=E; HttpOnly; Secure; Partitioned; Priority=High; SameSite=Strict"



=== TEST 6: the time of maxAge
--- function
module.exports = (req, res) => {
    const time = Date.parse(res.cookie('m', 'v', { maxAge: 60000 })
        .get('Set-Cookie').match(/Expires=([^;]*)/)[1]);

    res.json(Math.abs(time - Date.now() - 60000) < 2000);
};
--- request
GET /t
--- response_body chomp
true



=== TEST 7: maxAge: 0, negative, no number
--- function
module.exports = (req, res) => {
    const opt = (maxAge) => res.cookie('m', 'v', { maxAge })
        .getHeader('Set-Cookie');

    opt(0);
    opt(-5000);
    opt(null);

    try {
        opt('x');
    } catch (error) {
        res.append('Set-Cookie', `${error}`);
    }

    res.json(res.get('Set-Cookie').map((c) =>
        c.replace(/Expires=[^;]*/, 'Expires=E')));
};
--- request
GET /t
--- response_body chomp
["m=v; Max-Age=0; Path=/; Expires=E","m=v; Max-Age=-5; Path=/; Expires=E","m=v; Path=/","TypeError: option maxAge is invalid: x"]



=== TEST 8: expires
--- function
module.exports = (req, res) => {
    res.cookie('e', 'v', { expires: new Date(0) }).end();
};
--- request
GET /t
--- response_headers
Set-Cookie: e=v; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT
--- response_body eval
""



=== TEST 9: sameSite
--- function
module.exports = (req, res) => {
    for (const sameSite of ['lax', 'Strict', 'none', true, false])
        res.cookie('s', 'v', { sameSite });

    res.json(res.get('Set-Cookie'));
};
--- request
GET /t
--- response_body chomp
["s=v; Path=/; SameSite=Lax","s=v; Path=/; SameSite=Strict","s=v; Path=/; SameSite=None","s=v; Path=/; SameSite=Strict","s=v; Path=/"]



=== TEST 10: an encoder
--- function
module.exports = (req, res) => {
    res.cookie('e', 'a b', { encode: (v) => v.replace(' ', '+') }).end();
};
--- request
GET /t
--- response_headers
Set-Cookie: e=a+b; Path=/
--- response_body eval
""



=== TEST 11: signed: as cookie-parser reads it, with its secret
--- function
module.exports = (req, res) => {
    req.secret = 'keyboard cat';
    res.cookie('a', 'b', { signed: true });
    req.secret = undefined;

    try {
        res.cookie('a', 'b', { signed: true });
    } catch (error) {
        res.end(error.message);
    }
};
--- request
GET /t
--- response_headers
Set-Cookie: a=s%3Ab.pfNry6zMTrYUr3YynH6d0bjoXzxdXlOZZlAOPGLkU5w; Path=/
--- response_body chomp
cookieParser("secret") required for signed cookies



=== TEST 12: what a cookie cannot have
--- function
module.exports = (req, res) => {
    const errors = [];
    const cookies = [['a b', 'x'], ['', 'x'], ['a', 'x', { path: '/\n' }],
                     ['a', 'x', { domain: 'a;b' }],
                     ['a', 'x', { expires: 'soon' }],
                     ['a', 'x', { expires: new Date(NaN) }],
                     ['a', 'x', { sameSite: 'maybe' }],
                     ['a', 'x', { priority: 'top' }],
                     ['a', 'x;y', { encode: String }]];

    for (const cookie of cookies) {
        try {
            res.cookie(...cookie);
            errors.push(null);
        } catch (e) {
            errors.push(e.name + ': ' + e.message);
        }
    }

    res.json(errors);
};
--- request
GET /t
--- response_body chomp
["TypeError: argument name is invalid: a b","TypeError: argument name is invalid: ","TypeError: option path is invalid: /\n","TypeError: option domain is invalid: a;b","TypeError: option expires is invalid: soon","TypeError: option expires is invalid: Invalid Date","TypeError: option sameSite is invalid: maybe","TypeError: option priority is invalid: top","TypeError: argument val is invalid: x;y"]



=== TEST 13: clearCookie: a moment long ago, whatever the options say
--- function
module.exports = (req, res) => {
    res.clearCookie('a').clearCookie('b', { path: '/p', httpOnly: true,
        maxAge: 5000, expires: new Date() });
    res.json(res.get('Set-Cookie'));
};
--- request
GET /t
--- response_body chomp
["a=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT","b=; Path=/p; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly"]



=== TEST 14: the options are not changed
--- function
module.exports = (req, res) => {
    const options = { maxAge: 1000 };

    res.cookie('a', 'b', options).clearCookie('a', options);
    res.json(options);
};
--- request
GET /t
--- response_body chomp
{"maxAge":1000}



=== TEST 15: req.cookies: what Express makes of names and quotes
--- function
module.exports = (req, res) => res.json(req.cookies);
--- request
GET /t
--- more_headers
Cookie: =none; a="; b="x"y; c=""; d
--- response_body chomp
{"":"none","a":"","b":"\"x\"y","c":""}



=== TEST 16: no path, and domains
--- function
module.exports = (req, res) => {
    const seen = [];

    for (const domain of ['.e.com', 'a-b.e', 'x'.repeat(63), 'a_b', '%',
                          '-a', 'a..b', 'a.', 'x'.repeat(64)])
    {
        try {
            res.cookie('a', 'b', { path: '', domain });
            seen.push(domain.slice(0, 6));
        } catch {
            seen.push(false);
        }
    }

    res.json([seen, res.get('Set-Cookie')[0]]);
};
--- request
GET /t
--- response_body chomp
[[".e.com","a-b.e","xxxxxx",false,false,false,false,false,false],"a=b; Domain=.e.com"]
