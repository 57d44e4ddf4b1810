# A peer of what util/dev/fuzz-bindings calls: it takes connections and questions of
# DNS at a port of this host, and answers at random, what is right at times.
#
#   perl t/fuzz/peer.pl <port> <seed>

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use Socket qw(SOL_SOCKET SO_LINGER);

my ($port, $seed) = @ARGV;

srand $seed;
$SIG{PIPE} = 'IGNORE';

my $tcp = IO::Socket::INET->new(LocalAddr => "127.0.0.1:$port", Listen => 256,
                                ReuseAddr => 1) or die "peer: $!\n";
my $udp = IO::Socket::INET->new(LocalAddr => "127.0.0.1:$port",
                                Proto => 'udp') or die "peer: $!\n";
my $select = IO::Select->new($tcp, $udp);

my @texts = (
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    . "5;x=y\r\nhello\r\n0\r\na: b\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 X\r\nUpgrade: x\r\n\r\n",
    "\x16\x03\x03\0\x02\x02\0", "\x15\x03\x03\0\x02\x02\x28",
    "\x17\x03\x03\0\x10" . 'x' x 16, 'x' x 100_000,
);


# Some bytes are others.

sub changed {
    my ($text) = @_;

    for (1 .. (rand() < 0.4 ? int rand 4 : 0)) {
        substr $text, rand length $text, 1, chr rand 256 if $text ne '';
    }

    return rand() < 0.1 ? substr $text, 0, rand length $text : $text;
}


# An answer to a question of DNS, with records of any type.

sub answer {
    my ($question) = @_;

    return $question if length $question < 17;

    my @records = map {
        my $type = (1, 28, 5, 2, 15, 16, 33, 12, 35, 6, 257)[rand 11];
        my $data = $type == 1 ? pack 'C4', 127, 0, 0, 1
                   : $type == 28 ? "\0" x 15 . "\1"
                   : $type == 15 ? "\0\1\1a\xc0\x0c"
                   : join '', map { chr rand 256 } 1 .. rand 30;

        pack 'nnnNn/a*', 0xc00c, $type, 1, 60, $data;
    } 1 .. rand 5;

    return changed(substr($question, 0, 2)
                   . pack('nnnnn', 0x8180 | (rand() < 0.1 ? rand 16 : 0), 1,
                          scalar @records, 0, 0)
                   . substr($question, 12) . join '', @records);
}


for (;;) {
    for my $c ($select->can_read) {

        if ($c == $tcp) {
            my $new = $tcp->accept or next;
            $new->blocking(0);
            $select->add($new);

        } elsif ($c == $udp) {
            my $from = $udp->recv(my $question, 4096) or next;
            $udp->send(answer($question), 0, $from) if rand() > 0.1;

        } else {
            my $n = sysread $c, my $data, 65536;
            my $way = rand;

            syswrite $c, changed($way < 0.2 ? $data // ''
                                            : $texts[rand @texts])
                if $n && $way < 0.8;

            setsockopt $c, SOL_SOCKET, SO_LINGER, pack 'll', 1, 0
                if $way > 0.95;

            if (!$n || $way > 0.9) {
                $select->remove($c);
                close $c;
            }
        }
    }
}
