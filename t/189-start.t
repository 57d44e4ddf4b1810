# V8, or an isolate, that finds no memory to start: the worker stays and serves
# all else, and functions once there is memory.

use strict;
use warnings;

use TestInvoke 'no_plan';
use TestEngine;

my %functions = (
    hello => "module.exports = (req, res) => res.send('hello');\n",
    spin => "module.exports = () => { for (;;); };\n",
);

my $locations = <<'END';
location = /hello { invoke ./fn/hello; }
location = /spin { invoke ./fn/spin; invoke_timeout 2s; }
END

sub slurp {
    my ($file) = @_;

    open my $in, '<', $file or die "$file: $!\n";
    local $/;
    return <$in>;
}

sub size {
    my ($pid) = @_;

    my ($kb) = slurp("/proc/$pid/status") =~ /^VmSize:\s+(\d+)/m
        or die "no size of $pid\n";

    return $kb * 1024;
}

sub limit {
    my ($pid, $bytes) = @_;

    system('prlimit', "--pid=$pid", "--as=$bytes:unlimited") == 0
        or die "prlimit fails\n";
}

# Attempts back off, each of them one line, and one worker makes them.

sub attempts {
    scalar log_lines(qr/\[crit\].*(no room to start V8|not be created)/)
}


engine('V8 does not start',
       main => 'thread_pool default threads=1;',
       http => 'invoke_isolates 2 max=2;',
       server => $locations, functions => \%functions);

at_rest('the pool is ready');
is(get('/hello')->{body}, 'hello', 'it serves');

my ($worker) = worker_pids();
my $master = slurp(server->prefix . '/nginx.pid') + 0;

# the next worker inherits it

limit($master, size($master) + 100 * 2**20);
kill KILL => $worker;

my $answer;

soon { get('/static')->{body} eq 'static' } 'a new worker serves all else';
soon { attempts() >= 3 } 'it tries again and again';

my @starts = log_lines(qr/start worker process \d+/);

$answer = get('/hello');
is("$answer->{status} $answer->{code}", '503 overloaded', 'no functions');
is($answer->{json}{message}, 'There are no isolates', 'its message');
is(get('/static')->{body}, 'static', 'nginx goes on');
is(scalar @starts, 2, 'no other worker was started');
cmp_ok(attempts(), '<', 20, 'attempts back off');

my ($new) = worker_pids();

limit($master, 'unlimited');
limit($new, 'unlimited');

soon { get('/hello')->{status} eq 200 } 'functions are served in the end';
is((worker_pids())[0], $new, 'by that worker');
at_rest();


# a sanitizer ends the worker where it gets no memory itself

if ($ENV{TEST_INVOKE_ASAN}) {
    engine_stop();
    exit;
}


engine('an isolate does not start',
       main => 'thread_pool default threads=1;',
       http => 'invoke_isolates 1 max=2;',
       server => $locations, functions => \%functions);

at_rest('the pool is ready');

($worker) = worker_pids();

# it has taken what it needs, and its own is not enough for the next one

my $spinning = send_off('/spin');

soon { metrics()->{invocations}{active} == 1 } 'a function spins';
limit($worker, size($worker) + 20 * 2**20);

is((answers($spinning))[0]{status}, 504, 'its isolate is to be replaced');
soon { attempts() >= 2 } 'which fails';

$answer = get('/hello');
is("$answer->{status} $answer->{code}", '503 overloaded', 'no functions');
is(get('/static')->{body}, 'static', 'nginx goes on');

limit($worker, 'unlimited');

soon { get('/hello')->{status} eq 200 } 'functions are served in the end';
is((worker_pids())[0], $worker, 'by the same worker');
at_rest();

engine_stop();
