'use strict';

const { MongoClient, ObjectId, Long } = require('mongodb');

module.exports = async ({ mongodb }) => {
  const client = new MongoClient(`mongodb://127.0.0.1:${mongodb}/?maxPoolSize=4`);

  await client.connect();

  const things = client.db('npm').collection('things');
  const _id = new ObjectId('0123456789abcdef01234567');
  const at = new Date(1e12);

  const one = await things.insertOne({ _id, name: 'one', at,
                                       big: Long.fromString('9007199254740993'),
                                       bytes: Buffer.from('bytes') });
  const many = await things.insertMany(Array.from({ length: 250 }, (_, i) => (
    { _id: i, kind: 'many', i })));
  const found = await things.findOne({ name: 'one' });

  let sum = 0;

  for await (const { i } of things.find({ kind: 'many' }, { batchSize: 40 })) {
    sum += i;
  }

  const updated = await things.updateOne({ _id }, { $set: { name: 'two' } });
  const together = await Promise.all(Array.from({ length: 8 }, (_, i) => (
    things.findOne({ _id: i }))));
  const twice = await things.insertOne({ _id }).catch((error) => (
    `${error.name} ${error.code}: ${error.message}`));
  const unknown = await client.db('npm').command({ nonsense: 1 }).catch(
    (error) => `${error.name} ${error.codeName}: ${error.message}`);
  const removed = await things.deleteMany({ kind: 'many' });

  await things.drop();
  await client.close();

  const refused = await new MongoClient('mongodb://127.0.0.1:1/',
                                        { serverSelectionTimeoutMS: 50 })
    .connect().catch((error) => `${error.name}: ${error.message}`);

  return { one, many: many.insertedCount,
           found: { ...found, big: String(found.big),
                    bytes: found.bytes.toString('latin1') },
           sum, updated, together, twice, unknown, removed, refused };
};
