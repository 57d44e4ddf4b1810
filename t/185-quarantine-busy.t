# Parked isolates harm nobody: the worker goes on accepting and serving while
# its clients are busy, and leaves when they are not; or, where too much is
# parked, within a bounded time.

use strict;
use warnings;

use IO::Socket::INET;

use TestInvoke 'no_plan';
use TestEngine;

my %functions = (
    hello => "module.exports = (req, res) => res.send('hello');\n",
    split => <<'END',
module.exports = (req, res) => {
    res.send(String('a'.repeat(2 ** 28).split('').length));
};
END
);

my $locations = <<'END';
location ~ ^/(?<fn>hello|split)$ { invoke ./fn/$fn; }
location = /large { alias ./large; }
END

sub leaves { scalar log_lines(qr/the worker leaves to be replaced/) }

# A download whose client takes its head and no more.

sub slow_download {
    my $socket = IO::Socket::INET->new('127.0.0.1:' . server->port)
        or die "connect: $!\n";

    print $socket "GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n";
    sysread $socket, my $head, 512 or die "no download\n";

    return $socket;
}

# All are answered, by the same worker.

sub served {
    my ($title) = @_;

    my @failed = grep { $_->{status} ne 200 }
                 map { together(('/hello', '/static') x 3) } 1 .. 10;

    is(scalar @failed, 0, $title)
        or diag(join "\n", map { "$_->{path} $_->{status}" } @failed);
}

sub other_worker {
    my ($worker) = @_;

    soon {
        my ($now) = eval { worker_pids() };
        $now && $now != $worker
    } 'another worker takes its place';
}


for my $downloads (1, 4) {
    engine("$downloads slow downloads",
           http => 'invoke_isolates 2 max=40; invoke_memory_limit 64m;',
           server => $locations, functions => \%functions);

    server->write('large', 'x' x 20_000_000);
    at_rest('the pool is ready');

    my ($worker) = worker_pids();
    my @sockets = map { slow_download() } 1 .. $downloads;

    for my $parked (1 .. 8) {
        is(get('/split')->{status}, 500, "$parked: one more is parked");
        served("$parked: all are served");
    }

    is(pool()->{parked}, 8, 'eight are parked');
    is((worker_pids())[0], $worker, 'by the same worker');
    is(leaves(), 0, 'it does not leave');

    close $_ for @sockets;

    soon { leaves() == 1 } 'it leaves when it is quiet';
    other_worker($worker);
    at_rest();
    served('the new one serves');
}


engine('a connection of another kind',
       http => 'invoke_isolates 2 max=40; invoke_memory_limit 64m;',
       server => $locations, functions => \%functions);

at_rest('the pool is ready');

my ($worker) = worker_pids();

# one that is idle between two requests does not keep it

my $idle = IO::Socket::INET->new('127.0.0.1:' . server->port) or die;

print $idle "GET /static HTTP/1.1\r\nHost: localhost\r\n\r\n";
sysread $idle, my $answer, 4096;
like($answer, qr/ 200 /, 'it was answered');

get('/split');
other_worker($worker);


engine('half of the isolates are parked', main => 'worker_shutdown_timeout 2s;',
       http => 'invoke_isolates 1 max=2; invoke_memory_limit 64m;',
       server => $locations, functions => \%functions);

server->write('large', 'x' x 20_000_000);
at_rest('the pool is ready');

($worker) = worker_pids();

my $download = slow_download();

get('/split');

my $now = $worker;
my ($asked, @failed) = (0);

soon {
    my @answers = together('/hello', '/static', '/hello', '/static');

    $asked += @answers;
    push @failed, grep { $_->{status} ne 200 } @answers;

    leaves() && (($now) = eval { worker_pids() }) && $now != $worker
} 'the worker leaves though a client is busy';

is(scalar @failed, 0, 'all others are answered')
    or diag(join "\n", "of $asked:",
            map { "$_->{path} $_->{status}" } @failed);

engine_stop();
