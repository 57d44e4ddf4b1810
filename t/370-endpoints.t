# invoke_health and invoke_cache of a fleet.

use strict;
use warnings;

use Test::More;
use TestFleet;

my $fleet = TestFleet->new(proxies => ['postgres', 's3', 'redis']);

my $source = 'module.exports = (req, res) => res.send("served");';
my $id = $fleet->deploy($source);

my $server = $fleet->server(server => <<'END');
location = /live { invoke_health live; }
END


# health

my @states = qw(database minio cache redis);
my %well = (database => 'connected', minio => 'connected',
            cache => 'operational', redis => 'connected');

soon { eq_states(%well) } 'all stores are connected';

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
     'none is connected';

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
     'the database is back';
is($server->get('/health')->{status}, 200, 'which is enough');

$_->pass for $fleet->proxy('redis'), $fleet->proxy('s3');

soon { eq_states(%well) } 'all are back';

$fleet->proxy('s3')->freeze;
soon { eq_states(%well, minio => 'disconnected') } 'the object store is frozen';
$fleet->proxy('s3')->answer("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
$fleet->proxy('s3')->reset;
soon { $server->get('/health')->{json}{minio} eq 'disconnected' }
     'or fails';
$fleet->proxy('s3')->pass;
$fleet->proxy('s3')->reset;

# with fewer stores

my $alone = $fleet->server(redis => '');

soon { $alone->get('/health')->{json}{minio} eq 'connected' } 'another server';
ok(!exists $alone->get('/health')->{json}{redis}, 'has no Redis');
$alone->quit;

$fleet->finish;
done_testing();


sub eq_states {
    my (%states) = @_;

    my $json = $server->get('/health')->{json};

    return !grep { ($json->{$_} // '') ne ($states{$_} // '') } @states;
}
