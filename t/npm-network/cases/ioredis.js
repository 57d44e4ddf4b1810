'use strict';

const Redis = require('ioredis');

module.exports = async ({ redis }) => {
  const client = new Redis(redis);
  const key = 'npm-network:ioredis';

  const set = await client.set(key, 'value', 'EX', 60);
  const pipeline = await client.pipeline().get(key).strlen(key)
    .hset(`${key}:h`, { a: 1 }).hgetall(`${key}:h`).del(`${key}:h`).exec();
  const failed = await client.call('NONSENSE').catch((error) => error.message);

  await client.del(key);
  await client.quit();

  return { set, pipeline, failed };
};
