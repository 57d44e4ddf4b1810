# An nginx of a test's own, for tests that are no blocks of Test::Nginx: with
# a prefix and ports of this test's, and whatever configuration it is given.
#
#   use TestInvoke 'no_plan';
#   use TestServer;
#
#   my $server = TestServer->new('name');     # its directory: $server->prefix
#   $server->start($conf);                    # listens on $server->port
#   my $answer = $server->request('GET', '/path', [header => 'value'], $body);
#   is($answer->{status}, 200);               # {headers} and {body}, too
#   $server->stop;                            # its exit status

package TestServer;

use strict;
use warnings;

use IO::Socket::INET;

my @running;


sub new {
    my ($class, $name) = @_;

    my $self = {
        prefix => "$ENV{TEST_NGINX_SERVROOT}.$name",
        port => $ENV{TEST_NGINX_PORT_1},
    };

    File::Path::remove_tree($self->{prefix});

    system('bash', '-c', '. "$0/util/common.sh" && make_prefix "$1" "$2"',
           $ENV{TEST_NGINX_ROOT}, $self->{prefix},
           $ENV{TEST_NGINX_LOAD_MODULES}) == 0
        or die "make_prefix failed\n";

    # where util/test looks for what is left over
    symlink '../nginx.pid', "$self->{prefix}/logs/nginx.pid";

    return bless $self, $class;
}


sub prefix { $_[0]{prefix} }
sub port { $_[0]{port} }


sub write {
    my ($self, $path, $bytes) = @_;

    my $file = "$self->{prefix}/$path";

    File::Path::make_path($file =~ s{/[^/]*$}{}r);

    open my $out, '>:raw', $file or die "$file: $!\n";
    print $out $bytes;
    close $out or die "$file: $!\n";
}


sub start {
    my ($self, $conf) = @_;

    $self->write('nginx.conf', $conf);

    my $root = $ENV{TEST_NGINX_ROOT};
    my $user = `bash -c '. "\$0/util/common.sh" && user_option' $root`;

    defined(my $pid = fork) or die "fork: $!\n";

    if ($pid == 0) {
        exec $ENV{TEST_NGINX_BINARY}, '-p', "$self->{prefix}/",
             '-c', 'nginx.conf', '-g', "daemon off; $user"
            or die "nginx: $!\n";
    }

    $self->{pid} = $pid;
    push @running, $self;

    for (1 .. 300) {
        return if IO::Socket::INET->new("127.0.0.1:$self->{port}");
        select undef, undef, undef, 0.1;
    }

    die "nginx does not listen\n";
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


sub log {
    my ($self) = @_;

    open my $file, '<:raw', "$self->{prefix}/logs/error.log"
        or die "error.log: $!\n";
    local $/;

    return <$file> // '';
}


sub stop {
    my ($self) = @_;

    kill QUIT => $self->{pid};
    waitpid $self->{pid}, 0;
    @running = grep { $_ != $self } @running;

    return $?;
}


END {
    local $?;

    for my $self (@running) {
        kill KILL => map { /^(\d+)$/ } `pgrep -P $self->{pid}`;
        kill KILL => $self->{pid};
        waitpid $self->{pid}, 0;
    }

    # those of a test that failed stay for whoever looks for the cause

    if (Test::More->builder->is_passing) {
        File::Path::remove_tree(glob "$ENV{TEST_NGINX_SERVROOT}.*");
    }
}

1;
