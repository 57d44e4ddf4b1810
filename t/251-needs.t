# src/js/node/needs.js tells which members of which binding the files of
# Node's library use: all that they take by destructuring is in it, and the
# module does not start when a member is missing (the other tests see that it
# starts).

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/..');

my $table = content("$root/src/js/node/needs.js");
my $lib = $ENV{INVOKE_NODE_LIB} || "$root/build/deps/node/lib";
my %needs;

while ($table =~ /^    '(\S+) (\w+)':\n((?:        .*\n)+)/mg) {
    my ($file, $binding, $members) = ($1, $2, $3);

    $needs{$file}{$binding} = { map { $_ => 1 } $members =~ /(\w+)/g };
}

cmp_ok(scalar(keys %needs), '>', 30, 'the table is read');

# what only an inspector or a profiler has
my %absent = map { $_ => 1 } 'inspector.console';

my @missing;

for my $path (split /\n/, content("$root/src/js/node.files")) {
    next if $path !~ m{^(?!npm/)(\S+)\.js$}
            || -f "$root/src/js/node/lib/$path";

    my $file = $1;
    my $text = content("$lib/$path");

    $text =~ s{/\*.*?\*/}{}gs;
    $text =~ s{//.*$}{}mg;

    while ($text =~ /\{([^{};=]*)\} = internalBinding\('(\w+)'\);/g) {
        my ($members, $binding) = ($1, $2);

        for my $member (map { /(\w+)/ ? $1 : () } split /,/, $members) {
            push @missing, "$file: $binding.$member"
                unless $needs{$file}{$binding}{$member}
                       || $absent{"$binding.$member"};
        }
    }
}

is_deeply(\@missing, [], 'all that is destructured is in the table');

done_testing();


sub content {
    my ($path) = @_;

    open my $in, '<:encoding(UTF-8)', $path or die "$path: $!\n";
    local $/;

    return <$in>;
}
