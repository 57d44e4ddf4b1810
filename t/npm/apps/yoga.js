'use strict';

/* A GraphQL server that is an object with fetch(). */

const { createSchema, createYoga } = require('graphql-yoga');

const notes = [{ id: '1', text: 'hello' }];

const yoga = createYoga({
  logging: false,
  graphiql: false,
  landingPage: false,
  schema: createSchema({
    typeDefs: `
      type Note { id: ID! text: String! length: Int! }
      type Query { notes(contains: String): [Note!]! header: String fails: Int }
      type Mutation { echo(text: String!): Note! }
      type Subscription { count(to: Int!): Int! }
    `,
    resolvers: {
      Note: { length: (note) => note.text.length },
      Query: {
        notes: (_, { contains = '' }) => notes.filter(
          (note) => note.text.includes(contains)),
        header: (_, args, { request }) => request.headers.get('x-a'),
        fails: () => { throw new Error('a secret'); },
      },
      Mutation: { echo: (_, { text }) => ({ id: '2', text }) },
      Subscription: {
        count: {
          async *subscribe(_, { to }) {
            for (let count = 1; count <= to; count++) {
              yield { count };
            }
          },
        },
      },
    },
  }),
});

module.exports = { fetch: yoga.fetch };
