// Templates are read and compiled once: with "invoke_isolation function" that
// is once for many requests.

const fs = require('fs');
const path = require('path');

const Handlebars = require('handlebars');

const views = path.join(__dirname, '..', 'views');
const templates = {};

Handlebars.registerHelper('money', (cents) => (cents / 100).toFixed(2));

module.exports = (name, values) => {
    templates[name] ??= Handlebars.compile(
        fs.readFileSync(path.join(views, `${name}.html`), 'utf8'));

    return templates[name](values);
};
