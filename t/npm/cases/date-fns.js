const { addMonths, differenceInDays, format, formatDistance, parseISO } =
  require('date-fns');
module.exports = () => {
  const date = new Date(2024, 0, 31, 12, 30);
  return JSON.stringify([
    format(date, "EEEE, do MMMM yyyy 'at' HH:mm"),
    format(addMonths(date, 1), 'yyyy-MM-dd'),
    differenceInDays(parseISO('2024-03-01'), parseISO('2024-02-01')),
    formatDistance(date, addMonths(date, 3), { addSuffix: true }),
  ]);
};
