import _, { chunk, debounce, groupBy, merge } from 'lodash-es';
import camelCase from 'lodash-es/camelCase.js';

export default () => JSON.stringify([
  chunk([1, 2, 3, 4, 5], 2), groupBy(['one', 'two', 'three'], 'length'), merge({ a: { b: 1 } }, { a: { c: 2 } }),
  typeof debounce, camelCase('some words here'), _.template('<%= a %>!')({ a: 1 }), _(['b', 'a']).sortBy().value(),
  Object.keys(_).length,
]);
