# Servers of a test, with a process for each connection, until the test ends.
#
#   my $port = serve(sub { my ($client, $number) = @_; ... });
#
# The number is that of the connection, from 1.

package TestListener;

use strict;
use warnings;

use Exporter qw(import);
use IO::Socket::INET;
use POSIX ();

our @EXPORT = qw(serve);

my @children;


sub serve {
    my ($connection) = @_;

    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 64,
                                         ReuseAddr => 1) or die "listen: $!\n";

    my $pid = fork // die "fork: $!\n";

    if ($pid == 0) {
        my $n = 0;

        $SIG{TERM} = 'DEFAULT';
        $SIG{CHLD} = 'IGNORE';
        setpgrp;

        while (my $client = $listener->accept) {
            $n++;
            next if fork;
            close $listener;
            $client->autoflush(1);
            $connection->($client, $n);
            POSIX::_exit(0);
        }
    }

    push @children, $pid;

    return $listener->sockport;
}


END {
    local $?;
    kill KILL => map { (-$_, $_) } @children;
    waitpid $_, 0 for @children;
}


1;
