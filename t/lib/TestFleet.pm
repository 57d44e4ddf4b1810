# A fleet for a test file: a database with a role of its own, a bucket, a prefix
# of Redis, all on the services of util/stack, and servers that use them.
#
#   use Test::More;
#   use TestFleet;
#
#   my $fleet = TestFleet->new(proxies => ['postgres', 's3', 'redis']);
#
#   my $id = $fleet->deploy('module.exports = (req, res) => res.send("1");');
#   $fleet->deploy({ 'index.js' => ..., 'lib/a.js' => ... }, id => $id,
#                  env => { A => 1 }, key => 'secret', timeout => 5,
#                  memory => 64, set => { is_active => 'f' });
#   my @ids = $fleet->deploy_all([$source, key => 'a'], [$source], ...);
#
#   my $server = $fleet->server(workers => 2, http => '...', server => '...');
#   my $answer = $server->get("/invoke/$id/path?x=1");       as Http has it
#   my @answers = $server->together('/a', { path => '/b', method => 'POST',
#                                           body => '...' });
#   $server->log_lines(qr/.../); $server->metrics; $server->reload;
#   $server->kill_worker; $server->kill_all; $server->quit;
#
#   $fleet->sql('UPDATE ...');              prints of rows, parted by "|"
#   $fleet->proxy('postgres')->freeze;      see Proxy
#   soon { ... } 'what has to become true', 15;
#   slow();                                 by what seconds are to be multiplied
#   $fleet->finish;                         stops all, looks into the logs
#
# Other options of new: without => ['redis'], tls => 1.  Of server: ttl
# ('1m'), cache (a directory; each server has its own), max_size, log ('info'),
# main, postgres, s3, redis (lines in place of the usual ones, '' for none),
# stopped => 1.
#
# A deploy may have archive, the bytes of a package, with hash and path for what
# the database says of it; absent => 1, when there is to be no object; version,
# when it is not to be the next one; and active => 0, when the version is not to
# be activated.

package TestFleet;

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use Exporter qw(import);
use File::Basename qw(basename);
use File::Path qw(make_path remove_tree);
use IO::Compress::Gzip qw(gzip);
use IO::Socket::INET;
use IPC::Run qw(run);
use List::Util qw(min);
use Test::More ();
use Time::HiRes qw(sleep time);

use Http;
use Proxy;
use Server;
use TestS3 qw(s3 s3_put);
use TestStack qw(database psql root);

our @EXPORT = qw(soon uuid slow);

my $project = '00000000-0000-0000-0000-000000000000';
my $test = $$;
my $count = 0;
my $port;
my @fleets;


sub new {
    my ($class, %given) = @_;

    my $title = lc(basename($0, '.t') =~ s/\W+/_/gr) . ($count++ || '');
    my $role = "t_${title}_$$";
    my $self = bless { %given, role => $role, bucket => $role =~ tr/_/-/r,
                       prefix => "$role:", servers => [],
                       dir => root() . "/build/test/$title.$$" }, $class;

    $self->{database} = database($title);
    $self->{password} = "p'a\\ss-" . sha256_hex(rand() . $$);
    push @fleets, $self;

    my $schema = Server::read_file(root() . '/conf/schema.sql');
    my ($grants) = $schema =~ /^-- A role for the module.*?\n--\n(.*?)\n\n/ms;
    my $password = quote($self->{password});

    $grants =~ s/^--//mg;
    $grants =~ s/TO invoke;/TO $role;/g;

    $self->sql($schema);
    $self->sql("CREATE ROLE $role LOGIN PASSWORD $password;\n$grants");
    $self->sql("INSERT INTO projects (id, name)
                VALUES ('$project', 'Default Project')");

    my $made = s3('PUT', "/$self->{bucket}");
    die "no bucket: $made->{body}\n" if $made->{status} != 200;

    Server::write_file($self->secret('password'), "$self->{password}\n");
    Server::write_file($self->secret('key'), "$ENV{S3_SECRET_KEY}\n");

    for my $service (@{ $given{proxies} // [] }) {
        $self->{proxy}{$service} = Proxy->new($self->address($service));
    }

    return $self;
}


sub secret { "$_[0]{dir}.secrets/$_[1]" }
sub proxy { $_[0]{proxy}{ $_[1] } // die "no proxy of $_[1]\n" }


# Where a service is: host and port.

sub address {
    my ($self, $service) = @_;

    my $proxy = $self->{proxy}{$service};
    return ('127.0.0.1', $proxy->port) if $proxy;

    my $tls = $self->{tls} ? '_TLS' : '';
    my ($s3) = $ENV{"S3${tls}_URL"} =~ /(\d+)$/;

    return ('127.0.0.1', $service eq 'postgres' ? $ENV{PGPORT}
                         : $service eq 'redis' ? $ENV{"REDIS${tls}_PORT"}
                         : $s3);
}


# SQL, as postgres

sub sql {
    my ($self, $sql) = @_;

    utf8::encode($sql) if utf8::is_utf8($sql);

    my ($out, $err, $status) = psql($self->{database}, $sql);

    die "$err\n" if $status;
    chomp $out;

    return $out;
}


sub quote { defined $_[0] ? "'" . $_[0] =~ s/'/''/gr . "'" : 'NULL' }


# An id that no function has yet.

sub uuid {
    my @hex = map { sprintf '%04x', int rand 65536 } 1 .. 8;

    substr($hex[3], 0, 1) = '4';
    substr($hex[4], 0, 1) = (8, 9, 'a', 'b')[rand 4];

    return join '-', $hex[0] . $hex[1], @hex[2 .. 4], join '', @hex[5 .. 7];
}


# Packages

sub deploy { ($_[0]->deploy_all([@_[1 .. $#_]]))[0] }


sub deploy_all {
    my ($self, @functions) = @_;

    my ($sql, @ids, %objects) = ('');

    for (@functions) {
        my ($files, %given) = @$_;

        my $id = $given{id} //= uuid();
        my $bytes = $given{archive} // archive($files);
        my $digest = sha256_hex($bytes);

        $given{path} //= "packages/$id/$digest.tgz";
        $given{hash} //= $digest;
        $objects{"/$self->{bucket}/$given{path}"} = $bytes
            unless $given{absent};

        push @ids, $id;
        $sql .= entry($id, length $bytes, %given);
    }

    s3_put(%objects);
    $self->sql("BEGIN;\n${sql}COMMIT;\n");

    return @ids;
}


sub entry {
    my ($id, $size, %given) = @_;

    my ($path, $hash) = map { quote($given{$_}) } qw(path hash);
    my $in = quote($given{project} // $project);
    my $name = quote($given{name} // "of $$");
    my $version = $given{version}
                  // "(SELECT coalesce(max(version), 0) + 1
                       FROM function_versions WHERE function_id = '$id')";

    my $sql = "INSERT INTO functions (id, name, project_id)
               VALUES ('$id', $name, $in) ON CONFLICT DO NOTHING;
               INSERT INTO function_versions (function_id, version, file_size,
                                              package_path, package_hash)
               VALUES ('$id', $version, $size, $path, $hash);\n";

    my %set = map { $_ => quote($given{set}{$_}) } keys %{ $given{set} // {} };

    @set{qw(requires_api_key api_key)} = ('true', quote($given{key}))
        if defined $given{key};
    @set{qw(custom_timeout_enabled custom_timeout_seconds)}
        = ('true', $given{timeout}) if defined $given{timeout};
    @set{qw(custom_memory_enabled custom_memory_mb)}
        = ('true', $given{memory}) if defined $given{memory};
    $set{active_version_id} = "(SELECT id FROM function_versions
        WHERE function_id = '$id' ORDER BY version DESC LIMIT 1)"
        if $given{active} // 1;

    $sql .= 'UPDATE functions SET '
            . join(', ', map { "$_ = $set{$_}" } sort keys %set)
            . " WHERE id = '$id';\n" if %set;

    for my $variable (sort keys %{ $given{env} // {} }) {
        my ($quoted, $value) = map { quote($_) } $variable,
                               $given{env}{$variable};

        $sql .= "INSERT INTO function_environment_variables
                     (function_id, variable_name, variable_value)
                 VALUES ('$id', $quoted, $value)
                 ON CONFLICT (function_id, variable_name)
                 DO UPDATE SET variable_value = $value;\n";
    }

    return $sql;
}


# A .tgz of files (or of index.js alone, by its text): path => text.

sub archive {
    my ($files) = @_;

    $files = { 'index.js' => $files } unless ref $files;

    my $tar = '';

    for my $path (sort keys %$files) {
        my $bytes = $files->{$path};
        utf8::encode($bytes) if utf8::is_utf8($bytes);

        $tar .= member($path, length $bytes) . $bytes
                . "\0" x (-length($bytes) % 512);
    }

    $tar .= "\0" x 1024;
    gzip(\$tar, \my $gz, -Minimal => 1) or die "gzip failed\n";

    return $gz;
}


# The head of a member of a tar (ustar); a type and what a link leads to may be
# given.

sub member {
    my ($path, $size, $type, $target) = @_;

    my ($prefix, $name) = ('', $path);

    if (length $path > 100) {
        ($prefix, $name) = $path =~ m{^(.{1,155})/(.{1,100})$}
            or die "$path\n";
    }

    my $head = pack 'a100 a8 a8 a8 a12 a12 a8 a1 a100 a6 a2 a32 a32 a8 a8 a155'
                    . ' a12',
                    $name, "0000644\0", "0000000\0", "0000000\0",
                    sprintf('%011o', $size) . "\0", "00000000000\0", ' ' x 8,
                    $type // '0', $target // '', "ustar\0", '00', '', '', '',
                    '', $prefix, '';

    substr($head, 148, 8) = sprintf("%06o\0 ", unpack '%32C*', $head);

    return $head;
}


# Servers

sub server {
    my ($self, %given) = @_;

    my $number = @{ $self->{servers} };
    my $server = TestFleet::Server->new(
        dir => "$self->{dir}.$number", port => free_port(),
        modules => [$ENV{TEST_NGINX_LOAD_MODULES}
                    || root() . '/build/ngx_invoke_module.so'],
        workers => $given{workers} // 1, log => $given{log} // 'info',
        main => $given{main} // '');

    $server->{cache} = $given{cache} // "$server->{dir}.cache";
    $server->{http} = $self->directives($server->{cache}, %given);
    $server->{server} = <<'END' . ($given{server} // '');
location ~ ^/invoke/(?<fn>[^/]+)(?<rest>/.*)?$ {
    invoke $fn;
    invoke_path $rest;
}
location = /metrics { invoke_metrics json; }
location = /health { invoke_health; }
location = /static { return 200 static; }
END

    # where util/test looks for what is left over
    symlink '../nginx.pid', "$server->{dir}/logs/nginx.pid";

    push @{ $self->{servers} }, $server;
    $server->configure;
    $server->start unless $given{stopped};

    return $server;
}


# What makes a server one of the fleet.

sub directives {
    my ($self, $cache, %given) = @_;

    my %without = map { $_ => 1 } @{ $self->{without} // [] };
    my ($tls, $ca) = ($self->{tls}, $ENV{TLS_CA});
    my ($password, $key) = map { $self->secret($_) } qw(password key);
    my %at = map { $_ => [$self->address($_)] } qw(postgres s3 redis);
    my $size = $given{max_size} // '1g';

    my $ssl = $tls ? "sslmode=verify-full sslrootcert=$ca" : 'sslmode=disable';
    my $host = $tls ? "host=localhost hostaddr=$at{postgres}[0]"
                    : "host=$at{postgres}[0]";
    my $origin = ($tls ? 'https://localhost' : "http://$at{s3}[0]")
                 . ":$at{s3}[1]";

    my %lines = (
        postgres => "invoke_postgres \"$host port=$at{postgres}[1] "
                    . "dbname=$self->{database} user=$self->{role} "
                    . "password=file:$password $ssl\";\n",
        s3 => "invoke_s3 $origin bucket=$self->{bucket} region=us-east-1 "
              . "access_key=$ENV{S3_ACCESS_KEY} secret_key=file:$key"
              . ($tls ? " ca=$ca" : '') . ";\n",
        redis => "invoke_redis $at{redis}[0]:$at{redis}[1] "
                 . "prefix=$self->{prefix}" . ($tls ? ' tls=on' : '') . ";\n",
    );

    return join '', (map { $given{$_} // $lines{$_} }
                     grep { !$without{$_} } sort keys %lines),
                    "invoke_package_cache $cache max_size=$size;\n",
                    'invoke_metadata_ttl ' . ($given{ttl} // '1m') . ";\n",
                    $given{http} // '';
}


sub free_port {
    $port //= 10000 + ($$ * 10) % 20000;

    while (++$port) {
        return $port if IO::Socket::INET->new(LocalAddr => '127.0.0.1',
                                              LocalPort => $port, Listen => 1);
    }
}


# Requests for objects of this fleet that S3 has had: lines "GET path status".

sub s3_requests {
    my ($self, $pattern) = @_;

    return grep { m{^\w+ /$self->{bucket}/} && $_ =~ ($pattern // qr/./) }
           split /\n/, Server::read_file(root() . '/build/stack/s3.log');
}


# Load on servers (all): see Http; paths are for each of them.

sub load {
    my ($self, $paths, %given) = @_;

    my $servers = delete $given{servers} // $self->{servers};
    my @requests;

    for my $server (@$servers) {
        push @requests, map { { port => $server->{port}, path => $_ } }
                        @$paths;
    }

    return Http::load(connections => 16, within => 10, pause => 0.02,
                      %given, requests => \@requests);
}


# A run under a sanitizer takes its time, and so does a busy machine.

sub slow {
    my ($load) = Server::read_file('/proc/loadavg') =~ /^([\d.]+)/;

    return ($ENV{TEST_INVOKE_ASAN} ? 5 : 1) + min(4, int($load / 4));
}


# What has to become true.

sub soon (&$;$) {
    my ($true, $title, $within) = @_;

    my $end = time + ($within // 15) * slow();

    while (time < $end) {
        return Test::More::pass($title) if $true->();
        sleep 0.05;
    }

    return Test::More::fail($title);
}


# Stops what runs, and looks for what no log may have.

sub finish {
    my ($self) = @_;

    my @servers = @{ $self->{servers} };
    my $killed = join '|', 0, map { keys %{ $_->{killed} // {} } } @servers;
    my (@alarms, @told);

    for my $server (@servers) {
        Test::More::is($server->quit, 0, 'a server ends in peace')
            if $server->{pid};

        for my $log (glob "$server->{dir}/logs/*.log*") {
            my $text = Server::read_file($log);

            push @alarms, grep { !/ ($killed) exited on signal 9/ }
                          $text =~ /^.*\[(?:alert|emerg)\].*$/mg;
            push @told, $log if grep { index($text, $_) >= 0 }
                                $self->{password}, $ENV{S3_SECRET_KEY};
        }
    }

    Test::More::is(join("\n", @alarms), '', 'no alarms');
    Test::More::is("@told", '', 'no log has a secret');
}


sub clear {
    my ($self, $failed) = @_;

    Server::stop($_) for @{ $self->{servers} };
    delete $self->{proxy};

    psql('postgres', "DROP DATABASE IF EXISTS $self->{database} WITH (FORCE)");
    psql('postgres', "DROP ROLE IF EXISTS $self->{role}");
    remove_tree(root() . "/build/stack/s3/data/$self->{bucket}",
                "$self->{dir}.secrets");

    my $cli = root() . '/build/deps/stack/usr/bin/redis-cli -p '
              . $ENV{REDIS_PORT};
    my @keys = split /\n/, `$cli --scan --pattern '$self->{prefix}*'`;

    while (my @some = splice @keys, 0, 100) {
        run([split(' ', $cli), 'unlink', @some], \'', \my $out);
    }

    # those of a test that failed stay for whoever looks for the cause
    if (!$failed && Test::More->builder->is_passing) {
        remove_tree(map { @$_{qw(dir cache)} } @{ $self->{servers} });

    } else {
        Test::More::diag("the logs are in $self->{dir}.*");
    }
}


END {
    my $failed = $?;

    local ($?, $!, $@);

    if ($$ == $test) {
        $_->clear($failed) for @fleets;
    }
}


package TestFleet::Server;

our @ISA = ('Server');

use Time::HiRes qw(sleep time);


sub port { $_[0]{port} }
sub cache { $_[0]{cache} }


# What was logged before it was started again is kept.

sub start {
    my ($self) = @_;

    my $log = "$self->{dir}/logs/error.log";

    rename $log, "$log." . ++$self->{starts} if -s $log;

    return $self->SUPER::start;
}


# A request is a path, or what Http takes.

sub together {
    my ($self, @requests) = @_;

    return Http::requests(map {
        +{ port => $self->{port}, ref $_ ? %$_ : (path => $_) }
    } @requests);
}


sub get {
    my ($self, $path, @headers) = @_;

    return ($self->together({ path => $path, headers => \@headers }))[0];
}


sub metrics {
    my ($self) = @_;

    my $answer = $self->get('/metrics');

    return $answer->{json} // die "no metrics: $answer->{status}\n";
}


# With what is in the fields now; returns when new workers serve alone.

sub reload {
    my ($self) = @_;

    my %old = map { $_ => 1 } $self->workers;

    $self->configure;
    kill 'HUP', $self->{pid};

    $self->until(sub { !grep { $old{$_} } @_ });
}


# Kills a worker, at once, and returns its pid when there is another.

sub kill_worker {
    my ($self, $number) = @_;

    my $pid = ($self->workers)[$number // 0];

    $self->{killed}{$pid} = 1;
    kill 'KILL', $pid;

    $self->until(sub { !grep { $_ == $pid } @_ });

    return $pid;
}


sub until {
    my ($self, $true) = @_;

    for (1 .. 600) {
        my @workers = $self->workers;

        return if @workers == $self->{workers} && $true->(@workers);
        sleep 0.05;
    }

    die "no new workers\n";
}


# Kills master and workers, as when a machine loses its power.

sub kill_all {
    my ($self) = @_;

    my $pid = delete $self->{pid} or return;
    my @pids = ($pid, Server::children($pid));

    @{ $self->{killed} }{@pids} = @pids;
    kill 'KILL', @pids;
    waitpid $pid, 0;

    # a thread that waits for a disk holds the sockets for longer

    for (1 .. 200) {
        return unless grep({ Server::alive($_) } @pids)
                      || IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                               PeerPort => $self->{port});
        sleep 0.05;
    }
}


# The fleet clears up, when it knows whether the tests have passed.

sub DESTROY { }


1;
