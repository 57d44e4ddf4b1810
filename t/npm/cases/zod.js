const { z } = require('zod');
module.exports = () => {
  const user = z.object({ name: z.string().min(2), age: z.number().int(),
                          mail: z.string().email().optional() }).strict();
  const bad = user.safeParse({ name: 'x', age: 1.5, mail: 'no', extra: 1 });
  return JSON.stringify([user.parse({ name: 'Ann', age: 3 }),
                         bad.error.issues, bad.error.message,
                         z.coerce.date().parse(0)]);
};
