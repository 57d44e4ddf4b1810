# What "nginx -t" tells of the directories that locations name.

use strict;
use warnings;

use TestInvoke 'no_plan';
use TestServer;

my $server = TestServer->new('check');
my $prefix = $server->prefix;

my %functions = (
    good => "module.exports = (req, res) => res.send('x');\n",
    awaits => "const x = await 1;\nmodule.exports = (req, res) => res.send(x);\n",
    script => "#!/usr/bin/env node\nmodule.exports = (req, res) => res.send('x');\n",
    returns => "module.exports = (req, res) => res.send('x');\nreturn;\n",
    bad => "'use strict';\n\nmodule.exports = (req, res) => { res.send('x'; };\n",
    es => "export default 1;\n",
);

$server->write("fn/$_/index.js", $functions{$_}) for keys %functions;

my $told = check('', sort(keys %functions), 'none', 'bad');

like($told, qr/test is successful/, 'the configuration is right');
is(join(' ', sort $told =~ m{\[warn\].* invoke: "[^"]*/fn/(\w+)/index.js" does not compile}g),
   'bad es', 'syntax errors are told, once each');
like($told, qr{/bad/index\.js" does not compile: SyntaxError: missing \) after argument list at line 3, column 43$}m,
   'with their place');
like($told, qr{\[warn\].* invoke: no function in "[^"]*/fn/none"},
   'a directory that is not there');

like(check('invoke_v8_flags --max-lazy;', 'bad'), qr/does not compile/,
     "with V8's flags");
unlike(check('', 'good'), qr/\[warn\]/, 'nothing is told of what is right');


sub check {
    my ($http, @names) = @_;
    my $locations = join '', map { "location /$_ { invoke ./fn/$names[$_]; }\n" } 0 .. $#names;

    $server->write('conf/check.conf', <<"END");
load_module $ENV{TEST_NGINX_LOAD_MODULES};
pid $prefix/check.pid;
error_log $prefix/check.log;
events {}
http { $http server { listen 127.0.0.1:@{[$server->port]};
$locations
} }
END

    return `$ENV{TEST_NGINX_BINARY} -p $prefix/ -c $prefix/conf/check.conf -t 2>&1`;
}
