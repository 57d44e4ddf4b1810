# The disk below the package cache: one that is full, and a directory in which
# no package can be stored.

use strict;
use warnings;

use lib 't/lib';

my ($mounts, %mounted);

BEGIN {
    # mounts of its own, which end with it; "prove" tells nobody of them
    $mounts = delete $ENV{TEST_MOUNTS};

    if ($> == 0 && !$mounts
        && system('unshare --mount mount -t tmpfs none /mnt 2> /dev/null') == 0)
    {
        $ENV{TEST_MOUNTS} = 1;
        exec 'unshare', '--mount', $^X, (map { "-I$_" } @INC), $0
            or die "unshare: $!\n";
    }
}

use Digest::SHA qw(sha256);
use File::Path qw(make_path);
use Test::More;

use TestFleet;

my $fleet = TestFleet->new(without => ['redis']);
my $noise = join '', map { sha256($_) } 1 .. 16 * 1024;
my $says = 'module.exports = (req, res) => res.send(require("fs")'
           . '.readFileSync("/data").length + " bytes");';
my $small = $fleet->deploy({ 'index.js' => $says, data => 'x' x 9 });


SKIP: {
    skip 'nothing can be mounted', 1 unless $mounts;

    full();
    out_of_inodes();
    read_only();
    other_file_system();
}

other_owner();
others_write();
no_directory();

$fleet->finish;
done_testing();


# The archive does not fit; then it does, but not what it unpacks to.

sub full {
    my $server = on_disk('size=1m');
    my $cache = $server->cache;

    my $large = $fleet->deploy({ 'index.js' => $says,
                                 data => $noise x 4 });
    my $unpacked = $fleet->deploy({ 'index.js' => $says, noise => $noise,
                                    data => 'x' x 600_000 });

    is($server->get("/invoke/$small/")->{body}, '9 bytes', 'a small one fits');

    for ([$large, 'its archive cannot be written'],
         [$unpacked, qr/.*, member "(data|noise)"/])
    {
        my ($id, $cause) = @$_;

        unavailable($server, $id, qr/\[crit\] .* no space is left for it: /,
                    qr/: $cause \(28: No space left on device\)/);
        is(left($cache), 1, 'nothing but the other package is there');
    }

    is($server->get("/invoke/$small/")->{body}, '9 bytes', 'which is served');

    mount($cache, 'remount,size=8m');

    soon { $server->get("/invoke/$unpacked/")->{body} eq '600000 bytes' }
         'with space there is the one';
    is($server->get("/invoke/$large/")->{body}, 4 * length($noise) . ' bytes',
       'and the other');
    is($server->quit, 0, 'the server ends');
}


sub out_of_inodes {
    my $server = on_disk('nr_inodes=24');
    my %files = map { ("lib/$_.js" => '') } 1 .. 30;
    my $id = $fleet->deploy({ 'index.js' => $says, data => 'x', %files });

    unavailable($server, $id, qr/no space is left for it: .*\(28: No space /);
    is(left($server->cache), 0, 'nothing is there');

    mount($server->cache, 'remount,nr_inodes=200');

    soon { $server->get("/invoke/$id/")->{body} eq '1 bytes' }
         'with inodes there is the package';
    is($server->quit, 0, 'the server ends');
}


sub read_only {
    my $server = on_disk('size=1m');
    my $other = $fleet->deploy($says);

    is($server->get("/invoke/$small/")->{body}, '9 bytes',
       'a package is there');
    is($server->quit, 0, 'the server ends');

    mount($server->cache, 'remount,ro');
    $server->start;

    told($server, qr/the cache is not writable \(30: Read-only file system\)/);
    is($server->get("/invoke/$small/")->{body}, '9 bytes', 'it is served');
    unavailable($server, $other, qr/the cache is not writable \(30: /);
    is($server->quit, 0, 'the server ends');
}


sub other_file_system {
    my $server = $fleet->server(stopped => 1);

    make_own("$server->{cache}/tmp");
    mount("$server->{cache}/tmp", 'mode=700');
    make_own("$server->{cache}/tmp");

    my $requests = $fleet->s3_requests(qr/GET.*$small/);

    $server->start;

    told($server, qr/"tmp" is on another file system than the cache \(18: /);
    unavailable($server, $small, qr/"tmp" is on another file system/);
    is(scalar($fleet->s3_requests(qr/GET.*$small/)), $requests,
       'nothing is fetched for it');
    is($server->quit, 0, 'the server ends');
}


sub other_owner {
    SKIP: {
        skip 'who is not root gives nothing away', 1 if $>;

        my $server = $fleet->server(stopped => 1);

        make_own($server->cache);
        chown 12345, 12345, $server->cache;
        $server->start;

        told($server, qr/the cache belongs to another user than the worker's/);
        unavailable($server, $small, qr/the cache belongs to another user/);
        is($server->quit, 0, 'the server ends');
    }
}


sub others_write {
    my $server = $fleet->server(stopped => 1);

    make_own($server->cache);
    chmod 0777, $server->cache;
    $server->start;

    told($server, qr/others than its owner may write the cache/);
    unavailable($server, $small, qr/others than its owner may write the cache/);

    chmod 0700, $server->cache;
    soon { $server->get("/invoke/$small/")->{body} eq '9 bytes' }
         'once they may not, it is used';
    is($server->quit, 0, 'the server ends');
}


sub no_directory {
    my $server = $fleet->server(stopped => 1);

    Server::write_file($server->cache, '');
    $server->start;

    told($server, qr/open\(\) of the cache failed \(20: Not a directory\)/);
    unavailable($server, $small, qr/open\(\) of the cache failed \(20: /);
    is($server->quit, 0, 'the server ends');
    unlink $server->cache;

    # an error is told of with what it is of
    make_own("$server->{cache}/tmp");
    Server::write_file("$server->{cache}/lock", '');
    $server->start;
    told($server, qr/open\(\) of "lock" failed \(20: Not a directory\)/);
    is($server->quit, 0, 'the server ends');

    my $deep = $fleet->server(cache => "$server->{cache}/none/cache",
                              stopped => 1);

    $deep->start;

    my $made = qr/mkdir\(\) "\Q$deep->{cache}\E" of "invoke_package_cache"/;

    is(scalar($deep->log_lines(
           qr/\[error\] .*no package can be stored: $made failed \(2: /)), 1,
       'that a directory cannot be made is told');
    unavailable($deep, $small, qr/open\(\) of the cache failed \(2: /);
    is($deep->quit, 0, 'the server ends');
}


# A server whose cache is a file system of its own.

sub on_disk {
    my ($options) = @_;

    my $server = $fleet->server(stopped => 1);

    make_path($server->cache);
    mount($server->cache, "mode=700,$options");
    make_own($server->cache);
    $server->start;

    return $server;
}


sub mount {
    my ($dir, $options) = @_;

    system('mount', '-t', 'tmpfs', '-o', $options, 'none', $dir) == 0
        or die "mount failed\n";
    $mounted{$dir} = 1;
}


sub make_own {
    my ($dir) = @_;

    make_path($dir);

    for ($dir, $dir =~ s{/[^/]*$}{}r) {
        chown +(stat TestStack::root())[4, 5], $_ if m{\.cache};
    }
}


# What has been told at the start, with the name of the directive.

sub told {
    my ($server, $cause) = @_;

    my $place = qr/in "\Q$server->{cache}\E" of "invoke_package_cache"/;

    is(scalar($server->log_lines(
           qr/\[error\] .*no package can be stored $place: $cause/)), 1,
       'the start tells of it, and why');
}


# A request fails, in time, with one line for it.

sub unavailable {
    my ($server, $id, @causes) = @_;

    my @answers = $server->together(("/invoke/$id/") x 5);

    is(join(' ', map { "$_->{status} $_->{code}" } @answers),
       join(' ', ('502 package_unavailable') x 5), 'all that wait get 502');

    my @lines = $server->log_lines(qr/is not to be had/);

    # a busy machine takes its time for them, and a failure is remembered
    # shortly

    @lines = grep { /packages\/$id\// } @lines;
    cmp_ok(scalar @lines, '<=', slow(), 'which is one line of the log');
    like($lines[0], $_, 'with the cause') for @causes;
}


# Packages; none may be there in part, nor anything below tmp/.

sub left {
    my ($cache) = @_;

    is(join(' ', glob "$cache/tmp/*"), '', 'nothing is left aside');

    return scalar(grep { m{/[0-9a-f]{64}$} } glob "$cache/*");
}


END {
    local $?;

    # before the fleet removes the directories
    system('umount', '-l', keys %mounted) if %mounted;
}
