# One direction: no two files of these folders call each other, by whatever
# way, as far as the symbols of their objects tell.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(basename dirname);
use Test::More;

my @folders = qw(core engine/pool store store/package http http/status);

my $root = abs_path(dirname(__FILE__) . '/..');

# file => what it defines, and what it asks for
my (%defines, %asks);

for my $folder (@folders) {
    for my $source (glob "$root/src/$folder/*.c") {
        my $object = "$root/build/obj/addon/" . basename($folder) . '/'
                     . basename($source, '.c') . '.o';

        if (!-f $object || -M $object > -M $source) {
            plan skip_all => "$object is not built of what is there";
        }

        symbols("$folder/" . basename($source), $object);
    }
}

ok(keys %asks > 20, 'there are files');

my %calls;

for my $file (keys %asks) {
    my %others = map { $_ => 1 } grep { defined && $_ ne $file }
                 @defines{ @{ $asks{$file} } };
    $calls{$file} = [sort keys %others];
}

# what is left once all that call nothing which is left are taken away
my %left = %calls;

while (my @done = grep { !grep { $left{$_} } @{ $left{$_} } } keys %left) {
    delete @left{@done};
}

# and of that what is called by something which is left
while (my @done = grep { my $file = $_; !grep { $_ eq $file }
                         map { @$_ } values %left } keys %left) {
    delete @left{@done};
}

is_deeply([sort keys %left], [], 'no circles');

done_testing();


sub symbols {
    my ($file, $object) = @_;

    $asks{$file} = [];

    for (`nm $object`) {
        my ($type, $name) = /([A-Za-z]) (\S+)$/ or next;

        if ($type eq 'U') {
            push @{ $asks{$file} }, $name;

        } elsif ($type =~ /[TDRBC]/) {
            $defines{$name} = $file;
        }
    }
}
