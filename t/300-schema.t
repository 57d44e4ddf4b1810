# conf/schema.sql: an empty database, databases of the former service, who is
# told of what, and what the module's role may do.

use strict;
use warnings;

use Test::More;

use TestStack qw(database psql root);

my $function = '00000000-0000-4000-8000-000000000003';
my $project = '00000000-0000-4000-8000-000000000002';


sub content {
    my ($path) = @_;

    open my $in, '<', root() . "/$path" or die "$path: $!\n";
    local $/;
    return scalar <$in>;
}


sub apply {
    my ($database, $path) = @_;

    my (undef, $err, $status) = psql($database, content($path));

    is($status, 0, "$path is applied");
    is($err, '', 'with nothing to say');
}


sub value {
    my ($out, $err) = psql(@_);
    chomp $out;
    return $err || $out;
}


# All rows of the tables that a database has, as text.

sub rows {
    my ($database, @tables) = @_;

    return join "\n", map {
        value($database, "SELECT to_jsonb(t) - ARRAY['custom_timeout_enabled',"
                         . "'custom_timeout_seconds', 'custom_memory_enabled',"
                         . "'custom_memory_mb'] FROM $_ t ORDER BY 1")
    } @tables;
}


# Notifications that a session gets of what it does itself: "channel payload".

sub told {
    my ($database, @sql) = @_;

    my ($out, $err, $status) = psql($database, join ";\n",
        'LISTEN execution_cache_invalidated',
        'LISTEN execution_settings_invalidated', @sql, 'SELECT 1', '');

    is($status, 0, "$sql[0]") or diag($err);

    my @told;

    push @told, "$1 $2"
        while $out =~ /^Asynchronous\ notification\ "(\w+)"
                       \ with\ payload\ "(.*)"\ received/mgx;

    return [sort @told];
}


sub cache {
    my ($table, $action, $field, $id) = @_;

    return 'execution_cache_invalidated {"table" : "' . $table
           . '", "action" : "' . $action . '", "' . $field . '" : "' . $id
           . '"}';
}


my @tables = qw(projects functions function_versions
                function_environment_variables global_settings);

my $empty = database('empty');

apply($empty, 'conf/schema.sql');

my $before = value($empty, 'SELECT version, applied_at FROM invoke_schema');
like($before, qr/^1\|/, 'it has a number');

apply($empty, 'conf/schema.sql');
is(value($empty, 'SELECT version, applied_at FROM invoke_schema'), $before,
   'the second time changes nothing');

for my $state (['former-a'], ['former-a', 'former-b']) {
    my $database = database($state->[-1] =~ tr/-/_/r);

    apply($database, "t/stack/$_.sql") for @$state;

    my $rows = rows($database, @tables);
    my $custom = value($database, 'SELECT custom_timeout_seconds FROM functions')
        if @$state > 1;

    for (1, 2) {
        apply($database, 'conf/schema.sql');
        is(rows($database, @tables), $rows, 'no row has changed');
    }

    is(value($database, 'SELECT custom_timeout_seconds FROM functions'),
       $custom // '', "a function's own limit is as before");
    is(value($database, 'SELECT count(*) FROM execution_logs'),
       @$state > 1 ? 0 : 1, 'there is a log');
    is(value($database, "SELECT count(*) FROM pg_constraint
                         WHERE conrelid = 'functions'::regclass
                         AND confrelid = 'function_versions'::regclass"), 1,
       'one constraint of the active version');
    is_deeply(told($database, "UPDATE function_environment_variables
                               SET variable_value = 'ho'"),
              [cache('function_environment_variables', 'UPDATE', 'function_id',
                     $function)],
              'one notification, beside the former triggers, too');
}


# Who is told of what

my $fleet = database('fleet');

apply($fleet, 't/stack/former-a.sql');
apply($fleet, 'conf/schema.sql');

is_deeply(told($fleet, 'UPDATE functions SET execution_count = 1 +
                        execution_count, last_executed = now()'), [],
          'an invocation tells nobody');
is_deeply(told($fleet, "UPDATE functions SET description = 'x'"), [],
          'nor does what the engine does not read');
is_deeply(told($fleet, 'UPDATE functions SET is_active = is_active'), [],
          'nor does what is as it was');

for my $set ("api_key = 'other'", 'is_active = false', 'requires_api_key = NULL',
             'custom_memory_mb = 64', 'active_version_id = NULL',
             'project_id = NULL')
{
    is_deeply(told($fleet, "UPDATE functions SET $set"),
              [cache('functions', 'UPDATE', 'function_id', $function)],
              'is told');
}

is_deeply(told($fleet, "UPDATE function_versions SET package_hash = 'b'"),
          [cache('function_versions', 'UPDATE', 'function_id', $function)],
          'a version is');
is_deeply(told($fleet, "UPDATE projects SET is_active = false"),
          [cache('projects', 'UPDATE', 'project_id', $project)],
          'a project is');
is_deeply(told($fleet, "UPDATE projects SET description = 'x'"), [],
          'its description is not');
is_deeply(told($fleet, "UPDATE global_settings SET setting_value = 'no'"),
          ['execution_settings_invalidated {}'], 'settings are');

is_deeply(told($fleet, 'BEGIN', "INSERT INTO function_environment_variables
                        (function_id, variable_name) SELECT '$function',
                        'V' || i FROM generate_series(1, 1000) i", 'COMMIT'),
          [cache('function_environment_variables', 'INSERT', 'function_id',
                 $function)],
          'a thousand variables of a function are told at once');
is_deeply(told($fleet, 'BEGIN', 'DELETE FROM functions', 'ROLLBACK'), [],
          'what is rolled back is not told');
is(scalar @{ told($fleet, 'DELETE FROM functions') }, 3,
   'a function is deleted with versions and variables');


# The role

my $role = "invoke_$$";
my ($grants) = content('conf/schema.sql')
               =~ /^-- A role for the module.*?\n--\n(.*?)\n\n/ms;

$grants =~ s/^--//mg;
$grants =~ s/TO invoke;/TO $role;/g;

is(value($fleet, "CREATE ROLE $role LOGIN;\n$grants"), '',
   'a role gets what the head of the file tells');

for (["INSERT INTO execution_logs (status_code) VALUES (200)", 1],
     ['SELECT id FROM functions', 1],
     ['UPDATE functions SET execution_count = 1, last_executed = now()', 1],
     ['LISTEN execution_cache_invalidated', 1],
     ['SELECT version FROM invoke_schema', 1],
     ["UPDATE functions SET api_key = 'mine'", 0],
     ['SELECT id FROM execution_logs', 0],
     ['DELETE FROM functions', 0])
{
    my ($sql, $may) = @$_;
    my (undef, $err) = psql($fleet, "SET ROLE $role; $sql");

    like($err, $may ? qr/^$/ : qr/permission denied/,
         ($may ? 'it may ' : 'it may not ') . $sql);
}

done_testing();

END {
    local $?;

    psql('postgres', "DROP DATABASE IF EXISTS $_")
        for map { "t_${_}_$$" } qw(empty former_a former_b fleet);
    psql('postgres', "DROP ROLE IF EXISTS invoke_$$");
}
