# What util/bench measures of contexts: the CPU time to make one of each
# template of the snapshot, and V8's own empty one, by contexts.cc.

package Contexts;

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Server;

my @kinds = qw(empty lean buffer stream node http);


# Takes a directory, the modules by their names, flags of V8, the processes of
# each module, which take turns, and the contexts of a kind in each. Gives, by
# module and kind, the medians over the processes of {best, p50, mean}, us, and
# the {ratio} of p50 to that of V8's own.

sub measure {
    my ($dir, $modules, $flags, $rounds, $contexts) = @_;

    local $ENV{INVOKE_BENCH_FLAGS} = $flags;
    local $ENV{INVOKE_BENCH_CONTEXTS} = $contexts;

    my %runs;

    prepare("$dir/contexts-$_", $modules->{$_}) for keys %$modules;

    for (1 .. $rounds) {
        for my $name (sort keys %$modules) {
            my $figures = run("$dir/contexts-$name");

            push @{ $runs{$name}{$_} }, $figures->{$_} for keys %$figures;
        }
    }

    my %all;

    for my $name (keys %runs) {
        for my $kind (keys %{ $runs{$name} }) {
            for my $key (qw(best p50 mean)) {
                my @sorted = sort { $a <=> $b }
                             map { $_->{$key} } @{ $runs{$name}{$kind} };

                $all{$name}{$kind}{$key} = $sorted[$#sorted / 2];
            }
        }

        $_->{ratio} = $_->{p50} / $all{$name}{empty}{p50}
            for values %{ $all{$name} };
    }

    return \%all;
}


sub report {
    my ($all) = @_;

    printf "%-14s %10s %8s %9s %9s %9s\n", '', '', 'x empty', 'best us',
           'median us', 'mean us';

    for my $name (sort keys %$all) {
        for my $kind (grep { $all->{$name}{$_} } @kinds) {
            printf "%-14s %10s %8.2f %9.1f %9.1f %9.1f\n", $name, $kind,
                   @{ $all->{$name}{$kind} }{qw(ratio best p50 mean)};
        }
    }
}


# contexts.cc calls functions of the module, so it is that of the tree where the
# module was built. It becomes a shared object, which an nginx loads that checks
# a configuration.

sub prepare {
    my ($dir, $module) = @_;

    my $tree = abs_path(dirname($module) . '/..');
    my $code = "$tree/t/bench/contexts.cc";

    -f $code or die "contexts: no $code: a module is measured in the tree where"
                    . " it was built, as build/ngx_invoke_module.so\n";

    Server::write_file("$dir/logs/.keep", '');
    Server::write_file("$dir/nginx.conf", <<"END");
load_module $module;
load_module $dir/contexts.so;
pid $dir/nginx.pid;
events {}
END

    system('bash', '-c', '. "$0"/util/lib/common.sh; v8_env; ${CXX:-g++}'
           . ' -std=c++17 -fno-rtti -O2 -fPIC -shared -I"$3/src/v8" -I"$3/src"'
           . ' -isystem "$V8_INC" -o "$1" "$2"',
           $Server::Root, "$dir/contexts.so", $code, $tree) == 0
        or die "contexts: $code does not compile\n";
}


sub run {
    my ($dir) = @_;

    my $out = `/usr/sbin/nginx -q -t -e stderr -p $dir/ -c $dir/nginx.conf`;
    my %figures = map { /^(\w+) (\S+) (\S+) (\S+)$/
                        ? ($1 => { best => $2, p50 => $3, mean => $4 }) : () }
                  split /\n/, $out;

    $figures{empty} or die "contexts: none by $dir/nginx.conf: $out\n";

    return \%figures;
}

1;
