// Templates are compiled once: with "invoke_isolation function" that is once
// for many requests.

const Handlebars = require('handlebars');

const templates = {
    page: Handlebars.compile(require('../views/page')),
};

Handlebars.registerHelper('money', (cents) => (cents / 100).toFixed(2));

module.exports = (name, values) => templates[name](values);
