const { List, Map, OrderedMap, Record, Set, fromJS } = require('immutable');
module.exports = () => {
  const Point = Record({ x: 0, y: 0 });
  const deep = fromJS({ a: { b: [1, 2, { c: 3 }] } });
  return JSON.stringify([
    deep.setIn(['a', 'b', 2, 'c'], 4), deep.getIn(['a', 'b', 2, 'c']),
    List([3, 1, 2]).sort(), Map({ a: 1 }).equals(Map({ a: 1 })),
    OrderedMap([['z', 1], ['a', 2]]).map((x) => x * 2), new Point({ x: 5 }),
    Set([1, 2, 2]).size,
  ]) + deep.toString() + deep.hashCode();
};
