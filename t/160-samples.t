# The samples: each command that conf/nginx.conf shows is run against an nginx
# with that configuration, on ports of this test's own.

use strict;
use warnings;

use TestInvoke 'no_plan';
use TestServer;
use TestStack;

my $root = $ENV{TEST_NGINX_ROOT};
my $server = TestServer->new('samples');
my @ports = @ENV{qw(TEST_NGINX_PORT_1 TEST_NGINX_PORT_2)};

# what those who know the secrets of conf/nginx.conf have made
my $signature = 'c8aa5303934ca3e4da784c459a951744'
                . '7e085cf61e27150222fc92dba4a0bd17';
my $token = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.'
            . 'eyJzdWIiOiJtZSIsImlhdCI6MTcwMDAwMDAwMH0.'
            . 'e9-Yp0L0_NItzANFXsJiMEh-DNB6L-tpQbc-vVqTxIo';

# command => what it has to print
my @commands = (
    "curl 'http://127.0.0.1:8080/hello?name=you'",
    qr/^\{"hello":"you"\}$/,

    "curl 'http://127.0.0.1:8080/echo/a/path?x=1&x=2'",
    qr{^\{"method":"GET","url":"/a/path\?x=1&x=2","path":"/a/path",
        "originalUrl":"/echo/a/path\?x=1&x=2","query":\{"x":\["1","2"\]\},
        .*"accepts":"json","protocol":"http","hostname":"127\.0\.0\.1",
        "ip":"127\.0\.0\.1","body":\{\}\}$}x,

    "curl -d 'name=you&colour=blue' http://127.0.0.1:8080/echo",
    qr/"type":"application\/x-www-form-urlencoded",
        .*"body":\{"name":"you","colour":"blue"\}\}$/x,

    "curl -X PUT --json '{\"list\":[1,2]}' http://127.0.0.1:8080/echo",
    qr/^\{"method":"PUT",.*"body":\{"list":\[1,2\]\}\}$/,

    "curl -H 'Content-Type: image/x-none' -d 'bytes'"
    . ' http://127.0.0.1:8080/echo',
    qr/"body":\{"base64":"Ynl0ZXM="\}\}$/,

    'curl http://127.0.0.1:8080/books',
    qr/^\[\{"id":1,"title":"Emma","author":"Jane[ ]Austen"\},.*"id":3.*\]$/x,

    'curl http://127.0.0.1:8080/books/3',
    qr/^\{"id":3,"title":"Middlemarch","author":"George Eliot"\}$/,

    'curl -i --json \'{"title":"It","author":"Me"}\''
    . ' http://127.0.0.1:8080/books',
    qr/^HTTP\/1\.1[ ]201[ ].*\r\nLocation:[ ]\/books\/4\r\n
        .*\r\n\r\n\{"id":4,"title":"It","author":"Me"\}$/sx,

    'curl -i -X DELETE http://127.0.0.1:8080/books/1',
    qr/^HTTP\/1\.1 204 .*\r\n\r\n$/s,

    'curl -i -X PATCH http://127.0.0.1:8080/books/1',
    qr/^HTTP\/1\.1[ ]405[ ].*\r\nAllow:[ ]GET,[ ]PUT,[ ]DELETE\r\n
        .*\r\n\r\n\{"error":"no[ ]PATCH[ ]here"\}$/sx,

    'curl -N http://127.0.0.1:8080/stream',
    qr/^(line \d\n){5}done\n$/,

    "curl -N 'http://127.0.0.1:8080/stream/events?count=3'",
    qr/^id:[ ]1\nevent:[ ]tick\ndata:[ ]\{"tick":1\}\n\n
        id:[ ]2\n.*\n\nid:[ ]3\nevent:[ ]tick\ndata:[ ]\{"tick":3\}\n\n$/sx,

    "curl -o /dev/null 'http://127.0.0.1:8080/stream/large?mib=64'",
    qr/^$/,

    'curl http://127.0.0.1:8080/static/',
    qr/^<!DOCTYPE html>\n.*<h1>Static files of a package.*<\/html>\n$/s,

    "curl -i -H 'Range: bytes=0-4'"
    . ' http://127.0.0.1:8080/static/notes/hello.txt',
    qr/^HTTP\/1\.1[ ]206[ ].*\r\nCache-Control:[ ]public,[ ]max-age=60\r\n
        .*\r\nContent-Range:[ ]bytes[ ]0-4\/34\r\n\r\nHello$/sx,

    'curl -i http://127.0.0.1:8080/static/download',
    qr/\r\nContent-Disposition:[ ]attachment;[ ]filename="greeting\.txt"\r\n
        .*\r\n\r\nHello[ ]from[ ]a[ ]file[ ]of[ ]the[ ]package\.\n$/sx,

    'curl -i -b visits=2 http://127.0.0.1:8080/cookies',
    qr/\r\nSet-Cookie:[ ]visits=3;[ ]Max-Age=86400;[ ]Path=\/cookies;
        .*\r\n\r\n\{"visits":3\}$/sx,

    'curl -i http://127.0.0.1:8080/errors/throw',
    failure(500, 'thrown by the handler', 'exception'),

    'curl -i http://127.0.0.1:8080/errors/reject',
    failure(500, 'rejected by the handler', 'exception'),

    'curl -i http://127.0.0.1:8080/errors/loop',
    failure(504, 'Function execution timeout (15000ms)', 'timeout'),

    'curl -i http://127.0.0.1:8080/errors/memory',
    qr/^HTTP\/1\.1 500 .*"code":"memory"/s,

    'curl -i http://127.0.0.1:8080/errors/hidden/throw',
    qr/\{"success":false,"message":"Execution[ ]failed",
        "error":\{"code":"exception"\},/x,

    'curl -i http://127.0.0.1:8080/errors/fallback/throw',
    qr/^HTTP\/1\.1 200 .*the application answers \/errors\/fallback\/throw\n$/s,

    # requests that overlap use several isolates, each of which counts
    "curl 'http://127.0.0.1:8080/counter?[1-9]'",
    qr/^(?=.*"count":[2-9])(\{"count":\d\}){9}$/,

    "curl 'http://127.0.0.1:8080/counter/fresh?[1-3]'",
    qr/^(\{"count":1\}){3}$/,

    'curl http://127.0.0.1:8080/env/blue/7',
    qr/^\{"env":\{"GREETING":"hello","SERVER":"127\.0\.0\.1:$ports[0]"\},
        "params":\{"functionId":".*\/functions\/env","colour":"blue",
        "size":"7"\},"header":"1"\}$/x,

    'curl --json \'{"a":1,"b":2}\' http://127.0.0.1:8080/upload',
    qr/^\{"kind":"JSON","keys":\["a","b"\]\}$/,

    "curl -d 'a=1&b=2' http://127.0.0.1:8080/upload",
    qr/^\{"kind":"form","fields":\{"a":"1","b":"2"\}\}$/,

    "curl -H 'Content-Type: text/plain' -d 'some text'"
    . ' http://127.0.0.1:8080/upload',
    qr/^\{"kind":"text","lines":1\}$/,

    "curl -H 'Content-Type: image/x-none' -d 'bytes'"
    . ' http://127.0.0.1:8080/upload',
    qr/^bytes$/,

    "curl 'http://127.0.0.1:8080/page?title=Sales'",
    qr/^<!DOCTYPE[ ]html>.*<h1>Sales<\/h1>\n<h2>February[ ]2024<\/h2>
        .*<li>2024-02-28[ ]Ink[ ]&amp;[ ]paper:[ ]12\.50<\/li>
        .*<h2>March[ ]2024<\/h2>.*<p>Total:[ ]189\.00<\/p>/sx,

    'curl http://127.0.0.1:8080/express',
    qr/^\[\{"id":"1","text":"hello"\}/,

    "curl -i --json '{\"text\":\"a note\"}' http://127.0.0.1:8080/express",
    qr{^HTTP/1\.1[ ]201[ ].*^location:[ ]/express/\d+\r\n.*
       \{"id":"\d+","text":"a[ ]note"\}$}xims,

    'curl http://127.0.0.1:8080/express/7',
    qr/^\{"error":"no such note"\}$/,

    q(curl -i --json '{"id":7}')
    . " -H 'X-Signature: sha256=$signature' http://127.0.0.1:8080/webhook",
    qr/^HTTP\/1\.1[ ]202[ ].*\r\n\r\n\{"accepted":7\}$/sx,

    q(curl -i --json '{"id":8}')
    . " -H 'X-Signature: sha256=$signature' http://127.0.0.1:8080/webhook",
    qr/^HTTP\/1\.1[ ]401[ ].*\{"error":"the[ ]signature[ ]is[ ]wrong"\}$/sx,

    "curl -i 'http://127.0.0.1:8080/proxy/a/path?x=1'",
    qr/^HTTP\/1\.1[ ]200[ ].*^X-Proxied-By:[ ]ngx_invoke\r\n
       .*\r\n\r\nthe[ ]application[ ]answers[ ]\/behind\/a\/path\?x=1\n$/smx,

    "curl -i -d 'a=1' http://127.0.0.1:8080/proxy",
    qr/^HTTP\/1\.1[ ]200[ ].*^X-Proxied-By:[ ]ngx_invoke\r\n
       .*\r\n\r\nthe[ ]application[ ]answers[ ]\/behind\/\n$/smx,

    "curl 'http://127.0.0.1:8080/postgres?zone=berlin'",
    qr/\{"name":"Europe\/Berlin","time":"\d\d:\d\d"\}/,

    "curl -i 'http://127.0.0.1:8080/postgres?zone=nowhere'",
    qr/^HTTP\/1\.1[ ]404[ ].*\r\n\r\n\[\]$/sx,

    'curl --json \'{"user":"me"}\' http://127.0.0.1:8080/token',
    qr/^\{"token":"eyJ[\w.-]{100,}"\}$/,

    "curl -H 'Authorization: Bearer $token' http://127.0.0.1:8080/token",
    qr/^\{"user":"me"\}$/,

    "curl -i -H 'Authorization: Bearer none' http://127.0.0.1:8080/token",
    qr/^HTTP\/1\.1[ ]401[ ].*\{"error":"jwt[ ]malformed"\}$/sx,

    'curl http://127.0.0.1:8080/typed',
    qr/^\{"items":\["tea","cake"\],"total":"11\.20"\}$/,

    "curl 'http://127.0.0.1:8080/run/hello?name=variable'",
    qr/^\{"hello":"variable"\}$/,

    'curl http://127.0.0.1:8080/run/nothing',
    qr/^the application answers \/run\/nothing\n$/,

    'curl http://127.0.0.1:8080/metrics',
    qr/^# HELP invoke_\w+ .*^invoke_isolates_created_total \d+$/ms,

    'curl http://127.0.0.1:8080/metrics.json',
    qr/^\{"isolatePool":\{"total":\d+,.*\}$/s,

    'curl http://127.0.0.1:8080/health',
    qr/^\{"status":"healthy",/,

    'curl http://127.0.0.1:8080/other',
    qr/^the application answers \/other\n$/,
);

# those that take their time, part by part
my %parts = map { $_ => 1 } (
    "curl -N http://127.0.0.1:8080/stream",
    "curl -N 'http://127.0.0.1:8080/stream/events?count=3'",
);

my $conf = content("$root/conf/nginx.conf");

is_deeply([$conf =~ /^ *#   (curl .*)$/mg],
          [map { $commands[$_ * 2] } 0 .. @commands / 2 - 1],
          'each command of conf/nginx.conf has its test');

for my $dir (glob "$root/conf/functions/*/") {
    my ($name) = $dir =~ m{([^/]+)/$};

    like($conf, qr{ invoke +\./functions/$name;}, "$name has a location");
}

# a function may get little of the processor while it takes all the memory
$conf =~ s/invoke_timeout  3s;/invoke_timeout  15s;/ or die;

$conf =~ s/127\.0\.0\.1:8080\b/127.0.0.1:$ports[0]/g;
$conf =~ s/127\.0\.0\.1([: ])8081\b/127.0.0.1$1$ports[1]/g;
$conf =~ s/127\.0\.0\.1([: ])15400\b/127.0.0.1$1$ENV{PGPORT}/g;

$server->start($conf);

for (my $i = 0; $i < @commands; $i += 2) {
    command($commands[$i], $commands[$i + 1]);
}

# a token of its own is taken, and one of another secret's is not

my ($own) = `curl -sS --json '{"user":"you"}' http://127.0.0.1:$ports[0]/token`
            =~ /"token":"(.*)"/;

for ([$own, '{"user":"you"}'], ["${own}x", '{"error":"invalid signature"}']) {
    my ($given, $expected) = @$_;

    is(`curl -sS -H 'Authorization: Bearer $given' http://127.0.0.1:$ports[0]/token`,
       $expected, 'a token that was given');
}

like($server->log, qr/console\.log: webhook 7 is done/,
     'work goes on behind an answer');

is($server->stop, 0, 'nginx stops in peace');
unlike($server->log, qr/\[(crit|alert|emerg)\]/, 'it has no complaints');


sub failure {
    my ($status, $message, $code) = @_;

    return qr/^HTTP\/1\.1[ ]$status[ ]
              .*\r\nContent-Type:[ ]application\/json;[ ]charset=utf-8\r\n
              .*\r\nx-trace-id:[ ]([0-9a-f]{32})\r\n\r\n
              \{"success":false,"message":"\Q$message\E",
              "error":\{"code":"$code","name":"\w+","stack":".*"\},
              "functionId":".*\/functions\/errors","requestId":"\1"\}$/sx;
}


sub command {
    my ($command, $expected) = @_;

    my $line = $command;
    my $times = $server->prefix . '/times';
    my $written = '%{stderr}%{size_download} %{time_starttransfer}'
                  . ' %{time_total}';

    $line =~ s/127\.0\.0\.1:8080\b/127.0.0.1:$ports[0]/;
    $line =~ s/^curl /curl -sS --max-time 60 -w '$written' /;

    my $output = `$line 2>$times`;

    is($?, 0, $command);
    like($output, $expected, "$command: output");

    my ($size, $first, $total) = split ' ', content($times);

    if ($parts{$command}) {
        cmp_ok($total - $first, '>=', 0.35, "$command: comes in parts");
    }

    if ($command =~ /mib=(\d+)/) {
        is($size, $1 * 1024 * 1024, "$command: all of it");
    }
}


sub content {
    my ($path) = @_;

    open my $file, '<:raw', $path or die "$path: $!\n";
    local $/;

    return <$file> // '';
}
