# The module in a stock nginx, and what the master keeps away from.

use TestInvoke 'no_plan';

my $module = $ENV{TEST_NGINX_LOAD_MODULES};
my $dir = "$ENV{TEST_NGINX_SERVROOT}.check";

# "nginx -t" parses and starts nothing: V8's threads would not survive the
# fork of a daemon.

File::Path::make_path("$dir/logs", "$dir/html/fn");

write_to("$dir/html/fn/index.js",
         "module.exports = (req, res) => res.send('ok');\n");

write_to("$dir/nginx.conf", <<"END");
load_module $module;
pid $dir/logs/nginx.pid;
error_log stderr info;
events {}
http {
    access_log off;
    client_body_temp_path temp;
    invoke_package_cache temp/invoke;
    server {
        listen 127.0.0.1:$ENV{TEST_NGINX_PORT_1};
        location /t { invoke ./html/fn; }
    }
}
END

my $nginx = "$ENV{TEST_NGINX_BINARY} -p $dir/ -c $dir/nginx.conf";

my $output = `$nginx -t 2>&1`;

is($?, 0, 'nginx -t succeeds');
like($output, qr/test is successful/, 'nginx -t says so');
unlike($output, qr/\[(warn|error|crit|alert|emerg)\]/, 'it has no complaints');
unlike($output, qr/pool warm-up/, 'it starts no pool');

# nginx closes its modules before it exits, when V8's threads may still run.

like(`readelf -d $module 2>&1`, qr/NODELETE/, 'the module is never unloaded');

File::Path::remove_tree($dir);

run_tests();


sub write_to {
    my ($path, $text) = @_;

    open my $file, '>', $path or die "$path: $!\n";
    print $file $text;
    close $file or die "$path: $!\n";
}

__DATA__

=== TEST 1: leaves other locations alone
--- config
location /other {
    return 200 "other\n";
}

location /t {
    invoke ./html/fn;
}
--- function
module.exports = (req, res) => res.send('ok');
--- request
GET /other
--- response_body
other


=== TEST 2: serves a function
--- function
module.exports = (req, res) => res.send('ok');
--- request
GET /t
--- response_body: ok


=== TEST 3: serves a function in worker processes
--- master_on
--- function
module.exports = (req, res) => res.send('ok');
--- request
GET /t
--- response_body: ok


=== TEST 4: stops without a complaint
--- master_on
--- function
module.exports = (req, res) => res.send('ok');
--- request
GET /t
--- response_body: ok
--- no_shutdown_error_log eval
qr/\[(error|crit|alert|emerg)\]/
