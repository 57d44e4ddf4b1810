# TLS of functions, to servers that are OpenSSL's own, whose errors are Node's.

use TestInvoke 'no_plan';
use TestEngine;
use TestTLS;

my $tls = TestTLS->new;

$tls->make('expired', subject => '/CN=leaf.example.com', issuer => 'ca',
           extensions => 'subjectAltName = DNS:leaf.example.com',
           dates => ['20200101000000Z', '20200201000000Z']);
$tls->make('self', subject => '/CN=leaf.example.com',
           extensions => 'subjectAltName = DNS:leaf.example.com');
$tls->make('middle', subject => '/CN=middle', issuer => 'ca',
           extensions => 'basicConstraints = critical,CA:true');
$tls->make('below', subject => '/CN=leaf.example.com', issuer => 'middle',
           extensions => 'subjectAltName = DNS:leaf.example.com');
$tls->make('weak', subject => '/CN=leaf.example.com', issuer => 'ca',
           key => '-algorithm RSA -pkeyopt rsa_keygen_bits:1024',
           extensions => 'subjectAltName = DNS:leaf.example.com');
$tls->make('other', subject => '/CN=Other root',
           extensions => 'basicConstraints = critical,CA:true');

my $f = <<'JS';
const fs = require('fs');
const tls = require('tls');

const read = (name) => fs.readFileSync(`${__dirname}/${name}`);

module.exports = (req, res) => {
  const { port, ...given } = req.query;
  const options = { port, host: '127.0.0.1', servername: 'leaf.example.com' };
  const seen = [];
  let text = '';

  for (const name of Object.keys(given)) {
    options[name] = ['ca', 'key', 'cert'].includes(name) ? read(given[name])
      : name === 'ALPNProtocols' ? given[name].split(',')
      : given[name] === 'false' ? false : given[name];
  }

  const socket = tls.connect(options);

  socket.setEncoding('utf8');
  socket.on('secureConnect', () => {
    seen.push(socket.authorized, socket.authorizationError,
              socket.getProtocol());
    socket.write('hello\n');
  });
  socket.on('data', (chunk) => {
    text += chunk;
    if (text.includes('olleh')) {
      seen.push(socket.isSessionReused(), socket.alpnProtocol);
      socket.end();
    }
  });
  socket.on('error', (error) => {
    seen.push(error.code, error.message.replace(/^[0-9A-F]+:/, ''));
  });
  socket.on('close', () => res.json([...seen, text]));
};
JS

my %files = map { $_ => do { local (@ARGV, $/) = $tls->file($_); <> } }
            qw(ca.pem other.pem client.pem client.key middle.pem);

sub conf {
    my ($title, %more) = @_;

    engine($title,
        http => 'invoke_egress allow 127.0.0.0/8;'
                . ' invoke_isolates 1 max=1;'
                . " invoke_ca_certificates @{[$tls->file('ca.pem')]};",
        server => 'location / { invoke ./fn/f; invoke_timeout 10s; }'
                  . ' location /other/ { invoke ./fn/g; invoke_timeout 10s; }'
                  . '',
        functions => { f => { 'index.js' => $f, %files },
                       g => { 'index.js' => $f, %files } });
}

sub ask {
    my ($port, $query, $path) = @_;
    return get(($path // '/') . "?port=$port" . ($query // ''))->{body};
}

conf('what is refused');

my $plain = $tls->server('leaf');

is(ask($plain), '[true,null,"TLSv1.3",false,false,"olleh\n"]', 'TLS 1.3');

is(ask($plain, '&servername=wrong.example.com'),
   '["ERR_TLS_CERT_ALTNAME_INVALID","Hostname/IP does not match certificate\'s'
   . ' altnames: Host: wrong.example.com. is not in the cert\'s altnames:'
   . ' DNS:leaf.example.com, DNS:localhost, IP Address:127.0.0.1",""]',
   'another name');

is(ask($tls->server('expired')),
   '["CERT_HAS_EXPIRED","certificate has expired",""]', 'out of date');

is(ask($tls->server('self')),
   '["DEPTH_ZERO_SELF_SIGNED_CERT","self-signed certificate",""]',
   'signed by itself');

my $below = $tls->server('below');

is(ask($below),
   '["UNABLE_TO_VERIFY_LEAF_SIGNATURE",'
   . '"unable to verify the first certificate",""]',
   'a link of the chain is missing');

like(ask($tls->server('below', '-cert_chain', 'middle.pem')), qr/^\[true/,
     '... and is there');

is(ask($plain, '&ca=other.pem'),
   '["UNABLE_TO_VERIFY_LEAF_SIGNATURE",'
   . '"unable to verify the first certificate",""]',
   'not of those whom the function trusts');

like(ask($plain, '&ca=ca.pem'), qr/^\[true/, '... and of those');

like(ask($tls->server('weak', '-cipher', 'ALL:@SECLEVEL=0')),
     qr/^\["(?:EE_KEY_TOO_SMALL|UNSPECIFIED)","EE certificate key too weak"/,
     'a key of 1,024 bits');

like(ask($tls->server('leaf', '-no_tls1_3', '-no_tls1_2', '-cipher',
                      'ALL:@SECLEVEL=0')),
     qr/^\["ERR_SSL_\w*(?:PROTOCOL|VERSION)\w*","error:[^"]*","/,
     'TLS 1.1');

like(ask($plain, '&maxVersion=TLSv1.2'), qr/^\[true,null,"TLSv1.2"/,
     'TLS 1.2');

# it is the function's own business, and that of this connection alone

like(ask($below, '&rejectUnauthorized=false'),
     qr/^\[false,"UNABLE_TO_VERIFY_LEAF_SIGNATURE","TLSv1.3",false/,
     'a function may take anybody');
like(ask($below), qr/^\["UNABLE_TO_VERIFY_LEAF_SIGNATURE"/,
     '... which nobody else does after that');

# client certificates, ALPN

my $strict = $tls->server('leaf', '-Verify', 3, '-CAfile', 'ca.pem',
                          '-verify_return_error');

like(ask($strict, '&key=client.key&cert=client.pem'), qr/^\[true.*olleh/,
     'a certificate of a client');
like(ask($strict), qr/ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED/,
     'no certificate of a client');

like(ask($tls->server('leaf', '-alpn', 'one,two'), '&ALPNProtocols=zero,two'),
     qr/"two","olleh/, 'ALPN');

engine_stop();


conf('sessions');

sub egress { metrics()->{egress} }

for my $version ('TLSv1.3', 'TLSv1.2') {
    my $port = $tls->server('leaf');
    my $query = "&maxVersion=$version";
    my $before = egress();

    like(ask($port, $query), qr/"$version",false/, "$version: the first");
    like(ask($port, $query), qr/"$version",true/,
         '... is gone on with, in another context');
    like(ask($port, "$query&ALPNProtocols=x"), qr/"$version",false/,
         '... not with other protocols');
    like(ask($port, "$query&ca=ca.pem"), qr/"$version",false/,
         '... not with other settings');
    like(ask($port, $query, '/other/'), qr/"$version",false/,
         '... not by another function');

    my $after = egress();

    is($after->{tlsHandshakes} - $before->{tlsHandshakes}, 5,
       "$version: handshakes are counted");
    is($after->{tlsResumed} - $before->{tlsResumed}, 1,
       '... and those that went on');
}

# who was taken without being asked for more is not taken by others

like(ask($plain, '&rejectUnauthorized=false&servername=wrong.example.com'),
     qr/^\[false,"ERR_TLS_CERT_ALTNAME_INVALID","TLSv1.3",false/,
     'a wrong name is let pass');
like(ask($plain, '&servername=wrong.example.com'),
     qr/^\["ERR_TLS_CERT_ALTNAME_INVALID"/,
     '... and the session is nothing to those that look');

engine_stop();


# HTTPS, with the agent of each context

my $www = $tls->server('leaf', '-www');

engine('https',
    http => 'invoke_egress allow 127.0.0.0/8; invoke_isolates 1 max=1;'
            . " invoke_ca_certificates @{[$tls->file('ca.pem')]};",
    server => 'location / { invoke ./fn/f; invoke_timeout 10s; }',
    functions => { f => <<'JS' });
const https = require('https');

module.exports = (req, res) => {
  https.get({ ...req.query, path: '/' }, (answer) => {
    let text = '';

    answer.setEncoding('utf8');
    answer.on('data', (chunk) => { text += chunk; });
    answer.on('end', () => res.json([answer.statusCode,
                                     /^(New|Reused), TLSv1.3/m.exec(text)?.[1],
                                     answer.socket.authorized]));
  }).on('error', (error) => res.json([error.code]));
};
JS

is(ask($www, '&host=localhost'), '[200,"New",true]', 'an answer by HTTPS');
is(ask($www, '&host=localhost'), '[200,"Reused",true]',
   '... and by a session of before');
is(ask($www, '&host=127.0.0.1&servername=no.example.com'),
   '["ERR_TLS_CERT_ALTNAME_INVALID"]', '... not of another name');
is(ask($plain, '&host=localhost&ca=x'), '["UNABLE_TO_VERIFY_LEAF_SIGNATURE"]',
   '... nor of whom nobody trusts');

engine_stop();


# A function that connects takes no memory and no time for what of crypto it
# does not use.

engine('what few use',
    http => 'invoke_egress allow 127.0.0.0/8; invoke_isolates 1 max=1;'
            . " invoke_ca_certificates @{[$tls->file('ca.pem')]};",
    server => 'location / { invoke ./fn/f; invoke_timeout 10s; }',
    functions => { f => <<'JS' });
const used = () => process.memoryUsage().heapUsed;
const before = used();
const tls = require('tls');
const took = used() - before;

module.exports = (req, res) => {
  const { port } = req.query;

  if (port === undefined) {
    res.json(took);
    return;
  }

  const socket = tls.connect({ port, servername: 'leaf.example.com' }, () => {
    const certificate = socket.getPeerX509Certificate();

    socket.destroy();
    res.json([certificate instanceof require('crypto').X509Certificate,
              certificate.checkHost('localhost'),
              tls.createSecurePair().cleartext instanceof tls.TLSSocket]);
  });
};
JS

my ($least) = sort { $a <=> $b } map { get('/')->{body} } 1 .. 6;

cmp_ok($least, '<', 200_000, 'require(\'tls\') loads no crypto');
is(ask($plain), '[true,"localhost",true]',
   '... but where a certificate or a pair is asked for');

engine_stop();


# What is written to the topmost goes down by calls, as deep as there are layers

engine('layers', http => 'invoke_isolates 1 max=1;',
    server => 'location / { invoke ./fn/f; }', functions => { f => <<'JS' });
const { Duplex } = require('stream');
const tls = require('tls');

module.exports = (req, res) => {
  let socket = new Duplex({
    read() {},
    write(chunk, encoding, done) { done(); },
  });
  let layers = 0;

  try {
    for (; layers < 1000; layers++) {
      socket = tls.connect({ socket }).on('error', () => {});
    }
  } catch (error) {
    res.json([layers, error.message]);
  }
};
JS

is(get('/')->{body}, '[32,"Too many connections over each other"]',
   'TLS over TLS is of so many layers');

engine_stop();
$tls->stop;
