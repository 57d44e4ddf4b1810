# AsyncLocalStorage keeps the invocations of one context apart, over timers,
# ticks, immediates and promises, and what they log as well.

use strict;
use warnings;

use TestInvoke 'no_plan';
use TestServer;

my $server = TestServer->new('storage');

$server->write('fn/index.js', <<'END');
const { AsyncLocalStorage } = require('async_hooks');
const storage = new AsyncLocalStorage();

module.exports = (req, res) => storage.run({ id: req.query.id }, async () => {
    for (let i = 0; i < 10; i++) {
        await new Promise((r) => setTimeout(r, Math.random() * 5));
        await null;
        await new Promise((r) => process.nextTick(r));
        await new Promise((r) => setImmediate(r));

        if (storage.getStore().id !== req.query.id) {
            res.status(500).send(`${req.query.id} mixed\n`);
            return;
        }
    }

    console.log('of', req.query.id);
    res.send(`${storage.getStore().id}\n`);
});
END

$server->start(<<"END");
load_module modules/ngx_invoke_module.so;
worker_processes 1;
error_log logs/error.log info;
pid nginx.pid;
events { worker_connections 64; }
http {
    access_log off;
    invoke_isolates 1 max=1;
    server {
        listen 127.0.0.1:@{[$server->port]};
        location / { invoke ./fn; invoke_isolation function; }
    }
}
END

my $url = "http://127.0.0.1:@{[$server->port]}/?id=[1-24]";
my @answers = `curl -sZ --parallel-max 24 --max-time 20 '$url'`;

chomp @answers;

is_deeply([sort { $a <=> $b } @answers], [1 .. 24],
          'each invocation sees its own store');

is($server->stop, 0, 'nginx stops');

open my $log, '<', $server->prefix . '/logs/error.log' or die;

my @pairs = map { /: of (\d+), .*"GET \/\?id=(\d+) / ? [$1, $2] : () } <$log>;

is(scalar(@pairs), 24, 'each has logged');
is_deeply([grep { $_->[0] != $_->[1] } @pairs], [],
          'each has logged for itself');
