// Files of the package.  nginx sends them itself, with Last-Modified, ETag
// and Range: they do not pass through the function's memory.  "/" is the
// package's directory.  A path cannot lead out of `root`; a missing file is a
// 404.

module.exports = (req, res) => {
    if (req.path === '/download') {
        return res.download('/public/notes/hello.txt', 'greeting.txt');
    }

    const name = req.path.endsWith('/') ? `${req.path}index.html` : req.path;

    return res.sendFile(name.slice(1), {root: '/public', maxAge: 60000});
};
