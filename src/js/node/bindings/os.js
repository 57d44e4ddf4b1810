'use strict';

/* A machine like any other: what it is really like is no function's
 * business. */

const native = binding('node/os');
const { uptime } = binding('process');

const EPERM = 1;
const ESRCH = 3;

exports.getHostname = () => 'localhost';
exports.getOSInformation = () => ['Linux', '#1 SMP', '5.0.0', native.machine()];
exports.getHomeDirectory = () => '/';
exports.getUptime = () => uptime();
exports.getCPUs = () => [];
exports.getAvailableParallelism = () => 1;
exports.getInterfaceAddresses = () => [];
exports.getTotalMem = () => native.memory()[0];
exports.getFreeMem = () => native.memory()[1];

exports.getLoadAvg = (values) => {
    values[0] = 0;
    values[1] = 0;
    values[2] = 0;
};

exports.getUserInfo = () => ({
    __proto__: null,
    uid: -1,
    gid: -1,
    username: 'nobody',
    homedir: '/',
    shell: null,
});

function refuse(context, errno, code, message, syscall) {
    context.errno = -errno;
    context.code = code;
    context.message = message;
    context.syscall = syscall;
}

/* of the process itself, which has the pid 1 */

exports.getPriority = (pid, context) => {
    if (pid === 0 || pid === 1) {
        return 0;
    }

    refuse(context, ESRCH, 'ESRCH', 'no such process', 'uv_os_getpriority');

    return undefined;
};

exports.setPriority = (pid, priority, context) => {
    if (pid === 0 || pid === 1) {
        refuse(context, EPERM, 'EPERM', 'operation not permitted',
               'uv_os_setpriority');
        return -EPERM;
    }

    refuse(context, ESRCH, 'ESRCH', 'no such process', 'uv_os_setpriority');

    return -ESRCH;
};

exports.isBigEndian = false;
exports.machine = undefined;
exports.memory = undefined;
