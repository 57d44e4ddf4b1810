'use strict';

/* No descriptor of a function is a terminal. */

const {
  ObjectSetPrototypeOf,
} = primordials;

const { Duplex } = require('stream');
const {
  codes: { ERR_INVALID_FD, ERR_TTY_INIT_FAILED },
} = require('internal/errors');
const { getColorDepth, hasColors } = require('internal/tty');

function isatty() {
  return false;
}

function refuse(fd) {
  if (fd >> 0 !== fd || fd < 0)
    throw new ERR_INVALID_FD(fd);

  throw new ERR_TTY_INIT_FAILED({
    errno: -22,
    code: 'EINVAL',
    message: 'invalid argument',
    syscall: 'uv_tty_init',
  });
}

function ReadStream(fd) {
  refuse(fd);
}

ObjectSetPrototypeOf(ReadStream.prototype, Duplex.prototype);
ObjectSetPrototypeOf(ReadStream, Duplex);

function WriteStream(fd) {
  refuse(fd);
}

ObjectSetPrototypeOf(WriteStream.prototype, Duplex.prototype);
ObjectSetPrototypeOf(WriteStream, Duplex);

WriteStream.prototype.isTTY = true;
WriteStream.prototype.getColorDepth = getColorDepth;
WriteStream.prototype.hasColors = hasColors;

module.exports = { isatty, ReadStream, WriteStream };
