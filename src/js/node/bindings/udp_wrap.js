'use strict';

/* Sockets for datagrams: nothing is bound, and nothing leaves. */

const EACCES = -13;
const EBADF = -9;

class SendWrap {}

class UDP {
    fd = -1;

    getAsyncId() {
        return 0;
    }

    close(callback) {
        if (typeof callback === 'function') {
            require('run/ticks').enqueue(callback, []);
        }
    }

    ref() {}

    unref() {}

    hasRef() {
        return false;
    }

    recvStart() {
        return 0;
    }

    recvStop() {
        return 0;
    }

    bufferSize(size, buffer, context) {
        context.errno = EBADF;
        context.code = 'EBADF';
        context.message = 'bad file descriptor';
        context.syscall = buffer ? 'uv_recv_buffer_size'
                          : 'uv_send_buffer_size';
    }

    getSendQueueSize() {
        return 0;
    }

    getSendQueueCount() {
        return 0;
    }
}

function refuse(names, errno) {
    for (let i = 0; i < names.length; i++) {
        UDP.prototype[names[i]] = () => errno;
    }
}

refuse(['open', 'bind', 'bind6', 'connect', 'connect6', 'send', 'send6'],
       EACCES);

refuse(['disconnect', 'getsockname', 'getpeername', 'addMembership',
        'dropMembership', 'addSourceSpecificMembership',
        'dropSourceSpecificMembership', 'setBroadcast', 'setMulticastInterface',
        'setMulticastLoopback', 'setMulticastTTL', 'setTTL'], EBADF);

module.exports = {
    __proto__: null,
    SendWrap,
    UDP,
    constants: { __proto__: null, UV_UDP_IPV6ONLY: 1 },
};
