# README.md: its configurations parse, its functions answer; its links and the
# scripts that it names are there, and those of the pages in conf.

use strict;
use warnings;

use File::Basename qw(dirname);

use TestInvoke 'no_plan';
use TestServer;

my $root = $ENV{TEST_NGINX_ROOT};
my $readme = content("$root/README.md");
my $server = TestServer->new('readme');
my ($http, $locations) = ('', '');

for my $block ($readme =~ /^```nginx\n(.*?)^```$/msg) {
    if ($block =~ /^log_format/m) {
        $http .= $block;

    } else {
        $block =~ s{/srv/functions/hello;}{./functions/hello;};
        $locations .= $block;
    }
}

# functions, each in a location of its own: what is in it by which it is known,
# what it leaves to the reader, and its answers

my @expected = (
    [qr/hello:/, '', ['?id=1', 200, '{"hello":"world"}'],
                     ['?name=a%20b', 200, '{"hello":"a b"}']],
    [qr/no such order/,
     "const find = async (id) => (id === '1' ? {id, of: 'readme'} : null);\n",
     ['?id=1', 200, '{"id":"1","of":"readme"}'],
     ['?id=2', 404, '{"error":"no such order"}']],
    [qr/large\.csv/, '', ['', 200, "a,b\n"]],
);

my @functions = ($readme . content("$root/conf/MODULES.md"))
                =~ /^```js\n(.*?)^```$/msg;

is(scalar @functions, scalar @expected, 'each function is known');

for my $i (0 .. $#functions) {
    $server->write("readme/$i/index.js", $expected[$i][1] . $functions[$i]);
    $server->write("readme/$i/data/large.csv", "a,b\n");
    $locations .= "location /js/$i { invoke ./readme/$i; }\n";
}

$server->serve(<<"END");
$http
access_log logs/access.log invoke;
server {
    listen 127.0.0.1:@{[ $server->port ]};
    $locations
}
END

is($server->request('GET', '/hello?name=you')->{body}, '{"hello":"you"}',
   'the first configuration');

for my $i (0 .. $#functions) {
    my ($known, $own, @answers) = @{ $expected[$i] };

    like($functions[$i], $known, "function $i");

    for my $expected (@answers) {
        my ($query, $status, $body) = @$expected;
        my $answer = $server->request('GET', "/js/$i$query");

        is($answer->{status}, $status, "function $i, $query: status");
        is($answer->{body}, $body, "function $i, $query: body");
    }
}

is($server->stop, 0, 'nginx stops in peace');

# "#part", "file" and "file#part", from each page to each

my %page = map { $_ => content("$root/$_") }
           'README.md', 'src/README.md', 't/README.md',
           map { "conf/$_.md" } qw(README RECIPES SECURITY MIGRATION MODULES
                               TUNING);

for my $name (sort keys %page) {
    is_deeply([grep { !leads($name, $_) } $page{$name} =~ /\]\(([^):]+)\)/g],
              [], "the links of $name lead somewhere");

    # util/types is a module of Node, t/0xx stands for many
    is_deeply([grep { !-e "$root/$_" && !m{^(?:util/types|t/\dxx)$} }
               $page{$name} =~ m{(?<![\w./])((?:util|t|conf|src)/[\w./-]*\w)}g],
              [], "the files that $name names are there");
}


sub leads {
    my ($from, $link) = @_;

    my ($file, $part) = split /#/, $link, 2;

    if ($file eq '') {
        $file = $from;

    } else {
        $file = dirname($from) . "/$file";
        1 while $file =~ s{^\./|[^/.]+/\.\./}{};
    }

    return -e "$root/$file" unless defined $part;
    return grep { anchor($_) eq $part } ($page{$file} // '') =~ /^#+ (.*)$/mg;
}


# as the usual renderers make them

sub anchor {
    my ($title) = @_;

    $title = lc $title;
    $title =~ s/[^\w -]//g;
    $title =~ s/ /-/g;

    return $title;
}


sub content {
    my ($path) = @_;

    open my $file, '<:raw', $path or die "$path: $!\n";
    local $/;

    return <$file> // '';
}
