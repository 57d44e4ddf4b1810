# A Redis that is full, that is read-only, that wants replicas it has not, or
# that has nothing to say: it costs the index alone, is counted, and told of
# once.

use strict;
use warnings;

use lib 't/lib';

use Test::More;

use TestFleet;
use TestStack ();

my $bin = TestStack::root() . '/build/deps/stack/usr/bin';
my $port = TestFleet::free_port();
my $n = 0;

defined(my $redis = fork) or die "fork: $!\n";

if ($redis == 0) {
    open STDOUT, '>', '/dev/null';
    exec "$bin/redis-server", '--bind', '127.0.0.1', '--port', $port,
         '--save', '', '--appendonly', 'no', '--dir', '/tmp'
        or POSIX::_exit(127);
}

soon { cli('PING') eq 'PONG' } 'there is a Redis';

my $fleet = TestFleet->new(without => ['redis']);
my $server = $fleet->server(
    http => "invoke_redis 127.0.0.1:$port prefix=t:;\n",
    server => "location /packages/ { invoke_cache; }\n");

my $id = function();

soon { keys_of('package:') == 1 } 'it has an index';

for (['is full', qr/OOM command not allowed/,
      'CONFIG SET maxmemory 1', 'CONFIG SET maxmemory 0'],
     ['is read-only', qr/READONLY /,
      'REPLICAOF 127.0.0.1 1', 'REPLICAOF NO ONE'],
     ['wants replicas', qr/NOREPLICAS /,
      'CONFIG SET min-replicas-to-write 1',
      'CONFIG SET min-replicas-to-write 0'])
{
    my ($name, $error, $begin, $end) = @$_;
    my $errors = $server->metrics->{stores}{redis}{errors};
    my ($told, $again) = map { scalar $server->log_lines($_) }
                         qr/refuses the index/, qr/takes the index again/;

    is(cli(split ' ', $begin), 'OK', "Redis $name");

    # a package that goes is other news than one that comes: a full Redis takes
    # them

    for my $round (1, 2) {
        my $news = news();
        my $new = function();
        my $digest = $fleet->sql("SELECT package_hash FROM function_versions
                                  WHERE function_id = '$new'");

        soon { news() > $news } 'it is tried';
        $news = news();

        soon { ($server->together({ path => "/packages/$digest",
                                    method => 'DELETE' }))[0]{status} == 204 }
             'a package is removed';
        soon { news() > $news } 'that is tried, too';
    }

    cmp_ok($server->metrics->{stores}{redis}{errors}, '>', $errors + 1,
           'what is refused is counted');

    soon { $server->log_lines(qr/refuses the index/) > $told } 'it is told of';

    my @lines = $server->log_lines(qr/refuses the index/);

    is(scalar @lines, $told + 1, 'once');
    like($lines[-1], qr/\[warn\] .*refuses the index: ".*$error/, 'and why');
    is(scalar($server->log_lines(qr/takes the index again/)), $again,
       'nothing of an end while there is none');
    is($server->get("/invoke/$id/")->{body}, 1, 'functions are served');
    is($server->metrics->{stores}{redis}{connected}, 1, 'Redis is there');

    is(cli(split ' ', $end), 'OK', 'that ends');

    my $before = keys_of('package:');

    function();
    soon { keys_of('package:') > $before } 'the index goes on';
    soon { $server->log_lines(qr/takes the index again/) == $again + 1 }
         'which is told';
}

# a replica that answers nothing, not even a PING

cli(qw(CONFIG SET replica-serve-stale-data no));
cli(qw(REPLICAOF 127.0.0.1 1));

function();
soon { $server->metrics->{stores}{redis}{connected} == 0 } 'Redis is away', 30;
is(scalar($server->log_lines(qr/\[warn\] .*redis "\S+" is away: "MASTERDOWN/)),
   1, 'it is told of once');
function();

cli(qw(REPLICAOF NO ONE));
soon { $server->metrics->{stores}{redis}{connected} == 1 } 'it is back', 30;

is(scalar($server->log_lines(qr/\[(?:error|crit)\]/)), 0, 'no request failed');

$fleet->finish;
done_testing();


# A new function, which is served at once.

sub function {
    my $number = ++$n;
    my $id = $fleet->deploy("module.exports = (req, res) => res.send('$number');");

    is($server->get("/invoke/$id/")->{body}, $number, 'a new one is served');

    return $id;
}


# How often it was told of packages.

sub news {
    my ($calls, $rejected) = cli(qw(INFO commandstats))
        =~ /cmdstat_eval:calls=(\d+),.*?rejected_calls=(\d+)/;

    return $calls + $rejected;
}


sub keys_of {
    my ($name) = @_;

    return scalar(grep { /^t:$name/ } split /\n/, cli('KEYS', 't:*'));
}


sub cli {
    my @args = @_;

    open my $out, '-|', 'sh', '-c', 'exec "$0" "$@" 2>&1',
         "$bin/redis-cli", '-p', $port, @args or die "redis-cli: $!\n";
    local $/;

    return (<$out> // '') =~ s/\n\z//r;
}


END {
    local $?;

    if ($redis) {
        kill 'KILL', $redis;
        waitpid $redis, 0;
    }
}
