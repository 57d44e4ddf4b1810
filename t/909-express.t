# The tests of Express 4 and 5, of Debian's source packages or what util/setup is
# told: those of req and res, whose handlers a function has (t/express/index.js),
# and those of its examples, which are applications of Express, each a function.
# t/express/left-out.txt has those that fail, with the reason.

use strict;
use warnings;

use Encode qw(encode);
use JSON::PP;
use TestInvoke 'no_plan';
use TestServer;

my $root = $ENV{TEST_NGINX_ROOT};

# of 477, 430 and 108 that apply
express(4, 420, 57);

SKIP: {
    skip('no tests of Express 5: set INVOKE_EXPRESS_5')
        if !-d "$root/build/deps/express-5/test";

    express(5, 410, 20);
}


# At least so many have to pass, and of those that are of req and res no more may
# fail than given.

sub express {
    my ($version, $least, $most) = @_;
    my $name = "Express $version";
    my $json = told_of($version);
    my (%failed, %kind, %count);

    for my $test (@{ $json->{failures} }) {
        my ($file) = $test->{file} =~ m{([^/]+)$};

        $failed{"$file $test->{fullTitle}"} =
            encode('UTF-8', $test->{err}{message} // '');
        $kind{"$file $test->{fullTitle}"} = kind($test);
    }

    $count{ kind($_) }++ for @{ $json->{passes} };

    # Each line is of tests that fail, by their file and what their title has.

    for my $line (left_out($version)) {
        my ($mark, $file, $part) = @$line;
        my @known = grep { /^\Q$file\E .*\Q$part\E/ } keys %failed;

        ok(@known > 0 || $mark eq '~', "$name: left out, and fails: $file $part");
        $count{fail} += grep { $kind{$_} eq 'function' } @known if $mark ne '-';
        delete @failed{@known};
    }

    is(join('', map { "$_: $failed{$_}\n" } sort keys %failed), '',
       "$name: all others pass");

    diag("$name: of the tests of req and res $count{function} pass, and"
        . " $count{fail} of those that apply fail; of the examples' $count{example}"
        . ' pass');

    cmp_ok($count{function}, '>=', $least, "$name: tests of req and res that pass");
    cmp_ok($count{fail}, '<=', $most, "$name: tests that apply and fail");
    cmp_ok($count{example}, '>=', 104, "$name: tests of examples that pass");
}


sub kind {
    my ($test) = @_;

    return $test->{file} =~ m{/acceptance/} ? 'example' : 'function';
}


# What mocha tells.

sub told_of {
    my ($version) = @_;
    my $express = "$root/build/deps/express-$version";
    my $modules = "$root/build/express-npm-$version/node_modules";

    ok(-d "$express/test" && -d $modules, "util/setup has the tests of Express $version")
        or BAIL_OUT('no tests');

    my $server = TestServer->new("express-$version");
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

    local $ENV{SERVERS} = encode_json(\%ports);
    local $ENV{LOG} = "$prefix/logs/error.log";
    local $ENV{NODE_PATH} = $modules;
    local $ENV{NODE_ENV} = 'test';

    my @parsers = map { "test/express.$_.js" } qw(json raw text urlencoded);
    my $told = `cd $express && node $modules/mocha/bin/_mocha --exit --reporter json \\
                --timeout 10000 --require $root/t/express/request.js \\
                --require ./test/support/env.js test/req.*.js test/res.*.js \\
                @parsers test/acceptance/*.js`;

    is($server->stop, 0, 'nginx stops');

    return eval { decode_json($told =~ s/^[^{]*//r) }
           // { failures => [], passes => [] };
}


# The lines of left-out.txt that are of a version: mark, file, part of the title.

sub left_out {
    my ($version) = @_;
    my @lines;

    open my $list, '<', "$root/t/express/left-out.txt" or die "left-out.txt: $!\n";

    while (<$list>) {
        next if /^(?:#|$)/;

        my ($mark, $only, $file, $part) = /^([-~]?)(?:([45]):)?(\S+) (.*?)  \S/
            or die "left-out.txt: $_\n";

        push @lines, [$mark, $file, $part] if ($only // $version) == $version;
    }

    return @lines;
}


sub free_port {
    return IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1)->sockport;
}


sub shell {
    my ($command) = @_;

    system($command) == 0 or die "$command: $?\n";
}
