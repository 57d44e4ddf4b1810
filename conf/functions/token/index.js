// JSON Web Tokens by the npm package "jsonwebtoken": POST gives one, for an hour,
// GET tells whose it is.  The algorithm is named where it is verified, else the
// token would choose.  Whether a user is who it says is a matter of another
// place: here everyone gets a token.

const jwt = require('jsonwebtoken');

const algorithm = 'HS256';

module.exports = (req, res) => {
    const secret = process.env.TOKEN_SECRET;

    if (req.method === 'POST') {
        const {user} = req.body;

        if (typeof user !== 'string' || user === '') {
            return res.status(422).json({error: 'whose token?'});
        }

        const token = jwt.sign({}, secret,
                               {algorithm, subject: user, expiresIn: '1h'});

        return res.status(201).json({token});
    }

    const [, token] = /^Bearer (\S+)$/.exec(req.get('Authorization')) ?? [];

    try {
        const {sub} = jwt.verify(token, secret, {algorithms: [algorithm]});

        return res.json({user: sub});

    } catch (error) {
        res.set('WWW-Authenticate', 'Bearer');

        return res.status(401).json({error: error.message});
    }
};
