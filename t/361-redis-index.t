# What Redis knows of the package caches of two hosts, and what becomes of a
# fleet whose Redis refuses, or has something else under its keys.

use strict;
use warnings;

use Test::More;
use TestFleet;
use TestStack ();

my $fleet = TestFleet->new(proxies => ['redis']);
my $prefix = $fleet->{prefix};
my @hosts = map { $fleet->server(redis => "invoke_redis 127.0.0.1:"
                                 . $fleet->proxy('redis')->port
                                 . " prefix=$prefix;\n") } 1 .. 2;
my @names;

soon { 2 == grep { $_->metrics->{stores}{redis}{connected} } @hosts } 'both are connected';

my $id = $fleet->deploy('module.exports = (req, res) => res.send("1");');
my $digest = $fleet->sql("SELECT package_hash FROM function_versions
                          WHERE function_id = '$id'");

is($_->get("/invoke/$id")->{body}, 1, 'a function is served') for @hosts;

soon { @names = redis('ZRANGE', "package:$digest", 0, -1); @names == 2 }
     'Redis knows which hosts have the package';

my ($name) = grep { index($_, $hosts[0]->cache) > 0 } @names;

ok($name, 'by the directories of their caches');
is((redis('ZRANGE', "host:$name", 0, -1))[0], $digest,
   'and the packages of a host');

my %use = redis('HGETALL', "use:$digest:$name");

cmp_ok($use{size}, '>', 0, 'with the size');
cmp_ok(abs($use{used} - time), '<', 600, 'and the last use');
is((redis('EXISTS', "lock:$digest"))[0], 0, 'no lock is left');

for my $key (redis_raw('--scan', '--pattern', "$prefix*")) {
    cmp_ok((redis_raw('TTL', $key))[0], '>', 0, "it expires: $key");
}

# Another host that has taken the lock, and does not end: it is not waited for.

my $text = 'module.exports = (req, res) => res.send("2");';
my ($locked) = $fleet->deploy($text, active => 1);
my $other = $fleet->sql("SELECT package_hash FROM function_versions
                         WHERE function_id = '$locked'");

redis('SET', "lock:$other", 'someone', 'EX', 1000);
is($hosts[0]->get("/invoke/$locked")->{body}, 2, 'no lock holds for ever');
is((redis('GET', "lock:$other"))[0], 'someone', 'and it stays whose it is');

# keys of other types

my $wrong = $fleet->deploy('module.exports = (req, res) => res.send("3");');
my $hash = $fleet->sql("SELECT package_hash FROM function_versions
                        WHERE function_id = '$wrong'");

redis('SET', "package:$hash", 'x');
redis('LPUSH', "lock:$hash", 'x');
is($hosts[0]->get("/invoke/$wrong")->{body}, 3, 'a function is served');

soon { $hosts[0]->log_lines(qr/\[warn\].* refuses the index: ".*WRONGTYPE/) }
     'Redis refuses, and that is told';

redis('DEL', "package:$hash");

# a removal is known

$fleet->deploy('module.exports = (req, res) => res.send("4");', id => $id);
soon { $hosts[0]->get("/invoke/$id")->{body} eq 4 } 'a new version';
soon { $hosts[0]->log_lines(qr/takes the index again/) }
     'and Redis takes what it is told';

$fleet->finish;
done_testing();


sub redis_raw {
    my @args = @_;

    my $cli = TestStack::root() . '/build/deps/stack/usr/bin/redis-cli';

    open my $out, '-|', $cli, '-p', $ENV{REDIS_PORT}, @args
        or die "redis-cli: $!\n";
    chomp(my @lines = <$out>);

    return @lines;
}


sub redis {
    my ($command, $key, @args) = @_;

    return redis_raw($command, "$prefix$key", @args);
}
