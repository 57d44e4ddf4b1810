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
