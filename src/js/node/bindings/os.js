'use strict';

/* A machine like any other: what it is really like is no function's
 * business. */

const { toBuffer } = require('node/buffer-prototype');

const native = binding('node/os');
const { toUtf8 } = binding('encoding');
const { uptime } = binding('process');

const ESRCH = 3;
const EACCES = 13;

exports.getHostname = () => 'localhost';
exports.getOSInformation = () => ['Linux', '#1 SMP', '5.0.0', native.machine()];
exports.getHomeDirectory = () => '/';
exports.getUptime = () => uptime();

/* one processor: model, speed, times */
exports.getCPUs = () => ['unknown', 0, 0, 0, 0, 0, 0];

exports.getAvailableParallelism = () => 1;

/* name, address, netmask, family, MAC, internal, scope */
exports.getInterfaceAddresses = () => [
    'lo', '127.0.0.1', '255.0.0.0', 'IPv4', '00:00:00:00:00:00', true, -1,
];

exports.getTotalMem = () => native.memory()[0];
exports.getFreeMem = () => native.memory()[1];

exports.getLoadAvg = (values) => {
    values[0] = 0;
    values[1] = 0;
    values[2] = 0;
};

exports.getUserInfo = (options) => {
    const encoding = typeof options === 'object' && options !== null
                     ? options.encoding : undefined;
    const text = encoding === 'buffer'
                 ? (string) => toBuffer(toUtf8(string)) : (string) => string;

    return {
        __proto__: null,
        uid: -1,
        gid: -1,
        username: text('nobody'),
        homedir: text('/'),
        shell: text('/bin/false'),
    };
};

function refuse(context, errno, code, message, syscall) {
    context.errno = -errno;
    context.code = code;
    context.message = message;
    context.syscall = syscall;
}

/* Of the process itself, which has the pid 1: it may be nicer, no more. */

let priority = 0;

exports.getPriority = (pid, context) => {
    if (pid === 0 || pid === 1) {
        return priority;
    }

    refuse(context, ESRCH, 'ESRCH', 'no such process', 'uv_os_getpriority');

    return undefined;
};

exports.setPriority = (pid, value, context) => {
    if (pid !== 0 && pid !== 1) {
        refuse(context, ESRCH, 'ESRCH', 'no such process',
               'uv_os_setpriority');
        return -ESRCH;
    }

    if (value < priority) {
        refuse(context, EACCES, 'EACCES', 'permission denied',
               'uv_os_setpriority');
        return -EACCES;
    }

    priority = value;

    return 0;
};

exports.isBigEndian = false;
exports.machine = undefined;
exports.memory = undefined;
