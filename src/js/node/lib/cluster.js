'use strict';

/* A function is the primary of no workers, and makes none. */

const EventEmitter = require('events');
const { notPermitted } = require('internal/not_permitted');

class Worker extends EventEmitter {
  constructor(options) {
    super();
    this.exitedAfterDisconnect = undefined;
    this.state = options?.state || 'none';
    this.id = (options?.id | 0) || 0;
    this.process = options?.process;
  }

  kill() {}

  destroy() {}

  disconnect() {
    return this;
  }

  send() {
    return false;
  }

  isDead() {
    return true;
  }

  isConnected() {
    return false;
  }
}

const cluster = module.exports = new EventEmitter();

function setupPrimary(options) {
  cluster.settings = {
    args: [],
    exec: process.argv[1],
    execArgv: process.execArgv,
    silent: false,
    ...cluster.settings,
    ...options,
  };
  process.nextTick(() => cluster.emit('setup', cluster.settings));
}

cluster.isWorker = false;
cluster.isMaster = true;
cluster.isPrimary = true;
cluster.Worker = Worker;
cluster.workers = {};
cluster.settings = {};
cluster.SCHED_NONE = 1;
cluster.SCHED_RR = 2;
cluster.schedulingPolicy = cluster.SCHED_RR;
cluster.setupPrimary = setupPrimary;
cluster.setupMaster = setupPrimary;

cluster.fork = function fork() {
  throw notPermitted('fork');
};

cluster.disconnect = function disconnect(callback) {
  process.nextTick(() => {
    cluster.emit('disconnect');
    callback?.();
  });
};
