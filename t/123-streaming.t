# Streams: res.write and its kin, and req as a stream of the body.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: write and end
--- function
module.exports = (req, res) => {
    res.type('txt');
    res.write('a');
    res.write('b');
    res.end('c');
};
--- request
GET /t
--- response_headers
Content-Type: text/plain; charset=utf-8
--- response_body chomp
abc



=== TEST 2: write of all kinds
--- function
module.exports = (req, res) => {
    res.write('a');
    res.write(new Uint8Array([98]));
    res.write(new Uint8Array([0, 99, 0]).subarray(1, 2));
    res.write('ZA==', 'base64');
    res.write('65', 'hex');
    res.write('\u00e9');
    res.write('');
    res.end();
};
--- request
GET /t
--- response_body chomp
abcdeé



=== TEST 3: write takes no other values
--- function
module.exports = (req, res) => {
    const errors = [];

    for (const chunk of [5, {}, undefined, null, true]) {
        try {
            res.write(chunk);
        } catch (e) {
            errors.push(e.code + ': ' + e.message);
        }
    }

    res.json(errors);
};
--- request
GET /t
--- response_body chomp
["ERR_INVALID_ARG_TYPE: The \"chunk\" argument must be of type string or an instance of Buffer or Uint8Array. Received type number (5)","ERR_INVALID_ARG_TYPE: The \"chunk\" argument must be of type string or an instance of Buffer or Uint8Array. Received an instance of Object","ERR_INVALID_ARG_TYPE: The \"chunk\" argument must be of type string or an instance of Buffer or Uint8Array. Received undefined","ERR_STREAM_NULL_VALUES: May not write null values to stream","ERR_INVALID_ARG_TYPE: The \"chunk\" argument must be of type string or an instance of Buffer or Uint8Array. Received type boolean (true)"]



=== TEST 4: status and headers go with the first piece
--- function
module.exports = (req, res) => {
    res.status(201).set('X-A', '1').write('x');

    try {
        res.set('X-B', '2');
    } catch (e) {
        res.end(e.code);
    }
};
--- request
GET /t
--- error_code: 201
--- response_headers
X-A: 1
! X-B
--- response_body chomp
xERR_HTTP_HEADERS_SENT



=== TEST 5: a handler that does not end its response
--- function
module.exports = (req, res) => {
    res.write('half');
};
--- request
GET /t
--- response_body chomp
half
--- error_log
finished without ending its response



=== TEST 6: flushHeaders
--- function
module.exports = async (req, res) => {
    res.flushHeaders();

    const sent = res.headersSent;

    await sleep(5);
    res.end(String(sent));
};
--- request
GET /t
--- response_body chomp
true



=== TEST 7: server-sent events
--- function
module.exports = async (req, res) => {
    res.type('text/event-stream');

    for (let i = 0; i < 3; i++) {
        res.write(`data: ${i}\n\n`);
        await sleep(5);
    }

    res.end();
};
--- request
GET /t
--- response_headers
Content-Type: text/event-stream; charset=utf-8
--- response_body eval
"data: 0\n\ndata: 1\n\ndata: 2\n\n"



=== TEST 8: drain
--- function
module.exports = (req, res) => {
    let rest = 100;
    let drains = 0;

    const more = () => {
        while (rest > 0) {
            rest--;

            if (!res.write('x'.repeat(50000))) {
                drains++;
                res.once('drain', more);
                return;
            }
        }

        console.log('drained: ' + (drains > 0));
        res.end();
    };

    more();
};
--- request
GET /t
--- response_body_like chomp
^(?:x{50000}){100}$
--- error_log
drained: true



=== TEST 9: a promise of drain
--- function
module.exports = async (req, res) => {
    for (let i = 0; i < 60; i++) {
        if (!res.write('y'.repeat(50000))) {
            await new Promise((resolve) => res.once('drain', resolve));
        }
    }

    res.end();
};
--- request
GET /t
--- response_body_like chomp
^(?:y{50000}){60}$



=== TEST 10: callbacks of write and end
--- function
module.exports = (req, res) => {
    const order = [];

    res.on('finish', () => order.push('finish'));
    res.on('close', () => console.log('order: ' + order.join(',')));
    res.write('a', () => order.push('write'));
    res.write('b', 'utf8', () => order.push('write2'));
    res.end('c', 'utf8', () => order.push('end'));
    order.push('sync');
};
--- request
GET /t
--- response_body chomp
abc
--- error_log
order: sync,write,write2,finish,end



=== TEST 11: end takes a callback alone
--- function
module.exports = (req, res) => {
    res.end(() => console.log('ended: ' + res.writableFinished));
};
--- request
GET /t
--- response_body eval
""
--- error_log
ended: true



=== TEST 12: a listener that comes after the end
--- function
module.exports = (req, res) => {
    res.send('x');
    res.on('finish', () => console.log('finish is told'));
};
--- request
GET /t
--- response_body chomp
x
--- error_log
finish is told



=== TEST 13: listeners delay nothing
--- function
module.exports = async (req, res) => {
    res.on('finish', () => console.log('finish'));
    res.on('close', () => console.log('close'));
    res.send('x');
    await sleep(1);
};
--- request
GET /t
--- response_body chomp
x
--- error_log
finish
close



=== TEST 14: after the end
--- function
module.exports = (req, res) => {
    const log = (what) => (e) => console.log(what + ': ' + e.code);

    res.on('error', log('error'));
    res.end('x');
    console.log('write gives ' + res.write('late', log('write')));
    console.log('end gives ' + (res.end('late', log('end')) === res));
};
--- request
GET /t
--- response_body chomp
x
--- error_log
write gives false
end gives true
write: ERR_STREAM_WRITE_AFTER_END
error: ERR_STREAM_WRITE_AFTER_END
end: ERR_STREAM_ALREADY_FINISHED



=== TEST 15: a late write without a listener is no error
--- function
module.exports = async (req, res) => {
    res.end('x');
    res.write('late');
    await sleep(1);
    res.end('later');
};
--- request
GET /t
--- response_body chomp
x



=== TEST 16: destroy before the end
--- function
module.exports = (req, res) => {
    res.write('a');
    res.destroy(new Error('broken off'));
};
--- request
GET /t
--- ignore_response
--- error_log
broken off



=== TEST 17: destroy before anything was sent
--- function
module.exports = (req, res) => {
    res.destroy();
};
--- request
GET /t
--- error_code: 500
--- response_body_like chomp
destroyed before its end
--- error_log
destroyed before its end



=== TEST 18: the events of an emitter
--- function
module.exports = (req, res) => {
    const seen = [];
    const one = (...args) => seen.push(['one', ...args]);
    const two = function () { seen.push(['two', this === res]); };

    res.on('x', one).once('x', two).prependListener('x', () => seen.push(0));
    res.addListener('y', one);
    seen.push(res.emit('x', 1, 2), res.emit('x', 3), res.emit('none'));
    seen.push(res.listenerCount('x'), res.eventNames(),
              res.listeners('y')[0] === one);
    res.off('x', one).removeListener('y', one);
    seen.push(res.listenerCount('x'), res.emit('y'));
    res.removeAllListeners('x');
    seen.push(res.listenerCount('x'));
    res.json(seen);
};
--- request
GET /t
--- response_body chomp
[0,["one",1,2],["two",true],0,["one",3],true,true,false,2,["x","y"],true,1,false,0]



=== TEST 19: emitters: listeners that come and go while an event is told
--- function
module.exports = (req, res) => {
    const seen = [];
    const second = () => seen.push('second');

    res.on('x', () => {
        seen.push('first');
        res.off('x', second);
        res.on('x', () => seen.push('added'));
    });
    res.on('x', second);
    res.emit('x');
    seen.push('|');
    res.emit('x');

    let n = 0;

    res.once('y', () => { n++; res.emit('y'); });
    res.emit('y');
    res.json([seen, n]);
};
--- request
GET /t
--- response_body chomp
[["first","second","|","first","added"],1]



=== TEST 20: emitters: newListener, removeListener, prependOnceListener
--- function
module.exports = (req, res) => {
    const seen = [];

    res.on('newListener', (event) => seen.push('+' + String(event)));
    res.on('removeListener', (event) => seen.push('-' + String(event)));
    res.prependOnceListener('x', () => seen.push('once'));
    res.emit('x');
    res.emit('x');
    res.removeAllListeners();
    res.json(seen);
};
--- request
GET /t
--- response_body chomp
["+removeListener","+x","-x","once"]



=== TEST 21: emitters: an error that nobody listens to
--- function
module.exports = (req, res) => {
    const errors = [];

    for (const value of [new Error('mine'), 'text', undefined]) {
        try {
            res.emit('error', value);
        } catch (e) {
            errors.push(e.message);
        }
    }

    try {
        res.on('x', 'no function');
    } catch (e) {
        errors.push(e.code + ': ' + e.message);
    }

    res.json(errors);
};
--- request
GET /t
--- response_body chomp
["mine","Unhandled error. ('text')","Unhandled error. (undefined)","ERR_INVALID_ARG_TYPE: The \"listener\" argument must be of type function. Received type string ('no function')"]



=== TEST 22: req: data and end
--- function
module.exports = (req, res) => {
    const sizes = [];

    req.on('data', (chunk) => sizes.push(chunk.length));
    req.on('end', () => res.json([sizes, req.readableEnded, req.complete]));
};
--- request eval
"POST /t\n" . ("x" x 70000)
--- response_body chomp
[[65536,4464],true,true]



=== TEST 23: req: no body
--- function
module.exports = (req, res) => {
    let data = 0;

    req.on('data', () => data++);
    req.on('end', () => res.json(['end', data]));
};
--- request
GET /t
--- response_body chomp
["end",0]



=== TEST 24: req: end comes after resume()
--- function
module.exports = (req, res) => {
    req.on('end', () => res.send('end'));
    req.resume();
};
--- request
POST /t
abc
--- response_body chomp
end



=== TEST 25: req: close comes after end
--- function
module.exports = (req, res) => {
    const seen = [];

    req.on('end', () => seen.push('end'));
    req.on('close', () => res.json([...seen, 'close']));
    req.resume();
};
--- request
POST /t
abc
--- response_body chomp
["end","close"]



=== TEST 26: req: setEncoding cuts no character
--- function
module.exports = (req, res) => {
    let text = '';

    req.setEncoding('utf8');
    req.on('data', (chunk) => text += chunk);
    req.on('end', () => res.json([text.length, /^x\u00e9+$/.test(text),
                                  req.readableEncoding]));
};
--- request eval
"POST /t\nx" . ("\xc3\xa9" x 40000)
--- response_body chomp
[40001,true,"utf8"]



=== TEST 27: req: other encodings
--- function
module.exports = (req, res) => {
    let text = '';

    req.setEncoding(req.path.slice(1));
    req.on('data', (chunk) => text += chunk);
    req.on('end', () => res.send(text));
};
--- request eval
["POST /t/hex\nhi!",
 "POST /t/base64\nhello",
 "POST /t/latin1\nabc"]
--- response_body eval
["686921",
 "aGVsbG8=",
 "abc"]



=== TEST 28: req: pause and resume
--- function
module.exports = async (req, res) => {
    const seen = [];

    req.on('data', (chunk) => seen.push(chunk.length));
    req.pause();
    await sleep(5);
    seen.push(req.isPaused(), req.readableFlowing);
    req.resume();
    req.on('end', () => res.json(seen));
};
--- request
POST /t
abc
--- response_body chomp
[true,false,3]



=== TEST 29: req: for await
--- function
module.exports = async (req, res) => {
    const sizes = [];

    for await (const chunk of req) {
        sizes.push(chunk.length);
    }

    res.json(sizes);
};
--- request eval
"POST /t\n" . ("x" x 70000)
--- response_body chomp
[65536,4464]



=== TEST 30: req: for await, broken off
--- function
module.exports = async (req, res) => {
    for await (const chunk of req) {
        break;
    }

    res.json([req.destroyed, req.readable]);
};
--- request eval
"POST /t\n" . ("x" x 70000)
--- response_body chomp
[true,false]



=== TEST 31: req: readable and read()
--- function
module.exports = (req, res) => {
    let size = 0;
    let calls = 0;

    req.on('readable', () => {
        let chunk;

        calls++;

        while ((chunk = req.read()) !== null) {
            size += chunk.length;
        }
    });
    req.on('end', () => res.json([size, calls > 0]));
};
--- request eval
"POST /t\n" . ("x" x 70000)
--- response_body chomp
[70000,true]



=== TEST 32: req: read(size) and unshift()
--- function
module.exports = (req, res) => {
    const text = (bytes) => String.fromCharCode(...bytes);

    req.once('readable', () => {
        const first = req.read(2);

        req.unshift(first);
        res.json([text(first), text(req.read(3)), text(req.read())]);
    });
};
--- request
POST /t
abcdef
--- response_body chomp
["ab","abc","def"]



=== TEST 33: req: pipe into the response
--- function
module.exports = (req, res) => {
    res.type('bin');
    req.pipe(res);
};
--- request eval
"POST /t\n" . ("z" x 70000)
--- response_body_like chomp
^(?:z{7000}){10}$



=== TEST 34: req: pipe waits for drain
--- function
const { Writable } = require('stream');

module.exports = (req, res) => {
    const seen = [];

    req.pipe(new Writable({
        highWaterMark: 1,
        write(chunk, encoding, callback) {
            seen.push(chunk.length);
            setTimeout(callback, 5);
        },
        final(callback) {
            callback();
            res.json(seen);
        },
    }));
};
--- request eval
"POST /t\n" . ("x" x 70000)
--- response_body chomp
[65536,4464]



=== TEST 35: req: unpipe
--- function
const { Writable } = require('stream');

module.exports = async (req, res) => {
    let n = 0;
    const sink = new Writable({
        write(chunk, encoding, callback) {
            n++;
            callback();
        },
    });

    req.pipe(sink);
    req.unpipe(sink);
    await sleep(10);
    res.json(n);
};
--- request
POST /t
abc
--- response_body chomp
0



=== TEST 36: req: the stream and req.body are both there
--- function
module.exports = (req, res) => {
    let size = 0;

    req.on('data', (chunk) => size += chunk.length);
    req.on('end', () => res.json([size, req.body]));
};
--- request
POST /t
{"a":1}
--- more_headers
Content-Type: application/json
--- response_body chomp
[7,{"a":1}]



=== TEST 37: req: destroy
--- function
module.exports = async (req, res) => {
    let data = 0;

    req.on('data', () => data++);
    req.on('error', (e) => console.log('told: ' + e.message));
    req.destroy(new Error('no more'));
    await sleep(5);
    res.json([data, req.destroyed]);
};
--- request
POST /t
abc
--- response_body chomp
[0,true]
--- error_log
told: no more



=== TEST 38: pipeFrom: a response of fetch
--- function
module.exports = async (req, res) => {
    const headers = new Map([['content-type', 'text/x'], ['x-a', '1'],
                             ['content-length', '99'],
                             ['content-encoding', 'gzip']]);
    const chunks = [new Uint8Array([104]), new Uint8Array([105])];

    await res.pipeFrom({
        status: 203,
        headers,
        body: { getReader: () => ({
            read: async () => ({ done: chunks.length === 0,
                                 value: chunks.shift() }),
        }) },
    });
};
--- request
GET /t
--- error_code: 203
--- response_headers
Content-Type: text/x
X-A: 1
! Content-Encoding
--- response_body chomp
hi



=== TEST 39: pipeFrom: a message of an HTTP client
--- function
module.exports = (req, res) => res.pipeFrom({
    statusCode: 200,
    headers: { 'x-a': '1', 'set-cookie': ['a=1', 'b=2'],
               'transfer-encoding': 'chunked' },
    async *[Symbol.asyncIterator]() {
        yield 'a';
        yield 'b';
    },
});
--- request
GET /t
--- response_headers
X-A: 1
Set-Cookie: a=1, b=2
--- response_body chomp
ab



=== TEST 40: pipeFrom: an emitter, a text, no body
--- function
module.exports = async (req, res) => {
    if (req.path === '/emitter') {
        const listeners = {};

        setTimeout(() => {
            listeners.data('x');
            listeners.data('y');
            listeners.end();
        }, 2);

        await res.pipeFrom({ statusCode: 201, headers: {},
                             on: (event, f) => listeners[event] = f });

    } else if (req.path === '/text') {
        await res.pipeFrom({ status: 202, body: undefined,
                             text: async () => 'text' });

    } else {
        await res.pipeFrom({ status: 204, headers: {}, body: null });
    }
};
--- request eval
["GET /t/emitter",
 "GET /t/text",
 "GET /t/none"]
--- error_code eval
[201, 202, 204]
--- response_body eval
["xy",
 "text",
 ""]



=== TEST 41: pipeFrom: an error of the source
--- function
module.exports = (req, res) => res.pipeFrom({
    status: 200,
    body: { getReader: () => ({ read: async () => {
        throw new Error('source broke');
    } }) },
});
--- request
GET /t
--- error_code: 500
--- response_body_like chomp
source broke
--- error_log
source broke



=== TEST 42: write: without a type none is sent
--- function
module.exports = (req, res) => { res.write('a'); res.end('b'); };
--- request
GET /t
--- response_headers
! Content-Type
--- response_body: ab
