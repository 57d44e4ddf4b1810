# Where functions do not connect to, by every client that they may use: however
# an address is written, and whatever is between, not one SYN leaves for what
# the policy that is there by itself denies, and the error says so.
#
# It runs in a network of its own, in which the kernel's count of connections is
# that of this test, and addresses stand for those of the world.

use strict;
use warnings;

BEGIN {
    if (!$ENV{TEST_EGRESS_NETWORK}) {
        $ENV{TEST_EGRESS_NETWORK} = 1;

        exec 'unshare', $> == 0 ? '-n' : qw(-cn --keep-caps), $^X,
             (map { "-I$_" } @INC), $0
            or die "unshare: $!\n";
    }
}

use IO::Select;
use IO::Socket::UNIX;
use IPC::Open2 qw(open2);
use JSON::PP ();
use NameServer;
use Socket qw(AF_UNIX SOCK_STREAM pack_sockaddr_un);
use TestInvoke 'no_plan';
use TestServer;

my $root = $ENV{TEST_NGINX_ROOT};
my $modules = "$root/build/npm-network/node_modules";
my $json = JSON::PP->new->canonical->latin1;

ok(-d $modules, 'util/setup has installed the packages of t/npm-network');

# what goes to any address arrives here, from one that the host has: the others
# are not the host's to who asks for the way

my $open = '9.9.9.9';

system("ip $_") == 0 or die "ip $_: $?\n"
    for 'link set lo up',
        'address add 172.30.1.1/32 dev lo',
        'route add local 0.0.0.0/0 dev lo src 172.30.1.1',
        '-6 address add fd00::1/128 dev lo nodad',
        '-6 route add local ::/0 dev lo src fd00::1';

my $server = TestServer->new('egress-matrix');
my $own = $server->port;
my $port = $ENV{TEST_NGINX_PORT_2};

system('cp', '-r', "$root/t/npm-network/egress", $server->prefix . '/fn') == 0
    or die;
system('cp', '-rl', $modules, $server->prefix . '/fn/node_modules') == 0
    or die;

my $peer = open2(my $from, my $to, 'node', "$root/t/npm-network/egress/peer.js",
                 $port, $open);
<$from>;

# sockets of the file system, and without it

my $path = $server->prefix . '/temp/socket';
my @unix = IO::Socket::UNIX->new(Local => $path, Listen => 64);
my $abstract = "\0egress-matrix";

chmod 0777, $path;
chmod 0755, $server->prefix, $server->prefix . '/temp';
mkdir "$path.d" or die;

# the one that pg makes of a directory
push @unix, IO::Socket::UNIX->new(Local => "$path.d/.s.PGSQL.$port",
                                  Listen => 64);
chmod 0777, "$path.d/.s.PGSQL.$port";

socket(my $other, AF_UNIX, SOCK_STREAM, 0) or die "socket: $!\n";
bind($other, pack_sockaddr_un($abstract)) or die "bind: $!\n";
listen($other, 64) or die "listen: $!\n";
push @unix, $other;

# numbers are names to some, and whoever answers for them may say anything

my %addresses = (
    'open.test' => $open, 'loop.test' => '127.0.0.1', 'ten.test' => '10.1.2.3',
    'metadata.test' => '169.254.169.254', '2130706433' => '127.0.0.1',
    '0x7f.1' => '127.0.0.1', '127.1' => '127.0.0.1', '0177.1' => '127.0.0.1',
);

my $names = NameServer->answering(sub {
    my ($name, $type, $n) = @_;

    return [] if $type ne 'A';
    return [$n % 2 ? $open : '127.0.0.1'] if lc $name eq 'turn.test';
    return [$addresses{lc $name} // ()];
});

$server->serve(<<"END");
    invoke_isolates  2 max=2;
    invoke_timeout   60s;
    invoke_resolver  @{[$names->address]};
    invoke_egress_limits connects=100000 sockets=1000 dns=1000;
    invoke_zone      invoke:1m;
    server {
        listen 127.0.0.1:$own;
        listen $open:$own;
        location /request { invoke ./fn; }
        location /function { invoke ./fn; invoke_isolation function; }
        location /metrics { invoke_metrics json; }
    }
END

my @hosts = (qw(
    127.0.0.1 127.8.7.6 0.0.0.0 169.254.169.254 10.1.2.3 192.168.1.1 100.64.0.1
    ::1 ::ffff:127.0.0.1 ::ffff:7f00:1 ::127.0.0.1 :: 64:ff9b::7f00:1
    2130706433 0x7f.1 127.1 0177.1
    localhost loop.test LOOP.test ten.test metadata.test
));

my @closed = ((map { { host => $_, port => $port } } @hosts),
              { host => '127.0.0.1', port => $own },
              { host => $open, port => $own });

# events of these tell as little as a browser's: the console does

my %silent = map { $_ => 1 } qw(WebSocket EventSource);

# those that know no sockets of the file system, and those that redirections lead

my %no_path = map { $_ => 1 } qw(WebSocket EventSource fetch undici-fetch
                                 node-fetch nodemailer dns Resolver);
my %follows = map { $_ => 1 } qw(EventSource fetch undici-fetch node-fetch ws
                                 got axios undici);

my $clients = $json->decode($server->request('GET', '/request')->{body});

cmp_ok(scalar @$clients, '>', 15, 'clients: ' . join(' ', @$clients));

for my $isolation (qw(request function)) {
    for my $client (@$clients) {
        matrix($client, $isolation);
    }
}

my $metrics = $json->decode($server->request('GET', '/metrics')->{body});

cmp_ok($metrics->{egress}{denied}, '>', 500, 'denials are counted');

is(scalar(my @came = IO::Select->new(@unix)->can_read(0)), 0,
   'nobody came to a socket of the file system');

is($server->stop, 0, 'nginx stops');
unlike($server->log, qr/\[(?:alert|crit)\]/, 'nothing is wrong');

kill 'TERM', $peer;
waitpid $peer, 0;


sub matrix {
    my ($client, $isolation) = @_;

    my $name = "$client, isolation $isolation";
    my $by_address = $client =~ /^(?:dns|Resolver)$/;

    # what is open is reached

    my @targets = map { { host => $_, port => $port } }
                  $open, $by_address ? () : 'open.test';
    my ($denied, $reached) = ask($isolation, $client, @targets);

    cmp_ok($reached, '>=', @targets, "$name: what is open is reached");
    is($denied, 0, "$name: and is not denied");

    # what is closed; a name is no name server

    @targets = $by_address
               ? grep { $_->{host} =~ /^\d+(?:\.\d+){3}\z|:/ } @closed : @closed;
    ($denied, $reached) = ask($isolation, $client, @targets);

    is($reached, 0, "$name: nothing is reached");
    is($denied, @targets, "$name: each is denied");

    # in the file system, and beside it

    if (!$no_path{$client}) {
        my $file = $client eq 'pg' ? "$path.d" : $path;

        ($denied) = ask($isolation, $client, { path => $file, port => $port });
        is($denied, 1, "$name: no socket of the file system");

        ask($isolation, $client, { path => $abstract, port => $port });
    }

    return if $by_address;

    # a name whose address changes

    ($denied, $reached) = ask($isolation, $client,
                              ({ host => 'turn.test', port => $port }) x 6);

    cmp_ok($reached, '>=', 2, "$name: the one of a name's addresses");
    cmp_ok($denied, '>=', 2, "$name: and not the other");

    # redirections

    return if !$follows{$client};

    @targets = map { { host => $open, port => $port,
                       query => "?http://$_/" } }
               "127.0.0.1:$port", "[::1]:$port", "2130706433:$port",
               "loop.test:$port", "$open:$own";

    ($denied, $reached) = ask($isolation, $client, @targets);

    is($reached, @targets, "$name: what redirects");
    is($denied, @targets, "$name: and not where it leads");
}


# How many targets were denied to a client, and how many connections and
# datagrams of it have come to the open address: all other connections that the
# kernel has begun are this test's one to nginx.

sub ask {
    my ($isolation, $client, @targets) = @_;

    my $before = begun();
    my $log = length $server->log;
    my $answer = $server->request('POST', "/$isolation",
        ['Content-Type' => 'application/json'],
        $json->encode({ client => $client, targets => \@targets }), 60);
    my $results = eval { $json->decode($answer->{body}) };

    ref $results eq 'ARRAY' or die "$client: ", $json->encode(\@targets), ": $answer->{body}\n";

    print $to "\n";

    my $came = $json->decode(scalar <$from>);
    my $told = () = substr($server->log, $log)
                    =~ /Network policy blocked connection to/g;
    my $denied = grep { /POLICY_DENIED/ } @$results;

    is_deeply($came->{others}, [], "$client: nothing else is reached");
    is(begun() - $before, 1 + $came->{reached},
       "$client: no connection is begun besides");
    is(scalar(grep { $_ eq 'connected' && $came->{reached} == 0 } @$results), 0,
       "$client: none takes itself for connected");

    return ($silent{$client} ? $told : $denied,
            $came->{reached} + $came->{datagrams});
}


sub begun {
    open my $file, '<', '/proc/net/snmp' or die "snmp: $!\n";

    my ($names, $values) = map { [split] } grep { /^Tcp:/ } <$file>;
    my %count;

    @count{@$names} = @$values;

    return $count{ActiveOpens};
}
