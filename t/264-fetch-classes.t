# Headers, Request, Response, FormData, and what fetch() does without a network.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: they are there, as Node has them
--- function
module.exports = (req, res) => res.json([
  'CloseEvent', 'EventSource', 'FormData', 'Headers', 'Request', 'Response', 'URLPattern',
  'WebSocket',
].map((name) => [typeof globalThis[name], globalThis[name].name,
                 Object.keys(globalThis).includes(name)].join()).concat(
  typeof fetch, fetch.name, fetch.length,
  Object.keys(globalThis).includes('fetch')));
--- request
GET /t
--- response_body chomp
["function,CloseEvent,false","function,EventSource,false","function,FormData,false","function,Headers,false","function,Request,false","function,Response,false","function,URLPattern,false","function,WebSocket,false","function","fetch",1,true]



=== TEST 2: headers
--- function
module.exports = (req, res) => {
  const headers = new Headers({ 'X-One': '1', 'accept': 'a' });

  headers.append('x-one', '2');
  headers.append('set-cookie', 'a=1');
  headers.append('Set-Cookie', 'b=2');
  headers.set('b', ' trimmed ');
  headers.delete('accept');

  const refused = [];

  for (const fn of [() => headers.append('a b', '1'),
                    () => headers.append('a', 'x\ny'),
                    () => new Headers([['a']])]) {
    try {
      fn();
    } catch (error) {
      refused.push(error.name);
    }
  }

  res.json([[...headers], headers.get('X-ONE'), headers.has('accept'),
            headers.getSetCookie(), headers.get('none'), refused]);
};
--- request
GET /t
--- response_body chomp
[[["b","trimmed"],["set-cookie","a=1"],["set-cookie","b=2"],["x-one","1, 2"]],"1, 2",false,["a=1","b=2"],null,["TypeError","TypeError","TypeError"]]



=== TEST 3: requests
--- function
module.exports = async (req, res) => {
  const request = new Request('http://x.test/a?b#c', {
    method: 'post', body: JSON.stringify({ a: 1 }),
    headers: { 'content-type': 'application/json' },
  });
  const copy = request.clone();
  const other = new Request(request, { headers: { a: 'b' } });

  res.json([request.method, request.url, request.bodyUsed,
            await copy.json(), other.headers.get('a'), await other.text(),
            request.signal.aborted, request.redirect, request.mode]);
};
--- request
GET /t
--- response_body chomp
["POST","http://x.test/a?b#c",true,{"a":1},"b","{\"a\":1}",false,"follow","cors"]



=== TEST 4: responses
--- function
module.exports = async (req, res) => {
  const json = Response.json({ a: 1 }, { status: 201 });
  const text = new Response('täxt', { headers: { a: 'b' } });
  const bytes = new Response(new Uint8Array([1, 2, 3]));
  const stream = new Response(new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('one '));
      controller.enqueue(new TextEncoder().encode('two'));
      controller.close();
    },
  }));
  const clone = stream.clone();
  const used = new Response('x');

  await used.text();

  res.json([json.status, json.headers.get('content-type'), await json.json(),
            text.headers.get('content-type'), await text.text(),
            [...new Uint8Array(await bytes.arrayBuffer())],
            await stream.text(), await clone.text(),
            (await new Response('abc').blob()).size,
            Response.redirect('http://x.test/', 303).status,
            Response.error().type, new Response(null).body,
            await used.text().catch(({ name }) => name),
            await new Response('{').json().catch(({ name }) => name)]);
};
--- request
GET /t
--- response_body chomp
[201,"application/json",{"a":1},"text/plain;charset=UTF-8","täxt",[1,2,3],"one two","one two",3,303,"error",null,"TypeError","SyntaxError"]



=== TEST 5: forms, there and back
--- function
module.exports = async (req, res) => {
  const form = new FormData();

  form.append('a', '1');
  form.append('a', 'zwei\nü');
  form.append('file', new Blob(['one\r\n--x', new Uint8Array([0, 255])],
                               { type: 'image/x' }), 'na"me\n.bin');
  form.append('empty', new File([], 'none'));
  form.set('b', 'x');
  form.delete('none');

  const response = new Response(form);
  const back = await response.formData();
  const file = back.get('file');

  const url = await new Response(new URLSearchParams('a=1&b=%C3%BC+x'))
    .formData();

  res.json([[...back.keys()], back.getAll('a'), file.name, file.type,
            file.size, [...new Uint8Array(await file.arrayBuffer())].slice(-2),
            back.get('empty').name, back.get('empty').size,
            file instanceof File, back.get('b'), [...url],
            response.headers.get('content-type').slice(0, 30)]);
};
--- request
GET /t
--- response_body chomp
[["a","a","file","empty","b"],["1","zwei\r\nü"],"na\"me\n.bin","image/x",10,[0,255],"none",0,true,"x",[["a","1"],["b","ü x"]],"multipart/form-data; boundary="]



=== TEST 6: forms as others write them, and what is none
--- function
const read = async (body, boundary = 'x') => {
  try {
    const form = await new Response(body.replace(/\n/g, '\r\n'), {
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    }).formData();

    return await Promise.all([...form].map(async ([name, value]) =>
      [name, typeof value === 'string' ? value
             : [value.name, value.type, await value.text()].join('|')]));
  } catch (error) {
    return error.name;
  }
};

module.exports = async (req, res) => {
  const head = 'Content-Disposition: form-data; name=';

  res.json([
    await read(`preamble\n--x\n${head}"a"\n\n1\n--x--\nepilogue`),
    await read(`--x  \n${head}a; filename="a\\"b.txt"\nContent-Type: text/x\n\n`
               + '--y\n--x\n' + `${head}"e"\n\n\n--x--`),
    await read(`--x\n${head}"a"\n\n--x--`),
    await read(`--x\nX-Other: 1\n\nunnamed\n--x--`),
    await read(`--"q"\n${head}"a"\n\n1\n--"q"--`, '"q"'),
    await read('--x--'),
    await read(''), await read('text'), await read(`--x\n${head}"a"\n\n1`),
    await read(`--x\nno header\n\n1\n--x--`), await read(`--xy\n\n1\n--x--`),
    await new Response('x', { headers: { 'content-type': 'a/b' } }).formData()
      .catch(({ name }) => name),
  ]);
};
--- request
GET /t
--- response_body chomp
[[["a","1"]],[["a","a\"b.txt|text/x|--y"],["e",""]],[["a",""]],[],"TypeError",[],"TypeError","TypeError","TypeError","TypeError","TypeError","TypeError"]



=== TEST 7: fetch() of data: and blob:
--- function
module.exports = async (req, res) => {
  const data = await fetch('data:text/x;charset=utf-8;base64,aMO8');
  const url = URL.createObjectURL(new Blob(['blob'], { type: 'a/b' }));
  const blob = await fetch(url);

  URL.revokeObjectURL(url);

  res.json([data.status, data.headers.get('content-type'), await data.text(),
            data.url.slice(0, 10), data.type, blob.status,
            blob.headers.get('content-type'), await blob.text(),
            await fetch(url).catch(({ name, message }) => [name, message])]);
};
--- request
GET /t
--- response_body chomp
[200,"text/x;charset=utf-8","hü","data:text/","basic",200,"a/b","blob",["TypeError","fetch failed"]]



=== TEST 8: what fetch() refuses by itself
--- function
const kind = (url, init) => fetch(url, init).then(() => 'no error',
  ({ name, cause }) => [name, cause?.message].join(': '));

module.exports = async (req, res) => {
  const controller = new AbortController();

  controller.abort();

  res.json([await kind('about:blank'), await kind('file:///etc/passwd'),
            await kind('ftp://x.test/'), await kind('not a url'),
            await kind('http://u:p@x.test/'), await kind('http://x.test:25/'),
            await kind('http://x.test/', { method: 'CONNECT' }),
            await kind('http://x.test/', { method: 'GET', body: 'x' }),
            await kind('data:,x', { signal: controller.signal })]);
};
--- request
GET /t
--- response_body_like: ^\["TypeError: about scheme is not supported","TypeError: not implemented\.\.\. yet\.\.\.","TypeError: unknown scheme","TypeError: [^"]*","TypeError: ","TypeError: bad port","TypeError: ","TypeError: ","AbortError: "\]$



=== TEST 9: the stack of an error is the function's
--- function
module.exports = async (req, res) => {
  try {
    await fetch('about:blank');
  } catch ({ stack }) {
    res.send(stack.split('\n').filter((line) => line.includes('npm/')).length
             + '');
  }
};
--- request
GET /t
--- response_body chomp
0



=== TEST 10: they are not loaded for who does not need them, nor reach further
--- function
module.exports = async (req, res) => {
  const seen = [];
  const { apply } = Reflect;

  // what is given to functions of the language by the classes' own code
  for (const object of [Array.prototype, Function.prototype, Map.prototype,
                        String.prototype]) {
    for (const key of Object.getOwnPropertyNames(object)) {
      const { value } = Object.getOwnPropertyDescriptor(object, key);
      if (typeof value === 'function' && key !== 'constructor') {
        object[key] = function(...args) {
          for (let i = 0; i < args.length; i++) {
            if (typeof args[i] === 'function'
                && args[i].name === 'internalBinding') {
              seen[seen.length] = key;
            }
          }
          return apply(value, this, args);
        };
      }
    }
  }

  await new Response('x').text();
  await fetch('data:,x');
  res.json(seen);
};
--- request
GET /t
--- response_body chomp
[]



=== TEST 11: patterns of URLs
--- function
module.exports = (req, res) => {
  const pattern = new URLPattern({ pathname: '/books/:id(\\d+)/*' });
  const match = pattern.exec('https://x.test/books/12/a/b?c=d');
  const whole = new URLPattern('https://*.x.test/:a?');

  let refused;

  try {
    new URLPattern('nothing');
  } catch ({ name }) {
    refused = name;
  }

  res.json([match.pathname.groups, pattern.test('https://x.test/books/a/'),
            pattern.pathname, whole.exec('https://a.x.test/b').pathname.groups,
            whole.test('http://a.x.test/b'), refused]);
};
--- request
GET /t
--- response_body chomp
[{"0":"a/b","id":"12"},false,"/books/:id(\\d+)/*",{"a":"b"},false,"TypeError"]



=== TEST 12: both isolations, many times
--- config
location /t { invoke ./html/fn; }
location /f { invoke ./html/fn; invoke_isolation function; }
--- function
module.exports = async (req, res) => res.send(await new Response(
  await new Request('http://x.test/', { method: 'PUT', body: 'body' }).text())
    .text());
--- request eval
[map { ("GET /t", "GET /f") } 1 .. 8]
--- response_body eval
[("body") x 16]



=== TEST 13: classes of events
--- function
module.exports = (req, res) => {
  const close = new CloseEvent('close', { code: 1001, reason: 'x',
                                          wasClean: true });

  res.json([close.code, close.reason, close.wasClean, close.type,
            close instanceof Event, String(close), WebSocket.OPEN,
            (() => { try { new WebSocket('ftp://x.test/'); }
                     catch ({ name }) { return name; } })()]);
};
--- request
GET /t
--- response_body chomp
[1001,"x",true,"close",true,"[object CloseEvent]",1,"SyntaxError"]
