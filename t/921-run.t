# util/run --full, as it is used in a checkout, with a prefix, a port and
# services of this test's own: what it prints is done, and what it has started
# is gone in the end.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path remove_tree);
use IO::Socket::INET;
use POSIX qw(WNOHANG setpgid);
use Test::More;
use Time::HiRes qw(sleep time);

use lib abs_path(dirname(__FILE__)) . '/lib';

use Http qw(requests);

plan(skip_all => 'it runs what util/build builds without a sanitizer')
    if $ENV{TEST_INVOKE_ASAN};

my $root = abs_path(dirname(__FILE__) . '/..');
my $dir = "$root/build/test/run.$$";
my $free = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1);
my $port = $free->sockport;
my ($test, $pid, $text) = ($$);

close $free;
remove_tree($dir);
make_path($dir);
chdir $root;

# nothing of the services that other tests have, or of who runs them
delete @ENV{grep { /^(PG|S3_|REDIS_)/ } keys %ENV};

$ENV{RUN_PREFIX} = $dir;
$ENV{RUN_PORT} = $port;
$ENV{STACK_STATE} = "$dir.stack";

run_full();

# what it prints

my %ids = $text =~ m{/invoke/([0-9a-f-]{36})/ +\# (\w+)$}mg;
my %id = reverse %ids;
my @samples = map { m{([^/]+)/$} } glob 'conf/functions/*/';

is_deeply([sort keys %id], \@samples, 'each sample has an address');

for my $line ($text =~ /^    (curl .*)/mg) {
    my ($name) = $line =~ /# (\w+)$/;

    $line =~ s/ +# .*//;

    my $status = `$line -sS -o '$dir/out' -w '%{http_code}'`;

    # the others end as the sample's own request should
    is($status, 200, $line) unless $name && $name ne 'hello';
}

# a sample, and a key of its own

my $path = "/invoke/$id{echo}/path?x=1";
my $answer = get($path)->{json};

is($answer->{path}, '/path', 'the path below the id');
is_deeply($answer->{query}, { x => 1 }, 'the query');

my ($deploy, $wait) = $text =~ /^    (util\/deploy .*)\\\n +(--wait .*)$/m;
my ($config) = $deploy =~ /(--config \S+)/;
my $said = `$deploy $wait 2>&1`;

is($?, 0, "$deploy $wait") or diag($said);

my ($own) = $said =~ /^id (\S+)$/m;

is(get("/invoke/$own/?name=you")->{body}, '{"hello":"you"}',
   'it is served when that has returned');

my $key = `util/deploy $config key $own --generate`;

chomp $key;
soon(sub { get("/invoke/$own/")->{status} == 401 }, 'no key');
is(get("/invoke/$own/?api_key=x$key")->{status}, 403, 'a wrong key');
is(get("/invoke/$own/path?x=1&api_key=$key")->{status}, 200, 'the right one');
is(get("/invoke/$own/path?x=1", Authorization => "Bearer $key")->{status},
   200, 'in a header');

like(`util/run --full 2>&1`, qr/^run: nginx runs already, with pid $pid$/m,
     'it does not start twice');

# Ctrl-C: a terminal tells all processes of the foreground

kill 'INT', -$pid;
is(ended(), 0, 'it ends');
ok(!-e "$dir/nginx.pid", 'its pid file is gone');
is(`util/stack status | grep -c runs`, "3\n", 'the services run on');

# once more

my $before = "@id{@samples}";

run_full();

%ids = $text =~ m{/invoke/([0-9a-f-]{36})/ +\# (\w+)$}mg;
%id = reverse %ids;

is("@id{@samples}", $before, 'the samples keep their ids');
is(get($path)->{json}{path}, '/path', 'and are served');

kill 'TERM', $pid;
is(ended(), 0, 'TERM ends it, too');

is(system('util/stack', 'stop'), 0, 'the services end');
soon(sub { !left() }, 'and nothing is left') or diag(join "\n", left());

done_testing();


# Starts it, and returns when it tells that it serves.

sub run_full {
    unlink "$dir.out";
    $pid = fork // die "fork: $!\n";

    if ($pid == 0) {
        setpgid(0, 0);
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', "$dir.out";
        open STDERR, '>&', \*STDOUT;
        exec "$root/util/run", '--full' or POSIX::_exit(127);
    }

    soon(sub {
        $text = content("$dir.out");
        $text =~ m{^    curl .*/health/live\n\z}m || waitpid($pid, WNOHANG);
    }, 'it tells what to try', 240);

    if ($text !~ /running with prefix/) {
        undef $pid;
        die "$text\n";
    }
}


sub ended {
    soon(sub { waitpid($pid, WNOHANG) == $pid }, 'in a short time');
    my $status = $?;

    undef $pid;

    return $status;
}


sub get {
    my ($path, @headers) = @_;

    return (requests({ port => $port, path => $path,
                       headers => \@headers }))[0];
}


# Processes that have to do with the directory, by any sign.

sub left {
    my @left;

    for my $process (grep { m{/\d+$} && $_ ne "/proc/$$" } glob '/proc/*') {
        my $all = join ' ', content("$process/cmdline"),
                  content("$process/environ"),
                  readlink("$process/cwd") // '',
                  map { readlink($_) // '' } glob "$process/fd/*";

        push @left, "$process: $all" if index($all, $dir) >= 0;
    }

    return @left;
}


sub soon {
    my ($true, $title, $within) = @_;

    my $end = time + ($within // 30);

    while (time < $end) {
        return pass($title) if $true->();
        sleep 0.1;
    }

    return fail($title);
}


sub content {
    my ($path) = @_;

    open my $file, '<', $path or return '';
    local $/;

    return <$file> // '';
}


END {
    local $?;

    if ($$ == $test) {
        kill 'TERM', $pid if $pid;
        system('util/stack', 'stop') if -d "$dir.stack";

        if (Test::More->builder->is_passing) {
            remove_tree($dir, "$dir.stack");
            unlink "$dir.out";
        }
    }
}
