# TypeScript: its types are stripped, once for a text, with Node 22's semantics.

use strict;
use warnings;

use TestInvoke 'no_plan';
use TestEngine;

my %functions = (
    commonjs => { 'index.ts' => <<'END' },
interface Named { name?: string }

const greet = (who: string, times: number = 1): string =>
    `hello ${who} `.repeat(times as number);

module.exports = <T extends Named>(req: { query: T }, res: any): void => {
    res.send(greet(req.query.name!, 2) satisfies string);
};
END
    typed => {
        'package.json' => '{"type": "module"}',
        'index.ts' => <<'END',
import type { Response } from 'nowhere';
import { type Kind, kind } from './kind.ts';
import { old } from './old.cts';

export default (req: unknown, res: Response) => {
    const k: Kind = kind();

    res.json([k, old, import.meta.url]);
};
END
        'kind.ts' => "export type Kind = 'a' | 'b';\nexport const kind = (): Kind => 'b';\n",
        'old.cts' => "type T = { old: string };\nexports.old = 'old' as string;\n",
    },
    detected => {
        'index.ts' => "import { here } from './here.ts';\nimport { type Old, old } from './old.ts';\n"
                      . "const told: Old = [await here, old, typeof require];\nexport default (_: any, res: any) => res.json(told);\n",
        'here.ts' => "export const here: Promise<boolean> = Promise.resolve(import.meta.filename === '/here.ts' as string);\n",
        'old.ts' => "export type Old = unknown[];\nexports.old = typeof require as string;\n",
    },
    enum => { 'index.ts' => "const a: number = 1;\n  enum Colour { Red }\n\nmodule.exports = () => Colour.Red;\n" },
    wrong => { 'index.ts' => "const a: = 1;\nmodule.exports = () => a;\n" },
    installed => {
        'index.ts' => "const a: number = require('dep');\nmodule.exports = (_: any, res: any) => res.json(a);\n",
        'node_modules/dep/package.json' => '{"main": "dep.ts"}',
        'node_modules/dep/dep.ts' => "module.exports = 1 as number;\n",
    },
    throws => { 'index.ts' => <<'END' },
interface Long {
    of: string;
}

module.exports = (req: any, res: any): void => {
    const a: Long = { of: 'x' }; throw new Error(a.of as string);
};
END
    garbage => { 'index.ts' => "\0\x01\xff\xfe type type type <<<<>>>> \`" },
    deep => { 'index.ts' => 'const a = ' . '(' x 200000 . '1' . ')' x 200000 . ';' },
    large => { 'index.ts' => 'const a: number[] = [' . '1 as number,' x 900000
                             . "];\nmodule.exports = (_: any, res: any) => res.json(a.length);" },
);

sub told {
    my ($when) = @_;

    is(get('/commonjs?name=you')->{body}, 'hello you hello you ', "CommonJS, $when");
    is(get('/typed')->{body}, '["b","old","file:///index.ts"]', '"type": "module"');
    is(get('/detected')->{body}, '[true,"function","undefined"]', 'no "type": each is what its syntax says');
}

for my $isolation (qw(request function)) {
    my %conf = (
        http => 'invoke_isolates 1 max=1; invoke_package_cache cache;',
        server => "invoke_isolation $isolation;"
                  . join('', map { "location = /$_ { invoke ./fn/$_; }\n" } sort keys %functions),
        functions => \%functions);

    engine("typescript, $isolation", %conf);

    # as many at once are stripped once
    is(join(',', map { $_->{body} } together(('/commonjs?name=a') x 8)),
       join(',', ('hello a hello a ') x 8), 'many at once');

    for my $again (1, 2) {
        told($again);

        my $error = get('/enum')->{json};
        is($error->{message}, 'TypeScript enum is not supported in strip-only mode', 'an enum');
        is($error->{error}{stack} =~ s/\n    at .*//sr, <<'END' =~ s/\n\z//r, 'with its line');
/index.ts:2
const a: number = 1;
  enum Colour { Red }
  ^^^^^^^^^^^^^^^^^^^

SyntaxError [ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX]: TypeScript enum is not supported in strip-only mode
END

        like(get('/wrong')->{json}{error}{stack},
             qr{^/index\.ts:1\n.*ERR_INVALID_TYPESCRIPT_SYNTAX}s, 'no TypeScript');
        is(get('/installed')->{json}{message},
           'Stripping types is currently unsupported for files under node_modules, for "/node_modules/dep/dep.ts"',
           'below node_modules');
        like(get('/throws')->{json}{error}{stack},
             qr{^Error: x\n    at module\.exports \(/index\.ts:6:40\)}, 'lines and columns stay');
    }

    # commonjs, three of typed and of detected, enum, wrong, the entry of
    # installed, throws
    is(metrics()->{moduleCache}{stripped}, 11,
       'each text is stripped once');

    soon { metrics()->{moduleCache}{codeCacheStored} >= 9 } 'what was is on disk';
    is(server->stop, 0, 'it stops');
    server->start(engine_conf(%conf));

    told('after a restart');
    is(metrics()->{moduleCache}{stripped}, 0, 'nothing is stripped again');

    for my $hostile (qw(garbage deep large)) {
        my $status = get("/$hostile")->{status};

        like($status, qr/^(?:200|50[04])$/, "$hostile is answered");
        is(get('/commonjs?name=b')->{body}, 'hello b hello b ', '... and others are');
    }
}

engine_stop();
