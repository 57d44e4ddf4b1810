# No two contexts have the same random numbers, though all come from one snapshot.

use strict;
use warnings;

use TestInvoke 'no_plan';
use TestEngine;

my %functions = (fn => <<'END');
const { randomUUID, randomInt, randomBytes } = require('crypto');

module.exports = (req, res) => res.send([
    randomUUID(), randomInt(2 ** 47), crypto.randomUUID(),
    randomBytes(8).toString('hex'),
    crypto.getRandomValues(new Uint8Array(8)).join('.'),
].join(' '));
END

engine('random',
       functions => \%functions,
       server => 'location = /t { invoke ./fn/fn; }');

my (%seen, $all);

for my $i (1 .. 8) {
    my $answer = get('/t');

    is($answer->{status}, 200, "context $i answers");

    for my $value (split / /, $answer->{body}) {
        $seen{$value}++;
        $all++;
    }
}

is($all, 40, 'each has given five');
is(scalar(keys %seen), 40, 'and no two are the same');
