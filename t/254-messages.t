# MessageChannel, MessagePort and BroadcastChannel within a context.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: a message is a copy of the value, told later
--- function
module.exports = (req, res) => {
  const { port1, port2 } = new MessageChannel();
  const value = { list: [1, 2n], map: new Map([[1, new Date(0)]]) };
  let now = true;

  port2.onmessage = (event) => {
    const { data } = event;

    res.json([now, event.constructor.name, event.type, event.ports,
              data !== value, String(data.list[1]), data.map.get(1)]);
    port2.close();
  };

  port1.postMessage(value);
  value.list.length = 0;
  now = false;
};
--- request
GET /t
--- response_body chomp
[false,"MessageEvent","message",[],true,"2","1970-01-01T00:00:00.000Z"]



=== TEST 2: messages wait for a port to start, and come in order
--- function
const { receiveMessageOnPort } = require('worker_threads');
const { setImmediate: turn } = require('timers/promises');

module.exports = async (req, res) => {
  const { port1, port2 } = new MessageChannel();
  const got = [];

  for (let i = 0; i < 4; i++) {
    port1.postMessage(i);
  }

  got.push(receiveMessageOnPort(port2).message);
  await turn();
  port2.on('message', (message) => got.push(message));
  await turn();
  got.push(receiveMessageOnPort(port2) === undefined);
  port2.on('close', () => res.json([...got, 'closed']));
  port1.postMessage('last');
  port1.close();
  port1.postMessage('too late');
};
--- request
GET /t
--- response_body chomp
[0,1,2,3,true,"last","closed"]



=== TEST 3: a port goes with a message, a buffer as well
--- function
module.exports = async (req, res) => {
  const { port1, port2 } = new MessageChannel();
  const other = new MessageChannel();
  const buffer = new ArrayBuffer(8);

  const got = await new Promise((resolve) => {
    port2.on('message', ({ port, buffer }) => {
      port.postMessage(buffer.byteLength);
    });
    other.port1.on('message', resolve);
    port1.postMessage({ port: other.port2, buffer }, [other.port2, buffer]);
  });

  const again = new MessageChannel();
  const { port } = structuredClone({ port: again.port1 },
                                   { transfer: [again.port1] });
  const through = await new Promise((resolve) => {
    again.port2.onmessage = ({ data }) => resolve(data);
    port.postMessage('hello');
  });

  res.json([got, buffer.byteLength, port instanceof MessagePort, through]);
};
--- request
GET /t
--- response_body chomp
[8,0,true,"hello"]



=== TEST 4: what cannot be posted
--- function
const { receiveMessageOnPort } = require('worker_threads');

module.exports = (req, res) => {
  const { port1, port2 } = new MessageChannel();
  const closed = new MessageChannel().port1;

  closed.close();

  res.json([
    () => port1.postMessage(),
    () => port1.postMessage(1, 'list'),
    () => port1.postMessage(1, { transfer: 0 }),
    () => port1.postMessage(() => {}),
    () => port1.postMessage({ port2 }),
    () => port1.postMessage(1, [port1]),
    () => port1.postMessage(1, [port2, port2]),
    () => port1.postMessage(1, [closed]),
    () => new MessagePort(),
    () => receiveMessageOnPort({}),
    () => structuredClone(port1),
  ].map((fn) => {
    try {
      return fn();
    } catch (error) {
      return [error.name, error.code, error.message];
    }
  }));
};
--- request
GET /t
--- response_body chomp
[["TypeError","ERR_MISSING_ARGS","Not enough arguments to MessagePort.postMessage"],["TypeError","ERR_INVALID_ARG_TYPE","Optional transferList argument must be an iterable"],["TypeError","ERR_INVALID_ARG_TYPE","Optional options.transfer argument must be an iterable"],["DataCloneError",25,"() => {} could not be cloned."],["TypeError","ERR_MISSING_TRANSFERABLE_IN_TRANSFER_LIST","Object that needs transfer was found in message but not listed in transferList"],["DataCloneError",25,"Transfer list contains source port"],["DataCloneError",25,"Transfer list contains duplicate MessagePort"],["DataCloneError",25,"MessagePort in transfer list is already detached"],["TypeError","ERR_CONSTRUCT_CALL_INVALID","Constructor cannot be called"],["TypeError","ERR_INVALID_ARG_TYPE","The \"port\" argument must be a MessagePort instance"],["TypeError","ERR_MISSING_TRANSFERABLE_IN_TRANSFER_LIST","Object that needs transfer was found in message but not listed in transferList"]]



=== TEST 5: a port that listens holds no invocation
--- function
module.exports = (req, res) => {
  new MessageChannel().port1.onmessage = () => {};
  res.status(202);
};
--- request
GET /t
--- error_code: 202



=== TEST 6: a channel of a name reaches all others of it
--- function
const { setImmediate: turn } = require('timers/promises');

module.exports = async (req, res) => {
  const from = new BroadcastChannel('news');
  const got = [];
  const channels = ['news', 'news', 'other'].map((name, i) => {
    const channel = new BroadcastChannel(name);

    channel.onmessage = ({ data }) => {
      data.seen = got.push([i, data.text, data.seen === undefined]);
    };

    return channel;
  });

  from.onmessage = () => got.push('its own');
  from.postMessage({ text: 'hello' });
  await turn();
  [from, ...channels].forEach((channel) => channel.close());

  try {
    from.postMessage(1);
  } catch (error) {
    got.push(error.message);
  }

  res.json(got);
};
--- request
GET /t
--- response_body chomp
[[0,"hello",true],[1,"hello",true],"BroadcastChannel is closed."]



=== TEST 7: copies of Blobs, keys and others that Node's library can tell of
--- function
const { BlockList, SocketAddress } = require('net');
const { createSecretKey, subtle } = require('crypto');

module.exports = async (req, res) => {
  const tell = async (f) => {
    let value;

    try {
      value = await f();
    } catch (error) {
      value = [error.name, error.code, error.message];
    }

    res.write(JSON.stringify(value) + '\n');
  };

  const blob = new Blob(['abc'], { type: 't/x' });

  blob.extra = 'is not copied';

  await tell(async () => {
    const { a: [copy, again], b } = structuredClone({ a: [blob, blob], b: 1 });

    return [copy instanceof Blob, copy !== blob, copy === again, copy.type,
            await copy.text(), copy.extra, b];
  });
  await tell(async () => {
    const copy = structuredClone(new File(['abc'], 'name', { type: 't/x' }));

    return [copy instanceof File, copy instanceof Blob, copy.type,
            await copy.text()];
  });
  await tell(() => {
    const list = new BlockList();

    list.addAddress('1.2.3.4');

    const copy = structuredClone(list);

    return [copy instanceof BlockList, copy.check('1.2.3.4'),
            copy.check('1.2.3.5')];
  });
  await tell(() => {
    const copy = structuredClone(new SocketAddress({ address: '1.2.3.4' }));

    return [copy instanceof SocketAddress, copy.address];
  });
  await tell(() => {
    const key = createSecretKey('secret', 'utf8');
    const copy = structuredClone(key);

    return [copy !== key, copy.equals(key), copy.export().toString(),
            copy.type];
  });
  await tell(async () => {
    const key = await subtle.generateKey({ name: 'HMAC', hash: 'SHA-1' },
                                         false, ['sign', 'verify']);
    const copy = structuredClone(key);
    const made = await subtle.sign('HMAC', copy, Buffer.from('text'));

    return [copy instanceof CryptoKey, copy.extractable, copy.algorithm,
            copy.usages,
            await subtle.verify('HMAC', key, made, Buffer.from('text'))];
  });
  await tell(() => {
    const module = new WebAssembly.Module(Buffer.from('0061736d01000000',
                                                      'hex'));
    const copy = structuredClone({ module }).module;

    return [copy !== module, copy instanceof WebAssembly.Module];
  });

  for (const value of [new URLSearchParams('a=b'), new Headers({ a: 'b' }),
                       new FormData(), new AbortController().signal])
  {
    await tell(() => structuredClone(value));
  }

  for (const value of [new ReadableStream(), new WritableStream(),
                       new TransformStream(), new MessageChannel().port1])
  {
    await tell(() => structuredClone([blob, value]));
  }

  await tell(async () => {
    const { port1, port2 } = new MessageChannel();
    const came = new Promise((resolve) => { port1.onmessage = resolve; });

    port2.postMessage({ blob });

    return (await came).data.blob.text();
  });

  res.end();
};
--- request
GET /t
--- response_body
[true,true,true,"t/x","abc",null,1]
[false,true,"t/x","abc"]
[true,true,false]
[true,"1.2.3.4"]
[true,true,"secret","secret"]
[true,false,{"name":"HMAC","length":512,"hash":{"name":"SHA-1"}},["sign","verify"],true]
[true,true]
{}
{}
{}
{}
["TypeError","ERR_MISSING_TRANSFERABLE_IN_TRANSFER_LIST","Object that needs transfer was found in message but not listed in transferList"]
["TypeError","ERR_MISSING_TRANSFERABLE_IN_TRANSFER_LIST","Object that needs transfer was found in message but not listed in transferList"]
["TypeError","ERR_MISSING_TRANSFERABLE_IN_TRANSFER_LIST","Object that needs transfer was found in message but not listed in transferList"]
["TypeError","ERR_MISSING_TRANSFERABLE_IN_TRANSFER_LIST","Object that needs transfer was found in message but not listed in transferList"]
"abc"



=== TEST 8: streams are transferred, and what was made of them works on
--- function
const { transferableAbortController,
        transferableAbortSignal } = require('util');

module.exports = async (req, res) => {
  const tell = async (f) => {
    let value;

    try {
      value = await f();
    } catch (error) {
      value = [error.name, error.code, error.message];
    }

    res.write(JSON.stringify(value) + '\n');
  };

  const all = async (stream) => {
    const parts = [];

    for await (const part of stream) {
      parts.push(part);
    }

    return parts;
  };

  const moved = (value) => structuredClone(value, { transfer: [value] });
  const source = (...parts) => new ReadableStream({
    start(controller) {
      parts.forEach((part) => controller.enqueue(part));
      controller.close();
    },
  });

  await tell(async () => {
    const from = source('a', { b: [1] });
    const to = moved(from);

    return [to instanceof ReadableStream, from.locked, await all(to)];
  });
  await tell(async () => {
    const got = [];
    const from = new WritableStream({ write: (part) => { got.push(part); },
                                      close: () => { got.push('end'); } });
    const writer = moved(from).getWriter();

    await writer.write('a');
    await writer.write('b');
    await writer.close();
    await new Promise((resolve) => setImmediate(resolve));

    return got;
  });
  await tell(async () => {
    const { readable, writable } = moved(new TransformStream({
      transform: (part, controller) => controller.enqueue(part + part),
    }));
    const writer = writable.getWriter();

    writer.write('a');
    writer.close();

    return all(readable);
  });
  await tell(() => all(moved(new ReadableStream({
    start: (controller) => controller.error(new RangeError('bad')),
  }))));
  await tell(() => {
    const signal = moved(transferableAbortSignal(AbortSignal.abort('why')));

    return [signal instanceof AbortSignal, signal.aborted, signal.reason];
  });
  await tell(async () => {
    const controller = transferableAbortController();
    const signal = moved(controller.signal);
    const aborted = new Promise((resolve) => { signal.onabort = resolve; });

    controller.abort('later');
    await aborted;

    return signal.reason;
  });
  await tell(async () => (await moved(new Blob(['blob']))).text());

  const locked = source();
  const kept = source();
  const { signal } = new AbortController();

  locked.getReader();

  await tell(() => moved(locked));
  await tell(() => structuredClone(1, { transfer: [kept, kept] }));
  await tell(() => structuredClone(() => {}, { transfer: [kept] }));
  await tell(() => kept.locked);

  for (const value of [{}, 1, null, new Uint8Array(1), new URL('http://x/'),
                       signal])
  {
    await tell(() => structuredClone(1, { transfer: [value] }));
  }

  res.end();
};
--- request
GET /t
--- response_body
[true,true,["a",{"b":[1]}]]
["a","b","end"]
["aa"]
["RangeError",null,"bad"]
[true,true,"why"]
"later"
"blob"
["DataCloneError",25,"Cannot transfer a locked ReadableStream"]
["DataCloneError",25,"Transfer list contains duplicate ReadableStream"]
["DataCloneError",25,"() => {} could not be cloned."]
false
["TypeError","ERR_INVALID_TRANSFER_OBJECT","Found invalid object in transferList"]
["TypeError","ERR_INVALID_TRANSFER_OBJECT","Found invalid object in transferList"]
["TypeError","ERR_INVALID_TRANSFER_OBJECT","Found invalid object in transferList"]
["TypeError","ERR_INVALID_TRANSFER_OBJECT","Found invalid object in transferList"]
["TypeError","ERR_INVALID_TRANSFER_OBJECT","Found invalid object in transferList"]
["TypeError","ERR_INVALID_TRANSFER_OBJECT","Found invalid object in transferList"]
