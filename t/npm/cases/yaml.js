const YAML = require('yaml');
module.exports = () => {
  const doc = YAML.parseDocument('# c\na: 1\nb: &x [1, two, 3.0]\nc: *x\n');
  doc.set('d', { e: null, f: 'a: b' });
  return String(doc) + JSON.stringify(doc.toJS()) +
    YAML.stringify({ text: 'line\nline\n', date: new Date(0), list: [] });
};
