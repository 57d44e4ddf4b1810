# Modules that are there so that code on them loads: their names are Node's,
# and what a function may not do ends as it does where the system refuses it.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: names
--- function
module.exports = (req, res) => res.send(
  ['tty', 'readline', 'readline/promises', 'child_process', 'dgram',
   'inspector', 'worker_threads', 'v8', 'vm']
    .map((name) => `${name}: ${Object.keys(require(`node:${name}`)).sort()}\n`)
    .join(''));
--- request
GET /t
--- response_body
tty: ReadStream,WriteStream,isatty
readline: Interface,clearLine,clearScreenDown,createInterface,cursorTo,emitKeypressEvents,moveCursor,promises
readline/promises: Interface,Readline,createInterface
child_process: ChildProcess,_forkChild,exec,execFile,execFileSync,execSync,fork,spawn,spawnSync
dgram: Socket,_createSocketHandle,createSocket
inspector: Session,close,console,open,url,waitForDebugger
worker_threads: BroadcastChannel,MessageChannel,MessagePort,SHARE_ENV,Worker,getEnvironmentData,isMainThread,markAsUntransferable,moveMessagePortToContext,parentPort,receiveMessageOnPort,resourceLimits,setEnvironmentData,threadId,workerData
v8: DefaultDeserializer,DefaultSerializer,Deserializer,GCProfiler,Serializer,cachedDataVersionTag,deserialize,getHeapCodeStatistics,getHeapSnapshot,getHeapSpaceStatistics,getHeapStatistics,promiseHooks,serialize,setFlagsFromString,setHeapSnapshotNearHeapLimit,startupSnapshot,stopCoverage,takeCoverage,writeHeapSnapshot
vm: Script,compileFunction,createContext,createScript,isContext,measureMemory,runInContext,runInNewContext,runInThisContext



=== TEST 2: a child process ends with EACCES, as an event
--- function
const { spawn, fork } = require('child_process');

function events(child) {
  return new Promise((resolve) => {
    const list = [];

    child.on('spawn', () => list.push('spawn'));
    child.on('error', ({ message, code, errno, syscall, path, spawnargs }) =>
      list.push(message, code, errno, syscall, path, spawnargs));
    child.on('close', (...args) => resolve([...list, 'close', ...args]));
    child.stdin?.end('input');
  });
}

module.exports = async (req, res) => res.json([
  await events(spawn('ls', ['-l', '/'])),
  await events(spawn('ls', { stdio: 'inherit' })),
  await events(fork('./other.js')),
]);
--- request
GET /t
--- response_body chomp
[["spawn ls EACCES","EACCES",-13,"spawn ls","ls",["-l","/"],"close",-13,null],["spawn ls EACCES","EACCES",-13,"spawn ls","ls",[],"close",-13,null],["spawn /usr/local/bin/node EACCES","EACCES",-13,"spawn /usr/local/bin/node","/usr/local/bin/node",["./other.js"],"close",-13,null]]



=== TEST 3: a child process by its other functions
--- function
const cp = require('child_process');

function thrown(fn) {
  try {
    return fn();
  } catch (error) {
    return [error.message, error.code];
  }
}

module.exports = async (req, res) => {
  const { error, status, signal, output, pid } = cp.spawnSync('ls', ['-l']);

  res.json([
    [error.message, error.code, error.path, status, signal, output, pid],
    thrown(() => cp.execSync('ls')),
    thrown(() => cp.execFileSync('ls')),
    await new Promise((r) => cp.exec('ls', (e, out, err) =>
      r([e.message, e.cmd, out, err]))),
    await require('util').promisify(cp.execFile)('ls').catch((e) => e.code),
    thrown(() => cp.spawn('')),
    thrown(() => cp.spawn('ls', { stdio: 'nothing' })),
  ]);
};
--- request
GET /t
--- response_body chomp
[["spawnSync ls EACCES","EACCES","ls",null,null,null,0],["spawnSync /bin/sh EACCES","EACCES"],["spawnSync ls EACCES","EACCES"],["spawn /bin/sh EACCES","ls","",""],"EACCES",["The argument 'file' cannot be empty. Received ''","ERR_INVALID_ARG_VALUE"],["The argument 'stdio' is invalid. Received 'nothing'","ERR_INVALID_ARG_VALUE"]]



=== TEST 4: terminals, workers, the cluster, the inspector
--- function
const tty = require('tty');
const cluster = require('cluster');
const inspector = require('inspector');
const worker = require('worker_threads');

function code(fn) {
  try {
    return fn();
  } catch (error) {
    return error.code;
  }
}

module.exports = (req, res) => res.json([
  tty.isatty(0), tty.isatty(1), code(() => new tty.ReadStream(-1)),
  code(() => new tty.WriteStream(1)), tty.WriteStream.prototype.hasColors(256),
  cluster.isPrimary, cluster.isMaster, cluster.isWorker,
  Object.keys(cluster.workers), code(() => cluster.fork()),
  typeof cluster.on('online', () => {}).emit,
  inspector.url() === undefined, code(() => inspector.open()),
  code(() => new inspector.Session().connect()),
  worker.isMainThread, worker.threadId, worker.parentPort, worker.workerData,
  code(() => new worker.Worker('./w.js')),
]);
--- request
GET /t
--- response_body chomp
[false,false,"ERR_INVALID_FD","ERR_TTY_INIT_FAILED",false,true,true,false,[],"EACCES","function",true,"ERR_INSPECTOR_NOT_AVAILABLE","ERR_INSPECTOR_NOT_AVAILABLE",true,0,null,null,"EACCES"]



=== TEST 5: no datagram leaves
--- function
const dgram = require('dgram');

function failed(run) {
  const socket = dgram.createSocket('udp4');

  return new Promise((resolve) => {
    socket.on('error', ({ message, code, address }) =>
      resolve([message, code, address]));
    run(socket);
  });
}

module.exports = async (req, res) => {
  let type;

  try {
    dgram.createSocket('tcp');
  } catch (error) {
    type = error.code;
  }

  res.json([
    type,
    await failed((socket) => socket.bind(53)),
    await failed((socket) => socket.send('x', 53, '127.0.0.1')),
    await failed((socket) => socket.connect(53)),
  ]);
};
--- request
GET /t
--- response_body chomp
["ERR_SOCKET_BAD_TYPE",["bind EACCES 0.0.0.0:53","EACCES","0.0.0.0"],["bind EACCES 0.0.0.0","EACCES","0.0.0.0"],["bind EACCES 0.0.0.0","EACCES","0.0.0.0"]]



=== TEST 6: lines of a stream
--- function
const { Readable } = require('stream');
const readline = require('readline');
const { createInterface } = require('readline/promises');

module.exports = async (req, res) => {
  const lines = [];

  for await (const line of readline.createInterface({
    input: Readable.from(['one\ntw', 'o\r\nthree']), crlfDelay: Infinity,
  })) {
    lines.push(line);
  }

  const answers = createInterface({ input: Readable.from(['yes\n']) });

  lines.push(await answers.question('really? '));
  answers.close();
  res.json(lines);
};
--- request
GET /t
--- response_body chomp
["one","two","three","yes"]



=== TEST 7: a domain gets the errors of its emitters, ticks not its own are the invocation's
--- function
const EventEmitter = require('events');
const domain = require('domain');

module.exports = async (req, res) => {
  const d = domain.create();
  const errors = [];

  d.on('error', (error) => errors.push(error.message));

  const emitter = d.run(() => new EventEmitter());

  emitter.emit('error', new Error('of an emitter'));
  d.intercept(() => {})(new Error('intercepted'));
  setTimeout(d.bind(() => {
    throw new Error('of a timer');
  }), 1);
  await sleep(5);

  res.json([errors, process.domain ?? null, emitter.domain === d,
            process.hasUncaughtExceptionCaptureCallback()]);
};
--- request
GET /t
--- response_body chomp
[["of an emitter","intercepted","of a timer"],null,true,false]



=== TEST 8: http2 has Node's constants, and nothing that connects
--- function
const { constants, connect, createServer } = require('http2');
const { createHash } = require('crypto');

function failure(run) {
  try {
    run();
  } catch ({ code, message }) {
    return `${code} ${message}`;
  }
}

module.exports = (req, res) => {
  const entries = Object.entries(constants).sort(([a], [b]) => a < b ? -1 : 1);

  res.send([`${entries.length} ${createHash('sha256')
              .update(JSON.stringify(entries)).digest('hex')}`,
            failure(() => connect('https://example.com')),
            failure(() => createServer())].join("\n"));
};
--- request
GET /t
--- response_body chomp
240 4b4f0beb048d2689167f104d61b3d7a4284d3be702daa12c99e855e1fa27eb1f
ENOTSUP http2.connect() is not available here: there is no HTTP/2 for functions
ENOTSUP http2.createServer() is not available here: there is no HTTP/2 for functions
