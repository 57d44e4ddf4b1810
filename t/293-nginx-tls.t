# The TLS of nginx itself, which has the same library as functions have, in the
# same process: it goes on whatever these do with theirs.

use TestInvoke 'no_plan';
use TestEngine;
use TestTLS;

use IO::Socket::SSL;

my $tls = TestTLS->new;
my $port = $ENV{TEST_NGINX_PORT_2};

# each of these fails in OpenSSL, or asks for what is the whole process's

my $odd = <<'JS';
const crypto = require('crypto');
const tls = require('tls');

const { privateKey, publicKey } = crypto.generateKeyPairSync('rsa', {
  modulusLength: 1024,
});
const bytes = () => crypto.randomBytes(128);

const all = [
  () => crypto.setEngine('dynamic'),
  () => crypto.setFips(true),
  () => crypto.createPrivateKey('-----BEGIN PRIVATE KEY-----\nAAAA\n'),
  () => crypto.createPublicKey({ key: bytes(), format: 'der', type: 'spki' }),
  () => crypto.privateDecrypt(privateKey, bytes().subarray(1)),
  () => crypto.publicDecrypt(publicKey, bytes()),
  () => crypto.createHash('nothing'),
  () => crypto.createECDH('nothing'),
  () => crypto.createECDH('prime256v1').computeSecret(bytes()),
  () => crypto.createDiffieHellman(bytes()).computeSecret(Buffer.alloc(1)),
  () => crypto.createSign('sha256').sign('-----BEGIN EC PRIVATE KEY-----\n'),
  () => crypto.sign('nothing', bytes(), privateKey),
  () => new crypto.X509Certificate(bytes()),
  () => crypto.generateKeyPairSync('dsa', { modulusLength: 64,
                                            divisorLength: 1 << 20 }),
  () => crypto.scryptSync('', '', 64, { N: 2 ** 20, maxmem: 1 }),
  () => crypto.hkdfSync('sha1', '', '', '', 1 << 20),
  () => {
    const one = crypto.createDecipheriv('aes-128-gcm', bytes().subarray(112),
                                        bytes().subarray(116));

    one.setAuthTag(bytes().subarray(112));
    one.update(bytes());
    one.final();
  },
  () => {
    const one = crypto.createDecipheriv('aes-256-cbc', bytes().subarray(96),
                                        bytes().subarray(112));

    one.update(bytes().subarray(1));
    one.final();
  },
  () => tls.createSecureContext({ cert: 'none', key: 'none' }),
  () => tls.createSecureContext({ ciphers: 'none' }),
  () => tls.createSecureContext({ ecdhCurve: 'none' }),
  () => tls.createSecureContext({ pfx: bytes(), passphrase: '' }),
  () => tls.createSecureContext({ minVersion: 'none' }),
];

module.exports = (req, res) => {
  const passed = new Set();

  for (let i = 0; i < 30; i++) {
    for (const one of all) {
      try {
        one();
        passed.add(String(one));
      } catch {
        // as it should
      }
    }
  }

  res.json([...passed]);
};
JS

engine('tls of nginx',
    http => <<"END",
invoke_isolates 2;
server {
    listen 127.0.0.1:$port ssl;
    ssl_certificate @{[$tls->file('leaf.pem')]};
    ssl_certificate_key @{[$tls->file('leaf.key')]};
    ssl_session_cache shared:tls:1m;
    ssl_protocols TLSv1.2 TLSv1.3;
    location / { return 200 nginx; }
    location /odd { invoke ./fn/odd; invoke_timeout 60s; }
}
END
    server => 'location /odd { invoke ./fn/odd; invoke_timeout 60s; }',
    functions => { odd => $odd });

# what is answered at $path, over a connection that resumes the session of
# $session, if there is one

sub over_tls {
    my ($path, $version, $session) = @_;

    my $socket = IO::Socket::SSL->new(
        PeerAddr => "127.0.0.1:$port",
        SSL_version => $version,
        SSL_hostname => 'leaf.example.com',
        SSL_verifycn_name => 'leaf.example.com',
        SSL_ca_file => $tls->file('ca.pem'),
        SSL_session_cache => $session,
        SSL_session_key => $version)
        or return "no connection: $SSL_ERROR";

    print $socket "GET $path HTTP/1.0\r\n\r\n";

    local $/;
    my (undef, $body) = split /\r\n\r\n/, <$socket> // '', 2;

    return $body // '';
}

is(over_tls('/', 'TLSv1_3'), 'nginx', 'before');

my $requests = send_off(('/odd') x 4);
my %answers;

for (1 .. 25) {
    for my $version (qw(TLSv1_2 TLSv1_3)) {
        my $cache = IO::Socket::SSL::Session_Cache->new(4);

        $answers{over_tls('/', $version, $cache)}++ for 1, 2;
    }
}

is_deeply(\%answers, { nginx => 100 }, 'nginx answers meanwhile');
is(over_tls('/odd', 'TLSv1_3'), '[]', 'as a function does over its TLS');
is($_->{body}, '[]', 'what is to fail fails') for answers($requests);
is(over_tls('/', 'TLSv1_2'), 'nginx', 'after');
is(scalar log_lines(qr/SSL|\[(?:alert|crit)\]/), 0, 'nothing of it is told');

engine_stop();
