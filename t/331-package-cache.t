# vim: set filetype=perl :

# The cache of packages on disk: its size, and what processes leave that are
# killed.

use strict;
use warnings;

use lib 't/lib';

use Digest::SHA qw(sha256);
use File::Find;
use Test::More;
use Time::HiRes qw(sleep time);

use TestFleet;

my $fleet = TestFleet->new(without => ['redis'], proxies => ['s3']);
my $bytes = join '', map { sha256($_) } 1 .. 15000;
my $n = 0;


# A package of 500 KB that is like no other, in two files.

sub package_of {
    my ($source) = @_;

    $n++;

    return { 'index.js' => $source, 'late.txt' => "late $n",
             'data.bin' => $n . $bytes, 'lib/a.js' => "module.exports = $n" };
}


my $reads = "require('fs').readFileSync(__dirname + '/late.txt', 'utf8')";

my $plain = "module.exports = (req, res) => res.send($reads + require('./lib/a'))";
my $late = <<"END";
const fs = require('fs');

module.exports = async (req, res) => {
    const texts = [];

    for (let i = 0; i < 20; i++) {
        await new Promise((done) => setTimeout(done, 100));
        texts.push($reads);
    }

    res.send([...new Set(texts)].join() + require('./lib/a'));
};
END

# 40 packages of 500 KB in 4 MB

my $server = $fleet->server(workers => 2, max_size => '4m');
my @ids = $fleet->deploy_all(map { [package_of($_ <= 2 ? $late : $plain)] }
                             1 .. 40);
my @texts = map { "late $_$_" } 1 .. 40;
my ($most, @wrong) = (0);

for my $round (1, 2) {
    my @order = map { [@$_] } ([0, 1, 2 .. 14], [0, 1, 15 .. 27],
                               [0, 1, 28 .. 39]);

    for my $some (@order) {
        my @answers = $server->together(map { "/invoke/$ids[$_]/" } @$some);

        push @wrong, map { "$texts[ $some->[$_] ]: $answers[$_]{status}"
                           . " $answers[$_]{body}" }
                     grep { $answers[$_]{body} ne $texts[ $some->[$_] ] }
                     0 .. $#$some;

        sleep 0.2;
        $most = max($most, packages($server->cache));
    }
}

is("@wrong", '', 'no request fails, while two functions read late');

soon { packages($server->cache) <= 4 * 1024 * 1024 } 'the size is kept';
cmp_ok($most, '<=', 16 * 550 * 1024, 'and what was over it was in use');

my $metrics = $server->metrics->{packageCache};

cmp_ok($metrics->{evictions}, '>=', 60, 'packages were removed');
cmp_ok($metrics->{packages}, '<=', 8, 'few are there');
cmp_ok(scalar(() = glob $server->cache . '/lock/*'), '<=', 9,
       'and no more locks than that');

is($server->quit, 0, 'the server ends');

# what is in use by nobody but was used lately stays, beside what is older

my $order = $fleet->server(max_size => '2m');
my $hot = $fleet->deploy(package_of($plain));
my $hot_text = "late $n$n";

my @cold = $fleet->deploy_all(map { [package_of($plain)] } 1 .. 12);

$order->get("/invoke/$hot/");

for my $i (0 .. $#cold) {
    $order->get("/invoke/$cold[$i]/");
    sleep 1.1 if $i == 2;
}

is($order->get("/invoke/$cold[0]/")->{status}, 200, 'an old one comes again');
cmp_ok(packages($order->cache), '<=', 3 * 1024 * 1024, 'its size is kept');
is($order->get("/invoke/$hot/")->{body}, $hot_text, 'and so does the first');

# from disk, after a restart

$order->quit;

my $kept = $fleet->server(workers => 2);
my $stays = $fleet->deploy(package_of($plain));
my $stays_text = "late $n$n";

is($kept->get("/invoke/$stays/")->{body}, $stays_text, 'a package is brought');
is($kept->quit, 0, 'the server ends');

$kept->start;

is($kept->get("/invoke/$stays/")->{body}, $stays_text, 'is there again');
is(scalar($fleet->s3_requests(qr/GET.*$stays/)), 1, 'from the disk');

# killed while packages come: none is there in part

my $bare = $fleet->server(workers => 2, stopped => 1);
my (@partial, @failed);

for my $round (1 .. 12) {
    my $id = $fleet->deploy(package_of($plain));
    my $text = "late $n$n";

    $bare->start unless $bare->{pid};

    $fleet->proxy('s3')->slow(2_000_000);

    my $load = $fleet->load(["/invoke/$id/"], servers => [$bare],
                            connections => 4);

    sleep 0.03 * $round;

    if ($round % 3 == 0) {
        $bare->kill_all;
        $load->stop;
        $bare->start;

    } else {
        $bare->kill_worker($round % 2);
        $load->stop;
    }

    $fleet->proxy('s3')->pass;

    push @partial, partial($bare->cache);

    my $answer = $bare->get("/invoke/$id/");
    push @failed, "$round: $answer->{status} $answer->{body}"
        if $answer->{body} ne $text;
}

is("@partial", '', 'no package is there in part');
is("@failed", '', 'the next request is right');

$bare->kill_all;
mkdir $bare->cache . '/tmp/' . 'f' x 64 . '.1.2';
chown +(stat $bare->cache)[4, 5], $bare->cache . '/tmp/' . 'f' x 64 . '.1.2';
$bare->start;

soon { !glob $bare->cache . '/tmp/*' } 'nothing is left in tmp/';
soon {
    my %packages = map { $_ => 1 } map { m{([0-9a-f]{64})\z} }
                   glob $bare->cache . '/*';

    !grep { !$packages{$_} } map { m{([^/]+)\z} } glob $bare->cache . '/lock/*';
} 'and no lock without a package';

$fleet->finish;
done_testing();


# The bytes of all packages.

sub packages {
    my ($cache) = @_;

    # some go under its hands
    no warnings 'File::Find';

    my $size = 0;

    for my $package (grep { m{/[0-9a-f]{64}\z} } glob "$cache/*") {
        find({ no_chdir => 1, wanted => sub { $size += -s _ if lstat && -f _ } },
             $package);
    }

    return $size;
}


sub partial {
    my ($cache) = @_;

    return grep { (-s "$_/data.bin" // 0) < length $bytes || !-f "$_/lib/a.js"
                  || !-f "$_/index.js" || !-f "$_/late.txt" }
           grep { m{/[0-9a-f]{64}\z} } glob "$cache/*";
}


sub max { $_[0] > $_[1] ? $_[0] : $_[1] }
