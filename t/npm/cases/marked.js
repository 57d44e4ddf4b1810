const { marked } = require('marked');
module.exports = () => marked.parse('# Title\n\nsome *text* with `code`\n\n' +
  '- a\n- b\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\n```js\nlet a = "<";\n```\n');
