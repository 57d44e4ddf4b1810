# No two contexts have the same random numbers, though all come from one
# snapshot: those of an isolate, of two workers that one master has forked, and
# of the workers after a reload, whose snapshot it has kept.

use strict;
use warnings;

use TestInvoke 'no_plan';
use TestEngine;

my $numbers = <<'END';
const { randomUUID, randomInt, randomBytes } = require('crypto');

module.exports = (req, res) => res.send([
    randomUUID(), randomInt(2 ** 47), crypto.randomUUID(),
    randomBytes(8).toString('hex'),
    crypto.getRandomValues(new Uint8Array(8)).join('.'),
    Math.random(),
].join(' '));
END

my %functions = (
    fn => $numbers,

    # of a larger template, where there is one
    large => "try { require('https'); } catch {}\n$numbers",

    # a context that goes on
    kept => $numbers,
);

my ($all, %seen, %pids) = (0);

sub look {
    my ($path) = @_;

    my $answer = get($path);
    my @values = split / /, $answer->{body};

    is($answer->{status}, 200, "$path answers");
    is(scalar(@values), 6, 'with six numbers');

    $pids{ $answer->{headers}{'x-worker'} }++;
    $seen{$_}++ for @values;
    $all += @values;
}

engine('random',
       functions => \%functions,
       workers => 2,
       server => 'add_header X-Worker $pid; location = /t { invoke ./fn/fn; }'
                 . ' location = /large { invoke ./fn/large; }'
                 . ' location = /kept { invoke ./fn/kept;'
                 . ' invoke_isolation function; }');

sub look_at_both {
    %pids = ();

    # a worker is whoever is the first to accept
    for (1 .. 200) {
        look($_) for qw(/t /large /kept);
        last if keys %pids == 2;
    }

    look($_) for (qw(/t /large /kept)) x 3;

    is(scalar(keys %pids), 2, 'two workers have answered');
}

look_at_both();

my @first = worker_pids();

kill 'HUP', server()->{pid};

soon {
    my @now = worker_pids();
    my %former = map { $_ => 1 } @first;

    @now == 2 && !grep { $former{$_} } @now;
} 'two other workers';

look_at_both();

is(scalar(keys %seen), $all, 'and no two are the same');

engine_stop();
