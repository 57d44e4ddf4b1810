# Connections to PostgreSQL: how many, that they come back, and what is told of
# them.

use strict;
use warnings;

use TestInvoke 'no_plan';
use TestServer;
use TestStack qw(database psql);
use Proxy;

use JSON::PP qw(decode_json);
use Time::HiRes qw(sleep time);

my $database = database('postgres');
my $role = "t_postgres_$$";
my $name = "t_$$";
my $hba;

my $server = TestServer->new('postgres');

$server->write('fn/index.js', 'module.exports = (req, res) => res.send("ok");');


# The database is away

my $gone = free_port();

$server->start(configuration("host=127.0.0.1 port=$gone password=sesame"));

ok(logged(qr/\[info\] .*no connection to PostgreSQL/, 3),
   'it is tried again and again');
is(count(qr/\[warn\].* invoke: no connection to PostgreSQL: .*Connection refused/),
   1, 'that it is away is told once');
is(count(qr/\[(error|crit|alert|emerg)\]/), 0, 'there is no error');
is(count(qr/sesame/), 0, 'nothing of the password is told');
is($server->request('GET', '/fn')->{body}, 'ok', 'a directory is served');
is(postgres()->{connected}, 0, 'there is no connection');
is($server->stop, 0, 'nginx ends');
is(alerts(), '', 'without an alert');


# Two workers

my $proxy = Proxy->new('127.0.0.1', $ENV{PGPORT});
my $conninfo = 'host=127.0.0.1 port=' . $proxy->port . " dbname=$database"
               . " user=$ENV{PGUSER} fallback_application_name=$name";

start($conninfo, 2);

my $metrics = when(sub { $_[0]{connections} == 4 });

is($metrics->{connected}, 2, 'both workers are connected');
is($metrics->{listening}, 2, 'and listen');
is($metrics->{connections}, 4, 'by two connections each');
is(sessions($name), 4, 'the server sees them');
is(count(qr/PostgreSQL/), 0, 'nothing is told of it');

psql($database, "NOTIFY execution_cache_invalidated,
     '{\"table\":\"functions\",\"action\":\"UPDATE\",\"function_id\":"
     . "\"00000000-0000-4000-8000-000000000003\"}'");

is(when(sub { $_[0]{notifications} == 2 })->{notifications}, 2,
   'each worker is notified');


# The server ends the sessions

terminate($name);

$metrics = when(sub { $_[0]{reconnects} == 4 && $_[0]{connections} == 4 });

is($metrics->{reconnects}, 4, 'connections are made again');
is($metrics->{listening}, 2, 'LISTEN is in force again');
is(count(qr/\[warn\].*connection to PostgreSQL is lost: terminating connection/),
   2, 'each worker tells once that they are lost, and why');
ok(logged(qr/\[notice\].*connected to PostgreSQL again/, 2),
   'and once that they are back');
is(count(qr/connected to PostgreSQL again/), 2, 'no more often');

psql($database, "NOTIFY execution_settings_invalidated, '{}'");

ok(when(sub { $_[0]{notifications} == 4 })->{notifications} == 4,
   'notifications come again');


# A server that is silent

$proxy->freeze;

$metrics = when(sub { $_[0]{connected} == 0 }, 60);

is($metrics->{connected}, 0, 'a silent server is found out');
is($metrics->{connections}, 0, 'with the connections that do not listen');
is($server->request('GET', '/fn')->{body}, 'ok', 'a directory is served');

$proxy->pass;

is(when(sub { $_[0]{connections} == 4 }, 60)->{connections}, 4,
   'once it answers there are connections again');


# A server that resets, refuses, or talks rubbish

$proxy->refuse;
is(when(sub { $_[0]{connected} == 0 })->{connected}, 0, 'it refuses');

$proxy->answer("HTTP/1.1 400 Bad Request\r\n\r\n");
sleep 1;
is(postgres()->{connected}, 0, 'it is no PostgreSQL');

$proxy->pass;
is(when(sub { $_[0]{connections} == 4 }, 60)->{connections}, 4, 'it is again');


# Reload

kill HUP => $server->{pid};

ok(logged(qr/worker process \d+ exited with code 0/, 2), 'old workers leave');
is(when(sub { $_[0]{connections} == 4 })->{connections}, 4,
   'the new ones are connected');
ok(soon(sub { sessions($name) == 4 }), 'nothing is left of the old ones');

is($server->stop, 0, 'nginx ends');
ok(soon(sub { sessions($name) == 0 }), 'and its sessions');
is(alerts(), '', 'without an alert');


# Several hosts: one refuses, one is silent, one is of the other kind

my $silent = Proxy->new('127.0.0.1', $ENV{PGPORT});
$silent->freeze;

start("host=127.0.0.1,127.0.0.1,127.0.0.1 port=$gone," . $silent->port
      . ",$ENV{PGPORT} dbname=$database user=$ENV{PGUSER}"
      . ' connect_timeout=1 target_session_attrs=prefer-standby');

is(when(sub { $_[0]{connections} == 2 }, 60)->{connections}, 2,
   'the primary is taken when there is no standby');
is(sessions('ngx_invoke'), 2, 'the name of the application is ngx_invoke');
is(count(qr/no connection/), 0, 'an attempt that leads somewhere is no failure');
$server->stop;

start("host=127.0.0.1 port=$ENV{PGPORT} dbname=$database user=$ENV{PGUSER}"
      . ' target_session_attrs=standby');

ok(logged(qr/\[warn\].*no connection to PostgreSQL: .*not in hot standby/, 1),
   'a primary is none for who wants a standby');
is(postgres()->{connected}, 0, 'and is not used');
$server->stop;


# A socket of the file system, a URI, a name

my $socket = Proxy->new('127.0.0.1', $ENV{PGPORT},
                        $server->prefix . '/.s.PGSQL.6543');

for my $by ('postgresql:///?host=' . $server->prefix . '&port=6543',
            "postgresql://localhost:$ENV{PGPORT}/")
{
    start("$by" . ($by =~ /\?/ ? '&' : '?')
          . "dbname=$database&user=$ENV{PGUSER}&application_name=$name");

    is(when(sub { $_[0]{connections} == 2 })->{connections}, 2, $by);
    is(sessions($name), 2, 'with the name that it was given');
    $server->stop;
}

start('host=name.invalid');

ok(logged(qr/\[warn\].*no\ connection\ to\ PostgreSQL:\ (host\ name
             \ "name\.invalid"\ could\ not\ be\ resolved
             |the\ look-up\ of\ the\ host\ has\ timed\ out)/x, 1, 30),
   'a name that leads nowhere');
is($server->request('GET', '/fn')->{body}, 'ok', 'costs nothing else');
$server->stop;


# A role with a password

my $password = "p'a ss\\$$";

psql($database, "CREATE ROLE $role LOGIN PASSWORD "
     . quoted($password) . ";");

allow("host $database $role 127.0.0.1/32 scram-sha-256");

my $as = "host=127.0.0.1 port=$ENV{PGPORT} dbname=$database user=$role";

$server->write('password', "$password\n");
start("$as password=file:@{[ $server->prefix ]}/password");

is(when(sub { $_[0]{connections} == 2 })->{connections}, 2,
   'a password from a file, by a role that has no privileges');
$server->stop;

$server->write('password', 'sesame');
start("$as password=file:@{[ $server->prefix ]}/password");

ok(logged(qr/\[warn\].*password authentication failed for user "$role"/, 1),
   'a wrong one');
is(count(qr/sesame/), 0, 'is not told');
$server->stop;

$server->write('pass', "*:*:*:$role:" . $password =~ s/([\\:])/\\$1/gr . "\n");
chmod 0600, $server->prefix . '/pass';
chown owner(), $server->prefix . '/pass';
start("$as passfile=@{[ $server->prefix ]}/pass");

is(when(sub { $_[0]{connections} == 2 })->{connections}, 2, 'a passfile');
$server->stop;


# As many sessions as it may have

psql($database, "ALTER ROLE $role CONNECTION LIMIT 1");
$server->write('password', "$password\n");
start("$as password=file:@{[ $server->prefix ]}/password");

ok(logged(qr/\[warn\].*too many connections for role/, 1), 'one too many');
is(when(sub { $_[0]{connected} == 1 })->{connected}, 1,
   'a worker gets along with one connection');

psql($database, "ALTER ROLE $role CONNECTION LIMIT -1");

is(when(sub { $_[0]{connections} == 2 }, 30)->{connections}, 2,
   'until there may be the other one');
ok(logged(qr/connected to PostgreSQL again/, 1), 'which is told');
is(count(qr/\[warn\](?!.*not in force)/),
   count(qr/connected to PostgreSQL again/),
   'as the failure was, once each');


# nginx ends while it connects to a server that is silent

is($server->stop, 0, 'nginx ends');
start('host=127.0.0.1 port=' . $silent->port . ' connect_timeout=60');
ok(soon(sub { attempts($silent->port) == 2 }), 'it connects');

is($server->stop, 0, 'nginx ends');
is(alerts(), '', 'without an alert');


sub configuration {
    my ($conninfo, $workers) = @_;

    $workers //= 1;

    return <<"END";
load_module modules/ngx_invoke_module.so;
pid nginx.pid;
error_log logs/error.log info;
worker_processes $workers;
events {}
http {
    client_body_temp_path temp/body;
    proxy_temp_path temp/proxy;
    fastcgi_temp_path temp/fastcgi;
    uwsgi_temp_path temp/uwsgi;
    scgi_temp_path temp/scgi;
    access_log off;
    invoke_isolates 1 max=2;
    invoke_postgres @{[ quoted($conninfo) ]};
    server {
        listen 127.0.0.1:@{[ $server->port ]};
        location /fn { invoke ./fn; }
        location /metrics { invoke_metrics json; }
    }
}
END
}


# a string as nginx takes it, and as SQL does for want of control characters

sub quoted {
    my ($text) = @_;

    return $_[0] =~ /^(host|postgresql:)/ ? "'$text'"
                                          : "E'" . $text =~ s/(['\\])/\\$1/gr
                                            . "'";
}


sub start {
    my ($conninfo, $workers) = @_;

    truncate $server->prefix . '/logs/error.log', 0;
    $server->start(configuration($conninfo, $workers));
}


sub postgres {
    my $body = $server->request('GET', '/metrics')->{body};

    return decode_json($body)->{stores}{postgres};
}


# The metrics once they are as they should be, or as they are at last.

sub when {
    my ($wanted, $seconds) = @_;

    my $metrics;

    soon(sub { $wanted->($metrics = postgres()) }, $seconds);

    return $metrics;
}


sub soon {
    my ($wanted, $seconds) = @_;

    my $end = time + ($seconds // 20);

    until ($wanted->()) {
        return 0 if time > $end;
        sleep 0.05;
    }

    return 1;
}


sub logged {
    my ($pattern, $times, $seconds) = @_;

    return soon(sub { count($pattern) >= $times }, $seconds);
}


sub count {
    my ($pattern) = @_;

    return scalar(() = $server->log =~ /^.*$pattern/mg);
}


sub alerts { join "\n", $server->log =~ /^.*\[(?:alert|emerg)\].*$/mg }


sub sessions {
    my ($name) = @_;

    my ($out) = psql('postgres', "SELECT count(*) FROM pg_stat_activity
        WHERE datname = '$database' AND application_name = '$name'");
    chomp $out;

    return $out;
}


# Connections to a port of this machine, by who has made them.

sub attempts {
    my ($port) = @_;

    return scalar(() = content('/proc/net/tcp')
                       =~ /^ *\d+: \S+ \w+:@{[ sprintf '%04X', $port ]} 01/mg);
}


sub terminate {
    my ($name) = @_;

    psql('postgres', "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                      WHERE application_name = '$name'");
}


# Puts a line at the head of what tells who may connect how.

sub allow {
    my ($line) = @_;

    my ($file) = psql('postgres', 'SHOW hba_file');
    chomp $file;

    $hba = [$file, content($file)];
    overwrite($file, "$line\n$hba->[1]");
    psql('postgres', 'SELECT pg_reload_conf()');
}


sub content {
    my ($path) = @_;

    open my $in, '<', $path or die "$path: $!\n";
    local $/;
    return <$in>;
}


sub overwrite {
    my ($path, $text) = @_;

    open my $out, '>', $path or die "$path: $!\n";
    print $out $text;
    close $out or die "$path: $!\n";
}


# Of the processes that workers are.

sub owner {
    return (stat $ENV{TEST_NGINX_ROOT})[4, 5];
}


sub free_port {
    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1)
        or die "listen: $!\n";

    return $socket->sockport;
}


END {
    local $?;

    $server->stop if $server && $server->{pid} && kill 0 => $server->{pid};

    if ($hba) {
        overwrite(@$hba);
        psql('postgres', 'SELECT pg_reload_conf()');
    }

    psql('postgres', "DROP DATABASE IF EXISTS $database WITH (FORCE)");
    psql('postgres', "DROP ROLE IF EXISTS $role");
}
