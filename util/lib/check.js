'use strict';

/*
 * What util/invoke puts in the place of index.js, in a copy of a package, to
 * check it by the module's own rules.  INVOKE_CHECK of the environment has what
 * is to be done and the name of the file that is run else:
 *
 *     scan   compiles each file to which that leads by a require() of a text,
 *            resolves all of those, and answers with the faults:
 *            [{ file, line, column, message }]
 *     load   loads it, and exports what it exports if that is no handler, for
 *            the module to tell; no handler is called
 *
 * Of packages under node_modules only what they always need is followed: a
 * require() in a function, a block or a condition is often one for a package
 * that need not be there, as is one in a "try".
 */

const fs = require('fs');
const Module = require('module');
const path = require('path');
const vm = require('vm');

const [, CHECK, NAME] = /^(\w+) (.*)/.exec(process.env.INVOKE_CHECK)
                       .map(decodeURIComponent);
const ENTRY = /^index\.[mc]?[jt]s$/.test(NAME) ? `/.invoke-entry${path.extname(NAME)}`
              : `/${NAME}`;

/* whether there are ES modules */
const ES = await import('fs').then(() => true, () => false);
const PARAMETERS = ['exports', 'require', 'module', '__filename', '__dirname'];

const PIECE = new RegExp([
    String.raw`\s+|//[^\n]*|/\*[^]*?\*/`,
    String.raw`'(?:[^'\\\n]|\\[^])*'|"(?:[^"\\\n]|\\[^])*"`,
    String.raw`[\w$\u0080-\uffff]+`,
    '[^]',
].join('|'), 'y');

const REGEXP = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\w*/y;

/* a regular expression may follow, not a division */
const OPERATORS = /^(?:return|typeof|case|in|of|delete|void|throw|new|do|else|instanceof|yield|await|[^\w$)\]'"`\u0080-\uffff])$/;


/* where `text` requires, or imports, a name that it has as a text */

function requires(text) {
    const found = [];
    const words = [];
    const braces = [];
    const parens = [];
    let tries = 0;
    let blocks = 0;
    let maybe = false;
    let at = 0;
    let regexp = true;

    /* what a bundler has put together has a require() of its own */
    if (!/\b(?:require|import|from)\b/.test(text)
        || /(?:function\s*\w*\s*)\(\s*require\b/.test(text))
    {
        return found;
    }

    /* behind a "`", or the "}" of a template's expression */
    function template() {
        while (at < text.length) {
            const c = text[at++];

            if (c === '\\') {
                at++;
            } else if (c === '`') {
                regexp = false;
                words.push('`');
                return;
            } else if (c === '$' && text[at] === '{') {
                at++;
                regexp = true;
                braces.push('`');
                words.push('{');
                return;
            }
        }
    }

    /* "import type": nothing is loaded */
    function ofTypes() {
        const n = Math.max(words.lastIndexOf('import'),
                           words.lastIndexOf('export'));

        return words[n + 1] === 'type' && !/^(?:from|,)$/.test(words[n + 2]);
    }

    function called(name, offset) {
        const n = words.length;
        const imports = /^(?:import|from)$/.test(words[n - 1])
                        ? words[n - 2] !== '.'
                        : words[n - 1] === '(' && words[n - 2] === 'import'
                          && words[n - 3] !== '.';
        const of = words[n - 2] === 'resolve' && words[n - 3] === '.' ? 4 : 2;

        if ((imports || (words[n - 1] === '(' && words[n - of] === 'require'
                         && words[n - of - 1] !== '.'))
            && !(imports && ofTypes()) && !name.includes('\\'))
        {
            found.push({ name: name.slice(1, -1), imports, offset, tries,
                         maybe: maybe || blocks !== 0 });
        }
    }

    while (at < text.length) {
        const start = at;

        if (text[at] === '/' && regexp && !/[/*]/.test(text[at + 1])) {
            REGEXP.lastIndex = at;

            if (REGEXP.test(text)) {
                at = REGEXP.lastIndex;
                regexp = false;
                words.push('/');
                continue;
            }
        }

        PIECE.lastIndex = at;
        const [word] = PIECE.exec(text);
        at = PIECE.lastIndex;

        if (/^(?:\s|\/[/*])/.test(word)) {
            continue;
        }

        if (word === '`') {
            template();
            continue;
        }

        const before = words[words.length - 1];
        let opens = OPERATORS.test(word);

        if (word === '{') {
            const brace = before === 'try' ? 'try'
                          : /^(?:[=(,:[?&|]|return)$/.test(before) ? 'object'
                            : 'block';

            braces.push(brace);
            tries += brace === 'try';
            blocks += brace !== 'object';

        } else if (word === '}') {
            const brace = braces.pop();

            tries -= brace === 'try';
            blocks -= brace === 'try' || brace === 'block';

            if (brace === '`') {
                template();
                continue;
            }

        } else if (word === '(') {
            parens.push(/^(?:if|while|for|with)$/.test(before));

        } else if (word === ')') {
            opens = parens.pop() === true;

        } else if (/^['"]/.test(word)) {
            called(word, start);

        } else if (/^(?:if|[?&|;])$/.test(word)
                   || (word === '>' && before === '='))
        {
            maybe = word !== ';';
        }

        regexp = opens;
        words.push(word);
    }

    return found;
}


const faults = [];
const seen = new Set([ENTRY]);
const queue = [{ file: ENTRY, by: undefined }];
const described = new Set();

function shown(file) {
    return file === ENTRY ? NAME : file.slice(1);
}

/* what of TypeScript is wrong, loading it tells */

function isTypeScript(file) {
    return /\.[mc]?ts$/.test(file);
}

function isForeign(file) {
    return file.includes('/node_modules/');
}

function fault(file, line, column, message) {
    faults.push({ file: shown(file), line, column,
                  message: message.replaceAll(ENTRY, `/${NAME}`) });
}

function faultAt(file, text, offset, message) {
    const before = text.slice(0, offset).split('\n');

    fault(file, before.length, before[before.length - 1].length + 1, message);
}


/* undefined: it is none */

function textOf(file) {
    const bytes = fs.readFileSync(file);
    const [a, b] = bytes;

    if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) {
        fault(file, 1, 1, 'it is UTF-16: save it as UTF-8');
        return undefined;
    }

    try {
        return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
        const known = bytes.toString('latin1');
        const lines = known.split('\n');
        const line = lines.findIndex((text) => {
            const part = Buffer.from(text, 'latin1');

            return !part.equals(Buffer.from(part.toString()));
        });

        fault(file, line + 1, 1, 'it is not UTF-8 there: save it as UTF-8');
        return undefined;
    }
}


/* the place in a text that JSON.parse() tells of */

function checkJSON(file) {
    const text = textOf(file);

    if (text === undefined) {
        return undefined;
    }

    try {
        return JSON.parse(text);
    } catch (error) {
        const position = /at position (\d+)/.exec(error.message)?.[1];

        faultAt(file, text, position ?? text.length,
                `it is no JSON: ${error.message}`);
        return undefined;
    }
}


function compile(source, file) {
    try {
        vm.compileFunction(source.replace(/^#!/, '//'), PARAMETERS,
                           { filename: file });
    } catch (error) {
        return error;
    }

    return undefined;
}

/* an entry may await */

function asynchronous(text) {
    return `return async function (${PARAMETERS}) {`
           + text.replace(/^#!/, '//') + '\n}';
}

function awaits(text) {
    return compile(text, ENTRY) !== undefined
           && compile(asynchronous(text), ENTRY) === undefined;
}

function looksLikeES(error) {
    return /import statement|'export'|import\.meta/.test(error?.message);
}

/* what is no CommonJS, as it awaits or declares a name that that has */

function isES(text, error) {
    if (error === undefined || !ES) {
        return false;
    }

    const inner = compile(`return async () => {${text.replace(/^#!/, '//')}\n}`,
                          ENTRY);

    return looksLikeES(error) || inner === undefined || looksLikeES(inner);
}

/* what loads an ES module says best that it cannot */

function loadES(file) {
    try {
        require(file);
    } catch (error) {
        return error;
    }

    return undefined;
}

function checkSyntax(file, by, text) {
    let error = compile(text, file);

    if (error !== undefined && file === ENTRY && awaits(text)) {
        return true;
    }

    if (isES(text, error)) {
        return true;
    }

    if (error !== undefined && looksLikeES(error)) {
        const real = loadES(file);

        error = real instanceof SyntaxError || real?.code ? real : undefined;

        if (error !== undefined && by !== undefined && isForeign(file)) {
            fault(by.file, by.line, by.column,
                  `'${by.name}': ${error.message.split('\n')[0]}`);
            return false;
        }
    }

    if (error === undefined) {
        return true;
    }

    const [, line, column] = /:(\d+):(\d+)\n/.exec(error.stack) ?? [0, 1, 1];

    fault(file, Number(line), Number(column),
          `${error.name}: ${error.message.split('\n')[0]}`);

    return false;
}


/* a name that differs from the one wanted in case alone */

function otherCase(file, name) {
    let at = '/';

    for (const part of path.resolve(path.dirname(file), name).split('/')) {
        if (part === '') {
            continue;
        }

        let names;

        try {
            names = fs.readdirSync(at);
        } catch {
            return undefined;
        }

        const wanted = part.toLowerCase();
        const known = names.includes(part) ? part
                      : names.find((other) => {
                          other = other.toLowerCase();
                          return other === wanted
                                 || path.parse(other).name === wanted;
                      });

        if (known === undefined) {
            return undefined;
        }

        at = path.join(at, known);
    }

    return at;
}

function differs(other, file, name) {
    return !other.startsWith(path.resolve(path.dirname(file), name));
}

function isOutside(file, name) {
    const depth = path.dirname(file).split('/').filter(Boolean).length;
    const relative = path.posix.join(...Array(depth).fill('x'), name);

    return relative.startsWith('..');
}

/* what to do about it */

function advice(error, file, name) {
    const at = name[0] === '.' || name[0] === '/';

    if (error.code === 'ERR_PACKAGE_PATH_NOT_EXPORTED') {
        return /main defined/.test(error.message)
               ? ': it has nothing for require(), as an ES module has not' : '';
    }

    if (error.code !== 'MODULE_NOT_FOUND' || /^node:/.test(name)
        || /built-in/.test(error.message))
    {
        return '';
    }

    if (name[0] === '.' && isOutside(file, name)) {
        return ': that is outside of the package, which is all that a '
               + 'function sees';
    }

    if (at) {
        const other = otherCase(file, name);

        return other === undefined || !differs(other, file, name) ? ''
               : `: there is ${shown(other)}, and case matters`;
    }

    const of = name.split('/').slice(0, name[0] === '@' ? 2 : 1).join('/');

    return described.has(of) ? ': package.json has it, npm has not installed it'
           : `: "npm install ${of}"`;
}

function describe(file) {
    const directory = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+\//.exec(file)?.[0];
    const description = `${directory}package.json`;

    if (directory !== undefined && !seen.has(description)) {
        seen.add(description);

        if (fs.existsSync(description)) {
            checkJSON(description);
        }
    }
}

/* an import has a whole name, and may lead to what a require() does not */

function resolve(file, name, imports) {
    if (imports && /^\.{0,2}\//.test(name)) {
        const target = decodeURIComponent(
            new URL(name, `file://${file}`).pathname);

        if (fs.statSync(target, { throwIfNoEntry: false })?.isFile()) {
            return target;
        }

        const error = new Error(`Cannot find module '${name}'`);

        error.code = 'MODULE_NOT_FOUND';
        throw error;
    }

    try {
        return Module.createRequire(file).resolve(name);
    } catch (error) {
        if (imports && error.code !== 'MODULE_NOT_FOUND') {
            return undefined;
        }

        throw error;
    }
}

function follow(file, text, { name, imports, offset, tries, maybe }) {
    if ((isForeign(file) && maybe) || (imports && !ES)) {
        return;
    }

    const before = text.slice(0, offset).split('\n');
    const by = { file, name, line: before.length,
                 column: before[before.length - 1].length + 1 };
    let target;

    try {
        target = resolve(file, name, imports);
    } catch (error) {
        if (tries === 0 || name[0] === '.') {
            fault(file, by.line, by.column, error.message.split('\n')[0]
                                            + advice(error, file, name));
        }

        return;
    }

    if (target === '/index.js' || target === undefined || target[0] !== '/'
        || seen.has(target))
    {
        return;
    }

    describe(target);
    seen.add(target);

    if (target.endsWith('.node')) {
        if (tries === 0) {
            fault(file, by.line, by.column, `'${name}' is a native addon, `
                  + `${shown(target)}, which cannot be loaded here`);
        }

    } else if (target.endsWith('.json')) {
        checkJSON(target);

    } else {
        queue.push({ file: target, by });
    }
}

function scan(packages) {
    if (fs.existsSync('/package.json')) {
        const facts = checkJSON('/package.json');

        for (const key of ['dependencies', 'optionalDependencies']) {
            Object.keys(facts?.[key] ?? {}).forEach((name) =>
                described.add(name));
        }
    }

    for (const { file, by } of queue) {
        if (!packages && isForeign(file)) {
            continue;
        }

        const text = textOf(file);

        if (text !== undefined
            && (isTypeScript(file) || checkSyntax(file, by, text)))
        {
            requires(text).forEach((found) => follow(file, text, found));
        }
    }

    return { faults, files: queue.length };
}


/* the entry by its own name is not this file */

function hide() {
    const resolve = Module._resolveFilename;

    Module._resolveFilename = function (...given) {
        const file = Reflect.apply(resolve, Module, given);

        return file === '/index.js' ? ENTRY : file;
    };
}

/* as run/served.js has it */

function isServed(value, http) {
    return typeof value === 'function' || value instanceof http.Server
           || typeof value?.callback === 'function'
           || typeof value?.fetch === 'function'
           || (value?.__esModule === true && isServed(value.default, http));
}

async function load() {
    const http = require('http');
    const { listen } = http.Server.prototype;
    let listens = false;

    http.Server.prototype.listen = function (...given) {
        listens = true;
        return Reflect.apply(listen, this, given);
    };

    const text = fs.readFileSync(ENTRY, 'utf8');
    const module = new Module(ENTRY);

    if (/\.mjs$/.test(ENTRY) || isTypeScript(ENTRY)
        || (!awaits(text) && isES(text, compile(text, ENTRY))))
    {
        const { default: main, handler, fetch } = await import(ENTRY);

        module.exports = main ?? handler ?? (fetch && { fetch });

    } else if (awaits(text)) {
        module.filename = ENTRY;
        require.cache[ENTRY] = module;
        await vm.compileFunction(asynchronous(text), [], { filename: ENTRY })()(
            module.exports, Module.createRequire(ENTRY), module, ENTRY, '/');

    } else {
        module.exports = require(ENTRY);
    }

    const exported = module.exports;

    return listens || isServed(exported, http)
           ? (req, res) => res.json({ faults: [] }) : exported;
}

hide();

module.exports = CHECK === 'load' ? await load()
                 : (req, res) => res.json(scan(req.query.packages === '1'));
