# Tests of the pool and of isolates: an nginx of the test's own (TestServer),
# many requests at a time, the metrics, and what comes "some time soon".
#
#   use TestInvoke 'no_plan';
#   use TestEngine;
#
#   engine('some name',
#       http      => 'invoke_isolates 2;',
#       server    => 'location /slow { invoke ./fn/slow; }',
#       functions => { slow => $source, deep => { 'lib/a.js' => ... } });
#
#   my $answer = get('/slow');            # as TestServer's, with code and json
#   my @answers = together('/slow', '/slow', ['POST', '/slow', $body]);
#   my $posts = send_off('/slow');        # on its way; answers($posts) later
#   soon { metrics()->{isolatePool}{total} == 2 } 'two isolates';
#
#   engine_stop();                        # checks the log for [alert]
#
# A name is a group of tests: each engine() ends the one before it.

package TestEngine;

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use Test::More;
use TestServer;
use Time::HiRes qw(sleep time);

our @EXPORT = qw(engine engine_stop engine_conf get post together send_off
                 answers metrics pool soon at_rest log_lines one_line put
                 server fn_path worker_pids);

# how long what has to come may take, s
my $patience = $ENV{TEST_NGINX_LD_PRELOAD} ? 120 : 45;

my ($server, $name);


sub import {
    my $caller = caller;

    strict->import;
    warnings->import;

    no strict 'refs';
    *{ "${caller}::$_" } = \&$_ for @EXPORT;
}


sub server { $server }


# options: main, http, server, workers, functions

sub engine {
    my ($title, %given) = @_;

    engine_stop() if $server;

    $name = $title;
    $server = TestServer->new('engine');

    # another test may have taken the port since the last engine has stopped

    $server->{port} += 5
        while IO::Socket::INET->new("127.0.0.1:" . $server->port);

    my $functions = $given{functions} // {};

    for my $fn (sort keys %$functions) {
        my $files = $functions->{$fn};
        $files = { 'index.js' => $files } unless ref $files;

        put("$fn/$_", $files->{$_}) for sort keys %$files;
    }

    $server->start(engine_conf(%given));
}


sub engine_conf {
    my (%given) = @_;

    my ($main, $http, $locations) = map { $given{$_} // '' }
                                    qw(main http server);
    my $workers = $given{workers} // 1;
    my $port = $server->port;

    if ($http !~ /invoke_package_cache/) {
        $http = "invoke_package_cache packages;\n$http";
    }

    return <<"END";
load_module modules/ngx_invoke_module.so;
worker_processes  $workers;
error_log  logs/error.log  info;
pid        nginx.pid;
$main

events {
    worker_connections  1024;
}

http {
    access_log             off;
    client_body_temp_path  temp/body;
    proxy_temp_path        temp/proxy;
    fastcgi_temp_path      temp/fastcgi;
    uwsgi_temp_path        temp/uwsgi;
    scgi_temp_path         temp/scgi;
    $http

    server {
        listen  127.0.0.1:$port;

        location = /metrics { invoke_metrics json; }
        location = /static { return 200 static; }

        $locations
    }
}
END
}


# Writes a file of a function, by renaming, as a deployment would.

sub put {
    my ($path, $text) = @_;

    $server->write("fn/$path.new", $text);
    rename fn_path("$path.new"), fn_path($path) or die "$path: $!\n";
}


sub fn_path { $server->prefix . "/fn/$_[0]" }


sub engine_stop {
    return unless $server;

    is($server->stop, 0, "$name: nginx stops in peace");

    # the master tells of a worker that a test has killed

    is(join("\n", grep { !/exited on signal 9/ }
                   log_lines(qr/\[(alert|emerg)\]/)), '', "$name: no alarms");

    undef $server;
}


sub worker_pids { map { $_->{pid} } @{ metrics()->{workers} } }


# requests

sub get { (together($_[0]))[0] }

sub post { (together(['POST', @_]))[0] }

sub together { answers(send_off(@_)) }


# Each request is a path, or [method, path, body, headers].

sub send_off {
    return [map { begin(ref $_ ? @$_ : ('GET', $_)) } @_];
}


sub begin {
    my ($method, $path, $body, @headers) = @_;

    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                       PeerPort => $server->port,
                                       Timeout => 10)
        or return { bytes => "connect: $!" };

    push @headers, 'Content-Length: ' . length $body if defined $body;

    my $text = join "\r\n", "$method $path HTTP/1.1", 'Host: localhost',
                            'Connection: close', @headers, '', '';

    local $SIG{PIPE} = 'IGNORE';
    print $socket $text . ($body // '');

    return { path => $path, socket => $socket, bytes => '',
             began => time };
}


# The answers to what was sent, in its order.  One that does not come has no
# status.

sub answers {
    my ($requests) = @_;

    my $select = IO::Select->new;
    my $end = time + $patience;

    my %by = map { fileno $_->{socket} => $_ } grep { $_->{socket} }
             @$requests;

    $select->add($_->{socket}) for values %by;

    while ($select->count && time < $end) {
        for my $socket ($select->can_read(0.5)) {
            my $request = $by{fileno $socket};
            my $n = sysread $socket, $request->{bytes}, 65536,
                            length $request->{bytes};

            if (!$n) {
                $request->{took} = time - $request->{began};
                $request->{order} = ++$by{order};
                $select->remove($socket);
            }
        }
    }

    return map {
        my $answer = TestServer::answer($_->{bytes});
        my $json = $answer->{body} =~ /^[\[{]/
                   ? eval { decode_json($answer->{body}) } : undef;
        my $error = ref $json eq 'HASH' ? $json->{error} : undef;

        +{ %$answer, json => $json, path => $_->{path},
           took => $_->{took}, order => $_->{order},
           status => $answer->{status} // 'none',
           code => (ref $error eq 'HASH' ? $error->{code} : undef) // '-' }
    } @$requests;
}


sub metrics {
    my $answer = get('/metrics');

    return $answer->{json} // die "no metrics: $answer->{status}\n";
}


sub pool { metrics()->{isolatePool} }


# What has to become true.

sub soon (&$) {
    my ($true, $title) = @_;

    my $end = time + $patience;

    while (time < $end) {
        return pass("$name: $title") if $true->();
        sleep 0.1;
    }

    fail("$name: $title");
    diag(encode_json(metrics()));

    return;
}


# Nothing runs or waits, and each isolate is there to be used.

sub at_rest {
    my ($title) = @_;

    my $metrics;

    soon {
        $metrics = metrics();

        my $pool = $metrics->{isolatePool};

        $pool->{active} == 0 && $pool->{starting} == 0
            && $pool->{available} == $pool->{total}
            && $pool->{created} - $pool->{destroyed}
               == $pool->{total} + $pool->{parked}
            && $metrics->{queue}{waiting} == 0
            && $metrics->{invocations}{active} == 0
    } $title // 'the pool comes to rest';

    return $metrics;
}


sub log_lines {
    my ($pattern) = @_;

    return grep { /$pattern/ } split /\n/, $server->log;
}


# One line of the log, and no more, matches.

sub one_line {
    my ($pattern, $title) = @_;

    my @lines = log_lines($pattern);

    is(scalar @lines, 1, "$name: $title")
        or diag(join "\n", @lines, 'all errors:',
                     log_lines(qr/\[(error|crit|alert)\]/));
}


1;
