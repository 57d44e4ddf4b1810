# The Minimum common web API (Ecma TC55, 2025): each of its names, by something
# that it does. Not there are WebAssembly.JSTag, which V8 10.2 and 11.3 do not
# have, and what is for hosts whose global object is an EventTarget: onerror,
# onunhandledrejection, onrejectionhandled. In their place are the events
# uncaughtException, unhandledRejection and rejectionHandled of process.

use TestInvoke 'no_plan';

# (module (func (export "add") (param i32 i32) (result i32) ...))
our $wasm = '[0,97,115,109,1,0,0,0,1,7,1,96,2,127,127,1,127,3,2,1,0,7,7,1,3,'
            . '97,100,100,0,0,10,9,1,7,0,32,0,32,1,106,11]';

our $function = <<'END';
const bytes = new Uint8Array(BYTES);

// (module (import "m" "f" (func)))
const imports = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0,
                                2, 7, 1, 1, 109, 1, 102, 0, 0]);

// (module (func (export "trap") unreachable))
const traps = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0,
                              3, 2, 1, 0, 7, 8, 1, 4, 116, 114, 97, 112, 0, 0,
                              10, 5, 1, 3, 0, 0, 11]);
const wasm = () => new Response(bytes, {
  headers: { 'content-type': 'application/wasm' } });
const name = (value) => value?.constructor?.name;
const refused = (fn) => { try { fn(); } catch (error) { return error; } };
const text = (bytes) => new TextDecoder().decode(bytes);
const streamOf = (...parts) => new ReadableStream({
  start(controller) {
    for (const part of parts) controller.enqueue(part);
    controller.close();
  },
});
const all = async (stream) => {
  let parts = [];
  for await (const part of stream) parts.push(part);
  return parts;
};
const byteStream = () => new ReadableStream({
  type: 'bytes',
  pull(controller) {
    if (controller.byobRequest) {
      controller.byobRequest.view[0] = 7;
      byteStream.request = controller.byobRequest;
      controller.byobRequest.respond(1);
    }
    byteStream.controller = controller;
  },
});

const checks = {
  AbortController() {
    const controller = new AbortController();
    controller.abort(1);
    return controller.signal.reason === 1
           && refused(() => controller.signal.throwIfAborted()) === 1;
  },
  AbortSignal: () => AbortSignal.abort().aborted
                     && AbortSignal.timeout(1e6) instanceof AbortSignal
                     && AbortSignal.any([AbortSignal.abort(2)]).reason === 2,
  Blob: async () => await new Blob(['a', 'b']).text() === 'ab'
                    && (await new Blob(['ab']).slice(1).bytes())[0] === 98,
  ByteLengthQueuingStrategy: () =>
    new ByteLengthQueuingStrategy({ highWaterMark: 1 }).size(bytes)
    === bytes.length,
  async CompressionStream() {
    const parts = await all(streamOf(new Uint8Array(1000))
      .pipeThrough(new CompressionStream('gzip')));
    const back = async (format) => text(Buffer.concat(await all(
      streamOf(Buffer.from('text'))
        .pipeThrough(new CompressionStream(format))
        .pipeThrough(new DecompressionStream(format)))));

    return parts[0][0] === 31 && await back('gzip') === 'text'
           && await back('deflate') === 'text'
           && await back('deflate-raw') === 'text'
           && await back('brotli') === 'text'
           && refused(() => new CompressionStream('x')) instanceof TypeError;
  },
  CountQueuingStrategy: () =>
    new CountQueuingStrategy({ highWaterMark: 1 }).size(bytes) === 1,
  Crypto: () => crypto instanceof Crypto,
  async CryptoKey() {
    return await crypto.subtle.importKey('raw', bytes,
      { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']) instanceof CryptoKey;
  },
  CustomEvent: () => new CustomEvent('x', { detail: 1 }).detail === 1,
  async DecompressionStream() {
    const parts = await all(streamOf(new TextEncoder().encode('text'))
      .pipeThrough(new CompressionStream('deflate'))
      .pipeThrough(new DecompressionStream('deflate')));
    return text(parts[0]) === 'text';
  },
  DOMException: () => new DOMException('x', 'AbortError').code === 20,
  ErrorEvent: () => new ErrorEvent('x', { message: 'y' }).message === 'y',
  Event: () => new Event('x', { cancelable: true }).cancelable,
  EventTarget() {
    const target = new EventTarget();
    let seen;
    target.addEventListener('x', ({ type }) => seen = type);
    target.dispatchEvent(new Event('x'));
    return seen === 'x';
  },
  File: () => new File(['x'], 'name').name === 'name',
  FormData() {
    const form = new FormData();
    form.append('a', 1);
    return form.get('a') === '1';
  },
  Headers() {
    const headers = new Headers({ A: 'b' });
    headers.append('Set-Cookie', 'a=b');
    headers.append('Set-Cookie', 'c=d');
    return headers.get('a') === 'b'
           && headers.getSetCookie().join() === 'a=b,c=d';
  },
  async MessageChannel() {
    const { port1, port2 } = new MessageChannel();
    const got = new Promise((resolve) =>
      port2.onmessage = ({ data }) => resolve(data));
    port1.postMessage({ a: 1 });
    const { a } = await got;
    port1.close();
    return a === 1;
  },
  MessageEvent: () => new MessageEvent('x', { data: 1 }).data === 1,
  MessagePort() {
    const { port1 } = new MessageChannel();
    port1.close();
    return port1 instanceof MessagePort;
  },
  Performance: () => performance instanceof Performance,
  PromiseRejectionEvent: () => new PromiseRejectionEvent('x', {
    promise: Promise.resolve(), reason: 1 }).reason === 1,
  async ReadableByteStreamController() {
    await byteStream().getReader({ mode: 'byob' }).read(new Uint8Array(1));
    return byteStream.controller instanceof ReadableByteStreamController;
  },
  ReadableStream: async () => (await all(streamOf(1, 2))).join() === '1,2'
    && (await all(ReadableStream.from([1, Promise.resolve(2)]))).join()
       === '1,2'
    && (await all(ReadableStream.from(streamOf(3)))).join() === '3'
    && refused(() => ReadableStream.from({})) instanceof TypeError,
  async ReadableStreamBYOBReader() {
    const reader = byteStream().getReader({ mode: 'byob' });
    const { value } = await reader.read(new Uint8Array(1));
    return reader instanceof ReadableStreamBYOBReader && value[0] === 7;
  },
  async ReadableStreamBYOBRequest() {
    await byteStream().getReader({ mode: 'byob' }).read(new Uint8Array(1));
    return byteStream.request instanceof ReadableStreamBYOBRequest;
  },
  ReadableStreamDefaultController() {
    let given;
    new ReadableStream({ start: (controller) => given = controller });
    return given instanceof ReadableStreamDefaultController;
  },
  async ReadableStreamDefaultReader() {
    const reader = streamOf(1).getReader();
    return reader instanceof ReadableStreamDefaultReader
           && (await reader.read()).value === 1;
  },
  Request: async () => await new Request('http://x.test/', {
    method: 'POST', body: 'x' }).text() === 'x',
  Response: async () => (await new Response('[1]').json())[0] === 1
    && (await Response.json([2]).json())[0] === 2
    && Response.redirect('http://x.test/').status === 302
    && Response.error().type === 'error',
  SubtleCrypto: async () => crypto.subtle instanceof SubtleCrypto
    && (await crypto.subtle.digest('SHA-256', bytes)).byteLength === 32,
  TextDecoder: () => new TextDecoder('utf-16le')
    .decode(new Uint8Array([0x61, 0])) === 'a',
  TextDecoderStream: async () => (await all(streamOf(new Uint8Array([0xc3]),
    new Uint8Array([0xbc])).pipeThrough(new TextDecoderStream())))
    .join('') === 'ü',
  TextEncoder: () => new TextEncoder().encode('ü').length === 2,
  TextEncoderStream: async () => (await all(streamOf('ü')
    .pipeThrough(new TextEncoderStream())))[0].length === 2,
  TransformStream: async () => (await all(streamOf(1)
    .pipeThrough(new TransformStream({
      transform: (n, controller) => controller.enqueue(n + 1) }))))[0] === 2,
  TransformStreamDefaultController() {
    let given;
    new TransformStream({ start: (controller) => given = controller });
    return given instanceof TransformStreamDefaultController;
  },
  URL: () => new URL('../b?c', 'http://x.test/a/').href
             === 'http://x.test/b?c'
             && URL.canParse('b', 'http://x.test/a') && !URL.canParse('b')
             && URL.parse('b', 'http://x.test/a').href === 'http://x.test/b'
             && URL.parse('b') === null,
  URLPattern: () => new URLPattern({ pathname: '/:a' })
    .exec('http://x.test/b').pathname.groups.a === 'b',
  URLSearchParams: () => new URLSearchParams({ a: 'ü' }).toString()
                         === 'a=%C3%BC',
  'WebAssembly.Global': () => new WebAssembly.Global({ value: 'i32' }, 42)
    .value === 42,
  'WebAssembly.Instance': () => new WebAssembly.Instance(
    new WebAssembly.Module(bytes)).exports.add(1, 2) === 3,
  'WebAssembly.Memory': () => new WebAssembly.Memory({ initial: 1 })
    .buffer.byteLength === 65536,
  'WebAssembly.Module': () => WebAssembly.Module.exports(
    new WebAssembly.Module(bytes))[0].name === 'add',
  'WebAssembly.Table': () => new WebAssembly.Table({
    element: 'anyfunc', initial: 2 }).length === 2,
  'WebAssembly.Tag': () => name(new WebAssembly.Tag({ parameters: [] }))
                           === 'Tag',
  'WebAssembly.Exception'() {
    const tag = new WebAssembly.Tag({ parameters: ['i32'] });
    return new WebAssembly.Exception(tag, [7]).getArg(tag, 0) === 7;
  },
  'WebAssembly.CompileError': () => refused(() =>
    new WebAssembly.Module(bytes.slice(0, 9)))
    instanceof WebAssembly.CompileError,
  'WebAssembly.LinkError': () => refused(() => new WebAssembly.Instance(
    new WebAssembly.Module(imports), { m: { f: 1 } }))
    instanceof WebAssembly.LinkError,
  'WebAssembly.RuntimeError': () => refused(
    new WebAssembly.Instance(new WebAssembly.Module(traps)).exports.trap)
    instanceof WebAssembly.RuntimeError,
  async WritableStream() {
    const seen = [];
    const writer = new WritableStream({ write: (n) => void seen.push(n) })
      .getWriter();
    await writer.write(1);
    await writer.close();
    return seen[0] === 1;
  },
  WritableStreamDefaultController() {
    let given;
    new WritableStream({ start(controller) { given = controller; } });
    return given instanceof WritableStreamDefaultController;
  },
  WritableStreamDefaultWriter: () => new WritableStream().getWriter()
    instanceof WritableStreamDefaultWriter,
  globalThis: () => globalThis.globalThis === globalThis,
  atob: () => atob('YQ==') === 'a',
  btoa: () => btoa('a') === 'YQ==',
  clearTimeout() {
    clearTimeout(setTimeout(() => { throw new Error('timeout'); }, 1));
    return true;
  },
  clearInterval() {
    clearInterval(setInterval(() => { throw new Error('interval'); }, 1));
    return true;
  },
  console: () => console.log('minimum') === undefined,
  crypto: () => crypto.randomUUID().length === 36
                && crypto.getRandomValues(new Uint8Array(2)).length === 2,
  fetch: async () => await (await fetch('data:,x')).text() === 'x',
  'navigator.userAgent': () => /^[\w.]+\/\d+$/.test(navigator.userAgent),
  performance: () => performance.now() > 0
    && Math.abs(performance.timeOrigin - Date.now()) < 864e5,
  queueMicrotask: () => new Promise((resolve) =>
    queueMicrotask(() => resolve(true))),
  reportError: () => new Promise((resolve) => {
    process.once('uncaughtException', ({ message }) =>
      resolve(message === 'reported'));
    reportError(new Error('reported'));
  }),
  self: () => self === globalThis,
  setTimeout: () => new Promise((resolve) => setTimeout(resolve, 1, true)),
  setInterval: () => new Promise((resolve) => {
    const id = setInterval(() => { clearInterval(id); resolve(true); }, 1);
  }),
  structuredClone: () => structuredClone(new Map([[1, [2]]])).get(1)[0] === 2,
  'WebAssembly.compile': async () => await WebAssembly.compile(bytes)
    instanceof WebAssembly.Module,
  'WebAssembly.compileStreaming': async () =>
    await WebAssembly.compileStreaming(wasm()) instanceof WebAssembly.Module
    && (await WebAssembly.compileStreaming(new Response(bytes))
        .catch((error) => error)).code === 'ERR_WEBASSEMBLY_RESPONSE',
  'WebAssembly.instantiate': async () => (await WebAssembly.instantiate(bytes))
    .instance.exports.add(1, 2) === 3,
  'WebAssembly.instantiateStreaming': async () =>
    (await WebAssembly.instantiateStreaming(Promise.resolve(wasm())))
      .instance.exports.add(1, 2) === 3
    && (await WebAssembly.instantiateStreaming(bytes)
        .catch((error) => error)).code === 'ERR_INVALID_ARG_TYPE',
  'WebAssembly.validate': () => WebAssembly.validate(bytes),

  // the other way to the events of the global object
  unhandledRejection: () => new Promise((resolve) => {
    process.once('unhandledRejection', (reason) => resolve(reason === 1));
    Promise.reject(1);
  }),
};

module.exports = async (req, res) => {
  const failed = [];

  for (const name in checks) {
    try {
      if (await checks[name]() !== true) failed.push(name);
    } catch (error) {
      failed.push(`${name}: ${error}`);
    }
  }

  res.json([Object.keys(checks).length, failed]);
};
END

$function =~ s/BYTES/$wasm/;

run_tests();

__DATA__

=== TEST 1: each name does something
--- config
location /t { invoke ./html/fn; }
location /f { invoke ./html/fn; invoke_isolation function; }
--- function eval
$::function
--- request eval
["GET /t", "GET /f", "GET /f"]
--- response_body eval
['[75,[]]', '[75,[]]', '[75,[]]']
