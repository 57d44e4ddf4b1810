# What the sources keep to, as far as a script can see it.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use JSON::PP ();
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/..');
chdir $root or die "$root: $!\n";

# A file includes its own folder and the ones named here; a name with a dot is
# that of a single header.
my @bind = qw(core v8 engine/isolate engine/bind);
my @stores = qw(core store store/package);
my @all = (@bind, @stores, qw(engine/pool http http/status));

my %lower = (
    'core' => [],
    'v8' => ['core'],
    'v8/tricks' => ['core', 'v8'],
    'engine/isolate' => [qw(core v8 ngx_invoke_args.h ngx_invoke_errno.h)],
    'engine/bind' => \@bind,
    'engine/bind/host' => \@bind,
    'engine/bind/node' => \@bind,
    'engine/pool' => \@bind,
    'test' => \@bind,
    'store' => \@stores,
    'store/package' => \@stores,
    'http' => \@all,
    'http/status' => \@all,
);

my @files = sort grep { -f && -T } split /\n/,
            `git ls-files -co --exclude-standard 2>/dev/null`
            || `find . \\( -path ./build -o -path ./.git \\) -prune \\
                -o -type f -print | sed 's|^./||'`;

my @c = grep { /\.(c|h|cc)$/ && m{^(src/|ngx_invoke_module\.c$)} } @files;

my %text = map { $_ => content($_) } @files;
my %code = map { $_ => code($text{$_}) } @c;

# header's name => its path
my %headers = map { m{([^/]+\.h)$} ? ($1 => $_) : () } @c;

# a file's name without its folder, and without its ending
my %stem = map { m{([^/.]+)[^/]*$} ? ($1 => 1) : () } @files;

ok(@files > 0, 'there are files');

lines('at most 80 columns in C', \@c, sub { length > 80 });
lines('no tabs', [grep { !/^config(\.make)?$/ && !/^util\/lib\/embed-js$/ } @files],
      sub { /\t/ });
lines('no white space at the end of a line', \@files, sub { /\s+$/ });
lines('nothing left to do', [grep { !m{^t/000-} } @files],
      sub { /\b(TODO|FIXME|XXX)\b/ });

files('at most 1,000 lines', \@files,
      sub { my ($path) = @_; ($text{$path} =~ tr/\n//) > 1000 });

files('ends with one line feed', \@files,
      sub { my ($path) = @_; $text{$path} !~ /(^|[^\n]\n)\z/ });

files('no // comment in C', \@c,
      sub { my ($path) = @_; $code{$path} =~ m{//} });

files('ngx_http_request_t in src/http alone',
      [grep { !m{^(src/http/|ngx_invoke_module\.c$)} } @c],
      sub { my ($path) = @_; $code{$path} =~ /\bngx_http_request_t\b/ });

files('is in a folder that has its place among the others',
      [grep { m{^src/} } @c],
      sub { my ($path) = @_; !$lower{ folder($path) } });

files('includes its own folder and lower ones', [grep { m{^src/} } @c], sub {
    my ($path) = @_;

    my $folder = folder($path);
    my %allowed = map { $_ => 1 } $folder, @{ $lower{$folder} // [] };

    grep { !$allowed{ folder($_) } && !$allowed{ s{.*/}{}r } }
         included($path);
});

functions('no function over 100 lines', sub { (() = /\n/g) > 99 });
functions('nothing nested deeper than 4', sub { depth($_) > 5 });

SKIP: {
    my $calls = calls() or skip 'there is no build of these sources', 2;

    ok(keys %$calls > 20, 'files call others');
    is_deeply([circles($calls)], [], 'in no circle');
}

# what comments and documents tell of, by its name

my %named = map { $_ => 1 } map { /\b((?:ngx|NGX)_invoke_\w+)/gi }
            values %code;
my @named = keys %named;

lines('names what there is', [grep { !m{^t/000-} } @files], sub {
    grep {
        my $name = $_;

        !$named{$name} && !$stem{$name}
            && !($name =~ /_$/ && grep { /^\Q$name\E/ } @named, keys %stem)
    } /\b(ngx_invoke_\w+|NGX_INVOKE_\w+)/g;
});

files('src/v8 includes no header of nginx', [grep { m{^src/v8/} } @c], sub {
    my ($path) = @_;

    grep { $code{$_} =~ /^\s*#\s*include\s*[<"]ngx_(?!invoke_)/m }
         $path, included($path);
});

files('the C++ is in src/v8 alone', [grep { /\.cc$/ } @c],
      sub { my ($path) = @_; $path !~ m{^src/v8/} });

files('no name that hides code from these checks', [grep { m{^src/} } @files],
      sub { my ($path) = @_; $path =~ /\.(hh|hpp|hxx|cpp|cxx|inc)$/ });

# what README.md has an entry for, and what there is

my $readme = $text{'README.md'} // '';

# directive => the lines below its heading
my %entry = $readme =~ /^### `(invoke\w*)`\n\n((?: {4}.*\n)+)/mg;

is_deeply([sort keys %entry],
          [sort $code{'ngx_invoke_module.c'}
                =~ /^\s*\{\s*ngx_string\("(invoke\w*)"\)/mg],
          'README.md has an entry for each directive');

is_deeply([grep { $entry{$_} !~ /^[ ]{4}Syntax:[ ]{2}\Q$_\E\b.*;\n
                                  [ ]{4}Default:[ ].*\n
                                  [ ]{4}Context:[ ].*\n$/x }
           sort keys %entry], [], 'with syntax, default and context');

is_deeply([sort $readme =~ /^\| `\$(invoke_\w+)` \|/mg],
          [sort $code{'src/http/ngx_invoke_variables.c'}
                =~ /^\s*\{\s*ngx_string\("(invoke_\w+)"\)/mg],
          'README.md has an entry for each variable');

# the metrics: the table of src/core, what src/http writes by itself, and the
# tables of conf/README.md

my $metrics = $text{'src/core/ngx_invoke_metrics_table.h'};
my $fleet = $text{'conf/README.md'};

# a row: its name, type, group and key, and what Prometheus calls it
my @rows = map { [/^(\w+), (\w+), (\w+), ("\w+"|NULL), ("\w+"|NULL)/] }
           map { s/\s+/ /gr } $metrics =~ /^NGX_INVOKE_METRIC\((.*?)\)$/msg;

ok(@rows == (() = $metrics =~ /^NGX_INVOKE_METRIC\(/mg)
   && !grep({ @$_ != 5 } @rows), 'the rows of the metrics are read');

my %type = ($text{'src/http/status/ngx_invoke_prometheus.c'}
            =~ /prometheus_head\(text, "(\w+)",\s*"(\w+)"/g,
            map { $_->[4] =~ /"(\w+)"/ ? ($1 => lc $_->[1]) : () } @rows);

my %told;

for ($fleet =~ /^(\| `invoke_\w+`.*\|)$/mg) {
    my (undef, $names, $type) = split / *\| */;
    $told{$_} = $type for $names =~ /`(invoke_\w+)`/g;
}

is_deeply(\%told, \%type,
          'conf/README.md has each metric of Prometheus, with its type');

my %object = (
    ISOLATES => ['isolatePool'],
    MODULES => ['moduleCache'],
    CODE => ['moduleCache'],
    INVOCATIONS => ['invocations'],
    QUEUE => ['queue'],
    WORK => ['work'],
    EGRESS => ['egress'],
    WAIT_UNTIL => ['waitUntil'],
    POSTGRES => ['stores', 'postgres'],
    REDIS => ['stores', 'redis'],
    S3 => ['stores', 's3'],
    S3_ERRORS => ['stores', 's3', 'errors'],
    METADATA => ['metadata'],
    LOG => ['executionLog'],
    PACKAGES => ['packageCache'],
    REFUSED => ['packageCache', 'refused'],
);

my ($json) = $fleet =~ /^`invoke_metrics json`:\n\n```json\n(.*?)^```$/ms;
my $document = JSON::PP::decode_json($json);

is_deeply([map { $_->[0] } grep { $_->[2] ne 'NONE' && !shown(@$_) } @rows],
          [], 'conf/README.md shows each metric of the JSON document');

# what a lean context evaluates, in this order: see the comment there

{
    my $boot = content('src/js/boot/bootstrap.js');
    my ($index) = $boot =~ m{^ \* snapshot, in this order:\n(.*?)^ \* A }ms;
    my ($code) = $boot =~ m{\*/(.*)}s;

    is_deeply([loaded($code =~ /^(?:const\ \w+\ =\ load|load|\ +compile)
                                \('([\w\/-]+)'\)/gmx)],
              [$index =~ m{[\w-]+(?:/[\w-]+)+}g],
              'the files that src/js/boot/bootstrap.js names, and no others, '
              . 'are loaded in that order');
}

done_testing();


sub shown {
    my (undef, undef, $group, $key) = @_;

    my $object = $document;

    $object = $object->{$_} for @{ $object{$group} };

    return defined $object->{ $key =~ tr/"//dr };
}


sub lines {
    my ($name, $paths, $bad) = @_;

    my @found;

    for my $path (@$paths) {
        my $n = 0;

        for (split /\n/, $text{$path}) {
            $n++;
            push @found, "$path:$n" if $bad->();
        }
    }

    is_deeply(\@found, [], $name);
}


sub files {
    my ($name, $paths, $bad) = @_;

    is_deeply([grep { $bad->($_) } @$paths], [], $name);
}


sub folder {
    my ($path) = @_;

    return $path =~ m{^src/(.+)/[^/]+$} ? $1 : '';
}


# Looks at each function of C, C++ and JavaScript, which is in $_ from its brace on.

sub functions {
    my ($name, $bad) = @_;

    my (%functions, @found);

    for my $path (@c) {
        while ($code{$path} =~ /^([\w:~]+)\([^;{}]*\)\n(\{\n.*?^\})$/gms) {
            $functions{"$path: $1"} = $2;
        }
    }

    for my $path (grep { m{^src/.*\.js$} } @files) {
        while ($text{$path} =~ /^(\ *)((?:async|static|get|set|function\*?)\ )*
                                (?!if|for|while|switch|catch)([\w\[\].#]+)
                                \([^;{}]*\)\ (\{\n.*?^\1\})/gmsx)
        {
            $functions{"$path: $3"} = $4;
        }
    }

    for my $function (sort keys %functions) {
        for ($functions{$function}) {
            push @found, $function if $bad->();
        }
    }

    is_deeply(\@found, [], $name);
}


# how deep the braces in a text are

sub depth {
    my ($text) = @_;

    my ($depth, $max) = (0, 0);

    for ($text =~ /[{}]/g) {
        $depth += $_ eq '{' ? 1 : -1;
        $max = $depth if $depth > $max;
    }

    return $max;
}


# Who calls whom, by the symbols of the module's objects: source => { source it
# calls => 1 }, those of src/v8 taken as one; undef when an object is missing or
# old.

sub calls {
    my (%at, %uses, %calls);

    for my $path (grep { m{^src/.*\.cc?$} } @c) {
        my ($dir, $name) = $path =~ m{([^/]+)/([^/]+)\.cc?$};
        my $cpp = $path =~ /\.cc$/;
        my $object = 'build/obj/' . ($cpp ? 'invoke' : "addon/$dir")
                     . "/$name.o";

        return unless -f $object && -M $object <= -M $path;

        my $source = $cpp ? 'src/v8/*' : $path;

        for (split /\n/, `nm -g $object`) {
            $at{$1} = $source if /^[0-9a-f]+ [TWDRBC] (ngx_\w+)$/;
            $uses{$source}{$1} = 1 if /^ +U (ngx_\w+)$/;
        }
    }

    for my $source (keys %uses) {
        for my $other (grep { defined } @at{ keys %{ $uses{$source} } }) {
            $calls{$source}{$other} = 1 if $other ne $source;
        }
    }

    return \%calls;
}


# The sets of more than one node of a graph that all reach one another.

sub circles {
    my ($graph) = @_;

    my %reach;

    for my $node (keys %$graph) {
        my @next = $node;

        while (defined(my $from = pop @next)) {
            push @next, grep { !$reach{$node}{$_}++ }
                             keys %{ $graph->{$from} // {} };
        }
    }

    my %circles;

    for my $node (grep { $reach{$_}{$_} } keys %reach) {
        my @all = sort grep { $reach{$_}{$node} } keys %{ $reach{$node} };

        $circles{"@all"} = \@all;
    }

    return map { $circles{$_} } sort keys %circles;
}


# the files of src/js that these load, by the requires at their top

sub loaded {
    my @names = @_;
    my (@all, %seen);

    while (defined(my $name = shift @names)) {
        next if $seen{$name}++ || !-f "src/js/$name.js";

        push @all, $name;
        unshift @names, content("src/js/$name.js")
                        =~ /^const [^;=]*= require\('([\w\/-]+)'\)/gm;
    }

    return @all;
}


# the headers of this tree that a file includes, by way of others too

sub included {
    my ($path, $seen) = @_;

    $seen //= {};

    for my $name ($code{$path} =~ /^\s*#\s*include\s*[<"]([^>"]+)[>"]/mg) {
        my $header = $headers{$name} or next;
        $seen->{$header}++ or included($header, $seen);
    }

    return sort keys %$seen;
}


sub content {
    my ($path) = @_;

    open my $file, '<:encoding(UTF-8)', $path or die "$path: $!\n";
    local $/;

    return <$file> // '';
}


# a C source without its comments and without what is in its strings;
# #include lines stay as they are

sub code {
    my ($text) = @_;

    $text =~ s{
        ( ^ \s* \# \s* include [^\n]* )
        | ( /\* .*? \*/ )
        | ( " (?: [^"\\\n] | \\. )* " )
        | ( ' (?: [^'\\\n] | \\. )* ' )
    }{
        defined $1 ? $1 : defined $3 ? kept($3) : ''
    }gexms;

    return $text;
}


# directive names are looked for in strings

sub kept {
    my ($string) = @_;

    return $string =~ /^"\w+"$/ ? $string : '""';
}
