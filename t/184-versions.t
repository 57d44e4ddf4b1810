# Versions: a loaded file that changes gives a new one, whatever became of the
# directory in between, and nobody is answered by a mixture of two.

use strict;
use warnings;

use TestInvoke 'no_plan';
use TestEngine;

sub body { get($_[0])->{body} }
sub bodies { join ',', map { $_->{body} } @_ }
sub says { "module.exports = (req, res) => res.send('$_[0]');\n" }

sub changes { scalar log_lines(qr/invoke: function ".*" has changed/) }


for my $isolation (qw(request function)) {
    engine("what is loaded, isolation $isolation",
           http => 'invoke_isolates 2; invoke_directory_check 100ms;',
           server => "invoke_isolation $isolation;"
                     . 'location = /f { invoke ./fn/f; }',
           functions => { f => {
               'package.json' => '{"name":"first","main":"ignored.js"}',
               'index.js' => <<'END',
const { name } = require('./package.json');
const data = require('./data.json');
const lib = require('./lib/deep');
const dep = require('dep');
module.exports = (req, res) =>
    res.send(`index1 ${name} ${data.value} ${lib} ${dep}`);
END
               'data.json' => '{"value":"data1"}',
               'lib/deep.js' => "module.exports = 'lib1';\n",
               'node_modules/dep/index.js' => "module.exports = 'dep1';\n",
               'node_modules/dep/package.json' => '{"main":"index.js"}',
               'node_modules/dep/other.js' => "module.exports = 'dep2';\n",
               'unused.js' => "module.exports = 1;\n",
               'notes.txt' => "notes\n",
           } });

    is(body('/f'), 'index1 first data1 lib1 dep1', 'the first version');

    put('f/data.json', '{"value":"data2"}');
    soon { body('/f') eq 'index1 first data2 lib1 dep1' } 'JSON data';

    put('f/lib/deep.js', "module.exports = 'lib2';\n");
    soon { body('/f') eq 'index1 first data2 lib2 dep1' } 'a module';

    put('f/package.json', '{"name":"second"}');
    soon { body('/f') eq 'index1 second data2 lib2 dep1' } 'package.json';

    put('f/node_modules/dep/package.json', '{"main":"other.js"}');
    soon { body('/f') eq 'index1 second data2 lib2 dep2' }
        'package.json of a dependency';

    my $changes = 0;

    soon {
        my $before = $changes;

        body('/f');
        $changes = changes();
        select undef, undef, undef, 0.3;

        $before && $before == $changes
    } 'the log tells of changes, then of no more';

    put('f/unused.js', "module.exports = 2;\n");
    put('f/notes.txt', "other notes\n");
    put('f/new.js', "module.exports = 3;\n");

    for (1 .. 5) {
        is(body('/f'), 'index1 second data2 lib2 dep2', 'nothing has changed');
        select undef, undef, undef, 0.15;
    }

    is(changes(), $changes, 'files that were not loaded do not count');

    # one that was looked for, and not found

    put('f/lib/deep/package.json', '{"main":"main.js"}');
    is(body('/f'), 'index1 second data2 lib2 dep2', 'a file wins');

    # written in place, with the same size

    my $index = TestEngine::server()->prefix . '/fn/f/index.js';
    my $text = do { local (@ARGV, $/) = $index; <> };

    TestEngine::server()->write('fn/f/index.js', $text =~ s/index1/index2/r);
    soon { body('/f') eq 'index2 second data2 lib2 dep2' } 'index.js in place';

    put('f/index.js', says('index3'));
    soon { body('/f') eq 'index3' } 'index.js by renaming';

    put('f/lib/deep.js', "module.exports = 'lib3';\n");
    select undef, undef, undef, 0.3;
    is(body('/f'), 'index3', 'what is loaded no more does not matter');

    is(join("\n", log_lines(qr/\[(error|crit)\]/)), '', 'no errors');
    at_rest();
}


engine('a version that does not load',
       http => 'invoke_isolates 2; invoke_directory_check 100ms;',
       server => 'location = /f { invoke ./fn/f; }',
       functions => { f => says('good') });

is(body('/f'), 'good', 'it is good');
put('f/index.js', "module.exports = (req, res => ;\n");
soon { get('/f')->{status} == 500 } 'then broken';
like(get('/f')->{json}{error}{stack},
     qr{^/index\.js:1:31\nmodule\.exports[ ]=[ ]\(req,[ ]res[ ]=>[ ];\n
        [ ]{30}\^\n\nSyntaxError:[ ]}x, 'the error tells where');
put('f/index.js', "require('./missing');\n");
soon { body('/f') =~ /Cannot find module/ } 'then one that misses a module';
put('f/missing.js', "module.exports = 1;\n");
put('f/index.js', "require('./missing');\n" . says('good again'));
soon { body('/f') eq 'good again' } 'then good again';


# A file that was missing appears: that is a change as well.

for my $isolation (qw(request function)) {
    engine("a file that was missing, isolation $isolation",
           http => 'invoke_isolates 2; invoke_directory_check 100ms;',
           server => <<"END", functions => { f => <<'FN', g => <<'GN' });
invoke_isolation $isolation;
location = /f { invoke ./fn/f; }
location = /g { invoke ./fn/g; }
END
let late;
try {
    late = require('./late');
} catch (error) {
    late = error.code;
}
module.exports = (req, res) => res.send(String(late));
FN
const late = require('./late');
module.exports = (req, res) => res.send(String(late));
GN

    is(body('/f'), 'MODULE_NOT_FOUND', 'it is missing');
    is(get('/g')->{status}, 500, 'one fails for it') for 1 .. 2;
    put('f/late.js', "module.exports = 'late';\n");
    put('g/late.js', "module.exports = 'late';\n");
    soon { body('/f') eq 'late' } 'it is there';
    soon { body('/g') eq 'late' } 'it does not fail any more';
}


# One that would have been taken before the one that was: a file, a package, a
# package.json, a link that leads elsewhere.

for my $isolation (qw(request function)) {
    engine("a module that shadows a loaded one, isolation $isolation",
           http => 'invoke_isolates 2; invoke_directory_check 100ms;',
           server => "invoke_isolation $isolation;"
                     . 'location = /f { invoke ./fn/f; }',
           functions => { f => {
               'index.js' => <<'END',
const all = [require('./a'), require('./lib/b'), require('./c'), require('d')];
module.exports = (req, res) => res.send(all.join());
END
               'a/index.js' => "module.exports = 'a1';\n",
               'lib/b.js' => "module.exports = require('b');\n",
               'node_modules/b/index.js' => "module.exports = 'b1';\n",
               'node_modules/b/main.js' => "module.exports = 'b2';\n",
               'c.json' => '"c1"',
               'one.js' => "module.exports = 'd1';\n",
               'two.js' => "module.exports = 'd2';\n",
               'node_modules/none.js' => '',
           } });

    symlink '../one.js', fn_path('f/node_modules/d.js');

    is(body('/f'), 'a1,b1,c1,d1', 'what there is');

    put('f/a.js', "module.exports = 'a2';\n");
    soon { body('/f') eq 'a2,b1,c1,d1' } 'a file beside a directory';

    put('f/node_modules/b/package.json', '{"main":"main.js"}');
    soon { body('/f') eq 'a2,b2,c1,d1' } 'a package.json';

    put('f/lib/node_modules/b.js', "module.exports = 'b3';\n");
    soon { body('/f') eq 'a2,b3,c1,d1' } 'a node_modules nearer by';

    put('f/c', "module.exports = 'c2';\n");
    soon { body('/f') eq 'a2,b3,c2,d1' } 'a name without extension';

    symlink '../two.js', fn_path('f/node_modules/link');
    rename fn_path('f/node_modules/link'), fn_path('f/node_modules/d.js');
    soon { body('/f') eq 'a2,b3,c2,d2' } 'a link that leads elsewhere';

    is(join("\n", log_lines(qr/\[(error|crit)\]/)), '', 'no errors');
}


for my $isolation (qw(request function)) {
    engine("a function that package.json names, isolation $isolation",
           http => 'invoke_isolates 2; invoke_directory_check 100ms;',
           server => "invoke_isolation $isolation;"
                     . 'location = /f { invoke ./fn/f; }'
                     . 'location = /g { invoke ./fn/g; }'
                     . 'location = /h { invoke ./fn/h; }',
           functions => { f => {
               'package.json' => '{"main":"./lib/app"}',
               'lib/app.js' => "module.exports = (req, res) => res.send("
                   . "['app', __filename, require.main === module,"
                   . " module.id].join());\n",
               'other.js' => says('other'),
           }, g => {
               'package.json' => '{"main":"gone.js"}',
           }, h => {
               'package.json' => '{"name":"h"}', 'h.js' => says('h'),
           } });

    is(body('/f'), 'app,/lib/app.js,true,.', 'it runs');
    is(get('/g')->{json}{message}, q{Cannot find module '/gone.js'. Please }
       . q{verify that the package.json has a valid "main" entry},
       'one that names no file');
    is(get('/h')->{status}, 404, 'one that names nothing');

    put('f/lib/app.js', says('app2'));
    soon { body('/f') eq 'app2' } 'it changes';

    put('f/package.json', '{"main":"other.js"}');
    soon { body('/f') eq 'other' } 'package.json names another';

    put('f/index.js', says('index'));
    soon { body('/f') eq 'index' } 'index.js goes first';

    unlink fn_path('f/index.js');
    soon { body('/f') eq 'other' } 'and when it has gone, the other';

    put('g/gone.js', says('gone'));
    soon { body('/g') eq 'gone' } 'the one that was missing comes';

    put('h/package.json', '{"name":"h","main":"h"}');
    soon { body('/h') eq 'h' } 'package.json comes to name it';
}


# As archives and deployments leave it: as long as before, of the same time.

engine('a file whose time is set back',
       http => 'invoke_isolates 2; invoke_directory_check 100ms;',
       server => 'location = /f { invoke ./fn/f; }',
       functions => { f => says('one') });

utime 1e9, 1e9, fn_path('f/index.js');
is(body('/f'), 'one', 'it is one');

TestEngine::server()->write('fn/f/index.js', says('two'));
utime 1e9, 1e9, fn_path('f/index.js');
soon { body('/f') eq 'two' } 'then it is two';


engine('how often',
       http => 'invoke_isolates 2;',
       server => <<'END', functions => { map { $_ => says('one') } qw(a b c) });
location = /off { invoke_directory_check off; invoke ./fn/a; }
location = /often { invoke_directory_check 1ms; invoke ./fn/b; }
location = /seldom { invoke_directory_check 1h; invoke ./fn/c; }
END

is(bodies(map { get("/$_") } qw(off often seldom)), 'one,one,one', 'one');
put("$_/index.js", says('two')) for qw(a b c);
soon { body('/often') eq 'two' } '1ms: at once';
is(body('/off'), 'one', 'off: never');
is(body('/seldom'), 'one', '1h: not yet');
select undef, undef, undef, 1.5;
is(body('/off'), 'one', 'off: never');
is(body('/seldom'), 'one', '1h: not yet');


engine('a directory that comes and goes',
       http => 'invoke_isolates 2;',
       server => <<'END', functions => { other => says('other') });
location = /f { invoke_directory_check 100ms; invoke ./fn/f; }
location = /off { invoke_directory_check off; invoke ./fn/off; }
END

sub move { rename fn_path($_[0]), fn_path($_[1]) or die "$_[0]: $!\n" }

is(get('/f')->{status}, 404, 'it is not there');
is(get('/off')->{status}, 404, 'nor is the other');

put('f/index.js', says('first'));
put('off/index.js', says('first'));
soon { body('/f') eq 'first' } 'it is there';
soon { body('/off') eq 'first' } 'and the other, which was not known yet';

move('f', 'away');
move('off', 'off-away');
soon { get('/f')->{status} == 404 } 'it is gone';
is(body('/off'), 'first', 'the other is known');

move('away', 'f');
soon { body('/f') eq 'first' } 'it is back';

put('new/index.js', says('second'));
move('f', 'old');
move('new', 'f');
soon { body('/f') eq 'second' } 'another takes its place';

move('f', 'new');
move('old', 'f');
soon { body('/f') eq 'first' } 'and the first comes back';

unlink fn_path('f/index.js');
soon { get('/f')->{status} == 404 } 'without index.js there is no function';
put('f/index.js', says('third'));
soon { body('/f') eq 'third' } 'then there is';

# a symbolic link to a release, as deployments use it

put("release$_/index.js", "const v = require('./v');\n"
    . "module.exports = (req, res) => res.send(v);\n") for 1, 2;
put("release$_/v.js", "module.exports = 'release $_';\n") for 1, 2;

move('f', 'old');
symlink 'release1', fn_path('f');
soon { body('/f') eq 'release 1' } 'a link to a release';
symlink 'release2', fn_path('link');
move('link', 'f');
soon { body('/f') eq 'release 2' } 'a link to the next one';


# Requests while versions change: each one is answered, by one of them.

engine('changes under load',
       http => 'invoke_isolates 2 max=4; invoke_directory_check 1ms;'
               . 'invoke_queue 1000 timeout=60s;',
       server => <<'END', functions => { f => {
location = /request { invoke ./fn/f; }
location = /function { invoke_isolation function; invoke ./fn/f; }
END
    'index.js' => "const v = require('./v');\n"
                  . "module.exports = (req, res) => res.send(v);\n",
    'v.js' => "module.exports = 'v0';\n" } });

my (%seen, @wrong);

for my $v (1 .. 15) {
    my $under_way = send_off(('/request', '/function') x 20);

    put('f/v.js', "module.exports = 'v$v';\n");

    for (answers($under_way)) {
        my $before = $v - 1;
        push @wrong, "$_->{status} $_->{body}" if $_->{body} !~ /^v$before$|^v$v$/;
        $seen{$_->{body}} = 1;
    }

    soon { body('/request') eq "v$v" && body('/function') eq "v$v" } "v$v";
}

is(join("\n", @wrong), '', 'each request is answered by a version of its time');
is(join("\n", log_lines(qr/\[(error|crit)\]/)), '', 'no errors');
at_rest();


# What is compiled, and how often

engine('a burst on a cold function',
       http => 'invoke_isolates 4 max=4; invoke_queue 1000 timeout=60s;',
       server => <<'END', functions => { f => {
location = /f { invoke ./fn/f; }
END
    'index.js' => "require('./a'); require('./b');\n"
                  . "module.exports = (req, res) =>\n"
                  . "    setTimeout(() => res.send('f'), 50);\n",
    'a.js' => "exports.text = `" . 'a' x 200_000 . "`;\n",
    'b.js' => "exports.text = `" . 'b' x 200_000 . "`;\n" } });

at_rest('four isolates are ready');

is(bodies(together(('/f') x 40)), join(',', ('f') x 40), 'it is served');

my $cache = at_rest()->{moduleCache};

is($cache->{size}, 3, 'three modules are cached');
cmp_ok($cache->{misses}, '>=', 3, 'each was compiled');
cmp_ok($cache->{misses}, '<=', 12, 'by each isolate once at most');
is($cache->{hits} + $cache->{misses}, 120, 'each use is counted');
is($cache->{evictions}, 0, 'none was evicted');
is($cache->{codeCacheRejected}, 0, 'no code was rejected');


engine('a module cache of three',
       http => 'invoke_isolates 1 max=1; invoke_module_cache 3;',
       server => 'location ~ ^/(?<fn>\w+)$ { invoke ./fn/$fn; }',
       functions => { map { $_ => says($_) } qw(a b c d e) });

at_rest('one isolate is ready');

is(bodies(map { get("/$_") } qw(a b c)), 'a,b,c', 'three functions');
is(metrics()->{moduleCache}{size}, 3, 'they fit');
is(bodies(map { get("/$_") } qw(d e)), 'd,e', 'two more');

$cache = metrics()->{moduleCache};
is($cache->{size}, 3, 'three are left');
is($cache->{evictions}, 2, 'two were evicted');
is($cache->{maxSize}, 3, 'as it was said');
is(bodies(map { get("/$_") } qw(a b c d e a)), 'a,b,c,d,e,a',
   'all are served all the same');


engine('no module cache',
       http => 'invoke_isolates 2 max=2; invoke_module_cache off;',
       server => <<'END', functions => { f => {
location = /request { invoke ./fn/f; }
location = /function { invoke_isolation function; invoke ./fn/f; }
END
    'index.js' => "const v = require('./v');\n"
                  . "module.exports = (req, res) => res.send(v);\n",
    'v.js' => "module.exports = 'v';\n" } });

is(bodies(together(('/request', '/function') x 10)), join(',', ('v') x 20),
   'it is served');

$cache = at_rest()->{moduleCache};
is($cache->{size}, 0, 'nothing is cached');
is($cache->{hits}, 0, 'nothing is hit');
ok(!$cache->{cacheEnabled}, 'as it was said');


# What a version before has held is given back.

engine('memory of versions before',
       http => 'invoke_isolates 1 max=1; invoke_directory_check 1ms;'
               . 'invoke_memory_limit 64m;',
       server => 'location = /f { invoke_isolation function; invoke ./fn/f; }',
       functions => { f => says('none yet') });

at_rest('one isolate is ready');

for my $v (1 .. 40) {
    put('f/index.js', "const kept = new Array(524288).fill($v.5);\n"
                      . "module.exports = (req, res) =>\n"
                      . "    res.send(String(kept[$v]));\n");
    soon { body('/f') eq "$v.5" } "version $v";
}

my $metrics = at_rest();

is($metrics->{isolatePool}{corrupted}, 0,
   'forty versions of 4 MB each in an isolate of 64 MB');
is($metrics->{isolatePool}{created}, 1, 'it is the same isolate');


# Names that clients make up drive no function out.

engine('unknown names',
       http => 'invoke_isolates 1 max=1; invoke_directory_check 60s;',
       server => <<'END', functions => { f => <<'END2' });
invoke_isolation function;
add_header version $invoke_version;
location ~ ^/(?<fn>\w+)$ { invoke ./fn/$fn; }
END
let calls = 0;
module.exports = (req, res) => { res.send(String(++calls)); };
END2

at_rest('one isolate is ready');
is(body('/f'), '1', 'a function with state');

my $version = get('/f')->{headers}{version};
my %unknown;

for my $i (1 .. 25) {
    $unknown{"$_->{status} $_->{code}"}++ for together(map { "/x$i$_" } 100 .. 199);
}

is_deeply(\%unknown, { '404 -' => 2500 }, '2,500 names that there are not');
is(body('/f'), '3', 'it still has its state');
is(get('/f')->{headers}{version}, $version, 'and its version');

put('x1100/index.js', says('come'));
soon { body('/x1100') eq 'come' } 'one of them comes to be';

engine_stop();
