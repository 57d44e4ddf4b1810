# A proxy in front of a service, by which a test makes that service fail for
# itself alone.  It is a process of its own, that ends with the test.
#
#   my $proxy = Proxy->new('127.0.0.1', $port);     or a unix socket's path
#   my $proxy = Proxy->new($host, $port, $path);    listens there, too
#   $proxy->port; $proxy->pid;
#
#   $proxy->pass;                   as if it were not there, which it begins with
#   $proxy->refuse;                 the port is closed, connections are reset
#   $proxy->freeze;                 accepts, takes what fits, and is silent
#   $proxy->slow($rate, $delay);    so many bytes a second to the client, after
#                                   a pause of so many seconds
#   $proxy->cut($n);                resets a connection after the next n bytes
#                                   to the client
#   $proxy->answer($bytes, $times); answers with that whatever comes, and closes;
#                                   so many connections, or all
#   $proxy->reset;                  resets the connections that there are
#
#   $proxy->accepted;               connections since the start
#   $proxy->open;                   those that there are
#   $proxy->bytes;                  sent to clients
#
# A call returns when it is in force.  Connections outlive a change of pass,
# freeze and slow.

package Proxy;

use strict;
use warnings;

use Errno qw(EAGAIN EINTR);
use IO::Select;
use IO::Socket::INET;
use IO::Socket::UNIX;
use POSIX ();
use Socket qw(AF_UNIX SOCK_STREAM PF_UNSPEC SOL_SOCKET SO_LINGER SHUT_WR);
use Time::HiRes qw(sleep time);

use constant CHUNK => 65536;

my %running;


sub new {
    my ($class, $host, $port, $path) = @_;

    # a socket that does not listen keeps the port
    my $bound = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
                                      ReuseAddr => 1)
        or die "bind: $!\n";
    my $self = bless { port => $bound->sockport, host => $host, bound => $bound,
                       to => $port, path => $path, test => $$ }, $class;

    my @listeners = listeners($self);

    socketpair my $ours, my $its, AF_UNIX, SOCK_STREAM, PF_UNSPEC
        or die "socketpair: $!\n";

    defined(my $pid = fork) or die "fork: $!\n";

    if ($pid == 0) {
        close $ours;
        $SIG{$_} = 'DEFAULT' for qw(INT TERM);
        $SIG{PIPE} = 'IGNORE';
        eval { serve($self, $its, @listeners) };
        print STDERR "proxy: $@" if $@;
        POSIX::_exit(0);
    }

    close $its;
    $ours->autoflush(1);
    @$self{qw(pid control)} = ($pid, $ours);
    $running{$pid} = 1;

    return $self;
}


sub port { $_[0]{port} }
sub pid { $_[0]{pid} }

sub pass { $_[0]->tell('pass') }
sub refuse { $_[0]->tell('refuse') }
sub freeze { $_[0]->tell('freeze') }
sub slow { $_[0]->tell('slow', $_[1] || 0, $_[2] || 0) }
sub cut { $_[0]->tell('cut', $_[1] || 0) }
sub answer { $_[0]->tell('answer', unpack('H*', $_[1]), $_[2] || 0) }
sub reset { $_[0]->tell('reset') }

sub accepted { ($_[0]->tell('state'))[0] }
sub open { ($_[0]->tell('state'))[1] }
sub bytes { ($_[0]->tell('state'))[2] }


sub listeners {
    my ($self) = @_;

    my @listeners = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
                                          LocalPort => $self->{port},
                                          ReuseAddr => 1, Listen => 1024)
        or die "listen: $!\n";

    if (defined $self->{path}) {
        unlink $self->{path};
        push @listeners, IO::Socket::UNIX->new(Local => $self->{path},
                                               Listen => 1024)
                         || die "$self->{path}: $!\n";
        chmod 0777, $self->{path};
    }

    $_->blocking(0) for @listeners;

    return @listeners;
}


sub tell {
    my ($self, @words) = @_;

    local $SIG{PIPE} = 'IGNORE';

    my $control = $self->{control};
    print $control "@words\n";

    my $line = <$control> // die "the proxy has ended\n";

    return split ' ', $line;
}


sub stop {
    my ($self) = @_;

    my $pid = delete $self->{pid} or return;

    delete $running{$pid} or return;
    kill 'KILL', $pid;
    waitpid $pid, 0;
    unlink $self->{path} if defined $self->{path};
}


sub DESTROY {
    my ($self) = @_;

    local ($?, $!, $@);
    $self->stop if $self->{test} == $$;
}


END {
    local ($?, $!);

    for my $pid (keys %running) {
        kill 'KILL', $pid;
        waitpid $pid, 0;
    }
}


# The process.  A connection is two sides, each with what is to be sent to it
# (out), whether the other one has ended (ended), and, for the client's,
# what has been sent to it since (sent) and the time before which nothing is
# (after).

sub serve {
    my ($self, $control, @listeners) = @_;

    my %state = (mode => 'pass', args => [], accepted => 0, bytes => 0,
                 sides => {});
    my $last = time;

    $control->blocking(0);

    for (;;) {
        my $mode = $state{mode};
        my ($read, $write) = (IO::Select->new($control), IO::Select->new);

        if ($mode ne 'freeze' && $mode ne 'refuse') {
            $read->add(@listeners);

            for my $side (values %{ $state{sides} }) {
                $read->add($side->{socket}) if takes($side);
                $write->add($side->{socket})
                    if $side->{connecting}
                       || length $side->{out} && !waits($side);
            }
        }

        my ($readable, $writable) = IO::Select->select($read, $write, undef,
                                                       0.02);

        return if getppid() != $self->{test};

        for my $socket (@{ $readable // [] }) {
            if ($socket == $control) {
                return unless command($self, $control, \%state, \@listeners);
                last;
            }

            if (grep { $_ == $socket } @listeners) {
                connect_on($self, \%state, $socket);

            } elsif (my $side = $state{sides}{ fileno($socket) // -1 }) {
                receive(\%state, $side);
            }
        }

        next if $state{mode} eq 'freeze' || $state{mode} eq 'refuse';

        for my $socket (@{ $writable // [] }) {
            my $side = $state{sides}{ fileno($socket) // -1 } or next;
            $side->{connecting} = 0;
            deliver(\%state, $side);
        }
    }
}


# Whether there is room for what a side has to say: what it says goes to the
# other one.

sub takes {
    my ($side) = @_;

    return !$side->{over} && !$side->{connecting}
           && length $side->{other}{out} < 4 * CHUNK;
}


sub waits { ($_[0]{after} // 0) > time }


sub connect_on {
    my ($self, $state, $listener) = @_;

    my $client = $listener->accept or return;

    $state->{accepted}++;
    $client->blocking(0);

    my $server;

    if ($state->{mode} ne 'answer') {
        $server = $self->{host} =~ m{^/}
                  ? IO::Socket::UNIX->new(Peer => $self->{host})
                  : IO::Socket::INET->new(PeerAddr => $self->{host},
                                          PeerPort => $self->{to},
                                          Blocking => 0);

        if (!$server) {
            abort($client);
            return;
        }

        $server->blocking(0);
    }

    my $near = { socket => $client, out => '', sent => 0, client => 1 };
    my $far = { socket => $server, out => '', other => $near,
                connecting => $self->{host} !~ m{^/} };

    $near->{other} = $far;

    for my $side ($near, $far) {
        $state->{sides}{ fileno $side->{socket} } = $side if $side->{socket};
    }
}


sub receive {
    my ($state, $side) = @_;

    my $other = $side->{other};
    my $n = sysread $side->{socket}, my $bytes, CHUNK;

    if (!defined $n) {
        return if $! == EAGAIN || $! == EINTR;
        drop($state, $side);
        return;
    }

    if ($state->{mode} eq 'answer' && $side->{client}) {
        answer_client($state, $side, $n);
        return;
    }

    if ($n == 0) {
        $side->{over} = 1;
        $other->{ended} = 1;
    }

    if (!length $other->{out} && $other->{client}
        && $state->{mode} eq 'slow')
    {
        $other->{after} = time + $state->{args}[1];
    }

    $other->{out} .= $bytes;
    deliver($state, $other) unless $other->{connecting} || waits($other);
}


sub answer_client {
    my ($state, $side, $n) = @_;

    if ($n) {
        my ($bytes, $times) = @{ $state->{args} };

        $side->{socket}->blocking(1);
        $state->{bytes} += syswrite($side->{socket},
                                    pack('H*', $bytes)) // 0;
        shutdown $side->{socket}, SHUT_WR;

        # until the client has gone, so that it does not miss the answer
        my $select = IO::Select->new($side->{socket});
        my $end = time + 1;

        while (time < $end && $select->can_read(0.1)) {
            last unless sysread $side->{socket}, my $rest, CHUNK;
        }

        if ($times && --$state->{args}[1] == 0) {
            @$state{qw(mode args)} = ('pass', []);
        }
    }

    drop($state, $side);
}


sub deliver {
    my ($state, $side) = @_;

    my $mode = $side->{client} ? $state->{mode} : 'pass';
    my $most = length $side->{out};

    if ($mode eq 'slow' && $state->{args}[0]) {
        my $some = int($state->{args}[0] / 20) || 1;
        $most = $some if $most > $some;
        $side->{after} = time + $most / $state->{args}[0] if $most;

    } elsif ($mode eq 'cut') {
        my $left = $state->{args}[0] - $side->{sent};
        $most = $left if $most > $left;
    }

    if ($most > 0) {
        my $n = syswrite $side->{socket}, $side->{out}, $most;

        if (!defined $n) {
            drop($state, $side) if $! != EAGAIN && $! != EINTR;
            return;
        }

        substr $side->{out}, 0, $n, '';

        if ($side->{client}) {
            $side->{sent} += $n;
            $state->{bytes} += $n;
        }
    }

    if ($mode eq 'cut' && $side->{sent} >= $state->{args}[0]) {
        drop($state, $side, 1);
        return;
    }

    if ($side->{ended} && !length $side->{out}) {
        shutdown $side->{socket}, SHUT_WR;
        drop($state, $side) if $side->{over};
    }
}


# Ends a connection: in peace, or by a reset.

sub drop {
    my ($state, $side, $reset) = @_;

    for my $socket (map { $_->{socket} // () } $side, $side->{other}) {
        delete $state->{sides}{ fileno $socket };
        $reset ? abort($socket) : close $socket;
    }

    delete $side->{other}{other};
    delete $side->{other};
}


sub abort {
    my ($socket) = @_;

    setsockopt $socket, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0);
    close $socket;
}


sub command {
    my ($self, $control, $state, $listeners) = @_;

    my $line = '';

    while ($line !~ /\n\z/) {
        my $n = sysread $control, $line, CHUNK, length $line;

        if (!$n) {
            return 0 if defined $n || $! != EAGAIN;
            IO::Select->new($control)->can_read(1);
        }
    }

    my ($word, @args) = split ' ', $line;

    if ($word eq 'state') {
        my $open = grep { $_->{client} } values %{ $state->{sides} };
        syswrite $control, "$state->{accepted} $open $state->{bytes}\n";
        return 1;
    }

    if ($word =~ /^(refuse|reset|answer)$/) {
        for my $side (grep { $_->{client} } values %{ $state->{sides} }) {
            drop($state, $side, 1);
        }
    }

    if ($word ne 'reset') {
        if ($word eq 'refuse') {
            close $_ for @$listeners;
            @$listeners = ();

        } elsif (!@$listeners) {
            @$listeners = listeners($self);
        }

        @$state{qw(mode args)} = ($word, \@args);

        $_->{sent} = 0 for values %{ $state->{sides} };
    }

    syswrite $control, "done\n";

    return 1;
}


1;
