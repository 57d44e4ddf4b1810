'use strict';

/*
 * The native side of perf_hooks' histograms: values are counted in buckets
 * that keep so many significant figures.
 */

const {
    ArrayPrototypePush,
    ArrayPrototypeSort,
    BigInt,
    Map,
    MapPrototypeForEach,
    MapPrototypeGet,
    MapPrototypeSet,
    MathFloor,
    MathMax,
    MathMin,
    Number,
} = intrinsics;

const { hrtime } = binding('process');

class Histogram {
    #highest;
    #precision;
    #counts = new Map();
    #count = 0;
    #exceeds = 0;
    #last = 0;

    constructor(lowest, highest, figures) {
        this.#highest = Number(highest);
        this.#precision = 2 * 10 ** figures;
    }

    /* the lowest value of the bucket that a value falls in */

    #bucket(value) {
        let width = 1;

        while (value / width >= this.#precision) {
            width *= 2;
        }

        return MathFloor(value / width) * width;
    }

    #put(value, times) {
        const bucket = this.#bucket(value);

        MapPrototypeSet(this.#counts, bucket,
                        (MapPrototypeGet(this.#counts, bucket) ?? 0) + times);
        this.#count += times;
    }

    #values() {
        const values = [];

        MapPrototypeForEach(this.#counts, (times, value) => {
            ArrayPrototypePush(values, value);
        });

        return ArrayPrototypeSort(values, (a, b) => a - b);
    }

    record(value) {
        value = Number(value);

        if (value > this.#highest || value < 0) {
            this.#exceeds++;
        } else {
            this.#put(value, 1);
        }
    }

    recordDelta() {
        const { 0: seconds, 1: nanoseconds } = hrtime();
        const now = seconds * 1e9 + nanoseconds;

        if (this.#last !== 0) {
            this.record(MathMax(now - this.#last, 1));
        }

        this.#last = now;
    }

    add(other) {
        MapPrototypeForEach(other.#counts, (times, value) => {
            this.#put(value, times);
        });

        this.#exceeds += other.#exceeds;
    }

    reset() {
        this.#counts = new Map();
        this.#count = 0;
        this.#exceeds = 0;
        this.#last = 0;
    }

    count() {
        return this.#count;
    }

    exceeds() {
        return this.#exceeds;
    }

    min() {
        let least = Infinity;

        MapPrototypeForEach(this.#counts, (times, value) => {
            least = MathMin(least, value);
        });

        return least === Infinity ? 9223372036854776000 : least;
    }

    max() {
        let most = 0;

        MapPrototypeForEach(this.#counts, (times, value) => {
            most = MathMax(most, value);
        });

        return most;
    }

    mean() {
        let sum = 0;

        MapPrototypeForEach(this.#counts, (times, value) => {
            sum += times * value;
        });

        return sum / this.#count;
    }

    stddev() {
        const mean = this.mean();
        let sum = 0;

        MapPrototypeForEach(this.#counts, (times, value) => {
            sum += times * (value - mean) ** 2;
        });

        return (sum / this.#count) ** 0.5;
    }

    percentile(percentile) {
        const values = this.#values();
        const wanted = MathMax(1, this.#count * percentile / 100);
        let sum = 0;

        for (let i = 0; i < values.length; i++) {
            sum += MapPrototypeGet(this.#counts, values[i]);

            if (sum >= wanted) {
                return values[i];
            }
        }

        return 0;
    }

    /* into a map: percentiles, ever closer together, to values */

    percentiles(map) {
        let left = 100;

        MapPrototypeSet(map, 0, this.percentile(0));

        while (this.#count > 0 && left > 100 / this.#count / 2) {
            left /= 2;
            MapPrototypeSet(map, 100 - left, this.percentile(100 - left));
        }

        MapPrototypeSet(map, 100, this.percentile(100));
    }

    percentilesBigInt(map) {
        const plain = new Map();

        this.percentiles(plain);

        MapPrototypeForEach(plain, (value, key) => {
            MapPrototypeSet(map, key, BigInt(value));
        });
    }

    countBigInt() {
        return BigInt(this.#count);
    }

    exceedsBigInt() {
        return BigInt(this.#exceeds);
    }

    minBigInt() {
        return this.#count === 0 ? 9223372036854775807n : BigInt(this.min());
    }

    maxBigInt() {
        return BigInt(this.max());
    }

    percentileBigInt(percentile) {
        return BigInt(this.percentile(percentile));
    }
}

/* of the delays of a loop, which a function has none of */

class DelayHistogram extends Histogram {
    constructor() {
        super(1, 3600e9, 3);
    }

    start() {}

    stop() {}
}

module.exports = { __proto__: null, DelayHistogram, Histogram };
