# Node's own tests (test/parallel and test/es-module of the source package whose
# library we carry) for the modules that functions have, each run in a function
# of its own context.  Those of t/node/left-out.txt are not run, for the reason
# given there.  At least 95 % of a module's tests must pass.

use strict;
use warnings;

BEGIN {
    if (!-d __FILE__ =~ s{[^/]*$}{../build/deps/node/test}r) {
        require Test::More;
        Test::More::plan(skip_all => 'build/deps/node is not of Debian\'s source'
                                     . ' package, which has Node\'s tests');
    }
}

use TestInvoke 'no_plan';
use TestServer;

use File::Temp qw(tempdir);

my $root = $ENV{TEST_NGINX_ROOT};
my $source = "$root/build/deps/node/test";
my $jobs = 4;

# module => how the names of its tests begin
my @modules = (
    path => qr/path/,
    events => qr/events?-|eventemitter/,
    util => qr/util/,
    buffer => qr/buffer|atob|btoa/,
    url => qr/url|whatwg-url/,
    querystring => qr/querystring/,
    string_decoder => qr/string-decoder/,
    assert => qr/assert/,
    stream => qr/streams?/,
    timers => qr/timers|next-tick|microtask|set-/,
    console => qr/console/,
    fs => qr/fs|file-?handle/,
    os => qr/os\b/,
    punycode => qr/punycode/,
    diagnostics_channel => qr/diagnostics-channel/,
    perf_hooks => qr/performance|perf-hooks/,
    async_hooks => qr/async-local|asyncresource|async-hooks/,
    webstreams => qr/webstreams?|whatwg-webstreams|whatwg-readable/,
    web => qr/abortcontroller|aborted|blob|structuredClone|whatwg-encoding
              |whatwg-events|eventtarget|file\b|global|domexception
              |queue-microtask/x,
    module => qr/module|require/,
    process => qr/process/,

    # of those that only have to load
    readline => qr/readline/,
    v8 => qr/v8-/,
    vm => qr/vm-/,
    worker_threads => qr/worker-message|message-?(?:port|event)|messaging
                         |broadcastchannel/x,
    domain => qr/domain/,
    tty => qr/tty/,
    zlib => qr/zlib|whatwg-webstreams-compression/,
    crypto => qr/crypto/,
    webcrypto => qr/webcrypto/,
    http => qr/http-/,
    net => qr/net-|blocklist|socketaddress/,
    dns => qr/dns/,
    tls => qr/tls-/,
    https => qr/https-/,
    'es-module' => qr/es-module/,
);

# known failures that stay: module => the share that must pass
my %share = ();

my $server = TestServer->new('node');
my $package = $server->prefix . '/node';

mkdir $package;
system('cp', "$root/t/node/index.js", $package) == 0 or die;
mkdir "$package/test";
system('cp', '-r', map({ "$source/$_" } qw(common es-module fixtures parallel)),
       "$package/test") == 0 or die;
system('cp', '-r', map({ "$root/t/node/$_" } qw(common node_modules)),
       "$package/test") == 0 or die;

# Whether a test asks for Node's internal modules.

sub exposing {
    my ($path) = @_;

    open my $file, '<', $path or die "$path: $!\n";

    return scalar grep { m{^// Flags:.*--expose-internals} } <$file>;
}

# where files are that nginx writes for tests, as functions write none
mkdir "$package/test/written";
chmod 0777, "$package/test/written";

my %left_out;

open my $list, '<', "$root/t/node/left-out.txt" or die "left-out.txt: $!\n";

while (<$list>) {
    next if /^#/;
    /^(\S+)  (\S.*)$/ or die "left-out.txt:$.: no reason is given\n";
    $left_out{$1} = $2;
}

my @paths = sort glob "$source/{parallel/test-*.js,es-module/test-*.{js,mjs}}";

my %exists = map { m{([^/]+)$} => 1 } @paths;

is_deeply([grep { !$exists{$_} } sort keys %left_out], [],
          'the tests that are left out exist');

my (@tests, %of, %options);

# TEST_INVOKE_NODE=net runs those of one module alone
if (my $one = $ENV{TEST_INVOKE_NODE}) {
    my %of = @modules;
    @modules = ($one => $of{$one});
}

for my $path (@paths) {
    my ($test, $file) = $path =~ m{([^/]+/([^/]+))$};

    next if $left_out{$file};

    # those of es-module are of one module
    my $name = $test =~ s{^parallel/test-}{}r;

    for (my $i = 0; $i < @modules; $i += 2) {
        if ($name =~ /^(?:$modules[$i + 1])/) {
            $of{$test} = $modules[$i];
            $options{$test} = exposing($path) ? '&options=--expose-internals'
                              : '';
            push @tests, $test;
            last;
        }
    }
}

# for sockets, whose paths have to be short, and those that tests connect to

my $tmp = tempdir(CLEANUP => 1);
my $sockets = join '', map { "    invoke_egress allow unix:$_;\n" }
              "$tmp/test-net-perf_hooks", "$tmp/test-net-pingpong",
              "$tmp/test-net-connect-options-path-net-connect-options-path-server",
              '/tmp/fadagagsdfgsdf',
              map { "$tmp/test-http-$_" }
                  qw(client-abort-keep-alive-queued-unix-socket
                     client-abort-unix-socket client-pipe-end
                     client-response-domain unix-socket
                     unix-socket-keep-alive);

my $modules = $ENV{TEST_NGINX_LOAD_MODULES} =~ s{[^/]*$}{}r;

# some have keys that the system's OpenSSL takes for weak, and Node's own not
open my $cnf, '>', "$package/openssl.cnf" or die "openssl.cnf: $!\n";
print $cnf <<'END';
openssl_conf = all
[all]
ssl_conf = ssl
[ssl]
system_default = default
[default]
CipherString = DEFAULT@SECLEVEL=1
END
close $cnf;

local $ENV{OPENSSL_CONF} = "$package/openssl.cnf";

$server->start(<<"END");
load_module modules/ngx_invoke_module.so;
load_module ${modules}ngx_invoke_test_module.so;
worker_processes 1;
error_log logs/error.log info;
pid nginx.pid;
events { worker_connections 256; }
http {
    access_log off;
    invoke_isolates 2 max=$jobs;
    invoke_memory_limit 2048m;
    invoke_egress allow 127.0.0.1 @{[$server->port]};
    invoke_egress allow 0.0.0.0/0;
    invoke_egress allow ::/0;
$sockets    invoke_egress_limits sockets=1000 connects=10000 bytes=1000m dns=10000;
    server {
        listen 127.0.0.1:@{[$server->port]};
        location / {
            invoke ./node;
            invoke_timeout 120s;
            invoke_env NODE_OPTIONS \$arg_options;
        }
        location /test/written/ {
            root $package;
            dav_methods PUT DELETE MKCOL;
        }
    }
}
END

# each child runs every $jobs-th test and prints a line for each
my @pipes;

for my $job (0 .. $jobs - 1) {
    my $pid = open my $pipe, '-|';

    defined $pid or die "fork: $!\n";

    if ($pid == 0) {
        for (my $i = $job; $i < @tests; $i += $jobs) {
            # a prime can take long to be found
            my $answer = $server->request(
                'GET', "/?$tests[$i]$options{$tests[$i]}",
                ['X-Tmp' => $tmp,
                 'X-Origin' => 'http://127.0.0.1:' . $server->port],
                undef, 150);
            my ($line) = $answer->{body} =~ /^([^\n]*)/;

            print "$tests[$i] ", $answer->{status} || 0, " $line\n";
        }

        require POSIX;
        STDOUT->flush;
        POSIX::_exit(0);
    }

    push @pipes, $pipe;
}

my (%passed, %failed, %skipped);

for my $pipe (@pipes) {
    while (<$pipe>) {
        my ($file, $status, $text) = /^(\S+) (\d+) (.*)$/;

        if ($status != 200) {
            push @{ $failed{ $of{$file} } }, "$file: $text";

        } elsif ($text =~ /^skip/) {
            $skipped{ $of{$file} }++;

        } else {
            $passed{ $of{$file} }++;
        }
    }

    close $pipe;
}

for (my $i = 0; $i < @modules; $i += 2) {
    my $module = $modules[$i];
    my $passed = $passed{$module} // 0;
    my @failed = @{ $failed{$module} // [] };
    my $all = $passed + @failed or next;

    diag(sprintf '%-20s %d of %d', $module, $passed, $all);
    diag("  $_") for @failed;

    cmp_ok($passed, '>=', ($share{$module} // 0.95) * $all,
           "$module passes Node's tests");
}

is($server->stop, 0, 'nginx stops');
