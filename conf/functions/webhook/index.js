// A webhook: who sends it proves by the HMAC of its bytes that it has the
// secret, too.  req.rawBody has the bytes as they came; timingSafeEqual() takes
// as long for a signature that is nearly right as for one that is all wrong.

const {createHmac, timingSafeEqual} = require('crypto');

module.exports = (req, res) => {
    if (req.method !== 'POST') {
        return res.set('Allow', 'POST').sendStatus(405);
    }

    if (!signed(req)) {
        return res.status(401).json({error: 'the signature is wrong'});
    }

    // the sender wants its answer soon; the work may go on behind it

    req.waitUntil(work(req.body));

    return res.status(202).json({accepted: req.body.id});
};


function signed(req) {
    const [, hex] = /^sha256=([0-9a-f]{64})$/.exec(req.get('X-Signature')) ?? [];

    if (!hex) {
        return false;
    }

    const wanted = createHmac('sha256', process.env.WEBHOOK_SECRET)
        .update(req.rawBody).digest();

    return timingSafeEqual(Buffer.from(hex, 'hex'), wanted);
}


async function work(event) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    console.log('webhook', event.id, 'is done');
}
