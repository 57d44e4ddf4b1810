# V8's code cache on disk: what a worker has compiled, a later one loads; what
# is damaged, old or too much goes; a directory that is not fit is not used.

use strict;
use warnings;

use TestInvoke 'no_plan';
use TestEngine;

use Time::HiRes ();

my %functions = (
    f => {
        'index.js' => <<'END',
const { twice } = require('./lib/twice');
const words = require('./lib/words');
module.exports = (req, res) => res.send(`${words.name} ${twice(21)}`);
END
        'lib/twice.js' => "exports.twice = (n) => {\n    return 2 * n;\n};\n",
        'lib/words.js' => "exports.name = 'wörd';\n",
    },
    later => <<'END',
const three = await Promise.resolve(3);
module.exports = (req, res) => res.send(`${three}`);
END
);

my %conf = (
    http => 'invoke_isolates 1 max=1; invoke_package_cache cache;',
    server => 'location = /f { invoke ./fn/f; }'
              . 'location = /later { invoke ./fn/later; }',
    functions => \%functions,
);

sub directory { server->prefix . '/cache/code' }

sub files { grep { -f } glob directory() . '/*' }

sub modules { metrics()->{moduleCache} }

# Another nginx with what the one before has left.

sub start { server->start(engine_conf(%conf, @_)) }

sub restart {
    is(server->stop, 0, 'it stops');
    start(@_);
}

sub answers_right {
    my ($title) = @_;

    is(get('/f')->{body}, 'wörd 42', "$title: the answer");
}


engine('code cache', %conf);

answers_right('compiled');
soon { modules()->{codeCacheStored} == 3 } 'three modules are kept';

is(modules()->{codeCacheLoaded}, 0, 'none was there before');
is(scalar files(), 3, 'a file each');
is(scalar grep({ m{/[0-9a-f]{64}$} } files()), 3, 'named by what they hold');

my ($mode, $owner) = (stat directory())[2, 4];

is($mode & 0777, 0700, 'for nobody else');
is($owner, (stat server->prefix . '/nginx.conf')[4], 'of the user');

is(get('/later')->{body}, '3', 'top-level await, compiled');
soon { modules()->{codeCacheStored} == 4 } 'is kept as well';

restart();
answers_right('loaded');

my $modules = modules();

is($modules->{codeCacheLoaded}, 3, 'all of its code was on disk');
is($modules->{codeCacheHits}, 3, 'V8 has taken it');
is($modules->{codeCacheRejected}, 0, 'and refused none');
is($modules->{misses}, 3, 'the files themselves were read');

is(get('/later')->{body}, '3', 'top-level await, loaded');
at_rest();
is(modules()->{codeCacheLoaded}, 4, 'from disk');
is(modules()->{codeCacheStored}, 0, 'nothing is written again');


# a source that differs is another one, whatever its name and length

put('f/lib/twice.js', "exports.twice = (n) => {\n    return 3 * n;\n};\n");

soon { get('/f')->{body} eq 'wörd 63' } 'a changed file is compiled';
soon { modules()->{codeCacheStored} == 1 } 'and kept';


# Another V8 flag, another code

restart(http => "$conf{http} invoke_v8_flags --no-opt;");
is(get('/f')->{body}, 'wörd 63', 'with another flag');
soon { modules()->{codeCacheStored} == 3 } 'all is compiled again';
is(modules()->{codeCacheLoaded}, 0, 'for it has other code');


# What is damaged is not V8's business

engine('damage', %conf);
answers_right('compiled');
soon { modules()->{codeCacheStored} == 3 } 'three modules are kept';
server->stop;

my @damages = (
    sub { '' },
    sub { substr $_[0], 0, 20 },
    sub { substr $_[0], 0, -1 },
    sub { $_[0] . 'x' },
    sub { "\0" x length $_[0] },
    sub { substr($_[0], 0, 100) . "\xff" . substr $_[0], 101 },
);

my @names = map { m{([^/]+)$} } files();

for my $damage (@damages) {
    for my $file (files()) {
        open my $in, '<:raw', $file or die "$file: $!\n";
        my $bytes = do { local $/; <$in> };

        server->write('cache/code/' . $file =~ s{.*/}{}r, $damage->($bytes));
    }

    start();
    answers_right('damaged');
    is(modules()->{codeCacheLoaded}, 0, 'nothing of it is loaded');
    soon { modules()->{codeCacheStored} == 3 } 'it is replaced';
    server->stop;
    is(join(' ', map { m{([^/]+)$} } files()), "@names", 'by the same files');
}

# a link, a directory and a fifo are no files

my ($link, $sub, $fifo) = files();

unlink $link, $sub, $fifo;
symlink '/etc/passwd', $link;
mkdir $sub;
system('mkfifo', $fifo) == 0 or die "mkfifo failed\n";

start();
answers_right('no files');
is(modules()->{codeCacheLoaded}, 0, 'nothing of it is loaded');
at_rest();


# What is old goes, and what is too much

engine('clearing', %conf);
answers_right('compiled');
soon { modules()->{codeCacheStored} == 3 } 'three modules are kept';
server->stop;

my ($old, @rest) = files();
my $week = time - 8 * 86400;

utime $week, $week, $old;
server->write('cache/code/tmp.1.1', 'left by a worker that was killed');
utime $week, $week, directory() . '/tmp.1.1';

start();
soon { files() == 2 } 'what was not used for a week is removed';
is(join(' ', files()), "@rest", 'the others stay');
server->stop;

utime $week, $week, $rest[0];
start(http => $conf{http} =~ s/cache cache/cache cache inactive=30d/r);
answers_right('two of three');
soon { modules()->{codeCacheStored} == 1 } 'the third is kept again';
Time::HiRes::sleep(1.5);
is(scalar files(), 3, 'a longer time keeps all');
cmp_ok((stat $rest[0])[9], '>', $week + 86400, 'a use is noted');
server->stop;

my $size = -s $rest[1];

utime $week, $week, $rest[0];
start(http => $conf{http}
                     =~ s/cache cache/cache cache inactive=30d max_size=$size/r);
soon { files() <= 1 } 'over the size some go';
ok(!-e $rest[0], 'first the one that was not used for the longest time');


# Directories that do not fit

engine('unfit', %conf, http => 'invoke_package_cache none/cache;');
answers_right('without a directory');
one_line(qr/\[warn\].*no code cache: mkdir\(\) ".*none\/cache" failed/,
         'the cache cannot be made');
one_line(qr/no code cache/, 'which is told once');

# root may write where nobody may, but not into what was removed
engine('read-only', %conf);
at_rest('nginx has started');
rmdir directory() or die "rmdir: $!\n";
answers_right('read-only');
soon { get('/later'); log_lines(qr/could not be kept/) } 'it is told';
get('/later') for 1 .. 10;
one_line(qr/\[warn\].*code could not be kept in ".*code"/, 'once');
is(modules()->{codeCacheStored}, 0, 'nothing is kept');

engine('open to others', %conf);
at_rest('nginx has started');
server->stop;
chmod 0777, directory();
start();
answers_right('open to others');
one_line(qr/\[warn\].*no code cache in ".*code": it is not the worker's own/,
         'a directory that others may write is not used');
is(scalar files(), 0, 'nothing is kept');

engine('no module cache', %conf,
       http => "$conf{http} invoke_module_cache off;");
answers_right('no module cache') for 1 .. 2;
is(scalar files(), 0, 'nothing is kept');
is(modules()->{codeCacheStored}, 0, 'nor counted');


# Workers that start at the same time share it.

engine('workers', %conf, workers => 3);
answers_right("request $_") for 1 .. 30;
soon { modules()->{codeCacheStored} >= 3 } 'they keep what they compile';
is(scalar files(), 3, 'one file for all');

engine_stop();
