# What the add-on script, config, and util/build refuse: with one sentence, before
# anything is compiled.  nginx's configure reads config, with these variables.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/..');
my $dir = tempdir(CLEANUP => 1);
my $source = $ENV{NGX_SRC} || '/usr/share/nginx/src';

# the V8 that this checkout is built with
my ($inc, $lib) = split /\n/, `bash -c '. "\$0/util/lib/common.sh"; v8_env
    echo "\$V8_INC"; echo "\$V8_LIB"' $root`;

like(config(link => 'ADDON'),
     qr/error: .* can be loaded only, .* give its directory to --add-dynamic/s,
     'nginx with the module inside');

like(config(inc => "$dir/none"), qr/not found\n\n.*error: .* needs V8: install/s,
     'no V8');

headers('new', 12, 4, 254, 21);
like(config(inc => "$dir/new"), qr/error: \S+new is of V8 12\.4\.254\.21; /,
     'a V8 that is not known');

headers('old', 10, 1, 124, 8);
like(config(inc => "$dir/old"),
     qr/error: .* is of V8 10\.1\.124\.8; .* those from 10\.2 to 11\.3\.$/s,
     'one that is too old');

# the headers that there are, but for the last number
my ($version) = content("$inc/v8-version.h") =~ /V8_PATCH_LEVEL (\d+)/;

headers('other', $version + 1);
like(config(inc => "$dir/other"),
     qr/other is of V8 [\d.]+, and \S+libnode\.so\S* of [\d.]+\.$version-node/,
     'a library of another version');

mkdir "$dir/lib";
system('cc', '-shared', '-x', 'c', '/dev/null', '-o', "$dir/lib/libnode.so")
    == 0 or die "cc failed\n";
like(config(lib => "$dir/lib"),
     qr/error: .* not link with libnode of V8 .*: undefined reference to .*v8::/,
     'a library that lacks what the module needs');

my $missing = config(INVOKE_NODE_LIB => "$dir/none");
like($missing, qr/checking for V8 \.\.\.\s+found \d/, 'V8 is found');
like($missing, qr{error: .* needs \S+/none/util\.js: run util/setup, or set},
     "no library of Node's");

# an nginx of another version than the source that is named

mkdir "$dir/$_" for qw(nginx nginx/src nginx/src/core);
open my $header, '>', "$dir/nginx/src/core/nginx.h" or die "nginx.h: $!\n";
print $header qq(#define NGINX_VERSION      "0.1.2"\n);
close $header or die "nginx.h: $!\n";

like(`NGX_SRC=$dir/nginx NGX_BIN=/usr/sbin/nginx $root/util/build 2>&1`,
     qr{: NGX_SRC is nginx 0\.1\.2, but /usr/sbin/nginx is \d+\.\d+\.\d+$},
     'source of another nginx');
isnt($?, 0, 'is refused');

done_testing();


# A directory with headers of a V8 of that version: four numbers, or the last.

sub headers {
    my ($name, @version) = @_;

    my $text = content("$inc/v8-version.h");
    my @parts = qw(MAJOR_VERSION MINOR_VERSION BUILD_NUMBER PATCH_LEVEL);

    for my $part (@parts[4 - @version .. 3]) {
        my $value = shift @version;
        $text =~ s/(#define V8_$part) \d+/$1 $value/ or die "$inc: no $part\n";
    }

    mkdir "$dir/$name";
    symlink $_, "$dir/$name/" . s{.*/}{}r for glob "$inc/*";
    unlink "$dir/$name/v8-version.h";

    open my $out, '>', "$dir/$name/v8-version.h" or die "$name: $!\n";
    print $out $text;
    close $out or die "$name: $!\n";
}


# What the script prints; it must end with a failure.

sub config {
    my (%args) = @_;

    local %ENV = (%ENV, ngx_addon_dir => $root, NGX_OBJS => "$dir/objs",
                  NGX_AUTOCONF_ERR => "$dir/autoconf.err",
                  NGX_AUTOTEST => "$dir/autotest", CC => 'cc',
                  ngx_module_link => 'DYNAMIC', V8_INC => $inc,
                  V8_LIB => $lib);

    for my $name (keys %args) {
        $ENV{ { inc => 'V8_INC', lib => 'V8_LIB', link => 'ngx_module_link' }
              ->{$name} // $name } = $args{$name};
    }

    my $text = `cd $source && sh $root/config 2>&1`;

    isnt($?, 0, 'is refused');

    return $text;
}


sub content {
    my ($path) = @_;

    open my $in, '<', $path or die "$path: $!\n";
    local $/;

    return <$in>;
}
