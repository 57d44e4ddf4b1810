# util/invoke, as who writes a function uses it: what it finds, prints and
# returns, and that it leaves nothing.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path remove_tree);
use POSIX qw(WNOHANG);
use Test::More;
use Time::HiRes qw(sleep stat time);

use lib abs_path(dirname(__FILE__)) . '/lib';

use Http qw(requests);
use Server;

my $root = abs_path(dirname(__FILE__) . '/..');
my $dir = "$root/build/test/invoke.$$";
my @tool = ("$root/util/invoke", '--no-build');
my @pids;
my $handler = "module.exports = (req, res) => res.send('x');\n";


# The files of a package with a fault, and what is to be said: "DIR/" is where the
# package is among others, for which one run is enough.

my @faults = (
    'a syntax error in index.js',
    { 'index.js' => "'use strict';\nmodule.exports = (req, res) => { res.send('x'; };\n" },
    qr{^index\.js:2:43: SyntaxError: missing \) after argument list$},

    'a syntax error in a file that a deep one requires',
    { 'index.js' => "require('./lib/a');\n$handler", 'lib/a.js' => "require('./deep/b');\n",
      'lib/deep/b.js' => "exports.b = 1;\n\nlet x = ;\n" },
    qr{^DIR/lib/deep/b\.js:3:9: SyntaxError: Unexpected token ';'$},

    'a missing file',
    { 'index.js' => "\n  const a = require('./lib/a');\n$handler" },
    qr{^DIR/index\.js:2:21: Cannot find module '\./lib/a'$},

    'one that a function requires when it is called',
    { 'index.js' => "module.exports = async (req, res) => {\n"
                    . "    res.send(`\${require('./late')(/`'\"/)}`);\n};\n" },
    qr{^DIR/index\.js:2:25: Cannot find module '\./late'$},

    'a package that is not installed',
    { 'index.js' => "const { v4 } = require('uuid');\n$handler",
      'package.json' => '{"dependencies":{"uuid":"9.0.0"}}' },
    qr{^index\.js:1:24: Cannot find module 'uuid': package\.json has it, npm has not installed it$},

    'a package that no one has asked for',
    { 'index.js' => "const x = require('\@scope/x/lib/y');\n$handler" },
    qr{^DIR/index\.js:1:19: Cannot find module '\@scope/x/lib/y': "npm install \@scope/x"$},

    'a package of a package that is not there',
    { 'index.js' => "const x = require('x');\n$handler",
      'node_modules/x/index.js' => "exports.y = require('y');\n" },
    qr{^DIR/node_modules/x/index\.js:1:21: Cannot find module 'y': "npm install y"$},

    'a name with another case',
    { 'index.js' => "const m = require('./Lib/maths');\n$handler", 'lib/Maths.js' => "\n" },
    qr{^DIR/index\.js:1:19: Cannot find module '\./Lib/maths': there is DIR/lib/Maths\.js, and case matters$},

    'a file outside of the package',
    { 'index.js' => "const c = require('./lib/c');\n$handler",
      'lib/c.js' => "module.exports = require('../../common/c');\n" },
    qr{^lib/c\.js:1:26: Cannot find module '\.\./\.\./common/c': that is outside of the package},

    "a module of Node's that there is not",
    { 'index.js' => "const r = require('node:repl');\n$handler" },
    qr{^DIR/index\.js:1:19: Cannot find module 'repl'|^DIR/index\.js:1:19: .*node:repl},

    'a package.json that is no JSON',
    { 'index.js' => $handler, 'package.json' => qq({\n  "name": "x",\n}\n) },
    qr{^package\.json:3:1: it is no JSON: },

    'the same of a package',
    { 'index.js' => "require('x');\n$handler", 'node_modules/x/index.js' => "\n",
      'node_modules/x/package.json' => '{"name" "x"}' },
    qr{node_modules/x/package\.json},

    'JSON that is none',
    { 'index.js' => "const d = require('./data.json');\n$handler",
      'data.json' => qq({\n  "a": 1\n  "b": 2\n}\n) },
    qr{^DIR/data\.json:3:3: it is no JSON: },

    'a part of a package that it does not export',
    { 'index.js' => "const i = require('x/lib/internal');\n$handler",
      'node_modules/x/package.json' => '{"exports":{".":"./index.js"}}',
      'node_modules/x/index.js' => "\n", 'node_modules/x/lib/internal.js' => "\n" },
    qr{^DIR/index\.js:1:19: Package subpath './lib/internal' is not defined by "exports"},

    'a package without anything for require()',
    { 'index.js' => "const i = require('x');\n$handler",
      'node_modules/x/package.json' => '{"exports":{"browser":"./x.js"}}',
      'node_modules/x/x.js' => "\n" },
    qr{^DIR/index\.js:1:19: No "exports" main defined in /DIR/node_modules/x/package\.json},

    'a native addon',
    { 'index.js' => "const n = require('./build/x.node');\n$handler", 'build/x.node' => "\x7fELF" },
    qr{^DIR/index\.js:1:19: '\./build/x\.node' is a native addon, DIR/build/x\.node},

    'no handler',
    { 'index.js' => "const a = require('./a');\nexports.handler = a;\n", 'a.js' => $handler },
    qr{^index\.js:1:1: Module must export a function},

    'what throws when it is loaded',
    { 'index.js' => "const a = require('./lib/a');\n$handler",
      'lib/a.js' => "exports.a = 1;\n\nexports.b = nothing.b;\n" },
    qr{^lib/a\.js:3:13: ReferenceError: nothing is not defined$},

    'UTF-16',
    { 'index.js' => "require('./a');\n$handler", 'a.js' => "\xff\xfe1\0;\0" },
    qr{^DIR/a\.js:1:1: it is UTF-16: save it as UTF-8$},

    'Latin-1',
    { 'index.js' => "require('./a');\n$handler", 'a.js' => "// so\nexports.a = 'caf\xe9';\n" },
    qr{^DIR/a\.js:2:1: it is not UTF-8 there: save it as UTF-8$},
);

is(@faults / 3, 20, 'faults are planted');

my (%together, @expected);

while (my ($what, $files, $expected) = splice @faults, 0, 3) {
    if ($expected =~ s{DIR/}{f@{[scalar @expected]}/}g) {
        my $at = 'f' . (push(@expected, [$what, $expected]) - 1);

        $together{"$at/$_"} = $files->{$_} for keys %$files;
        next;
    }

    package_of($files);
    found([$what, $expected]);
}

$together{'index.js'} = join('', map { "require('./f$_');\n" } 0 .. $#expected) . $handler;
package_of(\%together);
found(@expected);


# What is right.

package_of({
    'index.js' => "#!/usr/bin/env node\n" . <<'END', 'lib/a.js' => <<'END2',
// require('./comment') /* require("x") */
const a = require('./lib/a');
const b = require('./lib/b.js'), data = require('./data');
const text = "require('./text')", half = 4 / a.two / 2;
const pattern = /require('.pattern')/, template = `require('./template')${a.two}`;
const again = require('./' + text.length) || require;

try { require('optional'); } catch {}

const later = await Promise.resolve(5);

module.exports = (req, res) => { throw new Error('it was called'); };
END
exports.two = 2; exports.top = require('../index.js');
END2
    'lib/b.js' => "\xef\xbb\xbfexports.b = require('./a');\n",
    'data.json' => '{"a":1}', '4.js' => '', '17.js' => '',
    'node_modules/x/index.js' => 'require("nothing")',
});

my $changed = (stat "$dir/fn/node_modules/x/index.js")[10];
my ($status, $out, $err) = run('fn', '--check');

is("$status $out $err", "0  fn: 3 files, no faults\n",
   'comments, texts, cycles, a mark of UTF-8 and what is tried are no faults')
    or diag($err);

is((stat "$dir/fn/node_modules/x/index.js")[10], $changed,
   'the files stay as they are, to an nginx that serves them');

for my $exported ("require('http').createServer(() => {})", '{ fetch() {} }',
                  '{ __esModule: true, default: () => {} }')
{
    package_of({ 'index.js' => "module.exports = $exported;\n" });
    is((run('fn', '--check'))[0], 0, "a handler: $exported");
}

for my $module ("export default () => {};", "export const handler = () => {};",
                "import { createRequire } from 'module';\nconst require = createRequire(import.meta.url);\n"
                . "await 1;\nexport default require('./lib/a.js').a;")
{
    package_of({ 'index.js' => "$module\n", 'lib/a.js' => "const module = 1;\nexport const a = () => module;\n" });
    is((run('fn', '--check'))[2], 'fn: ' . ($module =~ m{lib/a} ? 2 : 1) . " files, no faults\n",
       "an ES module by its syntax: $module");
}

package_of({ 'index.js' => "require('http').createServer(() => {}).listen(80);\n" });
is((run('fn', '--check'))[0], 0, 'a server that listens');

package_of({ 'index.ts' => "import type { A } from './none.ts';\nimport { b } from './lib/b.ts';\n"
                           . "export default (req: any, res: any) => res.json(b);\n",
             'lib/b.ts' => "export const b: number = 1;\n" });
is((run('fn', '--check'))[2], "fn: 2 files, no faults\n", 'TypeScript');

Server::write_file("$dir/fn/lib/b.ts", "import { c } from './c.ts';\nexport const b: number = c;\n");
like((run('fn', '--check'))[2], qr{^fn/lib/b\.ts:1:19: Cannot find module '\./c\.ts'$}m,
     'what it imports');

Server::write_file("$dir/fn/lib/b.ts", "\nexport const b = (: 1;\n");
like((run('fn', '--check'))[2], qr{^fn/lib/b\.ts:2:19: SyntaxError: Expression expected$}m,
     'its syntax');

package_of({ 'lib/a.js' => $handler });
like((run('fn', '--check'))[2], qr{^fn/index\.js:1:1: it is not there$}m, 'no index.js');


# Requests.

package_of({ 'index.js' => <<'END', 'request' => <<'END2' });
console.log('loaded');

module.exports = (req, res) => {
    console.error('two\nlines', process.env.NAME);
    if (req.query.fail === 'thrown') {
        undefined.thrown;
    }
    if (req.query.fail === 'later') {
        Promise.reject(new Error('later'));
    }
    if (req.query.fail === 'cut') {
        return res.socket.destroy();
    }
    if (req.query.fail === 'never') {
        req.waitUntil(new Promise((ok) => setTimeout(ok, 200, 'after'))
            .then(console.log));
    }
    res.status(+req.query.status || 200).set('x-b', 'b').set('X-A', req.get('a') ?? '-');
    res.send(`${req.method} ${JSON.stringify(req.body)}`);
};
END
POST /x
A: of a file
Content-Type: application/json

{"a":1}
---
GET /y?status=404
END2

($status, $out, $err) = run('fn', '--conf', 'invoke_env NAME value; etag off;',
                            '--request', "\@$dir/fn/request");

is($status, 0, 'what is answered is right, a 404 as well');
is($err, "loaded\nconsole.error: two\nlines value\n" x 2, 'the console');
is($out =~ s/^ETag: .*\n//mgr, <<'END', 'answers');
POST /x
HTTP/1.1 200 OK
Content-Length: 12
Content-Type: text/html; charset=utf-8
X-A: of a file
x-b: b

POST {"a":1}

GET /y?status=404
HTTP/1.1 404 Not Found
Content-Length: 6
Content-Type: text/html; charset=utf-8
X-A: -
x-b: b

GET {}
END

like((run('fn', '--request', 'GET /?fail=never'))[2], qr/^after$/m, 'behind the answer');

($status, $out, $err) = run('fn', '--request', 'GET /?fail=thrown');
is($status, 1, 'a failure is told by the status');
like($out, qr{^GET /\?fail=thrown\nHTTP/1\.1 500 }, 'its answer');
like($err, qr{^exception: TypeError: Cannot read properties of undefined .*\n\s+at module\.exports \(fn/index\.js:6:19\)$}m,
     'it names the file as who called does');

($status, $out, $err) = run('fn', '--request', 'GET /?fail=later');
is($status, 1, 'so does one behind the answer');
like($err, qr{Error: later\n\s+at module\.exports \(fn/index\.js:9:24\)}, 'which is printed');

is((run('fn', '--request', 'GET /?status=503'))[0], 1, 'and a 5xx');
is((run('fn', '--request', 'GET /?fail=cut'))[0], 1, 'and no answer');
isnt((run('fn', '--request', 'x'))[0], 0, 'what is no request is told');


# The sample has a test.

is(system("$root/conf/functions/books/test/run", '--no-build'), 0, "the sample's test");


# Edit and see.

package_of({ 'index.js' => "module.exports = (req, res) => res.send('first');\n",
             'node_modules/.package-lock.json' => '{}' });

my $watch = start('fn', '--watch', '--port', free_port(), '--request', 'GET /');

ok(comes($watch, qr/^first\n/m), 'watched: the first answer');
ok(comes($watch, qr/^fn: 1 files, no faults$/m), 'and the check');

edit("module.exports = (req, res) => res.send('second');\n");
my $edited = time;
ok(comes($watch, qr/^second\n/m), 'an edited file is answered anew');
diag(sprintf 'edit and see: %.2f s', time - $edited);

edit("module.exports = (req, res) => res.send('third';\n");
ok(comes($watch, qr{^fn/index\.js:1:41: SyntaxError: missing \)}m), 'and checked');

edit("const x = require('x');\nmodule.exports = (req, res) => res.send(x);\n");
ok(comes($watch, qr{^fn/index\.js:1:19: Cannot find module 'x'}m), 'again');

Server::write_file("$dir/fn/node_modules/x/index.js", "module.exports = 'fourth';\n");
Server::write_file("$dir/fn/node_modules/.package-lock.json", '{"a":1}');
ok(comes($watch, qr/^fourth\n/m), 'what npm installs is seen');

my @left = stop($watch, 'INT');
is("@left", '', 'nothing is left running');


# It serves until it is ended, at any moment.

my $port = free_port();
my $serve = start('fn', '--port', $port);

ok(comes($serve, qr/is served: curl http:\/\/127\.0\.0\.1:$port\/$/m), 'it serves');
is((requests({ port => $port, path => '/a' }))[0]{body}, 'fourth', 'on that port');
ok(comes($serve, qr{^GET /a HTTP/1\.1: 200, }m), 'tells requests');
is(join(' ', stop($serve, 'TERM')), '', 'and leaves nothing');

for my $delay (0.1, 0.3, 0.5) {
    my $early = start('fn', '--port', $port);

    sleep $delay;
    is(join(' ', stop($early, 'INT')), '', "nor does it when it is ended after $delay s");
}

is(join(' ', grep { -d } map { "$root/build/invoke/$_" } @pids), '',
   'no files of them either');

remove_tree($dir);
done_testing;


sub package_of {
    my ($files) = @_;

    remove_tree("$dir/fn");
    Server::write_file("$dir/fn/$_", $files->{$_}) for keys %$files;
}


# A check finds each of these, in any order, and nothing else.

sub found {
    my @expected = @_;

    my ($status, $out, $err) = run('fn', '--check');
    my @lines = map { s{^fn/}{}r } grep { !/^fn: faults in / } split /\n/, $err;

    is($status, 1, 'the status');

    for (@expected) {
        my ($what, $pattern) = @$_;
        my @found = grep { /$pattern/ } @lines;

        is(@found, 1, "$what is told") or diag("$pattern: $err");
        @lines = grep { !/$pattern/ } @lines;
    }

    is("@lines", '', 'and no more');
}


sub edit { Server::write_file("$dir/fn/index.js", $_[0]) }


sub free_port {
    return IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1)->sockport;
}


# The status, the standard output and the standard error of a run.

sub run {
    my (@args) = @_;

    my $run = start(@args);

    waitpid $run->{pid}, 0;

    # a sanitizer has an operator new of its own, which nginx tells
    return ($? >> 8, map { s/^invoke: "operator new" is not .*\n//mr }
                     map { Server::read_file($run->{$_}) } qw(out err));
}


sub start {
    my (@args) = @_;

    my %run = (out => "$dir/out", err => "$dir/err");

    make_path($dir);
    unlink @run{qw(out err)};

    $run{pid} = fork // die "fork: $!\n";

    if ($run{pid} == 0) {
        # who is in the background of a shell has it ignored
        $SIG{INT} = 'DEFAULT';
        chdir $dir or die;
        open STDIN, '<', '/dev/null' or die;
        open STDOUT, '>', $run{out} or die;
        open STDERR, '>', $run{err} or die;
        { exec @tool, @args };
        POSIX::_exit(127);
    }

    push @pids, $run{pid};

    return \%run;
}


sub comes {
    my ($run, $pattern) = @_;

    for (1 .. 600) {
        return 1 if join('', map { Server::read_file($run->{$_}) } qw(out err)) =~ $pattern;
        last if waitpid($run->{pid}, WNOHANG) != 0;
        sleep 0.02 * (1 + $_ / 100);
    }

    diag(map { Server::read_file($run->{$_}) } qw(out err));
    return 0;
}


# Ends it; what of its processes is still there.

sub stop {
    my ($run, $signal) = @_;

    my @children = map { ($_, Server::children($_)) } Server::children($run->{pid});

    kill $signal, $run->{pid};
    waitpid $run->{pid}, 0;

    for (1 .. 100) {
        last unless grep { Server::alive($_) } @children;
        sleep 0.05;
    }

    return grep { Server::alive($_) } @children;
}
