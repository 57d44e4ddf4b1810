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
    bades => "import x from 'x'\nlet x;\n",
    maybe => "const require = 1;\nawait require;\nthis;\n",
    badmaybe => "const require = 1;\nwith ({}) {}\n",
);

my %modules = (
    'mjs/index.mjs' => "import x from 'x';\nexport default await x;\n",
    'type/index.js' => "export default 1;\n",
    'type/package.json' => '{"type": "module"}',
    'badmjs/index.mjs' => "export default 1;\n  export default 2;\n",
    'badtype/index.js' => "import x from 'x'\nlet x;\n",
    'badtype/package.json' => '{"type": "module"}',
    'cjstype/index.js' => "export default 1;\n",
    'cjstype/package.json' => '{"type": "commonjs"}',
    'notype/index.js' => "module.exports = 1;\n",
    'notype/package.json' => '{"type": module}',
);

$server->write("fn/$_/index.js", $functions{$_}) for keys %functions;
$server->write("fn/$_", $modules{$_}) for keys %modules;

my %main = (
    'main-good' => ['{"name": "x", "main": "./lib/app"}', 'lib/app.js',
                    $functions{good}],
    'main-bad' => ["\xef\xbb\xbf{\"bin\": {\"main\": [\"}\"]},\n\"main\" : \"lib\"}",
                   'lib/index.js', $functions{bad}],
    'main-json' => ['{"main": "app.json"}', 'app.json', '{'],
    'main-gone' => ['{"main": "gone.js"}', 'other.js', ''],
    'main-broken' => ['{"main": "other.js"', 'other.js', ''],
    'main-none' => ['{"bin": {"main": "other.js"}, "main": 1}', 'other.js', ''],
);

for my $name (keys %main) {
    my ($json, $file, $text) = @{ $main{$name} };

    $server->write("fn/$name/package.json", $json);
    $server->write("fn/$name/$file", $text);
}

my $told = check('', sort(keys %functions), 'none', 'bad');

like($told, qr/test is successful/, 'the configuration is right');
is(join(' ', sort $told =~ m{\[warn\].* invoke: "[^"]*/fn/(\w+)/index.js" does not compile}g),
   'bad bades badmaybe', 'syntax errors are told, once each');
like($told, qr{/bad/index\.js" does not compile: SyntaxError: missing \) after argument list at line 3, column 43$}m,
   'with their place');
like($told, qr{/bades/index\.js" does not compile: SyntaxError: Identifier 'x' has already been declared at line 2}m,
     'an ES module by its syntax');
like($told, qr{/badmaybe/index\.js" does not compile: SyntaxError: Identifier 'require' has already been declared}m,
     'and what is none');
like($told, qr{\[warn\].* invoke: no function in "[^"]*/fn/none"},
   'a directory that is not there');

like(check('invoke_v8_flags --max-lazy;', 'bad'), qr/does not compile/,
     "with V8's flags");
$told = check('', sort keys %main);

is(join(' ', sort $told =~ m{\[warn\].* invoke: "[^"]*/fn/(\S+)" does not compile}g),
   'main-bad/lib/index.js', 'syntax errors where package.json names the file');
is(join(' ', sort $told =~ m{\[warn\].* invoke: no function in "[^"]*/fn/(\S+)": "main" of its package.json names no file}g),
   'main-broken main-gone', 'one that names none');
is(join(' ', sort $told =~ m{\[warn\].* invoke: no function in "[^"]*/fn/(\S+)": stat}g),
   'main-none', 'neither it nor index.js');
is(scalar(() = $told =~ /\[warn\]/g), 4, 'no other warning');

$told = check('', qw(mjs type badmjs badtype cjstype notype));
is(join(' ', sort $told =~ m{invoke: "[^"]*/fn/(\w+)/index.m?js" does not compile}g), 'badmjs badtype cjstype',
   'ES modules are checked as such');
like($told, qr{/badmjs/index\.mjs" does not compile: SyntaxError: [^\n]+ at line 2, column 10$}m,
   'with their place');
unlike($told, qr/no function in/, 'index.mjs is a function');

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
