# Source maps: stacks tell the lines of what a file was made of, where they are
# logged or sent; a map that is wrong is told of once, and hurts nothing.

use strict;
use warnings;

use TestInvoke 'no_plan';
use TestEngine;

use JSON::PP;
use MIME::Base64 qw(encode_base64);

# Line i of a file is line i + $more of its source; a third part of a line is a
# name, which is of all of the line.

sub vlq {
    my $value = $_[0] < 0 ? -$_[0] * 2 + 1 : $_[0] * 2;
    my $text = '';

    do {
        my $digit = $value & 31;
        $value >>= 5;
        $text .= substr join('', 'A' .. 'Z', 'a' .. 'z', 0 .. 9, '+/'), $digit | ($value ? 32 : 0), 1;
    } while $value;

    return $text;
}

sub map_of {
    my ($lines, $more, %rest) = @_;

    my @mappings = map { vlq(0) . vlq(0) . vlq($_ == 1 ? $more : 1) . vlq(0)
                         . ($rest{names} ? vlq($_ == 1 ? 0 : 1) : '') } 1 .. $lines;

    return encode_json({ version => 3, sources => ['../src/app.ts'],
                         mappings => join(';', @mappings), %rest });
}

my $throws = "function inner() {\n    throw new TypeError('thrown');\n}\n"
             . "exports.inner = inner;\nexports.outer = () => inner();\n";
my $comment = "//# sourceMappingURL=made.js.map\n";
my $serves = "const { outer } = require('./lib/made.js');\nmodule.exports = () => outer();\n";
my $right = map_of(5, 10);

sub data_of { 'data:application/json;charset=utf-8;base64,' . encode_base64($_[0], '') }

# a function whose lib/made.js has such a map

sub made {
    my ($map, $named, %more) = @_;

    return { 'index.js' => $serves, 'lib/made.js' => $throws . ($named // $comment),
             defined $map ? ('lib/made.js.map' => $map) : (), %more };
}

my %functions = (
    plain => made($right),
    inline => made(undef, "//# sourceMappingURL=no.map\n/*# sourceMappingURL=" . data_of($right) . " */\n"
                              . "exports.text = 'sourceMappingURL=other.map';\n"),
    named => made(map_of(5, 10, names => [map { "was$_" } 1 .. 5])),
    rooted => made(map_of(5, 10, sources => ['../../../../etc/app.ts'])),
    packed => made(map_of(5, 10, sourceRoot => 'webpack://app/', sources => ['./a b.ts'])),

    module => { 'index.mjs' => "import { outer } from './lib/made.mjs';\nexport default () => outer();\n",
                'lib/made.mjs' => ($throws =~ s/exports\.(\w+) = .*;/export const _$1 = $1;/r
                                           =~ s/exports\.outer =/export const outer =/r) . $comment,
                'lib/made.js.map' => $right },

    told => made($right, undef, 'index.js' => <<'END'),
const { outer } = require('./lib/made.js');
module.exports = async (req, res) => {
    try {
        outer();
    } catch (error) {
        console.error(error);
        console.log('as text', error.stack);
        throw new Error('outside', { cause: error });
    }
};
END

    read => made($right, undef, 'index.js' => <<'END'),
const { findSourceMap, SourceMap } = require('module');
const { inner } = require('./lib/made.js');
const place = () => { try { inner(); } catch (e) { return /\((.*)\)/.exec(e.stack)[1]; } };
const places = [place(), typeof findSourceMap('/lib/made.js')];
let code;
process.setSourceMapsEnabled(true);
places.push(place(), findSourceMap('/lib/made.js') instanceof SourceMap,
            findSourceMap('file:///lib/made.js').findEntry(1, 4).originalSource);
Error.prepareStackTrace = (error, sites) => `(${sites[0].getFileName()})`;
places.push(place());
Error.prepareStackTrace = undefined;
process.setSourceMapsEnabled(false);
places.push(place());
try { process.setSourceMapsEnabled(1); } catch (e) { code = [e.code, e.message]; }
module.exports = (req, res) => res.json([places, code]);
END

    enabled => { %{ made($right) }, 'index.js' => "process.setSourceMapsEnabled(true);\n$serves" },
    endless => made(map_of(5, 10, mappings => 'g' x 1000000)),
    disabled => { %{ made($right) }, 'index.js' => "process.setSourceMapsEnabled(false);\n$serves" },
);

my %wrong = (
    json => [made('{"version": 3, '), qr/JSON/],
    shape => [made('[1, 2]'), qr/it has no sources or no mappings/],
    sections => [made('{"version": 3, "sections": []}'), qr/it has no sources or no mappings/],
    base64 => [made(undef, "//# sourceMappingURL=data:application/json;base64,%%%\n"), qr/URI malformed/],
    source => [made(map_of(5, 10, sources => ['http://[x'])), qr/Invalid URL/],
    deep => [made('[' x 1000000), qr/Maximum call stack|JSON/],
    huge => [made($right), qr/EFBIG/],
    places => [made(map_of(5, 10, mappings => 'A,' x 500000)), qr/it has too many mappings for invoke_memory_limit/],
    sources => [made(map_of(5, 10, sources => [('') x 500000])), qr/it has too many mappings for invoke_memory_limit/],
);

# nothing is told of these, which are not there, or say nothing

my %none = (
    missing => made(undef),
    outside => made(undef, "//# sourceMappingURL=../../outside.map\n"),
    remote => made(undef, "//# sourceMappingURL=http://127.0.0.1/a.map\n"),
    directory => made(undef, "//# sourceMappingURL=/lib\n"),
    empty => made(map_of(5, 10, mappings => '')),
);

%functions = (%functions, %none, map { ($_ => $wrong{$_}[0]) } keys %wrong);

my $unmapped = qr{at inner \(/lib/made\.js:2:11\)\n    at exports\.outer \(/lib/made\.js:5:23\)};

sub stack { get($_[0])->{json}{error}{stack} // '' }

for my $isolation (qw(request function)) {
    engine("source maps, $isolation",
        http => 'invoke_isolates 1 max=1; invoke_memory_limit 64m;',
        server => "invoke_isolation $isolation;\n"
                  . join('', map { "location = /$_ { invoke ./fn/$_; }\n" } sort keys %functions)
                  . "location /off/ { invoke_source_maps off;\n"
                  . join('', map { "location = /off/$_ { invoke ./fn/$_; }\n" } qw(plain told enabled)) . '}',
        functions => \%functions);

    truncate fn_path('huge/lib/made.js.map'), 100 * 1024 * 1024 or die $!;
    server->write('fn/outside.map', $right);

    for my $again (1, 2) {
        is(stack('/plain') =~ s/\n    at run .*//sr,
           "TypeError: thrown\n    at inner (/src/app.ts:12:1)\n    at exports.outer (/src/app.ts:15:1)\n"
           . '    at module.exports (/index.js:2:24)', "an error's stack, $again");
        like(stack('/inline'), qr{at inner \(/src/app\.ts:12:1\)}, 'a map within the file, the last comment counts');
        like(stack('/module'), qr{at inner \(/src/app\.ts:12:1\)\n    at outer \(/src/app\.ts:15:1\)}, 'an ES module');
        like(stack('/named'), qr{at was5 \(/src/app\.ts:12:1\)\n    at exports\.outer \(/src/app\.ts:15:1\)}, 'with names');
        like(stack('/rooted'), qr{at inner \(/etc/app\.ts:12:1\)}, 'a source outside is a name, and no more');
        like(stack('/packed'), qr{at inner \(webpack://app/a%20b\.ts:12:1\)}, 'a source with a scheme');
        like(stack('/endless'), qr{at inner \(/src/app\.ts:1:1\)}, 'a number that does not end');
        like(stack('/enabled'), qr{at inner \(/src/app\.ts:12:1\)}, 'mapped once, where the function has asked for it');
        like(stack('/disabled'), $unmapped, 'not where it does not want it');
        like(stack('/off/plain'), $unmapped, 'invoke_source_maps off');
        like(stack('/off/enabled'), qr{at inner \(/src/app\.ts:12:1\)}, 'but for a function that asks for it');

        is(get('/read')->{body}, '[["/lib/made.js:2:11","undefined","/src/app.ts:12:1",true,"file:///src/app.ts",'
           . '"/lib/made.js","/lib/made.js:2:11"],["ERR_INVALID_ARG_TYPE","The \"val\" argument must be of type '
           . 'boolean. Received type number (1)"]]', 'error.stack as the function reads it');
    }

    one_line(qr/thrown.*at inner \(\/src\/app.ts:12:1\).*"GET \/plain .*/, 'in the log')
        if log_lines(qr{"GET /plain }) == 1;

    like(stack('/told'), qr{^Error: outside\n.*\n  \[cause\]: TypeError: thrown\n    at inner \(/src/app\.ts:12:1\)}s,
         'a cause');
    one_line(qr{console.*: TypeError: thrown\\n    at inner \(/src/app\.ts:12:1\)}, 'an error by console');
    one_line(qr{console.*as text TypeError: thrown\\n    at inner \(/src/app\.ts:12:1\)}, 'and a stack that was read');

    stack('/off/told');
    one_line(qr{console.*: TypeError: thrown\\n    at inner \(/lib/made\.js:2:11\)}, 'off there as well');

    for my $again (1, 2) {
        like(stack("/$_"), $unmapped, "$_: as it is, $again") for sort keys %wrong, keys %none;
    }

    one_line(qr{the source map of "/lib/made\.js" is not used: [^,]*$wrong{$_}[1].*"GET /$_ }, "$_: told once")
        for sort keys %wrong;

    is(scalar log_lines(qr{is not used.*"GET /$_ }), 0, "$_: nothing is told") for sort keys %none;

    put('plain/lib/made.js.map', map_of(5, 20));
    soon { stack('/plain') =~ m{/src/app\.ts:22:1} } 'a map that was edited';
}

engine_stop();
