'use strict';

/*
 * Child processes as Node has them where the system lets none be made: what
 * starts one ends with EACCES, as an event or, if it is synchronous, as the
 * error of the result.
 */

const {
  ArrayIsArray,
  ArrayPrototypePush,
  ArrayPrototypeSlice,
  FunctionPrototypeCall,
  ObjectSetPrototypeOf,
} = primordials;

const EventEmitter = require('events');
const { Readable, Writable } = require('stream');
const {
  codes: { ERR_INVALID_ARG_VALUE },
  errnoException,
} = require('internal/errors');
const { convertToValidSignal } = require('internal/util');
const {
  validateArray,
  validateObject,
  validateOneOf,
  validateString,
} = require('internal/validators');
const { UV_EACCES } = internalBinding('uv');

function stdioStringToArray(stdio, channel) {
  const options = [];

  switch (stdio) {
    case 'ignore':
    case 'overlapped':
    case 'pipe':
      ArrayPrototypePush(options, stdio, stdio, stdio);
      break;
    case 'inherit':
      ArrayPrototypePush(options, 0, 1, 2);
      break;
    default:
      throw new ERR_INVALID_ARG_VALUE('stdio', stdio);
  }

  if (channel) {
    ArrayPrototypePush(options, channel);
  }

  return options;
}

function getValidStdio(stdio) {
  if (typeof stdio === 'string') {
    stdio = stdioStringToArray(stdio);
  } else if (!ArrayIsArray(stdio)) {
    throw new ERR_INVALID_ARG_VALUE('stdio', stdio);
  }

  stdio = ArrayPrototypeSlice(stdio);

  while (stdio.length < 3) {
    ArrayPrototypePush(stdio, undefined);
  }

  return { stdio };
}

function failure(syscall, file, args) {
  const error = errnoException(UV_EACCES, `${syscall} ${file}`);

  error.path = file;
  error.spawnargs = ArrayPrototypeSlice(args, 1);

  return error;
}

function ChildProcess() {
  FunctionPrototypeCall(EventEmitter, this);

  this._closesNeeded = 1;
  this._closesGot = 0;
  this.connected = false;
  this.signalCode = null;
  this.exitCode = null;
  this.killed = false;
  this.spawnfile = null;
  this._handle = null;
}

ObjectSetPrototypeOf(ChildProcess.prototype, EventEmitter.prototype);
ObjectSetPrototypeOf(ChildProcess, EventEmitter);

function maybeClose(child) {
  if (++child._closesGot === child._closesNeeded) {
    child.emit('close', child.exitCode, child.signalCode);
  }
}

function flush(child) {
  for (let i = 1; i < child.stdio.length; i++) {
    const stream = child.stdio[i];

    if (stream !== null && stream.readable) {
      stream.resume();
    }
  }
}

function refuse(child) {
  child.exitCode = UV_EACCES;
  child.stdin?.destroy();
  child.emit('error', failure('spawn', child.spawnfile, child.spawnargs));
  process.nextTick(flush, child);
  maybeClose(child);
}

/* what the child would read, and what it would have written */

function makeStream(child, i) {
  if (i === 0) {
    return new Writable({
      write(chunk, encoding, callback) {
        callback();
      },
    });
  }

  const stream = new Readable({
    read() {
      this.push(null);
    },
  });

  child._closesNeeded++;
  stream.on('close', () => maybeClose(child));

  return stream;
}

ChildProcess.prototype.spawn = function(options) {
  validateObject(options, 'options');

  const { stdio } = getValidStdio(options.stdio || 'pipe');

  validateOneOf(options.serialization, 'options.serialization',
                [undefined, 'json', 'advanced']);
  validateString(options.file, 'options.file');
  this.spawnfile = options.file;

  if (options.args === undefined) {
    this.spawnargs = [];
  } else {
    validateArray(options.args, 'options.args');
    this.spawnargs = options.args;
  }

  this.pid = undefined;
  this.stdio = [];

  for (let i = 0; i < stdio.length; i++) {
    const type = stdio[i] ?? (i < 3 ? 'pipe' : 'ignore');

    ArrayPrototypePush(this.stdio, type === 'pipe' || type === 'overlapped' ?
      makeStream(this, i) : null);
  }

  this.stdin = this.stdio[0];
  this.stdout = this.stdio[1];
  this.stderr = this.stdio[2];

  process.nextTick(refuse, this);

  return UV_EACCES;
};

ChildProcess.prototype.kill = function(signal) {
  if (signal !== 0) {
    convertToValidSignal(signal === undefined ? 'SIGTERM' : signal);
  }

  return false;
};

ChildProcess.prototype.send = function() {
  return false;
};

ChildProcess.prototype.disconnect = function() {};
ChildProcess.prototype.ref = function() {};
ChildProcess.prototype.unref = function() {};

function spawnSync(options) {
  return {
    error: failure('spawnSync', options.file, options.args),
    status: null,
    signal: null,
    output: null,
    pid: 0,
    stdout: null,
    stderr: null,
  };
}

module.exports = {
  ChildProcess,
  getValidStdio,
  setupChannel() {},
  spawnSync,
  stdioStringToArray,
};
