# util/deploy: what it enters into the database and puts into the object store.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use File::Path qw(make_path remove_tree);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use IPC::Run qw(run start);
use Test::More;

use TestS3 qw(s3);
use TestStack qw(database psql root);

my $dir = tempdir(CLEANUP => 1);

$ENV{PGDATABASE} = database('deploy');
psql($ENV{PGDATABASE}, "\\i @{[ root() ]}/conf/schema.sql");

# "gc" removes what another database knows
$ENV{S3_BUCKET} = "t-deploy-$$";
is(s3('PUT', "/$ENV{S3_BUCKET}")->{status}, 200, 'a bucket');


sub write_file {
    my ($path, $text) = @_;

    make_path("$dir/$path" =~ s{/[^/]*$}{}r);
    open my $out, '>', "$dir/$path" or die "$path: $!\n";
    print $out $text;
    close $out;
}


# What it prints, with its errors, and its exit status.

sub deploy {
    my @args = @_;

    my $out = '';
    run([root() . '/util/deploy', @args], \'', \$out, '2>&1');
    chomp $out;

    return wantarray ? ($out, $? >> 8) : $out;
}


sub value {
    my ($out, $err) = psql($ENV{PGDATABASE}, $_[0]);
    chomp $out;
    return $err || $out;
}


sub fails {
    my ($args, $message, $title) = @_;

    my ($out, $status) = deploy(@$args);

    is($status, 1, "$title: exit status");
    like($out, $message, "$title: message");
}


write_file('hello/index.js', 'module.exports = (req, res) => res.send("1");');
write_file('hello/lib/names with blanks.js', '');
write_file('empty/readme', '');

my ($out, $status) = deploy("$dir/hello");

is($status, 0, 'a directory is deployed') or diag($out);
like($out, qr/\Aid ([0-9a-f-]{36})\nversion 1\ndigest ([0-9a-f]{64})\z/,
     'id, version and digest');

my ($id, $digest) = $out =~ /^id (\S+)\nversion 1\ndigest (\S+)/;

is(value("SELECT f.name, f.is_active, v.version, v.package_hash, v.package_path
          FROM functions f JOIN function_versions v
          ON v.id = f.active_version_id WHERE f.id = '$id'"),
   "hello|t|1|$digest|packages/$id/$digest.tgz", 'the function is there');

my $object = s3('GET', "/$ENV{S3_BUCKET}/packages/$id/$digest.tgz")->{body};

is(sha256_hex($object), $digest, 'the object is what the digest says');
is(value("SELECT file_size FROM function_versions"), length $object,
   'and as long');

my $names = '';
run([qw(tar -tzf -)], \$object, \$names);
is($names, "./\n./index.js\n./lib/\n./lib/names with blanks.js\n",
   'its members');

# the same files, another time and mode
utime 1, 1, "$dir/hello/index.js";
chmod 0600, "$dir/hello/index.js";
is(deploy("$dir/hello", $id), "id $id\nversion 2\ndigest $digest",
   'the same files give the same digest');

write_file('hello/index.js', 'module.exports = (req, res) => res.send("3");');
like(deploy("$dir/hello", $id), qr/^version 3\ndigest (?!$digest)/m,
     'others another one');

like(deploy('list'), qr/^$id\tenabled\tversion 3\thello$/, 'functions');
like(deploy('list', $id), qr/\A1\t-\t\d+\t$digest\t.*\n2\t-.*\n3\tactive\t/,
     'versions');

is(deploy('rollback', $id), 'version 2', 'back to the version before');
is(deploy('activate', $id, 1), 'version 1', 'to any one');
fails(['rollback', $id], qr/^deploy: no function \S+ with a version before/,
      'none is before the first');
fails(['activate', $id, 9], qr/with a version 9$/, 'a version that is not');

deploy('disable', $id);
is(value("SELECT is_active FROM functions"), 'f', 'disabled');
deploy('enable', $id);
is(value("SELECT is_active FROM functions"), 't', 'enabled');


# Odd names, and a signal while it uploads

write_file(qq{-o'd "d\n\xc3\xa4/index.js}, '');
{
    my ($out, $status) = deploy(qq{$dir/-o'd "d\n\xc3\xa4});

    is($status, 0, 'a directory with an odd name') or diag($out);
    is(value('SELECT name FROM functions ORDER BY created_at DESC LIMIT 1'),
       qq{-o'd "d\n\xc3\xa4}, 'which is that of the function');
    deploy('delete', $out =~ /^id (\S+)/);

    my $server = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1');
    local $ENV{S3_URL} = 'http://127.0.0.1:' . $server->sockport;

    $out = '';
    my $run = start([root() . '/util/deploy', "$dir/hello", $id],
                    \'', \$out, '2>&1');
    my $upload = $server->accept;

    $run->signal('TERM');
    close $upload;
    close $server;
    $run->finish;

    is($run->result(0), 1, 'a signal: exit status');
    like($out, qr/^deploy: (interrupted, while it uploaded|the upload)/m,
         'the message tells of the step');
    is(value("SELECT count(*) FROM function_versions
              WHERE function_id = '$id'"), 3, 'and nothing was entered');
}


# Variables, with what SQL and shells take amiss

my $value = q{it's "$HOME" \ `id`; -- %s};

write_file('.env', qq{# names\nexport A=1\nB="two words"\n\nC='3'\r\n});

is_deeply([deploy('env', $id, "GREETING=$value", '--file', "$dir/.env")],
          ['', 0], 'variables are set');
is(deploy('env', $id), "A=1\nB=two words\nC=3\nGREETING=$value", 'as given');
deploy('env', $id, '-A', '-B', 'C=4=5');
is(deploy('env', $id), "C=4=5\nGREETING=$value", 'and removed');
fails(['env', $id, "x'y=1"], qr/^deploy: not a variable: "x'y"$/,
      'a name that is none');


# Keys

is(deploy('key', $id), 'no key is required', 'no key');
deploy('key', $id, "se'cret");
is(value('SELECT requires_api_key, api_key FROM functions'), "t|se'cret",
   'a key');
like(my $key = deploy('key', $id, '--generate'), qr/^[\w-]{43}$/,
     'a key is made');
is(value('SELECT api_key FROM functions'), $key, 'and set');
deploy('key', $id, '--none');
is(value('SELECT requires_api_key, api_key FROM functions'), 'f|',
   'the key is gone');


# Limits

is(deploy('limits', $id), "timeout default\nmemory default", 'no limits');
is(deploy('limits', $id, 'timeout=5', 'memory=64'),
   "timeout 5 s\nmemory 64 MB", 'limits of its own');
is(deploy('limits', $id, 'timeout=0'), "timeout default\nmemory 64 MB",
   'one of them');
fails(['limits', $id, 'cpu=1'], qr/^deploy: not a limit: "cpu=1"$/,
      'a limit that is none');


# Hashes and objects

psql($ENV{PGDATABASE}, "UPDATE function_versions SET package_hash = 'x'
                        WHERE version = 1");
is(deploy('rehash', $id), "packages/$id/$digest.tgz $digest",
   'a hash is corrected');
is(deploy('rehash'), '', 'the others are right');

my $store = root() . "/build/stack/s3/data/$ENV{S3_BUCKET}/packages/$id";
my $left = "packages/$id/$digest.tgz";

sub age { utime time - 7200, time - 7200, glob "$store/*" }

age();
unlike(deploy('gc'), qr/$id/, 'each object has a version');

psql($ENV{PGDATABASE}, "DELETE FROM function_versions WHERE version < 3");
deploy("$dir/hello", $id);
like(deploy('gc'), qr/^\Q$left\E$/m, 'one has none left');
like(deploy('gc', '--delete'), qr/^\Q$left\E$/m, 'and is there until');
unlike(deploy('gc'), qr/$id/, 'it is deleted');

write_file('other/index.js', '');
deploy("$dir/other", $id);
psql($ENV{PGDATABASE}, "DELETE FROM function_versions WHERE version > 4");
unlike(deploy('gc'), qr/$id/, 'a new one may be of a deploy under way');

write_file('named/package.json', '{"main":"app.js"}');
write_file('named/app.js', '');
my ($named) = deploy("$dir/named") =~ /^id (\S+)\nversion 1$/m;
ok($named, 'a package may name its file');
deploy('delete', $named);


# What fails leaves all as it was

my $rows = value('SELECT (SELECT count(*) FROM functions),
                         (SELECT count(*) FROM function_versions)');

fails(["$dir/empty"], qr/^deploy: \S+ has no index\.js$/, 'no index.js');
fails(["$dir/hello", '00000000-0000-4000-8000-00000000dead'],
      qr/^deploy: no function 00000000-\S+dead$/, 'a function that is not');
fails(["$dir/hello", "x' OR true --"], qr/^deploy: not an id/,
      'what is no id');
fails(['nothing'], qr/^deploy: no command and no directory: nothing$/,
      'what is nothing');

{
    local $ENV{S3_URL} = 'http://127.0.0.1:1';
    fails(["$dir/hello", $id], qr/the upload to the object store failed$/,
          'no object store');

    local $ENV{PGPORT} = 1;
    fails(["$dir/hello", $id], qr/^deploy: the database refuses$/m,
          'no database');
}

is(value('SELECT (SELECT count(*) FROM functions),
                 (SELECT count(*) FROM function_versions)'), $rows,
   'nothing was entered');


# Settings from a file

write_file('config', "# settings\nPGDATABASE=$ENV{PGDATABASE}\n");

{
    local $ENV{PGDATABASE} = 'nowhere';
    like(deploy('--config', "$dir/config", 'list'), qr/^$id/,
         'settings from a file');
}

deploy('delete', $id);
is(deploy('list'), '', 'deleted');
fails(['delete', $id], qr/^deploy: no function $id$/, 'but once');

done_testing();

END {
    local $?;
    psql('postgres', "DROP DATABASE IF EXISTS $ENV{PGDATABASE}");
    remove_tree(root() . "/build/stack/s3/data/$ENV{S3_BUCKET}");
}
