const md = require('markdown-it')({ html: false, linkify: true,
                                    typographer: true });
module.exports = () => md.render('# Hi\n\n"quoted" -- see https://a.example/x' +
  '\n\n1. one\n2. two\n\n> note **bold** <b>no</b> ![i](a.png)\n');
