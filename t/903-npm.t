# npm packages in functions: each case of t/npm prints the same as under the
# machine's own Node.js, and each application of t/npm/apps answers the same.

use strict;
use warnings;

use IO::Uncompress::Gunzip;
use POSIX ();
use TestInvoke 'no_plan';
use TestServer;

my $root = $ENV{TEST_NGINX_ROOT};
my $modules = "$root/build/npm-tests/node_modules";

ok(-d $modules, 'util/setup has installed the packages of t/npm');

my $server = TestServer->new('npm');
my $package = $server->prefix . '/npm';

system('cp', '-r', "$root/t/npm", $package) == 0 or die;
system('cp', '-r', $modules, $package) == 0 or die;

$server->start(<<"END");
load_module modules/ngx_invoke_module.so;
worker_processes 1;
error_log logs/error.log info;
pid nginx.pid;
events { worker_connections 64; }
http {
    access_log off;
    server {
        listen 127.0.0.1:@{[$server->port]};
        location / { invoke ./npm; }
    }
}
END

for my $path (sort glob "$root/t/npm/cases/*.{js,mjs}") {
    my ($name) = $path =~ m{([^/]+)\.m?js$};

    my $expected = `node $package/index.js $name`;
    is($?, 0, "$name runs under Node.js");

    # the second run is in a context that the first one has chosen
    is($server->request('GET', "/?$name")->{body}, $expected,
       "$name in a function, run $_") for 1, 2;
}

is($server->stop, 0, 'nginx stops');


# The lines of t/npm/requests.txt for each application: Node's answers, then
# nginx's, in whose package index.js is that application.

my %requests;

open my $list, '<', "$root/t/npm/requests.txt" or die "requests.txt: $!\n";

while (<$list>) {
    next if /^(?:#|$)/;
    chomp;

    my ($request, $headers, $body) = split /  /;
    my ($app, $method, $path) = split / /, $request;

    $body =~ s/\\([rn])/$1 eq 'r' ? "\r" : "\n"/ge if defined $body;

    push @{ $requests{$app} },
         [$method, $path, [map { split /: /, $_, 2 } split /\|/, $headers // ''],
          $body];
}

# what an answer is, less what differs from one to the next
my @left_out = qw(connection date keep-alive server transfer-encoding
                  x-trace-id);

sub answer_of {
    my ($server, $request) = @_;

    my $answer = TestServer::request($server, @$request);
    my $headers = $answer->{headers};

    delete @$headers{@left_out};

    if (($headers->{'content-encoding'} // '') eq 'gzip') {
        my $body = $answer->{body};

        IO::Uncompress::Gunzip::gunzip(\$body => \$answer->{body});
    }

    return $answer;
}

sub with_node {
    my ($name, $requests) = @_;

    my $port = $ENV{TEST_NGINX_PORT_2};
    my $pid = fork // die "fork: $!\n";

    if ($pid == 0) {
        chdir $package;
        exec 'node', 'serve.js', $name, $port or die "node: $!\n";
    }

    until (IO::Socket::INET->new("127.0.0.1:$port")) {
        waitpid($pid, POSIX::WNOHANG()) == 0
            or die "node has not served $name\n";
        select undef, undef, undef, 0.05;
    }

    my @answers = map { answer_of({ port => $port }, $_) } @$requests;

    kill TERM => $pid;
    waitpid $pid, 0;

    return @answers;
}

for (['express4', 'express'], ['express5', 'express'], ['koa', 'koa'],
     ['server', 'server'], ['hono', 'hono'], ['fastify', 'fastify'],
     ['yoga', 'yoga'])
{
    my ($name, $kind) = @$_;
    my @requests = @{ $requests{$kind} };
    my @expected = with_node($name, \@requests);

    open my $index, '>', "$package/index.js" or die "index.js: $!\n";
    print $index "module.exports = require('./apps/$name.js');\n";
    close $index or die "index.js: $!\n";

    my $server = TestServer->new("npm-$name");

    $server->serve("server { listen 127.0.0.1:@{[$server->port]};"
                   . " location / { invoke $package; } }");

    for my $request (@requests) {
        my $expected = shift @expected;
        my $answer = answer_of($server, $request);

        # of parts that Node knows at once, or nginx does
        for ($answer->{headers}, $expected->{headers}) {
            delete $_->{'content-length'}
                if !exists $answer->{headers}{'content-length'}
                   || !exists $expected->{headers}{'content-length'};
        }

        is_deeply($answer, $expected, "$name: @$request[0, 1]");
    }

    is($server->stop, 0, "nginx stops after $name");
}
