# URL and url, over the natives of the url binding.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: parts of a URL
--- function
module.exports = (req, res) => res.json([
  'https://u:p%40@ex\u00e4mple.com:8080/a/../b%20c?x=1&y#h', 'http://a',
  'HTTP://A:80/', 'file:///x/./y', 'data:text/plain,a b', 'ws://[::1]:9/',
  'http://0x7f.1/', 'mailto:a@b', 'http://a/\ud800?\ud800#\ud800',
].map((s) => {
  const u = new URL(s);
  return [u.href, u.origin, u.protocol, u.username, u.password, u.host,
          u.hostname, u.port, u.pathname, u.search, u.hash];
}));
--- request
GET /t
--- response_body chomp
[["https://u:p%40@xn--exmple-cua.com:8080/b%20c?x=1&y#h","https://xn--exmple-cua.com:8080","https:","u","p%40","xn--exmple-cua.com:8080","xn--exmple-cua.com","8080","/b%20c","?x=1&y","#h"],["http://a/","http://a","http:","","","a","a","","/","",""],["http://a/","http://a","http:","","","a","a","","/","",""],["file:///x/y","null","file:","","","","","","/x/y","",""],["data:text/plain,a b","null","data:","","","","","","text/plain,a b","",""],["ws://[::1]:9/","ws://[::1]:9","ws:","","","[::1]:9","[::1]","9","/","",""],["http://127.0.0.1/","http://127.0.0.1","http:","","","127.0.0.1","127.0.0.1","","/","",""],["mailto:a@b","null","mailto:","","","","","","a@b","",""],["http://a/%EF%BF%BD?%EF%BF%BD#%EF%BF%BD","http://a","http:","","","a","a","","/%EF%BF%BD","?%EF%BF%BD","#%EF%BF%BD"]]



=== TEST 2: what is no URL
--- function
const tell = (f) => {
  try { return f(); } catch (e) { return `${e.name} ${e.code}: ${e.message}`; }
};

module.exports = (req, res) => res.json([
  '', ':', 'http://', '/a', 'http://a:b', 'http://[::', 'http://a b',
  'http://a:99999', 'http://xn--/', '\0',
].map((s) => [tell(() => new URL(s).href), URL.canParse(s)]).concat([
  [tell(() => new URL()), tell(() => new URL('x', 'y')),
   URL.canParse('x', 'http://a/b'), URL.canParse('x', 'y')],
]));
--- request
GET /t
--- response_body chomp
[["TypeError ERR_INVALID_URL: Invalid URL",false],["TypeError ERR_INVALID_URL: Invalid URL",false],["TypeError ERR_INVALID_URL: Invalid URL",false],["TypeError ERR_INVALID_URL: Invalid URL",false],["TypeError ERR_INVALID_URL: Invalid URL",false],["TypeError ERR_INVALID_URL: Invalid URL",false],["TypeError ERR_INVALID_URL: Invalid URL",false],["TypeError ERR_INVALID_URL: Invalid URL",false],["TypeError ERR_INVALID_URL: Invalid URL",false],["TypeError ERR_INVALID_URL: Invalid URL",false],["TypeError ERR_MISSING_ARGS: The \"url\" argument must be specified","TypeError ERR_INVALID_URL: Invalid URL",true,false]]



=== TEST 3: a base
--- function
module.exports = (req, res) => res.json([
  ['c?d', 'http://a/b/x'], ['//h/p', 'https://a/'], ['#f', 'http://a/?q#e'],
  ['../../..', 'http://a/b/c/d'], ['http:x', 'http://a/b/'],
  ['\\x\\y', 'http://a'], ['', 'http://a/b?c#d'],
].map(([a, b]) => new URL(a, b).href));
--- request
GET /t
--- response_body chomp
["http://a/b/c?d","https://h/p","http://a/?q#f","http://a/","http://a/b/x","http://a/x/y","http://a/b?c"]



=== TEST 4: setters
--- function
module.exports = (req, res) => {
  const u = new URL('http://u:p@a.b:81/c?d#e');
  const steps = [
    ['protocol', 'https'], ['protocol', 'mailto:'], ['port', '443'],
    ['port', '8x'], ['port', 'x'], ['host', 'n:5'], ['hostname', '\u00fc.x'],
    ['hostname', 'a b'], ['username', 'x y'], ['password', ''],
    ['pathname', 'p q/\u20ac'], ['search', '?a=b&\u20ac'], ['search', ''],
    ['hash', 'h i'], ['hash', ''], ['href', 'ftp://x/y'],
  ];

  res.json(steps.map(([name, value]) => {
    u[name] = value;
    return u.href;
  }));
};
--- request
GET /t
--- response_body chomp
["https://u:p@a.b:81/c?d#e","https://u:p@a.b:81/c?d#e","https://u:p@a.b/c?d#e","https://u:p@a.b:8/c?d#e","https://u:p@a.b:8/c?d#e","https://u:p@n:5/c?d#e","https://u:p@xn--tda.x:5/c?d#e","https://u:p@xn--tda.x:5/c?d#e","https://x%20y:p@xn--tda.x:5/c?d#e","https://x%20y@xn--tda.x:5/c?d#e","https://x%20y@xn--tda.x:5/p%20q/%E2%82%AC?d#e","https://x%20y@xn--tda.x:5/p%20q/%E2%82%AC?a=b&%E2%82%AC#e","https://x%20y@xn--tda.x:5/p%20q/%E2%82%AC#e","https://x%20y@xn--tda.x:5/p%20q/%E2%82%AC#h%20i","https://x%20y@xn--tda.x:5/p%20q/%E2%82%AC","ftp://x/y"]



=== TEST 5: searchParams
--- function
module.exports = (req, res) => {
  const u = new URL('http://a/?x=1&y=2&x=3&z=%20+%zz');
  const p = u.searchParams;

  p.append('n', '\u00e9&=');
  p.delete('y');
  p.set('x', '9');
  p.sort();
  res.json([u.href, [...p], p.getAll('x'), p.has('z'), p.toString(),
            new URLSearchParams({ a: 1, b: '\ud800' }).toString(), p.size]);
};
--- request
GET /t
--- response_body chomp
["http://a/?n=%C3%A9%26%3D&x=9&z=++%25zz",[["n","é&="],["x","9"],["z","  %zz"]],["9"],true,"n=%C3%A9%26%3D&x=9&z=++%25zz","a=1&b=%EF%BF%BD",3]



=== TEST 6: url.format of a URL
--- function
const url = require('url');

module.exports = (req, res) => {
  const a = new URL('http://u:p@xn--lck1c3crb1723bpq4a.com/a?a=b#c');
  const b = new URL('mailto:x@y?z#w');
  const c = new URL('http://xn--0zwm56d/');
  const o = ['auth', 'fragment', 'search'].map((k) => ({ [k]: false }));

  res.json([a, b, c].map((u) => [
    ...o.map((options) => url.format(u, options)),
    url.format(u, { unicode: true }),
    url.format(u, { auth: false, fragment: false, search: false,
                    unicode: true }),
  ]));
};
--- request
GET /t
--- response_body chomp
[["http://xn--lck1c3crb1723bpq4a.com/a?a=b#c","http://u:p@xn--lck1c3crb1723bpq4a.com/a?a=b","http://u:p@xn--lck1c3crb1723bpq4a.com/a#c","http://u:p@理容ナカムラ.com/a?a=b#c","http://理容ナカムラ.com/a"],["mailto:x@y?z#w","mailto:x@y?z","mailto:x@y#w","mailto:x@y?z#w","mailto:x@y"],["http://xn--0zwm56d/","http://xn--0zwm56d/","http://xn--0zwm56d/","http://测试/","http://测试/"]]



=== TEST 7: domains
--- function
const url = require('url');

module.exports = (req, res) => res.json([
  'espa\u00f1ol.com', '\u4e2d\u6587.com', 'xn--i\u00f1valid.com', '', 'A.B',
  'xn--fiq228c.com', 'a b', 'x/y', 'x:1', '127.1',
].map((d) => [url.domainToASCII(d), url.domainToUnicode(d)]));
--- request
GET /t
--- response_body chomp
[["xn--espaol-zwa.com","español.com"],["xn--fiq228c.com","中文.com"],["",""],["",""],["a.b","a.b"],["xn--fiq228c.com","中文.com"],["",""],["x","x"],["",""],["127.0.0.1","127.0.0.1"]]



=== TEST 8: the legacy parser
--- function
const url = require('url');

module.exports = (req, res) => {
  const u = url.parse('http://u:p@Ex\u00e4.com:81/a b?x=1&x=2#h', true);

  res.json([u.href, u.host, u.query, url.resolve('/a/b', '../c'),
            url.format({ protocol: 'http', host: 'a', pathname: 'b' }),
            url.fileURLToPath('file:///a%20b'),
            url.pathToFileURL('/a b#?').href,
            url.urlToHttpOptions(new URL('http://a:b@c/d?e')).auth]);
};
--- request
GET /t
--- response_body chomp
["http://u:p@xn--ex-wia.com:81/a%20b?x=1&x=2#h","xn--ex-wia.com:81",{"x":["1","2"]},"/c","http://a/b","/a b","file:///a%20b%23%3F","a:b"]
