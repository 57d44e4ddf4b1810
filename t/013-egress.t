# What the directives of the egress policy take and what they refuse.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: each directive with its values, in each context
--- http_config
    invoke_egress            allow 10.0.0.0/8;
    invoke_egress            deny  all;
    invoke_egress_private    off;
    invoke_egress_limits     sockets=1 connects=2 bytes=3m dns=4;
    invoke_egress_timeout    5s;
    invoke_resolver          127.0.0.53 [::1] ::1 [fd00::1]:5353 10.0.0.1:53 timeout=2s;
--- config
    invoke_egress            allow 10.0.0.0/8 80-90;
    invoke_egress_private    on;
    invoke_egress_limits     connects=0;
    invoke_egress_timeout    500ms;

    location /t {
        invoke  ./html/fn;
        invoke_egress          allow  127.0.0.1;
        invoke_egress          deny   0.0.0.0/0;
        invoke_egress          allow  ::ffff:10.0.0.0/104  1;
        invoke_egress          deny   64:ff9b::/96  65535;
        invoke_egress          allow  2000::/3;
        invoke_egress          allow  [::1]  25;
        invoke_egress          deny   ::/0;
        invoke_egress          Allow  API.Example.COM.;
        invoke_egress          allow  *.example.com private 443;
        invoke_egress          allow  all private;
        invoke_egress          allow  all 25;
        invoke_egress          allow  unix:/run/a.sock;
        invoke_egress          DENY   all;
        invoke_egress_private  off;
        invoke_egress_limits   sockets=0 bytes=0;
        invoke_egress_timeout  1m;
    }
--- function
module.exports = (req, res) => res.send('ok');
--- request
GET /t
--- response_body: ok


=== TEST 2: a word that is neither
--- http_config
invoke_egress open all;
--- config
--- must_die
--- error_log
invalid value "open" in "invoke_egress": neither "allow" nor "deny"


=== TEST 3: an address of numbers that is none
--- http_config
invoke_egress allow 10.0.0.256;
--- config
--- must_die
--- error_log
invalid value "10.0.0.256" in "invoke_egress": no address


=== TEST 4: an address in another form
--- http_config
invoke_egress allow 2130706433;
--- config
--- must_die
--- error_log
invalid value "2130706433" in "invoke_egress": no address


=== TEST 5: a short address
--- http_config
invoke_egress allow 127.1;
--- config
--- must_die
--- error_log
invalid value "127.1" in "invoke_egress": no address


=== TEST 6: an IPv6 address that is none
--- http_config
invoke_egress allow ::g;
--- config
--- must_die
--- error_log
invalid value "::g" in "invoke_egress": no address


=== TEST 7: an IPv6 address with a scope
--- http_config
invoke_egress allow fe80::1%eth0;
--- config
--- must_die
--- error_log
invalid value "fe80::1%eth0" in "invoke_egress": no address


=== TEST 8: an address with a port
--- http_config
invoke_egress allow 10.0.0.1:80;
--- config
--- must_die
--- error_log
invalid value "10.0.0.1:80" in "invoke_egress": no address


=== TEST 9: a prefix that is too long
--- http_config
invoke_egress allow 10.0.0.0/33;
--- config
--- must_die
--- error_log
invalid value "10.0.0.0/33" in "invoke_egress": no prefix length


=== TEST 10: a prefix that is none
--- http_config
invoke_egress allow 10.0.0.0/;
--- config
--- must_die
--- error_log
invalid value "10.0.0.0/" in "invoke_egress": no prefix length


=== TEST 11: an IPv6 prefix that is too long
--- http_config
invoke_egress allow fc00::/129;
--- config
--- must_die
--- error_log
invalid value "fc00::/129" in "invoke_egress": no prefix length


=== TEST 12: a mask
--- http_config
invoke_egress allow 10.0.0.0/255.0.0.0;
--- config
--- must_die
--- error_log
invalid value "10.0.0.0/255.0.0.0" in "invoke_egress": no prefix length


=== TEST 13: bits behind the prefix
--- http_config
invoke_egress allow 10.0.0.1/8;
--- config
--- must_die
--- error_log
invalid value "10.0.0.1/8" in "invoke_egress": has bits that its prefix length leaves out


=== TEST 14: NAT64, which is judged as IPv4
--- http_config
invoke_egress allow 64:ff9b::/96;
--- config
--- must_die
--- error_log
invalid value "64:ff9b::/96" in "invoke_egress": is judged as the IPv4 address in it: name that


=== TEST 15: 6to4, which is judged as IPv4
--- http_config
invoke_egress allow 2002:a00:1::/48;
--- config
--- must_die
--- error_log
invalid value "2002:a00:1::/48" in "invoke_egress": is judged as the IPv4 address in it: name that


=== TEST 16: Teredo, which is judged as IPv4
--- http_config
invoke_egress allow 2001::/32;
--- config
--- must_die
--- error_log
invalid value "2001::/32" in "invoke_egress": is judged as the IPv4 address in it: name that


=== TEST 17: a name with another character
--- http_config
invoke_egress allow exam_ple.com,a;
--- config
--- must_die
--- error_log
invalid value "exam_ple.com,a" in "invoke_egress": no name


=== TEST 18: a name with a question mark
--- http_config
invoke_egress allow a?.example.com;
--- config
--- must_die
--- error_log
invalid value "a?.example.com" in "invoke_egress": no name


=== TEST 19: a URL
--- http_config
invoke_egress allow https://example.com;
--- config
--- must_die
--- error_log
invalid value "https://example.com" in "invoke_egress": no address


=== TEST 20: a name of nothing
--- http_config
invoke_egress allow "";
--- config
--- must_die
--- error_log
invalid value "" in "invoke_egress": no address


=== TEST 21: a relative path
--- http_config
invoke_egress allow unix:run/x;
--- config
--- must_die
--- error_log
invalid value "unix:run/x" in "invoke_egress": no absolute path


=== TEST 22: an abstract socket
--- http_config
invoke_egress allow unix:@x;
--- config
--- must_die
--- error_log
invalid value "unix:@x" in "invoke_egress": no absolute path


=== TEST 23: a path of no length
--- http_config
invoke_egress allow unix:;
--- config
--- must_die
--- error_log
invalid value "unix:" in "invoke_egress": no absolute path


=== TEST 24: a path that is too long
--- http_config
invoke_egress allow unix:/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx;
--- config
--- must_die
--- error_log
in "invoke_egress": the path is too long


=== TEST 25: a path with a port
--- http_config
invoke_egress allow unix:/x 80;
--- config
--- must_die
--- error_log
invalid value "80" in "invoke_egress": too much


=== TEST 26: port 0
--- http_config
invoke_egress allow all 0;
--- config
--- must_die
--- error_log
invalid value "0" in "invoke_egress": no port from 1 to 65535, nor a range of them


=== TEST 27: a port that is too large
--- http_config
invoke_egress allow all 65536;
--- config
--- must_die
--- error_log
invalid value "65536" in "invoke_egress": no port from 1 to 65535, nor a range of them


=== TEST 28: ports the other way round
--- http_config
invoke_egress allow all 90-80;
--- config
--- must_die
--- error_log
invalid value "90-80" in "invoke_egress": no port from 1 to 65535, nor a range of them


=== TEST 29: an open range
--- http_config
invoke_egress allow all 80-;
--- config
--- must_die
--- error_log
invalid value "80-" in "invoke_egress": no port from 1 to 65535, nor a range of them


=== TEST 30: a service
--- http_config
invoke_egress allow all https;
--- config
--- must_die
--- error_log
invalid value "https" in "invoke_egress": no port from 1 to 65535, nor a range of them


=== TEST 31: two ports
--- http_config
invoke_egress allow all 80 443;
--- config
--- must_die
--- error_log
invalid value "443" in "invoke_egress": too much


=== TEST 32: a private address
--- http_config
invoke_egress allow 10.0.0.1 private;
--- config
--- must_die
--- error_log
invalid value "private" in "invoke_egress": "private" follows the name, or "all", of an "allow"


=== TEST 33: a private denial
--- http_config
invoke_egress deny all private;
--- config
--- must_die
--- error_log
invalid value "private" in "invoke_egress": "private" follows the name, or "all", of an "allow"


=== TEST 34: private behind the port
--- http_config
invoke_egress allow all 80 private;
--- config
--- must_die
--- error_log
invalid value "private" in "invoke_egress": "private" follows the name, or "all", of an "allow"


=== TEST 35: one word
--- http_config
invoke_egress allow;
--- config
--- must_die
--- error_log
invalid number of arguments in "invoke_egress" directive


=== TEST 36: invoke_egress_private, another word
--- http_config
invoke_egress_private yes;
--- config
--- must_die
--- error_log
invalid value "yes" in "invoke_egress_private" directive, it must be "on" or "off"


=== TEST 37: invoke_egress_limits, no number
--- http_config
invoke_egress_limits sockets=many;
--- config
--- must_die
--- error_log
invalid parameter "sockets=many"


=== TEST 38: invoke_egress_limits, too many sockets
--- http_config
invoke_egress_limits sockets=65537;
--- config
--- must_die
--- error_log
invalid parameter "sockets=65537"


=== TEST 39: invoke_egress_limits, no size
--- http_config
invoke_egress_limits bytes=big;
--- config
--- must_die
--- error_log
invalid parameter "bytes=big"


=== TEST 40: invoke_egress_limits, an unknown one
--- http_config
invoke_egress_limits rate=1k;
--- config
--- must_die
--- error_log
invalid parameter "rate=1k"


=== TEST 41: invoke_egress_limits, one twice
--- http_config
invoke_egress_limits dns=1 dns=2;
--- config
--- must_die
--- error_log
invalid parameter "dns=2"


=== TEST 42: invoke_egress_limits twice
--- http_config
invoke_egress_limits dns=1; invoke_egress_limits connects=2;
--- config
--- must_die
--- error_log
"invoke_egress_limits" directive is duplicate


=== TEST 43: invoke_egress_timeout of nothing
--- http_config
invoke_egress_timeout 0;
--- config
--- must_die
--- error_log
"invoke_egress_timeout" directive takes a time above 0


=== TEST 44: invoke_resolver, a name
--- http_config
invoke_resolver dns.example.com;
--- config
--- must_die
--- error_log
invalid address "dns.example.com" in "invoke_resolver"


=== TEST 45: invoke_resolver, a port that is none
--- http_config
invoke_resolver 127.0.0.1:dns;
--- config
--- must_die
--- error_log
invalid address "127.0.0.1:dns" in "invoke_resolver"


=== TEST 46: invoke_resolver, port 0
--- http_config
invoke_resolver [::1]:0;
--- config
--- must_die
--- error_log
invalid address "[::1]:0" in "invoke_resolver"


=== TEST 47: invoke_resolver, an open bracket
--- http_config
invoke_resolver [::1:53;
--- config
--- must_die
--- error_log
invalid address "[::1:53" in "invoke_resolver"


=== TEST 48: invoke_resolver, a time alone
--- http_config
invoke_resolver timeout=1s;
--- config
--- must_die
--- error_log
"invoke_resolver" directive names neither "system" nor a server


=== TEST 49: invoke_resolver, system and a server
--- http_config
invoke_resolver system 127.0.0.1;
--- config
--- must_die
--- error_log
"invoke_resolver" directive has "system" beside other servers


=== TEST 50: invoke_resolver, too many
--- http_config
invoke_resolver 127.0.0.1 127.0.0.2 127.0.0.3 127.0.0.4 127.0.0.5 127.0.0.6 127.0.0.7 127.0.0.8 127.0.0.9;
--- config
--- must_die
--- error_log
more than 8 servers in "invoke_resolver"


=== TEST 51: invoke_resolver, an unknown parameter
--- http_config
invoke_resolver system valid=1s;
--- config
--- must_die
--- error_log
invalid parameter "valid=1s"


=== TEST 52: invoke_resolver, no time
--- http_config
invoke_resolver system timeout=0;
--- config
--- must_die
--- error_log
invalid parameter "timeout=0"


=== TEST 53: invoke_resolver twice
--- http_config
invoke_resolver system; invoke_resolver 127.0.0.1;
--- config
--- must_die
--- error_log
"invoke_resolver" directive is duplicate
