const nunjucks = require('nunjucks');
const path = require('path');
module.exports = () => {
  const env = nunjucks.configure(path.join(__dirname, '../views'),
                                 { autoescape: true, noCache: true });
  return env.render('page.njk', { list: ['a', 'b'], html: '<b>' }) +
    nunjucks.renderString('{{ x | dump }}', { x: { a: [1] } });
};
