# ES modules: what imports them, and what they import.

use strict;
use warnings;

use TestInvoke 'no_plan';
use TestEngine;

my %functions = (
    default => { 'index.mjs' => <<'END' },
import { readFile } from 'node:fs/promises';
import path, { join } from 'path';
import data from './data.json' with { type: 'json' };
import old from './data.json' assert { type: 'json' };
import cjs, { name, later } from './lib/old.cjs';
import * as all from './lib/new.mjs';
export default async function (req, res) {
    const text = await readFile('/data.json', 'utf8');
    const { more } = await import('./lib/more.mjs');
    res.json([text.length, path.join === join, data, old === data, cjs.name, name, later, Object.keys(all),
              all.default, more, import.meta.url, import.meta.filename, import.meta.dirname,
              import.meta.resolve('./x.mjs'), import.meta.resolve('fs'), typeof require, this === undefined]);
}
END
    typed => {
        'package.json' => '{"type": "module"}',
        'index.js' => "import { a } from './a.js';\nexport default (req, res) => res.json([a, import.meta.url]);\n",
        'a.js' => "export let a = 1;\na++;\n",
    },
    fetch => { 'index.mjs' => "export default { fetch: () => new Response('fetched') };\n" },
    fetches => { 'index.mjs' => "export function fetch() { return new Response('named'); }\n" },
    handler => { 'index.mjs' => "export const handler = (req, res) => res.send('handled');\n" },
    awaits => { 'index.mjs' => <<'END',
import { ready } from './ready.mjs';
const own = await new Promise((resolve) => setTimeout(resolve, 10, 'own'));
export default (req, res) => res.send(`${ready} ${own}`);
END
        'ready.mjs' => "export const ready = await new Promise((r) => setTimeout(r, 10, 'ready'));\n",
    },
    requires => { 'index.js' => <<'END',
const a = require('./a.mjs');
const b = require('./b.mjs');
const c = require('./c.mjs');
let code;
try { require('./tla.mjs'); } catch (e) { code = [e.code, e.message]; }
module.exports = async (req, res) => {
    const tla = await import('./tla.mjs');
    const fromEval = await eval('import("./a.mjs")');
    const timer = await new Promise((resolve) => setTimeout(() => resolve(import('./a.mjs')), 1));
    res.json([a.a, a[Symbol.toStringTag], b.__esModule, b.default, b.b, c, code, tla.t, fromEval === a, timer === a]);
};
END
        'a.mjs' => "export const a = 'a';\n",
        'b.mjs' => "export default 'd';\nexport const b = 'b';\n",
        'c.mjs' => "const c = 'c';\nexport { c as 'module.exports' };\n",
        'tla.mjs' => "export const t = await 't';\n",
    },
    missing => { 'index.mjs' => "\n\nimport './nope.mjs';\n" },
    noname => { 'index.mjs' => "import { fine } from './a.mjs';\nimport { nope } from './a.mjs';\n",
                'a.mjs' => "export const fine = 1;\n" },
    nocjs => { 'index.mjs' => "import { nope } from './a.cjs';\n", 'a.cjs' => "module.exports = {};\n" },
    syntax => { 'index.mjs' => "export default 1;\nlet let = 1;\n" },
    throws => { 'index.mjs' => "import './t.mjs';\n", 't.mjs' => "\nthrow new TypeError('thrown');\n" },
    graph => { 'index.mjs' => <<'END',
import { a, seen } from './a.mjs';
import b, * as all from './b.mjs';
import { count } from './c.mjs?x';
import self, { own as mine } from './index.mjs';
export const own = 'own';
export default async (req, res) => {
    const again = await import('./b.mjs');
    const { createRequire } = await import('module');
    res.json([a(), b, Object.keys(all), count, mine, typeof self, again === all, again.meta, import.meta.url,
              createRequire(import.meta.url)('./b.mjs') === all, seen, globalThis.evaluated]);
};
END
        'a.mjs' => "import { b } from './b.mjs';
import { count } from './c.mjs';
export const seen = count;
export const a = () => b();
",
        'b.mjs' => "import { a } from './a.mjs';
export * from './c.mjs';
export { count as 'module.exports-not' } from './c.mjs';
"
                   . "export const b = () => typeof a;
export const meta = import.meta.filename;
export default 'b';
",
        'c.mjs' => "globalThis.evaluated = (globalThis.evaluated ?? '') + 'c' + import.meta.url.slice(13);
export const count = 1;
",
    },
    mixed => { 'index.mjs' => "import './a.mjs';
import { join } from 'path';
import { b } from './b.mjs';
import d from './d.json' with { type: 'json' };
"
                              . "import c from './c.cjs';
export default (req, res) => res.json([join('a', b), d, c, globalThis.n]);
",
               'a.mjs' => "import './b.mjs';
", 'b.mjs' => "globalThis.n = (globalThis.n ?? 0) + 1;
export const b = 'b';
",
               'c.cjs' => "module.exports = require('./b.mjs').b;
", 'd.json' => '[1]' },
    deep => { 'index.mjs' => "import './a.mjs';
export default 1;
", 'a.mjs' => "import './b.mjs';
",
              'b.mjs' => "\nthrow new RangeError('deep');
" },
    waits => { 'index.mjs' => "import { a } from './a.mjs';
export default (req, res) => res.send(a);
",
               'a.mjs' => "import './b.mjs';
export const a = 'waited ' + await globalThis.b;
",
               'b.mjs' => "globalThis.b = new Promise((resolve) => setTimeout(resolve, 5, 'b'));
" },
    forever => { 'index.mjs' => "await new Promise(() => { setTimeout(() => {}, 1e6); });\nexport default 1;\n" },
);

for my $isolation (qw(request function)) {
    engine("modules, $isolation",
        http => 'invoke_isolates 1 max=1; invoke_package_cache cache;',
        server => "invoke_isolation $isolation; invoke_timeout 1s;"
                  . join('', map { "location = /$_ { invoke ./fn/$_; }\n" } sort keys %functions),
        functions => {
            map { my $name = $_; ($name => {
                %{ $functions{$name} },
                $name ne 'default' ? () : (
                    'data.json' => '{"a": 1}',
                    'lib/old.cjs' => "exports.name = 'old';\nexports['la' + 'ter'] = 1;\nexports.later = 2;\n",
                    'lib/new.mjs' => "export default 'new';\nexport const x = 1, b = 2;\n",
                    'lib/more.mjs' => "export const more = 'more';\n",
                ) }) } keys %functions
        });

    for my $again (1 .. 3) {
        is(get('/default')->{body},
           '[8,true,{"a":1},true,"old","old",2,["b","default","x"],"new","more","file:///index.mjs","/index.mjs","/",'
           . '"file:///x.mjs","node:fs","undefined",true]', "$isolation: what it imports, $again");
        is(get('/typed')->{body}, '[2,"file:///index.js"]', '"type": "module"');
        is(get('/fetch')->{body}, 'fetched', 'fetch() of the default export');
        is(get('/fetches')->{body}, 'named', 'a named one');
        is(get('/handler')->{body}, 'handled', 'handler()');
        is(get('/awaits')->{body}, 'ready own', 'top-level await');
        is(get('/requires')->{body},
           '["a","Module",true,"d","b","c",["ERR_REQUIRE_ASYNC_MODULE","require() cannot be used on an ESM graph with '
           . 'top-level await. Use import() instead.\n  From /index.js \n  Requiring /tla.mjs "],"t",true,true]', 'require() and import() of CommonJS');

        is(get('/graph')->{body}, '["function","b",["b","count","default","meta","module.exports-not"],1,"own","function",'
           . 'true,"/b.mjs","file:///index.mjs",false,1,"cc?x"]', 'a graph');
        is(get('/mixed')->{body}, '["a/b",[1],"b",1]', 'one of several kinds');
        is(get('/waits')->{body}, 'waited b', 'one that awaits');

        my $error = get('/deep')->{json};
        is($error->{message}, 'deep', 'one that throws');
        like($error->{error}{stack}, qr{at file:///b\.mjs:2:7}, 'with its line');

        $error = get('/missing')->{json};
        is($error->{message}, "Cannot find module '/nope.mjs' imported from /index.mjs", 'a file that is not there');

        $error = get('/noname')->{json};
        is($error->{message}, "The requested module './a.mjs' does not provide an export named 'nope'", 'a name that is not there');
        like($error->{error}{stack}, qr{^file:///index\.mjs:2:10\n}, 'with its line');

        $error = get('/nocjs')->{json};
        like($error->{message}, qr/^Named export 'nope' not found\. The requested module '\.\/a\.cjs' is a CommonJS module/, 'of CommonJS');

        $error = get('/syntax')->{json};
        is($error->{message}, 'Unexpected strict mode reserved word', 'a syntax error');
        like($error->{error}{stack}, qr{^file:///index\.mjs:2:5\nlet let = 1;\n    \^\^\^\n}, 'with its line');

        $error = get('/throws')->{json};
        is($error->{message}, 'thrown', 'what a module throws');
        like($error->{error}{stack}, qr{at file:///t\.mjs:2:7}, 'with its line');
    }

    is(get('/forever')->{status}, 504, 'an await that never ends');
    is(get('/handler')->{body}, 'handled', 'and the worker goes on');
}

engine_stop();
