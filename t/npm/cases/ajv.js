const Ajv = require('ajv');
module.exports = () => {
  const ajv = new Ajv({ allErrors: true });
  const validate = ajv.compile({
    type: 'object', additionalProperties: false, required: ['id'],
    properties: { id: { type: 'integer', minimum: 1 },
                  tags: { type: 'array', items: { type: 'string' },
                          uniqueItems: true } },
  });
  return JSON.stringify([validate({ id: 1, tags: ['a'] }),
                         validate({ id: 0, tags: [1, 1], x: 1 }),
                         validate.errors]);
};
