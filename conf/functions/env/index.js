// Configuration from nginx: invoke_env gives process.env, invoke_param gives
// req.params, invoke_set_header changes req.headers.  They may have variables
// of nginx in them.

module.exports = (req, res) => {
    res.json({
        env: process.env,
        params: req.params,
        header: req.get('X-Connection'),
    });
};
