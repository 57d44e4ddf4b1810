// Cookies in and out: counts a browser's visits.

module.exports = (req, res) => {
    if (req.path === '/forget') {
        return res.clearCookie('visits', {path: '/cookies'}).json({visits: 0});
    }

    const visits = Number(req.cookies.visits || 0) + 1;

    res.cookie('visits', visits, {
        path: '/cookies',
        maxAge: 24 * 3600 * 1000,
        httpOnly: true,
        sameSite: 'lax',
    });

    return res.json({visits});
};
