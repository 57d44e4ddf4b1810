# What a function sends: headers, and what Express derives from them.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: set: names and values
--- function
module.exports = (req, res) => {
    res.set('X-A', 'one').set('x-b', 2).setHeader('X-C', '3').end();
};
--- request
GET /t
--- response_headers
X-A: one
X-B: 2
X-C: 3
--- response_body eval
""



=== TEST 2: set: an object
--- function
module.exports = (req, res) => {
    res.set({ 'X-A': '1', 'X-B': 2 }).header({ 'X-C': true }).end();
};
--- request
GET /t
--- response_headers
X-A: 1
X-B: 2
X-C: true
--- response_body eval
""



=== TEST 3: set: the last one counts
--- function
module.exports = (req, res) => {
    res.set('X-A', '1').set('x-a', '2').end();
};
--- request
GET /t
--- response_headers
X-A: 2
--- response_body eval
""



=== TEST 4: set: undefined and null are text, an array is several lines
--- function
module.exports = (req, res) => {
    res.set('X-U', undefined).set('X-N', null).set('X-L', ['1', '2']).end();
};
--- request
GET /t
--- response_headers
X-U: undefined
X-N: null
X-L: 1, 2
--- response_body eval
""



=== TEST 5: set: an array of cookies
--- function
module.exports = (req, res) => {
    res.set('Set-Cookie', ['a=1', 'b=2']);
    res.json(res.get('set-cookie'));
};
--- request
GET /t
--- response_headers
Set-Cookie: a=1, b=2
--- response_body chomp
["a=1","b=2"]



=== TEST 6: setHeader: an array is several lines
--- function
module.exports = (req, res) => {
    res.setHeader('X-L', ['1', '2']);
    res.json(res.getHeader('x-l'));
};
--- request
GET /t
--- response_headers
X-L: 1, 2
--- response_body chomp
["1","2"]



=== TEST 7: get, getHeader, hasHeader, getHeaderNames, getHeaders
--- function
module.exports = (req, res) => {
    res.set('X-A', 1).setHeader('X-B', 2);
    res.json([res.get('x-a'), res.getHeader('X-B'), res.get('none') ?? null,
              res.hasHeader('x-A'), res.hasHeader('none'),
              res.getHeaderNames(), res.getRawHeaderNames(),
              res.getHeaders()]);
};
--- request
GET /t
--- response_body chomp
["1",2,null,true,false,["x-a","x-b"],["X-A","X-B"],{"x-a":"1","x-b":2}]



=== TEST 8: removeHeader
--- function
module.exports = (req, res) => {
    res.set('X-A', '1').removeHeader('x-a');
    res.send(String(res.get('X-A')));
};
--- request
GET /t
--- response_headers
! X-A
--- response_body chomp
undefined



=== TEST 9: append
--- function
module.exports = (req, res) => {
    res.append('X-A', '1').append('x-a', '2').append('X-L', ['a', 'b']);
    res.append('Set-Cookie', 'a=1').append('set-cookie', ['b=2', 'c=3']);
    res.json(res.get('X-A'));
};
--- request
GET /t
--- response_headers
X-A: 1, 2
X-L: a, b
Set-Cookie: a=1, b=2, c=3
--- response_body chomp
["1","2"]



=== TEST 10: names and values that a header cannot have
--- function
module.exports = (req, res) => {
    const errors = [];

    for (const [name, value] of [['', 'x'], ['a b', 'x'], ['a:', 'x'],
                                 ['\u00e9', 'x'], ['a', 'x\ny'],
                                 ['a', '\u4e16'], ['a', '\0'], [5, 'x']])
    {
        try {
            res.setHeader(name, value);
            errors.push(null);
        } catch (e) {
            errors.push([e.name, e.code, e.message]);
        }
    }

    try {
        res.setHeader('a');
    } catch (e) {
        errors.push([e.name, e.code, e.message]);
    }

    res.json(errors);
};
--- request
GET /t
--- response_body chomp
[["TypeError","ERR_INVALID_HTTP_TOKEN","Header name must be a valid HTTP token [\"\"]"],["TypeError","ERR_INVALID_HTTP_TOKEN","Header name must be a valid HTTP token [\"a b\"]"],["TypeError","ERR_INVALID_HTTP_TOKEN","Header name must be a valid HTTP token [\"a:\"]"],["TypeError","ERR_INVALID_HTTP_TOKEN","Header name must be a valid HTTP token [\"é\"]"],["TypeError","ERR_INVALID_CHAR","Invalid character in header content [\"a\"]"],["TypeError","ERR_INVALID_CHAR","Invalid character in header content [\"a\"]"],["TypeError","ERR_INVALID_CHAR","Invalid character in header content [\"a\"]"],["TypeError","ERR_INVALID_HTTP_TOKEN","Header name must be a valid HTTP token [\"5\"]"],["TypeError","ERR_HTTP_INVALID_HEADER_VALUE","Invalid value \"undefined\" for header \"a\""]]



=== TEST 11: an uncaught wrong header fails the invocation
--- function
module.exports = (req, res) => {
    res.set('X-A', 'a\r\nX-B: c').send('x');
};
--- request
GET /t
--- error_code: 500
--- response_headers
! X-B
--- response_body_like chomp
Invalid character in header content
--- error_log
ERR_INVALID_CHAR



=== TEST 12: values in Latin-1
--- function
module.exports = (req, res) => {
    res.set('X-A', '\u00e9').send('x');
};
--- request
GET /t
--- response_body chomp
x



=== TEST 13: headers of the connection are left to nginx
--- function
module.exports = (req, res) => {
    res.set({ 'Keep-Alive': 'timeout=1', 'Transfer-Encoding': 'chunked',
              'Upgrade': 'x', 'TE': 'x' }).send('hello');
};
--- request
GET /t
--- response_headers
! Keep-Alive
! Transfer-Encoding
! Upgrade
Content-Length: 5
--- response_body chomp
hello



=== TEST 14: type: extensions
--- function
module.exports = (req, res) => {
    res.type(req.path.slice(1)).end('x');
};
--- request eval
["GET /t/html",
 "GET /t/.txt",
 "GET /t/json"]
--- response_body eval
["x",
 "x",
 "x"]



=== TEST 15: type: known types get their charset
--- function
module.exports = (req, res) => {
    const types = ['html', '.txt', 'js', 'json', 'png', 'svg', 'css', 'xml',
                   'text/css', 'application/xml', 'text/html; charset=x',
                   'application/json', 'image/png', 'unknown', 'bin'];

    res.json(types.map((type) => {
        res.removeHeader('Content-Type');
        return res.type(type).get('Content-Type') ?? null;
    }));
};
--- request
GET /t
--- response_body chomp
["text/html; charset=utf-8","text/plain; charset=utf-8","text/javascript; charset=utf-8","application/json; charset=utf-8","image/png","image/svg+xml","text/css; charset=utf-8","application/xml","text/css; charset=utf-8","application/xml","text/html; charset=x","application/json; charset=utf-8","image/png","application/octet-stream","application/octet-stream"]



=== TEST 16: contentType is type
--- function
module.exports = (req, res) => {
    res.contentType('text/css').end('b{}');
};
--- request
GET /t
--- response_headers
Content-Type: text/css; charset=utf-8
--- response_body chomp
b{}



=== TEST 17: vary
--- function
module.exports = (req, res) => {
    res.vary('Accept').vary('accept').vary(['Origin', 'X-A']).end();
};
--- request
GET /t
--- response_headers
Vary: Accept, Origin, X-A
--- response_body eval
""



=== TEST 18: vary: * stands alone
--- function
module.exports = (req, res) => {
    res.vary('Accept').vary('*').vary('X').end();
};
--- request
GET /t
--- response_headers
Vary: *
--- response_body eval
""



=== TEST 19: vary: no field, no name
--- function
module.exports = (req, res) => {
    const errors = [];

    for (const field of [undefined, '', 'a b']) {
        try {
            res.vary(field);
        } catch (e) {
            errors.push(e.message);
        }
    }

    res.json(errors);
};
--- request
GET /t
--- response_body chomp
["field argument is required","field argument is required","field argument contains an invalid header name"]



=== TEST 20: location: what no URL may have is escaped
--- function
module.exports = (req, res) => {
    res.location('/x?a=1&b="').end();
};
--- request
GET /t
--- response_headers
Location: /x?a=1&b=%22
--- response_body eval
""



=== TEST 21: location: what a header cannot hold is escaped
--- function
module.exports = (req, res) => {
    res.location('/\u4e16%20 \n').end();
};
--- request
GET /t
--- response_headers
Location: /%E4%B8%96%20%20%0A
--- response_body eval
""



=== TEST 22: location: back is a URL as any other
--- function
module.exports = (req, res) => {
    res.location('back').end();
};
--- request
GET /t
--- more_headers
Referer: http://from.example/
--- response_headers
Location: back
--- response_body eval
""



=== TEST 23: redirect: a page for who accepts it
--- function
module.exports = (req, res) => {
    res.redirect('/x?a=1&b=<>"');
};
--- request
GET /t
--- more_headers
Accept: text/html
--- error_code: 302
--- response_headers
Location: /x?a=1&b=%3C%3E%22
Vary: Accept
Content-Type: text/html; charset=utf-8
--- response_body chomp
<p>Found. Redirecting to /x?a=1&amp;b=%3C%3E%22</p>



=== TEST 24: redirect: a status, and text for who accepts anything
--- function
module.exports = (req, res) => {
    res.redirect(301, 'https://e.example/');
};
--- request
GET /t
--- error_code: 301
--- response_headers
Content-Type: text/plain; charset=utf-8
Location: https://e.example/
--- response_body chomp
Moved Permanently. Redirecting to https://e.example/



=== TEST 25: redirect: the status may come last
--- function
module.exports = (req, res) => {
    res.redirect('/x', 307);
};
--- request
GET /t
--- error_code: 307
--- response_headers
Location: /x
--- response_body chomp
Temporary Redirect. Redirecting to /x



=== TEST 26: redirect: neither text nor HTML is accepted
--- function
module.exports = (req, res) => {
    res.redirect('javascript:alert(1)');
};
--- request
GET /t
--- more_headers
Accept: image/png
--- error_code: 302
--- response_headers
Location: javascript:alert(1)
! Content-Type
--- response_body eval
""



=== TEST 27: redirect: no URL
--- function
module.exports = (req, res) => {
    res.redirect();
};
--- request
GET /t
--- error_code: 500
--- response_body_like chomp
ERR_INVALID_ARG_TYPE
--- error_log
ERR_INVALID_ARG_TYPE



=== TEST 28: redirect: a URL of another script
--- function
module.exports = (req, res) => {
    res.redirect('/\u4e16');
};
--- request
GET /t
--- error_code: 302
--- response_headers
Location: /%E4%B8%96
--- response_body chomp
Found. Redirecting to /%E4%B8%96



=== TEST 29: links
--- function
module.exports = (req, res) => {
    res.links({ next: '/2', last: ['/9', '/10'] }).links({ up: '/' }).end();
};
--- request
GET /t
--- response_headers
Link: </2>; rel="next", </9>; rel="last", </10>; rel="last", </>; rel="up"
--- response_body eval
""



=== TEST 30: attachment
--- function
module.exports = (req, res) => {
    res.attachment().send('x');
};
--- request
GET /t
--- response_headers
Content-Disposition: attachment
Content-Type: text/html; charset=utf-8
--- response_body chomp
x



=== TEST 31: attachment: a name
--- function
module.exports = (req, res) => {
    res.attachment('/dir/a "b".png').send('x');
};
--- request
GET /t
--- response_headers
Content-Disposition: attachment; filename="a \"b\".png"
Content-Type: image/png; charset=utf-8
--- response_body chomp
x



=== TEST 32: attachment: a name of another script
--- function
module.exports = (req, res) => {
    res.attachment('\u4e16.txt').send('x');
};
--- request
GET /t
--- response_headers
Content-Disposition: attachment; filename="?.txt"; filename*=UTF-8''%E4%B8%96.txt
--- response_body chomp
x



=== TEST 33: format: the best
--- function
module.exports = (req, res) => {
    res.format({
        text() { res.send('text'); },
        html() { res.send('<b>'); },
        json() { res.send({ j: 1 }); },
    });
};
--- request
GET /t
--- more_headers
Accept: application/json, text/html;q=0.5
--- response_headers
Content-Type: application/json; charset=utf-8
Vary: Accept
--- response_body chomp
{"j":1}



=== TEST 34: format: without an Accept header the first one
--- function
module.exports = (req, res) => {
    res.format({
        text() { res.send('text'); },
        json() { res.send({ j: 1 }); },
    });
};
--- request
GET /t
--- response_headers
Content-Type: text/plain; charset=utf-8
Vary: Accept
--- response_body chomp
text



=== TEST 35: format: default
--- function
module.exports = (req, res) => {
    res.format({
        json() { res.send({ j: 1 }); },
        default() { res.status(200).send('default'); },
    });
};
--- request
GET /t
--- more_headers
Accept: image/png
--- response_headers
Vary: Accept
--- response_body chomp
default



=== TEST 36: format: nothing fits, which is an error of the client's
--- function
module.exports = (req, res) => {
    res.format({
        json() { res.send({ j: 1 }); },
    });
};
--- request
GET /t
--- more_headers
Accept: image/png
--- error_code: 406
--- response_body_like chomp
"message":"Not Acceptable"
--- no_error_log
[error]



=== TEST 37: vary: many names beside a long one take no time that grows with both
--- function
module.exports = (req, res) => {
    res.vary('a'.repeat(3e5)).vary(Array(1e5).fill('b')).vary('B, A');

    const { length } = res.get('Vary');

    res.removeHeader('Vary');
    res.json(length);
};
--- request
GET /t
--- response_body chomp
300006
