# Whom functions do not talk to over TLS, by each of their clients: the codes are
# those that Node 20 gives for the same servers.

use TestInvoke 'no_plan';
use TestEngine;
use TestTLS;

use Digest::SHA qw(sha1_base64);
use IO::Socket::INET;
use IPC::Open2;

my $tls = TestTLS->new;
my $names = 'subjectAltName = DNS:leaf.example.com, DNS:localhost,'
            . ' IP:127.0.0.1';
my @leaf = (subject => '/CN=leaf.example.com', extensions => $names);
my @issuer = (extensions => 'basicConstraints = critical,CA:true');

$tls->make('expired', @leaf, issuer => 'ca',
           dates => ['20200101000000Z', '20200201000000Z']);
$tls->make('future', @leaf, issuer => 'ca',
           dates => ['20900101000000Z', '20900201000000Z']);
$tls->make('self', @leaf);
$tls->make('elsewhere', subject => '/CN=127.0.0.1', issuer => 'ca',
           extensions => 'subjectAltName = DNS:elsewhere.example.com');
$tls->make('middle', subject => '/CN=middle', issuer => 'ca', @issuer);
$tls->make('below', @leaf, issuer => 'middle');
$tls->make('nobody', subject => '/CN=nobody', issuer => 'ca');
$tls->make('usurped', @leaf, issuer => 'nobody');
$tls->make('other', subject => '/CN=Other root', @issuer);
$tls->make('foreign', @leaf, issuer => 'other');
$tls->make('client-only', subject => '/CN=leaf.example.com', issuer => 'ca',
           extensions => "$names\nextendedKeyUsage = clientAuth");
$tls->make('narrow', subject => '/CN=narrow', issuer => 'ca',
           extensions => "$issuer[1]\n"
                         . 'nameConstraints = critical,permitted;DNS:.test');
$tls->make('outside', @leaf, issuer => 'narrow');
$tls->make('weak', @leaf, issuer => 'ca',
           key => '-algorithm RSA -pkeyopt rsa_keygen_bits:1024');
$tls->make('rsa', @leaf, issuer => 'ca',
           key => '-algorithm RSA -pkeyopt rsa_keygen_bits:2048');
$tls->make('sha1', @leaf, issuer => 'ca', digest => 'sha1');
$tls->make('revoked', @leaf, issuer => 'ca');
$tls->revoke('ca', 'revoked');

my $function = <<'JS';
const fs = require('fs');
const https = require('https');
const tls = require('tls');

const agent = new https.Agent({ keepAlive: true });

const ways = {
  tls: (options) => new Promise((resolve, reject) => {
    tls.connect(options, function() {
      this.destroy();
      resolve(this.authorizationError ?? 'authorized');
    }).on('error', reject);
  }),

  https: (options) => new Promise((resolve, reject) => {
    https.get({ ...options, path: '/' }, (answer) => {
      const { authorizationError } = answer.socket;

      answer.resume();
      answer.on('end', () => resolve(authorizationError ?? 'authorized'));
    }).on('error', reject);
  }),

  agent: (options) => ways.https({ ...options, agent }),

  async fetch({ host, port }) {
    const text = await (await fetch(`https://${host}:${port}/`)).text();
    return /^\d+$/.test(text) ? text : 'authorized';
  },

  wss: ({ host, port }) => new Promise((resolve, reject) => {
    const socket = new WebSocket(`wss://${host}:${port}/`);

    socket.onopen = () => socket.close();
    socket.onclose = ({ wasClean, code }) => resolve([wasClean, code]);
    socket.onerror = ({ message }) => reject({ message });
  }),
};

module.exports = async (req, res) => {
  const { port, by, env, ...given } = req.query;
  const options = { port, host: '127.0.0.1' };
  const seen = [];

  for (const name of Object.keys(given)) {
    options[name] = given[name] === 'false' ? false
      : name === 'ca' || name === 'crl'
        ? fs.readFileSync(`${__dirname}/${given[name]}`) : given[name];
  }

  for (const way of by.split(',')) {
    try {
      seen.push(await ways[way](options));
    } catch (error) {
      seen.push(error.cause?.code ?? error.code ?? error.message);
    }
  }

  res.json(seen);
};
JS

my %files = map { $_ => do { local (@ARGV, $/) = $tls->file($_); <> } }
            qw(ca.pem other.pem ca.crl);

sub ask {
    my ($port, $by, $query, $path) = @_;
    return get(($path // '/') . "?port=$port&by=$by" . ($query // ''))
           ->{body};
}

# What a client says of a server that has that certificate, and what it has said
# to it: openssl's, which we answer a WebSocket for by its pipes.

sub said {
    my ($name, $by) = @_;

    my $port = free();
    my $listens = sprintf ':%04X 00000000:0000 0A', $port;
    my $pid = open2(my $out, my $in, 'sh', '-c', 'exec "$@" 2> /dev/null',
                    qw(sh openssl s_server -quiet -accept), "127.0.0.1:$port",
                    '-cert', $tls->file("$name.pem"), '-key', $tls->file("$name.key"));

    soon { `cat /proc/net/tcp` =~ $listens } "$name: a server listens";

    my $request = send_off("/?port=$port&by=$by");
    my $asked = '';

    while ($name eq 'leaf' && $asked !~ /\r\n\r\n/) {
        sysread $out, $asked, 4096, length $asked or last;
    }

    if ($asked =~ /^Sec-WebSocket-Key: (\S+)\r$/mi) {
        my $accept = sha1_base64("${1}258EAFA5-E914-47DA-95CA-C5AB0DC85B11");

        syswrite $in, "HTTP/1.1 101 Switching Protocols\r\n"
                      . "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                      . "Sec-WebSocket-Accept: $accept=\r\n\r\n"
                      . "\x88\x02\x03\xe8";

        # the answer to that, after which the server closes

        sysread $out, my $end, 8;
        kill KILL => $pid;
    }

    my ($answer) = answers($request);

    kill KILL => $pid;
    waitpid $pid, 0;

    # all that it has printed
    { local $/; $asked .= <$out> if $name ne 'leaf'; }

    return $answer->{body} . ($asked =~ /^(\w+)/ ? $1 : '');
}

sub free {
    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1)
        or die "listen: $!\n";
    return $socket->sockport;
}

my $seclevel0 = 'ALL:@SECLEVEL=0';

# a server that keeps its connections, which it tells the numbers of

my $kept = free();

my $keeper = TestServer->new('keeper');

$keeper->{port} = free();
$keeper->serve("server { listen 127.0.0.1:@{[$keeper->port]}; }"
               . " server { listen 127.0.0.1:$kept ssl;"
               . " ssl_certificate @{[$tls->file('elsewhere.pem')]};"
               . " ssl_certificate_key @{[$tls->file('elsewhere.key')]};"
               . ' return 200 $connection; }');

engine('refusals',
    http => 'invoke_egress allow 127.0.0.0/8;'
            . " invoke_ca_certificates @{[$tls->file('ca.pem')]};"
            . ' invoke_isolates 1 max=1;',
    server => 'invoke_timeout 10s;'
              . ' location / { invoke ./fn/f; }'
              . ' location /kept/ { invoke ./fn/f;'
              . '                   invoke_isolation function; }'
              . ' location /lax/ { invoke ./fn/f;'
              . '                  invoke_isolation function;'
              . '                  invoke_env NODE_TLS_REJECT_UNAUTHORIZED'
              . '                             $arg_env; }',
    functions => { f => { 'index.js' => $function, %files } });

# what it is called, and the code, or those of tls, https and fetch

my @refused = (
    ['out of date', 'CERT_HAS_EXPIRED', 'expired'],
    ['not yet valid', 'CERT_NOT_YET_VALID', 'future'],
    ['signed by itself', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'self'],
    ['another host, of whose name the CN is nothing',
     'ERR_TLS_CERT_ALTNAME_INVALID', 'elsewhere'],
    ['without the link between', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'below'],
    ['of a root that nobody trusts', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
     'foreign'],
    ['... which it shows', 'SELF_SIGNED_CERT_IN_CHAIN',
     'foreign', '-cert_chain', 'other.pem'],
    ['of who is no issuer', 'INVALID_PURPOSE',
     'usurped', '-cert_chain', 'nobody.pem'],
    ['for clients', 'INVALID_PURPOSE', 'client-only'],
    ['of an issuer of other names', 'UNSPECIFIED',
     'outside', '-cert_chain', 'narrow.pem'],
    ['an RSA key of 1,024 bits', qr/EE_KEY_TOO_SMALL|UNSPECIFIED/,
     'weak', '-cipher', $seclevel0],
    ['signed with SHA-1', qr/CA_MD_TOO_WEAK|UNSPECIFIED/,
     'sha1', '-cipher', $seclevel0],
    ['TLS 1.1', ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'EPROTO',
                 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'],
     'leaf', '-no_tls1_3', '-no_tls1_2', '-cipher', $seclevel0],
    ['without encryption', ['ERR_SSL_SSL(?:V3|/TLS)_ALERT_HANDSHAKE_FAILURE', 'EPROTO',
                            'ERR_SSL_SSL(?:V3|/TLS)_ALERT_HANDSHAKE_FAILURE'],
     'rsa', '-tls1_2', '-cipher', 'NULL-SHA256:@SECLEVEL=0'],
);

my $all = 'tls,https,fetch';

for my $one (@refused) {
    my ($title, $codes, @server) = @$one;
    my $port = $tls->server($server[0], '-www', @server[1 .. $#server]);
    my @codes = ref $codes eq 'ARRAY' ? @$codes : ($codes) x 3;
    my $like = join ',', map { qq{"(?:$_)"} } @codes;

    like(ask($port, $all), qr/^\[$like\]\n?$/, $title);
    is(ask($port, 'wss'),
       '["Received network error or non-101 status code."]',
       '... by a WebSocket');
}

my $port = $tls->server('leaf', '-www');
my $chain = $tls->server('below', '-www', '-cert_chain', 'middle.pem');
my $revoked = $tls->server('revoked', '-www');
my $good = '["authorized","authorized","authorized"]';

is(ask($port, $all), $good, 'the one that is asked for');
is(ask($chain, $all), $good, '... by a link between');
is(ask($revoked, $all), $good, 'nobody looks for a list of those revoked');

# CRLs are given by whoever has them

my $crl = '&ca=ca.pem&crl=ca.crl';

is(ask($revoked, 'tls,https', $crl), '["CERT_REVOKED","CERT_REVOKED"]',
   'revoked');
is(ask($port, 'tls,https', $crl), '["authorized","authorized"]',
   '... and not');
is(ask($chain, 'tls,https', $crl), '["UNABLE_TO_GET_CRL","UNABLE_TO_GET_CRL"]',
   '... by an issuer that gives no list');

# nothing is said to who is not who was asked for, neither what was written
# before that was known

is(said('leaf', 'wss'), '[[true,1000]]GET', 'a WebSocket');

for my $way (qw(wss https agent fetch)) {
    for my $name (qw(elsewhere self)) {
        like(said($name, $way), qr/^\["(?:ERR_TLS_CERT_ALTNAME_INVALID
                                        |DEPTH_ZERO_SELF_SIGNED_CERT
                                        |Received\ network\ error.*)"\]$/x,
             "$way says nothing to $name");
    }
}

# one request's will is no other's, neither of the same context

my $elsewhere = $tls->server('elsewhere', '-www');
my $self = $tls->server('self', '-www');
my $no = '&rejectUnauthorized=false';

for my $path ('/', '/kept/') {
    for (1, 2) {

        # the agent's session of before is not asked for its name, in Node too

        like(ask($elsewhere, $all, $no, $path),
             qr/^\["ERR_TLS_CERT_ALTNAME_INVALID",
                "(?:ERR_TLS_CERT_ALTNAME_INVALID|authorized)",
                "ERR_TLS_CERT_ALTNAME_INVALID"\]$/x, "$path: a wrong name");
        is(ask($self, $all, $no, $path),
           '["DEPTH_ZERO_SELF_SIGNED_CERT","DEPTH_ZERO_SELF_SIGNED_CERT",'
           . '"DEPTH_ZERO_SELF_SIGNED_CERT"]', '... a wrong signer');
    }

    for my $way (qw(tls https fetch)) {
        is(ask($elsewhere, $way, '', $path),
           '["ERR_TLS_CERT_ALTNAME_INVALID"]', "... is refused by $way");
        is(ask($self, $way, '', $path),
           '["DEPTH_ZERO_SELF_SIGNED_CERT"]', '... both are');
    }
}

# process.env is an invocation's, and so is what it says, though its context
# keeps connections and sessions

for my $strange ($kept, $elsewhere) {
    for (1, 2) {
        unlike(ask($strange, 'tls,https,agent,fetch', '&env=0', '/lax/'),
               qr/"ERR_TLS_CERT_ALTNAME_INVALID"\]$/,
               'NODE_TLS_REJECT_UNAUTHORIZED=0 takes anybody');
        is(ask($strange, 'tls,https,agent,fetch', '&env=1', '/lax/'),
           '["ERR_TLS_CERT_ALTNAME_INVALID","ERR_TLS_CERT_ALTNAME_INVALID",'
           . '"ERR_TLS_CERT_ALTNAME_INVALID","ERR_TLS_CERT_ALTNAME_INVALID"]',
           '... for that invocation alone');
    }
}

like(ask($kept, 'fetch,fetch', '&env=0', '/lax/'),
     qr/^\["(\d+)","\1"\]$/, '... whose connections are kept');

engine_stop();
is($keeper->stop, 0, 'the server that keeps connections stops');
$tls->stop;
