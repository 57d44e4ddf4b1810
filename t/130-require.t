# require() of a package's own files; packages are in 131-packages.t.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: a file, with and without its extension
--- function
const a = require('./u');
const b = require('./u.js');

module.exports = (req, res) => res.json([a.name, a === b]);
--- user_files
>>> fn/u.js
exports.name = 'u';
--- request
GET /t
--- response_body chomp
["u",true]



=== TEST 2: down, up, and from there
--- function
module.exports = (req, res) => res.json(require('./d/e/f'));
--- user_files
>>> fn/d/e/f.js
module.exports = [__filename, __dirname, require('../g'), require('../../h')];
>>> fn/d/g.js
module.exports = 'g';
>>> fn/h.js
module.exports = 'h';
--- request
GET /t
--- response_body chomp
["/d/e/f.js","/d/e","g","h"]



=== TEST 3: absolute in the package
--- function
module.exports = (req, res) => res.json([require('/d/x'), __filename, __dirname]);
--- user_files
>>> fn/d/x.js
module.exports = __filename;
--- request
GET /t
--- response_body chomp
["/d/x.js","/index.js","/"]



=== TEST 4: /app is the root, too
--- function
module.exports = (req, res) => res.json(require('/app/d/x') === require('./d/x'));
--- user_files
>>> fn/d/x.js
module.exports = {};
--- request
GET /t
--- response_body chomp
true



=== TEST 5: a directory, with and without a slash
--- function
module.exports = (req, res) => res.json([require('./d'), require('./d/'), require('./d/.')]);
--- user_files
>>> fn/d/index.js
module.exports = __filename;
--- request
GET /t
--- response_body chomp
["/d/index.js","/d/index.js","/d/index.js"]



=== TEST 6: a directory with index.json
--- function
module.exports = (req, res) => res.json(require('./d'));
--- user_files
>>> fn/d/index.json
{"from": "json"}
--- request
GET /t
--- response_body chomp
{"from":"json"}



=== TEST 7: a directory with a package.json
--- function
module.exports = (req, res) => res.json([require('./d'), require('./e')]);
--- user_files
>>> fn/d/package.json
{"main": "lib/m"}
>>> fn/d/lib/m.js
module.exports = __filename;
>>> fn/e/package.json
{"main": "lib"}
>>> fn/e/lib/index.js
module.exports = __filename;
--- request
GET /t
--- response_body chomp
["/d/lib/m.js","/e/lib/index.js"]



=== TEST 8: . and ..
--- function
module.exports = (req, res) => res.json(require('./d/e'));
--- user_files
>>> fn/d/e.js
module.exports = [require('.'), require('./')];
>>> fn/d/index.js
module.exports = __filename;
--- request
GET /t
--- response_body chomp
["/d/index.js","/d/index.js"]



=== TEST 9: a file goes before a directory, .js before .json
--- function
module.exports = (req, res) => res.json([require('./c'), require('./c/'), require('./x')]);
--- user_files
>>> fn/c.js
module.exports = 'file';
>>> fn/c/index.js
module.exports = 'directory';
>>> fn/x.js
module.exports = 'js';
>>> fn/x.json
"json"
--- request
GET /t
--- response_body chomp
["file","directory","js"]



=== TEST 10: a file without extension
--- function
module.exports = (req, res) => res.json(require('./LICENSE'));
--- user_files
>>> fn/LICENSE
module.exports = 'code';
--- request
GET /t
--- response_body chomp
"code"



=== TEST 11: JSON
--- function
module.exports = (req, res) => res.json([require('./a.json'), require('./a'), require('./a') === require('./a.json')]);
--- user_files
>>> fn/a.json
{"a": [1, null]}
--- request
GET /t
--- response_body chomp
[{"a":[1,null]},{"a":[1,null]},true]



=== TEST 12: bad JSON names the file
--- function
const attempt = (id) => {
    try {
        return require(id);
    } catch (e) {
        return [e.code ?? e.name, e.message];
    }
};

module.exports = (req, res) => {
    const [name, message] = attempt('./a');

    res.json([name, message.slice(0, 9)]);
};
--- user_files
>>> fn/a.json
{"a": }
--- request
GET /t
--- response_body chomp
["SyntaxError","/a.json: "]



=== TEST 13: .mjs is an ES module
--- function
const attempt = (id) => {
    try {
        return require(id);
    } catch (e) {
        return [e.code ?? e.name, e.message];
    }
};

module.exports = (req, res) => res.json([attempt('./a.mjs'), attempt('./b.mjs')]);
--- user_files
>>> fn/a.mjs
module.exports = 'cjs';
>>> fn/b.mjs
export default 1;
--- request
GET /t
--- response_body chomp
[["ReferenceError","module is not defined in ES module scope"],{"__esModule":true,"default":1}]



=== TEST 14: .cjs, and a name with dots
--- function
module.exports = (req, res) => res.json([require('./a.cjs'), require('./b.c')]);
--- user_files
>>> fn/a.cjs
module.exports = 1;
>>> fn/b.c.js
module.exports = 2;
--- request
GET /t
--- response_body chomp
[1,2]



=== TEST 15: .node cannot be loaded
--- function
const attempt = (id) => {
    try {
        return require(id);
    } catch (e) {
        return [e.code ?? e.name, e.message];
    }
};

module.exports = (req, res) => res.json(attempt('./a.node'));
--- user_files
>>> fn/a.node
x
--- request
GET /t
--- response_body chomp
["ERR_DLOPEN_FAILED","/a.node: native addons cannot be loaded"]



=== TEST 16: a module is evaluated once
--- function
module.exports = (req, res) => {
    require('./u');
    require('./d/v');
    res.json(require('./u'));
};
--- user_files
>>> fn/u.js
module.exports = { n: globalThis.n = (globalThis.n ?? 0) + 1 };
>>> fn/d/v.js
require('../u');
--- request
GET /t
--- response_body chomp
{"n":1}



=== TEST 17: cycles see what was exported so far
--- function
module.exports = (req, res) => res.json(require('./a'));
--- user_files
>>> fn/a.js
exports.early = 1;
exports.b = require('./b');
exports.late = 1;
>>> fn/b.js
exports.seen = Object.keys(require('./a'));
--- request
GET /t
--- response_body chomp
{"early":1,"b":{"seen":["early"]},"late":1}



=== TEST 18: a module that throws is evaluated again
--- function
module.exports = (req, res) => {
    const seen = [];

    for (let i = 0; i < 3; i++) {
        try {
            seen.push(require('./u'));
        } catch (e) {
            seen.push(e.message);
        }
    }

    res.json([seen, Object.keys(require.cache)]);
};
--- user_files
>>> fn/u.js
globalThis.n = (globalThis.n ?? 0) + 1;
if (globalThis.n < 3) throw new Error('try ' + globalThis.n);
module.exports = 'loaded';
--- request
GET /t
--- response_body chomp
[["try 1","try 2","loaded"],["/index.js","/u.js"]]



=== TEST 19: missing
--- function
const attempt = (id) => {
    try {
        return require(id);
    } catch (e) {
        return [e.code ?? e.name, e.message];
    }
};

module.exports = (req, res) => res.json([attempt('./nope'), attempt('../nope.js'), attempt('/nope'), attempt('nope')]);
--- request
GET /t
--- response_body chomp
[["MODULE_NOT_FOUND","Cannot find module './nope'\nRequire stack:\n- /index.js"],["MODULE_NOT_FOUND","Cannot find module '../nope.js'\nRequire stack:\n- /index.js"],["MODULE_NOT_FOUND","Cannot find module '/nope'\nRequire stack:\n- /index.js"],["MODULE_NOT_FOUND","Cannot find module 'nope'\nRequire stack:\n- /index.js"]]



=== TEST 20: missing, with the stack of who required
--- function
module.exports = (req, res) => {
    try {
        require('./a');
    } catch (e) {
        res.json([e.code, e.message, e.requireStack]);
    }
};
--- user_files
>>> fn/a.js
require('./b');
>>> fn/b.js
require('./nope');
--- request
GET /t
--- response_body chomp
["MODULE_NOT_FOUND","Cannot find module './nope'\nRequire stack:\n- /b.js\n- /a.js\n- /index.js",["/b.js","/a.js","/index.js"]]



=== TEST 21: what is no name
--- function
const attempt = (id) => {
    try {
        return require(id);
    } catch (e) {
        return [e.code ?? e.name, e.message];
    }
};

module.exports = (req, res) => res.json([undefined, null, 5, {}, ''].map(attempt));
--- request
GET /t
--- response_body chomp
[["ERR_INVALID_ARG_TYPE","The \"id\" argument must be of type string. Received undefined"],["ERR_INVALID_ARG_TYPE","The \"id\" argument must be of type string. Received null"],["ERR_INVALID_ARG_TYPE","The \"id\" argument must be of type string. Received type number (5)"],["ERR_INVALID_ARG_TYPE","The \"id\" argument must be of type string. Received an instance of Object"],["ERR_INVALID_ARG_VALUE","The argument 'id' must be a non-empty string. Received ''"]]



=== TEST 22: outside of the package there is nothing
--- function
const attempt = (id) => {
    try {
        return require(id);
    } catch (e) {
        return [e.code ?? e.name, e.message];
    }
};

module.exports = (req, res) => res.json([attempt('../../../../etc/passwd'), attempt('/etc/passwd')]);
--- request
GET /t
--- response_body chomp
[["MODULE_NOT_FOUND","Cannot find module '../../../../etc/passwd'\nRequire stack:\n- /index.js"],["MODULE_NOT_FOUND","Cannot find module '/etc/passwd'\nRequire stack:\n- /index.js"]]



=== TEST 23: a syntax error names the file, the line and the source
--- function
module.exports = (req, res) => {
    try {
        require('./bad');
    } catch (e) {
        res.json([e.name, e.message, e.stack.split('\n').slice(0, 3)]);
    }
};
--- user_files
>>> fn/bad.js
const a = 1;

let b = ;
--- request
GET /t
--- response_body chomp
["SyntaxError","Unexpected token ';'",["/bad.js:3:9","let b = ;","        ^"]]



=== TEST 24: stacks name the files of the package, lines and columns
--- function
const boom = require('./lib/boom');

module.exports = (req, res) => {
    try {
        boom();
    } catch (e) {
        res.json(e.stack.split('\n').slice(0, 3));
    }
};
--- user_files
>>> fn/lib/boom.js
module.exports = function boom() {
    throw new Error('s');
};
--- request
GET /t
--- response_body chomp
["Error: s","    at boom (/lib/boom.js:2:11)","    at module.exports (/index.js:5:9)"]



=== TEST 25: what a module finds
--- function
module.exports = (req, res) => res.json(require('./u'));
--- user_files
>>> fn/u.js
module.exports = [typeof exports, typeof require, typeof module,
    __filename, __dirname, this === module.exports, arguments.length];
--- request
GET /t
--- response_body chomp
["object","function","object","/u.js","/",true,5]



=== TEST 26: exports and module.exports
--- function
module.exports = (req, res) => res.json([require('./a'), require('./b'), require('./c')]);
--- user_files
>>> fn/a.js
exports.x = 1;
>>> fn/b.js
exports.x = 1;
module.exports = { y: 2 };
>>> fn/c.js
exports = { x: 1 };
--- request
GET /t
--- response_body chomp
[{"x":1},{"y":2},{}]



=== TEST 27: module
--- function
const u = require('./d/u');

module.exports = (req, res) => {
    res.json([Object.keys(module), module.id, module.filename, module.loaded,
              module.parent, module.path, module.paths,
              module.children.map((m) => m.id), u]);
};
--- user_files
>>> fn/d/u.js
module.exports = [module.id, module.loaded, module.parent.id,
    module.paths, require.main === module.parent];
--- request
GET /t
--- response_body chomp
[["id","path","exports","filename","loaded","children"],".","/index.js",true,null,"/",["/node_modules"],["/d/u.js"],["/d/u.js",false,".",["/d/node_modules","/node_modules"],true]]



=== TEST 28: require.resolve
--- function
module.exports = (req, res) => {
    let missing;

    try {
        require.resolve('./nope');
    } catch (e) {
        missing = e.code;
    }

    res.json([require.resolve('./u'), require.resolve('./d'),
              require.resolve('path'), missing,
              require.resolve('./u', { paths: ['/d'] }),
              require.resolve.paths('x'), require.resolve.paths('./x'),
              require.resolve.paths('path')]);
};
--- user_files
>>> fn/u.js

>>> fn/d/index.js

>>> fn/d/u.js

--- request
GET /t
--- response_body chomp
["/u.js","/d/index.js","path","MODULE_NOT_FOUND","/d/u.js",["/node_modules"],["/"],null]



=== TEST 29: require.cache shows the modules and may be changed
--- function
module.exports = (req, res) => {
    const first = require('./u');
    const keys = Object.keys(require.cache);

    delete require.cache[require.resolve('./u')];

    const second = require('./u');

    require.cache['/u.js'].exports = 'patched';
    require.cache['/v.js'] = { exports: 'made up' };
    res.json([keys, first === second, require('./u'), require('./v')]);
};
--- user_files
>>> fn/u.js

>>> fn/v.js

--- request
GET /t
--- response_body chomp
[["/index.js","/u.js"],false,"patched","made up"]



=== TEST 30: require.main
--- function
module.exports = (req, res) => res.json([require.main === module, require.main.filename, process.mainModule === module]);
--- request
GET /t
--- response_body chomp
[true,"/index.js",true]



=== TEST 31: require.extensions
--- function
require.extensions['.txt'] = (module, filename) => {
    module.exports = 'text of ' + filename;
};

module.exports = (req, res) => res.json([Object.keys(require.extensions), require('./a'), require('./b.txt')]);
--- user_files
>>> fn/a.txt
x
>>> fn/b.txt
y
--- request
GET /t
--- response_body chomp
[[".js",".json",".node",".txt"],"text of /a.txt","text of /b.txt"]



=== TEST 32: a byte order mark, a shebang, "use strict", a comment at the end
--- function
module.exports = (req, res) => res.json([require('./bom'), require('./bang'), require('./strict'), require('./comment')]);
--- user_files
>>> fn/bom.js
﻿module.exports = 'bom';
>>> fn/bang.js
#!/usr/bin/env node
module.exports = 'bang';
>>> fn/strict.js
'use strict';
module.exports = (function () { return this === undefined; })();
>>> fn/comment.js
module.exports = 'comment' // to the end
--- request
GET /t
--- response_body chomp
["bom","bang",true,"comment"]



=== TEST 33: code is sloppy unless it says otherwise
--- function
undeclared = 1;
module.exports = (req, res) => res.json(globalThis.undeclared);
--- request
GET /t
--- response_body chomp
1



=== TEST 34: the built-in modules of Node
--- function
module.exports = (req, res) => {
    res.json([require('node:path') === require('path'),
              require('path').sep, typeof require('node:timers').setTimeout,
              typeof require('process').nextTick]);
};
--- request
GET /t
--- response_body chomp
[true,"/","function","function"]



=== TEST 35: a built-in module that there is not is named
--- function
module.exports = (req, res) => {
    try {
        require('repl');
    } catch (e) {
        res.json([e.code, e.message.split(':')[0]]);
    }
};
--- request
GET /t
--- response_body chomp
["MODULE_NOT_FOUND","Cannot find module 'repl'"]



=== TEST 36: "node:" and what is no built-in module
--- function
const attempt = (f, id) => {
    try {
        return f(id);
    } catch (e) {
        return [e.code, e.message.replace(/: this.*/, ': …')];
    }
};

module.exports = (req, res) => {
    for (const id of ['node:nope', 'node:fs/nope', 'node:', 'node:repl',
                      'node:u', 'node:./u', 'node:ws'])
    {
        res.write(JSON.stringify(attempt(require, id)) + '\n');
    }

    res.end(JSON.stringify(attempt(require.resolve, 'node:nope')) + '\n');
};
--- user_files
>>> fn/u.js
>>> fn/node_modules/u.js
--- request
GET /t
--- response_body
["ERR_UNKNOWN_BUILTIN_MODULE","No such built-in module: node:nope"]
["ERR_UNKNOWN_BUILTIN_MODULE","No such built-in module: node:fs/nope"]
["ERR_UNKNOWN_BUILTIN_MODULE","No such built-in module: node:"]
["ERR_UNKNOWN_BUILTIN_MODULE","No such built-in module: node:repl: …"]
["ERR_UNKNOWN_BUILTIN_MODULE","No such built-in module: node:u"]
["ERR_UNKNOWN_BUILTIN_MODULE","No such built-in module: node:./u"]
["ERR_UNKNOWN_BUILTIN_MODULE","No such built-in module: node:ws"]
["MODULE_NOT_FOUND","Cannot find module 'node:nope'\nRequire stack:\n- /index.js"]



=== TEST 37: createRequire
--- function
const { createRequire } = require('module');

module.exports = (req, res) => {
    const errors = [];

    for (const name of ['relative', 5, undefined]) {
        try {
            createRequire(name);
        } catch (e) {
            errors.push(e.code);
        }
    }

    res.json([createRequire('/d/any.js')('./u'),
              createRequire('/d/')('./u'),
              createRequire('file:///d/x.js')('./u'), errors]);
};
--- user_files
>>> fn/d/u.js
module.exports = __filename;
--- request
GET /t
--- response_body chomp
["/d/u.js","/d/u.js","/d/u.js",["ERR_INVALID_ARG_VALUE","ERR_INVALID_ARG_VALUE","ERR_INVALID_ARG_VALUE"]]



=== TEST 38: code that replaces Module._load or Module.prototype.require
--- function
const Module = require('module');
const { _load } = Module;

Module._load = function (request, ...rest) {
    return request === 'mock' ? 'mocked' : _load.call(this, request, ...rest);
};

module.exports = (req, res) => res.json([require('mock'), require('./u')]);
--- user_files
>>> fn/u.js
module.exports = 'u';
--- request
GET /t
--- response_body chomp
["mocked","u"]



=== TEST 39: what the loader remembers serves the next context
--- function
const u = require('./u');

module.exports = (req, res) => res.json([u, require('./d'), require('pk')]);
--- user_files
>>> fn/u.js
module.exports = 'u';
>>> fn/d/index.js
module.exports = 'd';
>>> fn/node_modules/pk/package.json
{"exports": "./e.js"}
>>> fn/node_modules/pk/e.js
module.exports = 'pk';
--- request eval
["GET /t",
 "GET /t",
 "GET /t"]
--- response_body eval
["[\"u\",\"d\",\"pk\"]",
 "[\"u\",\"d\",\"pk\"]",
 "[\"u\",\"d\",\"pk\"]"]



=== TEST 40: a file that closes the function around it is a SyntaxError, and nothing of it runs
--- config
location /t { invoke ./html/fn; }
location /kept { invoke_isolation function; invoke ./html/fn; }
--- function
const attempt = (id) => {
    try {
        return require(id);
    } catch (e) {
        return [e.name, e.message, e.stack.split('\n').slice(0, 3)];
    }
};

module.exports = (req, res) => {
    const seen = ['./calls', './comma', './lines', './binds'].map(attempt);

    res.json([seen, attempt('./calls')[1], typeof ran]);
};
--- user_files
>>> fn/calls.js
module.exports = 1 })(); globalThis.ran = 1; (async () => {
>>> fn/comma.js
}, globalThis.ran = 1, function () {
>>> fn/lines.js
const x = {};

 }.call(globalThis.ran = 1) + function () {
>>> fn/binds.js
}(globalThis.ran = 1), class {
--- request eval
["GET /t", "GET /t", "GET /kept", "GET /kept"]
--- response_body eval
my $body = '[[["SyntaxError","Unexpected token \'}\'",'
    . '["/calls.js:1:20","module.exports = 1 })(); globalThis.ran = 1; (async () => {",'
    . '"                   ^"]],'
    . '["SyntaxError","Unexpected token \'}\'",'
    . '["/comma.js:1:1","}, globalThis.ran = 1, function () {","^"]],'
    . '["SyntaxError","Unexpected token \'}\'",'
    . '["/lines.js:3:2"," }.call(globalThis.ran = 1) + function () {"," ^"]],'
    . '["SyntaxError","Unexpected token \'}\'",'
    . '["/binds.js:1:1","}(globalThis.ran = 1), class {","^"]]],'
    . '"Unexpected token \'}\'","undefined"]';
[($body) x 4]



=== TEST 41: one whose strings hide it is found when it has run
--- config
location /t { invoke ./html/fn; }
location /kept { invoke_isolation function; invoke ./html/fn; }
--- function
const attempt = (id) => {
    try {
        return require(id);
    } catch (e) {
        return [e.name, e.message, e.stack.split('\n').slice(0, 3)];
    }
};

module.exports = (req, res) => {
    res.json([attempt('./a'), attempt('./a'), attempt('./b')]);
};
--- user_files
>>> fn/a.js
const s = '{{'; })(), (function () {
>>> fn/b.js
/* { */ }, 1, {
--- request eval
["GET /t", "GET /t", "GET /kept", "GET /kept"]
--- response_body eval
my ($a, $b) = map { qq(["SyntaxError","Unexpected token '}'",["/$_.js",)
                    . qq("","SyntaxError: Unexpected token '}'"]]) } qw(a b);
["[$a,$a,$b]", "[$a,$a,$b]", "[$a,$a,$b]", "[$a,$a,$b]"]



=== TEST 42: an entry that closes the function around it
--- function
module.exports = (req, res) => res.send('x') })(); (async () => {
--- request eval
["GET /t", "GET /t"]
--- error_code eval
[500, 500]
--- response_body_like eval
my $like = q|"message":"Unexpected token '\}'","error":\{"code":"exception",|
    . q|"name":"SyntaxError","stack":"/index\.js:1:46\\\\n|
    . q|module\.exports = \(req, res\) => res\.send\('x'\) \}\)\(\); |
    . q|\(async \(\) => \{\\\\n {45}\^\\\\n\\\\nSyntaxError: |;
[$like, $like]
--- error_log
SyntaxError: Unexpected token '}'



=== TEST 43: the same in a context that is kept
--- config
location /t { invoke_isolation function; invoke ./html/fn; }
--- function
module.exports = (req, res) => res.send('x') })(); (async () => {
--- request eval
["GET /t", "GET /t"]
--- error_code eval
[500, 500]
--- response_body_like eval
[("Unexpected token '\\}'") x 2]
--- error_log
SyntaxError: Unexpected token '}'



=== TEST 44: an entry that awaits and closes the function around it
--- function
await null; module.exports = (req, res) => res.send(typeof ran);
})(); globalThis.ran = 1; (async () => {
--- request eval
["GET /t", "GET /t"]
--- error_code eval
[500, 500]
--- response_body_like eval
[('"name":"SyntaxError","stack":"/index\.js:2:2\\\\n\}\)\(\);') x 2]
--- error_log
SyntaxError: Unexpected token ')'



=== TEST 45: braces that close nothing
--- config
location /t { invoke ./html/fn; }
location /kept { invoke_isolation function; invoke ./html/fn; }
--- function
const ends = "})"; // }
/* }) */
const pattern = /\}\)/g;
const template = `}) ${ends.replace(pattern, '})(')} ${`}`}`;

module.exports = (req, res) => {
    res.json([template, require('./awaits'), require('./bang'), (() => {})()]);
};
--- user_files
>>> fn/awaits.js
module.exports = '}, function () {'; // });
>>> fn/bang.js
#!/bin/sh }
module.exports = "ä })";
--- request eval
["GET /t", "GET /t", "GET /kept", "GET /kept"]
--- response_body eval
use utf8;
[(Encode::encode('UTF-8', '["}) })( }","}, function () {","ä })",null]')) x 4]



=== TEST 46: the same where the entry awaits
--- function
const end = await '})'; // }

module.exports = (req, res) => res.send(`}) ${end}`);
--- request eval
["GET /t", "GET /t"]
--- response_body eval
["}) })", "}) })"]


=== TEST 47: a path of a million ".." takes no time that grows with its square
--- function
module.exports = (req, res) => {
    const path = '/' + 'a/'.repeat(3e5) + '../a/'.repeat(3e5)
                 + '../'.repeat(3e5);

    res.end(require.resolve(`${path}index.js`));
};
--- request
GET /t
--- response_body chomp
/index.js


=== TEST 48: no file has a name with a zero byte, beside node_modules neither
--- user_files
>>> fn/index.js
module.exports = (req, res) => res.json(['\0ab', 'a\0b', './ab\0', '/ab\0']
  .map((name) => {
    try {
      return require(name);
    } catch ({ code, message }) {
      return [code, message.split('\n')[0] === `Cannot find module '${name}'`];
    }
  }));
>>> fn/node_modules/x/index.js
--- config
location /t { invoke ./html/fn; }
--- request
GET /t
--- response_body chomp
[["MODULE_NOT_FOUND",true],["MODULE_NOT_FOUND",true],["MODULE_NOT_FOUND",true],["MODULE_NOT_FOUND",true]]



=== TEST 49: new Module()._compile(), and that of require.extensions
--- function
const Module = require('module');

require.extensions['.up'] = (module, filename) => {
    const text = require('fs').readFileSync(filename, 'utf8');

    module._compile(text.toUpperCase().toLowerCase(), filename);
};

module.exports = (req, res) => {
    const m = new Module('/virtual/m.js', module);

    m.filename = '/virtual/m.js';
    m.paths = Module._nodeModulePaths('/virtual');

    const value = m._compile('#!/bin/node\nmodule.exports = [40 + 2, '
        + "require('pk'), __filename, __dirname, module.filename,"
        + ' this === exports]; return 5;', '/virtual/m.js');

    let stack, syntax;

    try {
        m._compile('\n  nope()', '/virtual/throws.js');
    } catch (e) {
        stack = e.stack.split('\n')[1];
    }

    try {
        m._compile('\n}, () => {', '/virtual/broken.js');
    } catch (e) {
        syntax = [e.name, e.stack.split('\n')[0]];
    }

    res.json([value, m.exports, require('./file.up'), stack, syntax]);
};
--- user_files
>>> fn/file.up
module.EXPORTS = __dirname;
>>> fn/node_modules/pk.js
module.exports = 'pk';
--- request
GET /t
--- response_body chomp
[5,[42,"pk","/virtual/m.js","/virtual","/virtual/m.js",true],"/","    at Array.<anonymous> (/virtual/throws.js:2:3)",["SyntaxError","/virtual/broken.js:2:1"]]
