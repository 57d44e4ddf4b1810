# Sockets: require('net') against servers of this test, which are real ones.

use TestInvoke 'no_plan';
use TestEngine;

use IO::Socket::INET;

# A server in a process of its own, which serves one connection after another.

my @children;

sub serve {
    my ($handler) = @_;

    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 64,
                                         ReuseAddr => 1) or die "listen: $!\n";

    my $pid = fork // die "fork: $!\n";

    if ($pid == 0) {
        $SIG{TERM} = 'DEFAULT';

        while (my $client = $listener->accept) {
            $client->autoflush(1);
            $handler->($client);
        }

        require POSIX;
        POSIX::_exit(0);
    }

    push @children, $pid;

    return $listener->sockport;
}

END {
    local $?;
    kill KILL => @children;
    waitpid $_, 0 for @children;
}

my $echo = serve(sub {
    my ($c) = @_;
    while (sysread $c, my $data, 65536) { print $c $data }
    shutdown $c, 1;
    close $c;
});

engine('net',
    http => 'invoke_egress allow 127.0.0.0/8;',
    server => 'location / { invoke ./fn/echo; invoke_timeout 10s; }',
    functions => { echo => <<"JS" });
const net = require('net');

module.exports = (req, res) => {
  const socket = net.connect($echo, '127.0.0.1', () => {
    socket.end('hello');
  });
  let text = '';

  socket.setEncoding('utf8');
  socket.on('data', (chunk) => { text += chunk; });
  socket.on('error', (error) => res.status(500).send(error.stack));
  socket.on('close', () => res.send(text));
};
JS

is(get('/')->{body}, 'hello', 'an answer comes');

engine_stop();
