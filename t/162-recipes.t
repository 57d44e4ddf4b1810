# conf/RECIPES.md: its servers, with its functions, do what it says.

use strict;
use warnings;

use Digest::SHA qw(hmac_sha256_hex);
use TestInvoke 'no_plan';
use TestServer;

my $page = content("$ENV{TEST_NGINX_ROOT}/conf/RECIPES.md");
my $server = TestServer->new('recipes');
my ($prefix, $port) = ($server->prefix, $server->port);
my $conf = join '', $page =~ /^```nginx\n(.*?)^```$/msg;

for my $function ($page =~ /^```js\n(.*?)^```$/msg) {
    my ($path) = $function =~ m{^// (/srv/\S+)$}m or die "a name is missing\n";
    $server->write(substr($path, 1), $function);
}

$server->write('srv/www/there.html', "there\n");
$server->write('srv/www/sorry.html', "sorry\n");
$server->write('srv/www/favicon.ico', "icon\n");
$server->write('srv/files/a b.txt', "a file\n");

$conf =~ s{listen +80;}{listen 127.0.0.1:$port;}g;
$conf =~ s{(127\.0\.0\.1[: ])8081}{$1$ENV{TEST_NGINX_PORT_2}}g;
$conf =~ s{127\.0\.0\.1/events}{127.0.0.1:$port/events};
$conf =~ s{/srv/}{$prefix/srv/}g;
$conf =~ s{/run/|/var/cache/nginx/}{$prefix/}g;

$server->serve("access_log off; types { text/html html; }\n$conf");

my $answer;

is(get('auth', '/app/x')->{status}, 401, 'who has no session is refused');
is(get('auth', '/session')->{status}, 404, 'nobody asks that from outside');
is(get('auth', '/app/x', Cookie => 'session=t1')->{body}, 'hello ann',
   'who has one is known to the function');

is(get('pages', '/there.html')->{body}, "there\n", 'a file');
$answer = get('pages', '/lost?x=1');
is($answer->{status}, 404, 'one that is not there');
is($answer->{body}, '<h1>There is no /lost</h1>', 'a function tells so');

$answer = get('sorry', '/');
is($answer->{status}, 500, 'a function that throws');
is($answer->{body}, "sorry\n", 'the page of nginx');
is(get('sorry', '/teapot')->{body}, 'my own', 'what it answers itself stays');
$answer = get('sorry', '/strict/teapot');
is($answer->{status}, 503, 'or not: the status');
is($answer->{body}, "sorry\n", 'with the page of nginx');

is(get('files', '/download/a%20b.txt')->{status}, 403, 'who may not');
$answer = get('files', '/download/a%20b.txt?key=secret');
is($answer->{body}, "a file\n", 'who may has the file');
is($answer->{headers}{'content-disposition'}, 'attachment', 'to keep');
is(get('files', '/files/a%20b.txt')->{status}, 404, 'by no other way');

$answer = get('cache', '/a');
is($answer->{headers}{'x-cache'}, 'MISS', 'the first of a kind');
my $again = get('cache', '/a');
is($again->{headers}{'x-cache'}, 'HIT', 'the second');
is($again->{body}, $answer->{body}, 'is the first one');
isnt(get('cache', '/b')->{body}, $answer->{body}, 'another is not');

is(get('canary', '/', Cookie => 'beta=1')->{body}, 'two', 'who wants the new');

my %seen;
$seen{get('canary', '/', 'User-Agent' => "agent $_")->{body}}++ for 1 .. 100;
is(join(' ', sort keys %seen), 'one two', 'the others get either');
ok($seen{one} > $seen{two}, 'most of them the old one');

for my $path ('/events', '/front/') {
    $answer = get('events', $path);
    is($answer->{body}, "data: 1\n\ndata: 2\n\ndata: 3\n\n", "events of $path");
    like($answer->{headers}{'content-type'}, qr{^text/event-stream},
         'with their type');
}

is(get('ann.functions', '/greet/you')->{body}, 'greetings /you', 'of a tenant');
is(get('ann.functions', '/lost')->{status}, 404, 'one that he has not');
is(get('bob.functions', '/greet')->{status}, 404, 'one of another');
is(get('a.b.functions', '/greet')->{status}, 404, 'a name that does not fit');

is(get('notes', '/1')->{body}, 'note /1', 'an application that listens');

is(get('shop', '/items/7')->{body}, '{"id":"7","price":5,"stars":4}',
   'an API that is made of two others');

my $order = '{"id":"o1"}';

is(hook('0' x 64)->{status}, 401, 'a webhook of somebody else');
is(hook(hmac_sha256_hex($order, 'a-secret-of-both'))->{status}, 202,
   'one that is signed');

my $until = time + 30;
select undef, undef, undef, 0.05
    until $server->log =~ /stock says/ || time > $until;
like($server->log, qr/stock says 200/, 'goes on after its answer');

is(get('express', '/favicon.ico')->{body}, "icon\n", 'a file goes first');
$answer = get('express', '/list', 'Accept-Encoding' => 'gzip');
is($answer->{headers}{'content-encoding'}, 'gzip', 'else the function, packed');
is($answer->{headers}{'x-content-type-options'}, 'nosniff', 'with headers');
is($answer->{headers}{'access-control-allow-origin'},
   'https://app.example.com', 'of nginx');
is(get('express', '/list')->{body}, '{"path":"/list","long":"' . 'x' x 99 . '"}',
   'the function');
is($server->request('OPTIONS', 'http://express.example.com/list')->{status},
   204, 'a preflight');

is($server->stop, 0, 'nginx stops in peace');
unlike($server->log, qr/\[(?:alert|emerg|crit)\]/, 'without an alert');


sub get {
    my ($name, $path, @headers) = @_;

    return $server->request('GET', "http://$name.example.com$path",
                            \@headers);
}


sub hook {
    my ($signature) = @_;

    return $server->request('POST', 'http://hooks.example.com/orders',
                            ['Content-Type' => 'application/json',
                             'X-Signature' => $signature], $order);
}


sub content {
    my ($path) = @_;

    open my $file, '<:raw', $path or die "$path: $!\n";
    local $/;

    return <$file> // '';
}
