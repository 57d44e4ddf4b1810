# A server that functions connect to, in a process of its own.
#
#   my $peer = Peer->new;                 # on 127.0.0.1, $peer->port
#   my $peer = Peer->new('/path');        # a socket of AF_UNIX
#   my ($open, $ended) = $peer->counts;   # of its connections
#
# What it does with a connection says the first byte that comes:
#
#   E  gives back what follows
#   I  reads, and says nothing
#   S  reads nothing more, until it is counted
#   F  writes without end
#   R  resets it
#   G  of "GET <path>": answers /idle and keeps the connection, /flood by a body
#      without end, who asks for a WebSocket by one, and others not at all
#
# A connection that says nothing is one that is read from.

package Peer;

use strict;
use warnings;

use Digest::SHA qw(sha1_base64);
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use POSIX ();
use Socket qw(SOL_SOCKET SO_LINGER);

my @peers;


sub new {
    my ($class, $path) = @_;

    my $listener = defined $path
        ? IO::Socket::UNIX->new(Local => $path, Listen => 1024)
        : IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1024);

    $listener or die "Peer: $!\n";

    my $control = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 8)
        or die "Peer: $!\n";

    my $pid = fork // die "fork: $!\n";

    if ($pid == 0) {
        $SIG{$_} = 'DEFAULT' for qw(TERM INT);
        $SIG{PIPE} = 'IGNORE';
        eval { run($listener, $control) };
        print STDERR "Peer: $@" if $@;
        POSIX::_exit(0);
    }

    my $self = bless { pid => $pid, control => $control->sockport,
                       port => defined $path ? undef : $listener->sockport },
                     $class;

    push @peers, $self;

    return $self;
}


sub port { $_[0]{port} }


sub counts {
    my ($self) = @_;

    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                       PeerPort => $self->{control})
        or die "Peer: $!\n";

    my $line = <$socket>;

    return split ' ', $line;
}


# The mode of a connection of HTTP, whose first byte was taken, and the answer.

sub http {
    my ($request) = @_;

    if ($request =~ /^Sec-WebSocket-Key: *(\S+)/mi) {
        my $accept = sha1_base64("${1}258EAFA5-E914-47DA-95CA-C5AB0DC85B11");

        return ('G', "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket"
                     . "\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                     . "$accept=\r\n\r\n");
    }

    return ('G', "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        if $request =~ m{^ET /idle};

    return ('F', "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        if $request =~ m{^ET /flood};

    return ('I', '');
}


sub run {
    my ($listener, $control) = @_;

    my $read = IO::Select->new($listener, $control);
    my $write = IO::Select->new;
    my (%mode, %out, @still);
    my $ended = 0;

    my $end = sub {
        my ($c) = @_;

        $read->remove($c);
        $write->remove($c);
        delete $mode{$c};
        delete $out{$c};
        $ended++;
        close $c;
    };

    for (;;) {
        my ($readable, $writable) = IO::Select->select($read, $write, undef);

        for my $c (@{ $readable // [] }) {
            if ($c == $control) {
                my $asker = $control->accept or next;

                for my $c (splice @still) {
                    $read->add($c);
                    $mode{$c} = 'I';
                }

                print $asker scalar(keys %mode), " $ended\n";
                close $asker;
                next;
            }

            if ($c == $listener) {
                my $new = $listener->accept or next;
                $new->blocking(0);
                $mode{$new} = '';
                $out{$new} = '';
                $read->add($new);
                next;
            }

            next unless exists $mode{$c};

            my $n = sysread $c, my $data, 65536;

            next if !defined $n && $!{EAGAIN};

            if (!$n) {
                $end->($c) if $mode{$c} ne 'E' || $out{$c} eq '';
                $mode{$c} = 'e', $read->remove($c) if exists $mode{$c};
                next;
            }

            $mode{$c} = substr $data, 0, 1, '' if $mode{$c} eq '';

            if ($mode{$c} eq 'E') {
                $out{$c} .= $data;
                $write->add($c);

            } elsif ($mode{$c} eq 'S') {
                $read->remove($c);
                push @still, $c;

            } elsif ($mode{$c} eq 'F') {
                $write->add($c);

            } elsif ($mode{$c} eq 'G') {
                # another request of a connection that was kept has it yet
                my ($mode, $answer) = http($data =~ s/^GET/ET/r);

                $mode{$c} = $mode;
                $out{$c} = $answer;
                $write->add($c) if $answer ne '';

            } elsif ($mode{$c} eq 'R') {
                setsockopt $c, SOL_SOCKET, SO_LINGER, pack 'll', 1, 0;
                $end->($c);
            }
        }

        for my $c (@{ $writable // [] }) {
            next unless exists $mode{$c};

            my $flood = $mode{$c} eq 'F' && $out{$c} eq '';
            my $data = $flood ? 'x' x 65536 : $out{$c};
            my $n = syswrite $c, $data;

            if (!defined $n) {
                $end->($c) unless $!{EAGAIN};
                next;
            }

            next if $flood;

            substr $out{$c}, 0, $n, '';

            if ($out{$c} eq '' && $mode{$c} ne 'F') {
                $write->remove($c);
                $end->($c) if $mode{$c} eq 'e';
            }
        }
    }
}


END {
    local $?;

    for my $peer (@peers) {
        kill KILL => $peer->{pid};
        waitpid $peer->{pid}, 0;
    }
}


1;
