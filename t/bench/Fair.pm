# What util/bench measures of many functions in one worker: how long one that is
# asked now and then takes beside one that never rests, and how many of a
# hundred that are asked by turns are where they were.

package Fair;

use strict;
use warnings;

use IO::Socket::INET;
use Server;
use Time::HiRes qw(sleep time);

# of the function that never rests
my $busy = 64;
my $ms = 5;

# the functions that take turns, and how often each comes
my $many = 100;
my $turns = 100;

my %code = (
    rare => "res.json({ hello: 'world' });",
    busy => "const end = performance.now() + $ms;"
            . " while (performance.now() < end); res.send('done');",
    many => "res.json({ hello: 'world' });",
);


# Takes a directory, a port, the modules by their names, lines for the http
# block, the rounds and their seconds. Prints and gives, by isolation and
# module, the medians {alone, beside} of the rare one, ms, and the percentage
# of the many that found their context, or their code, after the first turn.

sub measure {
    my ($dir, $port, $modules, $conf, $rounds, $seconds) = @_;

    my %all;

    for my $name (keys %code) {
        my @dirs = $name eq 'many' ? map { "many$_" } 1 .. $many : $name;

        Server::write_file("$dir/$_/index.js", <<"END") for @dirs;
module.exports = (req, res) => { $code{$name} };
END
    }

    printf "\n%-22s %10s %10s %8s %10s\n",
           "a rare one, $busy beside", 'alone ms', 'p50 ms', 'x alone',
           '% found';

    for my $isolation (qw(function request)) {
        for my $module (sort keys %$modules) {
            my $server = Server->new(port => $port, dir => "$dir/nginx",
                                     modules => [$modules->{$module}],
                                     http => <<"END", server => <<"END");
invoke_isolation $isolation;
log_format start '\$invoke_start';
$conf
END
location ~ ^/(?<name>\\w+)\$ { invoke $dir/\$name; }
location ~ ^/many/(?<name>\\w+)\$ {
    invoke $dir/\$name;
    access_log logs/start.log start;
}
END
            my (@alone, @beside);

            $server->start;

            for my $round (0 .. $rounds) {
                my $alone = rare($port, $seconds);
                my $beside = beside($port, $seconds);

                next unless $round;
                push @alone, $alone;
                push @beside, $beside;
            }

            my %figures = (alone => median(@alone),
                           beside => median(@beside),
                           reused => turns($server, $port,
                                           $isolation eq 'request'));

            $server->stop;

            $figures{ratio} = $figures{beside} / $figures{alone};
            $all{$isolation}{$module} = \%figures;

            printf "%-22s %10.2f %10.2f %8.2f %10.1f\n",
                   $isolation . ($module ? "/$module" : ''),
                   @figures{qw(alone beside ratio reused)};
        }
    }

    return \%all;
}


sub beside {
    my ($port, $seconds) = @_;

    my $pid = fork // die "fork: $!\n";

    if ($pid == 0) {
        open STDOUT, '>', '/dev/null';
        exec 'wrk', '-t1', "-c$busy", '-d' . ($seconds + 10) . 's',
             "http://127.0.0.1:$port/busy" or die "wrk: $!\n";
    }

    sleep 0.5;

    my $p50 = eval { rare($port, $seconds) };
    my $error = $@;

    kill 'KILL', $pid;
    waitpid $pid, 0;
    die $error if $error;

    sleep 0.5;

    return $p50;
}


# The median of what a request takes, ms, some each second.

sub rare {
    my ($port, $seconds) = @_;

    my @took;

    for (1 .. $seconds * 30) {
        my $start = time;

        ask($port, '/rare');
        push @took, (time - $start) * 1000;
        sleep 0.03;
    }

    return median(@took);
}


sub turns {
    my ($server, $port, $fresh) = @_;

    my $log = $server->{dir} . '/logs/start.log';
    my $n = $many * $turns;
    my @starts;

    for my $i (0 .. $n - 1) {
        ask($port, '/many/many' . ($i % $many + 1));
    }

    for (1 .. 50) {
        @starts = split /\n/, Server::read_file($log);
        last if @starts == $n;
        sleep 0.1;
    }

    @starts == $n or die "only @{[scalar @starts]} of $n are logged\n";

    # in isolation "request" none is in a context that was there
    my $found = grep { $_ ne 'cold' && ($_ eq 'reused' || $fresh) }
                @starts[$many .. $n - 1];

    return 100 * $found / ($n - $many);
}


sub ask {
    my ($port, $uri) = @_;

    my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port")
        or die "cannot connect: $!\n";

    print $socket "GET $uri HTTP/1.0\r\nHost: bench\r\n\r\n";

    local $/;
    my $answer = <$socket>;

    $answer =~ m{^HTTP/1.1 200 } or die "$uri answers:\n$answer\n";
}


sub median {
    my @sorted = sort { $a <=> $b } @_;

    return $sorted[$#sorted / 2];
}

1;
