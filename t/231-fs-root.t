# Links and special files of a package: none leads out of it.

use strict;
use warnings;

use File::Path qw(make_path remove_tree);
use POSIX qw(mkfifo);

use TestInvoke 'no_plan';

our $package = "$ENV{TEST_NGINX_SERVROOT}-package";

make_path("$package/dir");

for my $name ('a.txt', 'dir/b.txt') {
    open my $file, '>', "$package/$name" or die "$package/$name: $!\n";
    print $file "inside\n";
}

symlink '/etc', "$package/outside" or die;
symlink '/etc/passwd', "$package/absolute" or die;
symlink '../../../../../../etc/passwd', "$package/relative" or die;
symlink '/proc/self/root/etc/passwd', "$package/magic" or die;
symlink '/proc/self/fd/0', "$package/fd" or die;
symlink 'loop', "$package/loop" or die;
symlink '/a.txt', "$package/in" or die;
symlink 'dir/../a.txt', "$package/around" or die;
symlink '/dir', "$package/to" or die;
mkfifo "$package/fifo", 0666 or die;

END {
    remove_tree($package) if $package;
}

sub write_entry {
    my ($block) = @_;

    open my $file, '>', "$package/index.js" or die;
    print $file $block->code;
    close $file or die;
}

add_block_preprocessor(sub {
    my $block = shift;

    $block->set_value('init', 'main::write_entry($block)');
    $block->set_value('config', "location /t { invoke $package; }");
});

run_tests();

__DATA__

=== TEST 1: what leads out leads nowhere
--- code
const fs = require('fs');

module.exports = (req, res) => res.json([
  '/etc/passwd', '/absolute', '/relative', '/magic', '/fd', '/outside', '/loop',
  '/to/../../../etc/passwd', '/../../etc/passwd', '/dir/../../../etc/passwd',
  '/proc/self/environ', '/dev/null', '//etc/passwd', '/./a.txt/../../etc',
].map((path) => {
  try {
    return fs.readFileSync(path, 'utf8').slice(0, 10);
  } catch (e) {
    return e.code;
  }
}));
--- request
GET /t
--- response_body chomp
["ENOENT","ENOENT","ENOENT","ENOENT","ENOENT","ENOENT","ELOOP","ENOENT","ENOENT","ENOENT","ENOENT","ENOENT","ENOENT","ENOTDIR"]



=== TEST 2: links inside are followed, from the package's root
--- code
const fs = require('fs');

module.exports = (req, res) => res.json([
  fs.readFileSync('/in', 'utf8'), fs.readFileSync('/around', 'utf8'),
  fs.readFileSync('/to/b.txt', 'utf8'), fs.readlinkSync('/in'),
  fs.readlinkSync('/absolute', 'buffer').toString(),
  fs.realpathSync('/to/b.txt'), fs.realpathSync.native('/to/b.txt'),
  fs.lstatSync('/in').isSymbolicLink(), fs.statSync('/in').isFile(),
  fs.readdirSync('/', { withFileTypes: true })
    .filter((d) => d.isSymbolicLink()).length,
]);
--- request
GET /t
--- response_body chomp
["inside\n","inside\n","inside\n","/a.txt","/etc/passwd","/dir/b.txt","/dir/b.txt",true,true,9]



=== TEST 3: a FIFO is seen, and not opened
--- code
const fs = require('fs');

module.exports = (req, res) => {
  const results = [fs.statSync('/fifo').isFIFO()];

  for (const f of [() => fs.openSync('/fifo'), () => fs.readFileSync('/fifo'),
                   () => fs.accessSync('/fifo', fs.constants.R_OK)]) {
    try {
      results.push(f());
    } catch (e) {
      results.push(e.code);
    }
  }

  res.json(results);
};
--- request
GET /t
--- response_body chomp
[true,"EACCES","EACCES","EACCES"]



=== TEST 4: the prefix /app names the root
--- code
const fs = require('fs');

module.exports = (req, res) => res.json([
  fs.readFileSync('/app/a.txt', 'utf8'), fs.existsSync('/app'),
  fs.readdirSync('/app/dir'), fs.existsSync('/app/app/a.txt'),
  fs.realpathSync('/app/in'),
]);
--- request
GET /t
--- response_body_like chomp
^\["inside\\n",true,\["b.txt"\],false,"(/app)?/a.txt"\]$
