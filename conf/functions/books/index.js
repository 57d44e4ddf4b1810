// A REST resource without a router: the method and the path decide.  A
// function keeps nothing (see "counter"), so that what a client sends is
// checked and answered, not stored: that is a database's part.

const books = require('./lib/books');

const actions = {
    'GET /': (req, res) => res.json(books.list(req.query)),
    'POST /': create,
    'GET /:id': (req, res, book) => res.json(book),
    'PUT /:id': replace,
    'DELETE /:id': (req, res) => res.status(204).end(),
};

module.exports = (req, res) => {
    const id = req.path.slice(1);
    const resource = id ? '/:id' : '/';
    const action = actions[`${req.method} ${resource}`];

    if (!action) {
        const allowed = Object.keys(actions)
            .map((key) => key.split(' '))
            .filter(([, path]) => path === resource)
            .map(([method]) => method);

        res.set('Allow', allowed.join(', '));
        return res.status(405).json({error: `no ${req.method} here`});
    }

    const book = id ? books.find(id) : undefined;

    if (id && !book) {
        return res.status(404).json({error: `no book ${id}`});
    }

    return action(req, res, book);
};


function create(req, res) {
    const problem = books.problem(req.body);

    if (problem) {
        return res.status(422).json({error: problem});
    }

    const book = {id: books.nextId(), ...req.body};

    return res.status(201).location(`/books/${book.id}`).json(book);
}


function replace(req, res, book) {
    const problem = books.problem(req.body);

    if (problem) {
        return res.status(422).json({error: problem});
    }

    return res.json({...req.body, id: book.id});
}
