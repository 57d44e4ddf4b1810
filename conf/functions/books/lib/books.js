// A module of the package, and a JSON file of it.

const books = require('../books.json');

exports.list = ({author}) =>
    books.filter((book) => !author || book.author === author);

exports.find = (id) => books.find((book) => String(book.id) === id);

exports.nextId = () => Math.max(...books.map((book) => book.id)) + 1;

exports.problem = (book) => {
    for (const key of ['title', 'author']) {
        if (typeof book?.[key] !== 'string' || book[key] === '') {
            return `"${key}" has to be a text`;
        }
    }
};
