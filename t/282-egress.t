# Where functions connect to: what is closed by itself, what rules open, and
# that nothing else is reached, however it is written.

use strict;
use warnings;

use IO::Socket::INET;
use IO::Socket::UNIX;
use IO::Select;
use JSON::PP ();
use NameServer;
use Socket qw(SOCK_STREAM);
use TestInvoke 'no_plan';
use TestServer;

my $json = JSON::PP->new->canonical;
my $server = TestServer->new('egress');

# what is connected to: nobody accepts, it is enough to be there

my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 64)
    or die "listen: $!\n";
my $port = $listener->sockport;

my $path = $server->prefix . '/temp/listener.sock';
my $unix = IO::Socket::UNIX->new(Local => $path, Listen => 64)
    or die "listen: $!\n";
chmod 0666, $path;
chmod 0755, $server->prefix, $server->prefix . '/temp';

my $names = NameServer->dnsmasq(
    (map { "--host-record=$_.test,127.0.0.1" } qw(loop ok other db.corp)),
    '--host-record=six.test,::1', '--host-record=mapped.test,::ffff:127.0.0.1',
    '--host-record=net.test,10.0.0.1', '--local=/test/',
);

# by turns what is allowed below, and nobody has, and what is not

my $turns = NameServer->answering(sub {
    my ($name, $type, $n) = @_;

    return [] if $type ne 'A';
    return [$n % 2 ? '192.0.2.1' : '127.0.0.1'];
});

# judges each server, and sends nothing; or connects

$server->write('fn/index.js', <<'END');
const dns = require('dns');
const net = require('net');

function judge(address) {
    try {
        new dns.Resolver().setServers([address]);
        return 'allowed';
    } catch (error) {
        return error.code;
    }
}

function connect(options) {
    return new Promise((resolve) => {
        try {
            const socket = net.connect(options);

            socket.on('connect', () => { socket.destroy();
                                         resolve('connected'); });
            socket.on('error', (error) => resolve(error.code));
        } catch (error) {
            resolve(error.code);
        }
    });
}

// who has what connects by an await can still listen

async function late(options) {
    const socket = await Promise.resolve(net.connect(options));

    return new Promise((resolve) => {
        socket.on('error', (error) => resolve(error.code));
    });
}

module.exports = async (req, res) => {
    const {judged, connected, later} = req.body;
    const codes = [];

    for (const options of later || []) {
        codes.push(await new Promise((resolve) => {
            process.nextTick(() => resolve(late(options)));
        }));
    }

    for (const options of connected || []) {
        codes.push(await connect(options));
    }

    res.json(judged ? judged.map(judge) : codes);
};
END

my $own = $server->port;
my ($own2, $own3) = @ENV{qw(TEST_NGINX_PORT_2 TEST_NGINX_PORT_3)};

sub serve {
    my ($resolver) = @_;

    $server->serve(<<"END");
    invoke_isolates        1 max=1;
    invoke_zone            invoke:1m;
    invoke_resolver        @{[$resolver->address]};
    invoke_egress_limits   connects=100000;
    invoke_egress_timeout  200ms;
    invoke_isolation       function;
    server {
        listen 127.0.0.1:$own;
        listen $own2;
        location / { invoke ./fn; }
        location /net { invoke ./fn; invoke_egress allow 127.0.0.0/8; }
        location /six { invoke ./fn; invoke_egress allow ::1; }
        location /one { invoke ./fn; invoke_egress allow 127.0.0.1 $port; }
        location /port { invoke ./fn; invoke_egress allow 127.0.0.1 1-2; }
        location /own {
            invoke ./fn;
            invoke_egress allow 127.0.0.1 $own;
            invoke_egress allow 127.0.0.1 $own2;
        }
        location /order {
            invoke ./fn;
            invoke_egress deny 127.0.0.1;
            invoke_egress allow 127.0.0.0/8;
        }
        location /private {
            invoke ./fn;
            invoke_egress_private on;
            invoke_egress deny 127.0.0.2;
        }
        location /all { invoke ./fn; invoke_egress allow all; }
        location /all-private {
            invoke ./fn;
            invoke_egress allow all private;
        }
        location /none { invoke ./fn; invoke_egress deny all; }
        location /mail { invoke ./fn; invoke_egress allow all 25; }
        location /name { invoke ./fn; invoke_egress allow ok.test; }
        location /name-private {
            invoke ./fn;
            invoke_isolation request;
            invoke_egress allow ok.test private;
            invoke_egress allow *.corp.test private;
        }
        location /turns { invoke ./fn; invoke_egress allow 192.0.2.1; }
        location /path { invoke ./fn; invoke_egress allow unix:$path; }
        location /few {
            invoke ./fn;
            invoke_isolation request;
            invoke_egress allow 127.0.0.1;
            invoke_egress_limits connects=2;
        }
        location /metrics { invoke_metrics json; }
    }
END
}

sub ask {
    my ($location, %body) = @_;

    my $answer = $server->request('POST', $location,
                                  ['Content-Type' => 'application/json'],
                                  $json->encode(\%body));

    return eval { $json->decode($answer->{body}) } // [$answer->{body}];
}

# addresses => what they are, by each location

sub judged {
    my ($location, @cases) = @_;

    my (@addresses, @expected);

    while (my ($word, $list) = splice @cases, 0, 2) {
        push @addresses, @$list;
        push @expected, ($word) x @$list;
    }

    my $answer = ask($location, judged => \@addresses);
    my %got;

    @got{@addresses} = @$answer;

    my %expected;

    @expected{@addresses} = @expected;

    is_deeply(\%got, \%expected, "$location judges");
}

sub connected {
    my ($location, $expected, @options) = @_;

    my $answer = ask($location, connected => \@options);

    is_deeply($answer, [($expected) x @options],
              "$location: $expected: " . $json->encode(\@options));
}

# how many have come, since it was asked last

sub arrived {
    my ($socket) = @_;

    my $n = 0;

    while (IO::Select->new($socket)->can_read(0.1)) {
        $socket->accept and $n++;
    }

    return $n;
}

my @closed = qw(
    0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255
    127.0.0.0 127.0.0.1 127.255.255.255 169.254.0.0 169.254.169.254
    169.254.255.255 172.16.0.0 172.31.255.255 192.0.0.0 192.0.0.255 192.0.2.0
    192.0.2.255 192.88.99.0 192.88.99.255 192.168.0.0 192.168.255.255
    198.18.0.0 198.19.255.255 198.51.100.0 198.51.100.255 203.0.113.0
    203.0.113.255 224.0.0.0 239.255.255.255 240.0.0.0 255.255.255.255
    100.100.100.200 168.63.129.16

    :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:10.0.0.1
    ::ffff:169.254.169.254 64:ff9b::10.0.0.1 64:ff9b::7f00:1
    64:ff9b:1::8.8.8.8 64:ff9b:1:ffff:ffff:ffff:ffff:ffff 2002:7f00:1::
    2002:a00:1::1 2002:a9fe:a9fe:: 2001:0:808:808:0:0:80ff:fffe
    2001:0:7f00:1:0:0:f7f7:f7f7 100:: 100::ffff:ffff:ffff:ffff 2001:db8::
    2001:db8:ffff:ffff:ffff:ffff:ffff:ffff 2001:1ff:: 3fff::1 fc00::
    fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff fd00:ec2::254 fe80::1
    febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff fec0::1 ff02::1 ff0e::1
    1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 4000::
);

my @open = qw(
    1.0.0.0 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255
    128.0.0.0 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0
    191.255.255.255 192.0.1.0 192.0.3.0 192.88.98.255 192.88.100.0
    192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 198.51.99.255
    198.51.101.0 203.0.112.255 203.0.114.0 223.255.255.255

    2000:: 2001:200:: 2001:db7:ffff:: 2001:db9:: 2003:: 2606:4700::1111
    3ffe:ffff:: ::ffff:8.8.8.8 64:ff9b::8.8.8.8 2002:808:808::
    2001:0:808:808:0:0:f7f7:f7f7
);

serve($names);

judged('/', POLICY_DENIED => \@closed, allowed => \@open);
judged('/all', POLICY_DENIED => \@closed, allowed => \@open);
judged('/none', POLICY_DENIED => [@closed, @open]);

# private ones are open there, the rest is not

my @private = grep {
    /^(?:10\.|127\.|192\.168\.|172\.|fc|fdff|2002:(?:7f00|a00):)/
    || /^100\.(?:64|127)\./ || /^(?:::1|::ffff:(?:127.*|7f.*|10\..*))$/
    || /^64:ff9b::(?:10|7f)/ || /^2001:0:/
} @closed;
my %private = map { $_ => 1 } @private;

for ('/private', '/all-private') {
    judged($_, POLICY_DENIED => [grep { !$private{$_} } @closed],
           allowed => [@private, @open]);
}

# rules: the first that matches, also for other ways to write an address

judged('/net',
       allowed => [qw(127.0.0.1 127.9.9.9 ::ffff:127.0.0.1 2002:7f00:1::
                      64:ff9b::127.0.0.1), @open],
       POLICY_DENIED => [qw(::1 10.0.0.1 128.0.0.1:0 169.254.169.254)]);
judged('/six', allowed => [qw(::1)],
       POLICY_DENIED => [qw(127.0.0.1 ::ffff:127.0.0.1 ::2)]);
judged('/order', allowed => [qw(127.0.0.2)],
       POLICY_DENIED => [qw(127.0.0.1 ::ffff:7f00:1 64:ff9b::7f00:1)]);
judged('/private', POLICY_DENIED => [qw(127.0.0.2 ::ffff:127.0.0.2)]);
judged('/port', allowed => [qw(127.0.0.1:1 127.0.0.1:2)],
       POLICY_DENIED => [qw(127.0.0.1 127.0.0.1:3)]);
judged('/mail', allowed => [qw(8.8.8.8:25 8.8.8.8)],
       POLICY_DENIED => [qw(127.0.0.1:25)]);
judged('/', POLICY_DENIED => [qw(8.8.8.8:25 [2600::1]:25)]);
judged('/all', POLICY_DENIED => [qw(8.8.8.8:25)]);

# what nginx listens on, also for all addresses of the host

judged('/net', POLICY_DENIED => ["127.0.0.1:$own", "127.0.0.1:$own2",
                                 "127.0.0.9:$own2",
                                 "[::ffff:127.0.0.1]:$own"],
       allowed => ["127.0.0.9:$own", "127.0.0.1:$own3"]);
judged('/private', POLICY_DENIED => ["127.0.0.1:$own", "127.0.0.9:$own2"]);
judged('/own', allowed => ["127.0.0.1:$own", "127.0.0.1:$own2"],
       POLICY_DENIED => ["127.0.0.9:$own2", '127.0.0.1']);

# connections, of which none arrives

my @ways = map { { host => $_, port => $port } } (
    '127.0.0.1', '::ffff:127.0.0.1', '::ffff:7f00:1', '0.0.0.0', 'localhost',
    'loop.test', 'LOOP.test', 'mapped.test', '64:ff9b::7f00:1',
);

connected('/', POLICY_DENIED => @ways, { path => $path });
connected('/', EINVAL => { path => "\0abstract" });
connected('/', ENOTFOUND => map { { host => $_, port => $port } }
          '0x7f.1.test', '127.1.test');

is(arrived($listener), 0, 'none has arrived');
is(arrived($unix), 0, 'nor in the file system');

is_deeply(ask('/', later => [{ host => '127.0.0.1', port => $port }]),
          ['POLICY_DENIED'], 'it is told later than what awaits the socket');

# numbers that are no addresses: whatever that is, it does not arrive

my $odd = ask('/', connected => [map { { host => $_, port => $port } }
                                 '2130706433', '0x7f.1', '127.1', '0177.1']);

is(scalar(grep { $_ eq 'connected' } @$odd), 0, 'odd ones do not')
    or diag("@$odd");
is(arrived($listener), 0, 'none has arrived');

my $log = $server->log;

like($log, qr/\Q Network policy blocked connection to 127.0.0.1:$port: \E
              it\ is\ no\ public\ address/x, 'the console tells');
like($log, qr/\Qconnection to loop.test (resolved to 127.0.0.1:$port): \E
              it\ is\ no\ public\ address/x, 'by the name, too');

my $metrics = $json->decode($server->request('GET', '/metrics')->{body});
my ($function) = values %{ $metrics->{functions} };

cmp_ok($metrics->{egress}{denied}, '>', 100, 'denials are counted');
is($function->{egress}{denied}, $metrics->{egress}{denied},
   'those of the function, too');

# one context of a function is of one policy

connected('/one', connected => { host => '127.0.0.1', port => $port });
connected('/', POLICY_DENIED => { host => '127.0.0.1', port => $port });
connected('/one', POLICY_DENIED => { host => '127.0.0.2', port => $port });
is(arrived($listener), 1, 'one has arrived');

connected('/path', connected => { path => $path });
connected('/path', POLICY_DENIED => { path => "$path/../listener.sock" });
is(arrived($unix), 1, 'and one in the file system');

# names

connected('/name', POLICY_DENIED => { host => 'ok.test', port => $port });
connected('/name-private', connected => { host => 'ok.test', port => $port });
connected('/name-private', connected => { host => 'OK.test', port => $port });
connected('/name-private',
          connected => { host => 'db.corp.test', port => $port });
connected('/name-private',
          POLICY_DENIED => { host => 'other.test', port => $port });
connected('/name-private',
          POLICY_DENIED => { host => '127.0.0.1', port => $port });
connected('/name-private',
          POLICY_DENIED => { host => 'net.test', port => $port });
is(arrived($listener), 3, 'those that names open');

# limits

is_deeply(ask('/few', connected => [({ host => '127.0.0.1', port => $port })
                                    x 3]),
          ['connected', 'connected', 'ERR_INVOKE_LIMIT'], 'two connections');
arrived($listener);

is($server->stop, 0, 'nginx stops');

# a name that is another address each time

serve($turns);

my $codes = ask('/turns', connected => [({ host => 'turn.test',
                                           port => $port }) x 8]);

is(scalar(grep { $_ eq 'POLICY_DENIED' } @$codes), 4, 'each second one')
    or diag("@$codes");
is(scalar(grep { $_ eq 'connected' } @$codes), 0, 'no other arrives');
is(arrived($listener), 0, 'none has arrived');

is($server->stop, 0, 'nginx stops');
unlike($server->log, qr/\[(?:alert|crit|error)\]/, 'nothing is wrong');
