'use strict';

const { io } = require('socket.io-client');

module.exports = async ({ http }) => {
  const result = {};

  for (const transport of ['polling', 'websocket']) {
    const socket = io(`http://127.0.0.1:${http}`, { transports: [transport],
                                                    forceNew: true });

    await new Promise((resolve, reject) => {
      socket.on('connect', resolve);
      socket.on('connect_error', reject);
    });

    const sum = await socket.emitWithAck('sum', 2, 3);
    const shouted = await new Promise((resolve) => {
      socket.on('shouted', resolve);
      socket.emit('shout', 'hello');
    });

    socket.close();
    result[transport] = { sum, shouted };
  }

  return result;
};
