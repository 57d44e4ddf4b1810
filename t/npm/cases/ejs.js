const ejs = require('ejs');
const path = require('path');
module.exports = async () => ejs.render(
  '<% for (const x of list) { %><b><%= x %></b><% } %><%- raw %>',
  { list: ['<', 'é'], raw: '<hr>' }) +
  await ejs.renderFile(path.join(__dirname, '../views/page.ejs'),
                       { title: 'T', rows: [1, 2] });
