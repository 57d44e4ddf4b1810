# Globals that the Minimum Common Web API has.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: they are there, and seen in no loop
--- function
module.exports = (req, res) => res.json([
  'AbortController', 'AbortSignal', 'Blob', 'BroadcastChannel',
  'ByteLengthQueuingStrategy', 'CountQueuingStrategy', 'CustomEvent',
  'DOMException', 'ErrorEvent', 'Event', 'EventTarget', 'File',
  'MessageChannel', 'MessageEvent', 'MessagePort', 'Performance',
  'PromiseRejectionEvent', 'ReadableStream', 'TextDecoder', 'TextEncoder',
  'TransformStream', 'URL', 'URLSearchParams', 'WritableStream', 'navigator',
  'self',
].filter((name) => globalThis[name] === undefined
         || Object.keys(globalThis).includes(name)).concat(
  self === globalThis, typeof navigator.userAgent, navigator.userAgent,
  String(navigator), Object.keys(globalThis).includes('reportError')));
--- request
GET /t
--- response_body chomp
[true,"string","Node.js/18","[object Navigator]",true]



=== TEST 2: a file
--- function
module.exports = async (req, res) => {
  const file = new File(['one', new Blob(['two'])], 'a.txt',
                        { type: 'text/plain', lastModified: 5 });

  res.json([file.name, file.size, file.type, file.lastModified,
            await file.text(), file instanceof Blob,
            File === require('buffer').File]);
};
--- request
GET /t
--- response_body chomp
["a.txt",6,"text/plain",5,"onetwo",true,true]
--- no_error_log
ExperimentalWarning



=== TEST 3: classes of events
--- function
module.exports = (req, res) => {
  const error = new Error('x');
  const promise = Promise.resolve();
  const target = new EventTarget();
  const seen = [];

  target.addEventListener('error', (event) => seen.push(
    event.message, event.filename, event.lineno, event.colno,
    event.error === error, event.cancelable, String(event)));
  target.addEventListener('unhandledrejection', (event) => seen.push(
    event.promise === promise, event.reason, String(event)));

  target.dispatchEvent(new ErrorEvent('error', {
    message: 'x', filename: 'a.js', lineno: 3, colno: 4, error,
    cancelable: true,
  }));
  target.dispatchEvent(new PromiseRejectionEvent('unhandledrejection', {
    promise, reason: 7,
  }));

  const { message, lineno } = new ErrorEvent('error');

  for (const fn of [() => new ErrorEvent(),
                    () => new PromiseRejectionEvent('x'),
                    () => new PromiseRejectionEvent('x', {})]) {
    try {
      fn();
    } catch ({ name }) {
      seen.push(name);
    }
  }

  res.json([...seen, message, lineno,
            new MessageEvent('message', { data: 1 }).data]);
};
--- request
GET /t
--- response_body chomp
["x","a.js",3,4,true,true,"[object ErrorEvent]",true,7,"[object PromiseRejectionEvent]","TypeError","TypeError","TypeError","",0,1]



=== TEST 4: what is reported is what nobody caught
--- function
module.exports = (req, res) => {
  process.once('uncaughtException', (error) => res.send(error.message));
  reportError(new Error('reported'));
};
--- request
GET /t
--- response_body chomp
reported



=== TEST 5: it ends the invocation when nobody listens
--- function
module.exports = (req, res) => {
  reportError(new Error('reported'));
  res.send('not sent');
};
--- request
GET /t
--- error_code: 500
--- response_body_like: "message":"reported"
--- error_log
failed, exception: Error: reported



=== TEST 6: signals, which are made in a way of their own
--- function
module.exports = (req, res) => {
  const { signal } = new AbortController();
  const thrown = (make) => {
    try {
      make();
    } catch ({ code }) {
      return code;
    }
  };

  res.json([
    Object.getPrototypeOf(signal) === AbortSignal.prototype,
    Object.getPrototypeOf(AbortSignal) === EventTarget,
    Object.getPrototypeOf(AbortSignal.prototype) === EventTarget.prototype,
    signal.constructor.name, String(signal), signal.aborted,
    thrown(() => new AbortSignal()),
    thrown(() => new (class extends AbortSignal {})()),
    Object.getPrototypeOf(new EventTarget()) === EventTarget.prototype,
    AbortSignal.abort('x').reason,
    AbortSignal.any([signal, AbortSignal.abort(7)]).reason,
  ]);
};
--- request
GET /t
--- response_body chomp
[true,true,true,"AbortSignal","[object AbortSignal]",false,"ERR_ILLEGAL_CONSTRUCTOR","ERR_ILLEGAL_CONSTRUCTOR",true,"x",7]
