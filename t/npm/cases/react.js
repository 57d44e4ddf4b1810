const React = require('react');
const { renderToPipeableStream, renderToString } = require('react-dom/server');
const { Writable } = require('stream');
const h = React.createElement;
function App({ items }) {
  const [n] = React.useState(items.length);
  return h('ul', { className: 'x', style: { marginTop: 2 } },
           items.map((i) => h('li', { key: i, title: '"<&' }, i)),
           h('b', null, n, ' items'));
}
module.exports = () => new Promise((resolve, reject) => {
  let text = renderToString(h(App, { items: ['a', '<b>'] }));
  const { pipe } = renderToPipeableStream(h(App, { items: ['c'] }), {
    onError: reject,
    onAllReady() {
      pipe(new Writable({
        write(chunk, encoding, callback) {
          text += chunk;
          callback();
        },
        final(callback) {
          resolve(text);
          callback();
        },
      }));
    },
  });
});
