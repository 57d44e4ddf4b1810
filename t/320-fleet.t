# invoke with ids of functions: what is served, to whom, and what a change in
# the database does.  Notifications tell of it: the time to live is longer than
# the test.

use strict;
use warnings;

use JSON::PP;
use Test::More;

use TestFleet;

my $echo = <<'END';
module.exports = (req, res) => res.json({
    method: req.method, url: req.url, path: req.path, query: req.query,
    headers: req.headers, cookies: req.cookies, params: req.params,
    body: req.body,
    env: Object.fromEntries(Object.entries(process.env)
                            .filter(([name]) => /^T_/.test(name))),
});
END

my $fleet = TestFleet->new(proxies => ['postgres', 's3']);

my ($open, $locked, $slow, $asleep) = $fleet->deploy_all(
    [$echo, env => { T_A => q(it's "quoted" $x), T_NULL => undef,
                     T_UMLAUT => "\x{e4}\x{1f600}", T_CONF => 'store' }],
    [$echo, key => 'right'],
    ['module.exports = () => new Promise(() => setTimeout(() => {}, 6e4));',
     timeout => 1],
    ['module.exports = (req, res) => res.send("awake");',
     set => { is_active => 'f' }]);

my $server = $fleet->server(workers => 2, ttl => '10m', http => <<'END');
invoke_env T_CONF conf;
END


sub answers {
    my ($path, $status, $body, $title, @headers) = @_;

    my $answer = $server->get($path, @headers);

    is($answer->{status}, $status, "$title: status");
    like($answer->{body}, ref $body ? $body : qr/\A\Q$body\E\z/,
         "$title: body");
}


sub failure { qq({"success":false,"message":"$_[0]"}) }


# What it is called with

my $answer = $server->get("/invoke/$open/path/a%20b?x=1&y=2");

is($answer->{status}, 200, 'a function answers') or diag($answer->{body});
is($answer->{json}{path}, '/path/a%20b', 'its path, as the client sent it');
is_deeply($answer->{json}{query}, { x => 1, y => 2 }, 'its query');
is($answer->{json}{params}{functionId}, $open, 'its id');
is_deeply($answer->{json}{env}, { T_A => q(it's "quoted" $x), T_CONF => 'conf',
                                  T_UMLAUT => "\x{e4}\x{1f600}" },
          'its environment');

for my $path ("/invoke/$open", "/invoke/$open/") {
    is($server->get($path)->{json}{path}, '/', "$path is its root");
}

is($server->get("/invoke/\U$open\E/x")->{json}{path}, '/x',
   'an id in upper case');

($answer) = $server->together({ method => 'POST', path => "/invoke/$open/x",
                                headers => ['Content-Type' =>
                                            'application/json'],
                                body => '{"a":[1]}' });
is_deeply($answer->{json}{body}, { a => [1] }, 'its body');


# Ids

my $missing = failure('Function not found');

for my $id ('x', '12345678-1234-4234-8234-12345678901',
            '12345678-1234-1234-8234-123456789012',
            '12345678-1234-4234-c234-123456789012',
            "$open-", "x$open", 'cache', '.%2e%2e', '%01', "$open%20",
            '12345678-1234-4234-8234-12345678901g', uuid(), $asleep)
{
    answers("/invoke/$id/", 404, $missing, $id);
}


# Keys

my $none = failure('API key required');
my $wrong = failure('Invalid API key');

answers("/invoke/$locked/", 401, $none, 'no key');
answers("/invoke/$locked/?api_key=", 401, $none, 'an empty one');

for (['bearer', '', Authorization => 'Bearer right'],
     ['api_key', '?api_key=right'], ['apiKey', '?apiKey=right'],
     ['an encoded one', '?apiKey=%72igh%74'],
     ['x-api-key', '', 'X-API-Key' => 'right'],
     ['an empty one, and x-api-key', '?api_key=', 'X-API-Key' => 'right'],
     ['the first of two', '?api_key=right&apiKey=wrong'],
     ['bearer before the query', '?api_key=wrong',
      Authorization => 'Bearer right'])
{
    my ($title, $query, @headers) = @$_;

    answers("/invoke/$locked/$query", 200, qr/"method":"GET"/, $title,
            @headers);
}

for (['bearer', '', Authorization => 'Bearer wrong'],
     ['a longer one', '?api_key=right1'], ['a shorter one', '?api_key=righ'],
     ['api_key', '?api_key=wrong'], ['apiKey', '?apiKey=wrong'],
     ['x-api-key', '', 'X-API-Key' => 'wrong'],
     ['bearer before the query', '?api_key=right',
      Authorization => 'Bearer wrong'],
     ['api_key before apiKey', '?apiKey=right&api_key=wrong'],
     ['the query before x-api-key', '?apiKey=wrong', 'X-API-Key' => 'right'],
     ['a very long one', '', 'X-API-Key' => 'right' x 1000])
{
    my ($title, $query, @headers) = @$_;

    answers("/invoke/$locked/$query", 403, $wrong, "wrong: $title", @headers);
}

for my $case ([$open, 400, 'Content-Type' => 'application/json'],
              [$locked, 401, 'Content-Type' => 'application/json'],
              [uuid(), 404, 'Content-Type' => 'application/json'])
{
    my ($id, $status, @headers) = @$case;

    ($answer) = $server->together({ method => 'POST', path => "/invoke/$id/",
                                    headers => \@headers, body => '{"a":' });
    is($answer->{status}, $status, "a malformed body: $status");
}


# What of it a function sees

sub seen { $server->get(@_)->{json} }

my $seen = seen("/invoke/$locked/a?x=1&api_key=right&y=2",
                'X-API-Key' => 'other', 'X-Invoke-Data' => 'data',
                Authorization => 'Basic abc', Cookie => 'a=1; auth-token=t; b=2');

is($seen->{url}, '/a?x=1&y=2', 'the key that was right is not in the URL');
is_deeply($seen->{query}, { x => 1, y => 2 }, 'nor in the query');
is($seen->{headers}{authorization}, 'Basic abc', 'another header stays');
is($seen->{headers}{'x-api-key'}, undef, 'x-api-key does not');
is($seen->{headers}{'x-invoke-data'}, undef, 'nor does x-invoke-data');
is_deeply($seen->{cookies}, { a => 1, b => 2 }, 'nor the cookie auth-token');
unlike($seen->{headers}{cookie}, qr/auth-token/, 'in the header, too');

$seen = seen("/invoke/$locked/?api_key=kept", Authorization => 'Bearer right');
is($seen->{headers}{authorization}, undef, 'what has authenticated is removed');
is_deeply($seen->{query}, { api_key => 'kept' }, 'and nothing else');

$seen = seen("/invoke/$open/?api_key=k&apiKey=l", 'X-API-Key' => 'm',
             Authorization => 'Bearer b', Cookie => 'auth-token=t');
is($seen->{headers}{authorization}, 'Bearer b',
   'where none is required, all of it stays');
is_deeply($seen->{query}, { api_key => 'k', apiKey => 'l' }, 'in the query');
is($seen->{headers}{'x-api-key'}, undef, 'but for x-api-key');
is($seen->{headers}{cookie}, undef, 'and the cookie');

for my $case ([(join ';', ('a') x 2000) x 2],
              ['auth-token=t;a=1;  auth-token; b=2;;auth-tokens=3;auth-token',
               'a=1; b=2;auth-tokens=3'],
              [" ; auth-token=t;;\tauth-token=t; "])
{
    my ($cookie, $left) = (@$case, (undef) x 2);
    $seen = seen("/invoke/$open/", Cookie => $cookie);
    is($seen->{headers}{cookie}, $left, 'cookies: ' . substr $cookie, 0, 40);
}


# Limits

$answer = $server->get("/invoke/$slow/");
is("$answer->{status} $answer->{code}", '504 timeout', 'its own time limit');
like($answer->{body}, qr/\(1000ms\)/, 'of a second');


# Changes

my $late = uuid();

answers("/invoke/$late/", 404, $missing, 'a function to come');
$fleet->deploy('module.exports = (req, res) => res.send("here");',
               id => $late);
soon { $server->get("/invoke/$late/")->{body} eq 'here' }
     'it is there when it has been deployed';

$fleet->sql("UPDATE functions SET is_active = true WHERE id = '$asleep'");
soon { $server->get("/invoke/$asleep/")->{body} eq 'awake' } 'it wakes up';

$fleet->sql("UPDATE functions SET requires_api_key = true, api_key = 'k'
             WHERE id = '$late'");
soon { $server->get("/invoke/$late/")->{status} == 401 } 'a key is required';
$fleet->sql("UPDATE functions SET api_key = 'l' WHERE id = '$late'");
soon { $server->get("/invoke/$late/?apiKey=k")->{status} == 403 }
     'another one is';
is($server->get("/invoke/$late/?apiKey=l")->{body}, 'here', 'the new one');
$fleet->sql("UPDATE functions SET api_key = NULL WHERE id = '$late'");
soon { $server->get("/invoke/$late/")->{status} == 200 }
     'none is where there is none';

$fleet->sql("UPDATE function_environment_variables SET variable_value = 'new'
             WHERE function_id = '$open' AND variable_name = 'T_A';
             DELETE FROM function_environment_variables
             WHERE function_id = '$open' AND variable_name = 'T_UMLAUT'");
soon { $server->get("/invoke/$open/")->{json}{env}{T_A} eq 'new' }
     'the environment is as it is now';
soon { !exists $server->get("/invoke/$open/")->{json}{env}{T_UMLAUT} }
     'without what was removed';

my $project = uuid();

$fleet->sql("INSERT INTO projects (id, name) VALUES ('$project', 'p');
             UPDATE functions SET project_id = '$project'
             WHERE id = '$late'");
is($server->get("/invoke/$late/")->{status}, 200, 'in a project of its own');
$fleet->sql("UPDATE projects SET is_active = false WHERE id = '$project'");
soon { $server->get("/invoke/$late/")->{body} eq $missing }
     'of a project that sleeps';
$fleet->sql("UPDATE projects SET is_active = true WHERE id = '$project'");
soon { $server->get("/invoke/$late/")->{status} == 200 } 'that wakes up';

$fleet->sql("DELETE FROM functions WHERE id = '$late'");
soon { $server->get("/invoke/$late/")->{body} eq $missing } 'it is deleted';

$fleet->sql("UPDATE global_settings SET setting_value = '1'
             WHERE setting_key = 'none'");
$fleet->sql("INSERT INTO global_settings (setting_key, setting_value)
             VALUES ('execution_max_timeout_seconds', '1')");
$fleet->sql("UPDATE functions SET custom_timeout_seconds = 30
             WHERE id = '$slow'");
$answer = $server->get("/invoke/$slow/");
soon { ($answer = $server->get("/invoke/$slow/"))->{body} =~ /\(1000ms\)/ }
     'no more than the settings allow';


# Versions, under load: each answer is wholly of one of them

sub version {
    my ($n) = @_;

    return { 'index.js' => "const a = require('./a'); module.exports ="
                           . " (req, res) => res.send(`$n \${a} \${"
                           . "require('fs').readFileSync('/b', 'utf8')}`);",
             'a.js' => "module.exports = $n;", b => $n };
}

my $changing = $fleet->deploy(version(1));

is($server->get("/invoke/$changing/")->{body}, '1 1 1', 'a version');

my $load = $fleet->load(["/invoke/$changing/"], connections => 8);

for my $n (2 .. 6) {
    $fleet->deploy(version($n), id => $changing);
    soon { $server->get("/invoke/$changing/")->{body} eq "$n $n $n" }
         "version $n is there";
}

$fleet->sql("UPDATE functions SET active_version_id = (SELECT id
             FROM function_versions WHERE function_id = '$changing'
             AND version = 2) WHERE id = '$changing'");
soon { $server->get("/invoke/$changing/")->{body} eq '2 2 2' }
     'an old version again';

my @answers = $load->stop;
my @bad = grep { $_->{status} ne '200' || $_->{body} !~ /^(\d) \1 \1$/ }
          @answers;

cmp_ok(scalar @answers, '>', 50, 'there was load');
is_deeply(\@bad, [], 'each answer is of one version');


# What a client must not get

my ($empty, $gone, $false, $odd) = $fleet->deploy_all(
    [{ 'readme' => 'x' }],
    ['module.exports = 1;', absent => 1],
    ['module.exports = (req, res) => res.send("run");', hash => 'a' x 64],
    ['module.exports = (req, res) => res.send("run");', hash => '../../x']);

for my $id ($gone, $false, $odd) {
    $answer = $server->get("/invoke/$id/");
    is("$answer->{status} $answer->{code}", '502 package_unavailable',
       'no package, no answer');
    unlike($answer->{body}, qr/127\.0\.0\.1|$fleet->{bucket}|build/,
           'nothing of what is behind it');
}

$answer = $server->get("/invoke/$empty/");
is($answer->{status}, 500, 'a package without index.js');

$fleet->finish;

done_testing();
