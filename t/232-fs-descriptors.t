# Descriptors: what functions may hold of them, and what happens when a worker
# has no more.

use TestInvoke 'no_plan';
use TestEngine;

use IO::Socket::INET;

# holds all that it gets, and tells how many and why no more

my $holds = <<'END';
const fs = require('fs');

module.exports = async (req, res) => {
    const held = [];
    let code;

    for (let i = 0; i < 1000; i++) {
        try {
            held.push(fs.openSync('/index.js'));
        } catch (error) {
            code = error.code;
            break;
        }
    }

    await new Promise((resolve) => setTimeout(resolve, req.query.ms));
    res.json({ held: held.length, code });
};
END

my $reads = <<'END';
const fs = require('fs');
const lib = require('./lib');

module.exports = async (req, res) => {
    const fd = fs.openSync('/lib.js');
    const stream = fs.createReadStream('/lib.js');
    let size = 0;

    for await (const chunk of stream) size += chunk.length;

    fs.closeSync(fd);
    res.json([lib, size, fs.readdirSync('/').length,
              (await fs.promises.readFile('/lib.js')).length]);
};
END

my $lib = "module.exports = 'lib';\n";
my $read = '["lib",24,2,24]';

for my $isolation (qw(request function)) {

    # 1,200 less 1,024 connections and the reserve

    engine("ten that hold all, isolation $isolation",
           main => 'worker_rlimit_nofile 1200;',
           http => 'invoke_isolates 2 max=12; invoke_timeout 60s;',
           server => <<"END",
invoke_isolation $isolation;
location ~ ^/hold\\d+\$ { invoke ./fn\$uri; }
location ~ ^/read\\d+\$ { invoke ./fn\$uri; }
location = /file { invoke ./fn/file; }
location = /body { client_body_in_file_only on; invoke ./fn/body; }
location /fn/ { root .; }
END
           functions => {
               (map { ("hold$_" => $holds) } 1 .. 10),
               (map { ("read$_" => { 'index.js' => $reads,
                                     'lib.js' => $lib }) } 1 .. 20),
               file => "module.exports = (req, res) =>\n"
                       . "    res.sendFile('/index.js');\n",
               body => "module.exports = (req, res) =>\n"
                       . "    res.send(String(req.rawBody.length));\n",
           });

    at_rest('two isolates are ready');

    my @held;

    for my $round (1, 2) {
        my $holding = send_off(map { "/hold$_?ms=8000" } 1 .. 10);

        soon { metrics()->{invocations}{active} == 10 } 'ten hold descriptors';

        my (%seen, %expected);

        for my $i (1 .. 10) {
            my $n = $i + 10 * ($round - 1);

            $seen{"$_->{path} $_->{status} $_->{body}"}++
                for together("/read$n", '/fn/read1/lib.js', '/file', '/static',
                             ['POST', '/body', 'x' x 1000]);
            $expected{$_}++ for "/read$n 200 $read",
                                "/fn/read1/lib.js 200 $lib",
                                '/static 200 static', '/body 200 1000',
                                "/file 200 module.exports = (req, res) =>\n"
                                . "    res.sendFile('/index.js');\n";
        }

        is_deeply(\%seen, \%expected, 'all else is served beside them');

        my @answers = answers($holding);
        my $sum = 0;

        $sum += $_->{json}{held} for @answers;
        push @held, $sum;

        is(join(',', map { $_->{json}{code} } @answers),
           join(',', ('EMFILE') x 10), 'each was told that there are no more');
        cmp_ok($sum, '<', 150, 'they had a part of those of the worker');
        cmp_ok($sum, '>', 40, 'which is not nothing');

        # those of a function's context stay with it
        last if $isolation eq 'function';

        at_rest();
    }

    cmp_ok(abs($held[0] - $held[-1]), '<=', 20, 'what was held is given back');
    is(log_lines(qr/\[(crit|alert|emerg)\]/), 0, 'nginx lacks none');
}


# So many that nothing is left

engine('all are held',
       main => 'worker_rlimit_nofile 200;',
       http => 'invoke_isolates 2 max=24; invoke_timeout 60s;',
       server => <<"END",
location ~ ^/hold\\d+\$ { invoke ./fn\$uri; }
location = /read { invoke ./fn/read; }
location = /lib { invoke ./fn/lib; }
location = /file { invoke ./fn/file; }
location = /body { client_body_in_file_only on; invoke ./fn/body; }
location /fn/ { root .; }
END
       functions => {
           (map { ("hold$_" => $holds) } 1 .. 16),
           read => { 'index.js' => $reads, 'lib.js' => $lib },
           lib => { 'index.js' => "const lib = require('./lib');\n"
                    . "module.exports = (req, res) => res.send(lib);\n",
                    'lib.js' => $lib },
           file => "module.exports = (req, res) =>\n"
                   . "    res.sendFile('/index.js');\n",
           body => "module.exports = (req, res) =>\n"
                   . "    res.send(String(req.rawBody.length));\n",
       });

at_rest('two isolates are ready');

my $holding = send_off(map { "/hold$_?ms=12000" } 1 .. 16);

soon { metrics()->{invocations}{active} == 16 } 'all are at it';
soon { get('/file')->{status} == 500 } 'no file is sent then';

my $posted = post('/body', 'x' x 1000);

is("$posted->{status} $posted->{code}", '503 overloaded',
   'no body is taken from its file');
like($posted->{headers}{'retry-after'}, qr/^\d+$/, 'its client may come again');
is(get('/read')->{json}{message},
   "EMFILE: too many open files, open '/lib.js'", 'none is opened');
is(get('/lib')->{body}, 'lib', 'modules are loaded all the same');
is(get('/fn/lib/lib.js')->{body}, $lib, 'files are served');

is(scalar(grep { $_->{status} != 200 } answers($holding)), 0, 'all come back');
at_rest();
is(post('/body', 'x' x 1000)->{body}, '1000', 'then there are some again');
is(get('/read')->{body}, $read, 'for all');


# A worker that has none left: what is known stays, nothing else is taken for
# missing.

engine('none left',
       http => 'invoke_isolates 1 max=1; invoke_directory_check 10ms;'
               . 'keepalive_requests 10000; keepalive_timeout 60s;',
       server => <<'END', functions => {
invoke_isolation function;
location ~ ^/(?<fn>\w+)$ { invoke ./fn/$fn; add_header version $invoke_version; }
END
           known => "let n = 0; module.exports = (req, res) =>\n"
                    . "    { res.send(String(++n)); };\n",
           later => "module.exports = (req, res) => {\n"
                    . "    try { require('./a'); } catch (e) {\n"
                    . "        return res.send(e.code); }\n"
                    . "    res.send('found'); };\n" });

at_rest('one isolate is ready');
put('later/a.js', '');

my ($head, $is);
my $client = IO::Socket::INET->new(PeerAddr => '127.0.0.1', Timeout => 10,
                                   PeerPort => server()->port) or die;

is(ask('known'), '200 1', 'a function is known');
my $version = $is;

is(ask('lazy'), '404 -', 'another is not there');

my ($pid) = worker_pids();

limit(3);
select undef, undef, undef, 0.1;

is(ask('known'), '200 2', 'without descriptors it is served');
is($is, $version, 'by its version');
is(ask('later'), '503 overloaded', 'one that cannot be looked up is no 404');
ok($head =~ /^Retry-After: \d+/mi, 'the client may come again');
ok(log_lines(qr/\[crit\] .*could not be looked at, its version stays \(24:/),
   'the log tells of it');

limit(20000);

is(ask('later'), '200 found', 'with descriptors it is found');
is(ask('known'), '200 3', 'and the known one has all that it had');
is($is, $version, 'also its version');

engine_stop();


sub limit { system('prlimit', "--pid=$pid", "--nofile=$_[0]:") == 0 or die }


# by one connection: a new one could not be accepted

sub ask {
    my ($fn) = @_;
    my ($text, $body) = ('', '');

    print $client "GET /$fn HTTP/1.1\r\nHost: localhost\r\n\r\n";

    while ($text !~ /\r\n\r\n/) {
        sysread($client, $text, 1, length $text) or return 'closed';
    }

    my ($length) = $text =~ /^Content-Length: (\d+)/mi;

    while (length $body < $length) {
        sysread $client, $body, $length - length $body, length $body
            or return 'cut';
    }

    my ($status) = $text =~ / (\d+)/;
    my ($code) = $body =~ /"code":"(\w+)"/;

    $head = $text;
    ($is) = $text =~ /^version: (\w+)/mi;

    return "$status " . ($status == 200 ? $body : $code // '-');
}
