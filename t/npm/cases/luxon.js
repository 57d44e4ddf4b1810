const { DateTime, Duration, Interval } = require('luxon');
module.exports = () => {
  const dt = DateTime.fromISO('2024-02-29T12:00:00', { zone: 'utc' });
  return JSON.stringify([
    dt.plus({ years: 1 }).toISO(), dt.setZone('Europe/Berlin').toISO(),
    dt.toFormat("cccc d LLLL yyyy HH:mm 'Z'"),
    Duration.fromMillis(3661000).toFormat('h:mm:ss'),
    Interval.fromDateTimes(dt, dt.plus({ days: 3 })).length('hours'),
    dt.setLocale('de').toLocaleString(DateTime.DATE_FULL),
  ]);
};
