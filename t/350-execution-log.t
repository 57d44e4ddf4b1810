# vim: set filetype=perl :

# The execution log: what is in a row, and that there is one for each invocation
# and a count for each function.

use strict;
use warnings;

use lib 't/lib';

use IO::Socket::UNIX;
use JSON::PP;
use Test::More;
use Time::HiRes qw(sleep time);

use TestFleet;

my $fleet = TestFleet->new(without => ['redis']);
my $socket = "/tmp/invoke-log-$$";

my $hello = $fleet->deploy(<<'END', key => 'the key');
module.exports = (req, res) => {
    console.log('one', req.query.n || '');
    console.error('two');
    res.set('set-cookie', ['a=1', 'b=2']);
    res.json({ hello: req.query.name || 'world', body: req.body });
};
END

my $fails = $fleet->deploy(<<'END', timeout => 1);
module.exports = (req, res) => {
    if (req.path === '/throw') {
        throw new TypeError('it fails');
    }

    if (req.path === '/late') {
        res.send('sent');
        throw new Error('too late');
    }

    if (req.path === '/bytes') {
        console.log('a\0b\ud800c', '\u0001');
        res.set('x-latin', 'caf\u00e9');
        throw new Error('nul \0, half of \udc00 a pair');
    }

    if (req.path === '/json') {
        return res.json({ text: 'a\0b', number: 12345678901234567890 });
    }

    if (req.path === '/much') {
        for (let i = 0; i < 2000; i++) {
            console.log('\u20ac'.repeat(100));
        }

        return res.send('\u20ac'.repeat(100000));
    }

    if (req.path === '/binary') {
        return res.type('application/octet-stream').send(Buffer.alloc(10, 1));
    }

    if (req.path === '/never') {
        return setTimeout(() => {}, 60000);
    }

    if (req.path === '/all') {
        let bytes = 0;

        return req.on('data', (part) => { bytes += part.length; })
                  .on('end', () => res.send(`${bytes}`));
    }

    if (req.path === '/first') {
        return req.once('data', (part) => {
            req.pause();
            res.send(`${part.length}`);
        });
    }

    if (req.path === '/echo') {
        return res.type('text').send(req.body);
    }
};
END

my $gone = $fleet->deploy('module.exports = (req, res) => res.send("gone");',
                          hash => '0' x 64);

my $server = $fleet->server(workers => 2, main => 'worker_shutdown_timeout 9s;',
    http => "invoke_execution_log on;\n", server => <<"END");
listen unix:$socket;

location ~ ^/off/(?<fn>[^/]+)(?<rest>/.*)?\$ {
    invoke \$fn;
    invoke_path \$rest;
    invoke_execution_log off;
}

location ~ ^/bodies/(?<fn>[^/]+)(?<rest>/.*)?\$ {
    invoke \$fn;
    invoke_path \$rest;
    invoke_execution_log on bodies=on;
    client_body_buffer_size 1k;
}

location ~ ^/streamed/(?<fn>[^/]+)(?<rest>/.*)?\$ {
    invoke \$fn;
    invoke_path \$rest;
    invoke_execution_log on bodies=on;
    invoke_request_buffering off;
    client_body_buffer_size 1k;
}

location ~ ^/page/(?<fn>[^/]+)(?<rest>/.*)?\$ {
    invoke \$fn;
    invoke_path \$rest;
    error_page 500 502 504 =200 /static;
}
END

chmod 0777, $socket;

my %expected;


sub rows { $fleet->sql("SELECT count(*) FROM execution_logs
                        WHERE function_id = '$_[0]'") }

sub executions { $fleet->sql("SELECT execution_count FROM functions
                              WHERE id = '$_[0]'") }

# A request, and its row

sub logged {
    my ($id, %request) = @_;

    my ($answer) = $server->together(\%request);
    my $row;

    $expected{$id}++;

    for (1 .. 200) {
        last if rows($id) == $expected{$id};
        sleep 0.05;
    }

    is rows($id), $expected{$id}, "one row more, of $request{path}";

    $row = decode_json($fleet->sql("SELECT to_jsonb(l) FROM execution_logs l
        WHERE function_id = '$id' ORDER BY executed_at DESC LIMIT 1"));

    return ($row, $answer);
}


# Columns

my $started = time;
my ($row, $answer) = logged($hello, path => "/invoke/$hello/a?api_key=the%20key"
    . '&name=x&api_key=&b', headers => [
        'User-Agent' => 'test', 'X-API-Key' => 'other', 'X-One' => '1',
        'X-One' => '2', 'Authorization' => 'Basic eDp5',
        'X-Invoke-Data' => 'data', Cookie => 'a=b; auth-token=t; c=d',
    ]);

is $answer->{status}, 200, 'the key is right';
is $row->{status_code}, 200, 'its status';
is $row->{request_method}, 'GET', 'its method';
is $row->{request_url}, "/invoke/$hello/a?name=x&b", 'its URL has no key';
is $row->{client_ip}, '127.0.0.1', 'its address';
is $row->{user_agent}, 'test', 'its user agent';
ok $row->{api_key_used}, 'the key was used';
is $row->{request_size}, 0, 'it has no body';
is $row->{response_size}, length $answer->{body}, 'the size of the response';
cmp_ok $row->{execution_time_ms}, '<', 60000, 'its time';
is $row->{error_message}, undef, 'no error';
is $row->{request_body}, undef, 'no body of the request';
is $row->{response_body}, undef, 'no body of the response';

my $headers = $row->{request_headers};
is $headers->{'x-one'}, '1, 2', 'a header that is there twice';
is $headers->{authorization}, 'Basic eDp5', 'another authorization stays';
is $headers->{cookie}, 'a=b; c=d', 'one cookie is left out';
is_deeply [grep { exists $headers->{$_} } qw(x-api-key x-invoke-data)], [],
          'so are headers';

is $row->{response_headers}{'content-type'}, 'application/json; charset=utf-8',
   'the type of the response';
is $row->{response_headers}{'set-cookie'}, 'a=1, b=2', 'its cookies';

is join(' ', map { "$_->{level}:$_->{message}" } @{ $row->{console_logs} }),
   'log:one  error:two', 'console lines';
like $row->{console_logs}[0]{timestamp}, qr/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/,
     'when it was';

my $age = $fleet->sql("SELECT extract(epoch FROM max(executed_at))
                       FROM execution_logs");
cmp_ok abs($age - $started), '<', 30, 'when it began';

($row) = logged($hello, path => "/invoke/$hello",
                headers => [Authorization => 'Bearer the key', Cookie =>
                            'auth-token=t']);
is_deeply [grep { exists $row->{request_headers}{$_} }
           qw(authorization cookie)], [], 'the key that was used is left out';

my $cookies = join ';', 'auth-token=t', ('a') x 3000;
($row) = logged($hello, path => "/invoke/$hello", headers => [
    Authorization => 'Bearer the key', Cookie => $cookies]);
is $row->{request_headers}{cookie}, $cookies =~ s/^.*?;//r,
   'cookies without blanks between them';


# Failures

($row) = logged($fails, path => "/invoke/$fails/throw");
is $row->{status_code}, 500, 'the status of a failure';
like $row->{error_message}, qr/^it fails\nTypeError: it fails\n    at .*index/s,
     'message and stack';

($row) = logged($fails, path => "/page/$fails/throw");
is $row->{status_code}, 500, 'its status, whatever page was shown';

($row) = logged($fails, path => "/invoke/$fails/late");
is $row->{status_code}, 200, 'a failure after the response';

($row) = logged($fails, path => "/invoke/$fails/never");
is $row->{status_code}, 504, 'a timeout';
like $row->{error_message}, qr/timeout/, 'which is named';

($row) = logged($gone, path => "/invoke/$gone");
is $row->{status_code}, 502, 'a package that is not to be had';

my $other = uuid();
my @refused = $server->together("/invoke/$hello", "/invoke/$other",
    "/invoke/$hello?api_key=x", { path => "/invoke/$hello",
                                  headers => ['X-API-Key' => 'x'] });
is join(' ', map { $_->{status} } @refused), '401 404 403 403', 'refused';


# Values that the database would not take

($row) = logged($fails, path => "/invoke/$fails/bytes?\xff=%00",
                method => 'A-LONG-METHOD', headers => [
                    'User-Agent' => "caf\xe9 \xed\xa0\x80 \xc0\x80",
                    'X-Bytes' => "\xff\\u0000" ]);
is $row->{console_logs}[0]{message}, "a\x{fffd}b\x{fffd}c \x{1}",
   'a console line';
is $row->{request_method}, 'A-LONG-MET', 'a method';
is $row->{user_agent}, "caf\x{fffd} " . "\x{fffd}" x 3 . ' ' . "\x{fffd}" x 2,
   'a user agent';
is $row->{request_headers}{'x-bytes'}, "\x{fffd}\\u0000", 'a header';
like $row->{error_message}, qr/^nul \x{fffd}, half of \x{fffd} a pair\n/,
     'an error';

SKIP: {
    my $client = IO::Socket::UNIX->new($socket) or skip "$socket: $!", 2;

    print $client "GET /invoke/$fails/json HTTP/1.0\r\n\r\n";
    like join('', <$client>), qr/^HTTP.1.1 200 /, 'by a unix socket';
    $expected{$fails}++;
    soon { rows($fails) == $expected{$fails} } 'a row of that';
    is $fleet->sql("SELECT count(*) FROM execution_logs
                    WHERE client_ip IS NULL"), 1, 'without an address';
}


# Bodies

($row) = logged($fails, path => "/bodies/$fails/json");
is $row->{response_body}, '{"text":"a\u0000b","number":12345678901234567000}',
   'a response';
is $row->{request_body}, undef, 'without a request body';

($row) = logged($fails, path => "/bodies/$fails/binary", method => 'POST',
                headers => ['Content-Type' => 'application/octet-stream'],
                body => 'x');
is $row->{response_body}, undef, 'none that is no text';
is $row->{request_body}, undef, 'neither of a request';
is $row->{request_size}, 1, 'but its size';

my $long = "\xe2\x82\xac" x 30000;
($row) = logged($fails, path => "/bodies/$fails/echo", method => 'POST',
                headers => ['Content-Type' => 'text/plain'], body => $long);
is $row->{request_size}, 90000, 'a long body';
is $row->{request_body}, "\x{20ac}" x 21845, 'is cut between characters';
is $row->{response_body}, "\x{20ac}" x 21845, 'as is a response';

# of one that the function reads as it comes what it has read

my @stream = (method => 'POST', headers => ['Content-Type' => 'text/plain'],
              body => $long);

($row, $answer) = logged($fails, path => "/streamed/$fails/all", @stream);
is $answer->{body}, 90000, 'a body that is not buffered';
is $row->{request_size}, 90000, 'its size';
is $row->{request_body}, "\x{20ac}" x 21845, 'its beginning';

($row) = logged($fails, path => "/streamed/$fails/all", method => 'POST',
                headers => ['Content-Type' => 'application/octet-stream'],
                body => $long);
is $row->{request_body}, undef, 'none that is no text';

($row, $answer) = logged($fails, path => "/streamed/$fails/first", @stream);
cmp_ok 3 * length $row->{request_body}, '>', $answer->{body} - 3,
       'what a function has read that leaves the rest';
cmp_ok length $row->{request_body}, '<', 21845, 'not the rest';

($row) = logged($fails, path => "/bodies/$fails/much");
is $row->{response_size}, 300000, 'a long response';
my $bytes = 0;
$bytes += 3 * length $_->{message} for @{ $row->{console_logs} };
cmp_ok $bytes, '>', 60000, 'console lines';
cmp_ok $bytes, '<=', 65536, 'are bounded';


# Numbers: rows and counts

$expected{$hello} += 400;
my @answers = map { $server->together(("/invoke/$hello?api_key=the%20key") x 50)
} 1 .. 8;
is scalar(grep { $_->{status} == 200 } @answers), 400, 'many requests';
soon { rows($hello) == $expected{$hello} } 'each has a row';
is executions($hello), $expected{$hello}, 'and is counted';

@answers = $server->together(("/off/$hello?api_key=the%20key") x 50);
is scalar(grep { $_->{status} == 200 } @answers), 50, 'with the log off';
soon { executions($hello) == $expected{$hello} + 50 } 'they are counted';
is rows($hello), $expected{$hello}, 'and have no rows';

for ($fails, $gone) {
    is executions($_), $expected{$_}, 'failures count';
}

my $metrics = $server->metrics->{executionLog};
my $total = 0;
$total += $_ for values %expected;

is $metrics->{rows}, $total, 'rows are counted';
is $metrics->{pending}, 0, 'none waits';
is $metrics->{dropped} + $metrics->{failed}, 0, 'none was lost';
cmp_ok $metrics->{batches}, '<', $total, 'in batches';


# No isolate is free

my $slow = $fleet->deploy('module.exports = (req, res) =>
    setTimeout(() => res.send("ok"), 1000);');
my $small = $fleet->server(http => <<'END');
invoke_execution_log on;
invoke_isolates 1 max=1;
invoke_concurrency 1;
invoke_queue 1;
END

is $small->get("/invoke/$slow")->{status}, 200, 'it runs';

@answers = $small->together(("/invoke/$slow") x 6);
my $overload = grep { $_->{status} == 503 } @answers;

cmp_ok $overload, '>', 2, 'most are refused';
soon { rows($slow) == 7 } 'they have rows';
is $fleet->sql("SELECT count(*) FROM execution_logs WHERE function_id = '$slow'
                AND status_code = 503 AND error_message IS NOT NULL"),
   $overload, 'which tell it';
is executions($slow), 7, 'and are counted';

$fleet->finish;
done_testing;
