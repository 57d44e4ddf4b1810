# invoke_health and invoke_cache of a fleet.

use strict;
use warnings;

use IO::Socket::INET;
use POSIX qw(mkfifo);
use Test::More;
use TestFleet;

my $fleet = TestFleet->new(proxies => ['postgres', 's3', 'redis']);

my $source = 'module.exports = (req, res) => res.send("served");';
my $id = $fleet->deploy($source);

my $server = $fleet->server(server => <<'END');
location = /live { invoke_health live; }
location = /invoke/cache/stats { invoke_cache; }
location = /invoke/cache/cleanup { invoke_cache; }
location /packages/ { invoke_cache; }
location ~ ^/told/(?<told>[^/]+)$ {
    invoke $told;
    add_header X-Invoke-Version $invoke_version always;
}
END


# health

my @states = qw(database minio cache redis);
my %well = (database => 'connected', minio => 'connected',
            cache => 'operational', redis => 'connected');

# the object store is looked at every 8 to 12 s, and given 3 to answer
my $seen = 30;

soon { eq_states(%well) } 'all stores are connected', $seen;

my $health = $server->get('/health');

is($health->{status}, 200, 'which is healthy');
is($health->{json}{status}, 'healthy', 'in the body, too');
is($health->{json}{service}, 'invoke-execution', 'of the former service');
like($health->{json}{timestamp}, qr/^\d{4}-\d\d-\d\dT[\d:.]+Z$/, 'at a time');
ok(!exists $health->{json}{error}, 'without an error');

is($server->get("/invoke/$id")->{body}, 'served', 'a function is known');

for ($fleet->proxy('postgres'), $fleet->proxy('redis'), $fleet->proxy('s3')) {
    $_->refuse;
    $_->reset;
}

soon { eq_states(database => 'disconnected', minio => 'disconnected',
                 cache => 'operational', redis => 'disconnected') }
     'none is connected', $seen;

$health = $server->get('/health');

is($health->{status}, 503, 'which is not healthy');
is($health->{json}{status}, 'unhealthy', 'in the body, too');
is($health->{json}{error}, 'the database does not answer', 'and why');

$health = $server->get('/live');

is($health->{status}, 200, 'but it lives');
is($health->{json}{status}, 'healthy', 'in the body, too');
is($health->{json}{database}, 'disconnected', 'and knows what is wrong');
is($server->get("/invoke/$id")->{body}, 'served', 'a function is served');

$fleet->proxy('postgres')->pass;

soon { eq_states(database => 'connected', minio => 'disconnected',
                 cache => 'operational', redis => 'disconnected') }
     'the database is back', $seen;
is($server->get('/health')->{status}, 200, 'which is enough');

$_->pass for $fleet->proxy('redis'), $fleet->proxy('s3');

soon { eq_states(%well) } 'all are back', $seen;

$fleet->proxy('s3')->freeze;
soon { eq_states(%well, minio => 'disconnected') }
     'the object store is frozen', $seen;
$fleet->proxy('s3')->answer("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
$fleet->proxy('s3')->reset;
soon { $server->get('/health')->{json}{minio} eq 'disconnected' }
     'or fails', $seen;
$fleet->proxy('s3')->pass;
$fleet->proxy('s3')->reset;


# the package cache

my $code = sub { "module.exports = (req, res) => res.send('$_[0]');" };
my $digest = sub { $fleet->sql("SELECT package_hash FROM function_versions
                                WHERE function_id = '$_[0]'") };
my @ids = $fleet->deploy_all(map { [$code->($_)] } 1 .. 3);
my $other = $fleet->server;

for my $host ($server, $other) {
    is($host->get("/invoke/$_")->{status}, 200, 'a package is fetched')
        for @ids;
}

soon { stats()->{data}{packageCount} == 4 } 'the packages are counted';

my $answer = stats();

is_deeply([sort keys %$answer], [qw(data message statusCode success timestamp)],
          'the former envelope');
is($answer->{message}, 'Cache statistics retrieved successfully', 'its text');
is_deeply([sort keys %{ $answer->{data} }],
          [qw(codeSizeBytes maxSizeGB metadataCount packageCount totalSizeBytes
              totalSizeGB totalSizeMB utilizationPercent)], 'its keys');
is($answer->{data}{maxSizeGB}, 1, 'with the size that it may have');
cmp_ok($answer->{data}{totalSizeBytes}, '>', 0, 'and has');

my $cleanup = ask('POST', '/invoke/cache/cleanup');

is($cleanup->{status}, 200, 'a clean-up');
is($cleanup->{json}{message}, 'Cache cleanup completed successfully',
   'the former text');
is_deeply($cleanup->{json}{data}, { removed => 0, freedBytes => 0 },
          'has nothing to do');

# Those that come while one runs, which waits for a lock that is a FIFO, have
# one for all of them.

my $gone = $server->cache . '/' . 'ab' x 32;
my $lock = $server->cache . '/lock/' . 'ab' x 32;
my ($uid, $gid) = (stat $server->cache)[4, 5];

mkdir $gone or die "mkdir: $!\n";
mkfifo($lock, 0666) or die "mkfifo: $!\n";
chown $uid, $gid, $gone, $lock;

my @askers = map { post('/invoke/cache/cleanup') } 1 .. 10;

# what is answered came later than those
stats() for 1 .. 2;

open my $fifo, '>', $lock or die "open of a FIFO: $!\n";
unlink $lock;
utime 1, 1, $gone;
close $fifo;

my @answers = map { join '', readline $_ } @askers;

is(scalar(grep { /^HTTP\S+ 200 / } @answers), 10, 'ten clean-ups');
cmp_ok(scalar(grep { /"removed":1,/ } @answers), '>=', 9, 'are two');
ok(!-d $gone, 'which remove what is old');

mkdir $gone or die "mkdir: $!\n";
chown $uid, $gid, $gone;
utime 1, 1, $gone;

is(ask('DELETE', '/packages/' . 'cd' x 32)->{status}, 404,
   'a package that is not there');
ok(!-d $gone, 'when one goes that is old');

is(ask('DELETE', "/packages/$_")->{status}, 404, "$_ is no package")
    for 'x', 'f' x 64, 'f' x 63, uuid(), 'code', '';

# What nobody uses any more: a new version has taken its place.

my $old = $digest->($ids[0]);

$fleet->deploy($code->('new'), id => $ids[0]);

for my $host ($server, $other) {
    soon { $host->get("/invoke/$ids[0]")->{body} eq 'new' } 'a new version';
    ok(-d $host->cache . "/$old", 'the old package is there');
}

my $removed;

soon {
    my $status = ask('DELETE', '/packages/' . uc $old)->{status};
    $removed = $status if $status != 409;
    defined $removed;
} 'until it is in use no longer';

is($removed, 204, 'it can be removed');
ok(!-d $server->cache . "/$old", 'and is');
soon { !-d $other->cache . "/$old" } 'on the other host, too';
is(ask('DELETE', "/packages/$old")->{status}, 404, 'once');

# That of a function, by its id: it is in use, or fetched again.

$answer = ask('DELETE', "/packages/$ids[1]");

like($answer->{status}, qr/^(204|409)$/, 'a package by the id of its function');
is($server->get("/invoke/$ids[1]")->{body}, 2, 'which is served on');

$answer = ask('PUT', '/invoke/cache/stats');

is($answer->{status}, 405, 'another method');
is($answer->{headers}{allow}, 'GET, HEAD, POST, DELETE', 'is told which');

$other->quit;


# util/deploy --wait

my $dir = "$fleet->{dir}.package";
my $waited;

for my $text (qw(first second)) {
    Server::write_file("$dir/index.js", $code->($text));

    my $out = do {
        local @ENV{qw(PGDATABASE S3_BUCKET)} = @$fleet{qw(database bucket)};
        my $command = join ' ', TestStack::root() . '/util/deploy', $dir,
                      $waited // (), '--wait',
                      "http://127.0.0.1:@{[ $server->port ]}/told/%s", '2>&1';

        `$command`;
    };

    is($?, 0, "the $text version is deployed and waited for") or diag($out);
    ($waited) = $out =~ /^id (\S+)$/m;
    is($server->get("/told/$waited")->{body}, $text, 'and served');
}

File::Path::remove_tree($dir);


# with fewer stores

my $alone = $fleet->server(redis => '');

soon { $alone->get('/health')->{json}{minio} eq 'connected' }
     'another server', $seen;
ok(!exists $alone->get('/health')->{json}{redis}, 'has no Redis');
$alone->quit;

$fleet->finish;
done_testing();


sub ask {
    my ($method, $path) = @_;

    return ($server->together({ method => $method, path => $path }))[0];
}


# The socket of a request that is sent, and is not waited for.

sub post {
    my ($path) = @_;

    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                       PeerPort => $server->port)
        or die "connect: $@\n";

    print $socket "POST $path HTTP/1.0\r\nContent-Length: 0\r\n\r\n";

    return $socket;
}


sub stats { $server->get('/invoke/cache/stats')->{json} }


sub eq_states {
    my (%states) = @_;

    my $json = $server->get('/health')->{json};

    return !grep { ($json->{$_} // '') ne ($states{$_} // '') } @states;
}
