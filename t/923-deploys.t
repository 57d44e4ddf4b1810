# Deploys, one after the other, under load over two servers: each answer is
# wholly of one version, which was the active one during the request or in the
# second before it.

use strict;
use warnings;

use File::Find qw(find);
use Test::More;
use Time::HiRes qw(sleep time);

use TestFleet;

my $deploys = 25;
my $size = 200_000;

my $fleet = TestFleet->new;

my @servers = map { $fleet->server(workers => 1, max_size => '3m') } 1 .. 2;
my $padding = join '', map { chr int rand 256 } 1 .. $size;


sub version {
    my ($n) = @_;

    return { 'index.js' => "const a = require('./a'); module.exports ="
                           . " (req, res) => res.send(`$n \${a} \${"
                           . "require('fs').readFileSync('/b', 'utf8')}`);",
             'a.js' => "module.exports = $n;", b => $n,
             padding => $n . $padding };
}


sub used {
    my ($dir) = @_;

    # packages come and go under its hands
    no warnings 'File::Find';

    my $bytes = 0;
    find({ no_chdir => 1, wanted => sub { $bytes += -s || 0 if -f } }, $dir);

    return $bytes;
}


my $id = $fleet->deploy(version(0));
my $path = "/invoke/$id/";
my (@begun, @done) = ();
my $most = 0;

@begun = @done = (time);
is($_->get($path)->{body}, '0 0 0', 'the first version') for @servers;

my $load = $fleet->load([$path], connections => 16, pause => 0.05);

for my $n (1 .. $deploys) {
    push @begun, time;
    $fleet->deploy(version($n), id => $id);
    push @done, time;

    sleep 0.4;

    for my $bytes (map { used($_->{cache}) } @servers) {
        $most = $bytes if $bytes > $most;
    }
}

sleep 1;

my @answers = $load->stop;
my $slack = slow();
my (%failed, @stale, %seen);

for my $answer (@answers) {
    my ($n) = $answer->{body} =~ /^(\d+) \1 \1$/;

    if ($answer->{status} ne '200' || !defined $n) {
        $failed{"$answer->{status} " . substr $answer->{body}, 0, 200}++;
        next;
    }

    my $end = $answer->{at} + $answer->{took};

    $seen{ $answer->{port} }{$n} //= $end;
    push @stale, sprintf 'version %d, %.2f s after the next one', $n,
                         $answer->{at} - $done[$n + 1]
        if $n < $deploys && $answer->{at} > $done[$n + 1] + $slack;
    push @stale, "version $n, too early" if $end < $begun[$n];
}

cmp_ok(scalar @answers, '>', 10 * $deploys, 'there was load');
is_deeply(\%failed, {}, 'each answer is of one version');
is_deeply(\@stale, [], 'which is not of the past');

for my $server (@servers) {
    my $seen = $seen{ $server->{port} };
    my @late = grep { !defined $seen->{$_} || $seen->{$_} > $done[$_] + $slack }
               1 .. $deploys;

    # one that was followed soon by another may be seen by none
    cmp_ok(scalar @late, '<=', $slack > 1 ? $deploys / 4 : 0,
           'each is seen within a second') or diag("not: @late");
}

cmp_ok($most, '<=', 3 * 2**20 + 2 * $size, 'the cache keeps to its size');


# Four servers

push @servers, map {
    $fleet->server(workers => 1, http => "invoke_execution_log on;\n")
} 1 .. 2;

my $late = 0;

for my $n (1 .. 5) {
    my $now = $deploys + $n;

    $fleet->deploy(version($now), id => $id);

    my $end = time + slow();
    my @old = @servers;

    while (@old && time < $end) {
        @old = grep { $_->get($path)->{body} ne "$now $now $now" } @old;
    }

    $late += @old;
}

is($late, 0, 'a deploy reaches four servers within a second');

my $said = 'module.exports = (req, res) => res.send("counted");';
my $counted = $fleet->deploy($said);
my @asked = Http::requests(map {
    my $server = $_;
    map { { port => $server->{port}, path => "/invoke/$counted/" } } 1 .. 25;
} @servers);

is(scalar(grep { $_->{body} eq 'counted' } @asked), 100, 'all of them serve');
soon { $fleet->sql("SELECT execution_count FROM functions
                    WHERE id = '$counted'") == 100 } 'the counts add up';
soon { $fleet->sql("SELECT count(*) FROM execution_logs
                    WHERE function_id = '$counted'") == 50 }
     'and so do the rows of those that log';

$fleet->finish;

done_testing();
