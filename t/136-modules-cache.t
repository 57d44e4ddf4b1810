# Compiled ES modules are kept as scripts are: by the isolate, the worker and on
# disk; a module that is edited is a new version of its function.

use strict;
use warnings;

use TestInvoke 'no_plan';
use TestEngine;

my %conf = (
    http => 'invoke_isolates 2 max=2; invoke_package_cache cache;',
    server => 'invoke_directory_check 100ms; location = /f { invoke ./fn/f; } location = /v { invoke ./fn/f;'
              . ' add_header X-Version $invoke_version; }',
    functions => {
        f => {
            'index.mjs' => "import { twice } from './lib/twice.mjs';\nimport old from './old.cjs';\n"
                           . "export default async (req, res) => {\n    if (req.query.spin) { const end = Date.now() + 300; while (Date.now() < end); }\n"
                           . "    res.send(`\${old.name} \${twice(21)} \${(await import('./later.mjs')).later}`);\n};\n",
            'lib/twice.mjs' => "// wörd\nexport const twice = (n) => {\n    return 2 * n;\n};\n",
            'old.cjs' => "exports.name = 'old';\n",
            'later.mjs' => "export const later = 'later';\n",
        },
    },
);

sub modules { metrics()->{moduleCache} }

engine('cache of modules', %conf);

is(get('/f')->{body}, 'old 42 later', 'compiled');
soon { modules()->{codeCacheStored} == 4 } 'all files are kept';

my $misses = modules()->{misses};

is($misses, 4, 'each was read once');

# both isolates have it

is(scalar(grep { $_->{body} eq 'old 42 later' } together(('/f?spin=1') x 4)), 4, 'a second isolate');
at_rest();

my $modules = modules();

is($modules->{misses}, $misses, 'finds them compiled');
is($modules->{codeCacheHits}, 4, 'and V8 takes the code');
is($modules->{codeCacheRejected}, 0, 'of all of them');

my $version = get('/v')->{headers}{'x-version'};

is(server->stop, 0, 'it stops');
server->start(engine_conf(%conf));

is(get('/f')->{body}, 'old 42 later', 'after a restart');
at_rest();
$modules = modules();
is($modules->{codeCacheLoaded}, 4, 'all is on disk');
is($modules->{codeCacheHits}, 4, 'and fits');
is($modules->{codeCacheRejected}, 0, 'all of it');
is(get('/v')->{headers}{'x-version'}, $version, 'the version is the same');

put('f/lib/twice.mjs', "// wörd\nexport const twice = (n) => {\n    return 3 * n;\n};\n");
soon { get('/f')->{body} eq 'old 63 later' } 'a module is edited';
isnt(get('/v')->{headers}{'x-version'}, $version, 'that is a new version');

put('f/later.mjs', "export const later = 'anew';\n");
soon { get('/f')->{body} eq 'old 63 anew' } 'one of import(), too';

put('f/index.js', "module.exports = (req, res) => res.send('script');\n");
soon { get('/f')->{body} eq 'script' } 'index.js goes before index.mjs';

engine_stop();
