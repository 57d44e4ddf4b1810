'use strict';

/* As Node's, but the origin is looked up by the first one who asks. */

const { milestones } = internalBinding('performance');
const { hrtime, uptime } = internalBinding('invoke').time;

let timeOrigin;

function milliseconds() {
  const { 0: seconds, 1: nanoseconds } = hrtime();

  return seconds * 1000 + nanoseconds / 1e6;
}

function now() {
  timeOrigin ??= milliseconds() - uptime() * 1000;

  return milliseconds() - timeOrigin;
}

module.exports = {
  getMilestoneTimestamp(index) {
    return milestones[index];
  },
  now,
  refreshTimeOrigin() {},
};
