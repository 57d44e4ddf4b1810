'use strict';

/*
 * What the driver of MongoDB talks to, whose server no package of Debian or npm
 * has: its wire protocol (OP_MSG, and OP_QUERY for the first question), with
 * documents of one collection in memory that are found by equality.
 *
 * https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
 */

const net = require('net');

const { deserialize, serialize, Long } = require('bson');

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

function refuse(code, codeName, errmsg) {
  return { ok: 0, code, codeName, errmsg };
}

function makeCommands() {
  let documents = [];
  let last = 0;
  const cursors = new Map();

  const matching = (filter) => documents.filter((document) => Object.keys(filter)
    .every((key) => same(document[key], filter[key])));

  /* the next so many of a cursor */

  function batch(name, id, size, ns) {
    const left = cursors.get(id);
    const docs = left.splice(0, size ?? 101);

    if (left.length === 0) {
      cursors.delete(id);
    }

    return { ok: 1, cursor: { id: Long.fromNumber(left.length ? id : 0), ns,
                              [name]: docs } };
  }

  const hello = () => ({
    ok: 1, helloOk: true, isWritablePrimary: true, ismaster: true,
    maxBsonObjectSize: 1 << 24, maxMessageSizeBytes: 48000000,
    maxWriteBatchSize: 100000, localTime: new Date(), minWireVersion: 0,
    maxWireVersion: 17, readOnly: false,
  });

  return {
    hello,
    ismaster: hello,
    isMaster: hello,
    ping: () => ({ ok: 1 }),
    endSessions: () => ({ ok: 1 }),

    drop() {
      documents = [];
      return { ok: 1 };
    },

    insert(command) {
      const twice = command.documents.findIndex(
        ({ _id }) => matching({ _id }).length !== 0);

      if (twice !== -1) {
        return { ok: 1, n: 0, writeErrors: [{
          index: twice, code: 11000,
          errmsg: 'E11000 duplicate key error' }] };
      }

      documents.push(...command.documents);
      return { ok: 1, n: command.documents.length };
    },

    find(command) {
      const id = ++last;
      const found = matching(command.filter ?? {});

      cursors.set(id, command.limit ? found.slice(0, command.limit) : found);
      return batch('firstBatch', id, command.batchSize,
                   `${command.$db}.${command.find}`);
    },

    getMore(command) {
      return batch('nextBatch', Number(command.getMore), command.batchSize,
                   `${command.$db}.${command.collection}`);
    },

    update({ updates: [{ q, u }] }) {
      const [found] = matching(q);

      Object.assign(found ?? {}, u.$set);
      return { ok: 1, n: found ? 1 : 0, nModified: found ? 1 : 0 };
    },

    delete({ deletes: [{ q }] }) {
      const gone = new Set(matching(q));

      documents = documents.filter((document) => !gone.has(document));
      return { ok: 1, n: gone.size };
    },
  };
}

/* The command of a message: a document, and sequences of further ones. */

function parse(opcode, body) {
  if (opcode === OP_QUERY) {
    return deserialize(body.subarray(body.indexOf(0, 4) + 9));
  }

  const command = {};

  for (let at = 4; at < body.length;) {
    const size = body.readInt32LE(at + 1);
    const end = at + 1 + size;

    if (body[at] === 0) {
      Object.assign(command, deserialize(body.subarray(at + 1, end)));

    } else {
      const name = body.toString('latin1', at + 5, body.indexOf(0, at + 5));
      const sequence = command[name] = [];

      for (let one = at + 6 + name.length; one < end;) {
        const next = one + body.readInt32LE(one);

        sequence.push(deserialize(body.subarray(one, next)));
        one = next;
      }
    }

    at = end;
  }

  return command;
}

function answer(opcode, to, document) {
  const text = serialize(document);
  const start = Buffer.alloc(opcode === OP_QUERY ? 36 : 21);

  start.writeInt32LE(start.length + text.length, 0);
  start.writeInt32LE(to, 8);
  start.writeInt32LE(opcode === OP_QUERY ? OP_REPLY : OP_MSG, 12);

  if (opcode === OP_QUERY) {
    start.writeInt32LE(1, 32);
  }

  return Buffer.concat([start, text]);
}

module.exports = function createServer() {
  const commands = makeCommands();

  return net.createServer((socket) => {
    let data = Buffer.alloc(0);

    socket.on('error', () => undefined);
    socket.on('data', (more) => {
      data = Buffer.concat([data, more]);

      while (data.length >= 4 && data.length >= data.readInt32LE(0)) {
        const size = data.readInt32LE(0);
        const opcode = data.readInt32LE(12);
        const command = parse(opcode, data.subarray(16, size));
        const [name] = Object.keys(command);
        const run = commands[name];

        socket.write(answer(opcode, data.readInt32LE(4), run
          ? run(command)
          : refuse(59, 'CommandNotFound', `no such command: '${name}'`)));
        data = data.subarray(size);
      }
    });
  });
};
