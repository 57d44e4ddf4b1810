# What a client wishes for and has, as the packages of Express read it (they are
# compared with ours by util/dev/fuzz-parsers).

use strict;
use warnings;

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: accepts: what Express makes of parameters
--- function
module.exports = (req, res) => {
    const given = {
        accept: 'text/html;q=0.4x, text/plain;q=no, a/b;x=;q=0.2, '
                + 'c/d;t="1,2;\\"";q="0.9", nothing',
        'accept-encoding': ';q=1, br;q, gzip;q=0.5, x y',
        'accept-language': 'de;q="0.5", en ;q=0.6',
    };

    Object.assign(req.headers, given);
    res.json([req.accepts(), req.accepts('html', 'a/b;x=1', 'a/b'),
              req.accepts('c/d;t="1,2;\\""', 'html'),
              req.acceptsEncodings(), req.acceptsLanguages()]);
};
--- request
GET /t
--- response_body chomp
[["c/d","text/html","a/b"],"html","c/d;t=\"1,2;\\\"\"",["br","x y","gzip","identity"],["en","de"]]



=== TEST 2: is: types that are none, and whole suffixes
--- function
module.exports = (req, res) => {
    const ask = (type, ...wished) => {
        req.headers['content-type'] = type;
        req.headers['content-length'] = '1';
        return req.is(...wished);
    };

    res.json([ask('a/*', '*/*'), ask('a/b/c', 'a/*'), ask('a', '*/*'),
              ask('a/b+c+json', '*/*+d+json'), ask('a/b+c+json', '*/*+c+json'),
              ask('A/B ; x', 'a/b')]);
};
--- request
GET /t
--- response_body chomp
[false,false,false,false,"a/b+c+json","a/b"]



=== TEST 3: range: numbers end where they are none any longer, as in Express
--- function
module.exports = (req, res) => {
    const ask = (range) => {
        req.headers.range = range;
        return req.range(10);
    };

    res.json(['bytes=1x-3y', 'bytes=4', 'bytes=1--2', 'bytes=-', 'bytes=x,2-3',
              'bytes'].map(ask));
};
--- request
GET /t
--- response_body chomp
[[{"start":1,"end":3}],[{"start":4,"end":9}],[{"start":1,"end":9}],-1,[{"start":2,"end":3}],-2]



=== TEST 4: fresh: a tag with a comma
--- function
module.exports = (req, res) => {
    req.headers['if-none-match'] = 'W/"x","a,b"';

    const fresh = ['"a,b"', '"a', 'b"', 'W/"a,b"'].map((tag) => {
        res.set('ETag', tag);
        return req.fresh;
    });

    res.removeHeader('ETag');
    delete req.headers['if-none-match'];
    res.json(fresh);
};
--- request
GET /t
--- response_body chomp
[true,false,false,true]



=== TEST 5: names that Express 4 has
--- function
module.exports = (req, res) => res.json([
    req.acceptsEncoding('br', 'gzip'), req.acceptsEncoding('br'),
    req.acceptsCharset('utf-8'), req.acceptsLanguage('de', 'en'),
]);
--- request
GET /t
--- more_headers
Accept-Encoding: gzip
Accept-Language: en, de;q=0.5
--- response_body chomp
["gzip",false,"utf-8","en"]



=== TEST 6: json, jsonp and send with a status beside the body, as in Express 4
--- function
module.exports = (req, res) => {
    switch (req.path) {
    case '/json-before': return res.json(201, { a: 1 });
    case '/json-behind': return res.json({ a: 1 }, 202);
    case '/json-numbers': return res.json(200, 201);
    case '/jsonp': return res.jsonp(203, [1]);
    case '/send-before': return res.send(404, 'none');
    case '/send-behind': return res.send('bad', 400);
    case '/send-numbers': return res.send(200, 0.5);
    case '/alone': return res.send(404);
    default: return res.send('x', 'y');
    }
};
--- request eval
[map { "GET /t/$_" } qw(json-before json-behind json-numbers jsonp send-before
                        send-behind send-numbers alone others)]
--- error_code eval
[201, 202, 201, 203, 404, 400, 200, 200, 200]
--- response_body eval
['{"a":1}', '{"a":1}', '200', '[1]', 'none', 'bad', '0.5', '404', 'x']
