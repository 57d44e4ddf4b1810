# What tests, util/bench, util/dev/soak and util/dev/storm share: an nginx of the system,
# with a prefix of its own, and what the kernel tells about its processes.

package Server;

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path remove_tree);
use IO::Socket::INET;
use POSIX qw(:sys_wait_h sysconf _SC_CLK_TCK _SC_PAGESIZE);
use Time::HiRes qw(sleep time);

our $Root = abs_path(dirname(__FILE__) . '/../..');

my $ticks = sysconf(_SC_CLK_TCK);
my $page = sysconf(_SC_PAGESIZE);


# Makes a server that does not run yet.  Takes
#   dir      its prefix, which is emptied
#   port     on 127.0.0.1
#   modules  paths of dynamic modules
#   main, http, server   lines of configuration for these contexts
#   workers  their number (1)
#   text     in place of all that, the whole configuration
#   daemon   whether it detaches, as an upgrade of the binary demands

sub new {
    my ($class, %self) = @_;

    my $self = bless { workers => 1, modules => [], main => '', http => '',
                       server => '', log => 'error', owner => $$, %self },
                     $class;

    remove_tree(map { "$self->{dir}/$_" } qw(logs temp invoke_packages));
    make_path("$self->{dir}/logs", "$self->{dir}/temp");
    $self->configure;

    return $self;
}


sub configure {
    my ($self) = @_;

    my $dir = $self->{dir};

    if (defined $self->{text}) {
        write_file("$dir/nginx.conf", $self->{text});
        return;
    }

    my $modules = join '', map { "load_module $_;\n" } @{ $self->{modules} };

    # what functions leave on disk is this server's, unless it says otherwise
    my $cache = '';

    if ("$self->{http}$self->{server}" =~ /\binvoke/
        && $self->{http} !~ /invoke_package_cache/)
    {
        $cache = "invoke_package_cache  $dir/invoke_packages;\n";
    }

    write_file("$dir/nginx.conf", <<"END");
$modules
worker_processes  $self->{workers};
pid               $dir/nginx.pid;
error_log         $dir/logs/error.log  $self->{log};
$self->{main}

events {
    worker_connections  4096;
}

http {
    access_log             off;
    keepalive_requests     1000000000;
    client_max_body_size   16m;
    client_body_temp_path  $dir/temp/body;
    proxy_temp_path        $dir/temp/proxy;
    fastcgi_temp_path      $dir/temp/fastcgi;
    uwsgi_temp_path        $dir/temp/uwsgi;
    scgi_temp_path         $dir/temp/scgi;
$cache$self->{http}

    server {
        listen  127.0.0.1:$self->{port} backlog=4096;
$self->{server}
    }
}
END
}


# Workers of an nginx that root starts run as the checkout's owner, who can
# read it wherever it is.

sub user {
    return '' if $> != 0;

    my ($uid, $gid) = (stat $Root)[4, 5];
    my ($name, $group) = (scalar getpwuid($uid), scalar getgrgid($gid));

    return 'user ' . ($name // 'root') . ' ' . ($group // 'root') . ';';
}


# Starts it and returns when its workers serve.

sub start {
    my ($self) = @_;

    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                       PeerPort => $self->{port});
    die "port $self->{port} is taken\n" if $socket;

    # what was logged before tells nothing of this run
    truncate "$self->{dir}/logs/error.log", 0 unless defined $self->{text};

    my $nginx = $ENV{TEST_NGINX_BINARY} || '/usr/sbin/nginx';

    $self->{pid} = fork // die "fork: $!\n";

    if ($self->{pid} == 0) {
        open STDOUT, '>>', "$self->{dir}/logs/stdout.log";
        open STDERR, '>>', "$self->{dir}/logs/stderr.log";
        setpgrp;
        { exec $nginx, '-p', "$self->{dir}/", '-c', "$self->{dir}/nginx.conf",
             '-g', 'daemon ' . ($self->{daemon} ? 'on' : 'off') . '; '
                   . user() };
        POSIX::_exit(127);
    }

    if ($self->{daemon}) {
        waitpid $self->{pid}, 0;
        sleep 0.1;
        ($self->{pid}) = read_file("$self->{dir}/nginx.pid") =~ /(\d+)/;
    }

    for (1 .. 600) {
        if (!$self->{pid} || $self->over) {
            delete $self->{pid};
            die "nginx did not start: " . read_file(
                "$self->{dir}/logs/stderr.log") . "\n";
        }

        # the socket listens before the workers run
        return if (defined $self->{text} || $self->workers == $self->{workers})
                  && IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                           PeerPort => $self->{port});
        sleep 0.05;
    }

    $self->stop;
    die "nginx does not listen on port $self->{port}\n";
}


# Whether the master has ended.

sub over {
    my ($self, $pid) = @_;

    $pid //= $self->{pid};
    waitpid $pid, WNOHANG;

    return !alive($pid);
}


# Another master has taken over.

sub adopt {
    my ($self, $pid) = @_;

    $self->{pid} = $pid;
}


sub stop {
    my ($self) = @_;

    my $pid = delete $self->{pid} or return;
    my @workers = children($pid);

    kill 'TERM', $pid;

    for (1 .. 100) {
        return if over($self, $pid);
        sleep 0.05;
    }

    kill 'KILL', $pid, grep { alive($_) } @workers;
    waitpid $pid, 0;
}


# Lets it end, within some seconds; returns its exit status.

sub quit {
    my ($self, $signal, $within) = @_;

    my $pid = $self->{pid} or return 0;

    kill $signal // 'QUIT', $pid;

    for (1 .. ($within // 40) * 20) {
        if (waitpid($pid, WNOHANG) == $pid) {
            delete $self->{pid};
            return $?;
        }

        sleep 0.05;
    }

    $self->stop;

    return 'it had to be killed';
}


# The pids of its worker processes, new ones last; those that are about to exit
# do not count.

sub workers {
    my ($self) = @_;

    return grep {
        my $command = read_file("/proc/$_/cmdline");
        $command =~ /worker process/ && $command !~ /shutting down/;
    } children($self->{pid});
}


sub log {
    my ($self) = @_;

    return read_file("$self->{dir}/logs/error.log");
}


sub log_lines {
    my ($self, $pattern) = @_;

    return grep { /$pattern/ } split /\n/, $self->log;
}


sub DESTROY {
    my ($self) = @_;

    local ($?, $!);
    $self->stop if $self->{owner} == $$;
}


# processes

sub children {
    my ($pid) = @_;

    my %seen = map { $_ => 1 } map {
        split ' ', read_file($_);
    } glob "/proc/$pid/task/*/children";

    my @pids = sort { $a <=> $b } keys %seen;

    return @pids;
}


sub alive {
    my ($pid) = @_;

    return read_file("/proc/$pid/stat") =~ /\) [^ZX]/;
}


# seconds of CPU time that a process has used, with its threads

sub cpu {
    my ($pid) = @_;

    my ($rest) = read_file("/proc/$pid/stat") =~ /\) (.*)/ or return 0;
    my @fields = split ' ', $rest;

    return ($fields[11] + $fields[12]) / $ticks;
}


# its resident bytes, descriptors and threads

sub usage {
    my ($pid) = @_;

    my (undef, $resident) = split ' ', read_file("/proc/$pid/statm") || '0 0';
    my @fds = glob "/proc/$pid/fd/*";
    my @threads = glob "/proc/$pid/task/*";

    return { rss => $resident * $page, fds => scalar @fds,
             threads => scalar @threads };
}


# its most resident bytes ever, or since reset_peak()

sub peak {
    my ($pid) = @_;

    return read_file("/proc/$pid/status") =~ /^VmHWM:\s+(\d+)/m ? $1 * 1024 : 0;
}


sub reset_peak {
    my ($pid) = @_;

    open my $file, '>', "/proc/$pid/clear_refs" or return;
    syswrite $file, 5;
}


# files

sub read_file {
    my ($path) = @_;

    open my $file, '<', $path or return '';
    local $/;

    return <$file> // '';
}


sub write_file {
    my ($path, $text) = @_;

    make_path(dirname($path));
    open my $file, '>', $path or die "$path: $!\n";
    print $file $text;
    close $file or die "$path: $!\n";
}


1;
