# res.sendFile and res.download, as far as JavaScript decides; what nginx does
# with the file is in 126-wire.t.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: an absolute path
--- function
module.exports = (req, res) => {
    res.sendFile('/a.txt');
};
--- user_files
>>> fn/a.txt
hello
--- request
GET /t
--- response_headers
Content-Type: text/plain; charset=utf-8
Accept-Ranges: bytes
--- response_body eval
"hello\n"



=== TEST 2: by __dirname and path of another module
--- function
module.exports = (req, res) => {
    res.sendFile(require('./lib/f').path);
};
--- user_files
>>> fn/lib/f.js
exports.path = require('path').join(__dirname, '../a.txt');
>>> fn/a.txt
hello
--- request
GET /t
--- response_body eval
"hello\n"



=== TEST 3: a relative path needs the root option
--- function
module.exports = (req, res) => {
    try {
        res.sendFile('pub/x.css');
    } catch (error) {
        res.set('X-Error', error.message);
        res.sendFile('pub/x.css', { root: '.' });
    }
};
--- user_files
>>> fn/pub/x.css
b{}
--- request
GET /t
--- response_headers
Content-Type: text/css; charset=utf-8
X-Error: path must be absolute or specify root to res.sendFile
--- response_body eval
"b{}\n"



=== TEST 4: the root option
--- function
module.exports = (req, res) => {
    res.sendFile('deep/y.html', { root: '/pub' });
};
--- user_files
>>> fn/pub/x.css
b{}
>>> fn/pub/deep/y.html
<p>
--- request
GET /t
--- response_headers
Content-Type: text/html; charset=utf-8
--- response_body eval
"<p>\n"



=== TEST 5: the root option, and a path that starts with a slash
--- function
module.exports = (req, res) => {
    res.sendFile('/x.css', { root: 'pub/' });
};
--- user_files
>>> fn/pub/x.css
b{}
--- request
GET /t
--- response_body eval
"b{}\n"



=== TEST 6: the root option, and a whole path, which is one below it
--- function
module.exports = (req, res) => {
    res.sendFile(__dirname + 'pub/x.css', { root: '/pub' });
};
--- user_files
>>> fn/pub/x.css
b{}
--- request
GET /t
--- error_code: 404
--- response_body chomp
Not Found



=== TEST 7: no path leaves the root option
--- function
module.exports = (req, res) => {
    res.sendFile({ '/1': '../s.txt', '/2': '/../s.txt',
                   '/3': 'deep/../../s.txt', '/4': '..', '/5': '' + '.' }
                 [req.path], { root: '/pub' });
};
--- user_files
>>> fn/pub/x.css
b{}
>>> fn/s.txt
secret
--- request eval
["GET /t/1",
 "GET /t/2",
 "GET /t/3",
 "GET /t/4",
 "GET /t/5"]
--- error_code eval
[403, 403, 403, 403, 404]
--- response_body eval
["Forbidden",
 "Forbidden",
 "Forbidden",
 "Forbidden",
 "Not Found"]



=== TEST 8: no path leaves the package
--- function
module.exports = (req, res) => {
    res.sendFile('/../../../../etc/passwd');
};
--- request
GET /t
--- error_code: 403
--- response_body chomp
Forbidden



=== TEST 9: /app is the root, too
--- function
module.exports = (req, res) => {
    res.sendFile('/app/a.txt');
};
--- user_files
>>> fn/a.txt
hello
--- request
GET /t
--- response_body eval
"hello\n"



=== TEST 10: unless the package has an app
--- function
module.exports = (req, res) => {
    res.sendFile('/app/a.txt');
};
--- user_files
>>> fn/app/a.txt
the own one
>>> fn/a.txt
other
--- request
GET /t
--- response_body eval
"the own one\n"



=== TEST 11: types by extension
--- function
module.exports = (req, res) => {
    res.sendFile(req.path);
};
--- user_files
>>> fn/a.txt
hello
>>> fn/pub/x.css
b{}
>>> fn/noext
?
--- request eval
["GET /t/a.txt",
 "GET /t/noext",
 "GET /t/pub/x.css"]
--- response_body eval
["hello\n",
 "?\n",
 "b{}\n"]



=== TEST 12: a type that was set stays
--- function
module.exports = (req, res) => {
    res.type('text/x-own').sendFile('/a.txt');
};
--- user_files
>>> fn/a.txt
hello
--- request
GET /t
--- response_headers
Content-Type: text/x-own; charset=utf-8
--- response_body eval
"hello\n"



=== TEST 13: a status that was set stays
--- function
module.exports = (req, res) => {
    res.status(202).sendFile('/a.txt');
};
--- user_files
>>> fn/a.txt
hello
--- request
GET /t
--- error_code: 202
--- response_body eval
"hello\n"



=== TEST 14: headers
--- function
module.exports = (req, res) => {
    res.sendFile('/a.txt', { headers: { 'X-A': '1', 'Content-Type': 'a/b' } });
};
--- user_files
>>> fn/a.txt
hello
--- request
GET /t
--- response_headers
X-A: 1
Content-Type: a/b
--- response_body eval
"hello\n"



=== TEST 15: maxAge in milliseconds
--- function
module.exports = (req, res) => {
    res.sendFile('/a.txt', { maxAge: 3600500 });
};
--- user_files
>>> fn/a.txt
hello
--- request
GET /t
--- response_headers
Cache-Control: public, max-age=3600
--- response_body eval
"hello\n"



=== TEST 16: maxAge as text, immutable
--- function
module.exports = (req, res) => {
    res.sendFile('/a.txt', { maxAge: '2 days', immutable: true });
};
--- user_files
>>> fn/a.txt
hello
--- request
GET /t
--- response_headers
Cache-Control: public, max-age=172800, immutable
--- response_body eval
"hello\n"



=== TEST 17: without maxAge Cache-Control says so
--- function
module.exports = (req, res) => {
    res.sendFile('/a.txt');
};
--- user_files
>>> fn/a.txt
hello
--- request
GET /t
--- response_headers
Cache-Control: public, max-age=0
--- response_body eval
"hello\n"



=== TEST 18: cacheControl: false
--- function
module.exports = (req, res) => {
    res.sendFile('/a.txt', { maxAge: 5000, cacheControl: false });
};
--- user_files
>>> fn/a.txt
hello
--- request
GET /t
--- response_headers
! Cache-Control
--- response_body eval
"hello\n"



=== TEST 19: a Cache-Control of the function stays
--- function
module.exports = (req, res) => {
    res.set('Cache-Control', 'no-store').sendFile('/a.txt', { maxAge: 5000 });
};
--- user_files
>>> fn/a.txt
hello
--- request
GET /t
--- response_headers
Cache-Control: no-store
--- response_body eval
"hello\n"



=== TEST 20: lastModified, etag and acceptRanges may be switched off
--- function
module.exports = (req, res) => {
    res.sendFile('/a.txt', { lastModified: false, etag: false,
                             acceptRanges: false });
};
--- user_files
>>> fn/a.txt
hello
--- request
GET /t
--- response_headers
! Last-Modified
! ETag
! Accept-Ranges
--- response_body eval
"hello\n"



=== TEST 21: an ETag of the function stays
--- function
module.exports = (req, res) => {
    res.set('ETag', '"own"').sendFile('/a.txt');
};
--- user_files
>>> fn/a.txt
hello
--- request
GET /t
--- response_headers
ETag: "own"
--- response_body eval
"hello\n"



=== TEST 22: dotfiles
--- function
module.exports = (req, res) => {
    res.sendFile('/.env', req.query);
};
--- user_files
>>> fn/.env
A=1
--- request eval
["GET /t?dotfiles=allow",
 "GET /t?dotfiles=ignore",
 "GET /t?dotfiles=deny",
 "GET /t"]
--- error_code eval
[200, 404, 403, 404]
--- response_body eval
["A=1\n",
 "Not Found",
 "Forbidden",
 "Not Found"]



=== TEST 23: missing, a directory, a file taken for a directory
--- function
module.exports = (req, res) => {
    res.sendFile(req.path);
};
--- user_files
>>> fn/a.txt
hello
>>> fn/pub/x.css
b{}
--- request eval
["GET /t/nope",
 "GET /t/pub",
 "GET /t/a.txt/x",
 "GET /t/pub/"]
--- error_code eval
[404, 404, 404, 404]
--- response_body eval
["Not Found",
 "Not Found",
 "Not Found",
 "Not Found"]



=== TEST 24: an error leaves no traces
--- function
module.exports = (req, res) => {
    res.sendFile('/nope.css', { maxAge: 1000 });
};
--- request
GET /t
--- error_code: 404
--- response_headers
Content-Type: text/plain; charset=utf-8
! Cache-Control
! Last-Modified
--- response_body chomp
Not Found



=== TEST 25: a path with a NUL
--- function
module.exports = (req, res) => {
    res.sendFile('/a.txt\0.png');
};
--- user_files
>>> fn/a.txt
hello
--- request
GET /t
--- error_code: 400
--- response_body chomp
Bad Request



=== TEST 26: no path
--- function
module.exports = (req, res) => {
    const errors = [];

    for (const path of [undefined, '', 5]) {
        try {
            res.sendFile(path);
        } catch (e) {
            errors.push(e.name + ': ' + e.message);
        }
    }

    res.json(errors);
};
--- request
GET /t
--- response_body chomp
["TypeError: path argument is required to res.sendFile","TypeError: path argument is required to res.sendFile","TypeError: path must be a string to res.sendFile"]



=== TEST 27: a callback in place of the options
--- function
module.exports = (req, res) => {
    res.sendFile('/a.txt', (e) => console.log('called: ' + e));
};
--- user_files
>>> fn/a.txt
hello
--- request
GET /t
--- response_body eval
"hello\n"
--- error_log
called: undefined



=== TEST 28: a callback behind the options
--- function
module.exports = (req, res) => {
    res.sendFile('/a.txt', {}, (e) => console.log('called: ' + e));
};
--- user_files
>>> fn/a.txt
hello
--- request
GET /t
--- response_body eval
"hello\n"
--- error_log
called: undefined



=== TEST 29: a callback that answers an error
--- function
module.exports = (req, res) => {
    res.sendFile('/nope', {}, (e) =>
        res.send([e.code, e.status, e.statusCode, e.expose, e.path]));
};
--- request
GET /t
--- response_body chomp
["ENOENT",404,404,false,"/nope"]



=== TEST 30: a callback that does not
--- function
module.exports = (req, res) => {
    res.sendFile('/nope', {}, (e) => console.log('told ' + e.code));
};
--- request
GET /t
--- error_code: 404
--- response_body eval
""
--- error_log
told ENOENT



=== TEST 31: after a response
--- function
module.exports = (req, res) => {
    res.send('x');

    try {
        res.sendFile('/a.txt');
    } catch (e) {
        console.log(e.code);
    }
};
--- user_files
>>> fn/a.txt
hello
--- request
GET /t
--- response_body chomp
x
--- error_log
ERR_HTTP_HEADERS_SENT
--- wait: 0.3



=== TEST 32: finish comes, too
--- function
module.exports = (req, res) => {
    res.on('finish', () => console.log('finish'));
    res.sendFile('/a.txt');
};
--- user_files
>>> fn/a.txt
hello
--- request
GET /t
--- response_body eval
"hello\n"
--- error_log
finish



=== TEST 33: download
--- function
module.exports = (req, res) => {
    res.download('/pub/x.css');
};
--- user_files
>>> fn/pub/x.css
b{}
--- request
GET /t
--- response_headers
Content-Disposition: attachment; filename="x.css"
Content-Type: text/css; charset=utf-8
--- response_body eval
"b{}\n"



=== TEST 34: download: a name, options
--- function
module.exports = (req, res) => {
    res.download('a.txt', 'n "a" me.txt', { headers: { 'X-A': '1' } });
};
--- user_files
>>> fn/a.txt
hello
--- request
GET /t
--- response_headers
Content-Disposition: attachment; filename="n \"a\" me.txt"
X-A: 1
--- response_body eval
"hello\n"



=== TEST 35: download: options without a name
--- function
module.exports = (req, res) => {
    res.download('x.css', { root: '/pub', maxAge: 1000 });
};
--- user_files
>>> fn/pub/x.css
b{}
--- request
GET /t
--- response_headers
Content-Disposition: attachment; filename="x.css"
Cache-Control: public, max-age=1
--- response_body eval
"b{}\n"



=== TEST 36: download: missing
--- function
module.exports = (req, res) => {
    res.download('/nope');
};
--- request
GET /t
--- error_code: 404
--- response_body chomp
Not Found



=== TEST 37: a callback is told of each failure, and answers it when it likes
--- function
module.exports = (req, res) => {
    const { path, ...options } = req.query;

    res.sendFile(path, options, async (e) => {
        await sleep(2);
        res.status(e.status).send(`${e.name} ${e.message} ${e.code}`);
    });
};
--- user_files
>>> fn/pub/x.css
b{}
--- request eval
["GET /t?path=/../a", "GET /t?path=/.env", "GET /t?path=/.env&dotfiles=deny",
 "GET /t?path=/pub", "GET /t?path=/a%00b", "GET /t?path=../x&root=/pub"]
--- error_code eval
[403, 404, 403, 404, 400, 403]
--- response_body eval
["ForbiddenError Forbidden undefined", "NotFoundError Not Found undefined",
 "ForbiddenError Forbidden undefined", "Error EISDIR: illegal operation on a directory, read '/pub' EISDIR",
 "BadRequestError Bad Request undefined",
 "ForbiddenError Forbidden undefined"]



=== TEST 38: an error leaves no headers of the options
--- function
module.exports = (req, res) => {
    res.download(req.path, { headers: { 'X-Foo': 'bar' }, maxAge: 1000 });
};
--- request
GET /t/nope
--- error_code: 404
--- response_headers
! X-Foo
! Content-Disposition
! Cache-Control



=== TEST 39: start, end, with ranges
--- function
module.exports = (req, res) => {
    const { start, end } = req.query;

    res.sendFile('/a.txt', { start: +start, end: end && +end });
};
--- user_files eval
">>> fn/a.txt\n0123456789"
--- request eval
["GET /t?start=2&end=5", "GET /t?start=4", "GET /t?start=0&end=0",
 "GET /t?start=20", "GET /t?start=5&end=2", "GET /t?start=2&end=6"]
--- more_headers eval
["", "", "", "", "", "Range: bytes=1-2"]
--- error_code eval
[200, 200, 200, 200, 200, 206]
--- response_headers eval
["Content-Length: 4", "Content-Length: 6", "Content-Length: 1",
 "Content-Length: 0", "Content-Length: 0", "Content-Range: bytes 1-2/5"]
--- response_body eval
["2345", "456789", "0", "", "", "34"]



=== TEST 40: maxAge has bounds
--- function
module.exports = (req, res) => {
    const { age } = req.query;

    res.sendFile('/a.txt', { maxAge: age.match(/y/) ? age : +age });
};
--- user_files
>>> fn/a.txt
hello
--- request eval
["GET /t?age=99999999999", "GET /t?age=-1", "GET /t?age=2y",
 "GET /t?age=1999.9"]
--- response_headers eval
["Cache-Control: public, max-age=31536000", "Cache-Control: public, max-age=0",
 "Cache-Control: public, max-age=31536000", "Cache-Control: public, max-age=1"]



=== TEST 41: index.html of a directory, other names, and extensions
--- function
module.exports = (req, res) => {
    const { path, index } = req.query;

    res.sendFile(path, { extensions: ['htm', 'html'],
                         index: index === 'no' ? false : index });
};
--- user_files
>>> fn/pub/index.html
index
>>> fn/pub/b.html
b
--- request eval
["GET /t?path=/pub/", "GET /t?path=/pub/&index=b.html", "GET /t?path=/pub/b",
 "GET /t?path=/pub/c", "GET /t?path=/pub/&index=no"]
--- error_code eval
[200, 200, 200, 404, 404]
--- response_body eval
["index\n", "b\n", "b\n", "Not Found", "Not Found"]



=== TEST 42: conditions: a later time, a tag that counts more than a time
--- function
module.exports = (req, res) => {
    if (req.query.tag)
        res.set('ETag', '"own"');

    res.set('Last-Modified', 'Thu, 01 Jan 2015 00:00:00 GMT')
        .sendFile('/a.txt');
};
--- user_files
>>> fn/a.txt
hello
--- request eval
["GET /t", "GET /t", "GET /t", "GET /t?tag=1", "GET /t?tag=1"]
--- more_headers eval
["If-Modified-Since: Thu, 01 Jan 2015 00:00:00 GMT",
 "If-Modified-Since: Thu, 01 Jan 2016 00:00:00 GMT",
 "If-Modified-Since: Thu, 01 Jan 2014 00:00:00 GMT",
 "If-None-Match: \"own\"\nIf-Modified-Since: Thu, 01 Jan 2014 00:00:00 GMT",
 "If-None-Match: \"x\"\nIf-Modified-Since: Thu, 01 Jan 2015 00:00:00 GMT"]
--- error_code eval
[304, 304, 200, 304, 200]



=== TEST 43: download: the name is what it says, whatever the headers of the options
--- function
module.exports = (req, res) => {
    res.download('pub/x.css', 'y.css', {
        headers: { 'content-disposition': 'inline', 'X-A': 'b' },
    }, (e) => console.log('called: ' + e));
};
--- user_files
>>> fn/pub/x.css
b{}
--- request
GET /t
--- response_headers
Content-Disposition: attachment; filename="y.css"
X-A: b
--- error_log
called: undefined



=== TEST 44: sendfile, Express 4's: an escaped path below the package, or a root
--- function
module.exports = (req, res) => {
    const { path, ...options } = req.query;

    res.sendfile(path, options, (e) => e && res.send(`${e.status}`));
};
--- user_files
>>> fn/pub/a%b.txt
hello
--- request eval
["GET /t?path=pub/a%2525b.txt", "GET /t?path=/pub/a%2525b.txt",
 "GET /t?path=a%2525b.txt&root=pub", "GET /t?path=a.txt",
 "GET /t?path=pub/../pub/a%2525b.txt", "GET /t?path=%25"]
--- response_body eval
["hello\n", "hello\n", "hello\n", "404", "403", "400"]
