# ES modules, case by case: the answers are those of Node 22.  Only what it adds
# to an error as a hint is left out.
#
# A case is the body of an async function, of an index.mjs or ("cjs") of an
# index.js, and files beside it; what it returns is sent as JSON, or the name,
# code and message of what it throws.

use strict;
use warnings;

use TestInvoke 'no_plan';
use TestEngine;

my $attempt = <<'END';
const attempt = async (f) => { try { return await f(); } catch (e) { return [e?.name, e?.code, e?.message]; } };
END

my (@cases, %functions);

for my $block (split /^=== /m, do { local $/; <DATA> }) {
    my ($title, @parts) = split /^--- /m, $block;
    next if !@parts;
    chomp $title;

    my $case = { title => $title };
    my $files = $functions{'c' . @cases} = {};

    for (@parts) {
        my ($kind, $text) = /^([^\n]*)\n(.*?)\n*\z/s;

        $text =~ s/%BOM%/\xef\xbb\xbf/;

        if ($kind eq 'answer') {
            $case->{answer} = $text;

        } elsif ($kind eq 'body') {
            $files->{'index.mjs'} = $attempt . "export default async (req, res) => res.json(await attempt(async () => {\n$text\n}));\n";

        } elsif ($kind eq 'cjs') {
            $files->{'index.js'} = $attempt . "module.exports = async (req, res) => res.json(await attempt(async () => {\n$text\n}));\n";

        } else {
            $files->{$kind =~ s/^file //r} = "$text\n";
        }
    }

    push @cases, $case;
}

for my $isolation (qw(request function)) {
    engine("modules, case by case, $isolation",
        http => 'invoke_isolates 1 max=1;',
        server => "invoke_isolation $isolation;"
                  . join('', map { "location = /c$_ { invoke ./fn/c$_; }\n" } 0 .. $#cases),
        functions => \%functions);

    # what is known of a context is used for the next one
    for my $again ($isolation eq 'request' ? (1, 2) : 1) {
        for my $i (0 .. $#cases) {
            is(get("/c$i")->{body}, $cases[$i]{answer}, "$isolation: $cases[$i]{title}, $again");
        }
    }
}

engine_stop();

__DATA__

=== cycle of functions
--- body
const a = await import('./a.mjs'); return [a.a(), a.list];
--- file a.mjs
import { b } from './b.mjs';
export function a() { return 'a' + b(); }
export const list = [typeof b];
--- file b.mjs
import { a } from './a.mjs';
export function b() { return typeof a; }
--- answer
["afunction",["function"]]

=== cycle that touches a constant too early
--- body
return import('./a.mjs');
--- file a.mjs
import './b.mjs';
export const a = 1;
--- file b.mjs
import { a } from './a.mjs';
export const b = a + 1;
--- answer
["ReferenceError",null,"Cannot access 'a' before initialization"]

=== cycle of three, in the order of evaluation
--- body
globalThis.order = []; await import('./a.mjs'); return order;
--- file a.mjs
import './b.mjs'; order.push('a');
--- file b.mjs
import './c.mjs'; order.push('b');
--- file c.mjs
import './a.mjs'; order.push('c');
--- answer
["c","b","a"]

=== live binding
--- body
const m = await import('./a.mjs'); const first = m.n; m.more(); return [first, m.n];
--- file a.mjs
export let n = 1;
export function more() { n++; }
--- answer
[1,2]

=== live binding through export from
--- body
const m = await import('./b.mjs'); m.more(); return [m.n, m.same, m.default];
--- file a.mjs
export let n = 1;
export { n as default };
export function more() { n++; }
--- file b.mjs
export * from './a.mjs';
export { n as same, default } from './a.mjs';
--- answer
[2,2,2]

=== default of an expression does not live
--- body
const m = await import('./a.mjs'); m.more(); return [m.n, m.default];
--- file a.mjs
export let n = 1;
export default n;
export function more() { n++; }
--- answer
[2,1]

=== an import cannot be assigned
--- body
return import('./a.mjs');
--- file a.mjs
import { b } from './b.mjs';
b = 2;
--- file b.mjs
export let b = 1;
--- answer
["TypeError",null,"Assignment to constant variable."]

=== a namespace cannot be changed
--- body
const m = await import('./a.mjs'); const told = [];
for (const f of [() => { m.a = 2; }, () => { m.b = 2; }, () => { delete m.a; }]) { try { f(); } catch (e) { told.push(e.message); } }
return [told, Object.isExtensible(m), Object.keys(m), Object.getPrototypeOf(m)];
--- file a.mjs
export const z = 0; export let a = 1; export default 3;
--- answer
[["Cannot assign to read only property 'a' of object '[object Module]'","Cannot add property b, object is not extensible","Cannot delete property 'a' of [object Module]"],false,["a","default","z"],null]

=== export * does not give default, ambiguous names are none
--- body
return Object.keys(await import('./a.mjs'));
--- file a.mjs
export * from './b.mjs';
export * from './c.mjs';
--- file b.mjs
export default 1; export const x = 1, y = 2;
--- file c.mjs
export const x = 2, z = 3;
--- answer
["y","z"]

=== an ambiguous name that is asked for
--- body
return import('./a.mjs');
--- file a.mjs
import { x } from './s.mjs';
--- file s.mjs
export * from './b.mjs';
export * from './c.mjs';
--- file b.mjs
export const x = 1;
--- file c.mjs
export const x = 2;
--- answer
["SyntaxError",null,"The requested module './s.mjs' contains conflicting star exports for name 'x'"]

=== export * as
--- body
const m = await import('./a.mjs'); return [m.ns.x, m['a name']];
--- file a.mjs
export * as ns from './b.mjs';
export { x as 'a name' } from './b.mjs';
--- file b.mjs
export const x = 1;
--- answer
[1,1]

=== top-level await in order
--- body
globalThis.order = []; await import('./a.mjs'); return order;
--- file a.mjs
import './b.mjs'; import './c.mjs'; order.push('a');
--- file b.mjs
order.push('b1'); await 0; order.push('b2');
--- file c.mjs
order.push('c');
--- answer
["b1","c","b2","a"]

=== top-level await that fails
--- body
return import('./a.mjs');
--- file a.mjs
import './b.mjs';
--- file b.mjs
await Promise.reject(new RangeError('no'));
--- answer
["RangeError",null,"no"]

=== an error stays
--- body
const told = []; for (const i of [1, 2]) { try { await import('./a.mjs'); } catch (e) { told.push(e); } } return [told[0] === told[1], told[0].message];
--- file a.mjs
globalThis.times = (globalThis.times ?? 0) + 1; throw new Error(`time ${times}`);
--- answer
[true,"time 1"]

=== import() of the same is the same
--- body
return [await import('./a.mjs') === await import('/./a.mjs'.slice(1) && './a.mjs'), await import('./a.mjs') === await import('./a.mjs?x'), await import('./a.mjs?x') === await import('./a.mjs?x')];
--- file a.mjs
export const a = {};
--- answer
[true,false,true]

=== import.meta of a query
--- body
const m = await import('./a.mjs?x=1#y'); return [m.url, m.filename, m.dirname];
--- file a.mjs
export const { url, filename, dirname } = import.meta;
--- answer
["file:///a.mjs?x=1#y","/a.mjs","/"]

=== import.meta.resolve
--- body
const r = import.meta.resolve; const told = []; for (const s of ['./x.js', '../x.js?y', 'fs', 'node:fs', 'p', 'p/sub', 'file:///x']) told.push(r(s)); return told;
--- file node_modules/p/package.json
{"exports": {".": {"import": "./i.mjs", "default": "./d.js"}, "./sub": "./sub.js"}}
--- file node_modules/p/i.mjs
--- file node_modules/p/sub.js
--- answer
["file:///x.js","file:///x.js?y","node:fs","node:fs","file:///node_modules/p/i.mjs","file:///node_modules/p/sub.js","file:///x"]

=== import.meta.resolve of what is not there
--- body
return import.meta.resolve('none');
--- answer
["Error","ERR_MODULE_NOT_FOUND","Cannot find package 'none' imported from /index.mjs"]

=== import() from CommonJS, from eval and from a function of text
--- cjs
const { a } = await import('./a.mjs'); const b = await eval("import('./a.mjs')"); const c = await new Function("return import('./a.mjs')")().catch((e) => e.code); return [a, b.a, typeof c === 'string' ? c : c.a];
--- file a.mjs
export const a = 1;
--- answer
[1,1,1]

=== import() from a timer and a microtask
--- body
const a = await new Promise((r) => setTimeout(() => r(import('./a.mjs')), 1)); const b = await new Promise((r) => queueMicrotask(() => r(import('./a.mjs')))); return [a === b, a.a];
--- file a.mjs
export const a = 1;
--- answer
[true,1]

=== import() of a value that is no string
--- body
return [await import({ toString: () => './a.mjs' }).then((m) => m.a), await import(Symbol('x')).catch((e) => e.message)];
--- file a.mjs
export const a = 1;
--- answer
[1,"Cannot convert a Symbol value to a string"]

=== a namespace with then
--- body
return import('./a.mjs');
--- file a.mjs
export function then(resolve) { resolve('thenable'); }
--- answer
"thenable"

=== conditions: import before require
--- body
const { createRequire } = await import('module'); const require = createRequire(import.meta.url); return [(await import('p')).default, require('p')];
--- file node_modules/p/package.json
{"exports": {"import": "./i.mjs", "require": "./r.cjs"}}
--- file node_modules/p/i.mjs
export default 'import';
--- file node_modules/p/r.cjs
module.exports = 'require';
--- answer
["import","require"]

=== conditions: module-sync
--- body
const { createRequire } = await import('module'); const require = createRequire(import.meta.url); return [(await import('p')).default, require('p').default];
--- file node_modules/p/package.json
{"exports": {"module-sync": "./m.mjs", "default": "./r.cjs"}}
--- file node_modules/p/m.mjs
export default 'module-sync';
--- file node_modules/p/r.cjs
module.exports = { default: 'default' };
--- answer
["module-sync","module-sync"]

=== conditions: node, default, nested, null
--- body
return [(await import('p')).default, await import('p/no').catch((e) => [e.code, e.message])];
--- file node_modules/p/package.json
{"exports": {".": {"browser": "./b.js", "node": {"import": {"worker": "./w.js", "default": "./n.mjs"}}}, "./no": null}}
--- file node_modules/p/n.mjs
export default 'nested';
--- answer
["nested",["ERR_PACKAGE_PATH_NOT_EXPORTED","Package subpath './no' is not defined by \"exports\" in /node_modules/p/package.json imported from /index.mjs"]]

=== subpaths and patterns
--- body
return [(await import('p/a')).default, (await import('p/f/x.mjs')).default, (await import('p/f/x/y')).default, await import('p/other').catch((e) => [e.code, e.message])];
--- file node_modules/p/package.json
{"exports": {"./a": "./lib/a.mjs", "./f/*.mjs": "./lib/*.mjs", "./f/*": "./lib/*.mjs"}}
--- file node_modules/p/lib/a.mjs
export default 'a';
--- file node_modules/p/lib/x.mjs
export default 'x';
--- file node_modules/p/lib/x/y.mjs
export default 'y';
--- answer
["a","x","y",["ERR_PACKAGE_PATH_NOT_EXPORTED","Package subpath './other' is not defined by \"exports\" in /node_modules/p/package.json imported from /index.mjs"]]

=== exports: a target that is not there
--- body
return import('p');
--- file node_modules/p/package.json
{"exports": "./none.mjs"}
--- answer
["Error","ERR_MODULE_NOT_FOUND","Cannot find module '/node_modules/p/none.mjs' imported from /index.mjs"]

=== exports: a target that is wrong
--- body
return import('p');
--- file node_modules/p/package.json
{"exports": "../index.mjs"}
--- answer
["Error","ERR_INVALID_PACKAGE_TARGET","Invalid \"exports\" main target \"../index.mjs\" defined in the package config /node_modules/p/package.json imported from /index.mjs; targets must start with \"./\""]

=== imports
--- body
return [(await import('#a')).default, (await import('#fs')).readFileSync.name, (await import('#dep')).default, await import('#none').catch((e) => [e.code, e.message])];
--- file package.json
{"name": "self", "exports": {"./x": "./a.mjs"}, "imports": {"#a": "./a.mjs", "#fs": "fs", "#dep": "dep"}}
--- file a.mjs
export default 'a';
--- file node_modules/dep/package.json
{"main": "./m.js"}
--- file node_modules/dep/m.js
module.exports = 'dep';
--- answer
["a","readFileSync","dep",["ERR_PACKAGE_IMPORT_NOT_DEFINED","Package import specifier \"#none\" is not defined in package /package.json imported from /index.mjs"]]

=== a package imports itself
--- body
return [(await import('self/x')).default, await import('self/y').catch((e) => [e.code, e.message])];
--- file package.json
{"name": "self", "exports": {"./x": "./a.mjs"}}
--- file a.mjs
export default 'a';
--- answer
["a",["ERR_PACKAGE_PATH_NOT_EXPORTED","Package subpath './y' is not defined by \"exports\" in /package.json imported from /index.mjs"]]

=== main, index.js, and no extension is guessed
--- body
const told = []; for (const s of ['m', 'i', 'n', './dir', './a', 'm/lib', 'm/lib.js']) told.push(await import(s).then((x) => x.default, (e) => [e.code, e.message])); return told;
--- file node_modules/m/package.json
{"main": "lib"}
--- file node_modules/m/lib.js
module.exports = 'lib';
--- file node_modules/i/index.js
module.exports = 'index';
--- file node_modules/n/other.js
--- file dir/index.js
--- file a.mjs
--- answer
["lib","index",["ERR_MODULE_NOT_FOUND","Cannot find package '/node_modules/n/index.js' imported from /index.mjs"],["ERR_UNSUPPORTED_DIR_IMPORT","Directory import '/dir' is not supported resolving ES modules imported from /index.mjs"],["ERR_MODULE_NOT_FOUND","Cannot find module '/a' imported from /index.mjs"],["ERR_MODULE_NOT_FOUND","Cannot find module '/node_modules/m/lib' imported from /index.mjs"],"lib"]

=== a package that is not there
--- body
return import('none/x');
--- answer
["Error","ERR_MODULE_NOT_FOUND","Cannot find package 'none' imported from /index.mjs"]

=== a file that is not there
--- body
return import('./sub/none.mjs?x');
--- answer
["Error","ERR_MODULE_NOT_FOUND","Cannot find module '/sub/none.mjs' imported from /index.mjs"]

=== names that are none
--- body
const told = []; for (const s of ['', '@x', 'a%2fb', '.x', './a%2fb.mjs', 'https://x.y/z.mjs', 'node:none', 'file://host/x', 'x:y']) told.push(await import(s).then(() => 'there', (e) => [e.code, e.name])); return told;
--- answer
[["ERR_MODULE_NOT_FOUND","Error"],["ERR_INVALID_MODULE_SPECIFIER","TypeError"],["ERR_INVALID_MODULE_SPECIFIER","TypeError"],["ERR_INVALID_MODULE_SPECIFIER","TypeError"],["ERR_INVALID_MODULE_SPECIFIER","TypeError"],["ERR_UNSUPPORTED_ESM_URL_SCHEME","Error"],["ERR_UNKNOWN_BUILTIN_MODULE","Error"],["ERR_INVALID_FILE_URL_HOST","TypeError"],["ERR_UNSUPPORTED_ESM_URL_SCHEME","Error"]]

=== escapes in a path
--- body
return [(await import('./a%20b.mjs')).url, (await import('./%61.mjs')).url, (await import('./x%25y.mjs')).url, (await import('./%2e/a.mjs')).url];
--- file a b.mjs
export const { url } = import.meta;
--- file a.mjs
export const { url } = import.meta;
--- file x%y.mjs
export const { url } = import.meta;
--- answer
["file:///a%20b.mjs","file:///a.mjs","file:///x%25y.mjs","file:///a.mjs"]

=== JSON
--- body
const a = await import('./a.json', { with: { type: 'json' } }); return [a.default, Object.keys(a)];
--- file a.json
{"a": [1, 2]}
--- answer
[{"a":[1,2]},["default"]]

=== JSON without its attribute
--- body
return import('./a.json');
--- file a.json
{}
--- answer
["TypeError","ERR_IMPORT_ATTRIBUTE_MISSING","Module \"file:///a.json\" needs an import attribute of \"type: json\""]

=== JSON without its attribute, linked
--- body
return import('./a.mjs');
--- file a.mjs
import a from './a.json';
--- file a.json
{}
--- answer
["TypeError","ERR_IMPORT_ATTRIBUTE_MISSING","Module \"file:///a.json\" needs an import attribute of \"type: json\""]

=== the attribute for what is no JSON, and others
--- body
const told = []; for (const w of [{ type: 'json' }, { type: 'css' }, { other: 'x' }]) told.push(await import('./a.mjs', { with: w }).then(() => 'there', (e) => [e.code, e.message])); return told;
--- file a.mjs
--- answer
[["ERR_IMPORT_ATTRIBUTE_TYPE_INCOMPATIBLE","Module \"file:///a.mjs\" is not of type \"json\""],["ERR_IMPORT_ATTRIBUTE_UNSUPPORTED","Import attribute \"type\" with value \"css\" is not supported in file:///a.mjs"],["ERR_IMPORT_ATTRIBUTE_UNSUPPORTED","Import attribute \"other\" with value \"x\" is not supported in file:///a.mjs"]]

=== JSON that is none
--- body
return import('./a.json', { with: { type: 'json' } }).catch((e) => e.name);
--- file a.json
{"a": }
--- answer
"SyntaxError"

=== JSON is shared with require()
--- body
const { createRequire } = await import('module'); const require = createRequire(import.meta.url); const r = require('./a.json'); const a = await import('./a.json', { with: { type: 'json' } }); return r === a.default;
--- file a.json
{"a": 1}
--- answer
true

=== built-in modules
--- body
const fs = await import('fs'); const same = await import('node:fs'); return [fs === same, fs.default.readFileSync === fs.readFileSync, (await import('path')).sep, typeof (await import('util')).inspect, Object.keys(await import('string_decoder')), (await import('process')).default === process];
--- answer
[true,true,"/","function",["StringDecoder","default"],true]

=== process by its names
--- body
const p = await import('node:process'); return [typeof p.cwd, typeof p.env, typeof p.hrtime.bigint, typeof p.nextTick, p.argv.length > 0, p.stdout === process.stdout];
--- answer
["function","object","function","function",true,true]

=== a built-in module's name that is not there
--- body
return import('./a.mjs');
--- file a.mjs
import { nothing } from 'fs';
--- answer
["SyntaxError",null,"The requested module 'fs' does not provide an export named 'nothing'"]

=== names of CommonJS
--- body
const m = await import('./a.cjs'); return [Object.keys(m).filter((k) => k !== 'module.exports'), m.a, m.default.a, m.e];
--- file a.cjs
exports.a = 1; module.exports.b = 2; Object.defineProperty(exports, 'c', { enumerable: true, value: 3 });
Object.defineProperty(exports, 'd', { enumerable: true, get: function () { return other.d; } });
if (false) exports.e = 5; exports['f' + ''] = 6;
--- answer
[["a","b","c","d","default","e"],1,1,null]

=== names of CommonJS in a literal, and again
--- body
const m = await import('./a.cjs'); return [Object.keys(m).filter((k) => k !== 'module.exports'), m.x, m.y];
--- file a.cjs
module.exports = { ...require('./b.cjs'), y: 2, 'z': 3 };
--- file b.cjs
exports.x = 1;
--- answer
[["default","x"],1,null]

=== names of CommonJS that was translated
--- body
const m = await import('./a.cjs'); return [Object.keys(m).filter((k) => k !== 'module.exports'), m.a, m.default.default, m.x];
--- file a.cjs
"use strict"; Object.defineProperty(exports, "__esModule", { value: true }); exports.default = exports.a = void 0;
const a = 1; exports.a = a; exports.default = 'd'; __exportStar(require('./b.cjs'), exports);
function __exportStar(m, e) { for (var p in m) e[p] = m[p]; }
--- file b.cjs
exports.x = 'x';
--- answer
[["__esModule","a","default","x"],1,"d","x"]

=== CommonJS that is no object
--- body
return [(await import('./a.cjs')).default, Object.keys(await import('./a.cjs')).filter((k) => k !== 'module.exports')];
--- file a.cjs
module.exports = 5;
--- answer
[5,["default"]]

=== a name that CommonJS has not
--- body
return import('./a.mjs').catch((e) => [e.name, e.message]);
--- file a.mjs
import { no } from './a.cjs';
--- file a.cjs
module.exports = { ['n' + 'o']: 1 };
--- answer
["SyntaxError","Named export 'no' not found. The requested module './a.cjs' is a CommonJS module, which may not support all module.exports as named exports.\nCommonJS modules can always be imported via the default export, for example using:\n\nimport pkg from './a.cjs';\nconst { no } = pkg;\n"]

=== a name that CommonJS has not, among others
--- body
return import('./a.mjs').catch((e) => [e.name, e.message]);
--- file a.mjs
import { yes, no as none, yes as more } from './a.cjs';
--- file a.cjs
exports.yes = 1;
--- answer
["SyntaxError","Named export 'no' not found. The requested module './a.cjs' is a CommonJS module, which may not support all module.exports as named exports.\nCommonJS modules can always be imported via the default export, for example using:\n\nimport pkg from './a.cjs';\nconst { yes, no: none, yes: more } = pkg;\n"]

=== CommonJS is evaluated once, in the order of imports
--- body
globalThis.order = []; await import('./a.mjs'); const { createRequire } = await import('module'); createRequire(import.meta.url)('./b.cjs'); return order;
--- file a.mjs
import './b.cjs'; import './c.mjs'; import './b.cjs'; order.push('a');
--- file b.cjs
order.push('b');
--- file c.mjs
order.push('c');
--- answer
["b","c","a"]

=== CommonJS that throws, imported
--- body
return import('./a.mjs');
--- file a.mjs
import './b.cjs';
--- file b.cjs
throw new TypeError('thrown');
--- answer
["TypeError",null,"thrown"]

=== CommonJS with a syntax error, imported
--- body
return import('./b.cjs').catch((e) => [e.name, e.message]);
--- file b.cjs
let let = 1;
--- answer
["SyntaxError","let is disallowed as a lexically bound name"]

=== require() of an ES module
--- cjs
const a = require('./a.mjs'); return [a.a, a.default, a.__esModule, Object.keys(a), require('./a.mjs') === a, (await import('./a.mjs')) === a];
--- file a.mjs
export const a = 1; export default 'd';
--- answer
[1,"d",true,["__esModule","a","default"],true,false]

=== require() of one without a default
--- cjs
const a = require('./a.mjs'); return [a.a, '__esModule' in a, (await import('./a.mjs')) === a];
--- file a.mjs
export const a = 1;
--- answer
[1,false,true]

=== require() of one with module.exports, and with __esModule
--- cjs
return [require('./a.mjs'), Object.keys(require('./b.mjs')), require('./b.mjs') === await import('./b.mjs')];
--- file a.mjs
const a = 'whole'; export { a as 'module.exports' }; export default 1;
--- file b.mjs
export const __esModule = true; export default 1;
--- answer
["whole",["__esModule","default"],true]

=== require() of a graph that awaits
--- cjs
try { require('./a.mjs'); } catch (e) { return [e.name, e.code, e.message, (await import('./a.mjs')).a]; }
--- file a.mjs
export { a } from './b.mjs';
--- file b.mjs
export const a = await 'a';
--- answer
["Error","ERR_REQUIRE_ASYNC_MODULE","require() cannot be used on an ESM graph with top-level await. Use import() instead.\n  From /index.js \n  Requiring /a.mjs ","a"]

=== require() of an ES module of a package by "type"
--- cjs
return [require('p').default, require('p').__esModule, require.resolve('p')];
--- file node_modules/p/package.json
{"type": "module"}
--- file node_modules/p/index.js
export default 'es';
--- answer
["es",true,"/node_modules/p/index.js"]

=== require() of one that throws, twice
--- cjs
const told = []; for (const i of [1, 2]) { try { require('./a.mjs'); } catch (e) { told.push(e.message); } } return told;
--- file a.mjs
throw new Error('thrown');
--- answer
["thrown","thrown"]

=== require() of one that imports CommonJS, in a cycle
--- cjs
exports.early = 'early'; return require('./a.mjs').seen;
--- file a.mjs
import b from './b.cjs'; export const seen = b;
--- file b.cjs
exports.first = 1; exports.es = typeof require('./c.mjs').c;
--- file c.mjs
export const c = 'c';
--- answer
{"first":1,"es":"string"}

=== require() of one that is being evaluated
--- body
return import('./a.mjs').catch((e) => [e.name, e.code, e.message]);
--- file a.mjs
import './b.cjs'; export const a = 1;
--- file b.cjs
require('./a.mjs');
--- answer
["Error","ERR_REQUIRE_CYCLE_MODULE","Cannot require() ES Module /a.mjs in a cycle. (from /b.cjs) A cycle involving require(esm) is not allowed to maintain invariants mandated by the ECMAScript specification. Try making at least part of the dependency in the graph lazily loaded."]

=== a syntax error
--- body
return import('./a.mjs').catch((e) => [e.name, e.message]);
--- file a.mjs
export const = 1;
--- answer
["SyntaxError","Unexpected token '='"]

=== a syntax error further on
--- body
return import('./a.mjs').catch((e) => [e.name, e.message]);
--- file a.mjs
import './b.mjs';
--- file b.mjs
export default 1; export default 2;
--- answer
["SyntaxError","Identifier '.default' has already been declared"]

=== a name that is not there
--- body
return import('./a.mjs').catch((e) => [e.name, e.message]);
--- file a.mjs
import { a, no as b } from './b.mjs';
--- file b.mjs
export const a = 1;
--- answer
["SyntaxError","The requested module './b.mjs' does not provide an export named 'no'"]

=== what CommonJS has and a module has not
--- body
const told = []; for (const n of ['require', 'module', 'exports', '__filename', '__dirname']) told.push(await import(`./${n}.mjs`).catch((e) => e.message)); return told;
--- file require.mjs
require;
--- file module.mjs
module;
--- file exports.mjs
exports;
--- file __filename.mjs
__filename;
--- file __dirname.mjs
__dirname;
--- answer
["require is not defined in ES module scope, you can use import instead","module is not defined in ES module scope","exports is not defined in ES module scope","__filename is not defined in ES module scope","__dirname is not defined in ES module scope"]

=== strict, this, and globals
--- body
return (await import('./a.mjs')).default;
--- file a.mjs
let told; try { undeclared = 1; } catch (e) { told = e.message; } export default [this === undefined, told, typeof globalThis];
--- answer
[true,"undeclared is not defined","object"]

=== extensions
--- body
const told = []; for (const s of ['./a.txt', './b.node', './noext', './c.cjs']) told.push(await import(s).then((m) => m.default, (e) => [e.code])); return told;
--- file a.txt
--- file noext
module.exports = 'noext';
--- file c.cjs
module.exports = 'c';
--- answer
[["ERR_UNKNOWN_FILE_EXTENSION"],["ERR_MODULE_NOT_FOUND"],"noext","c"]

=== a hashbang and a byte order mark
--- body
return [(await import('./a.mjs')).default, (await import('./b.mjs')).default];
--- file a.mjs
#!/usr/bin/env node
export default 'a';
--- file b.mjs
%BOM%export default 'b';
--- answer
["a","b"]

=== createRequire
--- body
const { createRequire } = await import('node:module'); const r = createRequire(import.meta.url); return [r('./a.cjs'), r.resolve('./a.cjs'), createRequire(new URL('./sub/x.js', import.meta.url))('../a.cjs')];
--- file a.cjs
module.exports = 'a';
--- answer
["a","/a.cjs","a"]

=== createRequire of a URL with escapes
--- body
const { createRequire } = await import('node:module'); const url = new URL('./a%20b/x.js', import.meta.url); return [createRequire(url)('./a.cjs'), createRequire(String(url))('./a.cjs')];
--- file a b/a.cjs
module.exports = 'a';
--- answer
["a","a"]

=== data: URLs
--- body
const u = 'data:text/javascript,import fs from "fs"; export default [import.meta.url.length, Object.keys(import.meta), typeof fs]';
const told = [(await import(u)).default, await import(u) === await import(u)];
told.push((await import('data:application/json,{"a":1}', { with: { type: 'json' } })).default);
told.push((await import('data:text/javascript;charset=utf-8;base64,ZXhwb3J0IGRlZmF1bHQgMw==')).default);
for (const bad of ['data:text/javascript,import "./a.mjs"', 'data:text/plain,x', 'data:application/json,{}', 'data:x', 'data:text/javascript,let let']) told.push(await import(bad).then(() => 'there', (e) => e.code ?? e.name));
return told;
--- answer
[[118,["main","resolve","url"],"object"],true,{"a":1},3,"ERR_UNSUPPORTED_RESOLVE_REQUEST","ERR_UNKNOWN_MODULE_FORMAT","ERR_IMPORT_ATTRIBUTE_MISSING","ERR_INVALID_URL","SyntaxError"]

=== exports of JSON that were changed before it is evaluated
--- body
return (await import('./a.mjs')).default;
--- file a.mjs
import './b.cjs'; import json from './j.json' with { type: 'json' }; export default json;
--- file b.cjs
require('./j.json'); require.cache[require.resolve('./j.json')].exports = 'changed';
--- file j.json
{}
--- answer
"changed"

=== syncBuiltinESMExports()
--- body
const fs = await import('fs'); const { syncBuiltinESMExports } = await import('module'); const was = fs.readFile;
fs.default.readFile = 5; const before = fs.readFile === was; syncBuiltinESMExports(); const after = fs.readFile; fs.default.readFile = was; return [before, after];
--- answer
[true,5]

=== a vm script has no import()
--- body
const vm = await import('vm'); return new vm.Script("import('./a.mjs')").runInThisContext().catch((e) => e.code);
--- answer
"ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING"

=== async modules of a cycle
--- body
globalThis.order = []; const a = await import('./a.mjs'); return [order, a.a];
--- file a.mjs
import { b } from './b.mjs'; export const a = await b(); order.push('a');
--- file b.mjs
import './a.mjs'; export const b = async () => 'b'; order.push('b'); await 0; order.push('b2');
--- answer
[["b","b2","a"],"b"]

=== found by its syntax: export, import, import.meta
--- body
const a = await import('./a.js'), b = await import('./b.js'), c = await import('./c.js');
return [Object.keys(a), a.default, b.default(), Object.keys(c), globalThis.seen];
--- file a.js
export const a = 1;
export default 'd';
--- file b.js
import { join } from 'path';
export default () => join('x', 'y');
--- file c.js
globalThis.seen = [typeof require, import.meta.filename];
--- answer
[["a","default"],"d","x/y",[],["undefined","/c.js"]]

=== found by its syntax: top-level await, and names of CommonJS
--- body
return [Object.keys(await import('./a.js')), Object.keys(await import('./b.js')), Object.keys(await import('./c.js')), globalThis.seen];
--- file a.js
globalThis.seen = [await 1, this === undefined];
for await (const x of [String(await 2)]) globalThis.seen.push(x);
--- file b.js
const require = 2, module = 3;
globalThis.seen.push(require, module, typeof exports);
--- file c.js
const __filename = await 4, __dirname = 5, exports = 6;
globalThis.seen.push(__filename, __dirname, exports);
--- answer
[[],[],[],[1,true,"2",2,3,"undefined",4,5,6]]

=== found by its syntax, required
--- cjs
const a = require('./a'), c = require('./c.min'), d = require('p');
const codes = ['./e', './f'].map((name) => { try { return require(name); } catch (e) { return [e.name, e.code]; } });
return [a, a[Symbol.toStringTag], c.__esModule, c.default, d, codes, a === await import('./a.js'), (await import('./e.js')).e];
--- file a.js
export const a = 1;
--- file c.min.js
export default 'c';
--- file node_modules/p/package.json
{"main": "i"}
--- file node_modules/p/i.js
import { q } from './q.js';
export { q as 'module.exports' };
--- file node_modules/p/q.js
export const q = 'q';
--- file e.js
export const e = await 1;
--- file f.js
await 1;
--- answer
[{"a":1},"Module",true,"c","q",[["Error","ERR_REQUIRE_ASYNC_MODULE"],["Error","ERR_REQUIRE_ASYNC_MODULE"]],true,1]

=== found by its syntax, without an extension
--- cjs
return [require('./a').a, (await import('./a')).a, require('./b.foo').b, require('./c'), (await import('./c')).default];
--- file a
export const a = 1;
--- file b.foo
export const b = 2;
--- file c
module.exports = typeof require;
--- answer
[1,1,2,"function","function"]

=== what is CommonJS stays so
--- body
const a = await import('./a.js'), b = await import('./b.js');
return [Object.keys(a), a.default, Object.keys(b), b.default];
--- file a.js
exports.a = typeof module;
exports.later = import('./b.js').then(() => 1);
--- file b.js
// export default 1; import 'fs'; await 1;
module.exports = 'import.meta export default';
with ({}) {}
--- answer
[["a","default","later"],{"a":"object","later":{}},["default"],"import.meta export default"]

=== nothing is looked for where the package says what it is
--- body
const told = await Promise.all(['p', './a.cjs', './sub/a.js'].map((name) => attempt(() => import(name))));
return told.map(([name, code, message]) => [name, message.split(':')[0]]);
--- file node_modules/p/package.json
{"main": "i.js", "type": "commonjs"}
--- file node_modules/p/i.js
export const a = 1;
--- file a.cjs
export const a = 1;
--- file sub/package.json
{"type": "commonjs"}
--- file sub/a.js
import 'fs';
--- answer
[["SyntaxError","Unexpected token 'export'"],["SyntaxError","Unexpected token 'export'"],["SyntaxError","Cannot use import statement outside a module"]]

=== a "type" that is none
--- body
return [(await import('p')).a];
--- file node_modules/p/package.json
{"main": "i.js", "type": "esm"}
--- file node_modules/p/i.js
export const a = 1;
--- answer
[1]

=== found by its syntax, and wrong
--- cjs
return Promise.all(['./a', './b', './c', './d', './e'].map((name) => attempt(() => require(name))));
--- file a.js
import 'fs';
const a = ;
--- file b.js
const b = ;
export {};
--- file c.js
const fs = require('fs');
export const c = 1;
--- file d.js
const require = 1;
return 2;
--- file e.js
await 1;
with ({}) {}
--- answer
[["SyntaxError",null,"Unexpected token ';'"],["SyntaxError",null,"Unexpected token ';'"],["ReferenceError",null,"require is not defined in ES module scope, you can use import instead"],["SyntaxError",null,"Identifier 'require' has already been declared"],["SyntaxError",null,"await is only valid in async functions and the top level bodies of modules"]]

=== found by its syntax, in a cycle
--- body
return (await import('./a.js')).a();
--- file a.js
import { b } from './b.js';
export function a() { return b; }
--- file b.js
import { a } from './a.js';
export const b = typeof a;
--- answer
"function"

=== import.meta.main
--- body
return [import.meta.main, (await import('./a.mjs')).default];
--- file a.mjs
export default import.meta.main;
--- answer
[true,false]

=== encoded slashes
--- body
const { createRequire } = await import('node:module'); const r = createRequire(import.meta.url); const told = [];
for (const f of ['./a%2Fb.mjs', '#slash', '#back', 'p/x%5cy', '#p/x%2Fy']) told.push((await attempt(() => import(f))).slice(1));
for (const f of ['./a%2Fb.mjs', '#slash', 'p/x%5cy']) told.push((await attempt(() => r(f))).slice(1));
return told.map(([code, message]) => [code, message.split('\n')[0]]);
--- file package.json
{"imports": {"#slash": "./..%2Fa.js", "#back": "./..%5Ca.js", "#p/*": "p/*"}}
--- file node_modules/p/package.json
{"exports": {"./*": "./lib/*.js"}}
--- answer
[["ERR_INVALID_MODULE_SPECIFIER","Invalid module \"/a%2Fb.mjs\" must not include encoded \"/\" or \"\\\" characters imported from /index.mjs"],["ERR_INVALID_MODULE_SPECIFIER","Invalid module \"/..%2Fa.js\" must not include encoded \"/\" or \"\\\" characters imported from /index.mjs"],["ERR_INVALID_MODULE_SPECIFIER","Invalid module \"/..%5Ca.js\" must not include encoded \"/\" or \"\\\" characters imported from /index.mjs"],["ERR_INVALID_MODULE_SPECIFIER","Invalid module \"/node_modules/p/lib/x%5cy.js\" must not include encoded \"/\" or \"\\\" characters imported from /index.mjs"],["ERR_INVALID_MODULE_SPECIFIER","Invalid module \"/node_modules/p/lib/x%2Fy.js\" must not include encoded \"/\" or \"\\\" characters imported from /index.mjs"],["MODULE_NOT_FOUND","Cannot find module './a%2Fb.mjs'"],["ERR_INVALID_MODULE_SPECIFIER","Invalid module \"file:///..%2Fa.js\" must not include encoded \"/\" or \"\\\" characters imported from /index.mjs"],["ERR_INVALID_MODULE_SPECIFIER","Invalid module \"file:///node_modules/p/lib/x%5cy.js\" must not include encoded \"/\" or \"\\\" characters"]]

=== what has failed fails again, with the same error
--- body
const told = []; for (const f of ['./a.mjs', './b.mjs', './c.mjs']) { const errors = []; for (let i = 0; i < 2; i++) await import(f).catch((e) => errors.push(e)); told.push(errors[0] === errors[1], errors[0].message.split("'")[0]); } return told;
--- file a.mjs
import './nope.mjs';
--- file b.mjs
import { nope } from './d.mjs';
--- file c.mjs
throw new Error('once');
--- file d.mjs
--- answer
[true,"Cannot find module ",true,"The requested module ",true,"once"]

=== what is no module is told when it is loaded
--- body
const told = [import.meta.resolve('./a.txt'), import.meta.resolve('data:text/css,')]; for (const [s, w] of [['./a.txt'], ['data:text/css,'], ['data:text/css,', { type: 'css' }], ['data:text/css,', { a: 'b' }]]) told.push((await attempt(() => import(s, { with: w }))).slice(1)); return [...told, (await attempt(() => import('./%zz.mjs'))).slice(0, 1)];
--- file a.txt
--- answer
["file:///a.txt","data:text/css,",["ERR_UNKNOWN_FILE_EXTENSION","Unknown file extension \".txt\" for /a.txt"],["ERR_UNKNOWN_MODULE_FORMAT","Unknown module format: text/css for URL data:text/css,"],["ERR_UNKNOWN_MODULE_FORMAT","Unknown module format: text/css for URL data:text/css,"],["ERR_IMPORT_ATTRIBUTE_UNSUPPORTED","Import attribute \"a\" with value \"b\" is not supported in data:text/css,"],["URIError"]]

=== CommonJS is imported as it was when it was loaded
--- body
return (await import('./a.mjs')).default;
--- file a.mjs
import './b.cjs';
import c from './c.cjs';
export default c;
--- file b.cjs
require('./c.cjs'); require.cache[require.resolve('./c.cjs')].exports = 'later';
--- file c.cjs
module.exports = 'loaded';
--- answer
"loaded"

=== names of CommonJS where something awaits
--- body
const told = []; for (const f of ['./a.js', './b.mjs', './c.mjs']) told.push(await attempt(() => import(f))); return told;
--- file a.js
await 1; module.exports = 1;
--- file b.mjs
import './c.mjs'; exports.b = 1;
--- file c.mjs
await 1; require('fs');
--- answer
[["ReferenceError","ERR_AMBIGUOUS_MODULE_SYNTAX","Cannot determine intended module format because both require() and top-level await are present. If the code is intended to be CommonJS, wrap await in an async function. If the code is intended to be an ES module, replace require() with import."],["ReferenceError","ERR_AMBIGUOUS_MODULE_SYNTAX","Cannot determine intended module format because both require() and top-level await are present. If the code is intended to be CommonJS, wrap await in an async function. If the code is intended to be an ES module, replace require() with import."],["ReferenceError","ERR_AMBIGUOUS_MODULE_SYNTAX","Cannot determine intended module format because both require() and top-level await are present. If the code is intended to be CommonJS, wrap await in an async function. If the code is intended to be an ES module, replace require() with import."]]
