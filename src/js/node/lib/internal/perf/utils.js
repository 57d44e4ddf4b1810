'use strict';

/* As Node's, but the origin is looked up by the first one who asks. */

const { milestones } = internalBinding('performance');
const { loop, time } = internalBinding('invoke');

let timeOrigin;

function now() {
  timeOrigin ??= loop.now() - time.uptime() * 1000;

  return loop.now() - timeOrigin;
}

module.exports = {
  getMilestoneTimestamp(index) {
    return milestones[index];
  },
  now,
  refreshTimeOrigin() {},
};
