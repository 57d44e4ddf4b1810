# What opens the stores is nothing that a function reaches, or that anybody is
# shown, even where the stores refuse it.

use strict;
use warnings;

use Test::More;

use TestFleet;

# All strings that a function can get at, from its globals, its arguments and
# what it can require, and all files that are known to hold secrets; those with
# one of the words, which are sent backwards, are the answer.

my $search = <<'END';
const seen = new Set();
const strings = [];

function walk(value, depth) {
    if (typeof value === 'string') {
        strings.push(value);
    }

    if (value === null || !/^(object|function)$/.test(typeof value)
        || seen.has(value) || depth > 12 || seen.size > 50000)
    {
        return;
    }

    seen.add(value);

    if (typeof value === 'function') {
        strings.push(Function.prototype.toString.call(value));
    }

    if (ArrayBuffer.isView(value)) {
        strings.push(Buffer.from(value.buffer).toString('latin1'));
        return;
    }

    for (const key of Reflect.ownKeys(value)) {
        strings.push(String(key));

        try {
            walk(value[key], depth + 1);
        } catch {
        }
    }

    walk(Object.getPrototypeOf(value), depth + 1);
}

module.exports = (req, res) => {
    const words = req.body.map((word) => [...word].reverse().join(''));
    const fs = require('fs');

    for (const name of ['fs', 'os', 'path', 'util', 'buffer', 'module',
                        'events', 'stream', 'url', 'process', 'console'])
    {
        try {
            walk(require(name), 0);
        } catch {
        }
    }

    walk(globalThis, 0);
    walk(req, 0);
    walk(res, 0);
    walk(require, 0);
    walk(module, 0);

    for (const path of ['/proc/self/environ', '/proc/self/cmdline',
                        '/proc/self/maps', '/proc/1/environ', ...words,
                        '../nginx.conf', '/nginx.conf'])
    {
        for (const up of ['', '/..', '/../../../../../..', '/proc/self/root']) {
            try {
                strings.push(fs.readFileSync(up + path, 'latin1'));
            } catch (err) {
                strings.push(err.stack.replaceAll(path, ''));
            }
        }
    }

    const bodies = req.body.join();

    res.json({ seen: seen.size, found: strings.filter((text) =>
        !text.includes(bodies) && words.some((word) => text.includes(word))) });
};
END

my $fleet = TestFleet->new;

Server::write_file($fleet->secret('gateway'), "the gateway's secret\n");
Server::write_file($fleet->secret('wrong'), "a-wrong-secret\n");

my $gateway = 'invoke_gateway_secret file:' . $fleet->secret('gateway') . ";\n";
my $id = $fleet->deploy($search);

my @words = ($fleet->{password}, $ENV{S3_SECRET_KEY}, "the gateway's secret",
             "$fleet->{dir}.secrets", 'a-wrong-secret');

my $server = $fleet->server(log => 'debug', http => $gateway);

my ($answer) = $server->together({
    method => 'POST', path => "/invoke/$id/",
    headers => ['Content-Type' => 'application/json'],
    body => JSON::PP::encode_json([map { scalar reverse } @words])
});

is($answer->{status}, 200, 'it has looked around') or diag($answer->{body});
cmp_ok($answer->{json}{seen}, '>', 100, 'at many objects');
is_deeply($answer->{json}{found}, [], 'and has found none');


# Stores that refuse

my $key = $fleet->secret('key');
my $password = $fleet->secret('password');
my $wrong = $fleet->secret('wrong');
my $lines = $fleet->directives('x');

my ($postgres, $s3) = map { $lines =~ /^($_ .*\n)/m } qw(invoke_postgres
                                                         invoke_s3);

my $database = $fleet->server(postgres => $postgres =~ s/\Q$password/$wrong/r);
my $store = $fleet->server(s3 => $s3 =~ s/\Q$key/$wrong/r);

for my $refused ($database, $store) {
    $answer = $refused->get("/invoke/$id/");
    is("$answer->{status} $answer->{code}", '502 package_unavailable',
       'a store refuses');
    unlike($answer->{body}, qr/\Q$_/, 'the answer does not tell of it')
        for @words, '127.0.0.1', $fleet->{bucket}, $fleet->{role};
}

soon { $database->log_lines(qr/invoke: .*password authentication failed/) }
     'the log does, of the database';
soon { $store->log_lines(qr/invoke: .*(403|SignatureDoesNotMatch)/) }
     'and of the object store';


# What else there is to see

for my $of ($server, $database, $store) {
    my $text = join '', map { $of->get($_)->{body} } qw(/metrics /health);

    for my $pid ($of->{pid}, $of->workers) {
        $text .= Server::read_file("/proc/$pid/$_") for qw(cmdline environ);
    }

    $text .= `grep -rc . '$of->{cache}' 2>/dev/null; ls -R '$of->{cache}'`;

    my @found = grep { index($text, $_) >= 0 } @words;
    is_deeply(\@found, [], 'metrics, health, processes and cache tell nothing');

    is_deeply([map { $of->log_lines(qr/\Q$_/) } @words[0 .. 2, 4]], [],
              'nor does the log');
    is(system("grep -rqF -e '$ENV{S3_SECRET_KEY}' -e a-wrong-secret "
              . "'$of->{cache}'") >> 8, 1, 'nor any file of the cache');
}

$fleet->finish;

done_testing();
