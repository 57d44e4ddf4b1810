# os and the tables of constants and errors.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: os tells nothing of the machine
--- function
const os = require('os');

module.exports = (req, res) => res.json([
  os.hostname(), os.type(), os.platform(), os.homedir(), os.tmpdir(), os.EOL,
  os.endianness(), os.cpus().length, os.availableParallelism(), os.loadavg(),
  os.totalmem(), os.freemem() < os.totalmem(), os.userInfo(),
  Object.keys(os.networkInterfaces()), os.uptime() >= 0,
]);
--- request
GET /t
--- response_body chomp
["localhost","Linux","linux","/","/tmp","\n","LE",1,1,[0,0,0],134217728,true,{"uid":-1,"gid":-1,"username":"nobody","homedir":"/","shell":"/bin/false"},["lo"],true]



=== TEST 2: constants of os
--- function
const os = require('os');

module.exports = (req, res) => res.json([
  os.constants.signals.SIGKILL, os.constants.errno.ENOENT,
  os.constants.priority.PRIORITY_LOW, os.constants.dlopen.RTLD_NOW,
  Object.keys(os.constants.errno).length, os.constants.UV_UDP_REUSEADDR,
  Object.keys(os.constants.signals).length,
]);
--- request
GET /t
--- response_body chomp
[9,2,19,2,79,4,33]



=== TEST 3: priorities
--- function
const tell = (f) => {
  try { return f(); } catch (e) { return `${e.name} ${e.code}: ${e.message}`; }
};

const os = require('os');

module.exports = (req, res) => res.json([
  os.getPriority(), os.setPriority(5) ?? null, os.getPriority(0),
  tell(() => os.setPriority(-5)), tell(() => os.getPriority(77777)),
  tell(() => os.setPriority(1.5)),
]);
--- request
GET /t
--- response_body chomp
[0,null,5,"SystemError ERR_SYSTEM_ERROR: A system error occurred: uv_os_setpriority returned EACCES (permission denied)","SystemError ERR_SYSTEM_ERROR: A system error occurred: uv_os_getpriority returned ESRCH (no such process)","RangeError ERR_OUT_OF_RANGE: The value of \"priority\" is out of range. It must be an integer. Received 1.5"]



=== TEST 4: names of system errors
--- function
const util = require('util');

module.exports = (req, res) => res.json([
  util.getSystemErrorName(-2), util.getSystemErrorMap().get(-13),
  util.getSystemErrorMap().size > 70, util.getSystemErrorName(-9999),
]);
--- request
GET /t
--- response_body chomp
["ENOENT",["EACCES","permission denied"],true,"Unknown system error -9999"]



=== TEST 5: the machine's architecture, for os, process and util alike
--- function
const os = require('os');

module.exports = (req, res) => res.json([
  os.arch(), process.arch, os.arch[Symbol.toPrimitive](), os.machine(),
]);
--- request
GET /t
--- response_body eval
my ($machine) = `uname -m` =~ /(\S+)/;
my $arch = { x86_64 => 'x64', aarch64 => 'arm64' }->{$machine};

qq(["$arch","$arch","$arch","$machine"])
