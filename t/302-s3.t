# The S3 server that the tests have: it lets through what is signed, and no
# more, or what they tell of signatures would mean nothing.

use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use IPC::Run qw(run);
use Test::More;

use TestS3 qw(s3);
use TestStack;

my $bucket = "t-302-$$";
my $public = "public-302-$$";
my $name = "/$bucket/a dir/ö+&~(1).txt";


sub refused {
    my ($title, $status, $code, @request) = @_;

    my $answer = s3(@request);

    is($answer->{status}, $status, "$title: status");
    like($answer->{body}, qr{<Code>$code</Code>}, "$title: code");
}


is(s3('PUT', "/$_", '')->{status}, 200, 'a bucket is made')
    for $bucket, $public;
is(s3('PUT', $name, 'content')->{status}, 200, 'an object is put');
is(s3('GET', $name)->{body}, 'content', 'and got');
is(s3('GET', "/$bucket", '', { query => 'list-type=2&prefix=a%20dir%2F' })
   ->{status}, 200, 'a list, with a query');

# another implementation of what is signed
my $out = '';
run([qw(curl --silent --show-error --config - --aws-sigv4
        aws:amz:us-east-1:s3), "$ENV{S3_URL}/$bucket/a%20dir/%C3%B6%2B%26~%281%29.txt",
     '--header', 'x-amz-content-sha256: ' . sha256_hex('')],
    \qq{user = "$ENV{S3_ACCESS_KEY}:$ENV{S3_SECRET_KEY}"\n}, \$out);
is($out, 'content', 'curl gets it, too');

refused('no signature', 403, 'AccessDenied', 'GET', $name, '',
        { access_key => undef });
refused('no signature, to write', 403, 'AccessDenied', 'PUT', "/$public/a", 'a',
        { access_key => undef });
refused('another key', 403, 'InvalidAccessKeyId', 'GET', $name, '',
        { access_key => 'other' });
refused('a wrong secret', 403, 'SignatureDoesNotMatch', 'GET', $name, '',
        { secret_key => 'wrong' });
refused('another region', 400, 'AuthorizationHeaderMalformed', 'GET', $name,
        '', { region => 'eu-west-1' });
refused('an hour late', 403, 'RequestTimeTooSkewed', 'GET', $name, '',
        { time => time - 3600 });
refused('an hour early', 403, 'RequestTimeTooSkewed', 'GET', $name, '',
        { time => time + 3600 });

for (['another path', qr/GET \S+/, "GET /$bucket/other"],
     ['another method', qr/^GET/, 'HEAD'],
     ['a query', qr/( HTTP)/, '?acl HTTP'],
     ['another host', qr/(?<=host: )\S+/, 'other.example'],
     ['another date', qr/(?<=x-amz-date: \d{8}T)\d+/, '000000'],
     ['another digest', qr/(?<=x-amz-content-sha256: )../, 'zz'])
{
    my ($title, $from, $to) = @$_;

    my $answer = s3('GET', $name, '', {
        late => sub { $_[0] =~ s/$from/$to/r }
    });

    is($answer->{status}, 403, "$title: status");
}

refused('a header that is not signed', 403, 'AccessDenied', 'GET', $name, '',
        { late => sub { $_[0] =~ s/\r\n/\r\nx-amz-acl: public-read\r\n/r } });
refused('no digest', 400, 'InvalidRequest', 'GET', $name, '',
        { late => sub { $_[0] =~ s/x-amz-content-sha256: .*\r\n//r } });
refused('another body', 400, 'XAmzContentSHA256Mismatch', 'PUT', $name, 'body',
        { digest => sha256_hex('other') });

is(s3('GET', $name)->{body}, 'content', 'nothing was changed');

s3('PUT', "/$public/a", 'free');
is(s3('GET', "/$public/a", '', { access_key => undef })->{body}, 'free',
   'a public bucket is read without a signature');

my $etag = s3('HEAD', $name)->{headers}{etag};

for (['If-Match' => $etag, 206, 'ont'], ['If-Match' => '"0"', 412, qr/Precond/],
     ['If-Range' => $etag, 206, 'ont'], ['If-Range' => '"0"', 200, 'content'])
{
    my ($header, $tag, $status, $body) = @$_;

    my $answer = s3('GET', $name, '', {
        headers => { range => 'bytes=1-3', lc $header => $tag }
    });

    is($answer->{status}, $status, "$header: $tag");
    like($answer->{body}, ref $body ? $body : qr/^$body$/, 'and the body');
}

done_testing();

END {
    local $?;
    s3('DELETE', $_) for $name, "/$public/a", "/$bucket", "/$public";
}
