'use strict';

const OpenAI = require('openai');
const Stripe = require('stripe');

module.exports = async ({ http }) => {
  const stripe = new Stripe('sk_test_1', { host: '127.0.0.1', port: http,
                                           protocol: 'http',
                                           maxNetworkRetries: 0 });
  const customer = await stripe.customers.create({ email: 'a@example.com',
                                                   metadata: { a: 'b' } });
  const list = await stripe.customers.list({ limit: 2 });
  const failed = await stripe.customers.retrieve('none')
    .catch((error) => error);

  const payload = JSON.stringify({ id: 'evt_1', object: 'event' });
  const signature = stripe.webhooks.generateTestHeaderString(
    { payload, secret: 'whsec_1' });
  const event = stripe.webhooks.constructEvent(payload, signature, 'whsec_1');

  const openai = new OpenAI({ apiKey: 'key', maxRetries: 0,
                              baseURL: `http://127.0.0.1:${http}/v1` });
  const chat = await openai.chat.completions.create({
    model: 'some', messages: [{ role: 'user', content: 'hello' }] });

  return { customer: [customer.id, customer.given, customer.authorization],
           list: list.data.map(({ id }) => id), failed: failed.statusCode,
           event: event.id, chat: chat.choices[0].message };
};
