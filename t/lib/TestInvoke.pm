# The test module of t/: Test::Nginx::Socket with this checkout's module
# loaded, a port and a server root of the test file's own, and three sections
# more:
#
#   --- function    index.js of the package html/fn.  More files of it go
#                   into "--- user_files", as "fn/lib/a.js".
#   --- master_on   a master and its workers, not one process that is both
#   --- config      when it is missing: location /t { invoke ./html/fn; }
#   --- own_nginx   shares no nginx with other blocks
#
# Blocks that configure a server at most share one nginx: each has a server at
# an address of its own, and a directory html/N of its own in place of html.
# Such a block has logged what came to the log meanwhile and names no other
# block's directory.  All others have an nginx of their own, and with
# TEST_INVOKE_OWN_NGINX=1 every block has.
#
# A block that names no log lines must leave none of [error] and above in the
# error log; one that expects some ("--- error_log") none of [alert] and above,
# and none of those may come when nginx stops.
#
#   use TestInvoke 'no_plan';
#
#   run_tests();
#
#   __DATA__
#
#   === TEST 1: says hello
#   --- function
#   module.exports = (req, res) => res.send('hello');
#   --- request
#   GET /t
#   --- response_body chomp
#   hello
#
# util/test runs the files; "prove -It/lib t/NAME.t" does as well once it was
# set up.  When a block fails, its configuration and logs are kept, and the
# test says where.  TEST_INVOKE_V8_FLAGS holds flags of V8 for every block.

package TestInvoke;

use strict;
use warnings;

my ($Root, $Name, $State);

BEGIN {
    require Cwd;
    require File::Basename;
    require File::Path;
    require IO::Socket::INET;

    $Root = Cwd::abs_path(File::Basename::dirname(__FILE__) . '/../..');
    $Name = File::Basename::basename($0, '.t');
    $State = "$Root/build/test";

    unshift @INC, "$Root/build/deps/test-nginx/usr/share/perl5";

    File::Path::make_path($State);

    # A file's ports follow from its pid, so that files that run at the same
    # time have different ones; those of other programs are stepped over.

    my $port;

    for my $i (0 .. 99) {
        $port = 10000 + ($$ * 10 + $i * 10) % 20000;

        my @sockets = grep { defined } map {
            IO::Socket::INET->new(LocalAddr => '0.0.0.0', LocalPort => $_,
                                  ReuseAddr => 1, Listen => 1)
        } $port .. $port + 4;

        last if @sockets == 5;
    }

    $ENV{TEST_NGINX_PORT} = $port;
    $ENV{"TEST_NGINX_PORT_$_"} = $port + $_ for 1 .. 4;

    # one configuration check may load the module of another build
    $ENV{TEST_NGINX_BINARY} ||= '/usr/sbin/nginx';
    $ENV{TEST_NGINX_LOAD_MODULES} ||= "$Root/build/ngx_invoke_module.so";

    $ENV{TEST_NGINX_SERVROOT} = "$State/$Name.$$";
    $ENV{TEST_NGINX_ROOT} = $Root;
    $ENV{TEST_NGINX_LOG_LEVEL} ||= 'info';
    $ENV{TEST_NGINX_TIMEOUT} ||= 5;
}

# It is above Test::Nginx, whose own END block, which stops nginx, then runs
# before this one.

END {
    File::Path::remove_tree($ENV{TEST_NGINX_SERVROOT},
                            "$ENV{TEST_NGINX_SERVROOT}.packages");
}

use Test::Nginx::Socket -Base;

my $failed = 0;

# whether the file itself calls master_on()
my $masters;

no_long_string();

# Test::Nginx shuffles all blocks before it runs the first.  Here they get what
# they lack, and those that share come first, in an order by chance as well.

{
    no warnings 'redefine';

    *Test::Nginx::Util::shuffle = sub (@) {
        my @blocks = @_;

        $masters = $Test::Nginx::Util::MasterProcessEnabled eq 'on';

        for my $block (@blocks) {
            $_->($block) for @Test::Nginx::Util::BlockPreprocessors;
            complete($block);
        }

        @Test::Nginx::Util::BlockPreprocessors = (\&before_block);

        my @shared = grep { may_share($_) } @blocks;
        my @others = grep { !may_share($_) } @blocks;

        share(@shared);
        $_->set_value('http_config', http_config($_)) for @others;

        return List::Util::shuffle(@shared), List::Util::shuffle(@others);
    };
}

sub complete() {
    my ($block) = @_;

    if (defined $block->function) {
        my $files = $block->user_files // '';

        $block->set_value('user_files',
                          ">>> fn/index.js\n" . $block->function . $files);
    }

    if (!defined $block->config) {
        $block->set_value('config', 'location /t { invoke ./html/fn; }');
    }

    if (defined $block->must_die) {
        return;
    }

    if (!defined $block->no_error_log) {
        my $expects = defined $block->error_log
                      || defined $block->grep_error_log;

        $block->set_value('no_error_log', $expects ? qr/\[(alert|emerg)\]/
                                          : qr/\[(error|crit|alert|emerg)\]/);
    }

    if (!defined $block->no_shutdown_error_log) {
        $block->set_value('no_shutdown_error_log',
                          qr/^\S+ \S+ \[(alert|emerg)\]/);
    }
}

sub http_config() {
    my ($block) = @_;

    my $http = $block->http_config // '';

    if ($ENV{TEST_INVOKE_V8_FLAGS} && $http !~ /invoke_v8_flags/) {
        $http = "invoke_v8_flags '$ENV{TEST_INVOKE_V8_FLAGS}';\n$http";
    }

    # Test::Nginx knows what it may find in its server root

    if ($http !~ /invoke_package_cache/) {
        $http = 'invoke_package_cache $TEST_NGINX_SERVROOT.packages;'
                . "\n$http";
    }

    return $http;
}

# Not what changes more than its server, what counts for the worker, what looks
# at other logs or at the end of nginx, and what speaks of absolute paths.

sub may_share() {
    my ($block) = @_;

    my @alone = qw(own_nginx http_config main_config post_main_config master_on
                   must_die access_log no_access_log shutdown_error_log
                   log_level init http2 curl skip_eval SKIP);

    return !$ENV{TEST_INVOKE_OWN_NGINX} && !$ENV{TEST_NGINX_USE_VALGRIND}
           && !$masters && !grep({ defined $block->$_ } @alone)
           && $block->config !~ /invoke_(metrics|health)|TEST_NGINX|server_port/;
}

# Gives blocks one configuration, with a server for each.

sub share() {
    my (@blocks) = @_;

    my ($servers, @files, $number) = ('');

    for my $block (@blocks) {
        my $dir = 'html/' . ++$number;
        my $address = "127.0.1.$number";
        my $config = $block->config =~ s{(?<![\w/.])((?:\./)?)html\b}{$1$dir}gr;
        my $title = $block->name =~ s/:.*//sr;

        $servers .= <<"END";
# $title
server {
    listen  $address:$Test::Nginx::Util::ServerPort;
    server_name  '$Test::Nginx::Util::ServerName';
    client_max_body_size  30M;
    $config
END
        $servers .= "    root $dir;\n" unless $config =~ /\broot\b/;
        $servers .= "}\n";

        for (split /^(?=>>> )/m, $block->user_files // '') {
            my ($name, $date, $text) = /^>>> (\S+)(?:[^\S\n]+(.+))?\n(.*)/s;
            push @files, ["$number/$name", $text, $date];
        }

        $block->set_value('server_addr_for_client', $address);
        $block->set_value('shared', $number);
    }

    for my $block (@blocks) {
        $block->set_value('config', '# shared');
        $block->set_value('http_config', http_config($block) . "\n$servers");
        $block->set_value('user_files', \@files);
    }
}

# What the block that runs has of the shared log: its number, and where it
# begins.

my ($number, $begin);

sub is_served() {
    my $file = $Test::Nginx::Util::PidFile;

    return 1 if -f $file && Test::Nginx::Util::is_running(
                                Test::Nginx::Util::get_pid_from_pidfile(''));

    Test::More::fail('the nginx of several blocks still runs');
    unlink $file;

    return 0;
}

sub before_block() {
    my ($block) = @_;

    if (defined $block->master_on) {
        master_on();

    } elsif (!$masters) {
        master_off();
    }

    my $running = defined $number && is_served();

    $number = $block->shared;
    $begin = $running && $number ? -s $Test::Nginx::Util::ErrLogFile : 0;

    # what Test::Nginx goes by when the configuration is the same
    $Test::Nginx::Util::ForceRestartOnTest = !($running && $number);
}

{
    no warnings 'redefine';

    my $error_log_data = \&Test::Nginx::Util::error_log_data;

    my $of_block = sub () {
        my $position = \$Test::Nginx::Util::ErrLogFilePos;

        $$position = $begin if $number && $$position < $begin;

        return [grep { !$number || !m{/html/(\d+)/} || $1 == $number }
                @{ $error_log_data->() // [] }];
    };

    *Test::Nginx::Util::error_log_data = $of_block;
    *Test::Nginx::Socket::error_log_data = $of_block;
}

# A block's log is complete once its nginx has stopped, which is when the next
# block starts, or the file ends.

Test::Nginx::Util::add_test_cleanup_handler(\&keep_logs_of_failed);

my $check_shutdown = $Test::Nginx::Util::CheckShutdownErrorLog;

$Test::Nginx::Util::CheckShutdownErrorLog = sub {
    # of the blocks that shared it, all
    if ($_[0]->shared) {
        undef $number;
        $Test::Nginx::Util::ErrLogFilePos = 0;
    }

    $check_shutdown->(@_);
    keep_logs_of_failed(@_);
};

sub keep_logs_of_failed() {
    my ($block) = @_;

    my $now = grep { !$_ } Test::More->builder->summary;

    if ($now > $failed) {
        $failed = $now;
        keep_logs($block->name);
    }
}

# Test::Nginx writes "http2 on" for versions that do not have it yet.

{
    no warnings 'redefine';

    my $version = \&Test::Nginx::Util::get_nginx_version;

    *Test::Nginx::Util::get_nginx_version = sub () {
        my $is = $version->();
        return $is < 1.025001 && $is > 1.019 ? 1.019 : $is;
    };
}

# Test::Nginx asks ps, several times a block.

{
    no warnings 'redefine';

    *Test::Nginx::Util::is_defunct = sub ($) {
        open my $file, '<', "/proc/$_[0]/stat" or return 0;
        return <$file> =~ /\) Z/;
    };
}

# What makes Test::Nginx give up ends this file, not the whole run.

{
    no warnings 'redefine';

    my $give_up = sub (@) {
        Test::More::fail("@_");
        keep_logs("@_");
        exit 255;
    };

    *Test::Nginx::Util::bail_out = $give_up;
    *Test::Nginx::Socket::bail_out = $give_up;
}

sub keep_logs() {
    my ($title) = @_;

    $title = $title =~ /(TEST \S+?):/ ? $1 : 'no block';
    $title =~ s/[^\w.-]+/-/g;

    my $kept = "$State/failed/$Name-$title";
    File::Path::remove_tree($kept);
    File::Path::make_path($kept);

    for my $part (qw(logs conf html)) {
        my $dir = "$ENV{TEST_NGINX_SERVROOT}/$part";
        system('cp', '-r', $dir, $kept) if -d $dir;
    }

    Test::More::diag("the logs are in $kept");
}

1;
