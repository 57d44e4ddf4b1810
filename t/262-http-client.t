# http.request() over sockets, against servers of this test that answer with
# bytes as they are written here.

use TestInvoke 'no_plan';
use TestEngine;

use IO::Socket::INET;

my @children;

# A server that answers the n-th request of each connection as its path has it.

sub serve {
    my (%answers) = @_;

    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 64,
                                         ReuseAddr => 1) or die "listen: $!\n";

    my $pid = fork // die "fork: $!\n";

    if ($pid == 0) {
        my $connections = 0;

        $SIG{CHLD} = 'IGNORE';

        while (1) {
            my $client = $listener->accept or next;

            $connections++;

            if (!fork) {
                $client->autoflush(1);
                talk($client, $connections, \%answers);
                require POSIX;
                POSIX::_exit(0);
            }

            close $client;
        }
    }

    push @children, $pid;

    return $listener->sockport;
}

sub talk {
    my ($client, $connection, $answers) = @_;

    while (my $line = <$client>) {
        my ($method, $path) = $line =~ m{^(\S+) (\S+) HTTP/1\.1\r\n$} or last;
        my ($head, $length, $chunked) = ($line, 0, 0);

        while (($line = <$client>) ne "\r\n") {
            $head .= $line;
            $length = $1 if $line =~ /^content-length: (\d+)/i;
            $chunked = 1 if $line =~ /^transfer-encoding: chunked/i;
        }

        my $body = '';

        if ($chunked) {
            while ((my $size = hex(<$client> =~ s/\r\n//r)) != 0) {
                read $client, my $chunk, $size + 2;
                $body .= substr $chunk, 0, $size;
            }

            <$client>;

        } elsif ($length) {
            read $client, $body, $length;
        }

        my $answer = $answers->{$path};

        $answer = $answer->($method, $head, $body, $connection, $client)
            if ref $answer eq 'CODE';

        for my $piece (ref $answer ? @$answer : $answer) {
            if ($piece eq 'close') {
                return;
            }

            print $client $piece;
            select undef, undef, undef, 0.01 if ref $answer;
        }
    }
}

END {
    local $?;
    kill KILL => @children;
    waitpid $_, 0 for @children;
}

sub answer_with {
    my ($body, @headers) = @_;

    return join "\r\n", 'HTTP/1.1 200 OK', @headers,
                'Content-Length: ' . length $body, '', $body;
}

my $port = serve(
    '/plain' => answer_with('hello', 'X-A: 1', 'X-a: 2', 'Set-Cookie: a=b'),
    '/echo' => sub { answer_with("$_[0] $_[2]") },
    '/head' => sub { answer_with($_[1]) },
    '/connection' => sub { answer_with($_[3]) },
    '/pieces' => ["HTTP/1.1 20", "0 OK\r\nTransfer-Enc", "oding: chunked\r\n\r",
                  "\n3\r\nab", "c\r\n", "3;x=y\r\ndef\r\n0\r\nX-T", ": end\r\n\r\n"],
    '/end' => ["HTTP/1.0 404 None\r\n\r\n", 'until ', 'the end', 'close'],
    '/short' => ["HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", 'short',
                 'close'],
    '/nothing' => ['close'],
    '/bad' => "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
    '/large' => answer_with('x' x 5_000_000),
    '/early' => ["HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n",
                 answer_with('late')],
    '/upgrade' => ["HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n"
                   . "Upgrade: x\r\n\r\nfirst", ' second', 'close'],
    '/silent' => sub { 1 while sysread $_[4], my $bytes, 1; 'close' },
    '/peer' => sub { answer_with($_[4]->peerhost) },
    '/without' => "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
);

engine('http',
    http => 'invoke_egress allow 127.0.0.0/8; invoke_isolates 1 max=1;',
    server => 'location / { invoke ./fn/client; invoke_timeout 20s; }'
              . ' location /kept { invoke ./fn/kept; invoke_timeout 20s;'
              . ' invoke_isolation function; }',
    functions => {
        client => <<"JS",
const http = require('http');

function ask(path, options = {}, body) {
  return new Promise((resolve) => {
    const log = [];
    const request = http.request(
      { host: '127.0.0.1', port: $port, path, ...options });

    request.on('information', ({ statusCode }) => log.push(statusCode));
    request.on('response', (response) => {
      const { statusCode, statusMessage, httpVersion } = response;
      let text = '';

      log.push(statusCode, statusMessage, httpVersion);
      response.setEncoding('utf8');
      response.on('data', (chunk) => { text += chunk; });
      response.on('aborted', () => log.push('aborted'));
      response.on('error', ({ code }) => log.push(code));
      response.on('close', () => {
        log.push(text.length > 1000 ? text.length : text, response.complete,
                 response.trailers,
                 response instanceof http.IncomingMessage);
        resolve(log);
      });
    });
    request.on('upgrade', (response, socket, head) => {
      let text = head.toString();

      socket.on('data', (chunk) => { text += chunk; });
      socket.on('end', () => resolve([response.statusCode, text]));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', ({ code, message }) => resolve([code, message]));
    request.end(body);
  });
}

const tests = {
  plain: () => new Promise((resolve) => {
    http.get('http://127.0.0.1:$port/plain', (response) => {
      resolve([response.headers, response.rawHeaders]);
      response.resume();
    });
  }),
  post: () => ask('/echo', { method: 'POST' }, 'the body'),
  put: async () => {
    const { Readable } = require('stream');

    return new Promise((resolve) => {
      const request = http.request('http://127.0.0.1:$port/echo',
                                   { method: 'PUT' }, (response) => {
        response.on('data', (chunk) => resolve(chunk.toString()));
      });

      Readable.from(['one ', 'two ', 'three']).pipe(request);
    });
  },
  head: () => ask('/head', { headers: { 'X-Own': ['a', 'b'] },
                             auth: 'user:pass' }),
  HEAD: () => ask('/without', { method: 'HEAD' }),
  abort: () => new Promise((resolve) => {
    const controller = new AbortController();
    const request = http.get('http://127.0.0.1:$port/silent',
                             { signal: controller.signal });

    request.on('error', ({ name, code }) => resolve([name, code]));
    setTimeout(() => controller.abort(), 20);
  }),
  timeout: () => ask('/silent', { timeout: 20 }),
  parallel: async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 2 });
    const all = await Promise.all(Array.from({ length: 6 }, () =>
      ask('/connection', { agent })));
    const seen = new Set(all.map((answer) => answer[3]));

    agent.destroy();
    return seen.size;
  },
  refused: () => ask('/', { port: 1 }),
  local: () => ask('/peer', { localAddress: '127.0.0.9' }),
  bound: () => new Promise((resolve) => {
    const { _handle: handle } = require('net').connect({
      host: '127.0.0.1', port: $port, localAddress: '127.0.0.9' });

    setImmediate(() => resolve(
      require('util').getSystemErrorName(handle.listen(5))));
  }),
  squats: () => ask('/peer', { localAddress: '127.0.0.9', localPort: $port }),
};

module.exports = async (req, res) => {
  const name = req.path.slice(1);

  res.json(await (tests[name]?.() ?? ask(req.path)));
};
JS
        kept => <<"JS" });
const http = require('http');
const agent = new http.Agent({ keepAlive: true });

module.exports = (req, res) => {
  http.get({ host: '127.0.0.1', port: $port, path: '/connection', agent },
           (response) => response.pipe(res));
};
JS

sub body_is {
    my ($path, $expected, $name) = @_;

    is(get($path)->{body}, $expected, $name);
}

body_is('/plain',
        '[{"x-a":"1, 2","set-cookie":["a=b"],"content-length":"5"},["X-A","1",'
        . '"X-a","2","Set-Cookie","a=b","Content-Length","5"]]', 'http.get()');
body_is('/post', '[200,"OK","1.1","POST the body",true,{},true]', 'a body');
body_is('/put', '"PUT one two three"', 'a body in chunks');
body_is('/head',
        '[200,"OK","1.1","GET /head HTTP/1.1\r\nX-Own: a\r\nX-Own: b\r\n'
        . "Host: 127.0.0.1:$port" . '\r\nAuthorization: Basic dXNlcjpwYXNz\r\n'
        . 'Connection: close\r\n",true,{},true]', 'what is sent');
body_is('/HEAD', '[200,"OK","1.1","",true,{},true]', 'HEAD');
body_is('/pieces', '[200,"OK","1.1","abcdef",true,{"x-t":"end"},true]',
        'an answer in pieces, with a trailer');
body_is('/end', '[404,"None","1.0","until the end",true,{},true]',
        'one that ends with the connection');
body_is('/short', '[200,"OK","1.1","aborted","ECONNRESET","short",false,{},true]',
        'one that is cut');
body_is('/nothing', '["ECONNRESET","socket hang up"]', 'none');
body_is('/bad', '["HPE_INVALID_CONTENT_LENGTH",'
                . '"Parse Error: Invalid character in Content-Length"]',
        'one that is wrong');
body_is('/large', '[200,"OK","1.1",5000000,true,{},true]', 'a large one');
body_is('/early', '[103,200,"OK","1.1","late",true,{},true]', 'hints before');
body_is('/upgrade', '[101,"first second"]', 'another protocol');
body_is('/abort', '["AbortError","ABORT_ERR"]', 'one that is given up');
body_is('/timeout', '["ECONNRESET","socket hang up"]', 'one that is late');
body_is('/parallel', '2', 'an agent has so many sockets');
body_is('/local', '[200,"OK","1.1","127.0.0.9",true,{},true]',
        'an address of its own, with any port');
body_is('/bound', '"ENOTSUP"', 'which cannot listen');
body_is('/squats', qq(["ENOTSUP","bind ENOTSUP 127.0.0.9:$port"]),
        'no port of its own');
body_is('/refused', '["ECONNREFUSED","connect ECONNREFUSED 127.0.0.1:1"]',
        'nobody is there');

my $first = get('/kept')->{body};
is(get('/kept')->{body}, $first, "a connection is kept, request $_") for 1 .. 5;

engine('http under the rules that there are by default',
    server => 'location / { invoke ./fn/client; }',
    functions => { client => <<"JS" });
const http = require('http');

module.exports = (req, res) => {
  http.get('http://127.0.0.1:$port/plain', () => res.send('connected'))
    .on('error', ({ code, syscall, address, port }) =>
      res.json([code, syscall, address, port === $port]));
};
JS

body_is('/', '["POLICY_DENIED","connect","127.0.0.1",true]', 'is refused');

engine_stop();
