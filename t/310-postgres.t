# invoke_postgres: what its conninfo may be. Nothing of a secret is told.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: no "=" after a name, which may be a part of a secret
--- http_config
invoke_postgres "host=127.0.0.1 password=open sesame";
--- must_die
--- error_log
[emerg]
invalid conninfo: there is no "=" after the name of a parameter
--- no_error_log
sesame


=== TEST 2: an unknown parameter
--- http_config
invoke_postgres "hots=127.0.0.1 password=sesame";
--- must_die
--- error_log
invalid conninfo: unknown parameter "hots"
--- no_error_log
sesame


=== TEST 3: an unknown parameter of a URI
--- http_config
invoke_postgres "postgresql://invoke:sesame@127.0.0.1/invoke?hots=1";
--- must_die
--- error_log
invalid conninfo: unknown parameter "hots"
--- no_error_log
sesame


=== TEST 4: libpq quotes the whole URI
--- http_config
invoke_postgres 'postgresql://invoke:ses"ame@[::1/invoke';
--- must_die
--- error_log
invalid conninfo: end of string reached when looking for matching
--- no_error_log
ame@
ses"


=== TEST 5: a bad escape in the password of a URI
--- http_config
invoke_postgres "postgresql://invoke:ses%zzame@127.0.0.1/invoke";
--- must_die
--- error_log
invalid conninfo: invalid percent-encoded token
--- no_error_log
zzame


=== TEST 6: twice
--- http_config
invoke_postgres "host=127.0.0.1";
invoke_postgres "host=127.0.0.2";
--- must_die
--- error_log
"invoke_postgres" directive is duplicate


=== TEST 7: nothing
--- http_config
invoke_postgres "";
--- must_die
--- error_log
"invoke_postgres" directive has an empty conninfo


=== TEST 8: in a server
--- config
invoke_postgres "host=127.0.0.1";
--- must_die
--- error_log
"invoke_postgres" directive is not allowed here


=== TEST 9: several values
--- http_config
invoke_postgres host=127.0.0.1 dbname=invoke;
--- must_die
--- error_log
invalid number of arguments in "invoke_postgres" directive


=== TEST 10: a file that is not there
--- http_config
invoke_postgres "host=127.0.0.1 password=file:$TEST_NGINX_SERVROOT/html/none";
--- must_die
--- error_log
html/none" failed (2: No such file or directory)


=== TEST 11: a file without a secret
--- http_config
invoke_postgres "host=127.0.0.1 password=file:$TEST_NGINX_SERVROOT/html/empty";
--- user_files eval
">>> empty\n\n"
--- must_die
--- error_log
html/empty" has no secret


=== TEST 12: the file of a URI's password
--- http_config
invoke_postgres "postgresql://invoke@127.0.0.1/invoke?password=file:$TEST_NGINX_SERVROOT/html/none";
--- must_die
--- error_log
html/none" failed (2: No such file or directory)


=== TEST 13: a mode of SSL that there is not
--- http_config
invoke_postgres "host=127.0.0.1 sslmode=verify-most";
--- must_die
--- error_log
invalid conninfo: invalid value of "sslmode"


=== TEST 14: a session that there is not
--- http_config
invoke_postgres "host=127.0.0.1 target_session_attrs=read-wrote";
--- must_die
--- error_log
invalid conninfo: invalid value of "target_session_attrs"


=== TEST 15: a port that is none
--- http_config
invoke_postgres "host=a,b port=5432,65536";
--- must_die
--- error_log
invalid conninfo: invalid value of "port"


=== TEST 16: ports for other than the hosts
--- http_config
invoke_postgres "host=a,b,c port=5432,5433";
--- must_die
--- error_log
"invoke_postgres" directive has lists of hosts, addresses and ports of different lengths


=== TEST 17: a service
--- http_config
invoke_postgres "service=invoke";
--- must_die
--- error_log
"invoke_postgres" directive does not take the parameter "service" of a conninfo


=== TEST 18: a passfile that is not there
--- http_config
invoke_postgres "host=127.0.0.1 passfile=$TEST_NGINX_SERVROOT/html/none";
--- config
location /t { return 204; }
--- request
GET /t
--- error_code: 204
--- error_log
html/none" failed, there is no "passfile"


=== TEST 19: a passfile that libpq ignores
--- http_config
invoke_postgres "host=127.0.0.1 passfile=$TEST_NGINX_SERVROOT/html/pass";
--- config
location /t { return 204; }
--- user_files
>>> pass
*:*:*:invoke:sesame
--- request
GET /t
--- error_code: 204
--- error_log
html/pass" is not used as "passfile", others than its owner may access it
--- no_error_log
sesame


=== TEST 20: a configuration without functions does not connect
--- http_config
invoke_postgres "host=127.0.0.1 port=$TEST_NGINX_PORT_2";
--- config
location /t { return 204; }
--- request
GET /t
--- error_code: 204
--- no_error_log
[warn]
PostgreSQL
