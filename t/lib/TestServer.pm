# An nginx of a test's own, for tests that are no blocks of Test::Nginx: with
# a prefix and ports of this test's, and whatever configuration it is given
# (see Server, whose log() and workers() it has, too).
#
#   use TestInvoke 'no_plan';
#   use TestServer;
#
#   my $server = TestServer->new('name');     # its directory: $server->prefix
#   my $other = TestServer->new('other', $ENV{TEST_NGINX_PORT_2});
#   $server->start($conf);                    # listens on $server->port
#   $server->serve($http);                    # the same, of the http block
#   my $answer = $server->request('GET', '/path', [header => 'value'], $body);
#   is($answer->{status}, 200);               # {headers} and {body}, too
#   $server->stop;                            # its exit status

package TestServer;

use strict;
use warnings;

use IO::Socket::INET;
use Server;

our @ISA = ('Server');

my @servers;


sub new {
    my ($class, $name, $port) = @_;

    my $prefix = "$ENV{TEST_NGINX_SERVROOT}.$name";

    File::Path::remove_tree($prefix);

    my $self = $class->SUPER::new(dir => $prefix, text => '',
                                  port => $port // $ENV{TEST_NGINX_PORT_1});

    system('bash', '-c', '. "$0/util/lib/common.sh" && make_prefix "$1" "$2"',
           $Server::Root, $prefix, $ENV{TEST_NGINX_LOAD_MODULES}) == 0
        or die "make_prefix failed\n";

    # where util/test looks for what is left over
    symlink '../nginx.pid', "$prefix/logs/nginx.pid";

    push @servers, $self;

    return $self;
}


sub prefix { $_[0]{dir} }
sub port { $_[0]{port} }


sub write {
    my ($self, $path, $bytes) = @_;

    Server::write_file("$self->{dir}/$path", $bytes);
}


sub start {
    my ($self, $conf) = @_;

    # what functions leave on disk is this server's, unless it says otherwise
    if ($conf =~ /\binvoke/ && $conf !~ /invoke_package_cache/) {
        $conf =~ s/^http \{/http { invoke_package_cache temp\/invoke;/m;
    }

    $self->{text} = $conf;
    $self->configure;

    return $self->SUPER::start;
}


# Starts one worker with that in its http block.

sub serve {
    my ($self, $http) = @_;

    return $self->start(<<"END");
load_module modules/ngx_invoke_module.so;
pid nginx.pid;
error_log logs/error.log info;
worker_processes 1;
events {}
http {
    client_body_temp_path temp/body;
    proxy_temp_path temp/proxy;
    fastcgi_temp_path temp/fastcgi;
    uwsgi_temp_path temp/uwsgi;
    scgi_temp_path temp/scgi;
    $http
}
END
}


# Returns { status, headers => { name => value }, body }; headers that came
# several times are joined with line feeds.  Nothing in $answer->{status}
# means that there was no answer in time.

sub request {
    my ($self, $method, $path, $headers, $body, $timeout) = @_;

    my $head = "$method $path HTTP/1.1\r\n";
    my @headers = (Host => 'localhost', @{ $headers // [] },
                   Connection => 'close');

    push @headers, 'Content-Length' => length $body if defined $body;

    while (my ($name, $value) = splice @headers, 0, 2) {
        $head .= "$name: $value\r\n";
    }

    my $socket = IO::Socket::INET->new("127.0.0.1:$self->{port}")
        or die "connect: $!\n";

    print $socket "$head\r\n" . ($body // '');

    my $bytes = '';

    local $SIG{ALRM} = sub { die "timeout\n" };
    alarm($timeout // 30);

    eval {
        1 while sysread $socket, $bytes, 65536, length $bytes;
    };

    alarm(0);

    return answer($bytes);
}


sub answer {
    my ($bytes) = @_;

    my ($head, $body) = split /\r\n\r\n/, $bytes, 2;
    my ($line, @lines) = split /\r\n/, $head // '';
    my ($status) = ($line // '') =~ m{^HTTP/1\.1 (\d+)};

    my %headers;

    for (@lines) {
        my ($name, $value) = /^([^:]+): *(.*)$/s or next;

        $name = lc $name;
        $headers{$name} = exists $headers{$name}
                          ? "$headers{$name}\n$value" : $value;
    }

    $body //= '';

    if (($headers{'transfer-encoding'} // '') eq 'chunked') {
        my $chunks = '';

        while ($body =~ /\G(?:\r\n)?([0-9a-f]+)\r\n/gci) {
            my $at = pos $body;

            $chunks .= substr $body, $at, hex $1;
            last if $at + hex $1 > length $body;
            pos($body) = $at + hex $1;
        }

        $body = $chunks;
    }

    return { status => $status, headers => \%headers, body => $body };
}


sub stop { $_[0]->quit }


END {
    local $?;

    for my $self (grep { $_->{owner} == $$ } @servers) {
        $self->SUPER::stop;
    }

    # those of a test that failed stay for whoever looks for the cause

    if (Test::More->builder->is_passing) {
        File::Path::remove_tree(glob "$ENV{TEST_NGINX_SERVROOT}.*");
    }
}

1;
