# Certificates, made by the openssl command for each test that uses this, and
# its server with them.
#
#   my $tls = TestTLS->new;
#   my $port = $tls->server('leaf', '-tls1_2');     what a client sends comes
#                                                   back a line reversed; with
#                                                   -www it answers HTTP
#   $tls->file('ca.pem');
#
# There are ca, a root; leaf, a certificate of it for leaf.example.com,
# localhost and 127.0.0.1; client, one for a client; and by make() others.

package TestTLS;

use strict;
use warnings;

use File::Temp qw(tempdir);
use IO::Socket::INET;

sub new {
    my ($class) = @_;

    my $self = bless { dir => tempdir(CLEANUP => 1), children => [],
                       owner => $$ }, $class;

    $self->make('ca', subject => '/CN=Test root',
                extensions => 'basicConstraints = critical,CA:true');
    $self->make('leaf', subject => '/CN=leaf.example.com', issuer => 'ca',
                extensions => 'subjectAltName = DNS:leaf.example.com, '
                              . 'DNS:localhost, IP:127.0.0.1');
    $self->make('client', subject => '/CN=client', issuer => 'ca');

    return $self;
}

sub file {
    my ($self, $name) = @_;
    return "$self->{dir}/$name";
}

sub _openssl {
    my ($self, @args) = @_;

    system("cd $self->{dir} && openssl @args >> openssl.log 2>&1") == 0
        or die "openssl @args: $self->{dir}/openssl.log\n"
               . `cat $self->{dir}/openssl.log`;
}

# name.key and name.pem: subject, issuer (else it is its own), extensions, key
# (options of genpkey), dates (two, of the issuer's), digest (of its signature)
sub make {
    my ($self, $name, %of) = @_;

    my $key = $of{key} // '-algorithm EC -pkeyopt ec_paramgen_curve:P-256';

    open my $f, '>', $self->file("$name.cnf") or die "$name.cnf: $!\n";
    print $f "[v3]\n", $of{extensions} // 'basicConstraints = CA:false', "\n";
    close $f;

    $self->_openssl("genpkey $key -out $name.key");
    $self->_openssl("req -new -key $name.key -subj '$of{subject}'"
                    . " -out $name.csr");

    my $by = $of{issuer} ? "-CA $of{issuer}.pem -CAkey $of{issuer}.key"
                           . ' -CAcreateserial'
                         : "-signkey $name.key";

    if ($of{dates}) {
        $self->_dated($name, %of);
        return;
    }

    $self->_openssl("x509 -req -in $name.csr $by -days 30"
                    . ($of{digest} ? " -$of{digest}" : '')
                    . " -extfile $name.cnf -extensions v3 -out $name.pem");
}

# issuer.crl, in which those are
sub revoke {
    my ($self, $issuer, @names) = @_;

    open my $f, '>', $self->file('crl.cnf') or die "crl.cnf: $!\n";
    print $f <<"END";
[ca]
default_ca = default
[default]
database = crl.txt
default_md = sha256
default_crl_days = 30
END
    close $f;

    open $f, '>', $self->file('crl.txt') or die "crl.txt: $!\n";
    close $f;

    my $ca = "ca -config crl.cnf -cert $issuer.pem -keyfile $issuer.key";

    $self->_openssl("$ca -revoke $_.pem") for @names;
    $self->_openssl("$ca -gencrl -out $issuer.crl");
}

# x509 knows no begin of a certificate, which ca does
sub _dated {
    my ($self, $name, %of) = @_;

    open my $f, '>', $self->file('ca.cnf') or die "ca.cnf: $!\n";
    print $f <<"END";
[ca]
default_ca = default
[default]
database = index.txt
rand_serial = yes
new_certs_dir = .
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
END
    close $f;

    open $f, '>', $self->file('index.txt') or die "index.txt: $!\n";
    close $f;

    $self->_openssl("ca -batch -notext -config ca.cnf -in $name.csr"
                    . " -cert $of{issuer}.pem -keyfile $of{issuer}.key"
                    . " -startdate $of{dates}[0] -enddate $of{dates}[1]"
                    . " -extfile $name.cnf -extensions v3 -out $name.pem");
}

# the port of a server with that certificate, once it listens
sub server {
    my ($self, $name, @options) = @_;

    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1)
        or die "listen: $!\n";
    my $port = $socket->sockport;

    close $socket;

    my $pid = fork // die "fork: $!\n";

    if ($pid == 0) {
        chdir $self->{dir};
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', "$name.$port.log";
        open STDERR, '>&', \*STDOUT;
        { no warnings 'exec'; exec 'openssl', 's_server', '-accept', "127.0.0.1:$port", '-cert',
             "$name.pem", '-key', "$name.key",
             (grep { $_ eq '-www' } @options) ? () : '-rev', @options; }
        require POSIX;
        POSIX::_exit(1);
    }

    push @{ $self->{children} }, $pid;

    for (1 .. 500) {
        return $port if -s "$self->{dir}/$name.$port.log"
            && `cat $self->{dir}/$name.$port.log` =~ /ACCEPT/;
        select undef, undef, undef, 0.01;
    }

    die "openssl s_server: " . `cat $self->{dir}/$name.$port.log`;
}

sub stop {
    my ($self) = @_;

    kill KILL => @{ $self->{children} };
    waitpid $_, 0 for @{ $self->{children} };
    $self->{children} = [];
}

sub DESTROY {
    my ($self) = @_;

    local $?;
    $self->stop if $self->{owner} == $$;
}

1;
