# A client of HTTP/1.1 for tests: many requests at a time, each with a deadline,
# and load.
#
#   use Http qw(requests load);
#
#   my @answers = requests({ port => 8080, path => '/a' }, ...);
#
# A request may have method, path, headers (a list of names and values), body
# and within (seconds, 30).  An answer has status, headers, body, took, at (when
# it was sent), and json and code (of the error), where it is such; the status
# is "closed" when the connection ended before the answer did, "silent" when
# none came in time; head has the lines of its head.
#
#   my $load = load(connections => 64, within => 3, pause => 0.05,
#                   requests => [{ port => 8080, path => '/a' }, ...]);
#   my @answers = $load->stop;      or, with total => 1000, $load->wait
#
# runs in a process of its own: each connection takes one of the requests by
# chance, again and again.  A connection that ends before anything of an answer
# has come is made anew, and the request repeated (how often is {again} of its
# answer), as clients do when a server closes what is kept alive.

package Http;

use strict;
use warnings;

use Errno qw(EAGAIN EINTR);
use Exporter qw(import);
use IO::Handle;
use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use POSIX ();
use Time::HiRes qw(sleep time);

our @EXPORT_OK = qw(requests load);

my %running;


sub requests {
    my @runs = map { { %$_, bytes => '', within => $_->{within} // 30 } } @_;
    my %by;

    for my $run (@runs) {
        begin($run, 'close');
        $by{ fileno $run->{socket} } = $run if $run->{socket};
    }

    while (%by) {
        my $select = IO::Select->new(map { $_->{socket} } values %by);

        for my $socket ($select->can_read(0.1)) {
            my $run = $by{ fileno $socket };
            delete $by{ fileno $socket } if advance($run);
        }

        for my $run (values %by) {
            if (time - $run->{at} > $run->{within}) {
                $run->{answer} = { status => 'silent' };
                delete $by{ fileno $run->{socket} };
            }
        }
    }

    return map { finish($_) } @runs;
}


# Sends a request, by the connection that there is, or by a new one.

sub begin {
    my ($run, $connection) = @_;

    my $method = $run->{method} // 'GET';
    my $head = "$method $run->{path} HTTP/1.1\r\n";
    my @headers = (@{ $run->{headers} // [] }, Connection => $connection);

    unshift @headers, Host => 'localhost'
        unless grep { lc $_ eq 'host' } @headers;
    push @headers, 'Content-Length' => length $run->{body}
        if defined $run->{body};

    while (my ($name, $value) = splice @headers, 0, 2) {
        $head .= "$name: $value\r\n";
    }

    $run->{at} = time;
    $run->{bytes} = '';
    delete $run->{answer};

    local $SIG{PIPE} = 'IGNORE';

    $run->{socket} //= IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                             PeerPort => $run->{port},
                                             Timeout => 10);

    if (!$run->{socket}) {
        $run->{answer} = { status => 'closed', body => "connect: $!" };
        return;
    }

    # an error shows when the answer is read
    $run->{socket}->blocking(1);
    syswrite $run->{socket}, "$head\r\n" . ($run->{body} // '');
    $run->{socket}->blocking(0);
}


# Reads what has come; returns true when that was the end.

sub advance {
    my ($run) = @_;

    my $n = sysread $run->{socket}, $run->{bytes}, 262144, length $run->{bytes};

    return 0 if !defined $n && ($! == EAGAIN || $! == EINTR);

    $run->{answer} = parse($run->{bytes}, $run->{method} // 'GET', !$n);

    return defined $run->{answer};
}


# The answer that the bytes are, or undef when there is more to come.

sub parse {
    my ($bytes, $method, $ended) = @_;

    my $closed = { status => 'closed', headers => {}, body => $bytes };
    my $end = index $bytes, "\r\n\r\n";

    return $ended ? $closed : undef if $end < 0;

    my ($line, @lines) = split /\r\n/, substr $bytes, 0, $end;
    my ($status) = $line =~ m{^HTTP/1\.1 (\d+)} or return $closed;
    my %headers;

    for (@lines) {
        my ($name, $value) = /^([^:]+): *(.*)$/s or next;

        $name = lc $name;
        $headers{$name} = exists $headers{$name}
                          ? "$headers{$name}\n$value" : $value;
    }

    my $answer = { status => $status, headers => \%headers, body => '',
                   head => [$line, @lines] };
    my $at = $end + 4;

    if ($method eq 'HEAD' || $status =~ /^(1..|204|304)$/) {
        return $answer;
    }

    if (($headers{'transfer-encoding'} // '') eq 'chunked') {
        pos($bytes) = $at;

        while ($bytes =~ /\G([0-9a-f]+)\r\n/gci) {
            my $length = hex $1;
            my $from = pos $bytes;

            last if $from + $length + 2 > length $bytes;
            return $answer if $length == 0;

            $answer->{body} .= substr $bytes, $from, $length;
            pos($bytes) = $from + $length + 2;
        }

    } elsif (defined(my $length = $headers{'content-length'})) {
        $answer->{body} = substr $bytes, $at, $length;
        return $answer if length $answer->{body} == $length;

    } else {
        $answer->{body} = substr $bytes, $at;
        return $answer if $ended;
    }

    return $ended ? $closed : undef;
}


sub finish {
    my ($run) = @_;

    my $answer = $run->{answer};

    $answer->{$_} //= '' for qw(body code);
    $answer->{headers} //= {};
    $answer->{path} = $run->{path};
    $answer->{port} = $run->{port};
    $answer->{at} = $run->{at};
    $answer->{took} = time - $run->{at};
    $answer->{again} = $run->{again};

    if ($answer->{body} =~ /^[\[{]/) {
        my $json = $answer->{json} = eval { decode_json($answer->{body}) };
        my $error = ref $json eq 'HASH' ? $json->{error} : undef;

        $answer->{code} = $error->{code} // '' if ref $error eq 'HASH';
    }

    return $answer;
}


# Load

sub load {
    my (%given) = @_;

    my $self = bless { test => $$ }, __PACKAGE__;

    pipe my $from, my $answers or die "pipe: $!\n";
    pipe my $until, my $end or die "pipe: $!\n";

    defined(my $pid = fork) or die "fork: $!\n";

    if ($pid == 0) {
        close $from;
        close $end;
        eval { run_load($self->{test}, $until, $answers, %given) };
        print STDERR "load: $@" if $@;
        POSIX::_exit(0);
    }

    close $answers;
    close $until;

    @$self{qw(pid answers end)} = ($pid, $from, $end);
    $running{$pid} = 1;

    return $self;
}


# Ends the load, once what is on its way has been answered.

sub stop {
    my ($self) = @_;

    close $self->{end};

    return $self->wait;
}


# Waits until it has made the total of its requests.

sub wait {
    my ($self) = @_;

    my $answers = $self->{answers};
    my @answers = map { decode_json($_) } <$answers>;

    $self->DESTROY;

    return @answers;
}


sub run_load {
    my ($test, $until, $out, %given) = @_;

    my @requests = @{ $given{requests} };
    my $pause = $given{pause} // 0;
    my (%by, @lines);

    my @runs = map { { free => time + rand $pause } } 1 .. $given{connections};
    my $ending = 0;
    my $left = $given{total};

    $SIG{$_} = 'DEFAULT' for qw(INT TERM);

    while (!$ending || %by) {
        last if getppid() != $test;

        for my $run (grep { !$_->{busy} && $_->{free} <= time } @runs) {
            $ending = 1 if defined $left && $left-- <= 0;
            last if $ending;

            my $request = $requests[rand @requests];

            # a connection leads to one server
            delete $run->{socket}
                if ($run->{port} // 0) != $request->{port};

            @$run{qw(port path method headers body again)}
                = @$request{qw(port path method headers body again)};

            launch($run, \%by, \@lines, $pause);
        }

        my $select = IO::Select->new($ending ? () : $until,
                                     map { $_->{socket} } values %by);

        for my $socket ($select->can_read(0.01)) {
            if ($socket == $until) {
                $ending = 1;
                next;
            }

            my $run = $by{ fileno $socket } or next;

            # while data comes, more may
            next unless advance($run);

            delete $by{ fileno $socket };
            answered($run, \%by, \@lines, $pause);
        }

        for my $run (values %by) {
            if (time - $run->{at} > $given{within}) {
                $run->{answer} = { status => 'silent' };
                delete $by{ fileno $run->{socket} };
                answered($run, \%by, \@lines, $pause);
            }
        }
    }

    # what a full pipe would have kept waiting
    print $out @lines;
    close $out;
}


sub launch {
    my ($run, $by, $lines, $pause) = @_;

    my $kept = defined $run->{socket};

    begin($run, 'keep-alive');
    $run->{kept} = $kept;

    if ($run->{socket}) {
        $run->{busy} = 1;
        $by->{ fileno $run->{socket} } = $run;

    } else {
        answered($run, $by, $lines, $pause);
    }
}


sub answered {
    my ($run, $by, $lines, $pause) = @_;

    my $answer = $run->{answer};

    if ($answer->{status} !~ /^\d/
        || ($answer->{headers}{connection} // '') eq 'close')
    {
        delete $run->{socket};
    }

    if ($answer->{status} eq 'closed' && $run->{bytes} eq ''
        && ($run->{again} // 0) < 3)
    {
        $run->{again}++;
        launch($run, $by, $lines, $pause);
        return;
    }

    my $done = finish($run);

    push @$lines, encode_json({ map { $_ => $done->{$_} } qw(
        status code body path port at took again) }) . "\n";

    $run->{busy} = 0;
    $run->{free} = time + $pause * (0.5 + rand);
}


sub DESTROY {
    my ($self) = @_;

    my $pid = delete $self->{pid} or return;

    local ($?, $!);

    if ($self->{test} == $$) {
        delete $running{$pid};
        kill 'KILL', $pid;
        waitpid $pid, 0;
    }
}


END {
    local ($?, $!);

    for my $pid (keys %running) {
        kill 'KILL', $pid;
        waitpid $pid, 0;
    }
}


1;
