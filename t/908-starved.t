# t/190-watch.t beside processes that leave it little of the CPU: an isolate that
# is to end, and whose thread gets hardly any time, is given up all the same.

use strict;
use warnings;

my @hogs;

for (1 .. 8) {
    my $pid = fork() // die "fork: $!\n";

    if ($pid == 0) {
        alarm 300;
        1 while 1;
    }

    push @hogs, $pid;
}

my $me = $$;

END {
    if ($$ == $me) {
        my $status = $?;

        kill 'KILL', @hogs;
        waitpid $_, 0 for @hogs;
        $? = $status;
    }
}

do './t/190-watch.t';
die $@ if $@;
