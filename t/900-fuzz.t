# A short form of util/dev/fuzz and of util/dev/fuzz-parsers: some seconds of random
# input for each parser. Those of JavaScript get the same each time, and may take
# the time that they take on a machine that is busy.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use IO::Socket::INET;
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/..');

if ($ENV{TEST_INVOKE_ASAN} || $ENV{TEST_NGINX_USE_VALGRIND}) {
    plan skip_all => 'has sanitizers of its own';
}

for my $target (qw(dns egress headers http path root text tls)) {
    my $output = `$root/util/dev/fuzz --seconds 3 $target 2>&1`;

    is($?, 0, "$target finds nothing") or diag($output);
}

my $port = do {
    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1)
                 or die "no port: $!\n";

    $socket->sockport;
};

my $output = `$root/util/dev/fuzz-parsers --seconds 3 --calls 500 --seed 1 --untimed \\
              --port $port 2>&1`;

is($?, 0, 'the parsers of JavaScript have no finding') or diag($output);

done_testing();
