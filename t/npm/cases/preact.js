const { Fragment, h } = require('preact');
const { useMemo, useState } = require('preact/hooks');
const render = require('preact-render-to-string');
function List({ items }) {
  const [n] = useState(2);
  const all = useMemo(() => items.map((i) => i * n), [items]);
  return h(Fragment, null, all.map((i) => h('p', { class: 'a', key: i }, i)),
           h('input', { disabled: true, value: '"<' }));
}
module.exports = () => render.render(h(List, { items: [1, 2] })) +
  render(h('div', { style: { color: 'red' } }, 'x'));
