# Timers, immediates, ticks and microtasks; what a handler waits for.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: setTimeout
--- function
module.exports = async (req, res) => {
    const start = Date.now();

    await new Promise((resolve) => setTimeout(resolve, 20));
    res.json(Date.now() - start >= 19);
};
--- request
GET /t
--- response_body chomp
true



=== TEST 2: arguments, this
--- function
module.exports = (req, res) => {
    const timer = setTimeout(function (a, b) {
        res.json([a, b, this === timer]);
    }, 1, 'x', 'y');
};
--- request
GET /t
--- response_body chomp
["x","y",true]



=== TEST 3: the order of ticks, microtasks, timers and immediates
--- function
module.exports = async (req, res) => {
    const order = [];

    setTimeout(() => order.push('t0'), 0);
    setImmediate(() => order.push('imm'));
    process.nextTick(() => order.push('tick'));
    Promise.resolve().then(() => order.push('micro'));
    queueMicrotask(() => order.push('micro2'));
    order.push('sync');
    await sleep(50);
    res.json(order);
};
--- request
GET /t
--- response_body chomp
["sync","tick","micro","micro2","t0","imm"]



=== TEST 4: the same outside of an async function
--- function
module.exports = (req, res) => {
    const order = [];

    setTimeout(() => order.push('t0'), 0);
    setImmediate(() => order.push('imm'));
    Promise.resolve().then(() => order.push('micro'));
    process.nextTick(() => order.push('tick'));
    order.push('sync');
    setTimeout(() => res.json(order), 50);
};
--- request
GET /t
--- response_body chomp
["sync","tick","micro","t0","imm"]



=== TEST 5: ticks and microtasks run between callbacks
--- function
module.exports = async (req, res) => {
    const order = [];
    const step = (name) => () => {
        order.push(name);
        process.nextTick(() => order.push(name + '.tick'));
        Promise.resolve().then(() => order.push(name + '.micro'));
    };

    setImmediate(step('i1'));
    setImmediate(step('i2'));
    setTimeout(step('t1'), 40);
    setTimeout(step('t2'), 40);
    await sleep(100);
    res.json(order);
};
--- request
GET /t
--- response_body chomp
["i1","i1.tick","i1.micro","i2","i2.tick","i2.micro","t1","t1.tick","t1.micro","t2","t2.tick","t2.micro"]



=== TEST 6: ticks and microtasks of one another
--- function
module.exports = async (req, res) => {
    const order = [];

    process.nextTick(() => {
        order.push('tick1');
        process.nextTick(() => order.push('tick2'));
        Promise.resolve().then(() => {
            order.push('micro1');
            process.nextTick(() => order.push('tick3'));
        });
    });
    await sleep(1);
    res.json(order);
};
--- request
GET /t
--- response_body chomp
["tick1","tick2","micro1","tick3"]



=== TEST 7: timers by time, then by age
--- function
module.exports = async (req, res) => {
    const order = [];

    for (const [name, ms] of [['a', 30], ['b', 10], ['c', 20], ['d', 10], ['e', 30]])
        setTimeout(() => order.push(name), ms);

    await sleep(60);
    res.json(order);
};
--- request
GET /t
--- response_body chomp
["b","d","c","a","e"]



=== TEST 8: delays that are none
--- function
module.exports = async (req, res) => {
    const order = [];

    for (const ms of [undefined, null, -5, NaN, 'abc', 0, 1, '1', 0.5, {}, []])
        setTimeout(() => order.push(String(ms)), ms);

    await sleep(30);
    res.json(order);
};
--- request
GET /t
--- response_body chomp
["undefined","null","-5","NaN","abc","0","1","1","0.5","[object Object]",""]



=== TEST 9: a delay that does not fit
--- function
module.exports = async (req, res) => {
    setTimeout(() => {}, 2 ** 31);
    await sleep(5);
    res.send('x');
};
--- request
GET /t
--- response_body chomp
x
--- error_log
2147483648 does not fit into a 32-bit signed integer



=== TEST 10: setInterval
--- function
module.exports = async (req, res) => {
    let n = 0;
    const interval = setInterval(() => n++, 5);

    while (n < 4)
        await sleep(5);

    clearInterval(interval);

    const seen = n;

    await sleep(20);
    res.json(n === seen);
};
--- request
GET /t
--- response_body chomp
true



=== TEST 11: an interval that clears itself
--- function
module.exports = async (req, res) => {
    let n = 0;

    await new Promise((resolve) => {
        const interval = setInterval(() => {
            if (++n === 3) {
                clearInterval(interval);
                resolve();
            }
        }, 1);
    });
    await sleep(30);
    res.json(n);
};
--- request
GET /t
--- response_body chomp
3



=== TEST 12: clearTimeout, of each kind, by number and text
--- function
module.exports = async (req, res) => {
    const fired = [];
    const t = (name) => setTimeout(() => fired.push(name), 2);
    const a = t('a');
    const b = t('b');
    const c = t('c');
    const i = setImmediate(() => fired.push('i'));

    clearTimeout(a);
    clearInterval(+b);
    clearTimeout(String(+c));
    clearImmediate(i);
    t('d');
    await sleep(50);
    res.json([fired, typeof +a]);
};
--- request
GET /t
--- response_body chomp
[["d"],"number"]



=== TEST 13: clearing what is no timer
--- function
module.exports = (req, res) => {
    for (const junk of [undefined, null, 0, -1, 'x', {}, [], () => {}, NaN]) {
        clearTimeout(junk);
        clearInterval(junk);
        clearImmediate(junk);
    }

    res.send('fine');
};
--- request
GET /t
--- response_body chomp
fine



=== TEST 14: clearing a timer that has fired, from its own callback and twice
--- function
module.exports = async (req, res) => {
    let n = 0;
    const t = setTimeout(() => {
        n++;
        clearTimeout(t);
    }, 1);

    await sleep(10);
    clearTimeout(t);
    clearTimeout(t);
    res.json(n);
};
--- request
GET /t
--- response_body chomp
1



=== TEST 15: what is no callback
--- function
module.exports = (req, res) => {
    const errors = [];

    for (const set of [setTimeout, setInterval, setImmediate,
                       queueMicrotask, process.nextTick])
    {
        for (const callback of [undefined, 'code']) {
            try {
                set(callback);
            } catch (e) {
                errors.push(e.name + ' ' + e.code);
            }
        }
    }

    try {
        setTimeout('1');
    } catch (e) {
        errors.push(e.message);
    }

    res.json(errors);
};
--- request
GET /t
--- response_body chomp
["TypeError ERR_INVALID_ARG_TYPE","TypeError ERR_INVALID_ARG_TYPE","TypeError ERR_INVALID_ARG_TYPE","TypeError ERR_INVALID_ARG_TYPE","TypeError ERR_INVALID_ARG_TYPE","TypeError ERR_INVALID_ARG_TYPE","TypeError ERR_INVALID_ARG_TYPE","TypeError ERR_INVALID_ARG_TYPE","TypeError ERR_INVALID_ARG_TYPE","TypeError ERR_INVALID_ARG_TYPE","The \"callback\" argument must be of type function. Received type string ('1')"]



=== TEST 16: Timeout: refresh
--- function
module.exports = async (req, res) => {
    const start = Date.now();

    await new Promise((resolve) => {
        const timer = setTimeout(resolve, 40);

        setTimeout(() => timer.refresh(), 20);
    });
    res.json(Date.now() - start >= 58);
};
--- request
GET /t
--- response_body chomp
true



=== TEST 17: Timeout: refresh after it has fired, close
--- function
module.exports = async (req, res) => {
    let n = 0;
    const timer = setTimeout(() => n++, 1);

    await sleep(10);
    timer.refresh();
    await sleep(10);
    timer.refresh().close();
    await sleep(30);
    res.json(n);
};
--- request
GET /t
--- response_body chomp
2



=== TEST 18: Timeout: ref, unref, hasRef
--- function
module.exports = (req, res) => {
    const t = setTimeout(() => {}, 1);
    const seen = [t.hasRef(), t.unref() === t, t.hasRef(), t.ref() === t,
                  t.hasRef()];
    const i = setImmediate(() => {});

    res.json([...seen, i.hasRef(), i.unref().hasRef(), i.ref().hasRef(),
              t.constructor.name, i.constructor.name]);
};
--- request
GET /t
--- response_body chomp
[true,true,false,true,true,true,false,true,"Timeout","Immediate"]



=== TEST 19: an immediate that immediates add runs the next time
--- function
module.exports = async (req, res) => {
    const order = [];

    setImmediate(() => {
        order.push('a');
        setImmediate(() => order.push('c'));
    });
    setImmediate(() => order.push('b'));
    await sleep(50);
    res.json(order);
};
--- request
GET /t
--- response_body chomp
["a","b","c"]



=== TEST 20: an immediate that another one clears
--- function
module.exports = async (req, res) => {
    const order = [];

    setImmediate(() => {
        order.push('a');
        clearImmediate(b);
    });

    const b = setImmediate(() => order.push('b'));

    setImmediate(() => order.push('c'));
    await sleep(50);
    res.json(order);
};
--- request
GET /t
--- response_body chomp
["a","c"]



=== TEST 21: sleep
--- function
module.exports = async (req, res) => {
    const start = Date.now();

    await sleep();
    await sleep(0);
    res.json([await sleep(15) ?? null, Date.now() - start >= 14]);
};
--- request
GET /t
--- response_body chomp
[null,true]



=== TEST 22: ten thousand timers
--- function
module.exports = async (req, res) => {
    let fired = 0;

    for (let i = 0; i < 10000; i++) {
        const timer = setTimeout(() => fired++, i * 7919 % 50 + 1);

        if (i % 3 === 0)
            clearTimeout(timer);
    }

    await sleep(300);
    res.json(fired);
};
--- request
GET /t
--- response_body chomp
6666



=== TEST 23: a handler that answers later
--- function
module.exports = (req, res) => {
    setTimeout(() => res.send('from a timer'), 5);
};
--- request
GET /t
--- response_body chomp
from a timer



=== TEST 24: from an immediate, a tick, a microtask
--- function
module.exports = (req, res) => {
    const later = { '/i': setImmediate, '/t': process.nextTick,
                    '/m': queueMicrotask }[req.path];

    later(() => res.send(req.path));
};
--- request eval
["GET /t/i",
 "GET /t/t",
 "GET /t/m"]
--- response_body eval
["/i",
 "/t",
 "/m"]



=== TEST 25: by a chain of timers
--- function
module.exports = (req, res) => {
    let n = 0;
    const step = () => ++n === 5 ? res.json(n) : setTimeout(step, 1);

    step();
};
--- request
GET /t
--- response_body chomp
5



=== TEST 26: timers that send nothing are waited for, then there is nothing
--- function
module.exports = async (req, res) => {
    res.status(202);
    setTimeout(() => console.log('timer ran'), 20);
};
--- request
GET /t
--- error_code: 202
--- response_body eval
""
--- error_log
timer ran
the handler has finished without a response



=== TEST 27: an unref()ed timer is not waited for
--- function
module.exports = async (req, res) => {
    setTimeout(() => console.log('timer ran'), 50).unref();
};
--- request
GET /t
--- response_body eval
""
--- error_log
without a response
--- no_error_log
timer ran



=== TEST 28: timers end with the response and its handler
--- function
module.exports = async (req, res) => {
    setInterval(() => console.log('timer ran'), 2);
    res.send('done');
};
--- request
GET /t
--- response_body chomp
done
--- no_error_log
timer ran



=== TEST 29: not before the handler has settled
--- function
module.exports = async (req, res) => {
    setTimeout(() => console.log('timer ran'), 2);
    res.send('done');
    await sleep(20);
};
--- request
GET /t
--- response_body chomp
done
--- error_log
timer ran



=== TEST 30: an exception in a timer
--- function
module.exports = (req, res) => {
    setTimeout(() => { throw new Error('from a timer'); }, 1);
};
--- request
GET /t
--- error_code: 500
--- response_body_like chomp
"message":"from a timer"
--- error_log
exception: Error: from a timer



=== TEST 31: in an immediate, a tick, a microtask
--- function
module.exports = (req, res) => {
    const later = { '/i': setImmediate, '/t': process.nextTick,
                    '/m': queueMicrotask }[req.path];

    later(() => { throw new Error('at ' + req.path); });
};
--- request eval
["GET /t/i",
 "GET /t/t",
 "GET /t/m"]
--- error_code eval
[500, 500, 500]
--- error_log eval
qr/exception: Error: at \//



=== TEST 32: in an interval, while the handler waits
--- function
module.exports = async (req, res) => {
    setInterval(() => { throw new Error('from an interval'); }, 1);
    await sleep(50);
    res.send('not reached');
};
--- request
GET /t
--- error_code: 500
--- response_body_like chomp
"message":"from an interval"
--- error_log
from an interval



=== TEST 33: an exception in a timer after the response
--- function
module.exports = async (req, res) => {
    res.send('fine');
    setTimeout(() => { throw new Error('from a timer'); }, 1);
    await sleep(20);
};
--- request
GET /t
--- response_body chomp
fine
--- wait: 0.5
--- error_log
from a timer



=== TEST 34: other callbacks go on after an exception
--- config
    location /t {
        invoke ./html/fn;
        invoke_isolation function;
    }
--- function
module.exports = (req, res) => {
    if (req.path === '/a') {
        setTimeout(() => { throw new Error('one'); }, 1);
        setTimeout(() => { throw new Error('two'); }, 1);
    } else {
        console.log('Error: one did no harm');
        setTimeout(() => res.send('b'), 5);
    }
};
--- request eval
["GET /t/a",
 "GET /t/b"]
--- error_code eval
[500, 200]
--- error_log
Error: one



=== TEST 35: a promise that is rejected and that nobody handles
--- function
module.exports = async (req, res) => {
    Promise.reject(new Error('unhandled'));
    await sleep(20);
    res.send('not reached');
};
--- request
GET /t
--- error_code: 500
--- response_body_like chomp
"message":"unhandled"
--- error_log
unhandled



=== TEST 36: one that is handled in time
--- function
module.exports = async (req, res) => {
    const p = Promise.reject(new Error('handled'));

    process.nextTick(() => p.catch(() => {}));
    await sleep(5);
    res.send('fine');
};
--- request
GET /t
--- response_body chomp
fine



=== TEST 37: one that is handled too late
--- function
module.exports = async (req, res) => {
    const p = Promise.reject(new Error('too late'));

    setTimeout(() => p.catch(() => {}), 5);
    await sleep(20);
    res.send('not reached');
};
--- request
GET /t
--- error_code: 500
--- response_body_like chomp
"message":"too late"
--- error_log
too late



=== TEST 38: one after the response does no harm
--- function
module.exports = async (req, res) => {
    res.send('fine');
    Promise.reject(new Error('afterwards'));
    await sleep(5);
};
--- request
GET /t
--- response_body chomp
fine
--- error_log
afterwards



=== TEST 39: with isolation "function" timers do not survive their invocation
--- config
    location /t {
        invoke ./html/fn;
        invoke_isolation function;
    }
--- function
let ticks = 0;

module.exports = async (req, res) => {
    if (req.path === '/start') {
        setInterval(() => ticks++, 1);
        res.send('started');
    } else {
        await sleep(20);
        res.json(ticks);
    }
};
--- request eval
["GET /t/start",
 "GET /t/look"]
--- response_body eval
["started",
 "0"]



=== TEST 40: timers/promises
--- function
module.exports = async (req, res) => {
    const timers = require('timers/promises');
    const seen = [await timers.setTimeout(1, 'value'),
                  await timers.setImmediate('imm')];

    for await (const value of timers.setInterval(1, 'again')) {
        seen.push(value);

        if (seen.length === 5)
            break;
    }

    await timers.scheduler.wait(1);
    await timers.scheduler.yield();
    res.json([...seen, require('timers').promises === timers,
              require('node:timers/promises') === timers]);
};
--- request
GET /t
--- response_body chomp
["value","imm","again","again","again",true,true]



=== TEST 41: timers
--- function
module.exports = (req, res) => {
    const timers = require('timers');

    res.json([timers.setTimeout === setTimeout, timers.clearImmediate === clearImmediate]);
};
--- request
GET /t
--- response_body chomp
[true,true]



=== TEST 42: what the library waits for by a timer is not the invocation's
--- config
    location /t {
        invoke ./html/fn;
        invoke_isolation function;
    }
--- function
const { ServerResponse } = require('http');

const seen = [];
let n = 0;
let first;

new PerformanceObserver((list) => {
    seen.push(...list.getEntries().map(({ name }) => name));
}).observe({ entryTypes: ['mark'] });

function date() {
    const response = new ServerResponse({ method: 'GET', httpVersionMajor: 1,
                                          httpVersionMinor: 1 });

    response.writeHead(200);

    return /Date: (.*)\r/.exec(response._header)[1];
}

module.exports = async (req, res) => {
    if (++n < 3) {
        performance.mark(`mark ${n}`);
        first ??= date();
        res.json(n);
        return;
    }

    await sleep(1100);
    res.json([...seen, date() !== first]);
};
--- request eval
["GET /t", "GET /t", "GET /t"]
--- response_body_like eval
['^1$', '^2$', '^\["mark 1","mark 2",true\]$']
