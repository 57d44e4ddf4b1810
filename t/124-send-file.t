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
exports.path = __dirname + '/../a.txt';
>>> fn/a.txt
hello
--- request
GET /t
--- response_body eval
"hello\n"



=== TEST 3: relative paths are those of the root
--- function
module.exports = (req, res) => {
    res.sendFile('pub/x.css');
};
--- user_files
>>> fn/pub/x.css
b{}
--- request
GET /t
--- response_headers
Content-Type: text/css; charset=utf-8
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



=== TEST 6: the root option, and a whole path below it
--- function
module.exports = (req, res) => {
    res.sendFile(__dirname + 'pub/x.css', { root: '/pub' });
};
--- user_files
>>> fn/pub/x.css
b{}
--- request
GET /t
--- response_body eval
"b{}\n"



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
[404, 404, 404, 404, 404]
--- response_body eval
["Not Found",
 "Not Found",
 "Not Found",
 "Not Found",
 "Not Found"]



=== TEST 8: no path leaves the package
--- function
module.exports = (req, res) => {
    res.sendFile('../../../../etc/passwd');
};
--- request
GET /t
--- error_code: 404
--- response_body chomp
Not Found



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



=== TEST 17: without maxAge there is no Cache-Control
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
! Cache-Control
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
    res.sendFile('/.env', { dotfiles: req.path.slice(1) });
};
--- user_files
>>> fn/.env
A=1
--- request eval
["GET /t/allow",
 "GET /t/ignore",
 "GET /t/deny"]
--- error_code eval
[200, 404, 403]
--- response_body eval
["A=1\n",
 "Not Found",
 "Forbidden"]



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
[404, 500, 404, 404]
--- response_body eval
["Not Found",
 "Internal Server Error",
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
    res.sendFile('/a.txt', () => {});
};
--- user_files
>>> fn/a.txt
hello
--- request
GET /t
--- error_code: 500
--- response_body_like chomp
res\.sendFile\(\) callbacks are not supported in this environment\. Use synchronous file operations\.
--- error_log
callbacks are not supported



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
    res.sendFile('/nope', {}, (e) => res.status(410).send(e.code));
};
--- request
GET /t
--- error_code: 410
--- response_body chomp
ENOENT



=== TEST 30: a callback that does not
--- function
module.exports = (req, res) => {
    res.sendFile('/nope', {}, (e) => console.log('told ' + e.code));
};
--- request
GET /t
--- error_code: 404
--- response_body chomp
Not Found
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
