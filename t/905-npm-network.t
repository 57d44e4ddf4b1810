# npm packages that talk to servers, in functions: each case of t/npm-network
# prints the same as under the machine's own Node.js.

use strict;
use warnings;

use IPC::Open2 qw(open2);
use JSON::PP;
use TestInvoke 'no_plan';
use TestServer;
use TestStack qw(database);

my $root = $ENV{TEST_NGINX_ROOT};
my $modules = "$root/build/npm-network/node_modules";

ok(-d $modules, 'util/setup has installed the packages of t/npm-network');

my $server = TestServer->new('npm-network');
my $package = $server->prefix . '/package';

system('cp', '-r', "$root/t/npm-network", $package) == 0 or die;
symlink $modules, "$package/node_modules" or die;

# The package itself holds its modules, for a function sees nothing else.

my $function = $server->prefix . '/function';

system('cp', '-r', "$root/t/npm-network", $function) == 0 or die;
system('cp', '-rl', $modules, "$function/node_modules") == 0 or die;

my $pid = open2(my $from, my $to, 'node', "$package/servers.js");
my $ports = decode_json(scalar <$from>);
my $database = database('npm');

my $servers = encode_json({
    %$ports,
    postgres => { host => '127.0.0.1', port => 0 + $ENV{PGPORT},
                  user => $ENV{PGUSER}, database => $database },
    redis => { host => '127.0.0.1', port => 0 + $ENV{REDIS_PORT} },
    s3 => { endpoint => $ENV{S3_URL}, bucket => $ENV{S3_BUCKET},
            key => $ENV{S3_ACCESS_KEY}, secret => $ENV{S3_SECRET_KEY} },
});

Server::write_file("$_/servers.json", $servers) for $package, $function;

$server->start(<<"END");
load_module modules/ngx_invoke_module.so;
worker_processes 1;
error_log logs/error.log info;
pid nginx.pid;
events { worker_connections 256; }
http {
    access_log off;
    invoke_egress allow 127.0.0.1;
    invoke_timeout 20s;
    server {
        listen 127.0.0.1:@{[$server->port]};
        location /request { invoke ./function; }
        location /function { invoke ./function; invoke_isolation function; }
    }
}
END

for my $path (sort glob "$root/t/npm-network/cases/*.js") {
    my ($name) = $path =~ m{([^/]+)\.js$};

    my $expected = `node $package/index.js $name`;

    is($?, 0, "$name runs under Node.js");

    for my $isolation (qw(request function)) {
        is($server->request('GET', "/$isolation?$name")->{body}, $expected,
           "$name in a function, isolation $isolation");
    }
}

is($server->stop, 0, 'nginx stops');

close $to;
waitpid $pid, 0;
