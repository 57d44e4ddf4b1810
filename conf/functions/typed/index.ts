// TypeScript: its types are stripped when it is loaded, and checked by
//     npx --package typescript tsc --noEmit --strict index.ts

import type { Handler } from '../../types/invoke.d.ts';
import { total, type Item } from './total.ts';

const items: Item[] = [
    {name: 'tea', cents: 350, count: 2},
    {name: 'cake', cents: 420, count: 1},
];

const handler: Handler = (req, res) => {
    res.json({items: items.map(({name}) => name), total: total(items)});
};

export default handler;
