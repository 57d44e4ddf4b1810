# npm packages that talk to servers, in functions: each case of t/npm-network
# prints the same as under the machine's own Node.js.

use strict;
use warnings;

use File::Basename qw(dirname);
use IPC::Open2 qw(open2);
use JSON::PP;
use TestInvoke 'no_plan';
use TestServer;
use TestStack qw(database psql);

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

# an application that nginx serves, too

my $app = $server->prefix . '/app';

system('cp', '-r', "$root/t/npm-network/app", $app) == 0 or die;
system('cp', '-rl', $modules, "$app/node_modules") == 0 or die;

my $pid = open2(my $from, my $to, 'node', "$package/servers.js");
my $ports = decode_json(scalar <$from>);
my $database = database('npm');
my $role = "t_npm_$$";

my (undef, $error, $failed) = psql($database,
    "CREATE ROLE $role LOGIN PASSWORD 'secret of it'");
is($failed, 0, 'a role with a password') or diag($error);

my $servers = encode_json({
    %$ports,
    ca => content($ENV{TLS_CA}),
    tls => 0 + $ENV{TEST_NGINX_PORT_2},
    postgres => { host => '127.0.0.1', port => 0 + $ENV{PGPORT},
                  user => $ENV{PGUSER}, database => $database },
    login => { user => $role, password => 'secret of it' },
    mysql => { host => '127.0.0.1', port => 0 + $ENV{MYSQL_PORT},
               user => $ENV{MYSQL_USER}, password => $ENV{MYSQL_PASSWORD},
               database => 'npm' },
    redis => { host => '127.0.0.1', port => 0 + $ENV{REDIS_PORT} },
    redisTls => { host => '127.0.0.1', port => 0 + $ENV{REDIS_TLS_PORT} },
    s3 => { endpoint => $ENV{S3_URL}, bucket => $ENV{S3_BUCKET},
            key => $ENV{S3_ACCESS_KEY}, secret => $ENV{S3_SECRET_KEY} },
});

Server::write_file("$_/servers.json", $servers) for $package, $function;

# an nginx of its own, with TLS, in front of the server of HTTP

my $front = TestServer->new('npm-network-tls', $ENV{TEST_NGINX_PORT_2});
my $tls = dirname($ENV{TLS_CA});

$front->write('html/file', 'x' x 3_000_000);

$front->serve(<<"END");
    server {
        listen 127.0.0.1:@{[$front->port]} ssl;
        ssl_certificate $tls/server.crt;
        ssl_certificate_key $tls/server.key;

        location / {
            proxy_pass http://127.0.0.1:$ports->{http};
            proxy_http_version 1.1;
            proxy_set_header Upgrade \$http_upgrade;
            proxy_set_header Connection \$http_connection;
        }

        location /file { root html; }
        location /connection { return 200 \$connection; }
        location /tls { return 200 "\$ssl_protocol \$ssl_server_name"; }
    }
END

$server->start(<<"END");
load_module modules/ngx_invoke_module.so;
worker_processes 1;
error_log logs/error.log info;
pid nginx.pid;
events { worker_connections 256; }
http {
    access_log off;
    invoke_egress allow 127.0.0.1;
    invoke_egress_limits bytes=256m;
    invoke_ca_certificates $ENV{TLS_CA};
    invoke_timeout 20s;
    server {
        listen 127.0.0.1:@{[$server->port]};
        location /request { invoke ./function; }
        location /function { invoke ./function; invoke_isolation function; }
        location / { invoke ./app; }
    }
}
END

# Node's own fetch has no other way to it

local $ENV{NODE_EXTRA_CA_CERTS} = $ENV{TLS_CA};

for my $path (sort glob "$root/t/npm-network/cases/*.js") {
    my ($name) = $path =~ m{([^/]+)\.js$};

    my $expected = `node $package/index.js $name`;

    is($?, 0, "$name runs under Node.js");

    for my $isolation (qw(request function)) {
        my $body = $server->request('GET', "/$isolation?$name")->{body};

        is($body, $expected, "$name in a function, isolation $isolation");
    }
}

# supertest, with the application and with nginx that it is exported to

my $expected = `node $package/app/ask.js`;

is($?, 0, 'supertest of an application');
is(`node $package/app/ask.js http://127.0.0.1:@{[$server->port]}`, $expected,
   'supertest of nginx that serves it');

is($_->stop, 0, 'nginx stops') for $server, $front;
unlike($server->log, qr/\[(?:alert|crit)\]/, 'nothing is wrong');

close $to;
waitpid $pid, 0;
psql($database, "DROP ROLE $role");


sub content {
    my ($path) = @_;

    open my $file, '<', $path or die "$path: $!\n";
    local $/;

    return scalar <$file>;
}
