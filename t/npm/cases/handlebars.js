const Handlebars = require('handlebars');
module.exports = () => {
  Handlebars.registerHelper('loud', (s) => s.toUpperCase());
  Handlebars.registerPartial('item', '<li>{{loud name}}</li>');
  return Handlebars.compile('<ul>{{#each items}}{{> item}}{{else}}none' +
    '{{/each}}</ul>{{{raw}}}{{raw}}')({ items: [{ name: 'a' }, { name: 'b' }],
                                       raw: '<&>' });
};
