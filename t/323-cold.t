# Many first requests for a function: its package is fetched once.

use strict;
use warnings;

use List::Util qw(sum);
use Test::More;
use Time::HiRes qw(sleep time);

use TestFleet;

my $fleet = TestFleet->new(proxies => ['s3']);
my @servers;


sub says {
    my ($text) = @_;

    # that does not compress
    return { 'index.js' => "module.exports = (req, res) => res.send('$text');",
             data => join('', map { chr int rand 256 } 1 .. 1e6) };
}


# 200 requests for an id, over some servers at once.

sub crowd {
    my ($id, @among) = @_;

    return Http::requests(map {
        { port => $among[$_ % @among]{port}, path => "/invoke/$id/" }
    } 1 .. 200);
}


sub fetched { scalar $fleet->s3_requests(qr{^GET \S*/\Q$_[0]\E/}) }


sub counted {
    my %times;
    $times{"$_->{status} $_->{code} $_->{body}" =~ s/ \{.*//sr}++ for @_;

    return \%times;
}

my ($cold, $shared, $slow, $again) = $fleet->deploy_all(
    map { [says($_)] } qw(cold shared slow again));
my $gone = $fleet->deploy('1', absent => 1);

my $server = $fleet->server(workers => 2);

@servers = ($server);

is_deeply(counted(crowd($cold, @servers)), { '200  cold' => 200 },
          '200 first requests over two workers');
is(fetched($cold), 1, 'one download');

# while it is under way for long
$fleet->proxy('s3')->slow(500_000);
is_deeply(counted(crowd($slow, @servers)), { '200  slow' => 200 },
          'of what takes two seconds');
is(fetched($slow), 1, 'one, too');
$fleet->proxy('s3')->pass;

is_deeply(counted(crowd($gone, @servers)),
          { '502 package_unavailable' => 200 },
          '200 requests for what is not there');
cmp_ok(fetched($gone), '<=', 12, 'few of them ask for it');

push @servers, $fleet->server(workers => 1, cache => $server->{cache});

is_deeply(counted(crowd($shared, @servers)), { '200  shared' => 200 },
          'over two servers with one cache');
is(fetched($shared), 1, 'one download');

# cut once, it is taken up again
$fleet->proxy('s3')->cut(400_000);
$server->get("/invoke/$again/");
$fleet->proxy('s3')->pass;
soon { $server->get("/invoke/$again/")->{body} eq 'again' }
     'what was cut comes nevertheless';


# How long a first request takes

my @ids = $fleet->deploy_all(map { [says("n$_")] } 1 .. 15);

sub first {
    my ($server) = @_;

    my @took = sort { $a <=> $b } map {
        $server->get("/invoke/$_/")->{took}
    } @ids;

    return 1000 * $took[@took / 2];
}

my $fresh = first($server);

$server->quit;
$server->start;

my $kept = first($server);

note(sprintf 'the first request takes %d ms, after a restart %d ms', $fresh,
     $kept);

# what is known to hold on a machine at rest is 60 and 15 ms
cmp_ok($fresh, '<', 600 * slow(), 'a first request is no long wait');
cmp_ok($kept, '<', 150 * slow(), 'nor is one after a restart');
is(fetched($ids[0]), 1, 'which fetches nothing');

$fleet->finish;

done_testing();
