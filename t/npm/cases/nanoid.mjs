import { customAlphabet, nanoid, urlAlphabet } from 'nanoid';
import { nanoid as insecure } from 'nanoid/non-secure';

export default () => JSON.stringify([nanoid().length, nanoid(7).length, /^[ab]{10}$/.test(customAlphabet('ab', 10)()),
                                     urlAlphabet.length, insecure(5).length, nanoid() !== nanoid()]);
