# Name servers on loopback: dnsmasq with the records that it is given, or one
# that is written here and answers each question by a function, or not at all.
#
#   my $server = NameServer->dnsmasq('--address=/a.test/192.0.2.1', ...);
#   my $other = NameServer->answering(sub {
#       my ($name, $type, $n) = @_;     # the n-th question for that, from 1 on
#       return ['192.0.2.1'];           # addresses; undef: no answer
#   });
#   $server->address;                   # "127.0.0.1:5300"
#   $other->questions;                  # how many have come
#
# They end with the object.

package NameServer;

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use POSIX ();
use Socket qw(inet_aton);
use Time::HiRes qw(sleep);


sub dnsmasq {
    my ($class, @options) = @_;

    my $self = bless {}, $class;

    # a port that is free now, for UDP and TCP
    for (1 .. 20) {
        my $udp = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
                                        Proto => 'udp') or next;
        $self->{port} = $udp->sockport;

        IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1,
                              LocalPort => $self->{port}) and last;
    }

    my ($dnsmasq) = grep { -x } map { "$_/dnsmasq" }
                    split(/:/, $ENV{PATH}), '/usr/sbin';

    die "there is no dnsmasq: util/setup test\n" unless $dnsmasq;

    $self->{pid} = fork // die "fork: $!\n";

    if ($self->{pid} == 0) {
        open STDERR, '>', '/dev/null';
        exec { $dnsmasq } $dnsmasq, '--keep-in-foreground', '--conf-file=/dev/null',
             '--no-hosts', '--no-resolv', '--no-poll', '--bind-interfaces',
             '--listen-address=127.0.0.1', '--except-interface=lo0',
             "--port=$self->{port}", '--pid-file=',
             '--user=' . getpwuid($>), '--log-facility=/dev/null', @options
            or POSIX::_exit(127);
    }

    # it listens for TCP last
    for (1 .. 100) {
        return $self if IO::Socket::INET->new($self->address);
        die "dnsmasq does not start\n"
            if waitpid($self->{pid}, POSIX::WNOHANG()) > 0;
        sleep 0.05;
    }

    die "dnsmasq does not listen\n";
}


sub answering {
    my ($class, $answer) = @_;

    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
                                       Proto => 'udp')
        or die "socket: $!\n";

    pipe my $counts, my $counted or die "pipe: $!\n";

    my $pid = fork // die "fork: $!\n";

    if ($pid == 0) {
        close $counts;
        eval { serve($socket, $answer, $counted) };
        POSIX::_exit(0);
    }

    return bless { pid => $pid, port => $socket->sockport, counts => $counts,
                   n => 0 }, $class;
}


sub serve {
    my ($socket, $answer, $counted) = @_;

    my %n;

    while (my $from = $socket->recv(my $question, 4096)) {
        my ($id, $name, $type, $end) = question($question) or next;

        syswrite $counted, '.';

        my $addresses = $answer->($name, $type, ++$n{"$name $type"}) // next;

        my $message = pack('n6', $id, 0x8180, 1, scalar @$addresses, 0, 0)
                      . substr($question, 12, $end - 12);

        $message .= pack('n n n N n/a*', 0xc00c, 1, 1, 0, inet_aton($_))
            for @$addresses;

        $socket->send($message, 0, $from);
    }
}


# (id, name, type, the end) of a message's question

sub question {
    my ($message) = @_;

    return if length $message < 17;

    my ($id) = unpack 'n', $message;
    my ($at, @labels) = (12);

    while (my $length = ord substr $message, $at, 1) {
        push @labels, substr $message, $at + 1, $length;
        $at += $length + 1;
    }

    my ($type) = unpack 'n', substr $message, $at + 1, 2;

    return ($id, join('.', @labels),
            { 1 => 'A', 28 => 'AAAA' }->{$type} // $type, $at + 5);
}


sub address { "127.0.0.1:$_[0]{port}" }


sub questions {
    my ($self) = @_;

    while (IO::Select->new($self->{counts})->can_read(0)) {
        my $n = sysread $self->{counts}, my $buf, 4096 or last;
        $self->{n} += $n;
    }

    return $self->{n};
}


sub DESTROY {
    my ($self) = @_;

    local $?;

    kill 'KILL', $self->{pid} if $self->{pid};
    waitpid $self->{pid}, 0 if $self->{pid};
}


1;
