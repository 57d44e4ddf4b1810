# Short forms of util/dev/storm and util/dev/soak: reloads, killed workers and an
# upgrade of the binary under load; functions of all kinds for half a minute.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/..');

if ($ENV{TEST_INVOKE_ASAN} || $ENV{TEST_NGINX_USE_VALGRIND}) {
    plan skip_all => 'measures memory, which a sanitizer has its own use for';
}

my $port = 10000 + ($$ * 10) % 20000;

for my $tool ("storm --quick --port $port", "soak --quick --port @{[$port + 1]}")
{
    my $output = `$root/util/dev/$tool --no-build 2>&1`;

    is($?, 0, $tool =~ s/ --port.*//r) or diag($output);
}

done_testing();
