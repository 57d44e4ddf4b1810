# What the module relies on beyond V8's API: that it is in force with the
# library of this system, and that the start tells of what is not.

use strict;
use warnings;

use TestInvoke 'no_plan';
use TestEngine;

if ($ENV{TEST_INVOKE_ASAN}) {
    pass('sanitizers have an operator new of their own');
    exit;
}

my %functions = (
    hello => "module.exports = (req, res) => res.send('hello');\n",
);

my $locations = "location = /hello { invoke ./fn/hello; }\n";

# The names of what is said not to be in force.

sub missing {
    return sort map { /"(.+?)" is not in force: \w/ ? $1 : () }
                    log_lines(qr/not in force/);
}

my ($library) = `ldd $ENV{TEST_NGINX_LOAD_MODULES}`
                =~ m{libnode\.so\S* => (\S+)} or die "no libnode\n";

# V8 11.3's library has base64 in a form that is not asked for. V8 10.2 asks its
# platform for zones, whatever comes first.

my $v8_10 = $library =~ /\.so\.108$/;
my @never = $v8_10 ? () : 'vector base64';
my @zones = $v8_10 ? () : 'zones';

# The library without these symbols. Each gets another name of the same hash,
# by which its own code finds it: one more in a letter, and 33 less in the next.

sub library_without {
    my ($path, %names) = @_;

    open my $in, '<:raw', $library or die "$library: $!\n";
    local $/;
    my $data = <$in>;

    for my $name (sort keys %names) {
        $data =~ s/$name/$names{$name}/g or die "no $name in $library\n";
    }

    open my $out, '>:raw', $path or die "$path: $!\n";
    print $out $data;
    close $out or die "$path: $!\n";
}


engine('the library of the system', server => $locations,
       functions => \%functions);

is(get('/hello')->{body}, 'hello', 'it serves');
is(join(', ', missing()), join(', ', @never), 'all is in force');

# With a library that comes before the module, so that its own definitions and
# those of libstdc++ come first.

my $other = "$ENV{TEST_NGINX_SERVROOT}.libnode";

library_without($other,
    34 . 'SetPlatformPageAllocatorForTesting'
        => 34 . 'SetPlatformPageAllocatorForTetSing',
    'WasmJs7InstallE' => 'WasmJs7IntSallE',
    '14validate_utf16E' => '14validate_vSf16E',
    '16binary_to_base64E' => '16binary_to_batD64E',
);

{
    local $ENV{LD_PRELOAD} = $other;

    engine('another library', server => $locations,
           functions => \%functions);
}

is(get('/hello')->{body}, 'hello', 'it serves');
is(join(', ', missing()),
   join(', ', 'closures', 'doubles', 'external memory', 'interrupts',
        'lazy WebAssembly', 'operator new', 'pages', 'vector base64',
        'vector text', @zones),
   'nothing is in force');
is(scalar log_lines(qr/\[warn\].*"operator new" is not in force/), 1,
   'what limits memory is a warning');
is(scalar log_lines(qr/\[notice\].*"closures" is not in force/), 1,
   'what costs is a notice');

engine_stop();

unlink $other or die "$other: $!\n";
