# conf/types/invoke.d.ts, as TypeScript's compiler sees it: what handlers do is
# right, in TypeScript and in JavaScript, and what they cannot do is not.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/..');
my $packages = "$root/build/types-npm/node_modules";

ok(-d $packages, 'util/setup has installed the packages of t/types');

my $told = `node $packages/typescript/bin/tsc --noEmit --strict --allowJs \\
            --checkJs --target es2022 --module commonjs \\
            --typeRoots $packages/\@types --types node \\
            $root/t/types/handler.ts $root/t/types/handler.js 2>&1`;

is($?, 0, 'handlers compile, lines that are to fail do') or diag($told);

done_testing;
