# invoke_redis: what becomes of a Redis that is away, frozen, cut off, one that
# refuses or talks nonsense; it costs nothing but itself.

use strict;
use warnings;

use TestInvoke 'no_plan';
use TestServer;
use TestStack qw(root);

use Proxy;

use JSON::PP qw(decode_json);
use Time::HiRes qw(time sleep);

my $digest = 'ab' x 32;

my @started;
my $redis = own_redis('--port', $ENV{TEST_NGINX_PORT_2});
my $proxy = Proxy->new('127.0.0.1', $ENV{TEST_NGINX_PORT_2});

my $server = TestServer->new('redis');

$server->write('fn/index.js',
               "module.exports = (req, res) => res.send('hello');\n");
$server->write('password', "opensesame\n");

$server->start(configuration('127.0.0.1:' . $proxy->port
                             . ' user=invoke password=file:password db=3'));

ok(logged(qr/redis "\S+" is away/), 'it is told that its user is unknown');

redis_cli($redis, qw(ACL SETUSER invoke on >opensesame ~t:* &t:* +@all));

ok(state(sub { $_->{connected} == 1 }),
   'it connects, though the user was not there at first');
logged_once(qr/\[warn\].* redis "127\.0\.0\.1:\d+" is away: "WRONGPASS .*"/,
            'and has told why not');
ok(logged(qr/\[notice\].* redis "127\.0\.0\.1:\d+" is back/), 'and of the end');
unlike($server->log, qr/opensesame/, 'the password is in no log');

# messages

ok(subscribed(), 'a worker subscribes');
redis_cli($redis, 'PUBLISH', 't:removed', $_)
    for 'x', '', '../../etc', 'x' x 1000, uc $digest, $digest;
ok(logged(qr/\[info\].* package "$digest" is to go/), 'a digest is heard');
logged_once(qr/\[warn\].* a message on "t:removed" is no digest/,
            'what is none is told of once');

# ways to be away

for my $way (
    ['closes its port', sub { $proxy->refuse }],
    ['is frozen', sub { $proxy->freeze }],
    ['is cut in a reply', sub { $proxy->cut(1) }],
    ['talks HTTP', sub { nonsense("HTTP/1.1 400 Bad Request\r\n\r\n") }],
    ['answers an integer', sub { nonsense(":1\r\n" x 10) }],
    ['answers nested arrays', sub { nonsense("*1\r\n" x 100) }],
    ['answers a large array', sub { nonsense("*2147483647\r\n") }],
    ['answers a long string', sub { nonsense("\$536870912\r\n"
                                             . 'x' x 1000000) }],
    ['answers more than it is asked', sub { nonsense("+OK\r\n" x 100) }],
    ['sends messages unasked', sub {
        nonsense("*3\r\n\$7\r\nmessage\r\n\$1\r\nx\r\n:5\r\n") }],
    ['sends nothing', sub { nonsense('') }],
) {
    my ($name, $begin) = @$way;

    # what was told of before is of no interest
    my $start = length $server->log;

    $begin->();

    # what befalls a connection that is idle is found out by a PING alone
    $proxy->reset;

    ok(state(sub { $_->{connected} == 0 }), "it $name");
    is($server->request('GET', '/hello')->{body}, 'hello',
       'functions are served');

    sleep 1;

    my @lines = (substr $server->log, $start) =~ /^.*redis "\S+" is away.*$/mg;
    is(scalar @lines, 1, 'it is told of once') or diag(@lines);

    $proxy->pass;
    $proxy->reset;

    ok(state(sub { $_->{connected} == 1 }), 'and it comes back');
    ok(subscribed(), 'with its subscription');
}

my $metrics = metrics();

cmp_ok($metrics->{reconnects}, '>=', 11, 'reconnects are counted');
cmp_ok($metrics->{errors}, '>=', 11, 'and errors');
like($server->request('GET', '/prometheus')->{body},
     qr/^invoke_redis_connected[ ]1\n
        .*^invoke_redis_commands_total[ ]\d+\n
        .*^invoke_redis_errors_total[ ]\d+\n
        .*^invoke_redis_reconnects_total[ ]\d+\n/msx, 'in Prometheus, too');

# no round trip

redis_cli($redis, qw(CONFIG RESETSTAT));

for (1 .. 200) {
    is($server->request('GET', '/hello')->{body}, 'hello') or last;
}

my ($commands) = redis_cli($redis, qw(INFO stats))
                 =~ /total_commands_processed:(\d+)/;
cmp_ok($commands, '<', 50, 'requests ask nothing of Redis');

is($server->stop, 0, 'nginx ends');
unlike($server->log, qr/\[(alert|emerg)\]|open socket/, 'with nothing to say');


# TLS

my $prefix = $server->prefix;

for my $name (qw(localhost other)) {
    system("openssl req -x509 -newkey rsa:2048 -nodes -batch -days 2"
           . " -subj '/CN=$name' -addext 'subjectAltName=DNS:$name'"
           . " -keyout '$prefix/$name.key' -out '$prefix/$name.crt'"
           . " 2> '$prefix/openssl.log'") == 0
        or die "openssl failed\n";
}

system("cat '$prefix'/*.crt > '$prefix/roots.pem'") == 0 or die "cat failed\n";

my $port = $ENV{TEST_NGINX_PORT_3};

secure('other');

$ENV{SSL_CERT_FILE} = "$prefix/roots.pem";
$server->start(configuration("localhost:$port tls=on"));

ok(logged(qr/redis "localhost:$port" is away: "hostname mismatch"/i),
   'a certificate of another name is refused');
is(metrics()->{connected}, 0, 'and who has it not talked to');

secure('localhost');

ok(state(sub { $_->{connected} == 1 }), 'it connects by TLS');
is($server->request('GET', '/hello')->{body}, 'hello', 'a function is served');

is($server->stop, 0, 'nginx ends');
unlike($server->log, qr/\[(alert|emerg)\]|open socket/, 'with nothing to say');

# a name with two addresses, at one of which nobody listens

SKIP: {
    skip 'there is no right to mount', 6
        if system('unshare --mount true 2> /dev/null') != 0;

    $server->write('hosts', "127.0.0.1 two\n::1 two\n");
    $server->write('nginx', <<"END");
#!/bin/sh
exec unshare --mount sh -c 'mount --bind "\$0" /etc/hosts && exec "\$@"' \\
     $prefix/hosts $ENV{TEST_NGINX_BINARY} "\$@"
END
    chmod 0755, "$prefix/nginx";

    local $ENV{TEST_NGINX_BINARY} = "$prefix/nginx";
    my $from = '127.0.0.1';

    for my $address ('127.0.0.1', '::1') {
        my $start = length $server->log;

        redis_cli($redis, '-h', $from, qw(CONFIG SET bind), $address);
        $from = $address;

        $server->start(configuration("two:$ENV{TEST_NGINX_PORT_2}"));

        ok(state(sub { $_->{connected} == 1 }), "it connects to $address");
        is($server->stop, 0, 'nginx ends');
        unlike(substr($server->log, $start), qr/is away/,
               'the other address is no failure');
    }
}

run_tests();


sub configuration {
    my ($args) = @_;

    return <<"END";
load_module modules/ngx_invoke_module.so;
worker_processes 1;
error_log logs/error.log info;
pid nginx.pid;
events { worker_connections 256; }
http {
    access_log off;
    client_body_temp_path temp/body;
    proxy_temp_path temp/proxy;
    fastcgi_temp_path temp/fastcgi;
    uwsgi_temp_path temp/uwsgi;
    scgi_temp_path temp/scgi;

    invoke_isolates 1;
    invoke_redis $args prefix=t:;

    server {
        listen 127.0.0.1:@{[$server->port]};
        location /hello { invoke ./fn; }
        location /metrics { invoke_metrics json; }
        location /prometheus { invoke_metrics prometheus; }
    }
}
END
}


sub nonsense {
    my ($bytes) = @_;

    $proxy->answer($bytes);
}


# A Redis of this test's own, which ends with it. Its host is "localhost" once,
# which may have the address ::1 first.

sub own_redis {
    my (@args) = @_;

    my $bin = root() . '/build/deps/stack/usr/bin';

    defined(my $pid = fork) or die "fork: $!\n";

    if ($pid == 0) {
        open STDOUT, '>', '/dev/null';
        exec "$bin/redis-server", '--bind', '127.0.0.1', '-::1',
             '--save', '', '--appendonly', 'no', '--dir', '/tmp', @args
            or die "redis-server: $!\n";
    }

    push @started, $pid;

    my $self = { pid => $pid, bin => $bin, port => $ENV{TEST_NGINX_PORT_2} };

    for (1 .. 200) {
        return $self if redis_cli($self, 'PING') =~ /PONG/;
        sleep 0.05;
    }

    die "Redis does not answer\n";
}


# Starts it anew with a certificate; commands of this test go without TLS.

sub secure {
    my ($name) = @_;

    kill KILL => $redis->{pid};
    waitpid $redis->{pid}, 0;

    $redis = own_redis('--port', $ENV{TEST_NGINX_PORT_2}, '--tls-port', $port,
                       '--tls-cert-file', "$prefix/$name.crt",
                       '--tls-key-file', "$prefix/$name.key",
                       '--tls-auth-clients', 'no',
                       '--tls-ca-cert-file', "$prefix/$name.crt");
}


sub redis_cli {
    my ($self, @args) = @_;

    open my $pipe, '-|', 'sh', '-c', 'exec "$0" "$@" 2>&1',
         "$self->{bin}/redis-cli", '-p', $self->{port}, @args
        or die "redis-cli: $!\n";
    local $/;

    return scalar <$pipe> // '';
}


sub metrics {
    return decode_json($server->request('GET', '/metrics')->{body})
           ->{stores}{redis};
}


sub wait_for {
    my ($code) = @_;

    for (1 .. 300) {
        return 1 if $code->();
        sleep 0.1;
    }

    return 0;
}


sub state {
    my ($code) = @_;

    return wait_for(sub { local $_ = metrics(); $code->() });
}


sub subscribed {
    return wait_for(sub { redis_cli($redis, qw(PUBSUB NUMSUB t:removed))
                          =~ /\b1\s*\z/ });
}


sub logged {
    my ($re) = @_;

    return wait_for(sub { $server->log =~ $re });
}


sub logged_once {
    my ($re, $name) = @_;

    logged($re);

    my @found = $server->log =~ /$re/g;

    is(scalar @found, 1, $name);
}


END {
    local $?;

    for my $pid (@started) {
        kill KILL => $pid;
        waitpid $pid, 0;
    }
}

__DATA__

=== TEST 1: what is right
--- http_config
invoke_redis [::1]:6380 db=0 prefix= tls=off;
--- function
module.exports = (req, res) => res.send('hello');
--- request
GET /t
--- response_body chomp
hello


=== TEST 2: twice
--- http_config
invoke_redis 127.0.0.1;
invoke_redis 127.0.0.1;
--- must_die
--- error_log
"invoke_redis" directive is duplicate


=== TEST 3: a bad port
--- http_config
invoke_redis 127.0.0.1:70000;
--- must_die
--- error_log
invalid port in "127.0.0.1:70000"


=== TEST 4: no host
--- http_config
invoke_redis :6379;
--- must_die
--- error_log
no host in ":6379"


=== TEST 5: a host that is none
--- http_config
invoke_redis no-such-host.invalid;
--- must_die
--- error_log
host not found in "no-such-host.invalid"


=== TEST 6: a bad database
--- http_config
invoke_redis 127.0.0.1 db=x;
--- must_die
--- error_log
invalid db "x"


=== TEST 7: an empty parameter
--- http_config
invoke_redis 127.0.0.1 db=;
--- must_die
--- error_log
empty "db"


=== TEST 8: a parameter twice
--- http_config
invoke_redis 127.0.0.1 db=1 db=2;
--- must_die
--- error_log
duplicate parameter "db"


=== TEST 9: a user without a password
--- http_config
invoke_redis 127.0.0.1 user=me;
--- must_die
--- error_log
"invoke_redis" directive has "user=" without "password="


=== TEST 10: a value of tls that is none
--- http_config
invoke_redis 127.0.0.1 tls=maybe;
--- must_die
--- error_log
invalid tls "maybe"


=== TEST 11: a file that is not there
--- http_config
invoke_redis 127.0.0.1 password=file:none;
--- must_die
--- error_log
none" failed


=== TEST 12: an unknown parameter, whose value may be a secret
--- http_config
invoke_redis 127.0.0.1 passwd=opensesame;
--- must_die
--- error_log
invalid parameter "passwd"
--- no_error_log
opensesame
