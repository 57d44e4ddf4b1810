# npm packages in functions: each case of t/npm prints the same as under the
# machine's own Node.js.

use strict;
use warnings;

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

for my $path (sort glob "$root/t/npm/cases/*.js") {
    my ($name) = $path =~ m{([^/]+)\.js$};

    my $expected = `node $package/index.js $name`;
    is($?, 0, "$name runs under Node.js");

    # the second run is in a context that the first one has chosen
    is($server->request('GET', "/?$name")->{body}, $expected,
       "$name in a function, run $_") for 1, 2;
}

is($server->stop, 0, 'nginx stops');
