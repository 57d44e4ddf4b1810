# fs, over the natives of the fs binding: the package, read only.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: reading a file in the three forms
--- function
const fs = require('fs');

const tell = async (f) => {
  try {
    return (await f()) ?? null;
  } catch (e) {
    return [e.code, e.errno, e.syscall, e.path, e.dest, e.message];
  }
};

const call = (name, ...args) => tell(() => new Promise((ok, no) => {
  fs[name](...args, (e, value) => e ? no(e) : ok(value));
}));

module.exports = async (req, res) => res.json([
  fs.readFileSync('/a.txt', 'utf8'), fs.readFileSync('a.txt').length,
  await call('readFile', '/a.txt', 'latin1'),
  await fs.promises.readFile('/dir/../a.txt', { encoding: 'hex' }),
  await require('util').promisify(fs.readFile)(Buffer.from('/a.txt'), 'utf8'),
  fs.readFileSync(new URL('file:///a.txt'), 'utf8'),
  fs.readFileSync(__dirname + '/dir/b.txt', 'base64'),
]);
--- user_files
>>> fn/a.txt
hello
>>> fn/dir/b.txt
bb
>>> fn/dir/sub/c.txt
ccc
--- request
GET /t
--- response_body chomp
["hello\n",6,"hello\n","68656c6c6f0a","hello\n","hello\n","YmIK"]



=== TEST 2: what is missing, in the three forms
--- function
const fs = require('fs');

const tell = async (f) => {
  try {
    return (await f()) ?? null;
  } catch (e) {
    return [e.code, e.errno, e.syscall, e.path, e.dest, e.message];
  }
};

const call = (name, ...args) => tell(() => new Promise((ok, no) => {
  fs[name](...args, (e, value) => e ? no(e) : ok(value));
}));

module.exports = async (req, res) => res.json([
  await tell(() => fs.readFileSync('/zz')), await call('readFile', '/zz'),
  await tell(() => fs.promises.readFile('/zz')),
  await tell(() => fs.statSync('/zz')), await call('stat', '/a.txt/b'),
  await tell(() => fs.promises.lstat('/zz')), await call('access', '/zz'),
  await tell(() => fs.readdirSync('/zz')), await call('readdir', '/a.txt'),
  await tell(() => fs.promises.opendir('/zz')),
  await tell(() => fs.realpathSync('/zz')), await call('readlink', '/a.txt'),
  await tell(() => fs.readFileSync('/dir')), await call('readFile', '/dir'),
]);
--- user_files
>>> fn/a.txt
hello
>>> fn/dir/b.txt
bb
>>> fn/dir/sub/c.txt
ccc
--- request
GET /t
--- response_body chomp
[["ENOENT",-2,"open","/zz",null,"ENOENT: no such file or directory, open '/zz'"],["ENOENT",-2,"open","/zz",null,"ENOENT: no such file or directory, open '/zz'"],["ENOENT",-2,"open","/zz",null,"ENOENT: no such file or directory, open '/zz'"],["ENOENT",-2,"stat","/zz",null,"ENOENT: no such file or directory, stat '/zz'"],["ENOTDIR",-20,"stat","/a.txt/b",null,"ENOTDIR: not a directory, stat '/a.txt/b'"],["ENOENT",-2,"lstat","/zz",null,"ENOENT: no such file or directory, lstat '/zz'"],["ENOENT",-2,"access","/zz",null,"ENOENT: no such file or directory, access '/zz'"],["ENOENT",-2,"scandir","/zz",null,"ENOENT: no such file or directory, scandir '/zz'"],["ENOTDIR",-20,"scandir","/a.txt",null,"ENOTDIR: not a directory, scandir '/a.txt'"],["ENOENT",-2,"opendir","/zz",null,"ENOENT: no such file or directory, opendir '/zz'"],["ENOENT",-2,"lstat","/zz",null,"ENOENT: no such file or directory, lstat '/zz'"],["EINVAL",-22,"readlink","/a.txt",null,"EINVAL: invalid argument, readlink '/a.txt'"],["EISDIR",-21,"read",null,null,"EISDIR: illegal operation on a directory, read"],["EISDIR",-21,"read",null,null,"EISDIR: illegal operation on a directory, read"]]



=== TEST 3: what would write, in the three forms
--- function
const fs = require('fs');

const tell = async (f) => {
  try {
    return (await f()) ?? null;
  } catch (e) {
    return [e.code, e.errno, e.syscall, e.path, e.dest, e.message];
  }
};

const call = (name, ...args) => tell(() => new Promise((ok, no) => {
  fs[name](...args, (e, value) => e ? no(e) : ok(value));
}));

const cases = [
  ['writeFile', '/n', 'x'], ['writeFile', '/a.txt', 'x'],
  ['writeFile', '/tmp/n', 'x'], ['appendFile', '/a.txt', 'x'],
  ['mkdir', '/n'], ['mkdtemp', '/n'], ['mkdtemp', Buffer.from('/m')],
  ['rmdir', '/dir'], ['unlink', '/a.txt'],
  ['rename', '/a.txt', '/b'], ['copyFile', '/a.txt', '/b'],
  ['link', '/a.txt', '/b'], ['symlink', '/a.txt', '/b'],
  ['truncate', '/a.txt', 0], ['chmod', '/a.txt', 0o777],
  ['chown', '/a.txt', 0, 0], ['lchown', '/a.txt', 0, 0],
  ['utimes', '/a.txt', 1, 1], ['lutimes', '/a.txt', 1, 1],
  ['rm', '/a.txt'], ['open', '/a.txt', 'r+'], ['open', '/n', 'wx'],
  ['rm', '/dir', { recursive: true }], ['cp', '/a.txt', '/b'],
];

module.exports = async (req, res) => {
  const lines = [];

  for (const [name, ...args] of cases) {
    const forms = [
      await tell(() => fs[`${name}Sync`](...args)),
      await call(name, ...args),
      await tell(() => fs.promises[name](...args)),
    ].map((e) => `${e[0]} ${e[1]} ${e[2]} ${e[3]}${e[4] ? ' ' + e[4] : ''}`);

    lines.push(`${name}: ${[...new Set(forms)].join(', ')}`);
  }

  res.send(lines.join('\n'));
};
--- user_files
>>> fn/a.txt
hello
>>> fn/dir/b.txt
bb
>>> fn/dir/sub/c.txt
ccc
--- request
GET /t
--- response_body chomp
writeFile: EACCES -13 open /n
writeFile: EACCES -13 open /a.txt
writeFile: EACCES -13 open /tmp/n
appendFile: EACCES -13 open /a.txt
mkdir: EACCES -13 mkdir /n
mkdtemp: EACCES -13 mkdtemp /nXXXXXX
mkdtemp: EACCES -13 mkdtemp /mXXXXXX
rmdir: EACCES -13 rmdir /dir
unlink: EACCES -13 unlink /a.txt
rename: EACCES -13 rename /a.txt /b
copyFile: EACCES -13 copyfile /a.txt /b
link: EACCES -13 link /a.txt /b
symlink: EACCES -13 symlink /a.txt /b
truncate: EACCES -13 open /a.txt
chmod: EACCES -13 chmod /a.txt
chown: EACCES -13 chown /a.txt
lchown: EACCES -13 lchown /a.txt
utimes: EACCES -13 utime /a.txt
lutimes: EACCES -13 lutime /a.txt
rm: EACCES -13 unlink /a.txt
open: EACCES -13 open /a.txt
open: EACCES -13 open /n
rm: EACCES -13 rmdir /dir
cp: EACCES -13 copyfile /a.txt /b



=== TEST 4: descriptors
--- function
const fs = require('fs');

const tell = async (f) => {
  try {
    return (await f()) ?? null;
  } catch (e) {
    return [e.code, e.errno, e.syscall, e.path, e.dest, e.message];
  }
};

const call = (name, ...args) => tell(() => new Promise((ok, no) => {
  fs[name](...args, (e, value) => e ? no(e) : ok(value));
}));

module.exports = async (req, res) => {
  const fd = fs.openSync('/a.txt');
  const b = Buffer.alloc(4);
  const out = [
    fs.readSync(fd, b, 0, 2, null), fs.readSync(fd, b, 2, 2, 3),
    b.toString(), fs.readSync(fd, b, 0, 4, 100n), fs.fstatSync(fd).size,
    fs.readSync(fd, b, { position: 1 }), b.toString(),
    fs.readvSync(fd, [Buffer.alloc(2), Buffer.alloc(9)], 0),
    await tell(() => fs.writeSync(fd, 'x')), await call('fsync', fd),
    await call('fchmod', fd, 0o777), await call('ftruncate', fd, 1),
    await tell(() => fs.readSync(fd, b, 3, 2, 0)), fs.closeSync(fd) ?? null,
    await tell(() => fs.closeSync(fd)), await call('read', fd, b, 0, 1, 0),
  ];

  for (const n of [0, 1, 2, 3, 4, 5, 6, 7, 8, 100, 2 ** 31 - 1]) {
    out.push((await tell(() => fs.fstatSync(n)))[0]);
  }

  res.json(out);
};
--- user_files
>>> fn/a.txt
hello
>>> fn/dir/b.txt
bb
>>> fn/dir/sub/c.txt
ccc
--- request
GET /t
--- response_body chomp
[2,2,"helo",0,6,4,"ello",6,["EBADF",-9,"write",null,null,"EBADF: bad file descriptor, write"],null,["EACCES",-13,"fchmod",null,null,"EACCES: permission denied, fchmod"],["EINVAL",-22,"ftruncate",null,null,"EINVAL: invalid argument, ftruncate"],["ERR_OUT_OF_RANGE",null,null,null,null,"The value of \"length\" is out of range. It must be <= 1. Received 2"],null,["EBADF",-9,"close",null,null,"EBADF: bad file descriptor, close"],["EBADF",-9,"read",null,null,"EBADF: bad file descriptor, read"],"EBADF","EBADF","EBADF","EBADF","EBADF","EBADF","EBADF","EBADF","EBADF","EBADF","EBADF"]



=== TEST 5: so many descriptors and no more
--- function
const fs = require('fs');

const tell = async (f) => {
  try {
    return (await f()) ?? null;
  } catch (e) {
    return [e.code, e.errno, e.syscall, e.path, e.dest, e.message];
  }
};

const call = (name, ...args) => tell(() => new Promise((ok, no) => {
  fs[name](...args, (e, value) => e ? no(e) : ok(value));
}));

module.exports = async (req, res) => {
  const fds = [];
  let failed;

  for (let i = 0; i < 1000 && !failed; i++) {
    const fd = await tell(() => fs.openSync('/a.txt'));
    typeof fd === 'number' ? fds.push(fd) : failed = fd[0];
  }

  fs.closeSync(fds[7]);
  res.json([fds.length, failed, fds[0], fs.openSync('/a.txt') === fds[7]]);
};
--- user_files
>>> fn/a.txt
hello
>>> fn/dir/b.txt
bb
>>> fn/dir/sub/c.txt
ccc
--- request
GET /t
--- response_body chomp
[128,"EMFILE",3,true]



=== TEST 6: Stats
--- function
const fs = require('fs');

const tell = async (f) => {
  try {
    return (await f()) ?? null;
  } catch (e) {
    return [e.code, e.errno, e.syscall, e.path, e.dest, e.message];
  }
};

const call = (name, ...args) => tell(() => new Promise((ok, no) => {
  fs[name](...args, (e, value) => e ? no(e) : ok(value));
}));

module.exports = async (req, res) => {
  const s = fs.statSync('/a.txt');
  const b = await fs.promises.stat('/dir', { bigint: true });
  const c = await call('lstat', '/a.txt');

  res.json([
    s.size, s.isFile(), s.isDirectory(), s.mtime instanceof Date,
    Math.round(s.mtimeMs) === s.mtime.getTime(), s.mode === c.mode,
    typeof b.ino, b.isDirectory(), typeof b.mtimeNs, c.isSymbolicLink(),
    fs.statSync('/zz', { throwIfNoEntry: false }) === undefined,
    fs.existsSync('/a.txt'), fs.existsSync('/zz'), fs.existsSync(5),
    typeof fs.statfsSync('/').bsize,
  ]);
};
--- user_files
>>> fn/a.txt
hello
>>> fn/dir/b.txt
bb
>>> fn/dir/sub/c.txt
ccc
--- request
GET /t
--- response_body chomp
[6,true,false,true,true,true,"bigint",true,"bigint",false,true,true,false,false,"number"]



=== TEST 7: access
--- function
const fs = require('fs');

const tell = async (f) => {
  try {
    return (await f()) ?? null;
  } catch (e) {
    return [e.code, e.errno, e.syscall, e.path, e.dest, e.message];
  }
};

const call = (name, ...args) => tell(() => new Promise((ok, no) => {
  fs[name](...args, (e, value) => e ? no(e) : ok(value));
}));

const { R_OK, W_OK, X_OK } = fs.constants;

module.exports = async (req, res) => res.json([
  fs.accessSync('/a.txt') ?? null, fs.accessSync('/a.txt', R_OK) ?? null,
  (await tell(() => fs.accessSync('/a.txt', W_OK)))[0],
  (await call('access', '/a.txt', X_OK))[0], await call('access', '/', X_OK),
  (await tell(() => fs.promises.access('/a.txt', W_OK | R_OK)))[0],
]);
--- user_files
>>> fn/a.txt
hello
>>> fn/dir/b.txt
bb
>>> fn/dir/sub/c.txt
ccc
--- request
GET /t
--- response_body chomp
[null,null,"EACCES","EACCES",null,"EACCES"]



=== TEST 8: directories
--- function
const fs = require('fs');

const tell = async (f) => {
  try {
    return (await f()) ?? null;
  } catch (e) {
    return [e.code, e.errno, e.syscall, e.path, e.dest, e.message];
  }
};

const call = (name, ...args) => tell(() => new Promise((ok, no) => {
  fs[name](...args, (e, value) => e ? no(e) : ok(value));
}));

module.exports = async (req, res) => {
  const names = [];

  for await (const d of await fs.promises.opendir('/dir')) {
    names.push(d.name);
  }

  const dir = fs.opendirSync('/dir', { bufferSize: 1 });
  const one = dir.readSync().name;
  const two = (await dir.read()).name;
  const end = await dir.read();

  dir.closeSync();

  res.json([
    fs.readdirSync('/'), await call('readdir', '/dir'),
    (await fs.promises.readdir('/dir', { withFileTypes: true }))
      .map((d) => [d.name, d.isFile(), d.isDirectory()]),
    fs.readdirSync('/', { recursive: true }).sort(),
    fs.readdirSync('/dir', 'buffer').map((b) => Buffer.isBuffer(b)),
    fs.readdirSync('/dir', 'hex'), names, one, two, end,
  ]);
};
--- user_files
>>> fn/a.txt
hello
>>> fn/dir/b.txt
bb
>>> fn/dir/sub/c.txt
ccc
--- request
GET /t
--- response_body chomp
[["a.txt","dir","index.js"],["b.txt","sub"],[["b.txt",true,false],["sub",false,true]],["a.txt","dir","dir/b.txt","dir/sub","dir/sub/c.txt","index.js"],[true,true],["622e747874","737562"],["b.txt","sub"],"b.txt","sub",null]



=== TEST 9: streams
--- function
const fs = require('fs');

const tell = async (f) => {
  try {
    return (await f()) ?? null;
  } catch (e) {
    return [e.code, e.errno, e.syscall, e.path, e.dest, e.message];
  }
};

const call = (name, ...args) => tell(() => new Promise((ok, no) => {
  fs[name](...args, (e, value) => e ? no(e) : ok(value));
}));

const { pipeline } = require('stream/promises');

module.exports = async (req, res) => {
  const read = async (...args) => {
    const parts = [];
    for await (const part of fs.createReadStream(...args)) {
      parts.push(part.toString());
    }
    return parts;
  };

  res.json([
    await read('/a.txt'), await read('/a.txt', { highWaterMark: 4 }),
    await read('/a.txt', { start: 1, end: 3, encoding: 'hex' }),
    (await tell(() => read('/zz'))).slice(0, 4),
    (await tell(() => pipeline('x', fs.createWriteStream('/n'))))
      .slice(0, 4),
  ]);
};
--- user_files
>>> fn/a.txt
hello
>>> fn/dir/b.txt
bb
>>> fn/dir/sub/c.txt
ccc
--- request
GET /t
--- response_body chomp
[["hello\n"],["hell","o\n"],["656c6c"],["ENOENT",-2,"open","/zz"],["EACCES",-13,"open","/n"]]



=== TEST 10: file handles
--- function
const fs = require('fs');

const tell = async (f) => {
  try {
    return (await f()) ?? null;
  } catch (e) {
    return [e.code, e.errno, e.syscall, e.path, e.dest, e.message];
  }
};

const call = (name, ...args) => tell(() => new Promise((ok, no) => {
  fs[name](...args, (e, value) => e ? no(e) : ok(value));
}));

module.exports = async (req, res) => {
  const h = await fs.promises.open('/a.txt');
  const lines = [];
  const out = [
    h.fd > 2, (await h.stat()).size,
    (await h.read(Buffer.alloc(3), 0, 3, 1)).buffer.toString(),
    (await h.readFile('utf8')), (await tell(() => h.write('x')))[0],
  ];

  await h.close();
  out.push((await tell(() => h.read(Buffer.alloc(1), 0, 1, 0)))[0], h.fd);

  for await (const line of (await fs.promises.open('/a.txt')).readLines()) {
    lines.push(line);
  }

  res.json([...out, lines]);
};
--- user_files
>>> fn/a.txt
hello
>>> fn/dir/b.txt
bb
>>> fn/dir/sub/c.txt
ccc
--- request
GET /t
--- response_body chomp
[true,6,"ell","hello\n","EBADF","EBADF",-1,["hello"]]



=== TEST 11: awaiting fs keeps an invocation alive
--- function
const fs = require('fs');

module.exports = (req, res) => {
  fs.readFile('/a.txt', () => fs.stat('/a.txt', () => {
    fs.promises.readdir('/').then(() => fs.access('/a.txt', () => {
      res.send('late');
    }));
  }));
};
--- user_files
>>> fn/a.txt
hello
>>> fn/dir/b.txt
bb
>>> fn/dir/sub/c.txt
ccc
--- request
GET /t
--- response_body chomp
late



=== TEST 12: order of results
--- function
const fs = require('fs');

module.exports = async (req, res) => {
  const order = [];
  const note = (what) => () => order.push(what);

  fs.stat('/a.txt', note('stat'));
  setImmediate(note('immediate'));
  fs.promises.stat('/a.txt').then(note('promise'));
  process.nextTick(note('tick'));
  Promise.resolve().then(note('microtask'));
  order.push('sync');

  await new Promise((ok) => setTimeout(ok, 300));
  res.json(order);
};
--- user_files
>>> fn/a.txt
hello
>>> fn/dir/b.txt
bb
>>> fn/dir/sub/c.txt
ccc
--- request
GET /t
--- response_body chomp
["sync","tick","microtask","stat","immediate","promise"]



=== TEST 13: arguments
--- function
const fs = require('fs');

const tell = async (f) => {
  try {
    return (await f()) ?? null;
  } catch (e) {
    return [e.code, e.errno, e.syscall, e.path, e.dest, e.message];
  }
};

const call = (name, ...args) => tell(() => new Promise((ok, no) => {
  fs[name](...args, (e, value) => e ? no(e) : ok(value));
}));

module.exports = async (req, res) => res.json((await Promise.all([
  tell(() => fs.readFileSync('/a.txt\0')), tell(() => fs.readFileSync({})),
  tell(() => fs.readFile('/a.txt')), tell(() => fs.openSync('/a.txt', 'q')),
  tell(() => fs.readFileSync('/a.txt', 'nope')),
  tell(() => fs.closeSync('3')), tell(() => fs.readSync(3, 'x')),
  tell(() => fs.promises.readFile(5n)), tell(() => fs.statSync(undefined)),
  tell(() => fs.readSync(2 ** 31, Buffer.alloc(1))),
])).map((e) => `${e[0]}: ${e[5]}`));
--- user_files
>>> fn/a.txt
hello
>>> fn/dir/b.txt
bb
>>> fn/dir/sub/c.txt
ccc
--- request
GET /t
--- response_body chomp
["ERR_INVALID_ARG_VALUE: The argument 'path' must be a string or Uint8Array without null bytes. Received '/a.txt\\x00'","ERR_INVALID_ARG_TYPE: The \"path\" argument must be of type string or an instance of Buffer or URL. Received an instance of Object","ERR_INVALID_ARG_TYPE: The \"cb\" argument must be of type function. Received undefined","ERR_INVALID_ARG_VALUE: The argument 'flags' is invalid. Received 'q'","ERR_INVALID_ARG_VALUE: The argument 'nope' is invalid encoding. Received 'encoding'","ERR_INVALID_ARG_TYPE: The \"fd\" argument must be of type number. Received type string ('3')","ERR_INVALID_ARG_TYPE: The \"buffer\" argument must be an instance of Buffer, TypedArray, or DataView. Received type string ('x')","ERR_INVALID_ARG_TYPE: The \"path\" argument must be of type string or an instance of Buffer or URL. Received type bigint (5n)","ERR_INVALID_ARG_TYPE: The \"path\" argument must be of type string or an instance of Buffer or URL. Received undefined","ERR_OUT_OF_RANGE: The value of \"fd\" is out of range. It must be >= 0 && <= 2147483647. Received 2147483648"]



=== TEST 14: watching
--- function
const fs = require('fs');

const tell = async (f) => {
  try {
    return (await f()) ?? null;
  } catch (e) {
    return [e.code, e.errno, e.syscall, e.path, e.dest, e.message];
  }
};

const call = (name, ...args) => tell(() => new Promise((ok, no) => {
  fs[name](...args, (e, value) => e ? no(e) : ok(value));
}));

module.exports = async (req, res) => res.json([
  (await tell(() => fs.watch('/a.txt'))).slice(0, 4),
  (await tell(() => fs.watchFile('/a.txt', () => {}))).slice(0, 4),
]);
--- user_files
>>> fn/a.txt
hello
>>> fn/dir/b.txt
bb
>>> fn/dir/sub/c.txt
ccc
--- request
GET /t
--- response_body chomp
[["ENOSYS",-38,"watch","/a.txt"],["ENOSYS",-38,"watch","/a.txt"]]



=== TEST 15: FileHandle.readableWebStream()
--- function
const { open } = require('fs/promises');

async function read(name, options) {
  const handle = await open(name);
  const sizes = [];
  const hash = require('crypto').createHash('sha1');
  let held;

  for await (const chunk of handle.readableWebStream(options)) {
    try { handle.readableWebStream(); } catch (e) { held = e.code; }
    sizes.push(chunk.constructor.name, chunk.byteLength);
    hash.update(new Uint8Array(chunk));
  }

  await handle.close();

  return [sizes, held, hash.digest('hex')];
}

async function leave(name) {
  const handle = await open(name);
  const reader = handle.readableWebStream().getReader();
  const { value } = await reader.read();

  await reader.cancel();
  await handle.close();

  return [value.byteLength, (await reader.read()).done, handle.fd];
}

module.exports = async (req, res) => res.json([
  await read('/a.txt'),
  await read('/long.txt'),
  await read('/empty.txt'),
  await leave('/long.txt'),
]);
--- user_files eval
">>> fn/a.txt\nhello\n>>> fn/long.txt\n" . 'long ' x 30_000 . "\n>>> fn/empty.txt\n"
--- request
GET /t
--- response_body chomp
[[["ArrayBuffer",6],"ERR_INVALID_STATE","f572d396fae9206628714fb2ce00f72e94f2258f"],[["ArrayBuffer",65536,"ArrayBuffer",65536,"ArrayBuffer",18929],"ERR_INVALID_STATE","f165a2da1982ab782b557966a134b2d980e0ff6b"],[[],null,"da39a3ee5e6b4b0d3255bfef95601890afd80709"],[65536,true,-1]]
