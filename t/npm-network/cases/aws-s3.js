'use strict';

const { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command,
        PutObjectCommand, S3Client } = require('@aws-sdk/client-s3');

module.exports = async ({ s3 }) => {
  const client = new S3Client({
    endpoint: s3.endpoint, region: 'us-east-1', forcePathStyle: true,
    credentials: { accessKeyId: s3.key, secretAccessKey: s3.secret },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const object = { Bucket: s3.bucket, Key: 'npm-network/a file.txt' };

  const put = await client.send(new PutObjectCommand({
    ...object, Body: 'contents ä', ContentType: 'text/plain' }));
  const got = await client.send(new GetObjectCommand(object));
  const text = await got.Body.transformToString();
  const list = await client.send(new ListObjectsV2Command({
    Bucket: s3.bucket, Prefix: 'npm-network/' }));

  await client.send(new DeleteObjectCommand(object));

  const gone = await client.send(new GetObjectCommand(object))
    .catch((error) => error);

  return { put: put.ETag, text, type: got.ContentType,
           list: list.Contents.map((item) => [item.Key, item.Size]),
           gone: gone.name };
};
