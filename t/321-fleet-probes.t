# The functions that were recorded of the service that ngx_invoke replaces (see
# t/904): deployed to the fleet, they answer as they do from a directory.

use strict;
use warnings;

use JSON::PP;
use Test::More;

use TestFleet;
use TestStack qw(root);

my $json = JSON::PP->new->utf8->canonical->allow_nonref;
my @probes = map { probes($_) } qw(response loader runtime);

my $fleet = TestFleet->new;
my @ids = $fleet->deploy_all(map { [
    $_->{files}, env => $_->{env}, set => $_->{function_columns}
] } @probes);

my $server = $fleet->server(stopped => 1, http => "invoke_error_detail off;\n");
my $functions = "$server->{dir}/functions";

$server->{server} .= join '', map { place($_) } @probes;
$server->configure;
$server->start;

for my $i (0 .. $#probes) {
    my $probe = $probes[$i];
    my @requests = map { $_->{request} } @{ $probe->{results} };
    my (@here, @there);

    # some tell of time or chance: they may say something else each time
    for my $try (1 .. 3) {
        @here = map { ask("/local/$probe->{name}", $_) } @requests;
        @there = map { ask("/invoke/$ids[$i]", $_) } @requests;

        my @again = map { ask("/local/$probe->{name}", $_) } @requests;
        my $varies = $json->encode(\@here) ne $json->encode(\@again);

        for (@here, @there) {
            $_->{body} =~ s/\d/0/g if $varies;
        }

        last if $json->encode(\@here) eq $json->encode(\@there);
    }

    is_deeply(\@there, \@here, "$probe->{name} answers the same");
}

$fleet->finish;

done_testing();


sub probes {
    my ($topic) = @_;

    my $path = root() . "/t/former/$topic.jsonl";

    open my $in, '<:raw', $path or die "$path: $!\n";

    return map { probe($json->decode($_)) } <$in>;
}


sub probe {
    my ($probe) = @_;

    for (values %{ $probe->{files} }) {
        $_ = join '', map { chr } @{ $_->{data} } if ref;
        utf8::encode($_) if utf8::is_utf8($_);
    }

    # true and false, as SQL has them
    for (values %{ $probe->{function_columns} //= {} }) {
        $_ = $_ ? 'true' : 'false' if JSON::PP::is_bool($_);
    }

    return $probe;
}


# A location of a directory.

sub place {
    my ($probe) = @_;

    my $name = $probe->{name};
    my ($columns, $env) = ($probe->{function_columns}, $probe->{env} // {});

    Server::write_file("$functions/$name/$_", $probe->{files}{$_})
        for keys %{ $probe->{files} };

    return "location ~ ^/local/$name(?<rest>/.*)?\$ {\n"
           . "invoke $functions/$name;\ninvoke_path \$rest;\n"
           . (($columns->{custom_timeout_enabled} // '') eq 'true'
              ? "invoke_timeout $columns->{custom_timeout_seconds}s;\n" : '')
           . join('', map { "invoke_env $_ '$env->{$_}';\n" } sort keys %$env)
           . "}\n";
}


sub ask {
    my ($path, $request) = @_;

    my ($answer) = $server->together({
        %$request, path => $path . $request->{path},
        headers => [%{ $request->{headers} }]
    });

    my $headers = $answer->{headers};

    # a file is as old as its package is on this host; errors name the id
    for my $name (qw(x-trace-id date connection content-length last-modified),
                  $answer->{body} =~ /^\{"success":false/ ? 'etag' : ())
    {
        my $value = delete $headers->{$name};
        $headers->{$name} = defined $value;
    }

    for (values(%$headers), $answer->{body}) {
        s/Expires=[^;\n]+ GMT/Expires=soon/g;
        s/^"[0-9a-f]{8}-/"time-/;
        s/\b\Q$path\E\b/path/g;
    }

    # of another digest, file or id
    $answer->{body} =~ s/,"(functionId|requestId)":"[^"]*"//g;
    $answer->{body} =~ s/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/uuid/g;

    return { map { $_ => $answer->{$_} } qw(status headers body) };
}
