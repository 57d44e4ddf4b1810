# vim: set filetype=perl :

# Packages: which archives are one, and how they come to disk.

use strict;
use warnings;

use lib 't/lib';

use Digest::SHA qw(sha256 sha256_hex);
use File::Find;
use Test::More;

use TestArchive qw(gz tar zip);
use TestFleet;

my $fleet = TestFleet->new(without => ['redis']);
my $server = $fleet->server(workers => 2);
my $cache = $server->cache;

my $index = { name => 'index.js', data => <<'END' };
const fs = require('fs');

module.exports = (req, res) => {
    const path = req.path.slice(1);

    res.send(path ? fs.readFileSync('/' + path, 'latin1') : 'ok');
};
END

my $zeros = "\0" x (64 * 1024 * 1024);
my $bytes = join '', map { sha256($_) } 1 .. 3000;

my %runs = (
    'ustar, gzip'  => gz(tar($index)),
    'ustar, plain' => tar($index),
    'zip'          => zip($index),
    'gzip in two parts' => gz(substr tar($index), 0, 700)
                           . gz(substr tar($index), 700) . 'more',
    'a first member "./" of mode 0, and "./" in front of the others'
        => gz(tar({ name => './', type => 5, mode => 0 },
                  { %$index, name => './index.js' },
                  { name => './a/./b//c', data => 'here' }), 'a/b/c'),
    'pax, a name in UTF-8'
        => gz(tar($index, { name => 'x', data => 'here',
                            pax => { path => "d/\xc3\xa4\xe2\x82\xac" } })),
    "GNU's long name"
        => [gz(tar($index, { name => 'd/' . 'x' x 200, data => 'here' })),
            'd/' . 'x' x 200],
    'a sparse file'
        => [gz(tar($index, { name => 's', data => "1\n8\n4\n"
                                                  . "\0" x 506 . 'here',
                             pax => { 'GNU.sparse.major' => 1,
                                      'GNU.sparse.minor' => 0,
                                      'GNU.sparse.name' => 'sparse',
                                      'GNU.sparse.realsize' => 12 } })),
            'sparse', "\0" x 8 . 'here'],
    'a symbolic link up and down again'
        => [gz(tar($index, { name => 'bin/a', type => 2, link => '../a/b' },
                   { name => 'a/b', data => 'here' })), 'bin/a'],
    'a symbolic link that goes down and up'
        => [gz(tar($index, { name => 'l', type => 2, link => 'none/../a' },
                   { name => 'a', data => 'here' })), 'l'],
    'a symbolic link in a zip'
        => [zip($index, { name => 'bin/a', type => 2, link => '../b' },
                { name => 'b', data => 'here' }), 'bin/a'],
    'a hard link'
        => [gz(tar($index, { name => 'a', data => 'here' },
                   { name => 'b/c', type => 1, link => './a' })), 'b/c'],
    'mode 0' => [gz(tar($index, { name => 'a', data => 'here', mode => 0 })),
                 'a'],
    'setuid and setgid'
        => [gz(tar($index, { name => 'a', data => 'here', mode => 06755 })),
            'a'],
    'a file twice: the last one counts'
        => [gz(tar($index, { name => 'a', data => 'gone' },
                   { name => 'a', data => 'here' })), 'a'],
    'a file in the place of a link'
        => [gz(tar($index, { name => 'b', data => 'kept' },
                   { name => 'a', type => 2, link => 'b' },
                   { name => 'a', data => 'here' })), 'a'],
);

my %refused = (
    '..' => gz(tar($index, { name => '../evil', data => 1 })),
    '.. behind a directory' => gz(tar($index, { name => 'a/../../evil',
                                                data => 1 })),
    'an absolute path' => gz(tar($index, { name => "$cache/evil",
                                           data => 1 })),
    '.. in a zip' => zip($index, { name => '../evil', data => 1 }),
    '.. with a backslash, in a zip' => zip($index, { name => '..\evil',
                                                     data => 1 }),
    'an absolute path in a zip' => zip($index, { name => "$cache/evil",
                                                 data => 1 }),
    'through a symbolic link'
        => gz(tar($index, { name => 'd/a', type => 2, link => '../e' },
                  { name => 'e/', type => 5 }, { name => 'd/a/x', data => 1 })),
    'through a file' => gz(tar($index, { name => 'index.js/x', data => 1 })),
    'an absolute symbolic link'
        => gz(tar($index, { name => 'a', type => 2, link => '/etc/passwd' })),
    'a symbolic link that leaves'
        => gz(tar($index, { name => 'a', type => 2, link => '../x' })),
    'a symbolic link that leaves by way of a name'
        => gz(tar($index, { name => 'd/a', type => 2,
                            link => 'x/../../../x' })),
    'a symbolic link that leaves, in a zip'
        => zip($index, { name => 'a', type => 2, link => '../x' }),
    'an absolute hard link'
        => gz(tar($index, { name => 'a', type => 1, link => '/etc/passwd' })),
    'a hard link that leaves'
        => gz(tar($index, { name => 'a', type => 1, link => '../../x' })),
    'a hard link to a symbolic one'
        => gz(tar($index, { name => 's', type => 2, link => 'index.js' },
                  { name => 'a', type => 1, link => 's' })),
    'a device of characters' => gz(tar($index, { name => 'a', type => 3 })),
    'a device of blocks' => gz(tar($index, { name => 'a', type => 4 })),
    'a FIFO' => gz(tar($index, { name => 'a', type => 6 })),
    'a FIFO as index.js' => gz(tar({ name => 'index.js', type => 6 })),
    'a long path' => gz(tar($index, { name => 'd/' x 20 . 'x' x 1100,
                                      data => 1 })),
    'a long name' => gz(tar($index, { name => 'x' x 300, data => 1 })),
    'a deep path' => gz(tar($index, { name => 'd/' x 80 . 'x', data => 1 })),
    'many members' => gz(tar($index, map { { name => "m/$_", data => '' } }
                                         1 .. 65_536)),
    'a declared TiB' => gz(tar($index, { name => 'a', size => 2 ** 40,
                                         data => 1 })),
    'a sparse TiB'
        => gz(tar($index, { name => 's', data => "1\n" . (2 ** 40 - 3)
                                                 . "\n3\n" . "\0" x 494
                                                 . 'abc',
                            pax => { 'GNU.sparse.major' => 1,
                                     'GNU.sparse.minor' => 0,
                                     'GNU.sparse.name' => 'sparse',
                                     'GNU.sparse.realsize' => 2 ** 40 } })),
    'a ratio' => gz(tar($index, { name => 'a', data => $zeros })),
    'a ratio in a zip' => zip($index, { name => 'a', data => $zeros }),
    'a ratio in a zip that lies' => zip($index, { name => 'a', size => 10,
                                                  data => $zeros }),
    'a hard link with a body'
        => gz(tar($index, { name => 'a', type => 1, link => 'index.js',
                            data => $zeros, pax => { comment => 1 } })),
    'a long map of a sparse file'
        => gz(tar($index, { name => 's', data => "3000000\n"
                                                 . "0\n0\n" x 3_000_000,
                            pax => { 'GNU.sparse.major' => 1,
                                     'GNU.sparse.minor' => 0,
                                     'GNU.sparse.name' => 'sparse',
                                     'GNU.sparse.realsize' => 12 } })),
    'a gzip of a gzip' => gz(gz(tar($index))),
    'nothing' => '',
    'zeros' => "\0" x 10240,
    'a page' => '<html><body>not found</body></html>',
    'a tar of nothing' => gz(tar()),
    'directories alone' => gz(tar({ name => 'd/', type => 5 })),
    'a cut .tgz' => substr(gz(tar($index, { name => 'a', data => $bytes })),
                           0, 5000),
    'a cut tar' => substr(tar($index, { name => 'a', data => $bytes }),
                          0, 5000),
    'a tar cut between members' => tar($index, undef),
    'a cut zip' => substr(zip($index, { name => 'a', data => $bytes }),
                          0, 5000),
    'a wrong checksum' => do {
        my $tar = tar($index);
        substr($tar, 3, 1) = 'Q';
        $tar;
    },
    'a file with the name of a directory'
        => gz(tar({ name => 'index.js/', type => 5 }, $index)),
);

my @names = sort keys %runs;
my @ids = $fleet->deploy_all(map {
    my $archive = $runs{$_};
    [undef, archive => ref $archive ? $archive->[0] : $archive]
} @names);

for my $i (0 .. $#names) {
    my ($archive, $path, $text) = ref $runs{ $names[$i] }
                                  ? @{ $runs{ $names[$i] } } : ();
    my $answer = $server->get("/invoke/$ids[$i]/" . ($path // ''));

    is($answer->{body}, $text // ($path ? 'here' : 'ok'), "$names[$i]: runs");
}

@names = sort keys %refused;
@ids = $fleet->deploy_all(map { [undef, archive => $refused{$_}] } @names);

for my $i (0 .. $#names) {
    my $answer = $server->get("/invoke/$ids[$i]/");

    is("$answer->{status} "
       . ($answer->{body} =~ /"code":"(\w+)"/ ? $1 : $answer->{body}),
       '502 package_unavailable', "$names[$i]: refused");
}

is(scalar(() = glob "$cache/tmp/*"), 0, 'nothing of them is left');
is_deeply([grep { !m{/(code|lock|tmp|[0-9a-f]{64})\z} } glob "$cache/*"], [],
          'and nothing is where it should not be');

my @bad;

find({ no_chdir => 1, wanted => sub {
    my (undef, undef, $mode, undef, $uid) = lstat;

    push @bad, "$_: is a device" unless -l || -f _ || -d _;
    push @bad, sprintf '%s: mode %o', $_, $mode & 07777
        if !-l && $mode & 07022;
    push @bad, "$_: is not to be read" if -f _ && ($mode & 0400) == 0;
    push @bad, "$_ -> " . readlink if -l && readlink =~ m{^/};
} }, $cache);

is("@bad", '', 'no device, no mode, no link that should not be');

my $metrics = $server->metrics->{packageCache};

cmp_ok($metrics->{refused}{outside}, '>=', 14, 'links and paths are counted');
is($metrics->{refused}{type}, 4, 'devices and FIFOs are');
cmp_ok($metrics->{refused}{limit}, '>=', 7, 'limits are');
cmp_ok($metrics->{refused}{damaged}, '>=', 9, 'and what is damaged');

# a package by its hash

my ($upper, $other, $none, $missing) = $fleet->deploy_all(
    [undef, archive => $runs{zip}, hash => uc sha256_hex($runs{zip})],
    [undef, archive => $runs{'ustar, gzip'}, hash => 'a' x 64],
    [undef, archive => $runs{'ustar, gzip'}, hash => '../../etc/passwd'],
    [undef, archive => gz(tar({ %$index, name => 'main.js' }))],
);

is($server->get("/invoke/$upper/")->{body}, 'ok', 'a hash in upper case');
is($server->get("/invoke/$other/")->{status}, 502, 'another hash');
is($server->get("/invoke/$none/")->{status}, 502, 'a hash that is none');
is($server->get("/invoke/$missing/")->{status}, 500,
   'a package without index.js');
cmp_ok(scalar(() = $server->log_lines(qr/its archive has another hash/)),
       '>=', 1, 'which is logged');
ok(!-e "$cache/" . 'a' x 64, 'and never is in the cache');

# a key of the object that is none

my @keys = ('a/../b', './a', 'a//b', '/a', 'a/', "a?b#c%41 \xc3\xa4+&=.tgz");
@ids = $fleet->deploy_all(map { [undef, archive => gz(tar($index)
                                                    . "\0" x length),
                                 path => $_, absent => $_ !~ /\?/] } @keys);
my $last = pop @ids;

is(join(' ', map { $server->get("/invoke/$_/")->{status} } @ids),
   '502 502 502 502 502', 'keys that would be folded');
is($server->get("/invoke/$last/")->{body}, 'ok', 'a key with all signs');

# 200 at once

my $many = $fleet->deploy({ 'index.js' => $index->{data},
                            map { ("lib/$_.js" => $bytes . $_) } 1 .. 20 });
my $absent = $fleet->deploy('', absent => 1);
my $before = $server->metrics->{packageCache}{downloads};

my @answers = $server->together(map { "/invoke/$many/" } 1 .. 200);

is(scalar(grep { $_->{body} eq 'ok' } @answers), 200, '200 at once');
is(scalar($fleet->s3_requests(qr/GET.*$many/)), 1, 'one download');
is($server->metrics->{packageCache}{downloads} - $before, 1,
   'one package is brought');

@answers = $server->together(map { "/invoke/$absent/" } 1 .. 200);

is(scalar(grep { $_->{status} == 502 } @answers), 200,
   '200 of what is not there');
cmp_ok(scalar($fleet->s3_requests(qr/GET.*$absent/)), '<=', 12,
       'are no more than 12 requests');

# one directory, two nginx

my $shared = "$cache.shared";
my @servers = map { $fleet->server(workers => 2, cache => $shared) } 1 .. 2;
my $both = $fleet->deploy({ 'index.js' => $index->{data},
                            map { ("lib/$_.js" => $bytes . $_) } 21 .. 40 });

@answers = Http::requests(map { { port => $servers[$_ % 2]->port,
                                  path => "/invoke/$both/" } } 1 .. 100);

is(scalar(grep { $_->{body} eq 'ok' } @answers), 100, 'over two servers');
is(scalar($fleet->s3_requests(qr/GET.*$both/)), 1, 'one download');

# the times of files: as of the object, whenever a host unpacks it

my $sends = "module.exports = (req, res) => res.sendFile('/a.txt');";
my $sent = $fleet->deploy({ 'index.js' => $sends, 'a.txt' => 'one' });
my $first = validators($server, $sent);

like($first, qr/^one "\S+" \w+, \d\d \w+ 20\d\d /, 'a file has validators');

sleep 2;

is(validators($servers[0], $sent), $first,
   'the same ones on a host that brings it later');

$fleet->deploy({ 'index.js' => $sends, 'a.txt' => 'two' }, id => $sent);

my $second;

soon { ($second = validators($server, $sent)) =~ /^two/ }
    'a new version, as long';

my ($one, $two) = map { (split ' ')[1] } $first, $second;

isnt($two, $one, 'has another ETag');

$fleet->finish;
done_testing();


sub validators {
    my ($host, $id) = @_;

    my $answer = $host->get("/invoke/$id/");

    return join ' ', $answer->{body}, map { $answer->{headers}{$_} // '' }
                                      qw(etag last-modified);
}
