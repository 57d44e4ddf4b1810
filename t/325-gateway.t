# invoke_gateway_secret: tokens of the former gateway, in x-invoke-data.

use strict;
use warnings;

use Digest::SHA qw(hmac_sha256 hmac_sha512);
use MIME::Base64 qw(encode_base64url);
use Test::More;

use TestFleet;

my $fleet = TestFleet->new;
my $secret = 'a secret of the gateway';

my ($locked, $open) = $fleet->deploy_all(map { [
    'module.exports = (req, res) => res.json({ key: req.query.api_key,'
    . ' data: req.headers["x-invoke-data"] });', @$_ ] } [key => 'k'], []);

Server::write_file($fleet->secret('gateway'), "$secret\n");

my $server = $fleet->server(http => 'invoke_gateway_secret file:'
                                    . $fleet->secret('gateway') . ";\n");
my $plain = $fleet->server;


sub token {
    my ($claims, %given) = @_;

    my $head = encode_base64url($given{head} // '{"alg":"HS256","typ":"JWT"}');
    my $text = join '.', $head, encode_base64url($claims);
    my $hmac = $given{hmac} // \&hmac_sha256;

    return $text . '.' . encode_base64url($hmac->($text,
                                                  $given{secret} // $secret));
}


sub get {
    my ($on, $id, $token) = @_;

    my $answer = $on->get("/invoke/$id/", 'X-Invoke-Data' => $token);

    return "$answer->{status} $answer->{body}";
}


my $soon = time + 60;
my $ago = time - 60;
my $claims = qq({"clientIp":"192.0.2.1","iat":$ago,"exp":$soon});
my $refused = '403 {"success":false,"message":"Forbidden: invalid or expired '
              . 'gateway token"}';

is(get($server, $locked, token($claims)), '200 {}',
   'a good token stands for a key, and is not seen');
is(get($server, $open, token($claims)), '200 {}', 'where none is needed, too');
is(get($server, uuid(), token($claims)),
   '404 {"success":false,"message":"Function not found"}',
   'but makes no function');
is(get($server, $locked, ''), '401 {"success":false,"message":"API key '
                              . 'required"}', 'an empty one is none');

my $good = token($claims);
my ($head, $body, $mac) = split /\./, $good;

for (['expired', token(qq({"clientIp":"192.0.2.1","exp":$ago}))],
     ['of another secret', token($claims, secret => 'other')],
     ['of no algorithm', token($claims, head => '{"alg":"none"}')],
     ['without a signature', encode_base64url('{"alg":"none"}') . ".$body."],
     ['of another algorithm', token($claims, hmac => \&hmac_sha512,
                                    head => '{"alg":"HS512"}')],
     ['of an algorithm that it does not name',
      token($claims, head => '{"alg":"RS256"}')],
     ['of an asymmetric one', token($claims, head => '{"alg":"RS256"}')],
     ['with other claims', join '.', $head, encode_base64url(
                               $claims =~ s/192/193/r), $mac],
     ['cut', substr $good, 0, -1], ['longer', "${good}A"],
     ['of two parts', "$head.$body"], ['of four', "$good.$mac"],
     ['no token', 'x'], ['dots', '...'], ['no JSON', token('x')],
     ['no object', token('[1]')], ['an exp that is none',
                                   token('{"exp":"never"}')],
     ['very long', 'A' x 7000])
{
    my ($title, $token) = @$_;

    is(get($server, $_, $token), $refused, "$title is refused")
        for $locked, $open;
}

is(get($plain, $open, 'x'), '200 {}', 'where none is expected, none counts');
is(get($plain, $locked, token($claims)),
   '401 {"success":false,"message":"API key required"}', 'nor helps');

for my $log (map { [$_->log_lines(qr/\Q$secret\E|\Q$mac\E/)] } $server, $plain) {
    is_deeply($log, [], 'no log has the secret or a token');
}

$fleet->finish;

done_testing();
