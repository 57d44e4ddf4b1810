// In JavaScript, with checkJs.

/** @type {import('../../conf/types/invoke').Handler} */
module.exports = (req, res) => {
    res.status(200).json({ hello: req.query.name });

    // @ts-expect-error
    res.jsn({});
};
