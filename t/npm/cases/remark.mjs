import { remark } from 'remark';
import { unified } from 'unified';

export default async () => {
  const file = await remark().use(() => (tree) => {
    tree.children[0].children[0].value += '!';
  }).process('# Title\n\n* a\n* b\n\n[x](y "z")');

  return JSON.stringify([String(file), remark().parse('*a*').children[0].children[0].type, typeof unified().use]);
};
