# The directive invoke_execution_log.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: where it may be, of a function that is in no database
--- http_config
invoke_execution_log on bodies=off;
--- config
invoke_execution_log on;
location /t { invoke ./html/fn; invoke_execution_log on bodies=on; }
location /off { invoke ./html/fn; invoke_execution_log off; }
--- function
module.exports = (req, res) => res.send('ok');
--- request eval
['GET /t', 'GET /off']
--- response_body eval
['ok', 'ok']


=== TEST 2: neither on nor off
--- config
invoke_execution_log yes;
--- must_die
--- error_log
invalid value "yes", it must be "on" or "off"


=== TEST 3: another parameter
--- config
invoke_execution_log on headers=on;
--- must_die
--- error_log
invalid parameter "headers=on"


=== TEST 4: off, with bodies
--- config
invoke_execution_log off bodies=on;
--- must_die
--- error_log
invalid parameter "bodies=on"


=== TEST 5: twice
--- config
invoke_execution_log on;
invoke_execution_log off;
--- must_die
--- error_log
"invoke_execution_log" directive is duplicate
