# The stores, each away in every way, under load: what is known is served as if
# nothing had happened, what is not is answered with 502 in time, and comes by
# itself when the store does.

use strict;
use warnings;

use Test::More;
use Time::HiRes qw(sleep time);

use TestFleet;

my $fleet = TestFleet->new(proxies => ['postgres', 's3', 'redis']);

my @warm = $fleet->deploy_all(map { [says("warm $_")] } 1 .. 50);
my @cold = $fleet->deploy_all(map { [says("cold $_")] } 1 .. 9);

my $server = $fleet->server(workers => 2, ttl => '2s');

sub says { "module.exports = (req, res) => res.send('$_[0]');" }
sub path { "/invoke/$_[0]/" }


# Several times: each worker has to know all.

for (1 .. 4) {
    my @answers = $server->together(map { path($_) } @warm);

    is(scalar(grep { $_->{status} eq '200' } @answers), 50, 'all are warm');
}


# Runs a part of the test under load.

sub loaded (&$) {
    my ($part, $title) = @_;

    my $load = $fleet->load([map { path($_) } @warm], connections => 64,
                            pause => 0.2, within => 3 * slow());

    $part->();

    my @answers = $load->stop;
    my %wrong;

    for (@answers) {
        $wrong{"$_->{status} $_->{code}"}++
            if $_->{status} ne '200' || $_->{body} !~ /^warm \d+$/;
    }

    cmp_ok(scalar @answers, '>', 64, "$title: there was load");
    is_deeply(\%wrong, {}, "$title: no request has failed");
}


# What a cold function gets, within 10 s: 502, or an answer where a store is
# none that it needs.

sub cold {
    my ($expected, $title) = @_;

    my $id = shift @cold;
    my ($answer) = $server->together({ path => path($id),
                                       within => 10 * slow() });

    is("$answer->{status} $answer->{code}", $expected, "$title: what is cold")
        or diag($answer->{body});

    return $id;
}


my $away = '502 package_unavailable';

for (['postgres', $away], ['s3', $away], ['redis', '200 ']) {
    my ($service, $expected) = @$_;

    my $proxy = $fleet->proxy($service);

    for (['refuses', sub { $proxy->refuse }],
         ['is frozen', sub { $proxy->freeze }],
         ['is garbage', sub { $proxy->answer("\0\xff garbage\r\n\r\n") }])
    {
        my ($how, $break) = @$_;
        my $title = "$service $how";
        my $cold;

        loaded {
            $break->();

            # longer than records live
            sleep 2.5;
            $cold = cold($expected, $title);
            $proxy->pass;
        } $title;

        soon { $server->get(path($cold))->{body} =~ /^cold/ }
             "$title: it comes by itself";
    }
}


# A restart and a death while the database is away

loaded {
    $fleet->proxy('postgres')->refuse;
    sleep 1;
    $server->reload;
    sleep 1;
    $server->kill_worker;
    sleep 2;
} 'a reload and a death without a database';


# Changes while nobody listens: records live long here

$server->{http} =~ s/invoke_metadata_ttl 2s/invoke_metadata_ttl 1h/;
$fleet->proxy('postgres')->pass;
$server->reload;
soon { $server->get(path($warm[0]))->{body} eq 'warm 1' } 'all is as before';

for my $break ('refuse', 'freeze') {
    $fleet->proxy('postgres')->$break;
    sleep 0.5;
    $fleet->deploy(says("after $break"), id => $warm[0]);
    $fleet->sql("UPDATE functions SET is_active = NOT is_active
                 WHERE id = '$warm[1]'");
    sleep 0.5;
    $fleet->proxy('postgres')->pass;
    soon { $server->get(path($warm[0]))->{body} eq "after $break" }
         'what was changed meanwhile shows';
    soon { $server->get(path($warm[1]))->{status}
           == ($break eq 'refuse' ? 404 : 200) } 'a function that sleeps, too';
}


# A start without any

for my $break ('refuse', 'freeze') {
    $fleet->proxy($_)->$break for qw(postgres s3 redis);

    $server->quit;
    $server->start;
    is($server->get('/static')->{body}, 'static', "it starts: $break");

    my ($answer) = $server->together({ path => path($warm[2]),
                                       within => 10 * slow() });
    is("$answer->{status} $answer->{code}", $away, 'nothing is known');

    $fleet->proxy($_)->pass for qw(postgres s3 redis);
    soon { $server->get(path($warm[2]))->{body} eq 'warm 3' } 'until it is';
}

$fleet->finish;

done_testing();
