# What a module begins while it is loaded, with isolation "function": it is the
# context's, goes on when the invocation is over that has loaded it, and takes
# little while there is none.

use TestInvoke 'no_plan';
use TestEngine;
use Peer;
use Server;

use Time::HiRes qw(sleep);

my $peer = Peer->new;
my $port = $peer->port;

# connections that the function has: others than those of the test itself
sub open_ones { ($peer->counts)[0] }

my %functions = (
    # each step waits for the one before, and the last one is seen from outside
    chain => <<"JS",
const fs = require('fs');
const net = require('net');
const { promisify } = require('util');
const { pbkdf2 } = require('crypto');

let state = 'loading';

setTimeout(() => setImmediate(async () => {
  const key = await promisify(pbkdf2)('a', 'b', 1000, 4, 'sha1');
  const text = await fs.promises.readFile(__filename, 'utf8');
  const { length } = await promisify(fs.stat)(__filename);

  await new Promise((resolve) => process.nextTick(resolve));
  net.connect($port, '127.0.0.1', () => {
    state = `\${key.toString('hex')} \${text.startsWith('const fs')}`;
  });
}), 1);

module.exports = (req, res) => res.send(state);
JS

    # what a handler loads
    lazy => {
        'index.js' => <<'JS',
module.exports = (req, res) => res.send(String(require('./lazy').beats()));
JS
        'lazy.js' => <<'JS',
let n = 0;
setInterval(() => n++, 1);
setTimeout(() => console.log('lazy goes on'), 20).unref();
exports.beats = () => n;
JS
    },

    module => {
        'index.mjs' => <<'JS',
import { beats } from './beats.mjs';
export default async (req, res) => {
  const { later } = await import('./later.mjs');
  res.send(`${beats() > 3} ${later() > 3}`);
};
JS
        'beats.mjs' => <<'JS',
let n = 0;
setInterval(() => n++, 1);
export const beats = () => n;
JS
        'later.mjs' => <<'JS',
let n = 0;
await new Promise((resolve) => setTimeout(resolve, 1));
setInterval(() => n++, 1);
export const later = () => n;
JS
    },

    # a question that is asked while it is loaded, by one whose client leaves
    config => <<"JS",
const net = require('net');

const config = new Promise((resolve) => {
  const socket = net.connect($port, '127.0.0.1', () => socket.write('Ia'));

  globalThis.answer = () => socket.end();
  socket.on('close', () => resolve('configured'));
});

module.exports = async (req, res) => {
  if (req.query.answer) {
    answer();
  }

  res.send(await config);
};
JS

    # turns without end
    busy => <<'JS',
let turns = 0;
const turn = () => { turns++; setImmediate(turn); };
turn();
setInterval(() => turns++, 0);
module.exports = (req, res) => res.send(String(turns));
JS

    spin => <<'JS',
setTimeout(() => { for (;;); }, 100);
module.exports = (req, res) => res.send('sent');
JS

    throws => <<'JS',
setTimeout(() => { throw new Error('late'); }, 10);
module.exports = (req, res) => res.send('sent');
JS

    # what a handler begins ends with it as before
    own => <<'JS',
let n = 0;
module.exports = (req, res) => {
  res.send(String(n));
  setInterval(() => n++, 1);
};
JS
);

engine('loading',
    http => 'invoke_isolates 1 max=1; invoke_egress allow 127.0.0.0/8;'
            . ' invoke_timeout 60s; invoke_queue 100 timeout=60s;',
    server => "invoke_isolation function;\n"
              . join('', map { "location = /$_ { invoke ./fn/$_; }\n" }
                         sort keys %functions)
              . "location = /request { invoke ./fn/chain;"
              . " invoke_isolation request; }\n",
    functions => \%functions);

my ($worker) = worker_pids();

is(get('/chain')->{body}, 'loading', 'an answer, before all is there');
soon { open_ones() == 1 } 'what was begun goes on, and no one asks';
soon { get('/chain')->{body} eq '8b0b1a28 true' } '... and is finished';
is(scalar log_lines(qr/dropped at the end.*chain/), 0, '... of which nothing is told');

get('/lazy');
soon { log_lines(qr/lazy goes on/) } 'what a handler loads goes on';
soon { get('/lazy')->{body} > 3 } '... by turns';

soon { get('/module')->{body} eq 'true true' } 'ES modules go on';

{
    my $before = open_ones();
    my $first = send_off('/config');

    soon { open_ones() == $before + 1 } 'a connection of what is loaded';

    my $second = send_off('/config');

    soon { metrics()->{invocations}{active} == 2 } '... that two wait for';
    close $first->[0]{socket};
    soon { metrics()->{invocations}{aborted} == 1 } '... one of which leaves';

    is(get('/config?answer=1')->{body}, 'configured', '... and it is there');
    is((answers($second))[0]{body}, 'configured', '... for the other one');
    is(open_ones(), $before, '... once');
}

# turns as quick as they can be: between invocations they come to an end

{
    get('/busy');

    my ($usage, $still);

    soon {
        my $cpu = cpu();

        $still = defined $usage && $cpu - $usage <= 1 ? $still + 1 : 0;
        $usage = $cpu;
        $still == 5;
    } 'what has no end rests while no one asks';

    my $turns = get('/busy')->{body};

    cmp_ok($turns, '>', 100, '... after some turns');
    soon { get('/busy')->{body} > $turns } '... and goes on with the next one';
}

get('/throws');
soon { log_lines(qr/after the end: Error: late/) } 'an error is told';

get('/own') for 1 .. 3;
sleep 0.05;
is(get('/own')->{body}, 0, 'what a handler begins ends with it');

get('/request') for 1 .. 3;
soon { scalar log_lines(qr/dropped at the end.*chain/) } 'as do contexts of one invocation';

is(get('/spin')->{body}, 'sent', 'one that begins what has no end');
soon { log_lines(qr/what no invocation owns takes too long.*spin/) }
    '... whose isolate is replaced';
is(get('/own')->{status}, 200, '... by one that serves');
is((worker_pids())[0], $worker, 'the worker is the same');

engine_stop();


# CPU time of the worker, in ticks of the clock

sub cpu {
    my ($stat) = Server::read_file("/proc/$worker/stat") =~ /\) (.*)/;

    my @fields = split ' ', $stat;

    return $fields[11] + $fields[12];
}
