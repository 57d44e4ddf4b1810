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
    enum => { 'index.ts' => "const a: number = 1;\n  enum Colour { Red }\n\nmodule.exports = () => Colour.Red;\n" },
);

for my $isolation (qw(request function)) {
    engine("typescript, $isolation",
        http => 'invoke_isolates 1 max=1; invoke_package_cache cache;',
        server => "invoke_isolation $isolation;"
                  . join('', map { "location = /$_ { invoke ./fn/$_; }\n" } sort keys %functions),
        functions => \%functions);

    for my $again (1, 2) {
        is(get('/commonjs?name=you')->{body}, 'hello you hello you ', "CommonJS, $again");
        is(get('/typed')->{body}, '["b","old","file:///index.ts"]', '"type": "module"');

        my $error = get('/enum')->{json};
        is($error->{message}, 'TypeScript enum is not supported in strip-only mode', 'an enum');
        is($error->{error}{stack} =~ s/\n    at .*//sr, <<'END' =~ s/\n\z//r, 'with its line');
/index.ts:2
const a: number = 1;
  enum Colour { Red }
  ^^^^^^^^^^^^^^^^^^^

SyntaxError [ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX]: TypeScript enum is not supported in strip-only mode
END
    }
}

engine_stop();
