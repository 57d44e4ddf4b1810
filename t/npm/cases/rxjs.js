const { concatMap, delay, filter, from, interval, lastValueFrom, map, merge,
        of, scan, take, toArray } = require('rxjs');
module.exports = async () => JSON.stringify([
  await lastValueFrom(from([1, 2, 3, 4]).pipe(
    filter((x) => x % 2 === 0), map((x) => x * 10), toArray())),
  await lastValueFrom(interval(2).pipe(take(4), scan((a, b) => a + b),
                                       toArray())),
  await lastValueFrom(merge(of('a').pipe(delay(8)), of('b')).pipe(
    concatMap((x) => of(x, x + x)), toArray())),
]);
