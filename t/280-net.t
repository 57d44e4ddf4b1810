# Sockets: require('net') against servers that are real ones, and what becomes
# of connections when what has opened them ends.

use strict;
use warnings;

use TestInvoke 'no_plan';
use TestEngine;

use File::Temp qw(tempdir);
use IO::Socket::INET;
use Peer;
use Time::HiRes qw(sleep);

my $dir = tempdir(CLEANUP => 1);
my $peer = Peer->new;
my $unix = Peer->new("$dir/peer");
my $port = $peer->port;

my $open = 'invoke_egress allow 127.0.0.0/8; invoke_egress allow ::1;'
           . "invoke_egress allow unix:$dir/peer;"
           . 'invoke_egress_limits bytes=100000m connects=100000;';

# the descriptors of a worker that are no files

sub fds { scalar grep { (readlink // '') =~ /^[a-z_]+:/ } glob "/proc/$_[0]/fd/*" }


my %functions = (
    hello => "module.exports = (req, res) => res.send('hello');\n",

    # what was sent comes back, as one text
    echo => <<"JS",
const net = require('net');

module.exports = (req, res) => {
  const { unix, size = 5 } = req.query;
  const socket = unix ? net.connect('$dir/peer')
                 : net.connect($port, '127.0.0.1');
  const sent = Buffer.alloc(+size, 'hello');
  const got = [];

  socket.on('connect', () => {
    socket.write('E');
    socket.write(sent.toString('latin1'), 'latin1');
    socket.end();
  });
  socket.on('data', (chunk) => got.push(chunk));
  socket.on('error', (error) => res.status(500).send(error.stack));
  socket.on('close', () => {
    res.json({ equal: +Buffer.concat(got).equals(sent),
               several: +(got.length > 1), read: socket.bytesRead,
               written: socket.bytesWritten });
  });
};
JS

    # answers by nothing else than what a socket tells
    waits => <<"JS",
const net = require('net');

module.exports = (req, res) => {
  const socket = net.connect($port, '127.0.0.1', () => socket.write('Eok'));

  if (req.query.unref) {
    socket.unref();
  }

  socket.on('data', (data) => res.send(data));
};
JS

    # an error's code, message and other properties
    fails => <<"JS",
const net = require('net');

module.exports = (req, res) => {
  const { host, port, path, mode = 'I' } = req.query;
  const socket = path ? net.connect(path) : net.connect(+port, host);

  socket.on('connect', () => socket.write(mode));
  socket.on('end', () => res.send('end'));
  socket.on('error', (error) => {
    res.send([error.code, error.syscall, error.message].join('|'));
  });
};
JS

    # so many connections of a mode, and no answer
    holds => <<"JS",
const net = require('net');

module.exports = (req, res) => {
  const { mode, n = 1, spin, deaf, loop, fail } = req.query;
  let ready = 0;

  for (let i = 0; i < n; i++) {
    const socket = net.connect($port, '127.0.0.1', () => {
      socket.write(mode);
      if (mode === 'S') {
        socket.write(Buffer.alloc(8 << 20));
      }
      if (++ready < n) {
        return;
      }
      if (spin) {
        const a = [];
        a.length = 2 ** 32 - 1;
        a.fill(0);
      }
      if (deaf) {
        Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1);
      }
      if (loop) {
        for (;;);
      }
      if (fail) {
        null.x;
      }
      if (req.query.answer) {
        res.send('ok');
      }
    });

    socket.on('error', () => {});
    socket.on('data', () => {});
  }
};
JS

    # a connection that all invocations work with
    pool => <<"JS",
const net = require('net');
const { AsyncLocalStorage } = require('async_hooks');

let socket = null;
let connects = 0;
let text = '';
let waiting = [];
const who = new AsyncLocalStorage();

function connect() {
  connects++;
  socket = net.connect($port, '127.0.0.1');
  socket.setEncoding('utf8');
  socket.write('E');
  socket.on('data', (data) => {
    for (const word of data) {
      waiting.shift()(null, word);
    }
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    socket = null;
    for (const fn of waiting.splice(0)) {
      fn(new Error('closed'));
    }
  });
}

module.exports = (req, res) => {
  if (socket === null) {
    connect();
  }
  if (req.query.spin) {
    for (;;);
  }
  who.run(req.query.word, () => {
    waiting.push((error, word) => {
      process.nextTick(() => {
        res.send(`\${error?.message} \${word} \${connects}`);
      });
    });
    socket.write(req.query.word);
  });
};
JS

    # writes on to one that does not read
    floods => <<"JS",
const net = require('net');

module.exports = (req, res) => {
  const socket = net.connect($port, '127.0.0.1', () => {
    socket.write('S');
    setInterval(() => {
      for (let i = 0; i < 64; i++) {
        socket.write(Buffer.alloc(1 << 20));
      }
    }, 1);
  });
};
JS

    listens => <<'JS',
const net = require('net');

module.exports = (req, res) => {
  const server = net.createServer();

  server.on('error', (error) => res.send(error.code));
  server.listen(+req.query.port, req.query.host, () => res.send('listens'));
};
JS
);


engine('net', http => 'invoke_isolates 1 max=1; invoke_memory_limit 128m;',
    server => <<"END", functions => \%functions);
location ~ ^/closed/(?<fn>\\w+) { invoke ./fn/\$fn; }
location ~ ^/short/(?<fn>\\w+) {
    $open
    invoke_timeout 1s;
    invoke ./fn/\$fn;
}
location ~ ^/shared/(?<fn>\\w+) {
    $open
    invoke_isolation function;
    invoke_timeout 10s;
    invoke_cpu_limit 300ms;
    invoke ./fn/\$fn;
}
location ~ ^/(?<fn>\\w+) {
    $open
    invoke_timeout 20s;
    invoke ./fn/\$fn;
}
END

at_rest('the pool is ready');

my ($worker) = worker_pids();

is(get('/hello')->{body}, 'hello', 'a function that uses no network');

my $before = fds($worker);

is(get('/hello')->{body}, 'hello', 'once more');
soon { fds($worker) <= $before } 'it has the worker hold no descriptor';

# bytes

is_deeply(get('/echo')->{json},
          { equal => 1, several => 0, read => 5, written => 6 },
          'what is sent comes back');
is_deeply(get('/echo?size=3000000')->{json},
          { equal => 1, several => 1, read => 3000000, written => 3000001 },
          'also where it is much');
is_deeply(get('/echo?unix=1')->{json},
          { equal => 1, several => 0, read => 5, written => 6 },
          'and by a socket of AF_UNIX');

# an epoll, an eventfd, two pipes, and of later libuvs a ring for epoll_ctl()

soon { fds($worker) <= $before + 7 } 'the loop has few descriptors';
cmp_ok(fds($worker), '>=', $before + 4, 'and some');

# what it answers by

is(get('/waits')->{body}, 'ok', 'an answer waits for a connection');
is(get('/waits?unref=1')->{body}, '', 'but for one that has no reference');

# errors

my $closed = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1);
my $nobody = $closed->sockport;
close $closed;

is(get("/fails?host=127.0.0.1&port=$nobody")->{body},
   "ECONNREFUSED|connect|connect ECONNREFUSED 127.0.0.1:$nobody",
   'nobody listens');
is(get("/fails?host=127.0.0.1&port=$port&mode=R")->{body},
   'ECONNRESET|read|read ECONNRESET', 'the peer resets it');
is(get("/closed/fails?host=127.0.0.1&port=$port")->{body},
   "POLICY_DENIED|connect|connect POLICY_DENIED 127.0.0.1:$port",
   'an address that is not open');
is(get("/closed/fails?path=$dir/peer")->{body},
   "POLICY_DENIED|connect|connect POLICY_DENIED $dir/peer",
   'a path that is not');

is(get('/listens?port=0&host=127.0.0.1')->{body}, 'ENOTSUP',
   'a function does not listen');
is(get('/listens?port=0')->{body}, 'ENOTSUP', 'not anywhere');

# Ends. All connections of it are closed at once, whatever they are in the midst
# of, and the descriptors are back.

my $rest = fds($worker);

for my $case (['an invocation is over', '/holds/?n=64&mode=I&answer=1', 200],
              ['a limit of time', '/short/holds?n=64&mode=I', 504],
              ['while it is flooded', '/short/holds?n=16&mode=F', 504],
              ['while it writes', '/short/holds?n=4&mode=S', 504],
              ['an exception', '/holds?n=64&mode=I&fail=1', 500])
{
    my ($what, $path, $status) = @$case;
    my (undef, $ended) = $peer->counts;

    is(get($path)->{status}, $status, $what);
    soon { my ($now, $all) = $peer->counts; $now == 0 && $all > $ended }
         "$what: peers see the end";
    soon { fds($worker) <= $rest } "$what: no descriptor is left";
}

# a client that leaves

for my $mode (qw(I F S)) {
    my $requests = send_off("/holds?n=4&mode=$mode");

    soon { ($peer->counts)[0] == 4 } "$mode: it has connections";
    close $requests->[0]{socket};
    soon { ($peer->counts)[0] == 0 } "$mode: the client has left, so they end";
}

soon { fds($worker) <= $rest } 'no descriptor is left';

# at any moment: clients leave after a while that is as long as it happens to be

my @modes = qw(I F S E);
my @pending;

for my $round (1 .. $ENV{TEST_INVOKE_ROUNDS} // 100) {
    my $mode = $modes[rand @modes];
    my $path = rand() < 0.2 ? "/echo?size=300000" : "/holds?n=8&mode=$mode";

    push @pending, send_off($path);
    sleep rand 0.01;
    close((shift @pending)->[0]{socket}) if @pending > 3;
}

close $_->[0]{socket} for splice @pending;

soon { ($peer->counts)[0] == 0 } 'peers see the end of all';
soon { fds($worker) <= $rest } 'and all descriptors are back';
is((worker_pids())[0], $worker, 'of the same worker');

# isolation "function": a connection serves one invocation after another

is(get('/shared/pool?word=a')->{body}, 'undefined a 1', 'a connection');
is(get('/shared/pool?word=b')->{body}, 'undefined b 1', 'it is there still');
is(join(',', sort map { $_->{body} }
                 together(map { "/shared/pool?word=$_" } 1 .. 5)),
   join(',', map { "undefined $_ 1" } 1 .. 5), 'for several at a time');
is(($peer->counts)[0], 1, 'one it is');

# an invocation that is ended takes along what it has made

put('pool/index.js', "/* */ $functions{pool}");
soon { get('/shared/pool?word=c')->{body} eq 'undefined c 1' }
     'another version has its own';
soon { ($peer->counts)[0] <= 2 } 'beside the former one';

is(get('/shared/pool?word=d&spin=1')->{status}, 504, 'one is ended');
like(get('/shared/pool?word=e')->{body}, qr/^undefined e [12]$/,
     'the next one works');

# a reload: the connections of the worker that leaves are closed

my ($all) = $peer->counts;

cmp_ok($all, '>', 0, 'there are connections');
kill HUP => server()->{pid};
soon { my ($now) = eval { worker_pids() }; $now && $now != $worker }
     'another worker is there';
soon { ($peer->counts)[0] == 0 } 'those of the former one are closed';

# what is written and not taken counts as memory of the isolate

is(get('/floods')->{code}, 'memory', 'writes without end');
soon { ($peer->counts)[0] <= 2 } 'and their connection ends';

engine_stop();


# A thread that does not come back: its connections are shut down all the same.

engine('quarantine', http => 'invoke_isolates 1;',
       server => "location ~ ^/(?<fn>\\w+) { $open invoke_timeout 1s;"
                 . ' invoke ./fn/$fn; }',
       functions => \%functions);

my $spins = send_off('/holds?n=10&mode=I&spin=1');

soon { ($peer->counts)[0] >= 10 } 'an invocation has ten connections';
soon { log_lines(qr/an isolate is in quarantine/) == 1 } 'it is in quarantine';
soon { ($peer->counts)[0] <= 0 } 'peers see the end';

# They do not wait for it to be given up, which takes a second of the processor
# at the lowest priority.

my $deaf = send_off('/holds?n=10&mode=I&deaf=1');

soon { ($peer->counts)[0] >= 10 } 'an invocation has ten connections';
soon { ($peer->counts)[0] <= 0 } 'peers see the end at its limit';
is(scalar log_lines(qr/an isolate is in quarantine/), 1, 'and not later');
is((answers($deaf))[0]{status}, 504, 'its client is answered');
soon { log_lines(qr/an isolate is in quarantine/) == 2 } 'it is given up';

engine_stop();


# In an isolate in which others await, who have connections, too.

engine('several', http => 'invoke_isolates 1 max=1;',
       server => <<"END", functions => \%functions);
location ~ ^/long/(?<fn>\\w+) {
    $open
    invoke_timeout 600s;
    invoke ./fn/\$fn;
}
location ~ ^/(?<fn>\\w+) {
    $open
    invoke_timeout 1s;
    invoke ./fn/\$fn;
}
END

my $awaits = send_off('/long/holds?n=3&mode=I');

soon { ($peer->counts)[0] == 3 } 'one awaits';

my $loops = send_off('/long/holds?n=10&mode=I&loop=1');

soon { ($peer->counts)[0] == 13 } 'another one does not look up';
close $awaits->[0]{socket};
soon { ($peer->counts)[0] == 10 } 'peers see the end of the one that is left';
close $loops->[0]{socket};
soon { ($peer->counts)[0] == 0 } 'and of the other';

$awaits = send_off('/long/holds?n=3&mode=I');
soon { ($peer->counts)[0] == 3 } 'one awaits';
$deaf = send_off('/holds?n=10&mode=I&deaf=1');
soon { ($peer->counts)[0] == 13 } 'another one does not come back';
soon { ($peer->counts)[0] == 3 } 'peers of that one see the end at its limit';
is((answers($deaf))[0]{status}, 504, 'its client is answered');
soon { ($peer->counts)[0] == 0 } 'those of the other when it is given up';
is((answers($awaits))[0]{code}, 'crashed', 'and its client is told');

engine_stop();


# A socket is one descriptor of those that a function may have, as a file is.

engine('descriptors', main => 'worker_rlimit_nofile 1200;',
       http => 'invoke_isolates 1 max=1;'
               . ' invoke_egress_limits sockets=1000 connects=1000;',
       server => "location / { $open invoke ./fn/f; }",
       functions => { f => <<'JS' });
const fs = require('fs');
const net = require('net');

const open = {
  file: async () => fs.openSync('/index.js'),
  socket: (port) => new Promise((resolve, reject) => {
    net.connect(port, '127.0.0.1').on('connect', resolve).on('error', reject);
  }),
};

module.exports = async (req, res) => {
  const { what, port } = req.query;
  let n = 0;

  try {
    for (;; n++) await open[what](port);
  } catch ({ code }) {
    res.send(`${n} ${code}`);
  }
};
JS

my $as_files = get('/?what=file')->{body};

like($as_files, qr/^\d\d+ EMFILE$/, 'a function has so many files');
is(get('/?what=socket&port=' . $peer->port)->{body}, $as_files,
   '... or as many sockets');

engine_stop();
