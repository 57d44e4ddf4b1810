# What util/bench measures of fetch(): a function and a server of Node, of the
# same code, that ask an nginx for 1 KB.

package Fetch;

use strict;
use warnings;

use FindBin;
use Server;
use Time::HiRes qw(sleep);

# what a request makes of fetches, one after the other; its connections
my @cases = ([1, 32], [20, 4]);

# compilers are done after so many seconds, in which a queue may be full
my $warm = 5;

my $code = "$FindBin::Bin/../t/bench/fetch";


# Takes a directory, the first of four ports, the module and its lines for the
# http block, the rounds and their seconds. Each side has one thread that runs
# JavaScript. Gives {function, node} by the fetches of a request: a list of
# rounds, each [requests/s, us of CPU time of a fetch].

sub measure {
    my ($dir, $port, $module, $conf, $rounds, $seconds) = @_;

    my $url = "http://127.0.0.1:$port/";
    my $body = 'abcdefgh' x 128;
    my $asked = Server->new(port => $port, dir => "$dir/asked",
                            server => "location / { return 200 '$body'; }");
    my $ours = Server->new(port => $port + 1, dir => "$dir/function",
                           modules => [$module], http => <<"END");
invoke_isolation function;
invoke_isolates 1 max=1;
invoke_concurrency 64;
invoke_egress allow 127.0.0.1 $port;
invoke_egress_limits connects=1000000 bytes=2000000k;
$conf
server {
    listen 127.0.0.1:@{[$port + 2]};
    location / { invoke $code; invoke_env BENCH_URL $url; }
}
END

    $_->start for $asked, $ours;

    my $node = fork // die "fork: $!\n";

    if ($node == 0) {
        @ENV{qw(BENCH_URL BENCH_PORT)} = ($url, $port + 3);
        exec 'node', $code or die "node: $!\n";
    }

    sleep 1;

    my %sides = (function => [($ours->workers)[0], $port + 2],
                 node => [$node, $port + 3]);
    my %all;

    eval {
        for my $case (@cases) {
            for my $round (0 .. $rounds) {
                for my $side (sort keys %sides) {
                    my ($figures, $bad) = load(@{ $sides{$side} }, @$case,
                                               $round ? $seconds : $warm);

                    die "$bad" if $bad && $round;
                    push @{ $all{ $case->[0] }{$side} }, $figures if $round;
                }
            }
        }
    };

    my $error = $@;

    kill 'KILL', $node;
    waitpid $node, 0;
    $_->stop for $asked, $ours;

    die $error if $error;

    return \%all;
}


sub report {
    my ($name, $all) = @_;

    for my $n (sort { $a <=> $b } keys %$all) {
        my %us;

        for my $side (qw(node function)) {
            my ($rate, $us) = map {
                my $i = $_;
                my @sorted = sort { $a <=> $b }
                             map { $_->[$i] } @{ $all->{$n}{$side} };
                $sorted[$#sorted / 2];
            } 0, 1;

            $us{$side} = $us;
            printf "%-22s %10.0f %10.1f %10.0f %8.2f\n",
                   "$n, " . ($side eq 'node' ? 'Node' : $name), $rate, $us,
                   1e6 / $us / $n, $us{node} / $us;
        }
    }
}


sub load {
    my ($pid, $port, $fetches, $connections, $seconds) = @_;

    my $before = Server::cpu($pid);
    my $out = `wrk -t1 -c$connections -d$seconds \\
               http://127.0.0.1:$port/$fetches 2>&1`;
    my ($requests) = $out =~ /(\d+) requests in/;

    my $bad = !$requests || $out =~ /Non-2xx/ ? "wrk failed:\n$out\n" : '';

    return ([$requests / $seconds, (Server::cpu($pid) - $before) * 1e6
                                   / ($requests || 1) / $fetches], $bad);
}

1;
