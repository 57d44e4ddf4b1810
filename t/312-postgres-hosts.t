# Several PostgreSQL servers, of which the first is a hot standby: a worker is
# at the one that can be written to, before and after it has been another one.
# And one server by IPv6.

use strict;
use warnings;

use lib 't/lib';

use IO::Socket::IP;
use POSIX ();
use Test::More;

use TestFleet;
use TestStack ();

my $root = TestStack::root();
my $fleet = TestFleet->new(without => ['redis'], proxies => ['postgres']);
my $proxy = $fleet->proxy('postgres');
my $data = "$fleet->{dir}.standby";
my $port = TestFleet::free_port();
my $conninfo = "dbname=$fleet->{database} user=$fleet->{role}"
               . " password=file:" . $fleet->secret('password')
               . ' sslmode=disable';
my $id = $fleet->deploy(says('first'));
my $standby = standby();

my $server = $fleet->server(
    http => "invoke_execution_log on;\n",
    postgres => "invoke_postgres 'host=127.0.0.1,127.0.0.1 port=$port,"
                . $proxy->port . " target_session_attrs=read-write $conninfo"
                . "';\n");

is(ask('SELECT pg_is_in_recovery()'), 't', 'the first is a standby');
is($server->get("/invoke/$id/")->{body}, 'first', 'a function is served');
soon { $fleet->sql('SELECT count(*) FROM execution_logs') == 1 }
     'its row is written';
soon { sessions($ENV{PGPORT}) == 2 } 'the worker is at the server that is none';
soon { sessions($port) == 0 } 'and has left the standby';
is(scalar($server->log_lines(qr{\[warn\](?!.* is not in force:)})), 0, 'it is no failure');
soon { ask('SELECT count(*) FROM execution_logs') == 1 }
     'the row comes to the standby, too';

# the standby takes the place of the other one

$proxy->refuse;
$proxy->reset;

soon { $server->metrics->{stores}{postgres}{connected} == 0 }
     'the other one is away';
is($server->get("/invoke/$id/")->{body}, 'first', 'the function is served');

ask('SELECT pg_promote()');

soon { $server->metrics->{stores}{postgres}{connected} == 1 }
     'the worker finds the one that was the standby', 30;
is($server->get("/invoke/$id/")->{body}, 'first', 'the function is served');
soon { ask('SELECT count(*) FROM execution_logs') == 3 }
     'the rows are written there, those of the meantime, too';

{
    local $ENV{PGPORT} = $port;
    $fleet->deploy(says('second'), id => $id);
}

soon { $server->get("/invoke/$id/")->{body} eq 'second' }
     'and its notifications are heard';

is($server->quit, 0, 'the server ends');


# IPv6

SKIP: {
    skip 'there is no ::1', 1
        unless IO::Socket::IP->new(PeerHost => '::1', PeerPort => $ENV{PGPORT});

    my $uri = "postgresql://$fleet->{role}\@[::1]:$ENV{PGPORT}/"
              . "$fleet->{database}?sslmode=disable&password=file:"
              . $fleet->secret('password');

    for ("host=::1 port=$ENV{PGPORT} $conninfo",
         "hostaddr=::1 port=$ENV{PGPORT} $conninfo",
         "host=::1,127.0.0.1 port=1,$ENV{PGPORT} $conninfo", $uri)
    {
        my $by = $fleet->server(postgres => "invoke_postgres '$_';\n");

        is($by->get("/invoke/$id/")->{body}, 'first', s/ dbname=.*|\?.*//sr);
        is($fleet->sql("SELECT DISTINCT client_addr FROM pg_stat_activity
                        WHERE application_name = 'ngx_invoke'
                        AND usename = '$fleet->{role}'"),
           /port=1,/ ? '127.0.0.1' : '::1', 'at that address');
        is($by->quit, 0, 'the server ends');
    }
}

$fleet->finish;
done_testing();


sub says {
    my ($text) = @_;

    return "module.exports = (req, res) => res.send('$text');";
}


# A standby of the stack's server, as the user that PostgreSQL takes.

sub standby {
    my ($bin) = glob "$root/build/deps/stack/usr/lib/postgresql/*/bin";
    my $made = system('bash', '-c', <<'END', $root, $data);
. "$0/util/lib/common.sh"
mkdir -m 700 "$1"
[ "$(id -u)" != 0 ] || chown "$(postgres_user)" "$1"
as_user pg_basebackup -D "$1" --checkpoint=fast --no-sync --write-recovery-conf
END

    die "pg_basebackup failed\n" if $made;

    my $pid = fork // die "fork: $!\n";

    if ($pid == 0) {
        open STDOUT, '>', "$data.log";
        open STDERR, '>&', \*STDOUT;
        exec 'bash', '-c', '. "$0/util/lib/common.sh"; as_user "$@"', $root,
             "$bin/postgres", '-D', $data, '-p', $port,
             qw(-c listen_addresses=127.0.0.1 -c unix_socket_directories=
                -c fsync=off -c max_connections=300)
            or POSIX::_exit(127);
    }

    soon { eval { ask('SELECT 1') } } 'it takes connections';

    return $pid;
}


# Asks the server that is the standby at first.

sub ask {
    my ($sql) = @_;

    local $ENV{PGPORT} = $port;

    return $fleet->sql($sql);
}


sub sessions {
    local $ENV{PGPORT} = shift;

    return $fleet->sql("SELECT count(*) FROM pg_stat_activity
                        WHERE application_name = 'ngx_invoke'
                        AND usename = '$fleet->{role}'");
}


END {
    local $?;

    if ($standby) {
        kill 'INT', Server::read_file("$data/postmaster.pid") =~ /\A(\d+)/;
        waitpid $standby, 0;
        File::Path::remove_tree($data, "$data.log")
            if Test::More->builder->is_passing;
    }
}
