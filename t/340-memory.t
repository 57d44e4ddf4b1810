# vim: set filetype=perl :

# Functions with a memory limit of their own: it holds, and their isolates share
# the pool with the others.

use strict;
use warnings;

use lib 't/lib';

use IO::Socket::INET;
use List::Util qw(max);
use Test::More;
use Time::HiRes qw(sleep time);

use TestFleet;

my $keeps = <<'END';
module.exports = (req, res) => {
    const all = [];

    for (let i = 0; i < Number(req.query.mb); i++) {
        all.push(new Array(131072).fill(i + 0.5));
    }

    res.send(`kept ${ all.length }`);
};
END

my $sleeps = <<'END';
module.exports = (req, res) =>
    setTimeout(() => res.send('slept'), Number(req.query.ms || 50));
END

my $spins = <<'END';
module.exports = (req, res) => {
    const end = Date.now() + Number(req.query.ms || 5);

    while (Date.now() < end);

    res.send('spun');
};
END

my $fleet = TestFleet->new(without => ['redis']);

my ($plain, $small, $large, $tiny) = $fleet->deploy_all(
    [$keeps], [$keeps, memory => 32], [$keeps, memory => 256],
    [$keeps, memory => 1]);

my ($sleeper, $sleeper_small, $sleeper_large, $spinner, $spinner_small)
    = $fleet->deploy_all([$sleeps], [$sleeps, memory => 32],
                         [$sleeps, memory => 256], [$spins],
                         [$spins, memory => 32]);

my ($server, %seen);


sub serve {
    my ($isolates, @more) = @_;

    $server = $fleet->server(
        http => "invoke_isolates $isolates;\n"
                . "invoke_queue 1024 timeout=60s;\ninvoke_concurrency 1;\n",
        @more);
}


sub pool { $server->metrics->{isolatePool} }


sub told {
    my ($id, $query) = @_;

    my $answer = $server->get("/invoke/$id?$query");

    return $answer->{status} == 200 ? $answer->{body}
                                    : "$answer->{status} $answer->{code}";
}


# Sends requests, each so many times, in turn, and looks at the pool meanwhile.
# Returns how many of each answer there were; %seen has the highest figures.

sub burst {
    my ($times, @paths) = @_;

    pipe my $in, my $out or die "pipe: $!\n";

    my $pid = fork // die "fork: $!\n";

    if ($pid == 0) {
        my @answers = $server->together((map { "/invoke/$_" } @paths) x $times);

        syswrite $out, join '', map { "$_->{status} $_->{body}\n" } @answers;
        POSIX::_exit(0);
    }

    close $out;
    %seen = ();

    while (waitpid($pid, POSIX::WNOHANG) == 0) {
        my $pool = pool();

        $seen{$_} = max($seen{$_} // 0, $pool->{$_}) for qw(total active);
        sleep 0.02;
    }

    my %answers;
    $answers{ s/\n//r }++ while defined($_ = <$in>);

    return \%answers;
}


# the limit holds, whatever the directive says, in both directions

serve('1 max=4 idle=1s');

is(told($plain, 'mb=60'), 'kept 60', 'within the limit of the directive');
is(told($small, 'mb=60'), '500 memory', 'that is too much for a smaller one');
is(told($small, 'mb=5'), 'kept 5', 'which has its own');
is(told($plain, 'mb=150'), '500 memory', 'beyond the limit of the directive');
is(told($large, 'mb=150'), 'kept 150', 'a larger one lets that pass');
is(told($plain, 'mb=60'), 'kept 60', 'and the first is as before');
is(told($tiny, 'mb=1'), 'kept 1', 'the least is enough for an isolate');

soon { pool()->{total} == 1 } 'those of other sizes go when they are idle';

is(pool()->{corrupted}, 2, 'two limits were hit');

# a change of it

$fleet->sql("UPDATE functions SET custom_memory_mb = 256 WHERE id = '$small'");

soon { told($small, 'mb=150') eq 'kept 150' } 'a new limit is soon there';

$fleet->sql("UPDATE functions SET custom_memory_enabled = false
             WHERE id = '$small'");

soon { told($small, 'mb=150') eq '500 memory' } 'that of the directive again';
is(told($small, 'mb=60'), 'kept 60', 'and no less');

# their part of the pool

is_deeply(burst(12, "$sleeper_small?ms=300"), { '200 slept' => 12 },
          'many for isolates of another size');
is($seen{active}, 2, 'at most half of the maximum are of such');
cmp_ok($seen{total}, '<=', 3, 'beside the base');

is_deeply(burst(12, "$sleeper_small?ms=200", "$sleeper_large?ms=200"),
          { '200 slept' => 24 }, 'as well of two sizes');
is($seen{active}, 2, 'at most half altogether');

soon { pool()->{total} == 1 && pool()->{available} == 1 }
    'the pool is as small as before';

$server->quit;


# both at once, where there is little room

for my $max (1, 2, 3, 8) {
    serve("1 max=$max idle=1s");

    is_deeply(burst(20, $sleeper, $sleeper_small, $sleeper_large, $spinner,
                    $spinner_small),
              { '200 slept' => 60, '200 spun' => 40 },
              "a burst of three sizes, max=$max");
    cmp_ok($seen{total}, '<=', $max, 'never more isolates than that');

    my $metrics = $server->metrics;

    is_deeply({ map { $_ => $metrics->{queue}{$_} }
                qw(waiting rejected timeouts) },
              { waiting => 0, rejected => 0, timeouts => 0 },
              'nothing is left of the queue');

    soon { pool()->{total} == 1 && pool()->{available} == 1 }
        'the base is left';

    is(told($sleeper, 'ms=1'), 'slept', 'which is of the usual size');

    $server->quit;
}


# functions that always have something under way

serve('1 max=1', server => <<'END');
location ~ ^/shared/(?<id>[^/]+) {
    invoke $id;
    invoke_concurrency 16;
    invoke_isolation function;
}
END

my $load = $fleet->load(["/shared/$sleeper?ms=200"], servers => [$server],
                        within => 60);

is(told($sleeper_small, 'ms=1'), 'slept', "one of another size gets its turn $_")
    for 1 .. 3;

my @answers = $load->stop;

is(scalar(grep { $_->{status} != 200 } @answers), 0, 'and the busy one, too');
cmp_ok(scalar @answers, '>', 16, 'again and again');

$server->quit;


# A worker that is to leave makes an isolate for what it has accepted: there is
# none of that size.

serve('1 max=4');

is(told($sleeper, 'ms=1'), 'slept', 'a worker serves');

my ($old) = $server->workers;
my $client = IO::Socket::INET->new("127.0.0.1:" . $server->port) or die;

print $client "POST /invoke/$sleeper_small HTTP/1.1\r\nHost: a\r\n"
              . "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\na";

$server->get('/static') for 1 .. 3;
kill 'HUP', $server->{pid};

soon { grep { $_ != $old } $server->workers } 'another worker starts';
soon { $server->log_lines(qr/gracefully shutting down/) } 'the first is to go';

print $client 'b';

my $answer = '';
$answer .= $_ while defined($_ = <$client>) && $_ ne "slept";

like($answer, qr{^HTTP/1\.1 200 }, 'it still runs what it has');

$fleet->finish;

done_testing();
