
/* answers of name servers: a character is a byte */

parsers.push(({ pick }) => {
    const { parse, Malformed, ...types } = load('node/dns-message');
    const head = '\0\x01\x81\x80\0\x01\0\x01\0\0\0\0\x01a\x04test\0';
    const at = '\xc0\x0c\0';

    return {
        name: 'dns-message',
        seeds: [
            `${head}\0\x01\0\x01${at}\x01\0\x01\0\0\0\x3c\0\x04\x7f\0\0\x01`,
            `${head}\0\x0f\0\x01${at}\x0f\0\x01\0\0\0\0\0\x06\0\x0a\x01b\xc0\x0e`,
            `${head}\0\x10\0\x01${at}\x10\0\x01\0\0\0\0\0\x04\x03abc`,
            `${head}\x01\x01\0\x01\xc0\x0c\x01\x01\0\x01\0\0\0\0\0\x0a\0\x05issuea.b`,
            `${head}\0\x05\0\x01${at}\x05\0\x01\0\0\0\0\0\x02\xc0\x0c`, '',
        ],
        words: ['\xc0\x0c', '\xc0\0', '\xff\xff', '\0', '\0\x10', '\x3f', '\x40',
                '\0\x21', '\0\x23', '\x01\x01', '\0\x1c', '\x09__proto__'],

        make: (text) => [
            pick(Object.values(types)),
            Uint8Array.from(text, (c) => c.charCodeAt(0) & 255),
        ],
        call: parse,

        check(result) {
            expect(result === undefined
                   || Array.isArray(result) && result.length > 0, 'no answer');
            expect(result === undefined || result[1] === undefined
                   || result[0].length === result[1].length, 'other times');
            expect(JSON.stringify(result ?? 0).length < 200_000, 'has grown');
        },

        refuses: (error) => error === Malformed,
    };
});
