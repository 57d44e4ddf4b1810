# fs on a disk that takes its time: what waits for it holds its own invocation
# and none of the others in the isolate, and what becomes of it when that ends.

my ($mounts, $disk);

BEGIN {
    # mounts of its own, which end with it; "prove" tells nobody of them
    $mounts = delete $ENV{TEST_MOUNTS};

    if ($> == 0 && !$mounts
        && system('unshare --mount mount -t tmpfs none /mnt 2> /dev/null') == 0)
    {
        $ENV{TEST_MOUNTS} = 1;
        exec 'unshare', '--mount', $^X, (map { "-I$_" } @INC), $0
            or die "unshare: $!\n";
    }
}

use TestInvoke 'no_plan';
use TestEngine;

use File::Path qw(make_path remove_tree);
use SlowDisk;

my $says = <<'END';
const fs = require('fs');
const { AsyncLocalStorage } = require('async_hooks');

const store = new AsyncLocalStorage();
const { promises } = fs;
let controller;

const sum = (bytes) => {
    let sum = 0;

    for (let i = 0; i < bytes.length; i++) {
        sum = (31 * sum + bytes[i]) % 1000003;
    }

    return `${bytes.length} ${sum}`;
};

const callback = (name, ...args) => new Promise((resolve, reject) => {
    fs[name](...args, (error, ...rest) =>
        error ? reject(error) : resolve(rest));
});

const asks = {
    hello: async () => 'hello',
    readFile: () => promises.readFile('/data', 'utf8'),
    callback: () => callback('readFile', '/data', 'utf8'),
    stat: async () => (await promises.stat('/data')).size,
    lstat: async () => (await promises.lstat('/link')).isSymbolicLink(),
    bigint: async () => `${(await promises.stat('/data', { bigint: true }))
        .size}`,
    statfs: async () => (await promises.statfs('/')).bsize,
    access: () => promises.access('/data').then(() => 'may'),
    missing: () => promises.stat('/none').catch((error) => error.message),
    write: () => promises.access('/data', fs.constants.W_OK)
        .catch((error) => error.code),
    realpath: () => promises.realpath('/link'),
    readlink: () => promises.readlink('/link'),
    readdir: () => promises.readdir('/'),
    types: async () => (await promises.readdir('/', { withFileTypes: true }))
        .map((entry) => entry.isSymbolicLink()),
    opendir: async () => {
        const names = [];

        for await (const entry of await promises.opendir('/')) {
            names.push(entry.name);
        }

        return names;
    },
    mkdir: () => promises.mkdir('/', { recursive: true })
        .then((made) => `${made}`),
    handle: async () => {
        const file = await promises.open('/data');
        const { size } = await file.stat();
        const { bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 1);

        await file.close();

        return [size, bytesRead];
    },
    next: async () => {
        const [fd] = await callback('open', '/data');
        const bytes = Buffer.alloc(2);
        const all = [];

        for (let i = 0; i < 3; i++) {
            await callback('read', fd, bytes, 0, 2, null);
            all.push(`${bytes}`);
        }

        fs.closeSync(fd);

        return all;
    },
    readv: async () => {
        const file = await promises.open('/large');
        const parts = [7, 1500000, 0, 900000, 900000].map(
            (size) => Buffer.alloc(size));
        const { bytesRead } = await file.readv(parts, 0);

        await file.close();

        return `${bytesRead} `
               + sum(Buffer.concat(parts).subarray(0, bytesRead));
    },
    large: async () => {
        const file = await promises.open('/large');
        const { bytesRead, buffer } = await file.read(
            Buffer.alloc(3000000), 0, 3000000, 0);

        await file.close();

        return `${bytesRead} ${sum(buffer.subarray(0, bytesRead))}`;
    },
    stream: async () => {
        const parts = [];

        for await (const part of fs.createReadStream('/large')) {
            parts.push(part);
        }

        return sum(Buffer.concat(parts));
    },
    closed: async () => {
        const [fd] = await callback('open', '/data');
        const reading = callback('read', fd, Buffer.alloc(5), 0, 5, 0);

        fs.closeSync(fd);

        return `${(await reading)[1]}`;
    },
    detached: async () => {
        const file = await promises.open('/data');
        const buffer = new ArrayBuffer(5);
        const reading = file.read(new Uint8Array(buffer), 0, 5, 0);

        structuredClone(buffer, { transfer: [buffer] });

        const code = await reading.then(() => 'read', ({ code }) => code);

        await file.close();

        return code;
    },
    aborted: () => {
        controller = new AbortController();

        return promises.readFile('/large', { signal: controller.signal })
            .catch((error) => error.name);
    },
    abort: async () => controller.abort(),
    busy: async () => {
        const all = [];
        const end = Date.now() + 500;

        for (let i = 0; i < 40; i++) {
            all.push(promises.stat('/data'));
        }

        while (Date.now() < end);

        return (await Promise.all(all)).length;
    },
    many: async () => {
        const all = [];

        for (let i = 0; i < 40; i++) {
            all.push(promises.readFile('/data', 'utf8'));
        }

        return new Set(await Promise.all(all)).size;
    },
};

module.exports = (req, res) => store.run(req.query.do, async () => {
    if (req.query.do === 'send') {
        return res.download('/data', (error) =>
            console.log(`sent: ${store.getStore()} ${error}`));
    }

    const answer = await asks[req.query.do]();

    res.json({ answer, store: store.getStore() });
});
END

my $data = 'some words';
my $large = join '', map { chr($_ * 7 % 251) } 0 .. 2_500_000;
my $dir = "$ENV{TEST_NGINX_SERVROOT}.disk";

SKIP: {
    remove_tree($dir);
    make_path($dir);

    $disk = $mounts && SlowDisk->new($dir, {
        'index.js' => $says, data => $data, large => $large,
        link => \'data' });

    skip '/dev/fuse cannot be mounted', 1 unless $disk;

    start('the others go on');
    others_go_on();
    bounds();
    ends();
    shutdown_waits();
    reload();

    undef $disk;
}

remove_tree($dir);
engine_stop() if server();
pass('the end');


sub start {
    engine($_[0], http => <<'END', server => <<"END");
invoke_isolates 1 max=1;
invoke_memory_limit 64m;
invoke_directory_check off;
END
invoke_isolation function;
invoke_concurrency 64;

location = /f { invoke $dir; }
location = /short { invoke $dir; invoke_timeout 300ms; }
END
}


sub answer { get("/f?do=$_[0]")->{json}{answer} }

sub work { metrics()->{work} }

sub held { my ($n) = @_; soon { $disk->held == $n } "$n wait for the disk" }


# Each is held by the first of its requests of that kind; meanwhile hello is
# said, and then it comes to what it comes to with nothing held.

sub others_go_on {
    my %first = (
        LOOKUP => [qw(readFile stat lstat bigint access missing write realpath
                      readlink mkdir-GETATTR statfs-GETATTR)],
        OPEN => [qw(readFile handle)],
        GETATTR => [qw(handle)],
        READLINK => [qw(readlink realpath)],
        STATFS => [qw(statfs)],
        READDIR => [qw(readdir types opendir)],
        READ => [qw(readFile callback next readv large stream closed
                    detached)],
    );

    is(answer('readFile'), $data, 'a file is read');
    is_deeply(answer('opendir'), [qw(data index.js large link)],
              'a directory is, too');
    is(answer('missing'), q(ENOENT: no such file or directory, stat '/none'),
       'an error is told');
    is(answer('detached'), 'EINVAL', 'a buffer that has gone');
    is(answer('closed'), 'some ', 'a file that is closed meanwhile');
    is_deeply(answer('next'), ['so', 'me', ' w'], 'one after the other');
    like(answer('large'), qr/^2500001 2500001 /, 'more than a piece');
    is(answer('readv'), answer('large') =~ s/^\d+ //r =~ s/^/2500001 /r,
       'into several');

    for my $kind (sort keys %first) {
        for my $name (@{ $first{$kind} }) {
            my ($do, $other) = split /-/, $name;
            my $expected = answer($do);

            $disk->hold($other // $kind);

            my $request = send_off("/f?do=$do");

            held(1);
            is(answer('hello'), 'hello', "$do waits for $kind, hello does not");
            $disk->release;

            my ($answer) = answers($request);

            is_deeply($answer->{json}, { answer => $expected, store => $do },
                      "$do is answered then");
        }
    }

    for my $kind (qw(LOOKUP OPEN)) {
        $disk->hold($kind);

        my $request = send_off('/f?do=send');

        held(1);
        is(answer('hello'), 'hello', "a file to send waits for $kind");
        $disk->release;
        is((answers($request))[0]{body}, $data, 'it is sent then');
    }

    soon { server()->log =~ /(?:sent: send undefined.*){2}/s }
        'its callback is called';

    $disk->hold('READ');

    my $request = send_off('/f?do=aborted');

    held(1);
    answer('abort');
    $disk->release;
    is((answers($request))[0]{json}{answer}, 'AbortError',
       'another may abort it between two pieces');

    is(work()->{active}, 0, 'nothing is under way');
    cmp_ok(work()->{done}, '>', 50, 'and much is done');
}


# An isolate gets four threads.

sub bounds {
    $disk->hold('READ');

    my $requests = send_off(map { '/f?do=many' } 1 .. 3);

    held(4);
    soon { work()->{active} == 120 } 'the others wait';
    is(answer('hello'), 'hello', 'hello');
    is($disk->held, 4, 'still four');
    $disk->release;

    is_deeply([map { $_->{json}{answer} } answers($requests)], [1, 1, 1],
              'all are read');
    is(answer('busy'), 40, 'an isolate that takes no results gets all of them');
}


# What ends an invocation does so at once, and nothing is left.  One that is
# over its time takes the isolate with it, whose successor loads the function.

sub ends {
    my ($pid) = worker_pids();
    my $descriptors = sub { scalar(() = glob "/proc/$pid/fd/*") };

    at_rest();

    my $before = $descriptors->();

    for my $kind ('READ', 'OPEN') {
        my ($aborted, $gone) = (metrics()->{invocations}{aborted},
                                pool()->{destroyed});

        $disk->hold($kind);

        is(get('/short?do=many')->{status}, 504, "the time is over in $kind");
        soon { pool()->{destroyed} > $gone } 'the isolate goes';
        soon { work()->{active} == 4 } 'with what waited for its turn';

        my $request = send_off('/f?do=many');

        held(8);
        soon { work()->{active} == 44 } 'another waits';
        close $request->[0]{socket};
        soon { metrics()->{invocations}{aborted} > $aborted }
             'whose client leaves';
        is(answer('hello'), 'hello', 'hello');

        $disk->release;
        soon { work()->{active} == 0 } 'all has come back';
        is(answer('readFile'), $data, 'what comes is answered');
    }

    at_rest();
    soon { $descriptors->() <= $before } 'with all descriptors';
}


# The worker has to wait for the threads, as nginx does.

sub shutdown_waits {
    $disk->hold('READ');

    is(get('/short?do=many')->{status}, 504, 'an invocation is over');
    held(4);

    my $pid = fork // die "fork: $!\n";

    if ($pid == 0) {
        sleep 1;
        $disk->release;
        require POSIX;
        POSIX::_exit(0);
    }

    is(server()->quit, 0, 'the server ends when the disk has answered');
    waitpid $pid, 0;
    engine_stop();
}


sub reload {
    start('reload');

    my ($pid) = worker_pids();

    $disk->hold('READ');

    my $request = send_off('/f?do=readFile');

    held(1);
    kill 'HUP', server()->{pid};
    soon { grep { $_ != $pid } server()->workers } 'another worker is there';

    is(answer('hello'), 'hello', 'it answers');
    $disk->release;
    is((answers($request))[0]{json}{answer}, $data, 'the old one as well');
    soon { !-d "/proc/$pid" } 'and ends';
    is(server()->quit, 0, 'the server ends');
}
