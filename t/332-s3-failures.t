# vim: set filetype=perl :

# invoke_s3: what it refuses, and an object store that fails.

use strict;
use warnings;

use lib 't/lib';

use Digest::SHA qw(sha256);
use Test::More;
use Time::HiRes qw(time);

use TestFleet;

my $fleet = TestFleet->new(without => ['redis'], proxies => ['s3']);

# the directive

my $nginx = $ENV{TEST_NGINX_BINARY} || '/usr/sbin/nginx';
my $conf = $fleet->secret('conf');
my $key = $fleet->secret('key');

for (['bucket=b', 'has a URL that is not', 'ftp://host'],
     ['bucket=b', 'has a URL that is not', 'http://'],
     ['bucket=b', 'has a URL that is not', 'http://host/path'],
     ['bucket=b', 'has a URL that is not', 'http://key:pass@host'],
     ['region=r', 'has no "bucket="'],
     ['bucket=b access_key=a', 'has "access_key=" without "secret_key="'],
     ['bucket=b secret_key=sesame', 'has "secret_key=" without "access_key="'],
     ['bucket=b bucket=c', 'duplicate parameter "bucket"'],
     ['bucket=', 'parameter "bucket" is empty'],
     ['bucket=b style=any', 'invalid parameter "style"'],
     ['bucket=b secret-key=sesame', 'invalid parameter "secret-key"'],
     ['bucket=b ca=/none', 'open() "/none" failed'],
     ['bucket=b access_key=a secret_key=file:/none', 'open() "/none" failed'],
     ["bucket=b; invoke_s3 http://b bucket=b", 'directive is duplicate'],
     ['bucket=b style=virtual', 'syntax is ok'],
     ["bucket=b access_key=a secret_key=file:$key", 'syntax is ok'])
{
    my ($parameters, $says, $url) = @$_;

    Server::write_file($conf, <<"END");
load_module ${\ ($ENV{TEST_NGINX_LOAD_MODULES}
                 || TestStack::root() . '/build/ngx_invoke_module.so') };
pid $conf.pid;
events { }
http { invoke_s3 ${\ ($url // 'http://host:9000')} $parameters; }
END

    my $out = `$nginx -t -p $conf.d -c $conf -e stderr 2>&1`;

    like($out, qr/\Q$says/, "$parameters" . ($url ? " $url" : ''));
    unlike($out, qr/sesame|pass/, 'which shows no secret')
        if $parameters =~ /sesame/ || ($url // '') =~ /pass/;
}

# a store that fails

my $server = $fleet->server(workers => 1);
my $proxy = $fleet->proxy('s3');
my $source = "module.exports = (req, res) => res.send('ok')";
my $bytes = join '', map { sha256($_) } 1 .. 60_000;
my $n = 0;

my $known = made();

is($server->get("/invoke/$known/")->{body}, 'ok', 'a function is known');

$proxy->refuse;

my $answer = $server->get('/invoke/' . made() . '/');

is($answer->{status}, 502, 'refused: 502');
cmp_ok($answer->{took}, '<', 10, 'in time');
like($answer->{body}, qr/"code":"package_unavailable"/, 'with its code');
ok(scalar($server->log_lines(qr/127\.0\.0\.1 port ${\ $proxy->port }\b/)),
   'the log says where');

$proxy->pass;
$proxy->freeze;

my @ids = map { made() } 1 .. 12;
my $start = time;
my @answers = $server->together(map { "/invoke/$_/" } @ids);

is(scalar(grep { $_->{status} == 502 } @answers), 12, 'frozen: 502');
cmp_ok(time - $start, '<', 10, 'all of them in time');
is($server->get("/invoke/$known/")->{body}, 'ok', 'what is known is served');

$proxy->pass;
$proxy->reset;

soon { !grep { $server->get("/invoke/$_/")->{body} ne 'ok' } @ids }
    'they come when the store answers again';

# cut in the middle: the rest alone is asked for, if it is the same object

my $cut = made();
my $before = $server->metrics->{stores}{s3};

# bytes that a reset takes along, of those that nobody has read yet, are asked
# for again, and must not be so many that the next one is cut, too
$proxy->cut(1_700_000);

is($server->get("/invoke/$cut/")->{body}, 'ok', 'cut: it comes');

my $after = $server->metrics->{stores}{s3};

cmp_ok($after->{retries}, '>', $before->{retries}, 'by another request');
cmp_ok($after->{bytes} - $before->{bytes}, '<', 2_300_000,
       'for the rest of it');

# answers that are no package

for (['a redirect', "HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1/\r\n"
                    . "Content-Length: 0\r\n\r\n"],
     ['no content', "HTTP/1.1 204 No Content\r\n\r\n"],
     ['a part that nobody asked for',
      "HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-1/2\r\n"
      . "Content-Length: 2\r\n\r\nab"],
     ['a page', "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
                . "Content-Length: 13\r\n\r\n<html></html>"],
     ['garbage', "\0\1\2\3garbage\r\n\r\n"],
     ['a length that is too much',
      "HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\nabc"],
     ['a clock that differs',
      "HTTP/1.1 403 Forbidden\r\nContent-Length: 52\r\n\r\n"
      . '<Error><Code>RequestTimeTooSkewed</Code></Error>    '])
{
    my ($name, $says) = @$_;

    $proxy->answer($says);
    is($server->get('/invoke/' . made() . '/')->{status}, 502, $name);
}

$proxy->pass;

ok(scalar($server->log_lines(qr/the clock of this host differs/)),
   'a clock that differs is named');

$proxy->answer("HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\n\r\n", 2);
is($server->get('/invoke/' . made() . '/')->{body}, 'ok', '503, twice');

$proxy->answer("HTTP/1.1 100 Continue\r\n\r\n", 2);
is($server->get('/invoke/' . made() . '/')->{body}, 'ok',
   'an answer that breaks off before it has begun, twice');

$fleet->finish;
done_testing();


# A function with a package of about 2 MB, that is like no other.

sub made {
    $n++;

    return $fleet->deploy({ 'index.js' => $source, 'data' => $n . $bytes });
}
