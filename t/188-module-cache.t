# How the engine reads, compiles and caches source text.

use TestInvoke 'no_plan';

# links and large files, which no section of a block can hold

add_block_preprocessor(sub {
    my $block = shift;

    if (defined $block->links) {
        my $html = "$ENV{TEST_NGINX_SERVROOT}/html";
        my $links = $block->links;

        $block->set_value('init', <<"END");
            for (split /\\n/, q{$links}) {
                my (\$name, \$target) = split / -> /;
                my \$dir = "$html/fn/\$name" =~ s{/[^/]*\$}{}r;
                File::Path::make_path(\$dir);
                symlink \$target, "$html/fn/\$name" or die "\$name: \$!";
            }
END
    }
});

run_tests();

__DATA__

=== TEST 1: await at the top level of the entry
--- function
const value = await new Promise((resolve) => setTimeout(resolve, 20, 'value'));
module.exports = (req, res) => res.send(value);
--- request eval
['GET /t', 'GET /t']
--- response_body eval
['value', 'value']


=== TEST 2: the same with one context for the function
--- config
location /t { invoke_isolation function; invoke ./html/fn; }
--- function
let calls = 0;
const value = await new Promise((resolve) => setTimeout(resolve, 20, 'value'));
module.exports = (req, res) => res.send(value + ++calls);
--- request eval
['GET /t', 'GET /t', 'GET /t']
--- response_body eval
['value1', 'value2', 'value3']


=== TEST 3: an entry that rejects at its top level
--- function
await new Promise((resolve) => setTimeout(resolve, 20));
throw new Error('thrown at load');
--- request
GET /t
--- error_code: 500
--- response_body_like: "message":"thrown at load","error":\{"code":"exception"
--- error_log
failed, exception:
thrown at load


=== TEST 4: an entry with the word await, which is no async function
--- function
const await = 1;
module.exports = (req, res) => res.send(String(await + 1));
--- request eval
['GET /t', 'GET /t']
--- response_body eval
['2', '2']


=== TEST 5: await in a module that is required makes it one that is not to be
--- function
module.exports = (req, res) => {
    try {
        require('./lib');
    } catch (error) {
        res.send(error.code);
    }
};
--- user_files
>>> fn/lib.js
module.exports = await null;
--- request
GET /t
--- response_body: ERR_REQUIRE_ASYNC_MODULE


=== TEST 6: a syntax error beside a top-level await
--- function
await null;
module.exports = (req, res) => { res.send('x' };
--- request
GET /t
--- error_code: 500
--- response_body_like: "stack":"/index\.js:2:43\\nmodule\.exports = \(req, res\) => \{ res\.send\('x' \};
--- error_log
failed, exception:


=== TEST 7: a syntax error in the first line, without what wraps it
--- function
module.exports = (req, res) => { res.send('x' };
--- request
GET /t
--- error_code: 500
--- response_body_like: "stack":"/index\.js:1:43\\nmodule\.exports = \(req, res\) => \{ res\.send\('x' \};\\n {42}\^\^\^\\n\\nSyntaxError: missing \) after argument list
--- error_log
failed, exception:


=== TEST 8: a syntax error in a module that is required
--- function
const lib = require('./lib/broken');
module.exports = (req, res) => res.send('never');
--- user_files
>>> fn/lib/broken.js
'use strict';

exports.a = 1;
  exports.b = [1, 2;
--- request
GET /t
--- error_code: 500
--- response_body_like: "stack":"/lib/broken\.js:4:20\\n  exports\.b = \[1, 2;\\n {19}\^\\n\\nSyntaxError: Unexpected token ';'
--- error_log
/lib/broken.js:4:20


=== TEST 9: a syntax error that comes back each time
--- function
module.exports = (req, res => 1;
--- request eval
['GET /t', 'GET /t', 'GET /t']
--- error_code eval
[500, 500, 500]
--- response_body_like eval
[('index\.js:1:\d+\\\\nmodule') x 3]
--- error_log
failed, exception:


=== TEST 10: JSON that is malformed names its file
--- function
module.exports = (req, res) => {
    try {
        require('./data.json');
    } catch (error) {
        res.send(`${error.name} ${error.message}`);
    }
};
--- user_files
>>> fn/data.json
{"a": 1,}
--- request
GET /t
--- response_body_like: ^SyntaxError .*data\.json: .* in JSON at position 8$


=== TEST 11: JSON with a byte order mark
--- function
const data = require('./data.json');
module.exports = (req, res) => res.send(data.a);
--- user_files eval
">>> fn/data.json\n\xef\xbb\xbf{\"a\":\"b\"}"
--- request
GET /t
--- response_body: b


=== TEST 12: a line for a shell
--- function
#!/usr/bin/env node
module.exports = (req, res) => res.send(new Error('x').stack.split('\n')[1]);
--- request
GET /t
--- response_body_like: index\.js:2:41


=== TEST 13: a line for a shell and nothing else
--- function
#!/usr/bin/env node
--- request
GET /t
--- error_code: 500
--- response_body_like: "code":"bad_export"
--- error_log
failed, bad_export:


=== TEST 14: a byte order mark
--- user_files eval
">>> fn/index.js
\xef\xbb\xbfmodule.exports = (req, res) => res.send('marked');
"
--- request
GET /t
--- response_body: marked


=== TEST 15: a byte order mark and a line for a shell
--- user_files eval
">>> fn/index.js
\xef\xbb\xbf#!/usr/bin/env node
module.exports = (req, res) => res.send('marked');
"
--- request
GET /t
--- response_body: marked


=== TEST 16: texts beyond ASCII, in names and strings
--- user_files eval
">>> fn/index.js
const gr\xc3\xbc\xc3\x9fe = '\xe4\xbd\xa0\xe5\xa5\xbd \xf0\x9f\x98\x80 \xc3\xa9';
module.exports = (req, res) => res.send(gr\xc3\xbc\xc3\x9fe + gr\xc3\xbc\xc3\x9fe.length);
"
--- request eval
['GET /t', 'GET /t']
--- response_body eval
["\xe4\xbd\xa0\xe5\xa5\xbd \xf0\x9f\x98\x80 \xc3\xa97",
"\xe4\xbd\xa0\xe5\xa5\xbd \xf0\x9f\x98\x80 \xc3\xa97"]


=== TEST 17: bytes that are no UTF-8
--- user_files eval
">>> fn/index.js
module.exports = (req, res) => res.send('\xff\xfe'.length + ' ' + '\xc3'.codePointAt(0));
"
--- request
GET /t
--- response_body: 2 65533


=== TEST 18: columns of a text beyond ASCII
--- user_files eval
">>> fn/index.js
const a = '\xc3\xa9\xc3\xa9'; module.exports = (req, res) => { throw new Error('x'); };
"
--- request
GET /t
--- error_code: 500
--- response_body_like: index\.js:1:56
--- error_log
failed, exception:


=== TEST 19: line feeds of other systems
--- user_files eval
">>> fn/index.js
'use strict';\r\nmodule.exports = (req, res) => {\r\n    throw new Error('x');\r\n};\r\n"
--- request
GET /t
--- error_code: 500
--- response_body_like: index\.js:3:11
--- error_log
failed, exception:


=== TEST 20: a comment in the last line
--- function
module.exports = (req, res) => res.send('ok'); // no line feed follows
--- request
GET /t
--- response_body: ok


=== TEST 21: an empty entry
--- user_files
>>> fn/index.js
--- request
GET /t
--- error_code: 500
--- response_body_like: "code":"bad_export"
--- error_log
failed, bad_export:


=== TEST 22: what ends the wrapper is a SyntaxError
--- function
}); globalThis.outside = 1; (function () {
--- request
GET /t
--- error_code: 500
--- response_body_like: "stack":"/index\.js:1:1\\n\}\); globalThis
--- error_log
SyntaxError: Unexpected token '}'


=== TEST 23: a NUL in the text
--- user_files eval
">>> fn/index.js
module.exports = (req, res) => res.send(String('a\0b'.length));
"
--- request
GET /t
--- response_body: 3


=== TEST 24: a link to a file of the package
--- function
module.exports = (req, res) => res.send(require('./link') + __filename);
--- user_files
>>> fn/lib/real.js
module.exports = __filename;
--- links
link.js -> lib/real.js
--- request
GET /t
--- response_body: /lib/real.js/index.js


=== TEST 25: a link out of the package
--- function
const codes = ['./out', './outdir/a', './abs.json'].map((name) => {
    try {
        return require(name);
    } catch (error) {
        return error.code;
    }
});
module.exports = (req, res) => res.json(codes);
--- user_files
>>> secret.js
module.exports = 'secret';
>>> other/a.js
module.exports = 'secret';
--- links
out.js -> ../secret.js
outdir -> ../other
abs.json -> /etc/hostname
--- request
GET /t
--- response_body_unlike: secret
--- response_body_like: ^\["[A-Z_]+","[A-Z_]+","[A-Z_]+"\]$


=== TEST 26: a link that leads to itself
--- function
module.exports = (req, res) => {
    try {
        res.send(require('./loop'));
    } catch (error) {
        res.send(error.code);
    }
};
--- links
loop.js -> loop.js
--- request
GET /t
--- response_body_like: ^(ELOOP|MODULE_NOT_FOUND)$


=== TEST 27: the root by its other name
--- function
const a = require('/app/lib/a.js');
const b = require('/lib/a');
module.exports = (req, res) =>
    res.send(`${a === b} ${a} ${require.resolve('/app/lib/a')}`);
--- user_files
>>> fn/lib/a.js
module.exports = __filename;
--- request
GET /t
--- response_body: true /lib/a.js /lib/a.js


=== TEST 28: a package with a directory of that name
--- function
module.exports = (req, res) => res.send(require('/app/a.js'));
--- user_files
>>> fn/app/a.js
module.exports = __filename;
>>> fn/a.js
module.exports = 'of the root';
--- request
GET /t
--- response_body: /app/a.js


=== TEST 29: .. does not lead out
--- function
module.exports = (req, res) => {
    const found = ['../secret.js', '../../secret.js', '/../secret.js',
                   './../../../etc/hostname'].map((name) => {
        try {
            return require(name);
        } catch (error) {
            return error.code;
        }
    });
    res.json(found);
};
--- user_files
>>> secret.js
module.exports = 'secret';
--- request
GET /t
--- response_body eval
'["MODULE_NOT_FOUND","MODULE_NOT_FOUND","MODULE_NOT_FOUND","MODULE_NOT_FOUND"]'


=== TEST 30: a thousand modules
--- function
let sum = 0;
for (let i = 0; i < 1000; i++) {
    sum += require('./one')(i);
    delete require.cache[require.resolve('./one')];
}
module.exports = (req, res) => res.send(String(sum));
--- user_files
>>> fn/one.js
module.exports = (i) => i;
--- request eval
['GET /t', 'GET /t']
--- response_body eval
['499500', '499500']


=== TEST 31: a text of 3 MB, in its second isolate from the code cache
--- user_files eval
">>> fn/index.js
const fns = [];
" . CORE::join('', map { "fns[$_] = function (a) { return a + $_ + '" . 'x' x 80 . "'.length; };\n" } 1 .. 24000)
. "module.exports = (req, res) => res.send(String(fns[24000](1)));\n"
--- request eval
['GET /t', 'GET /t']
--- response_body eval
['24081', '24081']
--- timeout: 20


=== TEST 32: a file over the limit for modules
--- function
module.exports = (req, res) => {
    try {
        require('./large');
    } catch (error) {
        res.send(`${error.code}`);
    }
};
--- init
open my $file, '>', "$ENV{TEST_NGINX_SERVROOT}/html/fn/large.js" or die;
truncate $file, 33 * 1024 * 1024;
close $file;
--- request
GET /t
--- response_body_like: ^(EFBIG|ERR_FS_FILE_TOO_LARGE)$


=== TEST 33: a directory, a pipe and an unreadable file in the place of a module
--- function
module.exports = (req, res) => {
    const found = ['./dir.js', './pipe.js'].map((name) => {
        try {
            return require(name);
        } catch (error) {
            return 'error';
        }
    });
    res.json(found);
};
--- init
use POSIX;
POSIX::mkfifo("$ENV{TEST_NGINX_SERVROOT}/html/fn/pipe.js", 0644) or die;
mkdir "$ENV{TEST_NGINX_SERVROOT}/html/fn/dir.js" or die;
--- request
GET /t
--- response_body: ["error","error"]


=== TEST 34: the stack names files, lines and columns of the package
--- function
const fail = require('./lib/fail');
module.exports = function handler(req, res) {
    fail();
};
--- user_files
>>> fn/lib/fail.js
module.exports = function fail() {
    throw new TypeError('failed');
};
--- request
GET /t
--- error_code: 500
--- response_body_like: "stack":"TypeError: failed\\n    at fail \(/lib/fail\.js:2:11\)\\n    at (module\.exports|handler|Object\.handler) \(/index\.js:3:5\)
--- error_log
/lib/fail.js:2:11
