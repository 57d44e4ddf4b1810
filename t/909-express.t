# Express's own tests, of Debian's source package: those of req and res, whose
# handlers a function has (t/express/index.js), and those of its examples, which
# are applications of Express, each a function.  t/express/left-out.txt has
# those that fail, with the reason.

use strict;
use warnings;

use Encode qw(encode);
use JSON::PP;
use TestInvoke 'no_plan';
use TestServer;

my $root = $ENV{TEST_NGINX_ROOT};
my $express = "$root/build/deps/express";
my $modules = "$root/build/express-npm/node_modules";

ok(-d "$express/test" && -d $modules, "util/setup has Express's tests")
    or BAIL_OUT('no tests');

my $server = TestServer->new('express');
my $prefix = $server->prefix;
my @examples = map { m{([^/]+)\.js$} } glob "$express/test/acceptance/*.js";
my %ports = map { $_ => free_port() } @examples;
my $locations = '';

$ports{tests} = $server->port;

shell("cp -r $root/t/express $prefix/tests && cp -r $express/test $prefix/tests"
    . " && cp -rl $modules $prefix/tests");

for my $name (@examples) {
    my $to = "$prefix/examples/$name";

    shell("mkdir -p $to && cp -r $express/examples $express/lib $to"
        . " && cp -rl $modules $to");

    $server->write("examples/$name/index.js",
                   "module.exports = require('./examples/$name');\n");
    # what an example requires as "../.."
    $server->write("examples/$name/package.json", '{"main":"lib/express.js"}');

    $locations .= "server { listen 127.0.0.1:$ports{$name}; location / {"
                  . " invoke ./examples/$name; invoke_isolation function;"
                  . " invoke_env NODE_ENV test; } }\n";
}

$server->serve(<<"END");
    underscores_in_headers on;
    client_max_body_size 20m;
    invoke_isolates 1 max=1;
    server {
        listen 127.0.0.1:@{[$server->port]};
        location / { invoke ./tests; }
    }
$locations
END

$ENV{SERVERS} = encode_json(\%ports);
$ENV{LOG} = "$prefix/logs/error.log";
$ENV{NODE_PATH} = $modules;
$ENV{NODE_ENV} = 'test';

my @parsers = map { "test/express.$_.js" } qw(json raw text urlencoded);
my $told = `cd $express && node $modules/mocha/bin/_mocha --exit --reporter json \\
            --timeout 10000 --require $root/t/express/request.js \\
            --require ./test/support/env.js test/req.*.js test/res.*.js \\
            @parsers test/acceptance/*.js`;

is($server->stop, 0, 'nginx stops');

my $json = eval { decode_json($told =~ s/^[^{]*//r) } // {};
my %failed;

diag("$json->{stats}{passes} of $json->{stats}{tests} pass");
cmp_ok($json->{stats}{tests} // 0, '>', 700, 'tests were run');

for my $test (@{ $json->{failures} }) {
    my ($file) = $test->{file} =~ m{([^/]+)$};
    my $message = $test->{err}{message} // '';

    # some end twice, whoever answers
    next if $message =~ /^done\(\) called multiple times/;

    $failed{"$file $test->{fullTitle}"} = encode('UTF-8', $message);
}

# Each line is of tests that fail, by their file and what their title has.

open my $list, '<', "$root/t/express/left-out.txt" or die "left-out.txt: $!\n";

while (<$list>) {
    next if /^(?:#|$)/;
    chomp;

    my ($may, $file, $part) = /^(~?)(\S+) (.*?)  \S/ or die "left-out.txt: $_\n";
    my @known = grep { /^\Q$file\E .*\Q$part\E/ } keys %failed;

    ok(@known > 0 || $may, "left out, and fails: $file $part");
    delete @failed{@known};
}

is(join('', map { "$_: $failed{$_}\n" } sort keys %failed), '', 'all others pass');


sub free_port {
    return IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1)->sockport;
}


sub shell {
    my ($command) = @_;

    system($command) == 0 or die "$command: $?\n";
}
