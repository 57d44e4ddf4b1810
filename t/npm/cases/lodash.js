const _ = require('lodash');
module.exports = () => JSON.stringify([
  _.chunk([1, 2, 3, 4, 5], 2), _.groupBy([6.1, 4.2, 6.3], Math.floor),
  _.template('hello <%= user %>! <% _.each(a, (x) => { %><%- x %><% }) %>')(
    { user: 'fred', a: ['<', '&'] }),
  _.merge({ a: [{ b: 2 }] }, { a: [{ c: 3 }] }), _.kebabCase('fooBar Baz'),
  _.sortBy([{ u: 'b', n: 2 }, { u: 'a', n: 1 }], ['u']),
  _.isEqual(new Map([[1, { a: 1 }]]), new Map([[1, { a: 1 }]])),
  _.cloneDeep({ d: new Date(0), r: /x/g, b: new Uint8Array([1]) }),
]);
