# dns over real name servers: records of each type as Node shows them, look-ups,
# /etc/hosts, limits, servers that a function sets, and servers that say
# nothing.

use strict;
use warnings;

use JSON::PP ();
use NameServer;
use TestInvoke 'no_plan';
use TestServer;

my $json = JSON::PP->new->canonical;

my $names = NameServer->dnsmasq(
    '--auth-zone=zone.test', '--auth-server=ns.zone.test',
    '--host-record=a.test,192.0.2.1,2001:db8::1',
    '--host-record=four.test,192.0.2.4,3600',
    '--host-record=six.test,2001:db8::6',
    '--address=/many.test/192.0.2.11', '--address=/many.test/192.0.2.12',
    '--cname=alias.test,a.test',
    '--mx-host=mail.test,mx1.test,10', '--mx-host=mail.test,mx2.test,20',
    '--txt-record=text.test,one,two \\ three',
    '--srv-host=_sip._tcp.srv.test,sip.test,5060,1,2',
    '--naptr-record=naptr.test,10,20,s,SIP+D2U,,_sip._udp.test',
    '--caa-record=caa.test,0,issue,ca.test',
    '--ptr-record=9.2.0.192.in-addr.arpa,nine.test',
    '--local=/test/', '--local=/arpa/',
);

my $silent = NameServer->answering(sub { undef });

my $server = TestServer->new('dns');

$server->write('fn/index.js', <<'END');
const dns = require('dns');

function told(error) {
    return {code: error.code, syscall: error.syscall,
            hostname: error.hostname, message: error.message};
}

module.exports = async (req, res) => {
    const {call, args = [], servers} = req.body;
    const resolver = servers ? new dns.promises.Resolver(servers.options)
                     : dns.promises;

    try {
        if (servers && servers.set) {
            resolver.setServers(servers.set);
        }

        res.json(await resolver[call](...args) ?? null);
    } catch (error) {
        res.json(told(error));
    }
};
END

$server->serve(<<"END");
    invoke_isolates  1 max=1;
    invoke_resolver  @{[$names->address]} timeout=1s;
    server {
        listen 127.0.0.1:@{[$server->port]};
        location / { invoke ./fn; }
        location /own {
            invoke ./fn;
            invoke_egress allow 127.0.0.0/8;
        }
        location /few { invoke ./fn; invoke_egress_limits dns=0; }
    }
    server { listen 127.0.0.1:$ENV{TEST_NGINX_PORT_2}; }
END

sub ask {
    my ($path, %body) = @_;

    my $answer = $server->request('POST', $path,
                                  ['Content-Type' => 'application/json'],
                                  $json->encode(\%body));

    return eval { JSON::PP->new->allow_nonref->decode($answer->{body}) }
           // $answer->{body};
}

sub is_answer {
    my ($name, $call, $args, $expected) = @_;

    is_deeply(ask('/', call => $call, args => $args), $expected, $name);
}

# records

is_answer('A', 'resolve4', ['four.test'], ['192.0.2.4']);
is_answer('A, with its time', 'resolve4', ['four.test', {ttl => \1}],
          [{ address => '192.0.2.4', ttl => 3600 }]);
is_answer('AAAA', 'resolve6', ['a.test'], ['2001:db8::1']);
is_answer('A by resolve()', 'resolve', ['four.test'], ['192.0.2.4']);
is_answer('CNAME', 'resolveCname', ['alias.test'], ['a.test']);
is_answer('A of an alias', 'resolve4', ['alias.test'], ['192.0.2.1']);
is_answer('TXT', 'resolveTxt', ['text.test'], [['one', 'two \\ three']]);
is_answer('SRV', 'resolveSrv', ['_sip._tcp.srv.test'],
          [{ name => 'sip.test', port => 5060, priority => 1, weight => 2 }]);
is_answer('NAPTR', 'resolveNaptr', ['naptr.test'],
          [{ flags => 's', service => 'SIP+D2U', regexp => '',
             replacement => '_sip._udp.test', order => 10,
             preference => 20 }]);
is_answer('CAA', 'resolveCaa', ['caa.test'],
          [{ critical => 0, issue => 'ca.test' }]);
is_answer('PTR', 'resolvePtr', ['9.2.0.192.in-addr.arpa'], ['nine.test']);
is_answer('reverse', 'reverse', ['192.0.2.9'], ['nine.test']);

my $mx = ask('/', call => 'resolveMx', args => ['mail.test']);

is_deeply([sort { $a->{priority} <=> $b->{priority} } @$mx],
          [{ exchange => 'mx1.test', priority => 10 },
           { exchange => 'mx2.test', priority => 20 }], 'MX');

is_deeply([sort @{ ask('/', call => 'resolve4', args => ['many.test']) }],
          ['192.0.2.11', '192.0.2.12'], 'two addresses');

is_answer('a name that is not there', 'resolve4', ['none.test'],
          { code => 'ENOTFOUND', syscall => 'queryA',
            hostname => 'none.test',
            message => 'queryA ENOTFOUND none.test' });
is_answer('a type that is not there', 'resolve6', ['four.test'],
          { code => 'ENODATA', syscall => 'queryAaaa',
            hostname => 'four.test',
            message => 'queryAaaa ENODATA four.test' });
is_answer('another domain than it has', 'resolve4', ['example.com'],
          { code => 'EREFUSED', syscall => 'queryA',
            hostname => 'example.com',
            message => 'queryA EREFUSED example.com' });

# look-ups

is_answer('lookup', 'lookup', ['four.test'],
          { address => '192.0.2.4', family => 4 });
is_answer('lookup of IPv6', 'lookup', ['a.test', 6],
          { address => '2001:db8::1', family => 6 });
is_answer('all', 'lookup', ['a.test', { all => \1, verbatim => \0 }],
          [{ address => '192.0.2.1', family => 4 },
           { address => '2001:db8::1', family => 6 }]);
is_answer('IPv4 in the form of IPv6', 'lookup',
          ['four.test', { family => 6, hints => 8 }],
          { address => '::ffff:192.0.2.4', family => 6 });
is_answer('lookup of what is not there', 'lookup', ['none.test'],
          { code => 'ENOTFOUND', syscall => 'getaddrinfo',
            hostname => 'none.test',
            message => 'getaddrinfo ENOTFOUND none.test' });
is_answer('lookup of what a server refuses', 'lookup', ['example.com'],
          { code => 'EAI_AGAIN', syscall => 'getaddrinfo',
            hostname => 'example.com',
            message => 'getaddrinfo EAI_AGAIN example.com' });
is_answer('/etc/hosts', 'lookup', ['localhost', 4],
          { address => '127.0.0.1', family => 4 });
is_answer('a number is no address, but a name', 'lookup', ['0x7f.1.test'],
          { code => 'ENOTFOUND', syscall => 'getaddrinfo',
            hostname => '0x7f.1.test',
            message => 'getaddrinfo ENOTFOUND 0x7f.1.test' });
is_answer('lookupService', 'lookupService', ['127.0.0.1', 80],
          { hostname => 'localhost', service => 'http' });
is_answer('the servers', 'getServers', [], [$names->address]);

# those that a function sets

is_deeply(ask('/', call => 'resolve4', args => ['four.test'],
              servers => { set => [$names->address] }),
          { code => 'POLICY_DENIED', syscall => 'setServers',
            message => 'setServers POLICY_DENIED' },
          'a private server');
is_deeply(ask('/own', call => 'resolve4', args => ['four.test'],
              servers => { set => [$names->address] }),
          ['192.0.2.4'], 'where it is allowed');
is_deeply(ask('/own', call => 'resolve4', args => ['four.test'],
              servers => { set => ["127.0.0.1:$ENV{TEST_NGINX_PORT_2}"] }),
          { code => 'POLICY_DENIED', syscall => 'setServers',
            message => 'setServers POLICY_DENIED' },
          'where nginx itself listens');

# limits

is_deeply(ask('/few', call => 'lookup', args => ['four.test']),
          { code => 'ERR_INVOKE_LIMIT', syscall => 'getaddrinfo',
            hostname => 'four.test',
            message => 'getaddrinfo ERR_INVOKE_LIMIT four.test' },
          'no questions left');

# a server that says nothing, for whoever asks it and nobody else

is_deeply(ask('/own', call => 'resolve4', args => ['four.test'],
              servers => { options => { timeout => 50, tries => 1 },
                           set => [$silent->address] }),
          { code => 'ETIMEOUT', syscall => 'queryA', hostname => 'four.test',
            message => 'queryA ETIMEOUT four.test' }, 'no answer in time');

cmp_ok($silent->questions, '>=', 1, 'it was asked');

is($server->stop, 0, 'nginx stops');
unlike($server->log, qr/\[(?:alert|crit|error)\]/, 'nothing is wrong');

$server->write('wait/index.js', <<'END');
const dns = require('dns');

module.exports = async (req, res) => {
    const asked = Promise.allSettled(
        [...'abcdefgh'].map((name) => dns.promises.lookup(`${name}.test`)));

    if (req.query.spin) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        for (;;);
    }

    res.json((await asked).map(({reason}) => reason.code));
};
END

$server->write('hosts/index.js', <<'END');
const dns = require('dns');

module.exports = async (req, res) => {
    const start = process.hrtime.bigint();
    const {address} = await dns.promises.lookup('localhost', 4);

    res.json([address, Number(process.hrtime.bigint() - start) / 1e6]);
};
END

$server->serve(<<"END");
    invoke_isolates  6 max=6;
    invoke_resolver  @{[$silent->address]} timeout=20s;
    invoke_timeout   60s;
    invoke_zone      invoke:1m;
    server {
        listen 127.0.0.1:@{[$server->port]};
        location / { invoke ./wait; invoke_isolation function; }
        location /fresh { invoke ./wait; invoke_timeout 500ms; }
        location /hosts { invoke ./hosts; invoke_isolation function; }
        location /metrics { invoke_metrics json; }
    }
END

sub egress {
    return $json->decode($server->request('GET', '/metrics')->{body})->{egress};
}

# waits for that to be so

sub becomes {
    my ($test) = @_;

    for (1 .. 200) {
        return 1 if $test->();
        select undef, undef, undef, 0.05;
    }

    return 0;
}

sub descriptors {
    my @all = glob("/proc/@{[ ($server->workers)[0] ]}/fd/*");

    return scalar @all;
}

sub begin {
    my $client = IO::Socket::INET->new('127.0.0.1:' . $server->port)
        or die "connect: $!\n";

    print $client "GET $_[0] HTTP/1.1\r\nHost: a\r\n\r\n";

    return $client;
}

my @clients = map { begin('/') } 1 .. 4;

ok(becomes(sub { egress()->{open} == 4 }), 'four sockets ask');

my $body = $server->request('GET', '/hosts')->{body};
my $answer = eval { $json->decode($body) };

$answer = [$body] unless ref $answer eq 'ARRAY';

is($answer->[0], '127.0.0.1', 'another function has its answer');
cmp_ok($answer->[1] // 0, '<', 1000, 'long before that server would give one');

@clients = ();
ok(becomes(sub { egress()->{open} == 0 }), 'none does when they have left');

# in each way to end, as often as to show what is left over

is($server->request('GET', '/fresh')->{status}, 504, 'a limit of time hits');
is($server->request('GET', '/fresh?spin=1')->{status}, 504, 'or of a loop');

my $before = descriptors();

for my $path (('/', '/fresh') x 30) {
    my $client = begin($path);

    becomes(sub { egress()->{open} > 0 });
    close $client;
    becomes(sub { egress()->{open} == 0 });
}

is(egress()->{open}, 0, 'no socket is counted');

# a loop has four descriptors, and there are six isolates
ok(becomes(sub { descriptors() <= $before + 24 }), 'and none is left')
    or diag($before, ' before, ', descriptors());
cmp_ok(egress()->{dnsQueries}, '>=', 16, 'questions are');

is($server->stop, 0, 'nginx stops');
unlike($server->log, qr/\[(?:alert|crit)\]/, 'nothing is wrong');
