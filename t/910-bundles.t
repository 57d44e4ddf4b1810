# Functions that esbuild and tsc have built: they are served, and stacks tell the
# lines of what they were built from (conf/MODULES.md, Source maps).

use strict;
use warnings;

use TestInvoke 'no_plan';
use TestEngine;
use Server;

my $root = $ENV{TEST_NGINX_ROOT};
my $packages = "$root/build/types-npm/node_modules";
my $source = "$root/t/types/bundle";
my $work = "$root/build/test/910-bundles.$$";

my %builds = (
    esbuild => "$packages/.bin/esbuild src/index.ts --bundle --minify"
               . ' --platform=node --sourcemap --outfile=index.js',
    inline => "$packages/.bin/esbuild src/index.ts --bundle --platform=node"
              . ' --sourcemap=inline --outfile=index.js',
    tsc => "node $packages/typescript/bin/tsc src/index.ts --outDir ."
           . " --target es2022 --module commonjs --sourceMap"
           . " --typeRoots $packages/\@types --types node",
);

my %functions;

for my $name (sort keys %builds) {
    my $dir = "$work/$name";

    Server::write_file("$dir/src/$_", Server::read_file("$source/$_"))
        for qw(index.ts order.ts);

    my $told = `cd $dir && $builds{$name} 2>&1`;

    is($?, 0, "$name builds it") or diag($told);

    $functions{$name} = { map { s{^\Q$dir/}{}r => Server::read_file($_) }
                          glob("$dir/*.js $dir/*.map $dir/src/*.ts") };
}

engine('bundles',
       server => join('', map { "location = /$_ { invoke ./fn/$_; }\n" }
                              sort keys %builds),
       functions => \%functions);

for my $name (sort keys %builds) {
    is(get("/$name?id=3")->{body}, '{"id":3}', "$name: it is served");

    my $error = get("/$name?id=x")->{json};

    # tsc maps what it puts before the name of a function that is imported
    my $column = $name eq 'tsc' ? 31 : 26;

    is($error->{message}, 'no order has the id x', '... and fails');
    like($error->{error}{stack},
         qr{^RangeError:\ no\ order\ has\ the\ id\ x\n
            \ +at\ .*\(/src/order\.ts:12:15\)\n
            \ +at\ .*\(/src/order\.ts:17:5\)\n
            \ +at\ .*/src/index\.ts:6:$column\)?\n}x, '... at its lines');
}

engine_stop();

END { system 'rm', '-rf', $work if $work }
