# The services that util/test has started for t/3xx, by util/stack.
#
#   use TestStack qw(database psql);
#
#   my $name = database('schema');                a new, empty database
#   my ($out, $err, $status) = psql($name, $sql);

package TestStack;

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use IPC::Run qw(run);

our @EXPORT_OK = qw(database psql root);

my $root = abs_path(dirname(__FILE__) . '/../..');

for (split /\n/, `'$root/util/stack' env`) {
    my ($name, $value) = /^(\w+)=(.*)/ or next;
    $ENV{$name} = $value;
}

die "util/stack has not started\n" unless $ENV{PGPORT};


sub root { $root }


# Tests run beside one another, each in databases of its own.

sub database {
    my ($title) = @_;

    my $name = "t_${title}_$$";

    for my $sql ("DROP DATABASE IF EXISTS $name", "CREATE DATABASE $name") {
        my (undef, $err, $status) = psql('postgres', $sql);
        die "$sql: $err\n" if $status;
    }

    return $name;
}


# Runs SQL in one session: rows have their values parted by "|".

sub psql {
    my ($database, $sql) = @_;

    my ($out, $err) = ('', '');

    run([qw(psql --no-psqlrc --quiet --no-align --tuples-only
            -v ON_ERROR_STOP=1 --dbname), $database],
        \$sql, \$out, \$err);

    return ($out, $err, $?);
}

1;
