'use strict';

/* Nothing of a package changes while it is served: there is no watching. */

const ENOSYS = 38;

exports.FSEvent = class FSEvent {
    get initialized() {
        return false;
    }

    start() {
        return -ENOSYS;
    }

    close() {}

    ref() {}

    unref() {}

    getAsyncId() {
        return 0;
    }
};
