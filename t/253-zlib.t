# zlib: both ways against the system's tools, errors, limits, and what is left
# of it all.

use strict;
use warnings;

use TestInvoke 'no_plan';
use TestServer;

use IPC::Run ();
use IO::Compress::Deflate ();
use IO::Compress::Gzip ();
use IO::Compress::RawDeflate ();
use IO::Uncompress::AnyInflate ();
use JSON::PP ();

my $server = TestServer->new('zlib');

sub function {
    my ($name, $text) = @_;

    mkdir $server->prefix . "/$name" or die;
    $server->write("$name/index.js", $text);
}

# /work?gzipSync: the body in one form or another
function(work => <<'END');
const zlib = require('zlib');
const { promisify } = require('util');
const { pipeline } = require('stream/promises');

module.exports = async (req, res) => {
    const [form] = Object.keys(req.query);
    const body = req.rawBody;

    res.type('application/octet-stream');

    if (form.endsWith('Sync')) {
        res.send(zlib[form](body));
    } else if (form.startsWith('create')) {
        await pipeline(req, zlib[form]({ chunkSize: 1000 }), res);
    } else if (form.endsWith('Stream')) {
        const [name, format] = form.split('.');
        const stream = new globalThis[name + 'ionStream'](format.slice(0, -6));
        const writer = stream.writable.getWriter();
        const pieces = [];

        writer.write(body);
        writer.close();

        for await (const piece of stream.readable) {
            pieces.push(piece);
        }

        res.send(Buffer.concat(pieces));
    } else {
        res.send(await promisify(zlib[form])(body));
    }
};
END

function(errors => <<'END');
const zlib = require('zlib');

const tell = (f) => {
    try {
        return f().length;
    } catch (e) {
        return `${e.name} ${e.code} ${e.errno}: ${e.message}`;
    }
};

const text = Buffer.from('some text, some text, some text');
const bad = Buffer.from('this is nothing of that');
const dictionary = Buffer.from('some text');

module.exports = (req, res) => res.json([
    tell(() => zlib.gunzipSync(bad)),
    tell(() => zlib.inflateSync(bad)),
    tell(() => zlib.inflateRawSync(bad)),
    tell(() => zlib.brotliDecompressSync(bad)),
    tell(() => zlib.gunzipSync(zlib.gzipSync(text).subarray(0, 20))),
    tell(() => zlib.brotliDecompressSync(
        zlib.brotliCompressSync(text).subarray(0, 9))),
    tell(() => zlib.inflateSync(zlib.deflateSync(text, { dictionary }))),
    tell(() => zlib.inflateSync(zlib.deflateSync(text, { dictionary }),
                                { dictionary: bad })),
    tell(() => zlib.inflateSync(zlib.deflateSync(text, { dictionary }),
                                { dictionary })),
    tell(() => zlib.gunzipSync(zlib.gzipSync(Buffer.alloc(1000)),
                               { maxOutputLength: 100 })),
    tell(() => zlib.gzipSync(text, { level: 10 })),
    tell(() => zlib.gzipSync(7)),
    tell(() => zlib.brotliCompressSync(text, { params: { 99: 1 } })),
    tell(() => zlib.gunzipSync(zlib.gzipSync(text),
                               { finishFlush: zlib.constants.Z_SYNC_FLUSH })),
    tell(() => {
        const { _handle, _outBuffer } = zlib.createBrotliCompress();

        _handle.writeSync(2, _outBuffer, 0, 100, _outBuffer, 99, 100);
    }),
    zlib.constants.Z_BEST_COMPRESSION, zlib.codes.Z_DATA_ERROR,
    Object.isFrozen(zlib.constants), zlib.constants.Z_MAX_CHUNK === Infinity,
]);
END

# what is compressed at once, what is not, and where one becomes the other
function(whole => <<'END');
const zlib = require('zlib');
const { promisify } = require('util');

const text = Buffer.from(Array.from({ length: 150000 }, (_, i) =>
    (i * 7919 % 10007).toString(36)).join(' '));

async function streamed(use) {
    const stream = zlib.createDeflate();
    const pieces = [];

    stream.on('data', (piece) => pieces.push(piece));
    await use(stream);
    stream.end();
    await new Promise((resolve) => stream.on('end', resolve));

    return zlib.inflateSync(Buffer.concat(pieces));
}

module.exports = async (req, res) => {
    const wrong = [];
    const check = (name, made, text) => {
        if (Buffer.compare(made, text) !== 0) {
            wrong.push(name);
        }
    };

    const both = (size, options) => {
        const part = text.subarray(0, size);
        const name = `${size} ${JSON.stringify(options)}`;

        check(`${name} gzip`,
              zlib.gunzipSync(zlib.gzipSync(part, options)), part);
        check(`${name} deflate`,
              zlib.inflateSync(zlib.deflateSync(part, options)), part);
        check(`${name} raw`,
              zlib.inflateRawSync(zlib.deflateRawSync(part, options)), part);
    };

    for (const size of [0, 9, 1023, 1024]) {
        for (const level of [-1, 0, 1, 9]) {
            both(size, { level });
            both(size, { level, chunkSize: 64 });
            both(size, { level, windowBits: 9 });
            both(size, { level, strategy: 2 });
        }
    }

    /* between 1 and 512 KiB are compressed at once */
    both(1 << 19, {});
    both((1 << 19) + 1, {});

    const part = text.subarray(0, 30000);
    const twice = Buffer.concat([part, part]);
    const write = (stream, data) => promisify(stream.write.bind(stream))(data);

    check('writes', await streamed(async (stream) => {
        await write(stream, part);
        await write(stream, part);
    }), twice);
    check('flush', await streamed(async (stream) => {
        await write(stream, part);
        await promisify(stream.flush.bind(stream))();
        await write(stream, part);
    }), twice);
    check('params first', await streamed(async (stream) => {
        await promisify(stream.params.bind(stream))(9, 0);
        await write(stream, part);
    }), part);
    check('reset first', await streamed(async (stream) => {
        stream.reset();
        await write(stream, part);
    }), part);

    res.json([wrong, zlib.gzipSync(part)[9], zlib.gzipSync(text)[9],
              zlib.gzipSync('').length, zlib.deflateSync('a').toString('hex')]);
};
END

# far more than there is room for, of some kilobytes
function(bomb => <<'END');
const zlib = require('zlib');

let bomb;

module.exports = async (req, res) => {
    const told = [];
    const tell = (e, bytes) => told.push(e ? e.code : bytes.length);
    const decoder = zlib.createGunzip();
    let sum = 0;

    bomb ??= Buffer.concat(
        Array(16).fill(zlib.gzipSync(Buffer.alloc(16 * 1024 * 1024))));

    try {
        tell(null, zlib.gunzipSync(bomb));
    } catch (e) {
        tell(e);
    }

    await new Promise((resolve) => zlib.gunzip(bomb, (e, bytes) => {
        tell(e, bytes);
        resolve();
    }));

    /* a stream has no need of all at once */
    decoder.end(bomb);

    for await (const chunk of decoder) {
        sum += chunk.length;
    }

    res.json([...told, sum]);
};
END

function(kill => <<'END');
const zlib = require('zlib');

const random = (size = 24 * 1024 * 1024) => {
    const bytes = Buffer.alloc(size);
    for (let i = 0, x = 1; i < bytes.length; i++) {
        x = (Math.imul(x, 1103515245) + 12345) & 0x7fffffff;
        bytes[i] = 97 + (x >> 16) % 20;
    }
    return bytes;
};

const kinds = {
    brotli: () => zlib.brotliCompressSync(random(4 * 1024 * 1024)),
    brotli_async: () => new Promise(
        (resolve) => zlib.brotliCompress(random(4 * 1024 * 1024), resolve)),
    gzip: () => { for (;;) zlib.gzipSync(random(), { level: 9 }); },
    chunk: () => zlib.brotliCompressSync(
        random(4 * 1024 * 1024), { chunkSize: 4 * 1024 * 1024 }),
};

module.exports = async (req, res) => {
    await kinds[Object.keys(req.query)[0]]();
    res.send('done');
};
END

# encoders for which there is no memory
function(encoders => <<'END');
const zlib = require('zlib');

const { constants } = zlib;
const all = [];
const size = 1024 * 1024;

const params = {
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_SIZE_HINT]: 1 << 30,
};

const kinds = {
    one: () => zlib.brotliCompressSync(Buffer.alloc(size, 'some text'),
                                       { params }),
    many: async () => {
        for (;;) {
            const stream = zlib.createBrotliCompress();

            all.push(stream);
            await new Promise((resolve, reject) => {
                stream.on('error', reject).write(Buffer.alloc(size, 'text'));
                stream.flush(resolve);
                stream.resume();
            });
        }
    },
};

module.exports = async (req, res) => {
    try {
        await kinds[Object.keys(req.query)[0]]();
    } catch (e) {
        res.send(e.code);
    }
};
END

# streams that nobody closes
function(leak => <<'END');
const zlib = require('zlib');

module.exports = (req, res) => {
    let n = 0;
    const next = () => {
        if (++n === 60) {
            res.send('done');
        }
    };

    for (let i = 0; i < 20; i++) {
        for (const name of ['createGzip', 'createGunzip',
                            'createBrotliCompress'])
        {
            zlib[name]({ chunkSize: 64 }).on('error', next)
                .write('some text', next);
        }
    }
};
END

# work that is asked for is waited for, in order, in its context
function(order => <<'END');
const zlib = require('zlib');
const { AsyncLocalStorage } = require('async_hooks');

const storage = new AsyncLocalStorage();

module.exports = (req, res) => {
    const told = [];
    const tell = (e, bytes) => {
        told.push(`${storage.getStore()} ${zlib.gunzipSync(bytes)}`);
        if (told.length === 3) {
            res.json(told);
        }
    };

    for (const name of ['a', 'b', 'c']) {
        storage.run(name, () => zlib.gzip(name, tell));
    }

    told.length === 0 || told.push('too early');
};
END

function(plain => "module.exports = (req, res) => res.send('plain');\n");

$server->start(<<"END");
load_module modules/ngx_invoke_module.so;
worker_processes 1;
error_log logs/error.log info;
pid nginx.pid;
events { worker_connections 256; }
http {
    access_log off;
    client_max_body_size 10m;
    invoke_isolates 1;
    invoke_memory_limit 128m;
    invoke_timeout 20s;
    server {
        listen 127.0.0.1:@{[$server->port]};
        location /work { invoke ./work; }
        location /errors { invoke ./errors; }
        location /whole { invoke ./whole; invoke_timeout 120s; }
        location /bomb { invoke ./bomb; }
        location /kill { invoke ./kill; invoke_timeout 700ms; }
        location /encoders { invoke ./encoders; }
        location /leak { invoke ./leak; invoke_isolation function; }
        location /order { invoke ./order; }
        location /plain { invoke ./plain; }
    }
}
END

sub ask {
    my ($path, $body) = @_;
    my $answer = $server->request('POST', "/$path", [], $body // '');

    return $answer->{status} == 200 ? $answer->{body}
           : "$answer->{status} $answer->{body}";
}

sub tool {
    my ($input, @command) = @_;
    my $output;

    IPC::Run::run(\@command, \$input, \$output) or return "@command failed";

    return $output;
}

# texts of all kinds, some of many slices
my %texts = (
    empty => '',
    short => 'a short one',
    long => join('', map { "line $_ of many, " } 1 .. 40000),
    binary => do { srand 7; pack 'C*', map { int rand 256 } 1 .. 300000 },
);

sub inflated {
    my ($bytes) = @_;
    my $out = '';

    IO::Uncompress::AnyInflate::anyinflate(\$bytes, \$out, RawInflate => 1)
        or return 'not inflated';

    return $out;
}

sub raw_inflated {
    my ($bytes) = @_;
    my $out = '';

    require IO::Uncompress::RawInflate;
    IO::Uncompress::RawInflate::rawinflate(\$bytes, \$out)
        or return 'not inflated';

    return $out;
}

sub packed {
    my ($class, $text) = @_;
    my $out = '';

    no strict 'refs';
    &{"IO::Compress::${class}::" . lc $class}(\$text, \$out);

    return $out;
}

my @formats = (
    gzip => 'gunzip', sub { tool($_[0], 'gzip', '-dc') },
    sub { tool($_[0], 'gzip', '-c') },

    deflate => 'inflate', \&inflated, sub { packed('Deflate', $_[0]) },

    deflateRaw => 'inflateRaw', \&raw_inflated,
    sub { packed('RawDeflate', $_[0]) },

    brotliCompress => 'brotliDecompress', sub { tool($_[0], 'brotli', '-dc') },
    sub { tool($_[0], 'brotli', '-c') },
);

while (my ($there, $back, $decode, $encode) = splice @formats, 0, 4) {
    for my $name (sort keys %texts) {
        my $text = $texts{$name};

        for my $form ($there, "${there}Sync", 'create' . ucfirst $there) {
            ok($decode->(ask("work?$form", $text)) eq $text, "$form: $name");
        }

        for my $form ($back, "${back}Sync", 'create' . ucfirst $back) {
            ok(ask("work?$form", $encode->($text)) eq $text, "$form: $name");
        }
    }
}

ok(ask('work?unzipSync', tool($texts{long}, 'gzip', '-c')) eq $texts{long},
   'unzip of gzip');
ok(ask('work?unzip', packed('Deflate', $texts{long})) eq $texts{long},
   'unzip of deflate');
ok(ask('work?gunzipSync', tool('one, ', 'gzip', '-c')
                          . tool('two', 'gzip', '-c') . "\0" x 30)
   eq 'one, two', 'members of an archive, and what pads it');

ok(tool(ask('work?Compress.gzipStream', $texts{long}), 'gzip', '-dc')
   eq $texts{long}, 'CompressionStream');
ok(ask('work?Decompress.deflateStream', packed('Deflate', $texts{long}))
   eq $texts{long}, 'DecompressionStream');

is_deeply(JSON::PP::decode_json(ask('errors')), [
    'Error Z_DATA_ERROR -3: incorrect header check',
    'Error Z_DATA_ERROR -3: incorrect header check',
    'Error Z_DATA_ERROR -3: invalid code lengths set',
    'Error ERR__ERROR_FORMAT_PADDING_1 -14: Decompression failed',
    'Error Z_BUF_ERROR -5: unexpected end of file',
    'Error Z_BUF_ERROR -5: unexpected end of file',
    'Error Z_NEED_DICT 2: Missing dictionary',
    'Error Z_NEED_DICT 2: Bad dictionary',
    31,
    'RangeError ERR_BUFFER_TOO_LARGE undefined: Cannot create a Buffer larger '
    . 'than 100 bytes',
    'RangeError ERR_OUT_OF_RANGE undefined: The value of "options.level" is '
    . 'out of range. It must be >= -1 and <= 9. Received 10',
    'TypeError ERR_INVALID_ARG_TYPE undefined: The "buffer" argument must be '
    . 'of type string or an instance of Buffer, TypedArray, DataView, or '
    . 'ArrayBuffer. Received type number (7)',
    'RangeError ERR_BROTLI_INVALID_PARAM undefined: 99 is not a valid Brotli '
    . 'parameter',
    31, 'RangeError ERR_OUT_OF_RANGE undefined: Input and output overlap',
    9, -3, JSON::PP::true, JSON::PP::true,
], 'errors');

is(ask('whole'), '[[],3,3,20,"789c4b040000620062"]',
   'what is compressed at once, and what is not');

is(ask('bomb'), '["ERR_BUFFER_TOO_LARGE","ERR_BUFFER_TOO_LARGE",268435456]',
   'a bomb');
is(ask('bomb'), '["ERR_BUFFER_TOO_LARGE","ERR_BUFFER_TOO_LARGE",268435456]',
   'once more');

is(ask('order'), '["a a","b b","c c"]', 'in order, in its context');

for my $kind (qw(brotli brotli_async gzip chunk)) {
    like(ask("kill?$kind"), qr/^504 .*"code":"timeout"/s,
         "$kind ends with its limit");
    is(ask('plain'), 'plain', 'the next one runs');
}

is(ask('encoders?one'), 'ERR_BROTLI_COMPRESSION_FAILED',
   'an encoder that gets no memory');
like(ask('encoders?many'),
     qr/^ERR_BROTLI_COMPRESSION_FAILED|^500 .*"code":"memory"/s,
     'as many as there is memory for');
is(ask('plain'), 'plain', 'the next one runs');

unlike($server->log, qr/exited with code [^0]|exited on signal/,
       'no worker ends');
unlike($server->log, qr/quarantine/, 'an isolate ends in time');

sub resident {
    my ($pid) = $server->workers;

    open my $file, '<', "/proc/$pid/status" or die "worker $pid: $!\n";
    my ($kb) = join('', <$file>) =~ /^VmRSS:\s+(\d+)/m;

    return $kb / 1024;
}

is(ask('leak'), 'done', 'streams that are not closed') for 1 .. 20;

my $before = resident();

ask('leak') for 1 .. 50;

# 3,000 streams of which each third has 260 KB; a sanitizer keeps what was freed
cmp_ok(resident() - $before, '<', $ENV{TEST_INVOKE_ASAN} ? 160 : 48,
       'nothing of them stays');

is($server->stop, 0, 'nginx stops');
