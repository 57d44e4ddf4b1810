'use strict';

const { Writable } = require('stream');

const pino = require('pino');
const winston = require('winston');

module.exports = async () => {
  const lines = [];
  const stream = new Writable({
    write(chunk, encoding, callback) {
      lines.push(`${chunk}`.trim());
      callback();
    },
  });

  const logger = pino({ base: null, timestamp: false }, stream);

  logger.info({ a: 1 }, 'pino %s', 'says');
  logger.child({ b: 2 }).error(new TypeError('bad').message);

  const log = winston.createLogger({
    format: winston.format.combine(winston.format.splat(),
                                   winston.format.json()),
    transports: [new winston.transports.Stream({ stream })],
  });

  log.info('winston %s', 'says', { c: 3 });
  log.debug('not told');

  await new Promise((resolve) => log.on('finish', resolve).end());

  return lines;
};
