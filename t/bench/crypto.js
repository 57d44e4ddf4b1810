'use strict';

/*
 * What crypto and zlib take: nanoseconds of a call of the operation that the
 * query names, the best of many windows, some of which pass without another
 * process having run.  util/bench runs it in a function and in Node.
 */

const crypto = require('crypto');
const zlib = require('zlib');

const small = Buffer.from('abcdefgh'.repeat(128));
const large = Buffer.from('abcdefgh'.repeat(131072));
const text = Buffer.from(Array.from({ length: 2560 }, (_, i) =>
  `${(i * 7919) % 10007} is a line of some text.\n`.padEnd(40)).join(''));

const { privateKey, publicKey } = crypto.generateKeyPairSync('ec', {
  namedCurve: 'P-256' });
const signature = crypto.sign('sha256', small, privateKey);

const operations = {
  'sha256 of 1 KB': () => crypto.createHash('sha256').update(small)
                                .digest('hex'),
  'sha256 of 1 MB': () => crypto.createHash('sha256').update(large)
                                .digest('hex'),
  'HMAC of 1 KB': () => crypto.createHmac('sha256', 'secret').update(small)
                              .digest('base64'),
  'gzip of 100 KB': () => zlib.gzipSync(text),
  'P-256 sign': () => crypto.sign('sha256', small, privateKey),
  'P-256 verify': () => crypto.verify('sha256', small, publicKey, signature),
  'randomUUID': () => crypto.randomUUID(),
  'randomBytes 16': () => crypto.randomBytes(16),
  'AES-256-GCM of 1 KB': () => {
    const cipher = crypto.createCipheriv('aes-256-gcm', small.subarray(0, 32),
                                         small.subarray(0, 12));
    return Buffer.concat([cipher.update(small), cipher.final(),
                          cipher.getAuthTag()]);
  },
};

function time(operation, ms) {
  const warm = performance.now() + ms / 4;
  const end = performance.now() + ms;
  let best = Infinity;
  let n = 1;

  for (;;) {
    const start = performance.now();

    for (let i = 0; i < n; i++) {
      operation();
    }

    const now = performance.now();

    if (now - start < 0.2) {
      n *= 2;
    } else if (now > warm) {
      best = Math.min(best, (now - start) / n);

      if (now > end) {
        return best * 1e6;
      }
    }
  }
}

module.exports = (req, res) => {
  const { operation, ms } = req.query;

  res.send(operation === undefined ? Object.keys(operations).join('\n')
           : String(time(operations[operation], Number(ms))));
};
