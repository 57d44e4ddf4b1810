# The test module of t/5xx: one nginx with one worker serves every hostile
# function of a file beside two that behave, which are asked all the time.
#
#   use TestHostile timeout => '1s', memory => '64m';
#
# (other options: parallel, so many runs at a time, 4; fresh, a new nginx after
# so many runs; http and server, lines of configuration; patient, when it is not
# the time limit that ends functions, which is then longer on a busy machine)
#
#   run_hostile();
#
#   __DATA__
#
#   === spins in the handler
#   --- expect: 504 timeout
#   module.exports = () => { for (;;); };
#
# A block is run with invoke_isolation "request" and "function", unless it has
# a line "--- isolation: request"; by util/test without --all, with one of them,
# by turns.  "--- expect" is a regular expression for the status, a space and the
# error's code ("200 -" for an answer that is no error; "closed" when the
# connection was closed before the end).
# Other lines a block may have:
#
#   --- body: REGEXP    what the answer's body matches
#   --- header: REGEXP  what its head matches
#   --- times: N        so many requests, one after the other
#   --- within: N       seconds it may take (the timeout and three more)
#   --- wait: N         seconds to look on after the answer
#   --- method: POST    the request's method, with a body of JSON
#   --- peak: SIZE      how much the worker's resident size may have grown at
#                       most meanwhile, MB, and by a quarter of that soon
#                       afterwards; such a block runs by itself
#   --- parked: 0       no isolate is in quarantine afterwards
#
# Each answer has to come in time; none of the requests to the functions that
# behave may fail; at the end no worker has exited on a signal.

package TestHostile;

use strict;
use warnings;

use File::Basename qw(basename);
use File::Path qw(remove_tree);
use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use List::Util qw(max min);
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

use Server;

our @EXPORT = qw(run_hostile);

my %conf = (timeout => '1s', memory => '64m', parallel => 4,
            http => '', server => '');

# a run under a sanitizer takes its time, and so does a busy machine
my ($load) = Server::read_file('/proc/loadavg') =~ /^([\d.]+)/;
my $slow = $ENV{TEST_INVOKE_ASAN} ? 5 : 1 + min(4, int(($load // 0) / 5));

my $name = basename($0, '.t');
my $dir = "$Server::Root/build/test/$name.$$";

my ($server, $prober, $answers);


sub import {
    my ($class, %given) = @_;

    strict->import;
    warnings->import;

    %conf = (%conf, %given);
    $conf{timeout} =~ s/(\d+)/$1 * ($slow + 1)/e if $conf{patient};

    no strict 'refs';
    *{ caller() . "::$_" } = \&$_ for @EXPORT;
}


sub run_hostile {
    my @blocks = blocks(do { no strict 'refs'; *{'main::DATA'} });

    my @isolations = ('request', 'function');

    my @runs = map {
        my $block = $_;

        my @run = $block->{isolation} ? $block->{isolation}
                  : $ENV{TEST_INVOKE_ALL} ? @isolations
                  : $isolations[$block->{id} % 2];

        map { { %$block, isolation => $_ } } @run;
    } @blocks;

    write_functions(@blocks);

    while (@runs) {
        serve(splice @runs, 0, $conf{fresh} || @runs);
    }

    done_testing();
}


END {
    local $?;

    if ($prober) {
        kill 'KILL', $prober;
        waitpid $prober, 0;
    }

    if ($server) {
        $server->stop;

        if (grep { !$_ } Test::More->builder->summary) {
            my $kept = "$Server::Root/build/test/failed/$name";
            remove_tree($kept);
            Server::write_file("$kept/error.log", Server::read_file(
                                                   "$dir/logs/error.log"));
            diag("the log is in $kept");
        }

        remove_tree($dir);
    }
}


# Some runs beside the functions that behave, by one nginx.

sub serve {
    my @runs = @_;

    $server = start();

    my $worker = settled();

    probe();

    while (@runs) {
        my $alone = grep { defined $_->{peak} } @runs;
        run_blocks(splice @runs, 0, $alone ? 1 : $conf{parallel});
    }

    my $now;

    # while one drains, the next may be on its way
    for (1 .. 100) {
        ($now) = $server->workers;
        last if $now;
        sleep 0.1;
    }

    my $parked = $server->log_lines(qr/invoke: .*(parked|quarantine)/);

    ok($now && ($now == $worker || $parked), 'the worker stays, or it drains');

    end_probe();
    $server->stop;

    my $log = join "\n", $server->log_lines(
                             qr/exited on signal|^\S+ \S+ \[(alert|emerg)\]/);

    is($log, '', 'no worker exits on a signal, nothing alarms');

    is(Server::read_file("$dir/logs/stdout.log"), '',
       'nothing is written to the standard output');
}


sub blocks {
    my ($data) = @_;

    my @blocks;

    for my $text (split /^=== /m, do { local $/; <$data> }) {
        $text =~ s/\A(.*)\n// or next;
        next if $1 eq '';

        my %block = (name => $1, id => scalar @blocks, times => 1);

        $block{$1} = $2 while $text =~ s/^--- (\w+): (.*)\n//m;
        $block{code} = $text;
        push @blocks, \%block;
    }

    return @blocks;
}


sub write_functions {
    my @blocks = @_;

    for my $block (@blocks) {
        Server::write_file("$dir/fn/$block->{id}/index.js", $block->{code});
    }

    Server::write_file("$dir/fn/good/index.js", <<'END');
let calls = 0;

module.exports = async (req, res) => {
    const made = [1, 2, 3].map(String).concat(Object.keys({ a: 1 }));
    await null;
    res.json({ good: JSON.parse('[1]')[0] + made.length, fresh: calls++ });
};
END
}


sub start {
    my $port = 10000 + ($$ * 10) % 20000;

    $port++ while IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                        PeerPort => $port);

    my $server = Server->new(
        dir => $dir, port => $port, log => 'info',
        modules => [$ENV{TEST_NGINX_LOAD_MODULES}
                    || "$Server::Root/build/ngx_invoke_module.so"],
        http => <<"END",
invoke_isolates 4 max=12;
invoke_memory_limit $conf{memory};
invoke_timeout $conf{timeout};
$conf{http}
END
        server => <<"END");
location ~ ^/request/(?<name>\\w+)\$ {
    invoke $dir/fn/\$name;
}
location ~ ^/function/(?<name>\\w+)\$ {
    invoke_isolation function;
    invoke $dir/fn/\$name;
}
location = /good/request {
    invoke_timeout 20s;
    invoke $dir/fn/good;
}
location = /good/function {
    invoke_timeout 20s;
    invoke_isolation function;
    invoke $dir/fn/good;
}
location = /static {
    return 200 "static\\n";
}
$conf{server}
END

    $server->start;

    return $server;
}


# The worker, once its pool is warm and none of its isolates is in quarantine,
# for which it would be replaced: what isolates take by themselves, and what
# functions of before have left, is no function's.

sub settled {
    my $worker;

    for (1 .. 200) {
        # it has dealt with what it has answered
        requests({ uri => '/static', within => 20 });

        ($worker) = $server->workers;

        last if $worker
                && $server->log_lines(qr/ $worker#\d+: .*warm-up complete/)
                && !parked($worker);
        sleep 0.1;
    }

    return $worker;
}


# Runs some blocks at the same time.

sub run_blocks {
    my @runs = @_;

    my ($seconds) = $conf{timeout} =~ /^(\d+)s/;
    my $wait = 0;

    my $measured = grep { defined $_->{peak} || defined $_->{parked} } @runs;
    my ($worker) = $measured ? settled() : $server->workers;
    my $parked = parked();
    my $base = 0;

    if ($worker) {
        $base = Server::usage($worker)->{rss};
        Server::reset_peak($worker);
    }

    for my $run (@runs) {
        $run->{title} = "$run->{name} ($run->{isolation})";
        $run->{within} = ($run->{within} // $seconds + 3) * $slow;
        $run->{uri} = "/$run->{isolation}/$run->{id}";
        $wait = $run->{wait} if $wait < ($run->{wait} // 0);
    }

    while (my @now = grep { $_->{times}-- > 0 } @runs) {
        requests(@now);

        # a worker with too much in quarantine closes what is left in the end
        if ($server->log_lines(qr/invoke: the worker is to leave soon/)) {
            my @closed = grep { $_->{answer}{status} eq 'closed'
                                && $_->{expect} !~ /closed/ } @now;

            requests(@closed) if @closed;
        }

        check($_) for @now;
    }

    sleep $wait;

    my ($slowest, @failed) = probed();

    if ($ENV{TEST_INVOKE_PEAK} && $worker) {
        diag(sprintf '%d MB at most, %d MB now, static in %d ms: %s',
             Server::peak($worker) / 2**20,
             Server::usage($worker)->{rss} / 2**20, $slowest,
             join ', ', map { $_->{title} } @runs);
    }

    for my $run (@runs) {
        # what a sanitizer keeps is nobody's
        if (defined $run->{peak} && $worker && !$ENV{TEST_INVOKE_ASAN}) {
            cmp_ok((Server::peak($worker) - $base) / 2**20, '<=', $run->{peak},
                   "$run->{title}: resident size");

            # an isolate that was ended takes a moment to go
            my $now;

            for (1 .. 100) {
                $now = (Server::usage($worker)->{rss} - $base) / 2**20;
                last if $now <= $run->{peak} / 4;
                sleep 0.1;
            }

            cmp_ok($now, '<=', $run->{peak} / 4,
                   "$run->{title}: resident size afterwards");
        }

        if (defined $run->{parked}) {
            is(parked(), $parked, "$run->{title}: nothing is parked");
        }
    }

    # the functions that behave have answered since, and still do

    is(join("\n", @failed), '', 'the others are served beside '
                                . join ', ', map { $_->{title} } @runs);
}


# Isolates that were put into quarantine: those of one worker, or all.

sub parked {
    my $worker = $_[0] // '';

    return scalar $server->log_lines(
        qr/$worker#\d+: invoke: an isolate is in quarantine/);
}


sub check {
    my ($run) = @_;

    my $answer = $run->{answer};

    like("$answer->{status} $answer->{code}", qr/^(?:$run->{expect})$/,
         "$run->{title}: answer")
        or diag(substr $answer->{text}, 0, 400);

    cmp_ok($run->{took}, '<', $run->{within}, "$run->{title}: in time");

    if (defined $run->{body}) {
        like($answer->{body}, qr/$run->{body}/, "$run->{title}: body");
    }

    if (defined $run->{header}) {
        like($answer->{head}, qr/$run->{header}/i, "$run->{title}: header");
    }
}


# Makes one request for each run (uri, within, method), all at the same time,
# and sets its answer and what it took.

sub requests {
    my @runs = @_;

    my $select = IO::Select->new;
    my %by;

    for my $run (@runs) {
        my $method = $run->{method} // 'GET';
        my $body = $method eq 'GET' ? '' : '{"a":[1,2,{"b":"c"}]}';

        $run->{start} = time;
        $run->{text} = '';

        my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                           Timeout => $run->{within},
                                           PeerPort => $server->{port});

        if (!$socket) {
            $run->{text} = "connect: $!";
            $run->{took} = time - $run->{start};
            next;
        }

        my $length = length $body;

        syswrite $socket, "$method $run->{uri} HTTP/1.1\r\nHost: hostile\r\n"
                          . "Content-Type: application/json\r\n"
                          . ($length ? "Content-Length: $length\r\n" : '')
                          . "Connection: close\r\n\r\n$body";

        $select->add($socket);
        $by{fileno $socket} = $run;
    }

    while ($select->count) {
        for my $socket ($select->can_read(0.5)) {
            my $run = $by{fileno $socket};
            my $n = sysread $socket, $run->{text}, 65536, length $run->{text};

            # nobody needs all of a response without an end
            if (!$n || length $run->{text} > 64 * 2**20) {
                $run->{took} = time - $run->{start};
                $select->remove($socket);
            }
        }

        for my $socket ($select->handles) {
            my $run = $by{fileno $socket};

            if (time - $run->{start} > $run->{within} + 5) {
                $run->{took} = time - $run->{start};
                $run->{silent} = 1;
                $select->remove($socket);
            }
        }
    }

    $_->{answer} = answer($_) for @runs;
}


# A hash of status ("closed" and "silent" too), code (of the error, or "-"),
# head, body and text.

sub answer {
    my ($run) = @_;

    my $text = $run->{text};
    my ($head, $body) = split /\r\n\r\n/, $text, 2;
    my ($status) = ($head // '') =~ m{^HTTP/1\.1 (\d+)};

    $body //= '';

    if ($run->{silent}) {
        $status = 'silent';

    } elsif (!defined $status
             || $head =~ /^Content-Length: (\d+)/mi && $1 > length $body
             || $head =~ /^Transfer-Encoding: chunked/mi
                && $body !~ /(^|\n)0\r\n\r\n\z/)
    {
        $status = 'closed';
    }

    my $json = eval { decode_json($body) };
    my $error = ref $json eq 'HASH' ? $json->{error} : undef;
    my $code = ref $error eq 'HASH' ? $error->{code} : undef;

    return { status => $status, code => $code // '-', head => $head // '',
             body => $body, text => $text };
}


# A process that asks the functions that behave all the time.  It writes a line
# for every failure, and when it is asked what the slowest answer of the static
# location has taken, in milliseconds.

sub probe {
    socketpair my $ours, my $its, Socket::AF_UNIX(), Socket::SOCK_STREAM(), 0;

    $prober = fork // die "fork: $!\n";

    if ($prober) {
        close $its;
        $ours->autoflush;
        $answers = $ours;
        return;
    }

    close $ours;
    $its->autoflush;

    my $select = IO::Select->new($its);
    my $asked = 0;
    my $slowest = 0;

    for (;;) {
        for my $uri ('/good/request', '/good/function', '/static') {
            my $run = { uri => $uri, within => 10 * $slow };

            requests($run);

            my $answer = $run->{answer};

            $slowest = max($slowest, $run->{took}) if $uri eq '/static';

            if ($answer->{status} ne '200'
                || $uri =~ /good/ && $answer->{body} !~ /"good":5/
                || $uri eq '/good/request' && $answer->{body} !~ /"fresh":0/)
            {
                print $its "$uri after $run->{took}s: $answer->{status} "
                           . substr($answer->{text}, 0, 600) =~ s/\s+/ /gr
                           . "\n";
            }
        }

        if ($asked) {
            printf $its "slowest %d\n", $slowest * 1000;
            $asked = $slowest = 0;
        }

        if ($select->can_read(0.1)) {
            sysread $its, my $line, 1 or POSIX::_exit(0);
            $asked = 1;
        }
    }
}


# The slowest static answer and the failures since it was called last.

sub probed {
    my @failed;

    print $answers '?';

    while (defined(my $line = <$answers>)) {
        chomp $line;
        return ($1, @failed) if $line =~ /^slowest (\d+)/;
        push @failed, $line;
    }

    return (0, 'the prober has ended');
}


sub end_probe {
    kill 'KILL', $prober;
    waitpid $prober, 0;
    undef $prober;
}


1;
