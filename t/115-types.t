# conf/types/invoke.d.ts declares what req, res and req.socket have, and nothing
# else: their own members and those of their prototypes, less what all streams
# and emitters have.

use TestInvoke 'no_plan';
use JSON::PP;
use TestServer;

my $server = TestServer->new('types');

$server->write('fn/index.js', <<'END');
const { EventEmitter } = require('events');
const { Readable } = require('stream');

function members(object, from) {
    const found = {};
    const left = new Set();

    for (let o = from.prototype; o !== Object.prototype; o = Object.getPrototypeOf(o)) {
        Object.getOwnPropertyNames(o).forEach((name) => left.add(name));
    }

    for (let o = object; o !== Object.prototype; o = Object.getPrototypeOf(o)) {
        Object.getOwnPropertyNames(o).forEach((name) => {
            if (!left.has(name)) {
                found[name] = typeof object[name] === 'function' ? 'method' : 'property';
            }
        });
    }

    return found;
}

module.exports = (req, res) => res.json({
    Request: members(req, Readable),
    Response: members(res, EventEmitter),
    Connection: members(req.socket, EventEmitter),
});
END

$server->serve("server { listen 127.0.0.1:@{[$server->port]};"
               . ' location / { invoke ./fn; } }');

my $there = decode_json($server->request('GET', '/')->{body});

is($server->stop, 0, 'nginx stops');

# seal() is what Node's own classes call of ours
delete $there->{Response}{seal};

my $types = Server::read_file("$ENV{TEST_NGINX_ROOT}/conf/types/invoke.d.ts");

for my $name (sort keys %$there) {
    my ($text) = $types =~ /^export interface $name extends [^\n]*\{\n(.*?)^\}/ms;
    my %declared = map {
        /(\w+)\??(.)/; $1 => $2 eq '(' ? 'method' : 'property'
    } ($text // '') =~ /^ {4}(?:readonly )?(\w+\??[(:])/mg;
    my %there = map { $_ => $there->{$name}{$_} } grep { !/^_/ } keys %{ $there->{$name} };

    is_deeply([map { "$_ $declared{$_}" } sort keys %declared],
              [map { "$_ $there{$_}" } sort keys %there], $name);
}
