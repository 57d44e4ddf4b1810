import { parse, type Order } from './order';

type Query = { id?: string };

module.exports = (req: { query: Query }, res: { json(value: unknown): void }) => {
    const order: Order = parse(req.query.id);

    res.json(order);
};
