// What goes wrong, and what the client gets then: JSON with a status, a code
// and, unless "invoke_error_detail off", the message and the stack.

const cases = {
    // 500, code "exception": thrown, rejected, or out of a timer
    throw() {
        throw new TypeError('thrown by the handler');
    },

    async reject() {
        await null;
        throw new Error('rejected by the handler');
    },

    timer() {
        setTimeout(() => {
            throw new Error('thrown by a timer');
        }, 10);
    },

    // 504, code "timeout": the time that invoke_timeout gives is over, in a
    // loop as well as in an await
    loop() {
        for (;;);
    },

    never: () => new Promise((resolve) => setTimeout(resolve, 3600 * 1000)),

    // 500, code "memory": more than invoke_memory_limit
    memory() {
        const hoard = [];

        for (;;) {
            hoard.push(new Array(1000).fill(hoard.length));
        }
    },

    // not an error for nginx: the function's own answer
    teapot: (req, res) => res.status(418).json({error: 'I am a teapot'}),

    // too late: the response has gone, the error is only logged
    late(req, res) {
        res.json({sent: true});
        throw new Error('thrown after the response');
    },
};

module.exports = (req, res) => {
    const name = req.path.slice(1);

    if (!Object.hasOwn(cases, name)) {
        return res.status(404).json({cases: Object.keys(cases)});
    }

    console.warn('going to fail by "%s"', name);

    return cases[name](req, res);
};
