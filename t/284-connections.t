# Connections that several invocations of a context share, as a pool of a client
# of a database does: what is set in their events outlives the invocation that
# has worked with them last.

use TestInvoke 'no_plan';
use TestEngine;
use Peer;

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
