# process.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: what it is
--- function
module.exports = (req, res) => res.json([String(process), typeof process, process === global.process, process === require('process')]);
--- request
GET /t
--- response_body chomp
["[object process]","object",true,true]



=== TEST 2: version
--- function
module.exports = (req, res) => {
    res.json([/^v18\.\d+\.\d+$/.test(process.version),
              'v' + process.versions.node === process.version,
              /^1[01]\.\d/.test(process.versions.v8),
              process.platform, ['x64', 'arm64'].includes(process.arch),
              process.release.name]);
};
--- request
GET /t
--- response_body chomp
[true,true,true,"linux",true,"node"]



=== TEST 19: the OpenSSL of versions is the one that is loaded
--- function
module.exports = (req, res) => res.json(process.versions.openssl);
--- request
GET /t
--- response_body eval
my ($version) = `openssl version` =~ /Library: OpenSSL (\S+)/;
qq{"$version"}



=== TEST 3: argv and such
--- function
module.exports = (req, res) => res.json([process.argv, process.argv0, process.execArgv, process.execPath, process.title, process.pid, process.ppid, process.cwd()]);
--- request
GET /t
--- response_body chomp
[["node","index.js"],"node",[],"/usr/local/bin/node","node",1,1,"/"]



=== TEST 4: env
--- config
    location /t {
        invoke ./html/fn;
        invoke_env A 1;
        invoke_env __proto__ x;
        invoke_env EMPTY "";
    }
--- function
module.exports = (req, res) => res.json([process.env.A, process.env.NONE ?? null, process.env.EMPTY, Object.keys(process.env).includes('A')]);
--- request
GET /t
--- response_body chomp
["1",null,"",true]



=== TEST 5: env: names of Object.prototype
--- config
    location /t {
        invoke ./html/fn;
        invoke_env A 1;
        invoke_env __proto__ x;
        invoke_env EMPTY "";
    }
--- function
module.exports = (req, res) => res.json([Object.getPrototypeOf(process.env) === Object.prototype, ({}).x ?? null]);
--- request
GET /t
--- response_body chomp
[true,null]



=== TEST 6: env: the worker's own environment is not there
--- config
    location /t {
        invoke ./html/fn;
        invoke_env A 1;
        invoke_env __proto__ x;
        invoke_env EMPTY "";
    }
--- function
module.exports = (req, res) => res.json([process.env.PATH ?? null, process.env.HOME ?? null]);
--- request
GET /t
--- response_body chomp
[null,null]



=== TEST 7: env: changes are kept within the invocation
--- config
    location /t {
        invoke ./html/fn;
        invoke_env A 1;
        invoke_env __proto__ x;
        invoke_env EMPTY "";
    }
--- function
module.exports = async (req, res) => {
    const before = [process.env.A, process.env.NEW ?? null];

    process.env.A = 'changed';
    process.env.NEW = 'new';
    await sleep(1);
    res.json([before, process.env.A, process.env.NEW,
              delete process.env.A, process.env.A ?? null]);
};
--- request eval
["GET /t",
 "GET /t"]
--- response_body eval
["[[\"1\",null],\"changed\",\"new\",true,null]",
 "[[\"1\",null],\"changed\",\"new\",true,null]"]



=== TEST 8: env: with isolation "function", too
--- config
    location /t {
        invoke ./html/fn;
        invoke_env A $arg_a;
        invoke_isolation function;
        invoke_env B x;
        invoke_env EMPTY "";
    }
--- function
module.exports = (req, res) => {
    const before = process.env.A;

    process.env.A = 'changed';
    res.json([before, process.env.A]);
};
--- request eval
["GET /t",
 "GET /t"]
--- response_body eval
["[\"\",\"changed\"]",
 "[\"\",\"changed\"]"]



=== TEST 9: env may be read while the module loads
--- config
    location /t {
        invoke ./html/fn;
        invoke_env A 1;
        invoke_env __proto__ x;
        invoke_env EMPTY "";
    }
--- function
const { A } = process.env;

module.exports = (req, res) => res.send(A);
--- request
GET /t
--- response_body chomp
1



=== TEST 10: hrtime
--- function
module.exports = async (req, res) => {
    const start = process.hrtime();
    const big = process.hrtime.bigint();

    await sleep(10);

    const [s, ns] = process.hrtime(start);
    const passed = process.hrtime.bigint() - big;
    const errors = [];

    for (const time of [5, [1], {}]) {
        try {
            process.hrtime(time);
        } catch (e) {
            errors.push(e.code);
        }
    }

    res.json([s === 0, ns > 9e6, passed > 9000000n, errors]);
};
--- request
GET /t
--- response_body chomp
[true,true,true,["ERR_INVALID_ARG_TYPE","ERR_OUT_OF_RANGE","ERR_INVALID_ARG_TYPE"]]



=== TEST 11: uptime, memoryUsage, cpuUsage, resourceUsage
--- function
module.exports = (req, res) => {
    const memory = process.memoryUsage();
    const cpu = process.cpuUsage();
    const positive = (object) => Object.values(object).every((n) => n >= 0);

    res.json([process.uptime() >= 0, Object.keys(memory), positive(memory),
              memory.heapUsed > 0, process.memoryUsage.rss() > 0,
              Object.keys(cpu), positive(cpu), positive(process.cpuUsage(cpu)),
              process.resourceUsage().maxRSS > 0]);
};
--- request
GET /t
--- response_body chomp
[true,["rss","heapTotal","heapUsed","external","arrayBuffers"],true,true,true,["user","system"],true,true,true]



=== TEST 12: nextTick with arguments
--- function
module.exports = (req, res) => {
    process.nextTick((a, b) => res.json([a, b]), 1, 2);
};
--- request
GET /t
--- response_body chomp
[1,2]



=== TEST 13: emitWarning
--- function
module.exports = (req, res) => {
    process.emitWarning('careful');
    process.emitWarning('coded', 'OwnWarning', 'W001');
    process.emitWarning('options', { type: 'T', code: 'C', detail: 'more' });
    process.emitWarning(new RangeError('an error'));
    res.end();
};
--- request
GET /t
--- response_body eval
""
--- error_log
Warning: careful
[W001] OwnWarning: coded
[C] T: options
RangeError: an error



=== TEST 14: what is refused
--- function
module.exports = (req, res) => {
    const names = ['exit', 'abort', 'kill', 'chdir', 'dlopen', 'setuid',
                   'setgid', 'seteuid', 'setegid', 'setgroups',
                   'initgroups', 'reallyExit', 'umask'];

    res.json(names.map((name) => {
        try {
            process[name](1);
            return name + ' works';
        } catch (e) {
            return [e.message, e.code, e.errno];
        }
    }));
};
--- request
GET /t
--- response_body chomp
[["exit: operation not permitted","EACCES",-13],["abort: operation not permitted","EACCES",-13],["kill: operation not permitted","EACCES",-13],["chdir: operation not permitted","EACCES",-13],["dlopen: operation not permitted","EACCES",-13],["setuid: operation not permitted","EACCES",-13],["setgid: operation not permitted","EACCES",-13],["seteuid: operation not permitted","EACCES",-13],["setegid: operation not permitted","EACCES",-13],["setgroups: operation not permitted","EACCES",-13],["initgroups: operation not permitted","EACCES",-13],["reallyExit: operation not permitted","EACCES",-13],["umask: operation not permitted","EACCES",-13]]



=== TEST 15: process.binding leads nowhere
--- function
module.exports = (req, res) => {
    const errors = [];

    for (const name of ['fs', 'natives', 'invocation', 'loop', 'module']) {
        for (const method of ['binding', '_linkedBinding']) {
            try {
                process[method](name);
                errors.push(name);
            } catch (e) {
                errors.push(e.code);
            }
        }
    }

    res.json([...new Set(errors)]);
};
--- request
GET /t
--- response_body chomp
["ERR_UNKNOWN_BUILTIN_MODULE"]



=== TEST 16: umask and ids
--- function
module.exports = (req, res) => res.json([process.umask(), typeof process.getuid(), typeof process.getgid(), Array.isArray(process.getgroups())]);
--- request
GET /t
--- response_body chomp
[18,"number","number",true]



=== TEST 17: stdout and stderr are lines of the log
--- function
module.exports = (req, res) => {
    process.stdout.write('one\n');
    process.stdout.write('two ');
    process.stdout.write('parts\n');
    process.stderr.write('bad\n');
    res.json([process.stdout.isTTY ?? null, process.stdout.fd,
              process.stderr.fd]);
};
--- request
GET /t
--- response_body chomp
[null,1,2]
--- error_log
console.log: one
console.log: two parts
console.error: bad



=== TEST 18: methods of an emitter may be called
--- function
module.exports = (req, res) => {
    process.on('exit', () => {}).once('SIGTERM', () => {});
    res.json([typeof process.emit('none'), process.listenerCount('none'),
              process.off('exit', () => {}) === process]);
};
--- request
GET /t
--- response_body chomp
["boolean",0,true]



=== TEST 20: unhandledRejection has the store of its promise, rejectionHandled comes when there is a handler after all
--- function
const { AsyncLocalStorage } = require('async_hooks');
const als = new AsyncLocalStorage();
const turn = () => new Promise((resolve) => setImmediate(resolve));

module.exports = async (req, res) => {
    const seen = [];
    const promises = {};

    process.on('unhandledRejection', (reason, promise) => {
        promises[reason.message] = promise;
        seen.push([reason.message, als.getStore() ?? null]);
    });
    process.on('rejectionHandled', (promise) => {
        seen.push(['handled', Object.keys(promises).find((name) =>
                       promises[name] === promise), als.getStore() ?? null]);
    });

    als.run('s', () => Promise.reject(new Error('sync')));
    als.run('s', async () => {
        await null;
        Promise.reject(new Error('after await'));
    });
    als.run('s', () => {
        setImmediate(() => Promise.reject(new Error('in immediate')));
    });

    const late = Promise.reject(new Error('late'));
    const micro = Promise.reject(new Error('micro'));
    const tick = Promise.reject(new Error('tick'));

    queueMicrotask(() => micro.catch(() => seen.push('micro')));
    process.nextTick(() => tick.catch(() => seen.push('tick')));

    await turn();
    await turn();
    als.run('other', () => late.catch(() => seen.push('late')));
    late.catch(() => {});
    await turn();
    seen.push('end');

    for (const one of seen) {
        res.write(JSON.stringify(one) + '\n');
    }

    res.end();
};
--- request
GET /t
--- response_body
"tick"
"micro"
["sync","s"]
["late",null]
["after await","s"]
["in immediate","s"]
"late"
["handled","late",null]
"end"



=== TEST 21: a rejection that is handled too late is warned of where no one listens for that
--- function
module.exports = (req, res) => {
    process.on('unhandledRejection', () => {});
    Promise.reject(1);

    const late = Promise.reject(2);

    setImmediate(() => {
        late.catch(() => {});
        setImmediate(() => res.send('ok'));
    });
};
--- request
GET /t
--- response_body chomp
ok
--- error_log
PromiseRejectionHandledWarning: Promise rejection was handled asynchronously (rejection id: 2)
