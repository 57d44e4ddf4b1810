# Hostile ES modules: each ends in its error within the limits, and the worker
# stays.

use strict;
use warnings;

use TestInvoke 'no_plan';
use TestEngine;

my $outside = 'export default "outside";';
my $n = 10_000;

my %functions = (
    hello => { 'index.mjs' => "export default (req, res) => res.send('hello');\n" },

    outside => { 'index.mjs' => <<'END',
const up = '../'.repeat(20);
const names = [
    `${up}etc/passwd`, '/etc/passwd', 'file:///etc/passwd', `file:///${up}etc/passwd`, './%2e%2e/%2e%2e/%2e%2e/etc/passwd',
    './..%2f..%2f..%2fetc%2fpasswd', '.\\..\\..\\..\\etc\\passwd', 'file:\\\\\\etc\\passwd', 'FILE:///etc/passwd',
    'file:etc/passwd', './outside.mjs', './directory/x.mjs', '../outside/x.mjs', '/app/../../outside/x.mjs', '#up', '#root', 'p',
    'p/x', 'p/%2e%2e/%2e%2e/%2e%2e/outside/x.mjs', `${import.meta.url}/../../../outside/x.mjs`, './x\0.mjs', './%00',
    'data:text/javascript,import "/etc/passwd"', 'data:text/javascript,import "file:///../outside/x.mjs"', 'blob:x', 'node:internal/modules', 'internal/bootstrap/realm',
];
const { createRequire } = await import('module');
export default async (req, res) => {
    const there = [];
    for (const name of names) {
        for (const load of [(x) => import(x), createRequire(import.meta.url)]) {
            try { await load(name); there.push(name); } catch { /* as it should be */ }
        }
    }
    res.json(there);
};
END
        'package.json' => '{"imports": {"#up": "../outside/x.mjs", "#root": "/etc/passwd"}}',
        'node_modules/p/package.json' => '{"main": "../../../outside/x.mjs"}',
    },

    spins => { 'index.mjs' => "import './a.cjs';\n", 'a.cjs' => "for (;;) {}\n" },
    stays => { 'index.mjs' => "await new Promise(() => {});\n" },
    swallows => { 'index.mjs' => "for (;;) { try { await import('./a.mjs'); } catch {} }\n", 'a.mjs' => "for (;;) {}\n" },
    fills => { 'index.mjs' => "const a = []; for (;;) a.push(new Array(1000).fill(a.length));\n" },
    endless => { 'index.mjs' => "const n = Number(import.meta.url.split('?')[1] ?? 0);\nawait import(`./index.mjs?\${n + 1}`);\n" },
    queries => { 'index.mjs' => "for (let n = 0; ; n++) await import(`./a.mjs?\${n}`);\n", 'a.mjs' => "export const a = 1;\n" },
    missing => { 'index.mjs' => "for (let n = 0; ; n++) await import(`./n\${n}.mjs`).catch(() => {});\n" },
    exports => { 'index.mjs' => "import * as all from './a.mjs';\nexport default (req, res) => res.json(Object.keys(all).length);\n",
                 'a.mjs' => 'export let ' . join(',', map { "a$_" } 1 .. 1_000_000) . ";\n" },
    braces => { 'index.mjs' => 'let x; export { ' . join(',', map { "x as a$_" } 1 .. 1_000_000) . " };\n" },
    again => { 'index.mjs' => 'let x; export { ' . 'x,' x 4_000_000 . " };\n" },
    hidden => { 'index.mjs' => "let x; export /* { */ {\n// }\n" . join(',', map { "x as '}a$_'" } 1 .. 700_000) . " };\n" },
    passed => { 'index.mjs' => 'export { ' . join(',', map { "x as a$_" } 1 .. 1_000_000) . " } from './a.mjs';\n", 'a.mjs' => "export let x;\n" },
    starred => { 'index.mjs' => "export * from './a.mjs';\n", 'a.mjs' => 'export let ' . join(',', map { "a$_" } 1 .. 200_000) . ";\n" },
    imports => { 'index.mjs' => 'import { ' . join(',', map { "a$_" } 1 .. 1_000_000) . " } from './a.mjs';\n", 'a.mjs' => "export {};\n" },
    names => { 'index.mjs' => "import * as all from './a.cjs';\nexport default (req, res) => res.json(Object.keys(all).length);\n",
               'a.cjs' => join('', map { "exports.a$_ = 1;\n" } 1 .. 1_000_000) },
    requests => { 'index.mjs' => join('', map { "import './a.mjs?$_';\n" } 1 .. 30_000), 'a.mjs' => "export {};\n" },
    circle => { 'index.mjs' => "import './m0.mjs';\n",
                map({ ("m$_.mjs" => "import './m" . ($_ + 1) % $n . ".mjs';\n") } 0 .. $n - 1) },
    stars => { 'index.mjs' => "import { nothing } from './m0.mjs';\n",
               map({ ("m$_.mjs" => "export * from './m" . ($_ + 1) % $n . ".mjs';\nexport { x$_ } from './m" . ($_ + 1) % $n . ".mjs';\n") } 0 .. $n - 1) },
    turns => { 'index.mjs' => "import './m0.mjs';\n",
               map({ ("m$_.mjs" => "import './c$_.cjs';\n", "c$_.cjs" => "require('./m" . ($_ + 1) . ".mjs');\n") } 0 .. 2000) },
    itself => { 'index.mjs' => <<'END',
import self from './index.mjs';
import { createRequire } from 'module';
const require = createRequire(import.meta.url);
let code;
try { require('./index.mjs'); } catch (e) { code = e.code; }
export default (req, res) => res.json([code, self.name]);
END
    },
    poisoned => { 'index.mjs' => <<'END',
for (const o of [Object.prototype, Array.prototype, Promise.prototype, String.prototype, Function.prototype]) {
    for (const key of ['then', 'default', 'url', 'number', 'type', 'get', 'value', 'linked', '0']) {
        try {
            Object.defineProperty(o, key, { configurable: true, get() { throw new Error(`poison ${key}`); }, set() { throw new Error(`poison ${key}`); } });
        } catch { /* it is there for good */ }
    }
}
let told;
try { told = Object.keys(await import('./a.mjs')); } catch (e) { told = `${e.message}`; }
for (const o of [Object.prototype, Array.prototype, Promise.prototype, String.prototype, Function.prototype]) {
    for (const key of ['default', 'url', 'number', 'type', 'get', 'value', 'linked', '0']) delete o[key];
}
export default (req, res) => { res.end(String(told)); };
END
        'a.mjs' => "import './b.cjs';\nexport const a = 1;\n", 'b.cjs' => "exports.b = 1;\n" },
    constructed => { 'index.mjs' => "import './p.mjs';\nimport { a } from './a.mjs';\nexport default (req, res) => { res.end(a); };\n",
                     'p.mjs' => <<'END',
Object.defineProperty(Promise.prototype, 'constructor', { configurable: true, get() { throw new Error('poison'); } });
END
                     'a.mjs' => <<'END',
await 0;
Object.defineProperty(Promise.prototype, 'constructor', { configurable: true, writable: true, value: Promise });
export const a = 'a';
END
    },
);

engine('hostile modules',
    http => 'invoke_isolates 1 max=2; invoke_memory_limit 64m;',
    server => 'invoke_timeout 3s;' . join('', map { "location = /$_ { invoke ./fn/$_; }\n" } sort keys %functions),
    functions => \%functions);

mkdir server->prefix . '/fn/outside.d';
put("../outside/x.mjs", $outside);
symlink server->prefix . '/outside/x.mjs', server->prefix . '/fn/outside/outside.mjs';
symlink server->prefix . '/outside', server->prefix . '/fn/outside/directory';

sub ends {
    my ($name, @codes) = @_;
    my $answer = get("/$name");

    # a worker that is replaced closes what it has not read from
    $answer = get("/$name") if $answer->{status} eq 'none';

    my $code = $answer->{status} == 200 ? 200 : $answer->{code};

    ok(scalar grep({ $code eq $_ } @codes), "$name: $code") or diag($answer->{body});
    soon { get('/hello')->{body} eq 'hello' } "$name: others go on";
}

is(get('/outside')->{body}, '[]', 'nothing outside of the package');

ends('spins', 'timeout');
ends('stays', 'timeout');
ends('swallows', 'timeout');
ends('fills', 'memory');
ends('endless', 'memory', 'timeout', 'exception');
ends('queries', 'memory', 'timeout');
ends('missing', 'memory', 'timeout');
ends('exports', 'memory');
ends('braces', 'memory');
ends('again', 'memory');
ends('hidden', 'memory');
ends('passed', 'memory');
ends('starred', 'memory');
ends('imports', 'memory');
ends('names', 'memory', 'timeout');
ends('requests', 'exception', 'memory', 'timeout', 'bad_export');
ends('circle', 'exception', 'memory', 'timeout');
ends('stars', 'exception', 'memory', 'timeout');
ends('turns', 'exception', 'memory', 'timeout');
ends('poisoned', 200, 'exception');
ends('constructed', 200, 'exception');

is(get('/itself')->{body}, '["ERR_REQUIRE_CYCLE_MODULE","default"]', 'a module that imports itself');

is_deeply([log_lines(qr/in quarantine/)], [], 'no isolate is parked');
is(scalar(log_lines(qr/exited on signal/)), 0, 'no worker died');

engine_stop();
