# What peers send and a function does not take: it waits with the kernel as long
# as the isolate is busy, and counts as memory once it is read.

use TestInvoke 'no_plan';
use TestEngine;
use Peer;
use Server;
use TestTLS;

my $asan = $ENV{TEST_INVOKE_ASAN};
my $tls = TestTLS->new;
my $peer = Peer->new;
my $size = 24 << 20;

Server::write_file($tls->file('big'), "\0" x $size);

my $secure = $tls->server('leaf', '-www', '-WWW');

my %functions = (

    # so many floods, which come to nobody until there is a file
    busy => <<"JS",
const fs = require('fs');
const net = require('net');

module.exports = async (req, res) => {
  const bytes = [];
  const sockets = [];

  for (let i = 0; i < 32; i++) {
    const socket = net.connect(@{[$peer->port]}, '127.0.0.1');

    bytes[i] = 0;
    socket.on('error', () => {});
    socket.on('data', ({ length }) => { bytes[i] += length; });
    sockets.push(socket);
    await new Promise((resolve) => socket.on('connect', resolve));
  }

  sockets.forEach((socket) => socket.write('F'));
  console.log('busy');
  while (!fs.existsSync('/go'));

  while (bytes.some((n) => n < 1 << 20)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }

  sockets.forEach((socket) => socket.destroy());
  res.send('all have come');
};
JS

    # a flood that nobody reads, for a while
    paused => <<"JS",
const net = require('net');

module.exports = async (req, res) => {
  const socket = net.connect(@{[$peer->port]}, '127.0.0.1', () => {
    socket.write('F');
  });

  await new Promise((resolve) => socket.once('readable', resolve));

  /* another connection goes on meanwhile */

  const other = net.connect(@{[$peer->port]}, '127.0.0.1');

  other.write('E');

  for (let i = 0; i < 200; i++) {
    other.write('x');
    await new Promise((resolve) => other.once('data', resolve));
  }

  res.send(socket.bytesRead <= 2 * 65536 ? 'little' : `\${socket.bytesRead}`);
  socket.destroy();
  other.destroy();
};
JS

    # one that is kept
    kept => <<"JS",
const net = require('net');
const all = [];

module.exports = (req, res) => {
  const socket = net.connect(@{[$peer->port]}, '127.0.0.1', () => {
    socket.write('F');
  });

  socket.on('data', (data) => all.push(data));
};
JS

    # records of TLS that all come to light while JavaScript runs
    records => <<"JS",
const { Duplex } = require('stream');
const net = require('net');
const tls = require('tls');

module.exports = (req, res) => {
  const raw = net.connect($secure, '127.0.0.1');
  const parts = [];
  let held = 0;
  let holds = false;
  let bytes = 0;

  const stream = new Duplex({
    read() {},
    write(data, encoding, done) { raw.write(data, done); },
    final(done) { done(); },
  });

  const socket = tls.connect({ socket: stream, rejectUnauthorized: false });

  raw.on('data', (data) => {
    if (!holds) {
      stream.push(data);
      return;
    }

    parts.push(data);
    held += data.length;

    if (held > $size) {
      holds = false;
      parts.forEach((part) => stream.push(part));
      parts.length = 0;
    }
  });

  socket.on('error', () => {});
  socket.on('secureConnect', () => {
    holds = true;
    socket.write('GET /big HTTP/1.0\\r\\n\\r\\n');
  });

  socket.on('data', ({ length }) => {
    bytes += length;

    if (bytes >= $size) {
      res.send('all has come');
      raw.destroy();
      socket.destroy();
    }
  });
};
JS

    beside => "module.exports = (req, res) => res.send('beside');",
);

my $open = 'invoke_egress allow 127.0.0.0/8;'
           . ' invoke_egress_limits connects=1000 bytes=100000m;';

for my $memory (qw(48m 256m)) {
    engine("with $memory",
           http => "invoke_isolates 2 max=2; invoke_memory_limit $memory;",
           server => "location ~ ^/(?<fn>\\w+) { $open invoke ./fn/\$fn; }",
           functions => \%functions);

    my ($worker) = worker_pids();

    get('/beside');

    Server::reset_peak($worker);

    my $before = Server::peak($worker);
    my $busy = send_off('/busy');

    soon { log_lines(qr/console\.log: busy/) } 'it is busy';
    soon { full() } 'the kernel takes no more';
    is(get('/beside')->{body}, 'beside', "$memory: others are served");
    cmp_ok(Server::peak($worker) - $before, '<', 32 << 20,
           "$memory: what is not read is not the worker's") unless $asan;
    put('busy/go', '');
    is((answers($busy))[0]{body}, 'all have come', "$memory: it comes later");

    is(get('/paused')->{body}, 'little', "$memory: what is not asked for");
    is(get('/kept')->{code}, 'memory', "$memory: what is kept counts");

    my $records = get('/records');

    if ($memory eq '48m') {
        is($records->{code}, 'memory', "$memory: what is not told yet as well");
    } else {
        is($records->{body}, 'all has come', "$memory: with room it is told");
    }

    soon { ($peer->counts)[0] == 0 } 'all connections are closed';
    is((worker_pids())[0], $worker, "$memory: the worker is there");
    is(get('/beside')->{body}, 'beside', "$memory: and serves");

    engine_stop();
}


# Whether what the floods have sent and nobody has read stays the same.

my $seen;

sub full {
    my $port = sprintf ':%04X', $peer->port;
    my $sum = 0;
    my $n = 0;

    open my $table, '<', '/proc/net/tcp' or die "/proc/net/tcp: $!\n";

    while (<$table>) {
        my (undef, undef, $remote, $state, $queues) = split;

        next unless $remote =~ /$port$/ && $state eq '01';
        $sum += hex((split /:/, $queues)[1]);
        $n++;
    }

    my $former = $seen // -1;

    $seen = $sum;

    return $n >= 32 && $sum > 0 && $sum == $former;
}
