'use strict';

/* The error of what a function may not do to the worker that it runs in. */

const { Error, ErrorCaptureStackTrace } = primordials;

function notPermitted(syscall, from = notPermitted) {
  const error = new Error(`${syscall}: operation not permitted`);

  ErrorCaptureStackTrace(error, from);
  error.errno = -13;
  error.code = 'EACCES';
  error.syscall = syscall;

  return error;
}

module.exports = { notPermitted };
