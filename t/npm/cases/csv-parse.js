const { Readable } = require('stream');
const { parse } = require('csv-parse');
const sync = require('csv-parse/sync');
module.exports = async () => {
  const rows = [];
  for await (const row of Readable.from(['a,b\n1,"x', ' ""y"""\n2,é\n'])
    .pipe(parse({ columns: true }))) {
    rows.push(row);
  }
  return JSON.stringify([rows, sync.parse('x;y\n1;2', { delimiter: ';',
                                                        cast: true })]);
};
