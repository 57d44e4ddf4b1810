# Stores by TLS: with certificates that are verified, or not at all.

use strict;
use warnings;

use Test::More;

use TestFleet;

# what another authority than the stores' would be
my $other = "/tmp/other-$$.crt";

system("openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=other"
       . " -keyout /dev/null -out $other 2>/dev/null") == 0
    or die "openssl failed\n";

my $fleet = TestFleet->new(tls => 1, without => ['redis']);
my $id = $fleet->deploy('module.exports = (req, res) => res.send("safe");');

my $server = $fleet->server;

is($server->get("/invoke/$id/")->{body}, 'safe', 'by TLS');
is($fleet->sql("SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity
                USING (pid) WHERE usename = '$fleet->{role}'"), 't',
   'all connections to the database are');

$fleet->deploy('module.exports = (req, res) => res.send("new");', id => $id);
soon { $server->get("/invoke/$id/")->{body} eq 'new' } 'notifications, too';


# Certificates that are not what they should be

my ($postgres, $s3) = map { $fleet->directives('x') =~ /^($_ .*\n)/m }
                      qw(invoke_postgres invoke_s3);

for (['postgres', 'another authority', $postgres =~ s/\Q$ENV{TLS_CA}/$other/r,
      qr/certificate verify failed/],
     ['postgres', 'another name', $postgres =~ s/host=localhost/host=other/r,
      qr/does not match host name/],
     ['s3', 'another authority', $s3 =~ s/\Q$ENV{TLS_CA}/$other/r,
      qr/SSL certificate problem: /])
{
    my ($store, $title, $line, $message) = @$_;

    my $wary = $fleet->server($store => $line);
    my $answer = $wary->get("/invoke/$id/");

    is("$answer->{status} $answer->{code}", '502 package_unavailable',
       "$store, $title: refused");
    soon { $wary->log_lines(qr/invoke: .*$message/) } 'and the log says so';
    $wary->quit;
}

$fleet->finish;

done_testing();

END {
    local $?;
    unlink $other;
}
