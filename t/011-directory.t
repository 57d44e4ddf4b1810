# Package directories that change while nginx serves them.

use strict;
use warnings;

use TestInvoke 'no_plan';
use TestServer;

use POSIX qw(mkfifo);
use Time::HiRes qw(time sleep);

my $server = TestServer->new('directory');
my $prefix = $server->prefix;

package_of('a', '1');
package_of('once', '1');
package_of('each', '1');
package_of('later/v1', 'v1');
package_of('later/v2', 'v2');
symlink 'v1', "$prefix/fn/later/current" or die "symlink: $!\n";

$server->start(<<"END");
load_module modules/ngx_invoke_module.so;
worker_processes 1;
error_log logs/error.log info;
pid nginx.pid;

events {}

http {
    access_log  off;

    client_body_temp_path  temp/body;
    proxy_temp_path        temp/proxy;
    fastcgi_temp_path      temp/fastcgi;
    uwsgi_temp_path        temp/uwsgi;
    scgi_temp_path         temp/scgi;
    invoke_package_cache   temp/invoke;

    keepalive_requests  100000;

    server {
        listen  127.0.0.1:@{[ $server->port ]};

        add_header  x-version  \$invoke_version;

        location = /once {
            invoke  ./fn/once;
            invoke_directory_check  off;
        }

        location = /each {
            invoke  ./fn/each;
            invoke_directory_check  0;
        }

        location = /current {
            invoke  ./fn/later/current;
            invoke_directory_check  0;
        }

        location ~ ^/any/(?<name>.+) {
            invoke  ./fn/\$name;
            invoke_directory_check  200ms;
        }

        location ~ ^/(?<name>\\w+) {
            invoke  ./fn/\$name;
        }
    }
}
END


# what is loaded is what is looked at

is(get('/a'), 'index 1, lib 1, json 1', 'a package');

my $first = version('/a');

like($first, qr/^[0-9a-f]{64}$/, 'it has a version');
is(version('/a'), $first, 'which stays');

$server->write('fn/a/unused.js', 'nothing');
sleep 1.1;
is(version('/a'), $first, 'also when a file comes that it does not load');

$server->write('fn/a/lib/x.js', "module.exports = 'lib 2';\n");
ok(eventually('/a', qr/^index 1, lib 2, json 1$/, 2), 'a module changes');

my $second = version('/a');

isnt($second, $first, 'that makes another version');

$server->write('fn/a/data.json', '"json 2"');
ok(eventually('/a', qr/^index 1, lib 2, json 2$/, 2), 'JSON changes');
sleep 1.1;
isnt(version('/a'), $second, 'that makes yet another version');

package_of('a', '3');
ok(eventually('/a', qr/^index 3, lib 3, json 3$/, 2), 'all of it changes');

$server->write('fn/a/package.json', '{ "name": "a" }');
$second = version('/a');
sleep 1.2;
get('/a');
isnt(version('/a'), $second, 'a package.json that comes makes another');

$server->write('fn/a/lib/x.js', "module.exports = 'lib 4;\n");
ok(eventually('/a', qr/SyntaxError/, 2), 'a module breaks');
$server->write('fn/a/lib/x.js', "module.exports = 'lib 5';\n");
ok(eventually('/a', qr/lib 5/, 2), 'and is mended');


# how often it is looked at

like(get('/once'), qr/^index 1, lib 1,/, 'a package looked at once');
package_of('once', '2');
sleep 1.2;
like(get('/once'), qr/^index 1, lib 1,/, 'stays as it is');

is(get('/each'), 'index 1, lib 1, json 1', 'one looked at by each request');

for my $i (2 .. 6) {
    package_of('each', $i);
    is(get('/each'), "index $i, lib $i, json $i", "is always new: $i");
}


# comes and goes

is(status('/new'), 404, 'a directory that is not there');
package_of('new', '1');
ok(eventually('/new', qr/index 1/, 2), 'comes');

rename "$prefix/fn/new", "$prefix/fn/gone" or die "rename: $!\n";
ok(eventually('/new', qr/not found/, 2), 'goes');

rename "$prefix/fn/gone", "$prefix/fn/new" or die "rename: $!\n";
ok(eventually('/new', qr/index 1/, 2), 'and comes again');

unlink "$prefix/fn/new/index.js" or die "unlink: $!\n";
ok(eventually('/new', qr/not found/, 2), 'its index.js goes');

mkfifo "$prefix/fn/new/index.js", 0600 or die "mkfifo: $!\n";
sleep 1.1;
is(status('/new'), 404, 'and is a FIFO now');
like($server->log, qr/open\(\) of "index\.js" failed \(13: /,
     'which nobody waits for');

is(status('/once_off'), 404, 'another that is not there');


# deployed by a symbolic link

is(get('/current'), 'index v1, lib v1, json v1', 'a link to a package');

for my $to (qw(v2 v1 v2)) {
    symlink $to, "$prefix/fn/later/next" or die "symlink: $!\n";
    rename "$prefix/fn/later/next", "$prefix/fn/later/current"
        or die "rename: $!\n";

    is(get('/current'), "index $to, lib $to, json $to", "leads to $to now");
}

# back to a package whose module has changed while it was not served: the
# files that it is known by are as before

symlink 'v1', "$prefix/fn/later/next" or die "symlink: $!\n";
$server->write('fn/later/v1/lib/x.js', "module.exports = 'lib new';\n");
rename "$prefix/fn/later/next", "$prefix/fn/later/current"
    or die "rename: $!\n";

is(get('/current'), 'index v1, lib new, json v1', 'no old code is served');


# under load

{
    my $pid = fork // die "fork: $!\n";

    if ($pid == 0) {
        for my $i (1 .. 30) {
            package_of('each', $i);
            sleep 0.03;
        }

        POSIX::_exit(0);
    }

    my (%seen, @bad);
    my $end = time + 1.5;

    while (time < $end) {
        my $body = get('/each');

        push @bad, $body if $body !~ /^index \d+, lib \d+, json \d+$/;
        $seen{$body}++;
    }

    waitpid $pid, 0;

    is_deeply(\@bad, [], 'requests while a package changes are all served');
    cmp_ok(keys %seen, '>', 5, 'with what was there');
    is(get('/each'), 'index 30, lib 30, json 30', 'in the end the last');
}


# more directories than are remembered

{
    my ($worker) = `pgrep -P $server->{pid}` =~ /^(\d+)/m;

    requests(map { "/any/none-$_" . 'x' x 2000 } 1 .. 1500);

    my $before = memory($worker);

    requests(map { "/any/more-$_" . 'x' x 2000 } 1 .. 4000);

    # AddressSanitizer keeps what is freed
    cmp_ok(memory($worker) - $before, '<',
           $ENV{TEST_INVOKE_ASAN} ? 256 << 20 : 4 << 20,
           'directories that are not there are forgotten');

    is(get('/a'), 'index 3, lib 5, json 3',
       'one that was forgotten is served again');
}

is($server->stop, 0, 'nginx stops');
unlike($server->log, qr/\[(alert|emerg|crit)\]/, 'without complaints');


sub package_of {
    my ($name, $version) = @_;

    # whole files, as who deploys should do it
    my $put = sub {
        my ($path, $text) = @_;

        $server->write("fn/$name/$path.new", $text);
        rename "$prefix/fn/$name/$path.new", "$prefix/fn/$name/$path"
            or die "rename: $!\n";
    };

    $put->('lib/x.js', "module.exports = 'lib $version';\n");
    $put->('data.json', "\"json $version\"");
    $put->('index.js', <<"END");
const lib = require('./lib/x');
const json = require('./data');
module.exports = (req, res) => res.send(`index $version, \${lib}, \${json}`);
END
}


sub get { $server->request('GET', @_)->{body} }
sub status { $server->request('GET', @_)->{status} }
sub version { $server->request('GET', @_)->{headers}{'x-version'} }


sub eventually {
    my ($path, $pattern, $time) = @_;

    my $end = time + $time;

    while (time < $end) {
        return 1 if get($path) =~ $pattern;
        sleep 0.05;
    }

    return 0;
}


# many on one connection

sub requests {
    my $socket = IO::Socket::INET->new('127.0.0.1:' . $server->port)
        or die "connect: $!\n";

    for my $path (@_) {
        print $socket "HEAD $path HTTP/1.1\r\nHost: x\r\n\r\n";
        $socket->flush;

        my $bytes = '';

        until ($bytes =~ /\r\n\r\n/) {
            sysread $socket, $bytes, 4096, length $bytes or die "closed\n";
        }
    }
}


sub memory {
    my ($pid) = @_;

    open my $file, '<', "/proc/$pid/status" or return 0;

    my ($kb) = join('', <$file>) =~ /^VmRSS:\s+(\d+) kB/m;

    return 1024 * $kb;
}
