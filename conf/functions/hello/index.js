// The smallest function: a package is a directory with an index.js that
// exports a handler.

module.exports = (req, res) => res.json({hello: req.query.name || 'world'});
