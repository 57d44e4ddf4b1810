// An application of Express as any other: nginx's requests are its requests, so
// there is no app.listen().  The paths are those behind the location's.

const express = require('express');

const app = express();
const notes = new Map([['1', {id: '1', text: 'hello'}]]);

app.use(express.json());

app.get('/', (req, res) => {
    res.json([...notes.values()]);
});

app.post('/', (req, res) => {
    if (typeof req.body?.text !== 'string') {
        throw Object.assign(new Error('a note has a text'), {status: 422});
    }

    const note = {id: String(notes.size + 1), text: req.body.text};

    notes.set(note.id, note);
    res.status(201).location(`${req.originalUrl}/${note.id}`).json(note);
});

app.get('/:id', (req, res, next) => {
    const note = notes.get(req.params.id);

    return note ? res.json(note) : next();
});

app.use((req, res) => {
    res.status(404).json({error: 'no such note'});
});

app.use((error, req, res, next) => {
    res.status(error.status ?? 500).json({error: error.message});
});

module.exports = app;
