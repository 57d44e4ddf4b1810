# A function that is known and warm asks no store: neither the database nor
# Redis nor the object store hear of its requests, but for what is counted.

use strict;
use warnings;

use Test::More;
use Time::HiRes qw(sleep);

use TestFleet;
use TestStack qw(root);

my $requests = 5000;

my $fleet = TestFleet->new(proxies => ['s3', 'redis']);

$fleet->sql('CREATE EXTENSION pg_stat_statements');

my $id = $fleet->deploy('module.exports = (req, res) => res.send("warm");',
                        key => 'k', env => { A => 1 });
my $path = "/invoke/$id/?api_key=k";

my $quiet = $fleet->server(workers => 2, ttl => '10m');
my $logging = $fleet->server(workers => 2, ttl => '10m',
                             http => "invoke_execution_log on;\n");


# What the role has asked, but for transactions' ends: statement => times.

sub asked {
    my %asked = map { /^(.*)\|(\d+)$/ ? ($1 => $2) : () } split /\n/,
        $fleet->sql("SELECT regexp_replace(query, '\\s+', ' ', 'g'), sum(calls)
                     FROM pg_stat_statements s JOIN pg_roles r
                     ON r.oid = s.userid
                     WHERE rolname = '$fleet->{role}'
                     AND query !~* '^(BEGIN|COMMIT|SELECT (1|\$1)\$)'
                     GROUP BY 1");

    return \%asked;
}


# So many requests of a server, by a few connections: all are answered.

sub run {
    my ($server, $n) = @_;

    my $load = Http::load(connections => 16, within => 20, total => $n,
                          requests => [{ port => $server->{port},
                                         path => $path }]);
    my @answers = $load->wait;

    is(scalar(grep { $_->{status} eq '200' } @answers), $n, 'all are served');
}


# both workers know it, and each has its connections

for my $server ($quiet, $logging) {
    run($server, 200);
}

sleep 3;

my $before = asked();
my $bytes = $fleet->proxy('redis')->bytes;
my $fetched = $fleet->s3_requests;

run($quiet, $requests);
sleep 3;

my $after = asked();
my %more = map { $_ => $after->{$_} - ($before->{$_} // 0) }
           grep { $after->{$_} > ($before->{$_} // 0) } keys %$after;

# the count is one statement for many
my ($counts) = map { delete $more{$_} } grep { /execution_count/ } keys %more;

is_deeply(\%more, {}, 'the database is asked nothing');
cmp_ok($counts // 0, '<=', $requests / 10, 'and told counts by the many');
is(scalar($fleet->s3_requests), $fetched, 'the object store nothing');
cmp_ok($fleet->proxy('redis')->bytes - $bytes, '<', $requests,
       'Redis less than a byte a request');

$before = asked();
run($logging, $requests);

soon { $fleet->sql("SELECT count(*) FROM execution_logs") == $requests + 200 }
     'all are in the log';

$after = asked();

my $statements = 0;
$statements += $after->{$_} - ($before->{$_} // 0) for keys %$after;

cmp_ok($statements, '<=', $requests / 10,
       'which takes a statement for ten rows at most');


# A record that is too large for the zone makes no room of the others'

my ($large, @small) = $fleet->deploy_all(
    map { ['module.exports = (req, res) => res.send("small");', @$_] }
    [env => { A => 'x' x 20000 }], map { [] } 1 .. 8);

my $narrow = $fleet->server(ttl => '10m',
                            http => "invoke_metadata_zone narrow:64k;\n");

is($narrow->get("/invoke/$_/")->{status}, 200, 'a function') for @small;

my @large = map { $narrow->get("/invoke/$large/")->{status} } 1 .. 10;

is_deeply(\@large, [(200) x 10], 'a large one');
is($narrow->metrics->{metadata}{records}, 8, 'the zone still has the others');
is(scalar $narrow->log_lines(qr/"$large" is too large for invoke_metadata/), 1,
   'which is logged');

$narrow->{http} =~ s/narrow:64k/narrow:512k/;
$narrow->reload;

is($narrow->get("/invoke/$_/")->{status}, 200, 'a reload with a larger zone')
    for $small[0], $large;
is($narrow->metrics->{metadata}{records}, 2, 'which begins empty, and has room');

$fleet->finish;

done_testing();
