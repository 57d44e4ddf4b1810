import { NIL, parse, stringify, v3, v4, v5, v7, validate, version } from 'uuid';

export default () => JSON.stringify([NIL, v3('a.test', v3.DNS), v5('a.test', v5.DNS), validate(v4()), version(v7()),
                                     stringify(parse('109156be-c4fb-41ea-b1b4-efe1671c5836'))]);
