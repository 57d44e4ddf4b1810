// State of a module.  By default each invocation gets a fresh context, and
// this counter is always 1.  With "invoke_isolation function" the context
// stays: module-level state lives on in the isolate, as long as the isolate
// does.  Each isolate of each worker has its own, so use it for caches and
// connections, not for truth.

let count = 0;

module.exports = (req, res) => res.json({count: ++count});
