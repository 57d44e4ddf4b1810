# Requests for functions of a fleet in nginx: phases, bodies, clients that
# leave, workers that end while a store is silent.

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(sleep time);

use TestFleet;

my $fleet = TestFleet->new(proxies => ['postgres', 's3']);

my ($open, $locked, @cold) = $fleet->deploy_all(
    map { ["module.exports = (req, res) => res.send('of ' + req.path);", @$_] }
    [], [key => 'k'], map { [] } 1 .. 40);
my $other = $fleet->deploy('module.exports = (req, res) =>
    res.send(`other ${ req.method } ${ req.body.length }`);');

my $server = $fleet->server(workers => 2, server => <<"END" . <<'END');
location \@other { invoke $other; }
END
location ~ ^/or-other/(?<fn>[^/]+)$ {
    error_page 401 404 = @other;
    invoke $fn;
}
location ~ ^/denied/(?<fn>[^/]+)$ {
    deny all;
    invoke $fn;
}
location ~ ^/elsewhere/(?<fn>[^/]+)$ {
    error_page 404 401 502 = /static;
    invoke $fn;
}
location ~ ^/rewritten/(.*)$ {
    rewrite ^/rewritten/(.*)$ /invoke/$1 last;
}
END


# What a request gets of which nothing but the head was sent.

sub head_alone {
    my ($path, @headers) = @_;

    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                       PeerPort => $server->port);

    syswrite $socket, join "\r\n", "POST $path HTTP/1.1", 'Host: localhost',
                                   'Content-Length: 100000', @headers, '', '';

    my $bytes = '';

    while (IO::Select->new($socket)->can_read(2 * slow())) {
        last unless sysread $socket, $bytes, 65536, length $bytes;
        last if $bytes =~ m{^HTTP/1\.1 [2-5]\d\d.*\r\n\r\n}s;
    }

    return $bytes =~ /^HTTP\S+ (\d+)/ ? $1 : 'nothing';
}


is($server->get("/invoke/$open/a")->{body}, 'of /a', 'a function');

is(head_alone("/invoke/$locked/"), 401, 'no key: the body is not waited for');
is(head_alone("/invoke/$locked/?api_key=x"), 403, 'nor with a wrong one');
is(head_alone('/invoke/' . uuid() . '/'), 404, 'nor for no function');
is(head_alone("/invoke/$open/", 'Expect: 100-continue'), 100,
   'a function asks for it');
is(head_alone("/invoke/$locked/", 'Expect: 100-continue'), 401,
   'but not without a key');

is($server->get("/denied/$open")->{status}, 403, 'access is checked before');
is($server->get("/denied/" . uuid())->{status}, 403, 'of all ids');
is($server->get("/rewritten/$open/b")->{body}, 'of /b', 'after a rewrite');
is($server->get('/elsewhere/' . $_)->{body}, 'static', 'error_page is heeded')
    for uuid(), $locked;

for my $id (uuid(), $locked) {
    my ($answer) = $server->together({
        method => 'POST', path => "/or-other/$id", body => 'x' x 300000,
        headers => ['Content-Type' => 'text/plain'] });

    is($answer->{body}, 'other POST 300000', 'which has the body, too');
}

is(head_alone('/or-other/' . uuid(), 'Expect: 100-continue'), 100,
   'and asks for it');


# Clients that leave while a store says nothing

for my $store ('postgres', 's3') {
    $fleet->proxy($store)->freeze;

    my @sockets = map {
        my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                           PeerPort => $server->port);
        syswrite $socket, "GET /invoke/$_/ HTTP/1.1\r\nHost: a\r\n\r\n";
        $socket;
    } splice(@cold, 0, 5), $store eq 's3' ? () : map { uuid() } 1 .. 20;

    sleep 0.5;
    close $_ for @sockets;
    is($server->get("/invoke/$open/a")->{body}, 'of /a',
       "clients have left a silent $store");

    $fleet->proxy($store)->pass;
    soon { $server->get("/invoke/$cold[0]/")->{body} eq 'of /' }
         'others are served';
}


# A reload while requests wait: they get an answer, and the old workers end

for my $store ('postgres', 's3') {
    $fleet->proxy($store)->freeze;

    my @old = $server->workers;
    my $load = $fleet->load([map { "/invoke/$_/" } splice @cold, 0, 5],
                            connections => 5, within => 20 * slow());

    sleep 0.5;
    $server->reload;
    $fleet->proxy($store)->pass;

    my @answers = $load->stop;
    my @odd = grep { $_->{status} !~ /^(200|502)$/ } @answers;

    is_deeply(\@odd, [], "a reload with a silent $store: answers");
    soon { !grep { Server::alive($_) } @old } 'the old workers end', 40;
}


# A worker that asks is killed: others are not kept waiting by it

$fleet->proxy('postgres')->freeze;

my $load = $fleet->load([map { "/invoke/$_/" } @cold], connections => 20,
                        within => 20 * slow());

sleep 0.5;
$server->kill_worker;
$fleet->proxy('postgres')->pass;
sleep 1;

my @answers = $load->stop;

is_deeply([grep { $_->{status} !~ /^(200|502)$/ } @answers], [],
          'a worker was killed while it asked');

soon { my $bad = grep { $_->{status} ne '200' }
                 $server->together(map { "/invoke/$_/" } @cold); !$bad }
     'all are served then';


# The end, while a store is silent

$fleet->proxy($_)->freeze for 'postgres', 's3';

my $start = time;

is($server->quit, 0, 'it ends in peace when its stores are silent');
cmp_ok(time - $start, '<', 35 * slow(), 'and in time');

$fleet->finish;

done_testing();
