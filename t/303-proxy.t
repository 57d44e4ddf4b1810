# t/lib/Proxy.pm: what a test makes of a service is what its clients meet.

use strict;
use warnings;

use Errno qw(ECONNREFUSED);
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use Test::More;
use Time::HiRes qw(time);

use Proxy;
use TestStack qw(root);

my $path = "/tmp/proxy-$$.sock";
my $proxy = Proxy->new('127.0.0.1', $ENV{REDIS_PORT}, $path);


sub connection {
    return IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                 PeerPort => $proxy->port);
}


# What comes in answer to a line, until the end or for a second.

sub says {
    my ($socket, $line) = @_;

    return "none: $!" unless $socket;

    local $SIG{PIPE} = 'IGNORE';
    my $bytes = '';

    defined syswrite $socket, "$line\r\n" or return ' reset';

    while (IO::Select->new($socket)->can_read(1)) {
        my $n = sysread $socket, $bytes, 65536, length $bytes;

        return "$bytes reset" unless defined $n;
        last if $n == 0 || $bytes =~ /\n\z/;
    }

    return $bytes;
}


my $first = connection();

is(says($first, 'PING'), "+PONG\r\n", 'it passes on');
is(says(IO::Socket::UNIX->new($path), 'PING'), "+PONG\r\n",
   'from a unix socket, too');
is($proxy->accepted, 2, 'two connections');

$proxy->freeze;
is(says($first, 'PING'), '', 'frozen: silence');
my $second = connection();
is(says($second, 'PING'), '', 'it accepts');
$proxy->pass;
is(says($first, ''), "+PONG\r\n", 'what was said meanwhile is answered');

$proxy->refuse;
is(says($first, 'PING'), ' reset', 'refused: what there was is reset');
is(connection(), undef, 'what comes');
is($! + 0, ECONNREFUSED, 'is refused');
is(IO::Socket::UNIX->new($path), undef, 'there, too');

$proxy->pass;
is(says(connection(), 'PING'), "+PONG\r\n", 'it is back');
is(says(IO::Socket::UNIX->new($path), 'PING'), "+PONG\r\n", 'there, too');

$proxy->answer("garbage\n", 1);
is(says(connection(), 'PING'), "garbage\n", 'garbage, once');
is(says(connection(), 'PING'), "+PONG\r\n", 'and no more');

$proxy->cut(3);
is(says(connection(), 'PING'), '+PO reset', 'cut in mid-reply');

$proxy->slow(10, 0.3);
my $start = time;
is(says(connection(), 'PING'), "+PONG\r\n", 'slow');
cmp_ok(time - $start, '>', 0.5, 'as it was told');

$proxy->pass;
my $third = connection();
says($third, 'PING');
$proxy->reset;
is(says($third, 'PING'), ' reset', 'reset');

my $pid = $proxy->pid;
$proxy->stop;
ok(!kill(0, $pid), 'it ends');

done_testing();
