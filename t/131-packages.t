# Packages: node_modules, package.json with main, exports and imports.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: index.js
--- function
const attempt = (id) => {
    try {
        return require(id);
    } catch (e) {
        return [e.code ?? e.name, e.message];
    }
};

module.exports = (req, res) => {
    res.json(['pk'].map(attempt));
};
--- user_files
>>> fn/node_modules/pk/index.js
module.exports = __filename;
--- request
GET /t
--- response_body chomp
["/node_modules/pk/index.js"]



=== TEST 2: main: a file, without extension, a directory
--- function
const attempt = (id) => {
    try {
        return require(id);
    } catch (e) {
        return [e.code ?? e.name, e.message];
    }
};

module.exports = (req, res) => {
    res.json(['a', 'b', 'c'].map(attempt));
};
--- user_files
>>> fn/node_modules/a/package.json
{"main": "lib/m.js"}
>>> fn/node_modules/a/lib/m.js
module.exports = __filename;
>>> fn/node_modules/b/package.json
{"main": "./lib/m"}
>>> fn/node_modules/b/lib/m.js
module.exports = __filename;
>>> fn/node_modules/c/package.json
{"main": "lib"}
>>> fn/node_modules/c/lib/index.js
module.exports = __filename;
--- request
GET /t
--- response_body chomp
["/node_modules/a/lib/m.js","/node_modules/b/lib/m.js","/node_modules/c/lib/index.js"]



=== TEST 3: main that is missing: index.js, else an error
--- function
const attempt = (id) => {
    try {
        return require(id);
    } catch (e) {
        return [e.code ?? e.name, e.message];
    }
};

module.exports = (req, res) => {
    res.json(['a', 'b'].map(attempt));
};
--- user_files
>>> fn/node_modules/a/package.json
{"main": "nope.js"}
>>> fn/node_modules/a/index.js
module.exports = 'index';
>>> fn/node_modules/b/package.json
{"main": "nope.js"}
--- request
GET /t
--- response_body chomp
["index",["MODULE_NOT_FOUND","Cannot find module '/node_modules/b/nope.js'. Please verify that the package.json has a valid \"main\" entry"]]



=== TEST 4: a package.json that says nothing
--- function
const attempt = (id) => {
    try {
        return require(id);
    } catch (e) {
        return [e.code ?? e.name, e.message];
    }
};

module.exports = (req, res) => {
    res.json(['b', 'c', 'd'].map(attempt));
};
--- user_files
>>> fn/node_modules/b/package.json
[]
>>> fn/node_modules/b/index.js
module.exports = 'b';
>>> fn/node_modules/c/package.json
{"main": 5}
>>> fn/node_modules/c/index.js
module.exports = 'c';
>>> fn/node_modules/d/package.json/index.js
>>> fn/node_modules/d/index.js
module.exports = 'd';
--- request
GET /t
--- response_body chomp
["b","c","d"]



=== TEST 5: module in place of main, when there is nothing else
--- function
const attempt = (id) => {
    try {
        return require(id);
    } catch (e) {
        return [e.code ?? e.name, e.message];
    }
};

module.exports = (req, res) => {
    res.json(['pk'].map(attempt));
};
--- user_files
>>> fn/node_modules/pk/package.json
{"module": "./m.js"}
>>> fn/node_modules/pk/m.js
module.exports = 'module field';
--- request
GET /t
--- response_body chomp
["module field"]



=== TEST 6: a file in node_modules
--- function
const attempt = (id) => {
    try {
        return require(id);
    } catch (e) {
        return [e.code ?? e.name, e.message];
    }
};

module.exports = (req, res) => {
    res.json(['pk', 'pk.js'].map(attempt));
};
--- user_files
>>> fn/node_modules/pk.js
module.exports = 'file';
--- request
GET /t
--- response_body chomp
["file","file"]



=== TEST 7: files of a package
--- function
const attempt = (id) => {
    try {
        return require(id);
    } catch (e) {
        return [e.code ?? e.name, e.message];
    }
};

module.exports = (req, res) => {
    res.json(['pk/lib/x', 'pk/lib/x.js', 'pk/lib', 'pk/package.json', 'pk/package', 'pk/nope'].map(attempt));
};
--- user_files
>>> fn/node_modules/pk/package.json
{"version": "1.2.3"}
>>> fn/node_modules/pk/lib/x.js
module.exports = 'x';
>>> fn/node_modules/pk/lib/index.js
module.exports = 'lib';
--- request
GET /t
--- response_body chomp
["x","x","lib",{"version":"1.2.3"},{"version":"1.2.3"},["MODULE_NOT_FOUND","Cannot find module 'pk/nope'\nRequire stack:\n- /index.js"]]



=== TEST 8: scopes
--- function
const attempt = (id) => {
    try {
        return require(id);
    } catch (e) {
        return [e.code ?? e.name, e.message];
    }
};

module.exports = (req, res) => {
    res.json(['@s/pk', '@s/pk/sub', '@s/nope'].map(attempt));
};
--- user_files
>>> fn/node_modules/@s/pk/index.js
module.exports = 'scoped';
>>> fn/node_modules/@s/pk/sub.js
module.exports = 'sub';
--- request
GET /t
--- response_body chomp
["scoped","sub",["MODULE_NOT_FOUND","Cannot find module '@s/nope'\nRequire stack:\n- /index.js"]]



=== TEST 9: the nearest node_modules counts
--- function
const attempt = (id) => {
    try {
        return require(id);
    } catch (e) {
        return [e.code ?? e.name, e.message];
    }
};

module.exports = (req, res) => {
    res.json(['a', 'b'].map(attempt));
};
--- user_files
>>> fn/node_modules/a/index.js
module.exports = ['a', require('dep')];
>>> fn/node_modules/a/node_modules/dep/index.js
module.exports = 'own dep';
>>> fn/node_modules/b/index.js
module.exports = ['b', require('dep')];
>>> fn/node_modules/dep/index.js
module.exports = 'dep at the top';
--- request
GET /t
--- response_body chomp
[["a","own dep"],["b","dep at the top"]]



=== TEST 10: from a directory of the package upwards
--- function
module.exports = (req, res) => res.json(require('./d/e/f'));
--- user_files
>>> fn/node_modules/pk/index.js
module.exports = 'top';
>>> fn/d/e/f.js
module.exports = [require('pk'), require('near')];
>>> fn/d/node_modules/near/index.js
module.exports = 'near';
--- request
GET /t
--- response_body chomp
["top","near"]



=== TEST 11: exports: a string, an object, conditions
--- function
const attempt = (id) => {
    try {
        return require(id);
    } catch (e) {
        return [e.code ?? e.name, e.message];
    }
};

module.exports = (req, res) => {
    res.json(['a', 'b', 'c', 'd'].map(attempt));
};
--- user_files
>>> fn/node_modules/a/package.json
{"exports": "./e.js"}
>>> fn/node_modules/a/e.js
module.exports = 'a';
>>> fn/node_modules/b/package.json
{"exports": {".": "./e.js"}}
>>> fn/node_modules/b/e.js
module.exports = 'b';
>>> fn/node_modules/c/package.json
{"exports": {"import": "./i.mjs", "require": "./r.js"}}
>>> fn/node_modules/c/r.js
module.exports = 'c';
>>> fn/node_modules/d/package.json
{"exports": {".": {"browser": "./b.js", "node": {"import": "./i.mjs", "default": "./n.js"}, "default": "./d.js"}}}
>>> fn/node_modules/d/n.js
module.exports = 'd';
--- request
GET /t
--- response_body chomp
["a","b","c","d"]



=== TEST 12: exports go before main
--- function
const attempt = (id) => {
    try {
        return require(id);
    } catch (e) {
        return [e.code ?? e.name, e.message];
    }
};

module.exports = (req, res) => {
    res.json(['pk'].map(attempt));
};
--- user_files
>>> fn/node_modules/pk/package.json
{"main": "m.js", "exports": "./e.js"}
>>> fn/node_modules/pk/m.js
module.exports = 'main';
>>> fn/node_modules/pk/e.js
module.exports = 'exports';
--- request
GET /t
--- response_body chomp
["exports"]



=== TEST 13: exports: files
--- function
const attempt = (id) => {
    try {
        return require(id);
    } catch (e) {
        return [e.code ?? e.name, e.message];
    }
};

module.exports = (req, res) => {
    res.json(['pk/a', 'pk/b.js', 'pk/hidden', 'pk/package.json', 'pk'].map(attempt));
};
--- user_files
>>> fn/node_modules/pk/package.json
{"exports": {"./a": "./lib/a.js", "./b.js": {"require": "./lib/b.js"}}}
>>> fn/node_modules/pk/lib/a.js
module.exports = 'a';
>>> fn/node_modules/pk/lib/b.js
module.exports = 'b';
>>> fn/node_modules/pk/hidden.js

--- request
GET /t
--- response_body chomp
["a","b",["ERR_PACKAGE_PATH_NOT_EXPORTED","Package subpath './hidden' is not defined by \"exports\" in /node_modules/pk/package.json"],["ERR_PACKAGE_PATH_NOT_EXPORTED","Package subpath './package.json' is not defined by \"exports\" in /node_modules/pk/package.json"],["ERR_PACKAGE_PATH_NOT_EXPORTED","No \"exports\" main defined in /node_modules/pk/package.json"]]



=== TEST 14: exports: patterns
--- function
const attempt = (id) => {
    try {
        return require(id);
    } catch (e) {
        return [e.code ?? e.name, e.message];
    }
};

module.exports = (req, res) => {
    res.json(['pk/f/x', 'pk/f/y.js', 'pk/f/d/z', 'pk/f/internal/z', 'pk/g/x.js'].map(attempt));
};
--- user_files
>>> fn/node_modules/pk/package.json
{"exports": {"./f/*": "./lib/*.js", "./f/*.js": "./lib/*.js", "./f/internal/*": null, "./g/*.js": "./lib/*.js"}}
>>> fn/node_modules/pk/lib/x.js
module.exports = 'x';
>>> fn/node_modules/pk/lib/y.js
module.exports = 'y';
>>> fn/node_modules/pk/lib/d/z.js
module.exports = 'z';
>>> fn/node_modules/pk/lib/internal/z.js

--- request
GET /t
--- response_body chomp
["x","y","z",["ERR_PACKAGE_PATH_NOT_EXPORTED","Package subpath './f/internal/z' is not defined by \"exports\" in /node_modules/pk/package.json"],"x"]



=== TEST 15: exports: the first of an array that is valid
--- function
const attempt = (id) => {
    try {
        return require(id);
    } catch (e) {
        return [e.code ?? e.name, e.message];
    }
};

module.exports = (req, res) => {
    res.json(['pk'].map(attempt));
};
--- user_files
>>> fn/node_modules/pk/package.json
{"exports": ["not-dotted", {"import": "./i.mjs"}, "./e.js"]}
>>> fn/node_modules/pk/e.js
module.exports = 'e';
--- request
GET /t
--- response_body chomp
["e"]



=== TEST 16: exports: a target that is missing
--- function
const attempt = (id) => {
    try {
        return require(id);
    } catch (e) {
        return [e.code ?? e.name, e.message];
    }
};

module.exports = (req, res) => {
    res.json(['pk'].map(attempt));
};
--- user_files
>>> fn/node_modules/pk/package.json
{"exports": "./nope.js"}
--- request
GET /t
--- response_body chomp
[["MODULE_NOT_FOUND","Cannot find module '/node_modules/pk/nope.js'"]]



=== TEST 17: exports: targets that are wrong
--- function
const attempt = (id) => {
    try {
        return require(id);
    } catch (e) {
        return [e.code ?? e.name, e.message];
    }
};

module.exports = (req, res) => {
    res.json(['a', 'b', 'c', 'd'].map(attempt));
};
--- user_files
>>> fn/node_modules/a/package.json
{"exports": "e.js"}
>>> fn/node_modules/b/package.json
{"exports": "./../e.js"}
>>> fn/node_modules/c/package.json
{"exports": {"./x": "./y", "require": "./z"}}
>>> fn/node_modules/d/package.json
{"exports": {".": "./node_modules/x.js"}}
--- request
GET /t
--- response_body chomp
[["ERR_INVALID_PACKAGE_TARGET","Invalid \"exports\" main target \"e.js\" defined in the package config /node_modules/a/package.json; targets must start with \"./\""],["ERR_INVALID_PACKAGE_TARGET","Invalid \"exports\" main target \"./../e.js\" defined in the package config /node_modules/b/package.json"],["ERR_INVALID_PACKAGE_CONFIG","Invalid package config /node_modules/c/package.json. \"exports\" cannot contain some keys starting with '.' and some not. The exports object must either be an object of package subpath keys or an object of main entry condition name keys only."],["ERR_INVALID_PACKAGE_TARGET","Invalid \"exports\" main target \"./node_modules/x.js\" defined in the package config /node_modules/d/package.json"]]



=== TEST 18: exports: no path leaves the package
--- function
const attempt = (id) => {
    try {
        return require(id);
    } catch (e) {
        return [e.code ?? e.name, e.message];
    }
};

module.exports = (req, res) => {
    res.json(['pk/f/../../../s', 'pk/f/..%2fs'].map(attempt));
};
--- user_files
>>> fn/node_modules/pk/package.json
{"exports": {"./f/*": "./lib/*"}}
>>> fn/s.js
module.exports = 'secret';
--- request
GET /t
--- response_body chomp
[["ERR_INVALID_MODULE_SPECIFIER","Invalid module \"./f/../../../s\" request is not a valid match in pattern \"./f/*\" for the \"exports\" resolution of /node_modules/pk/package.json"],["ERR_INVALID_MODULE_SPECIFIER","Invalid module \"file:///node_modules/pk/lib/..%2fs\" must not include encoded \"/\" or \"\\\" characters"]]



=== TEST 19: imports
--- function
module.exports = (req, res) => res.json([require('#x'), require('#lib/y'), require('#dep'), require('#core') === require('path')]);
--- user_files
>>> fn/package.json
{"imports": {"#x": "./lib/x.js", "#lib/*": "./lib/*.js", "#dep": "pk", "#core": "path"}}
>>> fn/lib/x.js
module.exports = 'x';
>>> fn/lib/y.js
module.exports = 'y';
>>> fn/node_modules/pk/index.js
module.exports = 'pk';
--- request
GET /t
--- response_body chomp
["x","y","pk",true]



=== TEST 20: imports that are not there
--- function
const attempt = (id) => {
    try {
        return require(id);
    } catch (e) {
        return [e.code ?? e.name, e.message];
    }
};

module.exports = (req, res) => {
    res.json(['#nope', '#', '#/x'].map(attempt));
};
--- user_files
>>> fn/package.json
{"imports": {"#x": "./x.js"}}
--- request
GET /t
--- response_body chomp
[["ERR_PACKAGE_IMPORT_NOT_DEFINED","Package import specifier \"#nope\" is not defined in package /package.json imported from /index.js"],["ERR_INVALID_MODULE_SPECIFIER","Invalid module \"#\" is not a valid internal imports specifier name imported from /index.js"],["ERR_INVALID_MODULE_SPECIFIER","Invalid module \"#/x\" is not a valid internal imports specifier name imported from /index.js"]]



=== TEST 21: imports without a package.json
--- function
const attempt = (id) => {
    try {
        return require(id);
    } catch (e) {
        return [e.code ?? e.name, e.message];
    }
};

module.exports = (req, res) => {
    res.json(['#x'].map(attempt));
};
--- request
GET /t
--- response_body chomp
[["MODULE_NOT_FOUND","Cannot find module '#x'\nRequire stack:\n- /index.js"]]



=== TEST 22: a package that requires itself
--- function
module.exports = (req, res) => res.json(require('./d/u'));
--- user_files
>>> fn/package.json
{"name": "own", "exports": {".": "./api.js", "./sub": "./d/sub.js"}}
>>> fn/api.js
module.exports = 'api';
>>> fn/d/sub.js
module.exports = 'sub';
>>> fn/d/u.js
module.exports = [require('own'), require('own/sub')];
--- request
GET /t
--- response_body chomp
["api","sub"]



=== TEST 23: the main of the function is index.js whatever package.json says
--- function
module.exports = (req, res) => res.send('index');
--- user_files
>>> fn/package.json
{"main": "other.js", "exports": "./other.js"}
>>> fn/other.js
module.exports = (req, res) => res.send('other');
--- request
GET /t
--- response_body chomp
index



=== TEST 24: "type": "module" makes modules of .js
--- function
const attempt = (id) => {
    try {
        return require(id);
    } catch (e) {
        return [e.code ?? e.name, e.message];
    }
};

module.exports = (req, res) => {
    res.json(['pk', 'pk/cjs.js', 'pk/es.js'].map(attempt));
};
--- user_files
>>> fn/node_modules/pk/package.json
{"type": "module", "main": "m.cjs"}
>>> fn/node_modules/pk/m.cjs
module.exports = 'cjs';
>>> fn/node_modules/pk/cjs.js
module.exports = 'cjs';
>>> fn/node_modules/pk/es.js
export const a = 1;
--- request
GET /t
--- response_body chomp
["cjs",["ReferenceError","module is not defined in ES module scope\nThis file is being treated as an ES module because it has a '.js' file extension and '/node_modules/pk/package.json' contains \"type\": \"module\". To treat it as a CommonJS script, rename it to use the '.cjs' file extension."],{"a":1}]



=== TEST 25: a package in place of a built-in module that there is not
--- function
const attempt = (id) => {
    try {
        return require(id);
    } catch (e) {
        return [e.code ?? e.name, e.message];
    }
};

module.exports = (req, res) => {
    res.json(['repl'].map(attempt));
};
--- user_files
>>> fn/node_modules/repl/index.js
module.exports = 'own repl';
--- request
GET /t
--- response_body chomp
["own repl"]



=== TEST 26: names that are none
--- function
const attempt = (id) => {
    try {
        return require(id);
    } catch (e) {
        return [e.code ?? e.name, e.message];
    }
};

module.exports = (req, res) => {
    res.json(['nope', '@', '@s', 'pk\\x', '..', '%41'].map(attempt));
};
--- request
GET /t
--- response_body chomp
[["MODULE_NOT_FOUND","Cannot find module 'nope'\nRequire stack:\n- /index.js"],["MODULE_NOT_FOUND","Cannot find module '@'\nRequire stack:\n- /index.js"],["MODULE_NOT_FOUND","Cannot find module '@s'\nRequire stack:\n- /index.js"],["MODULE_NOT_FOUND","Cannot find module 'pk\\x'\nRequire stack:\n- /index.js"],null,["MODULE_NOT_FOUND","Cannot find module '%41'\nRequire stack:\n- /index.js"]]



=== TEST 27: a deep tree of packages
--- function
module.exports = (req, res) => res.json(require('p0'));
--- user_files
>>> fn/node_modules/p0/index.js
module.exports = 0 + require('p1');
>>> fn/node_modules/p1/index.js
module.exports = 1 + require('p2');
>>> fn/node_modules/p2/index.js
module.exports = 2 + require('p3');
>>> fn/node_modules/p3/index.js
module.exports = 3 + require('p4');
>>> fn/node_modules/p4/index.js
module.exports = 4 + require('p5');
>>> fn/node_modules/p5/index.js
module.exports = 5 + require('p6');
>>> fn/node_modules/p6/index.js
module.exports = 6 + require('p7');
>>> fn/node_modules/p7/index.js
module.exports = 7 + require('p8');
>>> fn/node_modules/p8/index.js
module.exports = 8 + require('p9');
>>> fn/node_modules/p9/index.js
module.exports = 9 + require('p10');
>>> fn/node_modules/p10/index.js
module.exports = 10 + require('p11');
>>> fn/node_modules/p11/index.js
module.exports = 11;
--- request
GET /t
--- response_body chomp
66



=== TEST 28: a package in a directory with "%" in its name
--- function
module.exports = (req, res) => {
    res.json([require('./50%off'), require('./%41')]);
};
--- user_files
>>> fn/50%off/package.json
{"name": "self", "exports": {"./*": "./lib/*.js"}, "imports": {"#a": "./lib/a%2db.js"}}
>>> fn/50%off/index.js
module.exports = [require('self/c'), require('#a')];
>>> fn/50%off/lib/c.js
module.exports = 'c';
>>> fn/50%off/lib/a-b.js
module.exports = 'a-b';
>>> fn/%41/package.json
{"imports": {"#x": "./x%2ejs"}}
>>> fn/%41/index.js
module.exports = require('#x');
>>> fn/%41/x.js
module.exports = 'x';
--- request
GET /t
--- response_body chomp
[["c","a-b"],"x"]



=== TEST 29: a condition for modules that require() can load
--- function
module.exports = (req, res) => res.send(require('p').default);
--- user_files
>>> fn/node_modules/p/package.json
{"exports": {".": [{"module-sync": "./a.mjs", "import": "./a.mjs", "default": "./a.js"}, "./a.js"]}}
>>> fn/node_modules/p/a.mjs
export default 'module';
>>> fn/node_modules/p/a.js
module.exports = 'script';
--- request
GET /t
--- response_body chomp
module



=== TEST 30: a package that was built in before answers where there is none
--- function
const mime = require('mime-types');

module.exports = (req, res) => {
  const missing = ['mime-db', 'mime-types/index.js', 'ws/lib/none', 'whatwg-url']
    .map((name) => {
      try {
        return require(name);
      } catch ({ code }) {
        return code;
      }
    });

  res.json([mime.lookup('page.html'), mime.contentType('json'),
            mime.extension('image/png'), mime.charset('text/css'),
            mime.lookup('none'), mime.extensions['text/plain'][0],
            require('mime-types') === mime, require.resolve('mime-types'),
            missing]);
};
--- request
GET /t
--- response_body chomp
["text/html","application/json; charset=utf-8","png","UTF-8",false,"txt",true,"mime-types",["MODULE_NOT_FOUND","MODULE_NOT_FOUND","MODULE_NOT_FOUND","MODULE_NOT_FOUND"]]



=== TEST 31: the package's own goes first
--- user_files
>>> fn/node_modules/mime-types/index.js
module.exports = 'own';
--- function
module.exports = (req, res) => res.send(require('mime-types'));
--- request
GET /t
--- response_body chomp
own



=== TEST 32: a package.json that is no JSON is an error that names it, wherever it is looked at
--- function
const attempt = (id) => {
    try {
        return require(id);
    } catch (e) {
        return [e instanceof SyntaxError, e.path,
                e.message.replace(/: .*/, '')];
    }
};

module.exports = (req, res) => {
    const tell = (...ids) => res.write(JSON.stringify(ids.map(attempt)) + '\n');

    tell('a', 'a', './relative', 'a/file', 'empty', 'nothing');
    tell('./inner/imports.cjs', './inner/self.cjs', './inner/type',
         './inner/plain.cjs');
    res.end();
};
--- user_files
>>> fn/node_modules/a/package.json
{"main":"real.js","exports":"./real.js",}
>>> fn/node_modules/a/real.js
>>> fn/node_modules/a/index.js
>>> fn/node_modules/a/file.js
>>> fn/node_modules/empty/package.json
>>> fn/node_modules/empty/index.js
>>> fn/node_modules/nothing/package.json
null
>>> fn/node_modules/nothing/index.js
>>> fn/relative/package.json
{bad
>>> fn/relative/index.js
>>> fn/inner/package.json
{"name": "inner", "exports": "./y.js", "imports": {"#y": "./y.js"}
>>> fn/inner/y.js
>>> fn/inner/imports.cjs
require('#y');
>>> fn/inner/self.cjs
require('inner');
>>> fn/inner/type.js
>>> fn/inner/plain.cjs
module.exports = 'no one has looked';
--- request
GET /t
--- response_body
[[true,"/node_modules/a/package.json","Error parsing /node_modules/a/package.json"],[true,"/node_modules/a/package.json","Error parsing /node_modules/a/package.json"],[true,"/relative/package.json","Error parsing /relative/package.json"],[true,"/node_modules/a/package.json","Error parsing /node_modules/a/package.json"],[true,"/node_modules/empty/package.json","Error parsing /node_modules/empty/package.json"],[true,"/node_modules/nothing/package.json","Error parsing /node_modules/nothing/package.json"]]
[[true,"/inner/package.json","Error parsing /inner/package.json"],[true,"/inner/package.json","Error parsing /inner/package.json"],[true,"/inner/package.json","Error parsing /inner/package.json"],"no one has looked"]



=== TEST 33: the function's own package.json that is no JSON
--- function
module.exports = (req, res) => res.send('index');
--- user_files
>>> fn/package.json
{"main": "index.js",
--- request
GET /t
--- error_code: 500
--- response_body_like: "message":"Error parsing /package\.json:
--- error_log
Error parsing /package.json:



=== TEST 34: an ES module of a package is told with what to do, in the stack as well
--- function
const told = (id) => {
    try {
        return require(id);
    } catch (e) {
        return [e.name, e.message, e.stack.includes(e.message), e.stack.split('\n')[0]];
    }
};

module.exports = (req, res) => res.json([told('x'), told('./a'), told('./b')]);
--- user_files
>>> fn/node_modules/x/package.json
{"type": "commonjs"}
>>> fn/node_modules/x/index.js
import y from 'y';
>>> fn/package.json
{"type": "commonjs"}
>>> fn/a.js
module.exports = import.meta.url;
>>> fn/b.js
let b = ;
--- request
GET /t
--- response_body chomp
[["SyntaxError","Cannot use import statement outside a module: to load /node_modules/x/index.js as an ES module, set \"type\": \"module\" in its package.json or name it .mjs",true,"/node_modules/x/index.js:1:1"],["SyntaxError","Cannot use 'import.meta' outside a module: to load /a.js as an ES module, set \"type\": \"module\" in its package.json or name it .mjs",true,"/a.js:1:25"],["SyntaxError","Unexpected token ';'",true,"/b.js:1:9"]]
