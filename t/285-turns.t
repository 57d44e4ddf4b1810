# Whose turn it is: events of sockets and files, timers and immediates, in Node's
# order, and none of them waits for another one for ever.

use TestInvoke 'no_plan';
use TestEngine;
use Peer;

my $peer = Peer->new;
my $port = $peer->port;

# each gives what has run, in its order; it is what Node 20 gives

my %orders = (
    event => [q{
        socket.once('data', () => {
            setTimeout(log, 0, 'timeout');
            setImmediate(log, 'immediate');
            process.nextTick(log, 'tick');
            Promise.resolve('micro').then(log);
        });
        socket.write('x');
    }, 'tick micro immediate timeout'],

    busy => [q{
        socket.once('data', () => {
            setTimeout(log, 1, 'timeout');
            setImmediate(log, 'immediate');
            spin(10);
        });
        socket.write('x');
    }, 'immediate timeout'],

    awaited => [q{
        socket.write('x');
        await new Promise((resolve) => socket.once('data', resolve));
        setTimeout(log, 0, 'timeout');
        setImmediate(log, 'immediate');
        spin(10);
    }, 'immediate timeout'],

    connect => [q{
        const other = net.connect(port, '127.0.0.1', () => {
            setTimeout(log, 0, 'timeout');
            setImmediate(log, 'immediate');
            spin(10);
            other.destroy();
        });
    }, 'immediate timeout'],

    file => [q{
        fs.readFile('/index.js', () => {
            setTimeout(log, 0, 'timeout');
            setImmediate(log, 'immediate');
            spin(10);
        });
    }, 'immediate timeout'],

    promise => [q{
        await fs.promises.stat('/index.js');
        setTimeout(log, 0, 'timeout');
        setImmediate(log, 'immediate');
        spin(10);
    }, 'immediate timeout'],

    job => [q{
        crypto.randomBytes(8, () => {
            setTimeout(log, 0, 'timeout');
            setImmediate(log, 'immediate');
            spin(10);
        });
    }, 'immediate timeout'],

    timer => [q{
        setTimeout(() => {
            setTimeout(log, 0, 'timeout');
            setImmediate(log, 'immediate');
        }, 5);
    }, 'immediate timeout'],

    immediate => [q{
        socket.once('data', () => {
            setImmediate(() => {
                log('first');
                setImmediate(log, 'next');
                setTimeout(log, 1, 'timeout');
                process.nextTick(log, 'tick');
                spin(10);
            });
            setImmediate(log, 'second');
        });
        socket.write('x');
    }, 'first tick second timeout next'],
);

# each ends when what it counts has had its turn so many times beside another

my %turns = (
    'events beside immediates' => q{
        immediates(() => {});
        await times(100, event);
    },
    'timers beside immediates' => q{
        immediates(() => spin(1));
        await times(20, () => sleep(1));
    },
    'immediates beside a flood' => q{
        await flood(() => {});
        await times(500, immediate);
    },
    'timers beside a flood with immediates' => q{
        await flood(() => setImmediate(spin, 1));
        await times(20, () => sleep(1));
    },
    'immediates beside timers' => q{
        for (let i = 1; i < 4; i++) goes.push(setInterval(spin, i, 3));
        await times(50, immediate);
    },
    'events beside timers' => q{
        for (let i = 1; i < 4; i++) goes.push(setInterval(spin, i, 3));
        await times(50, event);
    },
    'timers beside files' => q{
        const look = () => { if (going) fs.stat('/index.js', look); };
        look();
        await times(20, () => sleep(1));
    },
    'events beside files' => q{
        const look = () => { if (going) fs.stat('/index.js', look); };
        look();
        await times(50, event);
    },
);

my $head = <<"END";
const crypto = require('crypto');
const fs = require('fs');
const net = require('net');

const port = $port;
END

$head .= <<'END';
const spin = (ms) => { const end = Date.now() + ms; while (Date.now() < end); };
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const immediate = () => new Promise((resolve) => setImmediate(resolve));
const connect = (mode) => new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => {
        socket.write(mode);
        resolve(socket);
    }).on('error', reject);
});
END

my %functions = (
    order => $head . <<'END',
const orders = {
END
    turns => $head . <<'END',
async function times(n, what) {
    for (let i = 0; i < n; i++) await what();
}
const turns = {
END
);

$functions{order} .= "$_: async (socket, log) => { $orders{$_}[0] },\n"
    for sort keys %orders;

$functions{order} .= <<'END';
};
module.exports = async (req, res) => {
    const { name } = req.query;
    const { length } = req.query.order.split(' ');
    const order = [];
    const socket = await connect('E');
    await new Promise((resolve, reject) => {
        orders[name](socket, (what) => {
            if (order.push(what) === length) resolve();
        }).catch(reject);
    });
    socket.destroy();
    res.send(order.join(' '));
};
END

$functions{turns} .= "'$_': async () => { $turns{$_} },\n" for sort keys %turns;
$functions{turns} =~ s/async \(\) =>/async (goes, event, immediates, flood) =>/g;

$functions{turns} .= <<'END';
};
let going;
module.exports = async (req, res) => {
    const goes = [];
    const socket = await connect('E');
    const floods = [];
    going = true;
    await turns[req.query.name](goes, () => new Promise((resolve) => {
        socket.once('data', resolve);
        socket.write('x');
    }), (what) => {
        const go = () => { what(); if (going) setImmediate(go); };
        go();
    }, async (what) => {
        const flood = await connect('F');
        floods.push(flood);
        await new Promise((resolve) => flood.once('data', resolve));
        flood.on('data', what);
    });
    going = false;
    goes.forEach(clearInterval);
    [socket, ...floods].forEach((each) => each.destroy());
    res.send('all');
};
END

my $open = 'invoke_egress allow 127.0.0.0/8;'
           . ' invoke_egress_limits connects=1000 bytes=10000m;';

engine('turns', http => 'invoke_isolates 1 max=1;', server => <<"END",
location ~ ^/r/(?<fn>\\w+) { $open invoke ./fn/\$fn; }
location ~ ^/f/(?<fn>\\w+) { $open invoke_isolation function; invoke ./fn/\$fn; }
END
       functions => \%functions);

for my $mode (qw(r f)) {
    for my $name (sort keys %orders) {
        my $order = $orders{$name}[1];

        is(get("/$mode/order?name=$name&order=" . ($order =~ s/ /%20/gr))
               ->{body}, $order, "$mode: the order in $name");
    }

    for my $name (sort keys %turns) {
        is(get("/$mode/turns?name=" . ($name =~ s/ /%20/gr))->{body}, 'all',
           "$mode: $name");
    }
}

engine_stop();
