# WebAssembly: the object is made when a context first asks for it, and must
# look and work as if it had been there from the start.

use TestInvoke 'no_plan';

repeat_each(2);

# a module that exports add(i32, i32)
our $bytes = '[0,97,115,109,1,0,0,0,1,7,1,96,2,127,127,1,127,3,2,1,0,7,7,1,3,'
             . '97,100,100,0,0,10,9,1,7,0,32,0,32,1,106,11]';

run_tests();

__DATA__

=== TEST 1: a module runs
--- http_config
invoke_isolation function;
--- function eval
"const add = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array("
. $::bytes . "))).exports.add;\n"
. "module.exports = (req, res) => res.send(String(add(40, 2)));\n"
--- request eval
["GET /t", "GET /t"]
--- response_body eval
["42", "42"]


=== TEST 2: a module runs in a fresh context each time
--- function eval
"module.exports = async (req, res) => {
    const { instance } = await WebAssembly.instantiate(new Uint8Array($::bytes));
    res.send(String(instance.exports.add(40, 2)));
};
"
--- request eval
["GET /t", "GET /t", "GET /t"]
--- response_body eval
["42", "42", "42"]


=== TEST 3: the property is an ordinary one
--- function
module.exports = (req, res) => {
    const before = Object.getOwnPropertyNames(globalThis)
        .includes('WebAssembly');
    const { value, ...flags } =
        Object.getOwnPropertyDescriptor(globalThis, 'WebAssembly');

    res.json({
        before, flags,
        same: value === WebAssembly && value === globalThis.WebAssembly,
        type: typeof WebAssembly,
        tag: String(WebAssembly),
        proto: Object.getPrototypeOf(WebAssembly) === Object.prototype,
        error: new WebAssembly.CompileError('x') instanceof Error,
        own: Object.getOwnPropertyNames(globalThis)
            .filter((name) => name === 'WebAssembly').length,
    });
};
--- request
GET /t
--- response_body chomp
{"before":true,"flags":{"writable":true,"enumerable":false,"configurable":true},"same":true,"type":"object","tag":"[object WebAssembly]","proto":true,"error":true,"own":1}


=== TEST 4: it can be removed and replaced before it is used
--- function
module.exports = (req, res) => {
    const answers = [delete globalThis.WebAssembly, typeof WebAssembly];

    globalThis.WebAssembly = 'mine';
    answers.push(WebAssembly);

    res.json(answers);
};
--- request eval
["GET /t", "GET /t"]
--- response_body eval
['[true,"undefined","mine"]', '[true,"undefined","mine"]']


=== TEST 5: it can be replaced at once, and after its use
--- function
module.exports = (req, res) => {
    WebAssembly = 1;
    const first = WebAssembly;
    delete globalThis.WebAssembly;
    res.json([first, typeof WebAssembly, 'WebAssembly' in globalThis]);
};
--- request
GET /t
--- response_body chomp
[1,"undefined",false]


=== TEST 6: a global object that takes nothing more has none, unless it was used
--- function
module.exports = (req, res) => {
    const used = req.query.used ? typeof WebAssembly : '';

    Object[req.query.by](globalThis);

    let type;

    try {
        type = typeof WebAssembly;
    } catch (error) {
        type = error.name;
    }

    res.json([used, type]);
};
--- request eval
["GET /t?by=freeze", "GET /t?by=seal", "GET /t?by=preventExtensions",
 "GET /t?by=freeze&used=1", "GET /t?by=seal&used=1",
 "GET /t?by=preventExtensions&used=1"]
--- response_body eval
[('["","undefined"]') x 3, ('["object","object"]') x 3]


=== TEST 7: poisoned prototypes do not matter to it
--- function
module.exports = (req, res) => {
    for (const name of ['WebAssembly', 'Module', 'value', 'get', 'set']) {
        Object.defineProperty(Object.prototype, name, {
            __proto__: null,
            get() { throw new Error(`get ${name}`); },
            set() { throw new Error(`set ${name}`); },
            configurable: true,
        });
    }

    const type = typeof WebAssembly.Module;

    for (const name of ['WebAssembly', 'Module', 'value', 'get', 'set']) {
        delete Object.prototype[name];
    }

    res.json([type]);
};
--- request
GET /t
--- response_body chomp
["function"]


=== TEST 8: V8's flags decide as they do without this
--- http_config
invoke_v8_flags --no-expose-wasm;
--- function
module.exports = (req, res) => res.json([typeof WebAssembly]);
--- request
GET /t
--- response_body chomp
["undefined"]


=== TEST 9: and where they ask for it
--- http_config
invoke_v8_flags --expose-wasm;
--- function
module.exports = (req, res) => res.json([typeof WebAssembly]);
--- request
GET /t
--- response_body chomp
["object"]


=== TEST 10: asm.js is JavaScript
--- function
function Sum(stdlib) {
    'use asm';

    function add(a, b) {
        a = a | 0;
        b = b | 0;
        return (a + b) | 0;
    }

    return { add: add };
}

module.exports = (req, res) => res.json([Sum(globalThis).add(40, 2)]);
--- request
GET /t
--- response_body chomp
[42]
