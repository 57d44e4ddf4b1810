# Connections that outlive their context: which wait in the lot for the next
# invocation of the function, which never do, and how they end.

use TestInvoke 'no_plan';
use TestEngine;
use TestListener;
use TestTLS;

use File::Temp;
use IO::Select;
use IO::Socket::SSL;
use JSON::PP;
use Time::HiRes qw(sleep time);

# Servers of HTTP/1.1, with a process for each connection, that note which there
# are: "+ number" and "- number".  What they answer with is that number.

my $dir = File::Temp->newdir;
my $tls = TestTLS->new;

sub peer {
    my ($title, %ssl) = @_;

    return serve(sub {
        my ($client, $n) = @_;

        $SIG{PIPE} = 'IGNORE';
        note($title, "+ $n");
        connection($n, $title, $client, %ssl);
        note($title, "- $n");
    });
}

sub note {
    my ($title, $line) = @_;

    open my $file, '>>', "$dir/$title" or die "$title: $!\n";
    syswrite $file, "$line\n";
}

sub seen {
    my ($title, $what) = @_;

    open my $file, '<', "$dir/$title" or return 0;
    return scalar grep { /^\Q$what\E / } <$file>;
}

sub connections { seen($_[0], '+') }
sub open_now { seen($_[0], '+') - seen($_[0], '-') }

# what a server that has been told "later" is told to do
sub now { open my $file, '>', "$dir/$_[0].now" or die "now: $!\n" }

sub connection {
    my ($n, $title, $c, %ssl) = @_;

    if (%ssl) {
        IO::Socket::SSL->start_SSL($c, SSL_server => 1, %ssl) or return;
    }

    my ($buffer, $again) = ('', 0);

    while (1) {
        until ($buffer =~ /\r\n\r\n/) {
            sysread $c, $buffer, 65536, length $buffer or return;
        }

        $buffer =~ s{^\S+ ([^\s?]*)\??(\S*) HTTP.*?\r\n\r\n}{}s or return;

        my ($path, $query) = ($1, $2);

        if ($path eq '/half') {
            syswrite $c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n$n";
            next;
        }

        my $text = $path eq '/name' ? "$n " . ($c->get_servername // '-')
                   : $path eq '/client' ? "$n "
                     . ($c->peer_certificate('commonName') // '-')
                   : $n;
        return if $path eq '/once' && $again++;

        my $more = $path eq '/hint' ? "Keep-Alive: timeout=$query\r\n"
                   : $path eq '/last' ? "Connection: close\r\n" : '';

        syswrite $c, sprintf "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n%s",
                             length $text, $more, $text;

        return if $path eq '/last';

        if ($path =~ m{^/later/(.*)}) {
            sleep 0.01 until -e "$dir/$title.now";
            unlink "$dir/$title.now";
            return if $1 eq 'close';
            syswrite $c, "HTTP/1.1 408 Unasked\r\nContent-Length: 1\r\n\r\nx";
            note($title, '! unasked');
        }
    }
}

my %files = map { $_ => do { local (@ARGV, $/) = $tls->file($_); <> } }
            qw(ca.pem client.pem client.key);

# ?a=https://...&b=...: each is fetched, one after the other
my $fetch = <<'JS';
module.exports = async (req, res) => {
  const seen = [];

  for (const url of [].concat(req.query.url)) {
    seen.push(await (await fetch(url)).text());
  }

  res.json(seen);
};
JS

# the same by http.get and https.get, with the options of `agent` or of all
my $agent = <<'JS';
const fs = require('fs');

module.exports = async (req, res) => {
  const { url, get: options = {}, agent: given = {} } = JSON.parse(req.query.q);
  const client = require(url.startsWith('https') ? 'https' : 'http');
  const seen = [];

  for (const one of [options, given === 'global' ? {} : given]) {
    for (const name of ['key', 'cert', 'ca']) {
      if (name in one) {
        one[name] = fs.readFileSync(`${__dirname}/${one[name]}`);
      }
    }
  }

  if (options.checkServerIdentity) {
    options.checkServerIdentity = () => undefined;
  }

  if (options.lookup) {
    options.lookup = require('dns').lookup;
  }

  const agent = given === 'global' ? undefined : new client.Agent(given);

  client.get(url, { ...options, agent }, (response) => {
    response.setEncoding('utf8');
    response.on('data', (text) => seen.push(text));
    response.on('end', () => res.send(seen.join('')));
  }).on('error', (error) => res.send(error.code));
};
JS

sub conf {
    my ($title, %more) = @_;

    my $settings = $more{settings} // 'invoke_isolates 1 max=1;';

    engine($title,
        http => 'invoke_egress allow 127.0.0.0/8;'
                . " invoke_directory_check 0; $settings"
                . " invoke_ca_certificates @{[$tls->file('ca.pem')]};",
        server => 'location /fetch { invoke ./fn/fetch; }'
                  . ' location /again { invoke ./fn/again; }'
                  . ' location /agent { invoke ./fn/agent; }'
                  . ' location /other { invoke ./fn/fetch;'
                  . '     invoke_egress allow 127.0.0.1; }'
                  . ' location /shared { invoke ./fn/fetch;'
                  . '     invoke_isolation function; }'
                  . ($more{server} // ''),
        functions => { fetch => $fetch, again => $fetch,
                       agent => { 'index.js' => $agent, %files },
                       %{ $more{functions} // {} } });
}

sub fetches {
    my ($path, @urls) = @_;

    my $answer = get("$path?" . join '&', map { "url=$_" } @urls);

    return $answer->{json} ? join ' ', @{ $answer->{json} }
                           : "$answer->{status} $answer->{body}";
}

sub asks {
    my ($url, %options) = @_;

    my $q = JSON::PP->new->canonical->encode({ url => $url, %options });

    $q =~ s/([^\w.])/sprintf '%%%02X', ord $1/ge;

    return get("/agent?q=$q")->{body};
}

sub egress { metrics()->{egress} }

my %ssl = (SSL_cert_file => $tls->file('leaf.pem'),
           SSL_key_file => $tls->file('leaf.key'));


# Acceptance: a handshake for many

conf('many fetches', settings => '');

my $port = peer('https', %ssl);

for my $n (1 .. 100) {
    my $got = fetches('/fetch', "https://localhost:$port/");
    is($got, int $got, "fetch $n") if $got !~ /^\d+$/;
}

cmp_ok(connections('https'), '<=', 5, 'handshakes of 100 fetches by https');

my $after = egress();

is($after->{tlsHandshakes}, connections('https'), 'which is what is counted');
is($after->{reused}, 100 - connections('https'), 'all others were parked');
soon { egress()->{open} == 0 } 'which is none that a function has open';
soon { open_now('https') == 0 } 'a while later none waits any more';
soon { egress()->{parked} == 0 } 'as the metrics tell';

my $plain = peer('http');

asks("http://localhost:$plain/", agent => { keepAlive => JSON::PP::true })
    for 1 .. 50;
cmp_ok(connections('http'), '<=', 5, 'connections of 50 times http.get');

my $agents = peer('agents', %ssl);

asks("https://localhost:$agents/", agent => { keepAlive => JSON::PP::true })
    for 1 .. 50;
cmp_ok(connections('agents'), '<=', 5, 'handshakes of 50 times https.get');

my $global = peer('global');

asks("http://localhost:$global/", agent => 'global') for 1 .. 3;
is(connections('global'), 3, 'the global agent keeps nothing, as in Node 18');


# What is not the same does not get it

sub two {
    my ($title, $one, $other) = @_;

    my ($first, $second) = ($one->(), $other->());

    like($first, qr/^\d/, "$title: the first one");
    like($second, qr/^\d/, "$title: the second one");
    isnt($second, $first, "$title: by another connection");
}

my %keep = (keepAlive => JSON::PP::true);
my ($false, $true) = (JSON::PP::false, JSON::PP::true);

conf('never shared');

my $https = peer('never', %ssl);
my $url = "https://127.0.0.1:$https/hint?50";

my $same = fetches('/fetch', $url);

is(fetches('/fetch', $url), $same, 'the same function goes on with it');

two('functions', sub { $same }, sub { fetches('/again', $url) });
two('policies', sub { $same }, sub { fetches('/other', $url) });
two('hosts', sub { $same },
    sub { fetches('/fetch', "https://localhost:$https/hint?50") });

is(fetches('/fetch', $url), $same, 'which all leave it where it is');

my $shared = fetches('/shared', $url, $url);

like($shared, qr/^(\d+) \1$/, 'with isolation function the context has it');
is(fetches('/shared', $url, $url), $shared, 'and keeps it');
isnt((split ' ', $shared)[0], $same, 'as its own');

my $kept = asks($url, agent => \%keep);

is(asks($url, agent => \%keep), $kept, 'an agent goes on with it');

for (['rejectUnauthorized', { rejectUnauthorized => $false }],
     ['a name of its own', { servername => 'leaf.example.com' }],
     ['another authority', { ca => 'ca.pem' }],
     ['versions of TLS', { maxVersion => 'TLSv1.2' }],
     ['ciphers', { ciphers => 'ECDHE-ECDSA-AES256-GCM-SHA384' }],
     ['protocols', { ALPNProtocols => ['http/1.1'] }],
     ['a certificate', { key => 'client.key', cert => 'client.pem' }],
     ['a check of its own', { checkServerIdentity => $true }],
     ['a look-up of its own', { lookup => $true }])
{
    my ($what, $get) = @$_;

    two($what, sub { $kept }, sub { asks($url, get => $get, agent => \%keep) });
}

is(asks($url, agent => \%keep), $kept, 'none of them has taken it');

for (['rejectUnauthorized', { rejectUnauthorized => $false }],
     ['a certificate', { key => 'client.key', cert => 'client.pem' }],
     ['a check of its own', { checkServerIdentity => $true }],
     ['a look-up of its own', { lookup => $true }])
{
    my ($what, $get) = @$_;

    two("$what twice", (sub { asks($url, get => $get, agent => \%keep) }) x 2);
}

my $names = peer('names', %ssl);

my @names = map { asks("https://127.0.0.1:$names/name", agent => \%keep,
                       get => { servername => $_ }) }
            qw(localhost leaf.example.com) x 2;

is("@names", '1 localhost 2 leaf.example.com 1 localhost 2 leaf.example.com',
   'each name has its connection');

my $clients = peer('clients', %ssl, SSL_ca_file => $tls->file('ca.pem'),
                    SSL_verify_mode => SSL_VERIFY_PEER);

my @clients = map { asks("https://127.0.0.1:$clients/client",
                         agent => \%keep, get => $_) }
              { key => 'client.key', cert => 'client.pem' }, {},
              { key => 'client.key', cert => 'client.pem' }, {};

is("@clients", '1 client 2 - 3 client 2 -',
   'nobody goes on as the client that another one was');

my $expired = peer('self', SSL_cert_file => $tls->file('ca.pem'),
                    SSL_key_file => $tls->file('ca.key'));

like(asks("https://127.0.0.1:$expired/", agent => \%keep,
          get => { rejectUnauthorized => $false }), qr/^1$/,
     'a server that is taken as it is');
like(asks("https://127.0.0.1:$expired/", agent => \%keep), qr/^ERR_TLS_CERT/,
     'is not by the next one');

put('fetch/index.js', "$fetch\n// another version\n");

my $new;

soon { ($new = fetches('/fetch', $url)) ne $same } 'another version';
is(fetches('/fetch', $url), $new, 'has a connection of its own');


# What the other end does with it meanwhile

conf('closed meanwhile');

for my $what (qw(close unasked)) {
    my $server = peer($what);
    my $at = "http://127.0.0.1:$server/later/$what";

    is(fetches('/fetch', $at), 1, "$what: is parked");
    soon { egress()->{parked} == 1 } "$what: waits";
    now($what);
    soon { egress()->{parked} == 0 } "$what: and no longer";
    is(fetches('/fetch', "http://127.0.0.1:$server/"), 2, "$what: another one");
    soon { open_now($what) <= 1 } "$what: the first one is closed";
    soon { egress()->{parked} == 0 } "$what: the second one has waited, too";
}

my $once = peer('once');

is(fetches('/fetch', "http://127.0.0.1:$once/once"), 1, 'once');
is(fetches('/fetch', "http://127.0.0.1:$once/once"), 2,
   'what the server closes as the request comes is sent again');

my $hint = peer('hint');

is(fetches('/fetch', "http://127.0.0.1:$hint/hint?1"), $_,
   "a server that keeps it for a second: $_") for 1, 2;
is(fetches('/fetch', "http://127.0.0.1:$hint/last"), $_,
   "one that says close: $_") for 3, 4;


# What never comes there

my %short = (
    half => <<'JS',
module.exports = async (req, res) => {
  const { body } = await fetch(req.query.url);

  res.send(Buffer.from((await body.getReader().read()).value).toString());
};
JS
    unread => <<'JS',
module.exports = (req, res) => {
  const http = require('http');
  const agent = new http.Agent({ keepAlive: true });

  http.get(req.query.url, { agent }, () => res.send('unread'));
};
JS
    throws => <<'JS',
module.exports = async (req, res) => {
  await (await fetch(req.query.url)).text();
  throw new Error('thrown');
};
JS
    waits => <<'JS',
module.exports = async (req, res) => {
  await (await fetch(req.query.url)).text();
  await new Promise((resolve) => setTimeout(resolve, 60000));
};
JS
    spins => <<'JS',
module.exports = async (req, res) => {
  await (await fetch(req.query.url)).text();
  for (;;);
};
JS
    hog => <<'JS',
module.exports = () => {
  const all = [];
  for (;;) all.push(new Array(1000).fill(all.length));
};
JS
    crash => <<'JS',
module.exports = () => 'a'.repeat(2 ** 28).split('');
JS
    many => <<'JS',
module.exports = async (req, res) => {
  const all = Array.from({ length: +req.query.n }, async () =>
    (await fetch(req.query.url)).text());

  res.json(await Promise.all(all));
};
JS
);

# what is ended by a limit has had its answer before
my %limit = map { $_ => $ENV{TEST_INVOKE_ASAN} ? '20s' : '5s' } qw(waits spins);

conf('never parked', functions => \%short, server =>
     join ' ', 'location /leaves { invoke ./fn/waits; invoke_timeout 60s; }',
     map { "location /$_ { invoke ./fn/$_; invoke_timeout "
           . ($limit{$_} // '60s') . '; }' } keys %short);

for (['half', '/half', 200], ['unread', '/half', 200],
     ['throws', '/hint?50', 500], ['waits', '/hint?50', 504],
     ['spins', '/hint?50', 504])
{
    my ($how, $path, $status) = @$_;
    my $server = peer("never-$how");

    is(get("/$how?url=http://127.0.0.1:$server$path")->{status}, $status,
       "$how: is answered");
    is(connections("never-$how"), 1, "$how: has had a connection");
    soon { open_now("never-$how") == 0 } "$how: which is not parked, but closed";
}

my $left = peer('left');
my $request = send_off("/leaves?url=http://127.0.0.1:$left/hint?50");

soon { connections('left') == 1 } 'a client that leaves: is served';
close $request->[0]{socket};
soon { open_now('left') == 0 } 'a client that leaves: nothing stays';


# Bounds

my %nine = map { ("n$_" => $short{many}) } 1 .. 9;

conf('bounds', functions => \%nine, server =>
     'location ~ ^/(n\d)$ { invoke ./fn/$1; }');

my $crowd = peer('crowd');
my $busy = peer('busy');

is(@{ get("/n1?n=12&url=http://127.0.0.1:$crowd/hint?50")->{json} }, 12,
   'a function has had twelve');
soon { egress()->{parked} == 8 } 'of which eight are kept';
soon { open_now('crowd') == 8 } 'and the others closed';

get("/n$_?n=8&url=http://127.0.0.1:$busy/hint?50") for 2 .. 9;
soon { egress()->{parked} == 64 } 'an isolate keeps 64';
soon { open_now('crowd') == 0 } 'the oldest have gone';


# Ends

sub parked {
    my ($title, $server) = @_;

    my $url = "http://127.0.0.1:$server/hint?100";

    is(fetches('/fetch', $url), 1, "$title: a connection");
    soon { egress()->{parked} == 1 } "$title: is parked";
    is(open_now($title), 1, "$title: and open");
}

conf('ends', functions => \%short, server =>
     join ' ', 'location /leaves { invoke ./fn/waits; invoke_timeout 60s; }',
     map { "location /$_ { invoke ./fn/$_; }" } keys %short);

parked('retire', peer('retire'));
is(get('/hog')->{code}, 'memory', 'an isolate is full');
soon { open_now('retire') == 0 } 'what it has parked is closed';
soon { egress()->{parked} == 0 } 'as the metrics tell';

parked('quarantine', peer('quarantine'));
like(get('/crash')->{code}, qr/^(crashed|memory)$/, 'an isolate is parked');
soon { open_now('quarantine') == 0 } 'what it has parked is closed';

conf('reload', functions => \%short, settings => 'invoke_isolates 2 max=2;',
     server => 'location /waits { invoke ./fn/waits; invoke_timeout 60s; }');

# these begin first: a process that is made later has the client's socket, too

my ($slow, $reloaded) = (peer('slow'), peer('reloaded'));
my $held = send_off("/waits?url=http://127.0.0.1:$slow/");

soon { connections('slow') == 1 } 'an invocation holds the worker';
parked('reloaded', $reloaded);

my ($worker) = worker_pids();

kill HUP => server()->{pid};

soon { open_now('reloaded') == 0 } 'what an exiting worker has parked is closed';
ok(kill(0, $worker), 'while it is still there');
is(open_now('slow'), 1, 'and so is the invocation');
close $held->[0]{socket};


# Nothing is left of it

conf('nothing left');

sub size {
    my ($pid) = @_;

    open my $file, '<', "/proc/$pid/status" or die "status: $!\n";
    my ($kb) = map { /^VmRSS:\s+(\d+)/ ? $1 : () } <$file>;
    opendir my $fds, "/proc/$pid/fd" or die "fd: $!\n";

    return (scalar(grep { /\d/ } readdir $fds), $kb);
}

my $leaks = peer('leaks', %ssl);

my $times = $ENV{TEST_INVOKE_ASAN} ? 10 : 50;

sub round {
    fetches('/fetch', ("https://127.0.0.1:$leaks/hint?2") x 2) for 1 .. $times;
    soon { egress()->{parked} == 0 } 'all have waited long enough';
}

round();

my ($pid) = worker_pids();
my @start = size($pid);

round() for 1 .. 3;

soon { (size($pid))[0] == $start[0] } 'descriptors are as before';

SKIP: {
    skip 'a sanitizer keeps memory', 1 if $ENV{TEST_INVOKE_ASAN};
    cmp_ok((size($pid))[1] - $start[1], '<', 8 * 1024, 'memory is, too');
}

engine_stop();
