# Requests to the S3 server of util/stack, signed by Signature Version 4 of AWS.
#
#   use TestS3 qw(s3);
#
#   my $answer = s3('PUT', "/$bucket/a/key", $bytes);   {status, headers, body}
#
# After the body there may be a hash of what is not as usual: url, access_key,
# secret_key, region, time, digest, query, headers (signed) and late, a
# subroutine that changes the head after it was signed; access_key => undef
# sends no signature.

package TestS3;

use strict;
use warnings;

use Digest::SHA qw(hmac_sha256 hmac_sha256_hex sha256_hex);
use Exporter qw(import);
use IO::Socket::INET;
use POSIX qw(strftime);
use TestStack;

our @EXPORT_OK = qw(s3 s3_put);


sub s3 {
    my ($method, $path, $body, $given) = @_;

    my $socket = connection($given);

    print $socket request($method, $path, $body, { close => 1,
                                                   %{ $given // {} } });

    return answer($socket, $method);
}


# Puts many objects, path => bytes, by one connection; dies when one is refused.

sub s3_put {
    my (%objects) = @_;

    my $socket = connection();

    for my $path (sort keys %objects) {
        print $socket request('PUT', $path, $objects{$path});

        my $answer = answer($socket, 'PUT');
        die "$path: $answer->{status} $answer->{body}\n"
            if $answer->{status} != 200;
    }
}


sub connection {
    my ($given) = @_;

    my ($address) = ($given->{url} // $ENV{S3_URL}) =~ m{^http://([^/]+)};

    my $socket = IO::Socket::INET->new(PeerAddr => $address, Timeout => 10)
        or die "$address: $!\n";
    $socket->autoflush(1);

    return $socket;
}


sub request {
    my ($method, $path, $body, $given) = @_;

    $body //= '';

    my $key = exists $given->{access_key} ? $given->{access_key}
                                          : $ENV{S3_ACCESS_KEY};
    my $secret = $given->{secret_key} // $ENV{S3_SECRET_KEY};
    my $digest = $given->{digest} // sha256_hex($body);
    my $query = $given->{query} // '';
    my $time = strftime('%Y%m%dT%H%M%SZ', gmtime($given->{time} // time));
    my $day = substr $time, 0, 8;
    my $scope = join '/', $day, $given->{region} // 'us-east-1', 's3',
                          'aws4_request';
    my ($host) = ($given->{url} // $ENV{S3_URL}) =~ m{^http://([^/]+)};

    $path =~ s{([^A-Za-z0-9._~/-])}{sprintf '%%%02X', ord $1}ge;

    my %headers = (host => $host, 'x-amz-date' => $time,
                   'x-amz-content-sha256' => $digest,
                   %{ $given->{headers} // {} });
    my $names = join ';', sort keys %headers;
    my $canonical = join "\n", $method, $path, $query,
                    (map { "$_:$headers{$_}" } sort keys %headers), '',
                    $names, $digest;
    my $text = join "\n", 'AWS4-HMAC-SHA256', $time, $scope,
                          sha256_hex($canonical);

    my $signing = "AWS4$secret";
    $signing = hmac_sha256($_, $signing) for split m{/}, $scope;

    $headers{authorization} = "AWS4-HMAC-SHA256 Credential=$key/$scope, "
                              . "SignedHeaders=$names, Signature="
                              . hmac_sha256_hex($text, $signing)
        if defined $key;
    $headers{'content-length'} = length $body if length $body || $method eq 'PUT';
    $headers{connection} = 'close' if $given->{close};

    my $head = join "\r\n", "$method $path" . (length $query ? "?$query" : '')
                            . ' HTTP/1.1',
                            (map { "$_: $headers{$_}" } sort keys %headers),
                            '', '';

    $head = $given->{late}->($head) if $given->{late};

    return $head . $body;
}


sub answer {
    my ($socket, $method) = @_;

    my $bytes = '';

    $bytes .= <$socket> // return { status => 0, headers => {}, body => '' }
        until $bytes =~ /\r\n\r\n\z/;

    my ($status) = $bytes =~ m{^HTTP/1\.1 (\d+)};
    my %headers = map { lc } $bytes =~ /^([^:\s]+): (.*?)\r$/mg;
    my $body = '';

    if ($method ne 'HEAD' && $status != 204) {
        if (defined(my $length = $headers{'content-length'})) {
            read $socket, $body, $length;

        } elsif (($headers{'transfer-encoding'} // '') eq 'chunked') {
            while ((my $length = hex(<$socket> // 0)) > 0) {
                read $socket, $body, $length, length $body;
                <$socket>;
            }

            <$socket>;
        }
    }

    return { status => $status, headers => \%headers, body => $body };
}


1;
