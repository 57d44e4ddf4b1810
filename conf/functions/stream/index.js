// Responses in parts.  res.write() sends at once; its `false` says that the
// client reads more slowly than the function writes, until 'drain'.

module.exports = async (req, res) => {
    switch (req.path) {
    case '/':
        return lines(req, res);

    case '/events':
        return events(req, res);

    case '/large':
        return large(req, res);

    default:
        return res.sendStatus(404);
    }
};


const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));


// Lines of text, one each 100 ms.

async function lines(req, res) {
    res.type('text/plain');

    for (let i = 1; i <= 5; i++) {
        res.write(`line ${i}\n`);
        await sleep(100);
    }

    res.end('done\n');
}


// Server-sent events.  When the client leaves, res emits 'close', and the
// invocation ends.

function events(req, res) {
    const count = Number(req.query.count ?? 5);
    let sent = 0;

    res.type('text/event-stream');
    res.set('Cache-Control', 'no-store');
    res.flushHeaders();

    const timer = setInterval(() => {
        sent++;
        res.write(`id: ${sent}\nevent: tick\ndata: {"tick":${sent}}\n\n`);

        if (sent >= count) {
            clearInterval(timer);
            res.end();
        }
    }, 200);

    res.on('close', () => clearInterval(timer));
}


// Any size in little memory: wait for 'drain' when the client is behind.

async function large(req, res) {
    const chunk = `${'x'.repeat(65535)}\n`;
    const size = Number(req.query.mib ?? 8) * 16;

    res.type('application/octet-stream');

    for (let i = 0; i < size; i++) {
        if (!res.write(chunk)) {
            await new Promise((resolve) => res.once('drain', resolve));
        }
    }

    res.end();
}
