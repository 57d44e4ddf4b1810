# Connections that several invocations of a context share, as a pool of a client
# of a database does: what is set in their events outlives the invocation that
# has worked with them last.

use TestInvoke 'no_plan';
use TestEngine;
use Peer;
use TestListener;
use TestTLS;

use File::Temp;
use IO::Socket::SSL;
use Time::HiRes qw(sleep);

my $peer = Peer->new;

# a client with one connection, which it makes anew when it has lost it

my $client = <<'JS';
const net = require('net');

let socket = null;
let reconnects = 0;
let beats = 0;
let ready = false;
const waiting = [];
const unsent = [];

const connect = () => {
  socket = net.connect(PORT, '127.0.0.1');
  socket.setEncoding('utf8');
  socket.write('E');

  // answers are told later, in the order of the questions
  socket.on('data', (text) => {
    for (const line of text.split('\n').filter(Boolean)) {
      later(() => waiting.shift()(line));
    }
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    ready = false;
    setTimeout(() => { reconnects++; connect(); }, 20);
  });
  socket.once('connect', () => {
    ready = true;
    for (const line of unsent.splice(0)) socket.write(`${line}\n`);
    setInterval(() => beats++, 10);
  });
};

let later = setImmediate;

const ask = (line) => new Promise((resolve) => {
  waiting.push(resolve);

  if (ready) {
    socket.write(`${line}\n`);
  } else {
    unsent.push(line);
  }
});

connect();

module.exports = async (req, res) => {
  const { how } = req.query;

  later = req.query.later === 'timeout' ? (fn) => setTimeout(fn, 30)
    : setImmediate;

  if (how === 'ask') {
    res.send(await ask('question'));
  } else if (how === 'leave') {
    // the last one that writes, and is over before it is answered
    ask('left');
    res.send('left');
  } else if (how === 'end') {
    ready = false;
    socket.destroy();
    res.send('ended');
  } else if (how === 'mine') {
    setTimeout(() => console.log('mine goes on'), 10);
    setImmediate(() => console.log('mine goes on'));
    res.send('mine');
  } else if (how === 'count') {
    const before = beats;
    while (beats === before) await new Promise((r) => setTimeout(r, 5));
    res.json({ reconnects, waiting: waiting.length });
  }
};
JS

my $port = $peer->port;

$client =~ s/PORT/$port/;

engine('connections',
    http => 'invoke_egress allow 127.0.0.0/8; invoke_isolates 1 max=1;',
    server => 'location / { invoke ./fn/f; invoke_isolation function;'
              . ' invoke_timeout 20s; }',
    functions => { f => $client });

for my $later (qw(immediate timeout)) {
    is(get("/?how=ask&later=$later")->{body}, 'question',
       "$later: an answer");

    # who asks is told, though another one has written after it, and is over

    for (1 .. 10) {
        my ($asked, $left) = together("/?how=ask&later=$later",
                                      "/?how=leave&later=$later");

        is($asked->{body}, 'question', '... beside one that does not wait');
        is($left->{body}, 'left', '... for which nobody waits');
    }
}

is(get('/?how=count')->{json}{reconnects}, 0,
   'an interval of a connection goes on');

# a connection that was lost is made again, though nobody was there by then

is(get('/?how=end')->{body}, 'ended', 'the connection ends');
is(get('/?how=ask')->{body}, 'question', '... and there is another one');
is(get('/?how=count')->{json}{reconnects}, 1, '... that was made again');

# what a handler sets by itself ends with it

get('/?how=mine') for 1 .. 3;
get('/?how=count');
is(scalar log_lines(qr/mine goes on/), 0, 'timers of a handler end with it');

engine_stop();


# A connection that an Agent or fetch() gives to another invocation is that one's:
# who made it may end.

my $dir = File::Temp->newdir;
my $tls = TestTLS->new;

sub note { open my $file, '>>', "$dir/$_[0]"; print $file "$_[1]\n" }
sub noted { open my $file, '<', "$dir/$_[0]" or return ''; join ' ', <$file> }

# Answers with the number of the connection: to a POST once it is told to, after
# "/hint/5" saying that it keeps connections for so many seconds.

sub answer_all {
    my ($title, %ssl) = @_;

    return serve(sub {
        my ($client, $n) = @_;

        if (%ssl) {
            IO::Socket::SSL->start_SSL($client, SSL_server => 1, %ssl)
                or return;
        }

        my $bytes = '';

        while (sysread $client, $bytes, 65536, length $bytes) {
            $bytes =~ m{^(\w+) (\S+).*\r\n\r\n(x?)}s or next;

            my ($method, $path, $body) = ($1, $2, $3);

            next if $method eq 'POST' && $body eq '';

            $bytes = '';
            note($title, "$n $method");

            if ($method eq 'POST') {
                sleep 0.01 until -e "$dir/$title.now";
            }

            my $hint = $path =~ m{^/hint/(\d+)} ? "Keep-Alive: timeout=$1\r\n"
                       : '';

            syswrite $client, sprintf "HTTP/1.1 200 OK\r\nContent-Length: %d"
                                      . "\r\n%s\r\n%s", length $n, $hint, $n;
        }
    });
}

my $agents = <<'JS';
const agents = {};

const ask = {
  fetch: (url, options) => fetch(url, options).then((r) => r.text()),

  agent: (url, options) => new Promise((resolve, reject) => {
    const scheme = url.split(':')[0];
    const { Agent, request } = require(scheme);
    const agent = agents[scheme] ??= new Agent({ keepAlive: true });

    request(url, { ...options, agent }, (answer) => {
      answer.setEncoding('utf8').on('data', resolve);
    }).on('error', reject).end(options.body);
  }),
};

module.exports = async (req, res) => {
  const { by, url, method = 'GET', stays } = req.query;
  const options = { method, body: method === 'POST' ? 'x' : undefined };
  const text = await ask[by](url, options).catch((e) => String(e.cause ?? e));

  if (stays) {
    await new Promise((resolve) => setTimeout(resolve, 50000));
  }

  res.send(text);
};
JS

engine('reuse',
    http => 'invoke_egress allow 127.0.0.0/8; invoke_isolates 1 max=1;'
            . " invoke_ca_certificates @{[$tls->file('ca.pem')]};",
    server => 'location / { invoke ./fn/f; invoke_isolation function;'
              . ' invoke_timeout 60s; }',
    functions => { f => $agents });

my %ssl = (SSL_cert_file => $tls->file('leaf.pem'),
           SSL_key_file => $tls->file('leaf.key'));

for my $by (qw(fetch agent)) {
    for my $scheme (qw(http https)) {
        my $title = "$by-$scheme";
        my $port = answer_all($title, $scheme eq 'https' ? %ssl : ());
        my $url = "/?by=$by&url=$scheme://localhost:$port/";

        my $first = send_off("$url&stays=1");

        soon { noted($title) eq "1 GET\n" } "$title: an invocation connects";

        # it has its answer, and the connection is free
        sleep 0.5;

        my $second = send_off("$url&method=POST");

        soon { noted($title) eq "1 GET\n 1 POST\n" }
            '... another one asks by the same connection';
        is(metrics()->{invocations}{active}, 2, '... while both are there');
        close $first->[0]{socket};
        soon { metrics()->{invocations}{active} == 1 }
            '... the first one ends';
        note("$title.now", '');

        is((answers($second))[0]{body}, '1', '... which is of no matter');
    }
}

# fetch() keeps a connection no longer than its server says, and as long as that

my $port_of_hints = answer_all('hints');
my $hints = "/?by=fetch&url=http://127.0.0.1:$port_of_hints/hint";

is(get("$hints/1")->{body}, 1, 'a connection that is soon closed');
is(get("$hints/50")->{body}, 2, '... is not used again');
sleep 5;
is(get("$hints/50")->{body}, 2, '... but one that its server keeps for longer');

engine_stop();
$tls->stop;
