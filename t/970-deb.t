# util/build --deb: what the package holds and depends on, and that the nginx
# which it was built for loads the module from it.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/..');
my $name = 'libnginx-mod-http-invoke';
my $dir = tempdir(CLEANUP => 1);

my ($version) = content("$root/src/core/ngx_invoke_release.h")
                =~ /^#define NGX_INVOKE_MODULE_VERSION *"([\d.]+)"$/m;
chomp(my $arch = `dpkg --print-architecture`);
my $deb = "$root/build/deb/${name}_${version}_$arch.deb";

my $told = `$root/util/build --deb 2>&1`;
is($?, 0, 'util/build --deb') or diag($told);

is(`dpkg-deb -f $deb Package`, "$name\n", 'its name');
is(`dpkg-deb -f $deb Version`, "$version\n", 'the version of the module');
is(`dpkg-deb -f $deb Architecture`, "$arch\n", 'the architecture');

my %depends = map { /^([^ ]+)(?: \((.*)\))?$/ ? ($1 => $2 // '') : () }
              split /, /, `dpkg-deb -f $deb Depends` =~ s/\n//r;

my ($abi) = `dpkg-query -W -f='\${Provides}' nginx` =~ /(nginx-abi-[^, ]+)/;
ok(exists $depends{$abi}, "depends on $abi, the nginx that it is built for");

for my $library (qw(libarchive libbrotli libc libcjson libcurl libdeflate
                    libhiredis libicu libnode libpq libssl libstdc++ zlib1g))
{
    ok((grep { /^\Q$library\E[\d.]*(?:t64)?$/ } keys %depends),
       "depends on a $library");
}

my @files = sort map { s{^\./}{}r } grep { !m{/$} }
            split /\n/, `dpkg-deb --fsys-tarfile $deb | tar -t`;

is_deeply(\@files, [
    'usr/lib/nginx/modules/ngx_invoke_module.so',
    "usr/share/doc/$name/copyright",
    "usr/share/doc/$name/schema.sql",
    'usr/share/nginx/modules-available/mod-http-invoke.conf',
], 'what is in it');

is(`dpkg-deb -c $deb | grep -cv ' root/root '`, "0\n", 'all of it is root\'s');

system('dpkg-deb', '-R', $deb, $dir) == 0 or die "dpkg-deb failed\n";

my $module = "$dir/usr/lib/nginx/modules/ngx_invoke_module.so";
unlike(`readelf -d $module`, qr/R(?:UN)?PATH/,
       'the module names no directory of this checkout');
is(content("$dir/usr/share/nginx/modules-available/mod-http-invoke.conf"),
   "load_module modules/ngx_invoke_module.so;\n", 'the file that loads it');
like(content("$dir/usr/share/doc/$name/copyright"), qr/Node\.js/,
     'the license of what it carries');

# modules-enabled leads to modules-available, as the scripts have it
for my $script (qw(postinst prerm postrm)) {
    my $path = "$dir/DEBIAN/$script";

    ok(-x $path && system('sh', '-n', $path) == 0, "$script is a script");
    like(content($path),
         qr{^link=/etc/nginx/modules-enabled/50-mod-http-invoke\.conf$}m,
         'of that link');
}

# nginx has "modules" below its prefix
symlink "$dir/usr/lib/nginx/modules", "$dir/modules" or die "symlink: $!\n";
mkdir "$dir/$_" for qw(fn logs);
write_file('fn/index.js', "module.exports = (req, res) => res.send('ok');\n");
write_file('nginx.conf', <<"END");
include $dir/usr/share/nginx/modules-available/mod-http-invoke.conf;
pid $dir/nginx.pid;
error_log stderr;
events {}
http {
    access_log off;
    invoke_package_cache $dir/cache;
    server {
        listen unix:$dir/socket;
        location / { invoke $dir/fn; }
    }
}
END

# where a libnode that no package has is
my $ask = '. "$0/util/lib/common.sh"; v8_env; echo "$V8_LIB"';
chomp(my $lib = `bash -c '$ask' $root`);
local $ENV{LD_LIBRARY_PATH} = $lib;

my $test = `/usr/sbin/nginx -t -e stderr -p $dir/ -c $dir/nginx.conf 2>&1`;
is($?, 0, 'nginx loads it') or diag($test);

done_testing();


sub content {
    my ($path) = @_;

    open my $in, '<', $path or die "$path: $!\n";
    local $/;

    return <$in>;
}


sub write_file {
    my ($path, $text) = @_;

    open my $out, '>', "$dir/$path" or die "$path: $!\n";
    print $out $text;
    close $out or die "$path: $!\n";
}
