'use strict';

const { createClient } = require('redis');

module.exports = async ({ redis }) => {
  const client = createClient({ socket: redis });
  const key = 'npm-network:redis';

  await client.connect();

  const set = await client.set(key, 'ä value');
  const got = await client.get(key);
  const multi = await client.multi().incr(`${key}:n`).incr(`${key}:n`)
    .del(`${key}:n`).exec();
  const subscriber = client.duplicate();

  await subscriber.connect();

  const message = await new Promise((resolve) => {
    subscriber.subscribe(`${key}:channel`, resolve)
      .then(() => client.publish(`${key}:channel`, 'told'));
  });

  await subscriber.disconnect();
  await client.del(key);
  await client.disconnect();

  return { set, got, multi, message };
};
