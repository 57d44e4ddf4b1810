# vim: set filetype=perl :

# Old rows of the execution log are deleted, by the rule of all functions or by
# one of their own, if the role may do so.

use strict;
use warnings;

use lib 't/lib';

use Test::More;

use TestFleet;

my $fleet = TestFleet->new(without => ['redis']);
my @ids = map { uuid() } 1 .. 5;
my ($all, $days, $none, $more, $quiet) = @ids;


sub rows { $fleet->sql("SELECT count(*) FROM execution_logs
                        WHERE function_id = '$_[0]'") }

$fleet->sql(<<"END");
INSERT INTO functions (id, name)
    SELECT id::uuid, 'f' FROM unnest(ARRAY[@{[ join ', ', map { "'$_'" }
                                               @ids ]}]) AS id;
UPDATE functions SET retention_enabled = true, retention_type = 'time',
    retention_value = 2 WHERE id = '$days';
UPDATE functions SET retention_enabled = true, retention_type = 'none'
    WHERE id = '$none';
UPDATE functions SET retention_enabled = true, retention_type = 'count',
    retention_value = 0 WHERE id = '$quiet';

INSERT INTO execution_logs (function_id, executed_at)
    SELECT id, now() - make_interval(hours => 12 * i)
    FROM functions, generate_series(1, 20) AS i;
INSERT INTO execution_logs (function_id, executed_at)
    SELECT '$more', now() - make_interval(mins => i)
    FROM generate_series(1, 2500) AS i;
INSERT INTO global_settings (setting_key, setting_value)
    VALUES ('log_retention_enabled', 'true'), ('log_retention_type', 'count'),
           ('log_retention_value', '10');
END

# a role without the privilege leaves it to others

my $server = $fleet->server(workers => 2);

soon { $server->log_lines(qr/lets no rows of the execution log be deleted/) }
     'it may not';
is $fleet->sql('SELECT count(*) FROM execution_logs'), 2600, 'nothing is gone';

$fleet->sql("GRANT SELECT, DELETE ON execution_logs TO $fleet->{role}");
$server->reload;

soon { rows($all) == 10 && rows($more) == 10 } 'all but the newest', 60;
soon { rows($days) == 3 } 'all that is older';
is $fleet->sql("SELECT max(executed_at) > now() - interval '13 hours'
                FROM execution_logs WHERE function_id = '$all'"), 't',
   'the newest are there';
is rows($none), 20, 'one that keeps all';
is rows($quiet), 20, 'a value that is none';

is scalar($server->log_lines(qr/lets no rows/)), 1, 'it was said once';

$fleet->finish;
done_testing;
