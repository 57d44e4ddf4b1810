# What the service that ngx_invoke replaces answered: each function that was
# recorded of it runs here, and has to answer the same.  Where it does not,
# its name is below, with the answer that it gives and the reason; a name that
# need not be there fails the test as well.
#
# The recordings are in t/former, one a line: the files of a function, its
# settings, and for each request what came.

use strict;
use warnings;

use JSON::PP;
use MIME::Base64 qw(decode_base64);

use TestInvoke 'no_plan';
use TestServer;

# What is not compared, or compared otherwise:
#
#   * etag, vary: the former service's outer layer added them to everything;
#     nginx adds its own headers.  x-trace-id is new each time, but there.
#   * content-length and transfer-encoding: the body is compared instead.
#   * Last-Modified, Accept-Ranges of files: nginx adds them, to good purpose.
#   * the package's root is "/", not "/app", in names of files.
#   * error bodies: "Execution failed" stays; what stood or stands besides it
#     (data, statusCode, timestamp; error, functionId, requestId) does not
#     count.  They are JSON whatever type the function had set.
#   * messages of modules that are not found have a require stack, as in Node.
#   * moments in cookies: compared as distances from now.

# deviation => [why, status, what the body matches]

my $early = 'a response goes out as soon as it is written';
my $express = 'Express has it, the former service lacked it';
my $express5 = 'Express 5 has it otherwise, and wins';
my $loader = "the loader's way is Node's";
my $es = 'ES modules, which the former service lacked';
my $node = "Node's behaviour, where a shim was";
my $limits = 'the time limit is of wall time, and answered with 504';
my $more = 'a module of Node that the former service lacked';
my $fleet = 'a service of the fleet, not of the engine';

my %deviations = (
    'res-double-send' => [$early, 200, qr/^\{"n":1\}$/],
    'error-after-send' => [$early, 201, qr/^\{"a":1\}$/],

    'res-format' => [$express, 200, qr/^$/],
    'res-header' => [$express, 200, qr/^x$/],
    'res-jsonp' => [$express, 200, qr/^\{\}$/],
    'res-links' => [$express, 200, qr/^$/],
    'res-on' => [$express, 200, qr/^\{\}$/],
    'res-status-prop' => [$express, 404, qr/./],
    'res-write' => [$express, 200, qr/^ab$/],
    'res-redirect-urlfirst'
        => ['redirect(url, status) heeds its status', 301, qr/^Moved Perm/],
    'res-send-uint8array'
        => ['typed arrays are sent as their bytes', 200, qr/^\x01\x02\x03$/],
    'res-set-connection'
        => ['it could not be read by clients', 200, qr/^hello$/],

    'res-append' => [$express5, 200, qr/^x$/],
    'res-attachment-name' => [$express5, 200, qr/^x$/],
    'res-clearCookie' => [$express5, 200, qr/^x$/],
    'res-contentType' => [$express5, 200, qr/^x$/],
    'res-cookie-signed'
        => ['a cookie is signed, or not made', 500, qr/Execution failed/],
    'res-cookie'
        => ['a blank is not for the value of a cookie', 500, qr/Execution f/],
    'res-end-null' => [$express5, 200, qr/^null$/],
    'res-end-string-json' => [$express5, 200, qr/./],
    'res-json-after-type' => [$express5, 200, qr/./],
    'res-redirect-301'
        => [$express5, 301, qr/^Moved Permanently\. Redirecting to /],
    'res-redirect-unicode' => [$express5, 302, qr/^Found\. Redirecting to /],
    'res-redirect' => [$express5, 302, qr/^Found\. Redirecting to /],
    'res-send-bool' => [$express5, 200, qr/^(?:true|false)$/],
    'res-send-function' => [$express5, 500, qr/Execution failed/],
    'res-send-null' => [$express5, 200, qr/^$/],
    'res-send-number' => [$express5, 200, qr/^\d+$/],
    'res-sendStatus-unknown' => [$express5, 499, qr/^499$/],
    'res-sendFile' => [$express5, 200, qr/^hello file$/],
    'res-sendFile-bin' => [$express5, 200, qr/./s],
    'res-sendFile-callback' => [$express5, 200, qr/^x$/],
    'res-download' => [$express5, 200, qr/^x$/],
    'res-download-name' => [$express5, 200, qr/^x$/],
    'res-set-array' => [$express5, 200, qr/^x$/],
    'res-status-zero' => [$express5, 500, qr/Execution failed/],
    'res-type-full-charset' => [$express5, 200, qr/^x$/],
    'res-type-png' => [$express5, 200, qr/^x$/],
    'res-writeHead-msg' => [$express5, 404, qr/./],

    'loader-dynamic-import' => [$es, 200, qr/^\{"r":\{"default":1\}\}$/],
    'loader-mjs' => [$es, 200, qr/^\{"r":\{"__esModule":true,"default":1\}\}$/],
    'loader-nm-badpkg' => [$loader, 200, qr/Error parsing .*package\.json/],
    'loader-node-prefix-rel' => [$loader, 200, qr/ERR_UNKNOWN_BUILTIN_MODULE/],
    'loader-nm-exports-main-both' => [$loader, 200, qr/^\{"r":"e"\}$/],
    'loader-nm-file' => [$loader, 200, qr/^\{"r":"file"\}$/],
    'loader-nm-main-dir'
        => [$loader, 200, qr{^\{"r":"/node_modules/pk/lib/index\.js"\}$}],
    'loader-nm-main-missing' => [$loader, 200, qr/^\{"r":"idx"\}$/],
    'loader-nm-pkgjson-noext' => [$loader, 200, qr/^\{"r":"1\.2\.3"\}$/],
    'loader-nm-pkgjson' => [$loader, 200, qr/^\{"r":"1\.2\.3"\}$/],
    'loader-nm-subpath-ext' => [$loader, 200, qr/^\{"r":"sub"\}$/],
    'loader-nm-subpath' => [$loader, 200, qr/^\{"r":"sub"\}$/],
    'loader-rel-dir-pkgmain' => [$loader, 200, qr/^\{"r":1\}$/],
    'loader-rel-dir-slash'
        => [$loader, 200, qr{^\{"r":\{"d":"/d/index\.js"\}\}$}],
    'loader-rel-dotdot' => [$loader, 200, qr/^\{\}$/],
    'loader-rel-file-over-dir' => [$loader, 200, qr/^\{"r":"js"\}$/],
    'loader-rel-json-bad'
        => [$loader, 200, qr{^\{"r":\{"threw":"/c\.json: \w+ .*SyntaxError"}],
    'loader-rel-missing'
        => [$loader, 200, qr/"Cannot find module '\.\/nope'\\nRequire stack/],
    'loader-require-props'
        => [$loader, 200, qr/"resolve":"function","main":"object","cache":"object"/],
    'loader-this-mod' => [$loader, 200, qr/"same":true,"glob":false/],
    'loader-use-strict'
        => [$loader, 200, qr/^ReferenceError: undefinedVar is not defined$/],
    'loader-dep-uncaught-stack'
        => ['lines are those of the files', 200, qr{at boom \(/u\.js:3:38\)}],

    'loader-builtin-module' => [$more, 200, qr/"createRequire"/],
    'loader-builtin-child_process' => [$more, 200, qr/"ChildProcess"/],
    'loader-builtin-inspector' => [$more, 200, qr/"Session"/],
    'loader-builtin-readline' => [$more, 200, qr/"createInterface"/],
    'loader-builtin-v8' => [$more, 200, qr/"getHeapStatistics"/],
    'loader-builtin-vm' => [$more, 200, qr/"runInThisContext"/],
    'loader-builtin-worker_threads' => [$more, 200, qr/"MessageChannel"/],
    'loader-builtin-timers_promises' => [$more, 200, qr/"setTimeout"/],
    'loader-builtin-assert_strict' => [$more, 200, qr/"AssertionError"/],
    'loader-builtin-fs_promises' => [$more, 200, qr/"readFile"/],
    'loader-builtin-os' => [$more, 200, qr/"hostname"/],
    'loader-node-prefix-unknown' => [$more, 200, qr/"EOL":"\\n"/],
    'loader-builtin-path_posix' => [$more, 200, qr/"resolve","normalize"/],
    'loader-builtin-querystring' => [$more, 200, qr/"stringify"/],
    'loader-builtin-stream_promises'
        => [$more, 200, qr/\["finished","pipeline"\]/],
    'loader-builtin-sys' => [$more, 200, qr/"callbackify"/],
    'loader-builtin-util_types' => [$more, 200, qr/"isExternal"/],
    'loader-builtin-buffer'
        => [$node, 200, qr/"Buffer","SlowBuffer","transcode"/],
    'loader-builtin-stream' => [$node, 200, qr/"Readable","Writable"/],
    'loader-builtin-dns_promises' => [$more, 200, qr/"lookup","lookupService"/],
    'loader-builtin-mime-types' => [$more, 200, qr/"charset","charsets"/],
    'loader-builtin-_eventtarget' => [$fleet, 200, qr/MODULE_NOT_FOUND/],
    'loader-builtin-_router' => [$fleet, 200, qr/MODULE_NOT_FOUND/],

    'crypto-cipher' => [$node, 200, qr/"c7689d9cfe[0-9a-f]+","function"/],
    'crypto-cipher-err' => [$node, 200, qr/"ERR_CRYPTO_UNKNOWN_CIPHER"/],
    'crypto-hash' => [$node, 200, qr/:ERR_CRYPTO_HASH_FINALIZED"/],
    'crypto-keypair' => [$node, 200, qr/\["object",null,/],
    'crypto-keypair-cb' => [$node, 500, qr/Execution failed/],
    'crypto-keypair-enc' => [$node, 200, qr/"-----BEGIN PUBLIC KE"/],
    'crypto-randomint-bad' => [$node, 200, qr/"ERR_OUT_OF_RANGE"/],

    'console-methods' => [$node, 200, qr/"timeLog":"function"/],
    'timers-module' => [$node, 200, qr/"sleep","setTimeout"/],
    'timers-nonfn' => [$node, 200, qr/ERR_INVALID_ARG_TYPE/],
    'globals-types' => ["$more; $fleet", 200,
                        qr/^(?=.*"CustomEvent":"function")
                           (?=.*"EventEmitter":"function")
                           (?=.*"URL":"function")(?=.*"ivm":"undefined")/x],
    'globals-ivm'
        => ['nothing of the engine can be reached', 200, qr/"undefined"/],

    'limit-long-await' => [$limits, 504, qr/"code":"timeout"/],
    'limit-timeout-catch' => [$limits, 504, qr/"code":"timeout"/],
    'never-resolves' => [$limits, 504, qr/"code":"timeout"/],

    # what a module of Node gives, which was a shim's part

    'buffer-base64url' => [$node, 200, qr/^\{"r":\["6bff9b","__4"\]\}$/],
    'events-basic' => [$node, 200, qr/"pre",\[\]\],"ee",2,true,"function"/],
    'eventtarget' => [$node, 200, qr/"why",("function",){3}true,false\]/],
    'path-dirname-undef' => [$node, 200, qr/"ERR_INVALID_ARG_TYPE"/],
    'path-keys' => [$node, 200, qr/"win32","posix"/],
    'path-nonstring' => [$node, 200, qr/"ERR_INVALID_ARG_TYPE"/],
    'text-decode-enc' => [$node, 200, qr/^\{"r":"utf-16le"\}$/],
    'text-decode-fatal'
        => [$node, 200, qr/"ERR_ENCODING_INVALID_ENCODED_DATA"/],
    'text-encodeinto' => [$node, 200, qr/"written":2\},\[104,105,0,/],
    'url-format' => [$node, 200, qr{^\{"r":"http://e\.com/a"\}$}],
    'url-keys' => [$node, 200, qr/"resolve".*"domainToASCII"/],
    'url-mutate' => [$node, 200, qr{^\{"r":"http://h\.com:9/z\?k=v#q"\}$}],
    'url-usp' => [$node, 200, qr/"q=1","  ",4\]/],
    'util-deep' => [$node, 200, qr/^\{"r":\[true,false,false,true\]\}$/],
    'util-format' => [$node, 200, qr/% %x ex","1 2","a b \{ c: 1 \}"/],
    'util-inspect' => [$node, 200, qr/"Map\(1\) \{ 1 => 2 \}"/],
    'util-keys' => [$node, 200, qr/"callbackify"/],

    # it reads and lists, and says why it does not write

    'fs-access-cb' => [$node, 200, qr/^\{"r":\{"err":null,"v":\[\]\}\}$/],
    'fs-accessSync-w' => [$node, 200, eacces('access')],
    'fs-appendFileSync' => [$node, 200, eacces('open')],
    'fs-constants' => [$node, 200, qr/"O_RDONLY":0/],
    'fs-createReadStream' => [$node, 200, qr/"path":"\/app\/a\.txt"/],
    'fs-createWriteStream' => [$node, 200, qr/"path":"\/app\/a\.txt"/],
    'fs-openSync-w' => [$node, 200, eacces('open')],
    'fs-promises-access-missing' => [$node, 200, enoent('access', '/zz')],
    'fs-promises-missing' => [$node, 200, enoent('open', '/zz')],
    'fs-promises-readFile-opts' => [$node, 200, qr/^\{"r":"hello"\}$/],
    'fs-promises-writeFile' => [$node, 200, qr/"EACCES: permission denied, /],
    'fs-readFile-cb2' => [$node, 200, qr/"v":\["buf:68656c6c6f"\]/],
    'fs-readFileSync-etc' => [$node, 200, enoent('open', '/etc/hostname')],
    'fs-readFileSync-nonstring' => [$node, 200, qr/"TypeError"|"EBADF"/],
    'fs-readFileSync-opts' => [$node, 200, qr/^\{"r":"hello"\}$/],
    'fs-readFileSync-traverse'
        => [$node, 200, enoent('open', '/../../../../etc/hostname')],
    'fs-readdirSync-root'
        => [$node, 200, qr/^\{"r":\["a\.txt","bin","d","index\.js"\]\}$/],
    'fs-readdirSync-types' => [$node, 200, qr/\{"name":"a\.txt",/],
    'fs-stat-cb' => [$node, 200, qr/"birthtimeMs":/],
    'fs-unlinkSync' => [$node, 200, eacces('unlink')],

    'http-server' => ['servers are made; nginx asks them, or listen() fails',
                      200, qr/^\{"r":\["ok","ok","ok"\]\}$/],
    'ws-construct' => ['ws of npm itself', 200, qr/"_readyState":0/],
    'ws-noaddr' => ['ws of npm itself', 200, qr/"Invalid URL: undefined"/],

    'zlib-bad' => [$node, 200, qr/"incorrect header check","code":"Z_DATA_ERR/],
    'zlib-bad2' => [$node, 200, qr/"incorrect header check","code":"Z_DATA_E/],
    'zlib-cb-err' => [$node, 200, qr/\["incorrect header check","Z_DATA_ERR/],
    'zlib-string' => [$node, 200, qr/^\{"r":23\}$/],
);

my $utf8 = JSON::PP->new->utf8->canonical->allow_nonref;
my $server = TestServer->new('probes');
my $locations = '';
my @probes = map { probe($_) } map { recordings($_) }
             qw(response loader runtime modules);
my %seen;

$server->start(<<"END");
load_module modules/ngx_invoke_module.so;
pid nginx.pid;
error_log logs/error.log info;
worker_processes 1;
events {}
http {
    access_log off;
    client_body_temp_path temp;
    invoke_package_cache packages;
    invoke_error_detail off;
    server {
        listen 127.0.0.1:@{[ $server->port ]};
        $locations
    }
}
END

check($_) for @probes;

is_deeply([grep { !$seen{$_} } sort keys %deviations], [],
          'all names of deviations are of recordings');

is($server->stop, 0, 'nginx stops in peace');
unlike($server->log, qr/\[(crit|alert|emerg)\]/, 'it has no complaints');


# What the body of Node's error about a file matches.

sub eacces {
    my ($call) = @_;

    return qr/"EACCES: permission denied, $call '(\/app)?\/a\.txt'"/;
}


sub enoent {
    my ($call, $path) = @_;

    return qr/"ENOENT: no such file or directory, $call '(\/app)?\Q$path\E'"/;
}


sub recordings {
    my ($topic) = @_;

    my $path = "$ENV{TEST_NGINX_ROOT}/t/former/$topic.jsonl";

    open my $in, '<:raw', $path or die "$path: $!\n";

    return map { $utf8->decode($_) } <$in>;
}


# Puts a recorded function into a location of its own.

sub probe {
    my ($probe) = @_;

    my $name = $probe->{name};

    while (my ($path, $text) = each %{ $probe->{files} }) {
        if (ref $text) {
            $text = join '', map { chr } @{ $text->{data} };

        } else {
            utf8::encode($text);
        }

        $server->write("probes/$name/$path", $text);
    }

    my $columns = $probe->{function_columns} // {};
    my $env = $probe->{env} // {};

    $locations .= "location /probes/$name { invoke ./probes/$name;";
    $locations .= " invoke_timeout $columns->{custom_timeout_seconds}s;"
        if $columns->{custom_timeout_enabled};
    $locations .= " invoke_env $_ '$env->{$_}';" for sort keys %$env;
    $locations .= " }\n";

    return $probe;
}


sub check {
    my ($probe) = @_;

    my $name = $probe->{name};
    my @differences;
    my $answer;

    for my $result (@{ $probe->{results} }) {
        my $request = $result->{request};

        $answer = $server->request($request->{method},
                                   "/probes/$name$request->{path}",
                                   [%{ $request->{headers} }],
                                   $request->{body});

        my $recorded = recorded($result);
        my $given = given($answer);

        for my $part (qw(status headers body)) {
            my ($old, $new) = map { $utf8->encode($_->{$part}) }
                              $recorded, $given;

            push @differences, "$part: $old -> $new" if $old ne $new;
        }

        if (length($answer->{headers}{'x-trace-id'} // '') == 0) {
            push @differences, 'no x-trace-id';
        }

        last if @differences;
    }

    my $deviation = $deviations{$name};

    if (!$deviation) {
        is(join("\n", @differences), '', "$name answers the same");
        return;
    }

    $seen{$name} = 1;

    my ($reason, $status, $body) = @$deviation;

    ok(@differences != 0, "$name differs: $reason");
    is($answer->{status}, $status, "$name: status");
    like($answer->{body}, $body, "$name: body");
}


# Both sides in one form.

sub recorded {
    my ($result) = @_;

    my $response = $result->{response} or return {};
    my %headers = %{ $response->{headers} };

    for (values %headers) {
        $_ = join "\n", @$_ if ref;
    }

    my $body = exists $response->{json} ? $utf8->encode($response->{json})
               : exists $response->{base64}
               ? decode_base64($response->{base64})
               : do { my $text = $response->{text}; utf8::encode($text);
                      $text };

    return form($response->{status}, \%headers, $body);
}


sub given {
    my ($answer) = @_;

    my %headers = %{ $answer->{headers} };
    my $length = $headers{'content-length'};

    if (defined $length && $length != length $answer->{body}) {
        return form('a wrong content-length', {}, '');
    }

    return form($answer->{status} // 'none', \%headers,
                $answer->{body});
}


sub form {
    my ($status, $headers, $body) = @_;

    delete @$headers{qw(etag vary x-trace-id date server connection
                        content-length transfer-encoding last-modified
                        accept-ranges)};

    if (defined(my $cookies = $headers->{'set-cookie'})) {
        $cookies =~ s/Expires=([^;\n]+ GMT)/'Expires=' . moment($1)/ge;
        $headers->{'set-cookie'} = $cookies;
    }

    if (($headers->{'content-type'} // '') =~ m{^application/json}
        || $body =~ /^\{.*"success":false/)
    {
        my $value = eval { $utf8->decode($body) };

        if (defined $value) {
            body($value);
            $body = $utf8->encode($value);

            if (ref $value eq 'HASH' && defined $value->{success}) {
                delete $headers->{'content-type'};
            }
        }
    }

    return { status => "$status", headers => $headers, body => "$body" };
}


# Of cookies that expire soon only that, since the clocks are not the same.

sub moment {
    my ($date) = @_;

    return $date =~ / 1970 / ? $date : 'soon';
}


sub body {
    my ($value) = @_;

    if (ref $value eq 'HASH'
        && ($value->{message} // '') eq 'Execution failed')
    {
        delete @$value{qw(data statusCode timestamp error functionId
                          requestId)};
    }

    my @nodes = (\$value);

    while (my $node = shift @nodes) {
        if (ref $$node eq 'HASH') {
            push @nodes, map { \$_ } values %{ $$node };

        } elsif (ref $$node eq 'ARRAY') {
            push @nodes, map { \$_ } @{ $$node };

        } elsif (defined $$node && !ref $$node && $$node =~ /[a-z]/) {
            $$node =~ s{/app(?=/)}{}g;
            $$node =~ s/(: this built-in module [^\n]*)?\nRequire stack:.*//s;
        }
    }
}
