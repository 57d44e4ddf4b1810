# vim: set filetype=perl :

# The execution log where the database is away, slow, refuses or is locked: no
# request notices, and what can be written is, once.

use strict;
use warnings;

use lib 't/lib';

use IPC::Run qw(start finish);
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep time);

use TestFleet;

my $fleet = TestFleet->new(proxies => ['postgres'], without => ['redis']);
my $proxy = $fleet->proxy('postgres');
my $source = 'module.exports = (req, res) => res.send("ok");';

my @ids = $fleet->deploy_all(map { [$source] } 1 .. 4);
my $server = $fleet->server(workers => 2, ttl => '10m',
                            http => "invoke_execution_log on;\n",
                            server => <<'END');
location ~ ^/bodies/(?<fn>[^/]+)$ {
    invoke $fn;
    invoke_execution_log on bodies=on;
}
END

my %sent = map { $_ => 0 } @ids;


sub rows { $fleet->sql("SELECT count(*) FROM execution_logs
                        WHERE function_id = '$_[0]'") }

sub executions { $fleet->sql("SELECT execution_count FROM functions
                              WHERE id = '$_[0]'") }

sub metrics { $server->metrics->{executionLog} }


# n requests of a function

sub ask {
    my ($id, $n, $path) = @_;

    my @answers = $server->together(("/invoke/$id" . ($path // '')) x $n);

    $sent{$id} += $n;

    is scalar(grep { $_->{status} != 200 } @answers), 0, "$n requests";
}


# Load on all functions while something happens

sub load {
    my ($title, $happens) = @_;

    my $load = $fleet->load([map { "/invoke/$_" } @ids], connections => 16,
                            pause => 0.01);
    $happens->();

    my @answers = $load->stop;

    for (@answers) {
        $sent{ $1 }++ if $_->{path} =~ m{/invoke/(.*)};
    }

    cmp_ok scalar @answers, '>', 50, "$title: there is load";
    is scalar(grep { $_->{status} ne 200 } @answers), 0,
       "$title: no request fails";
}


sub written {
    my ($title, $within) = @_;

    soon {
        !grep { executions($_) != $sent{$_} || rows($_) != $sent{$_} } @ids
    } "$title: each request has a row and is counted", $within // 30;

    is join(' ', map { rows($_) . '/' . executions($_) } @ids),
       join(' ', map { "$sent{$_}/$sent{$_}" } @ids), "$title: once";
}


# Workers know all functions, and have written

sub warm {
    for my $id (@ids) {
        ask($id, 4);
    }
}

warm();
written('at first');


# The database is away

load('frozen', sub { $proxy->freeze; sleep 8; $proxy->pass });
written('frozen');

load('refusing', sub { $proxy->refuse; sleep 3; $proxy->pass });
written('refusing');

load('slow', sub { $proxy->slow(2000, 0.2); sleep 4; $proxy->pass });
written('slow');

# the answer is lost, after what was asked for was done

load('cut', sub {
    for (1 .. 12) {
        $proxy->cut(20 * $_);
        sleep 0.5;
        $proxy->pass;
        sleep 0.4;
    }
});
written('cut');


# What waits is bounded: these rows are of 128 KB each

$proxy->freeze;

for (1 .. 10) {
    my @answers = $server->together(map {
        +{ path => "/bodies/$ids[0]", method => 'POST', body => '"' x 65536,
           headers => ['Content-Type' => 'text/plain'] }
    } 1 .. 50);

    is scalar(grep { $_->{status} != 200 } @answers), 0, 'requests go on';
}

$proxy->pass;
$sent{$ids[0]} += 500;
soon { executions($ids[0]) == $sent{$ids[0]} } 'all of them are counted', 30;
soon { metrics()->{pending} == 0 } 'none waits';

my $dropped = metrics()->{dropped};

cmp_ok $dropped, '>', 200, 'some had no room';
cmp_ok $dropped, '<', 400, 'others had';
is rows($ids[0]), $sent{$ids[0]} - $dropped, 'and have been written';

$sent{$ids[0]} = 0;
$fleet->sql("DELETE FROM execution_logs WHERE function_id = '$ids[0]';
             UPDATE functions SET execution_count = 0
             WHERE id = '$ids[0]'");


# A transaction of others holds a function

my ($in, $out) = ("BEGIN; UPDATE functions SET name = 'held'
                   WHERE id = '$ids[0]'; SELECT 'held';\n", '');
my $psql = start([qw(psql --no-psqlrc -qAt --dbname), $fleet->{database}],
                 \$in, \$out);

$psql->pump until $out =~ /held/;

ask($ids[0], 20);
ask($ids[1], 20);
soon { executions($ids[1]) == $sent{$ids[1]} }
     'other functions go on while one is held', 20;
is rows($ids[1]), $sent{$ids[1]}, 'with their rows';
cmp_ok executions($ids[0]), '<', $sent{$ids[0]}, 'it waits';

$in .= "COMMIT;\n\\q\n";
finish($psql);
written('held');


# What the database refuses

$fleet->sql("ALTER TABLE execution_logs ADD CHECK (request_url NOT LIKE
             '%refuse%')");

my $before = metrics();

for (1 .. 10) {
    ask($ids[2], 10);
    ask($ids[2], 1, '/refuse');
}

soon { executions($ids[2]) == $sent{$ids[2]} } 'all are counted';
soon { rows($ids[2]) == $sent{$ids[2]} - 10 } 'no row is lost but theirs';

my $after = metrics();

is $after->{failed} - $before->{failed}, 10, 'which are counted';
is $after->{rows} - $before->{rows}, 100, 'as are the others';
is $after->{dropped}, $dropped, 'none was dropped';
cmp_ok scalar($server->log_lines(qr/refuses a row of the execution log/)),
       '<=', 2, 'it is said once a worker';

$fleet->sql(<<'SQL');
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.request_url LIKE '%raise%' THEN
        RAISE EXCEPTION 'no';
    END IF;

    RETURN NEW;
END
$$;
CREATE TRIGGER refuse BEFORE INSERT ON execution_logs
    FOR EACH ROW EXECUTE FUNCTION refuse();
SQL

ask($ids[2], 10);
ask($ids[2], 1, '/raise');
soon { executions($ids[2]) == $sent{$ids[2]} } 'a trigger refuses one';
soon { rows($ids[2]) == $sent{$ids[2]} - 11 } 'which alone is lost';
$after = metrics();

$sent{$ids[2]} = 0;
$fleet->sql("DELETE FROM execution_logs WHERE function_id = '$ids[2]';
             UPDATE functions SET execution_count = 0
             WHERE id = '$ids[2]'");


# A function is deleted while its rows wait

$proxy->freeze;
my $gone = pop @ids;
ask($gone, 10);
ask($ids[0], 10);
$fleet->sql("DELETE FROM functions WHERE id = '$gone'");
$proxy->pass;
written('deleted');
is metrics()->{failed} - $after->{failed}, 10, 'its rows are counted';


# The end of a worker

ask($ids[0], 10);
$server->reload;
written('reload', 5);

ask($ids[0], 10);
kill 'TERM', $server->workers;
written('TERM', 5);


# The schema is another one

$before = metrics();
$fleet->sql('ALTER TABLE execution_logs RENAME TO other_logs');

for (1 .. 10) {
    ask($ids[0], 10);
    sleep 0.2;
}

soon { executions($ids[0]) == $sent{$ids[0]} } 'without a log, all are counted';
soon { metrics()->{dropped} - $before->{dropped} == 100 } 'rows are not';
cmp_ok scalar($server->log_lines(qr/lets nothing be written to "execution_logs"/
                                )), '<=', 2, 'which is said once a worker';

$fleet->finish;
done_testing;
