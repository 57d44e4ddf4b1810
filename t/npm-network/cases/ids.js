'use strict';

const bcrypt = require('bcryptjs');
const { customAlphabet, nanoid } = require('nanoid');
const uuid = require('uuid');

module.exports = async () => {
  const hash = await bcrypt.hash('password', 4);
  const ids = [uuid.v1(), uuid.v4(), uuid.v4()];

  return { five: uuid.v5('example.com', uuid.v5.DNS),
           three: uuid.v3('example.com', uuid.v3.DNS),
           versions: ids.map((id) => [uuid.validate(id), uuid.version(id)]),
           different: new Set(ids).size, nanoid: nanoid().length,
           custom: /^[ab]{12}$/.test(customAlphabet('ab', 12)()),
           right: await bcrypt.compare('password', hash),
           wrong: await bcrypt.compare('passwort', hash),
           fixed: bcrypt.hashSync('x', '$2a$04$abcdefghijklmnopqrstuu') };
};
