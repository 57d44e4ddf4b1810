# What one invocation leaves behind for the next: nothing with isolation
# "request", what the function keeps with "function", and never anything for
# another function or another version.

use strict;
use warnings;

use TestInvoke 'no_plan';
use TestEngine;
use lib "$ENV{TEST_NGINX_ROOT}/util";
use Server;

sub bodies { join ',', map { $_->{body} } @_ }

sub again { my ($n, $path) = @_; bodies(map { get($path) } 1 .. $n) }

# name => function, three answers with "request", three with "function"

my @leaves = (
    'a variable of the module' => <<'END', '1,1,1', '1,2,3',
let n = 0;
module.exports = (req, res) => res.send(String(++n));
END

    'a global' => <<'END', '1,1,1', '1,2,3',
module.exports = (req, res) => {
    globalThis.count = (globalThis.count ?? 0) + 1;
    res.send(String(count));
};
END

    'a global without a declaration' => <<'END', '1,1,1', '1,2,3',
module.exports = (req, res) => {
    count = typeof count === 'undefined' ? 1 : count + 1;
    res.send(String(count));
};
END

    'a variable of another module' => {
        'index.js' => <<'END', 'n.js' => 'exports.n = 0;' }, '1,1,1', '1,2,3',
const n = require('./n');
module.exports = (req, res) => res.send(String(++n.n));
END

    'JSON that was required' => {
        'index.js' => <<'END', 'n.json' => '{"n":0}' }, '1,1,1', '1,2,3',
const n = require('./n.json');
module.exports = (req, res) => res.send(String(++n.n));
END

    'a prototype' => <<'END', '1,1,1', '1,2,3',
module.exports = (req, res) => {
    Object.prototype.n = (Object.prototype.n ?? 0) + 1;
    const n = ({}).n;
    res.send(String(n));
};
END

    'a builtin' => <<'END', 'kept,kept,kept', 'kept,gone,gone',
module.exports = (req, res) => {
    const has = typeof Math.max === 'function';
    delete Math.max;
    res.send(has ? 'kept' : 'gone');
};
END

    'a member of a builtin module' => <<'END', '1,1,1', '1,2,3',
const util = require('util');
module.exports = (req, res) => {
    util.n = (util.n ?? 0) + 1;
    res.send(String(util.n));
};
END

    # V8's snapshot takes the box of a number for a number
    'numbers of all builtin modules' => <<'END', 'old,old,old', 'old,new,new',
const modules = require('module').builtinModules;
module.exports = (req, res) => {
    const seen = new Set();
    const objects = modules.map((id) => require(id));
    let found = 'old';

    for (const object of objects) {
        if (Object(object) !== object || ArrayBuffer.isView(object)
            || seen.has(object))
        {
            continue;
        }

        seen.add(object);
        objects.push(Object.getPrototypeOf(object));

        for (const key of Reflect.ownKeys(object)) {
            const { value, writable }
                = Reflect.getOwnPropertyDescriptor(object, key);

            if (value === 4321.5) {
                found = 'new';
            } else if (typeof value === 'number' && writable
                       && !Number.isInteger(value))
            {
                object[key] = 4321.5;
            } else {
                objects.push(value);
            }
        }
    }

    res.send(found);
};
END

    'require.cache' => <<'END', 'no,no,no', 'no,yes,yes',
module.exports = (req, res) => {
    const had = '/app/data.js' in require.cache;
    require.cache['/app/data.js'] = { exports: 1, loaded: true };
    res.send(had ? 'yes' : 'no');
};
END

    'a module that is loaded by the handler' => {
        'late.js' => 'exports.at = process.hrtime.bigint();',
        'index.js' => <<'END' },
let first = null;
module.exports = (req, res) => {
    const { at } = require('./late');
    first ??= at;
    res.send(String(first === at && require('./late').at === at));
};
END
        'true,true,true', 'true,true,true',

    'process.env' => <<'END', 'none of,none of,none of', 'none of,none of,none of',
module.exports = (req, res) => {
    const left = process.env.LEFT ?? 'none';
    process.env.LEFT = 'left';
    delete process.env.FROM;
    res.send(`${left} ${process.env.GIVEN}`);
};
END

    'a header and a status' => <<'END', '200,200,200', '200,200,200',
module.exports = (req, res) => {
    const before = res.statusCode;
    res.status(201);
    res.set('X-A', 'a');
    res.status(200).send(String(before));
};
END

    'a cookie of an earlier request' => <<'END', '0,0,0', '0,0,0',
module.exports = (req, res) => {
    const n = Object.keys(req.cookies ?? {}).length;
    if (req.cookies) req.cookies.left = 'left';
    res.send(String(n));
};
END

    'console labels' => <<'END', 'sent,sent,sent', 'sent,sent,sent',
module.exports = (req, res) => {
    console.group('left');
    console.time('left');
    res.send('sent');
};
END

    'an interval' => <<'END', '0,0,0', '0,0,0',
let ticks = 0;
module.exports = async (req, res) => {
    const before = ticks;
    const timer = setInterval(() => { ticks++; }, 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    clearInterval(timer);
    ticks = 0;
    res.send(String(before));
};
END
);

my %functions;
my %expected;
my $n = 0;

while (my ($title, $files, $fresh, $shared) = splice @leaves, 0, 4) {
    my $fn = 'fn' . ++$n;
    $functions{$fn} = $files;
    $expected{$fn} = [$title, $fresh, $shared];
}

engine('what is left',
       http => 'invoke_isolates 1 max=1; invoke_queue 100 timeout=60s;',
       server => <<'END', functions => \%functions);
invoke_env GIVEN of;
location ~ ^/request/(?<fn>\w+)$ {
    invoke ./fn/$fn;
}
location ~ ^/function/(?<fn>\w+)$ {
    invoke_isolation function;
    invoke ./fn/$fn;
}
END

at_rest('one isolate is ready');

for my $fn (map { "fn$_" } 1 .. $n) {
    my ($title, $fresh, $shared) = @{ $expected{$fn} };

    is(again(3, "/request/$fn"), $fresh, "request: $title");
    is(again(3, "/function/$fn"), $shared, "function: $title");

    # one kind of context does not see the other

    is(again(1, "/request/$fn"), $fresh =~ s/,.*//r, "request again: $title");
}

is(join("\n", log_lines(qr/\[(error|crit)\]/)), '', 'no errors');
is(pool()->{created}, 1, 'all that in one isolate');


# A timer that is left over, and what it would do

engine('timers that are left over',
       http => 'invoke_isolates 1 max=1;',
       server => <<'END', functions => { f => <<'FN' });
location = /request { invoke ./fn/f; }
location = /function { invoke_isolation function; invoke ./fn/f; }
END
let n = 0;
module.exports = async (req, res) => {
    if (req.query.leave) {
        setTimeout(() => { n++; console.log('it went off'); }, 200);
        setInterval(() => {}, 10).unref();
        res.send('left');
        return;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
    res.send(String(n));
};
FN

is(again(2, '/request?leave=1'), 'left,left', 'two are left');
at_rest();
is(again(1, '/request'), '0', 'request: the next has nothing of them');
is(again(1, '/function'), '0', 'function: nor has another context');
is(again(2, '/function?leave=1'), 'left,left', 'two are left');
at_rest();

# they hold their invocation, or end with it: either way nothing runs on

like(again(1, '/function'), qr/^[02]$/, 'function: they are over');


# Starts

engine('starts', http => <<'HTTP', server => <<'END', functions => {
invoke_isolates 1 max=1;
log_format start '$invoke_start';
HTTP
location ~ ^/(?<fn>request|other)/ {
    access_log logs/start.log start;
    invoke ./fn/$fn;
}
location /function/ {
    access_log logs/start.log start;
    invoke_isolation function;
    invoke ./fn/request;
}
END
    request => "module.exports = (req, res) => res.send('f');\n",
    other => "module.exports = (req, res) => res.send('other');\n" });

at_rest('one isolate is ready');

# of requests for these paths; a line is written after the answer

sub starts {
    my $before = my @before = started();

    my $after = $before + @_;

    get($_) for @_;
    soon { started() == $after } 'the starts are logged';

    return join ',', (started())[$before .. $before + $#_];
}

sub started { split /\n/, Server::read_file(server->prefix . '/logs/start.log') }

is(starts(('/request/') x 3), 'cold,warm,warm', 'a fresh context each time');
is(starts(('/function/') x 3), 'warm,reused,reused',
   'what is compiled serves both');
is(starts('/other/', '/request/', '/function/'), 'cold,warm,reused',
   'another function between them');

my $functions = at_rest()->{functions};

is_deeply([@{ $functions->{fn_path('request')} }{qw(coldStarts warmStarts
                                               reusedStarts)}],
          [1, 4, 3], 'the metrics tell the same');

# the text changes: what the version before has left is of no use

put('request/index.js', "module.exports = (req, res) => res.send('g');\n");
soon { return get('/function/')->{body} eq 'g' } 'a new version';
is(starts('/function/'), 'reused', 'it has a context of its own');
is(get('/request/')->{body}, 'g', 'and a fresh one');


# Several functions, several versions

engine('several functions in one isolate',
       http => 'invoke_isolates 1 max=1; invoke_queue 200 timeout=60s;',
       server => <<'END', functions => {
invoke_directory_check 100ms;
location ~ ^/request/(?<fn>\w+)$ { invoke ./fn/$fn; }
location ~ ^/function/(?<fn>\w+)$ {
    invoke_isolation function;
    invoke ./fn/$fn;
}
END
    map { ("f$_" => { 'index.js' => <<"FN", 'lib.js' => "exports.of = 'f$_';" }) }
let calls = 0;
const { of } = require('./lib');
globalThis.owner ??= of;
module.exports = (req, res) => res.send(`\${of} \${owner} \${++calls}`);
FN
        1 .. 40 });

at_rest('one isolate is ready');

my @all = map { "f$_" } 1 .. 40;

for my $round (1, 2) {
    is(bodies(map { get("/request/$_") } @all),
       join(',', map { "$_ $_ 1" } @all), "request: round $round");
}

# more functions than an isolate keeps contexts of: the oldest go

my @counts = map { get("/function/$_")->{body} } @all;

is(join(',', @counts), join(',', map { "$_ $_ 1" } @all),
   'function: each in its own');

is(join(',', map { get('/function/f40')->{body} } 1 .. 3),
   'f40 f40 2,f40 f40 3,f40 f40 4', 'the last one is kept');

like(get('/function/f1')->{body}, qr/^f1 f1 [12]$/, 'the first may be gone');

# together, they wait for the isolate and for each other

is(bodies(together(map { "/request/$_" } @all)),
   join(',', map { "$_ $_ 1" } @all), 'all at once');

for my $version (2 .. 4) {
    put('f40/lib.js', "exports.of = 'v$version';\n");
    soon { return get('/function/f40')->{body} =~ /^v$version / } "version $version";
    is(get('/function/f40')->{body} =~ s/ \d+$//r, "v$version v$version",
       "version $version has its own globals");
    is(get('/request/f40')->{body}, "v$version v$version 1",
       "version $version, request");
}


# Two locations with one function

engine('two locations with one function',
       http => 'invoke_isolates 1 max=1;',
       server => <<'END', functions => { f => <<'FN' });
location = /a { invoke_env WHO a; invoke_timeout 20s; invoke ./fn/f; }
location = /b { invoke_env WHO b; invoke_timeout 500ms; invoke ./fn/f; }
location = /fa {
    invoke_isolation function;
    invoke_env WHO fa;
    invoke_param P fa;
    invoke ./fn/f;
}
location = /fb {
    invoke_isolation function;
    invoke_env WHO fb;
    invoke_timeout 500ms;
    invoke_max_response 10k;
    invoke ./fn/f;
}
END
let n = 0;
module.exports = async (req, res) => {
    if (req.query.wait) {
        await new Promise((resolve) => setTimeout(resolve, 1500));
    }
    if (req.query.large) {
        res.send('x'.repeat(100000));
        return;
    }
    res.send(`${process.env.WHO} ${req.params.P ?? '-'} ${++n}`);
};
FN

at_rest('one isolate is ready');

is(bodies(map { get($_) } qw(/a /b /a)), 'a - 1,b - 1,a - 1',
   'request: each has its environment');
is(bodies(map { get($_) } qw(/fa /fb /fa)), 'fa fa 1,fb - 2,fa fa 3',
   'function: one context, and each its environment');
is(get('/a?wait=1')->{body}, 'a - 1', 'a may take its time');
is(get('/b?wait=1')->{code}, 'timeout', 'b may not');
is(get('/fa?wait=1')->{status}, 200, 'nor does fa wait');
is(get('/fb?wait=1')->{code}, 'timeout', 'while fb may not');
is(length get('/fa?large=1')->{body}, 100000, 'fa may send much');
is(get('/fb?large=1')->{code}, 'response_too_large', 'fb may not');
at_rest();


# A context that a limit has hit is not used again

engine('a context after a limit',
       http => 'invoke_isolates 1 max=1;',
       server => <<'END', functions => { f => <<'FN' });
invoke_isolation function;
invoke_timeout 500ms;
location = /f { invoke ./fn/f; }
END
let n = 0, broken = false;
module.exports = (req, res) => {
    n++;
    if (req.query.spin) {
        broken = true;
        for (;;);
    }
    res.send(`${n} ${broken}`);
};
FN

is(again(2, '/f'), '1 false,2 false', 'it counts');
is(get('/f?spin=1')->{code}, 'timeout', 'it spins');
is(again(2, '/f'), '1 false,2 false', 'another counts anew');

engine_stop();
