# Archives byte by byte, so that they may be as hostile as one likes.
#
#   use TestArchive qw(tar pax zip gz);
#
#   my $bytes = gz(tar({ name => 'index.js', data => '...' }, ...));
#
# A member has "name" and "data", and may have "type" (of ustar: 0 a file, 1 a
# hard link, 2 a symbolic one, 3 a device, 5 a directory, 6 a FIFO), "link",
# "mode", "size" (what the header says, where it is not that of the data), and
# "pax" (fields of a header in front of it).  tar(..., undef) has no end.

package TestArchive;

use strict;
use warnings;

use Compress::Zlib qw(crc32 memGzip);
use Exporter qw(import);
use IO::Compress::RawDeflate qw(rawdeflate);

our @EXPORT_OK = qw(gz tar zip);


sub gz {
    my ($bytes) = @_;

    return memGzip($bytes);
}


sub tar {
    my @members = @_;

    my $end = @members && !defined $members[-1] ? '' : "\0" x 1024;

    return join('', map { member($_) } grep { defined } @members) . $end;
}


sub member {
    my ($m) = @_;

    my $before = '';

    if ($m->{pax}) {
        my $fields = join '', map { field($_, $m->{pax}{$_}) }
                              sort keys %{ $m->{pax} };

        $before = member({ name => 'PaxHeader', type => 'x',
                           data => $fields });
    }

    # GNU's way of long names, where a header has no room

    for (['name', 'L'], ['link', 'K']) {
        my ($key, $type) = @$_;

        if (length($m->{$key} // '') > 100) {
            $before .= member({ name => '././@LongLink', type => $type,
                                data => "$m->{$key}\0" });
        }
    }

    my $data = $m->{data} // '';
    my $size = $m->{size} // length $data;

    my $header = pack 'a100 a8 a8 a8 a12 a12 A8 a1 a100 a6 a2 a32 a32 a8 a8'
                      . ' a155 x12',
        $m->{name}, octal($m->{mode} // 0644, 7), octal(0, 7), octal(0, 7),
        $size < 8 ** 11 ? octal($size, 11) : pack('C x3 Q>', 0x80, $size),
        octal(1700000000, 11), '', $m->{type} // '0', $m->{link} // '',
        'ustar', '00', 'root', 'root', octal(1, 7), octal(3, 7), '';

    substr($header, 148, 8) = sprintf "%06o\0 ", unpack '%32C*', $header;

    return $before . $header . $data . "\0" x (-length($data) % 512);
}


sub octal {
    my ($n, $digits) = @_;

    return sprintf "%0${digits}o\0", $n;
}


# "<length> <key>=<value>\n", the length that of all

sub field {
    my ($key, $value) = @_;

    my $rest = " $key=$value\n";
    my $length = length($rest) + 1;

    $length++ while $length != length($length . $rest);

    return $length . $rest;
}


# Members of the same kind, with types 0, 2 and 5.  "size" is a lie.

sub zip {
    my @members = @_;

    my ($body, $directory) = ('', '');

    my %modes = (0 => 0100000, 2 => 0120000, 5 => 0040000);

    for my $m (@members) {
        my $type = $m->{type} // 0;
        my $data = $type eq '2' ? $m->{link} : $m->{data} // '';
        my $size = $m->{size} // length $data;
        my $packed;

        rawdeflate(\$data => \$packed) or die "no deflate\n";

        my $common = pack 'v v v v v V V V v v', 20, 0, 8, 0, 0x5821,
                          crc32($data), length $packed, $size,
                          length $m->{name}, 0;

        $directory .= pack('V v a* v v v V V', 0x02014b50, 0x031e, $common,
                           0, 0, 0,
                           ($modes{$type} | ($m->{mode} // 0644)) << 16,
                           length $body)
                      . $m->{name};

        $body .= pack('V a*', 0x04034b50, $common) . $m->{name} . $packed;
    }

    return $body . $directory
           . pack('V v v v v V V v', 0x06054b50, 0, 0, scalar @members,
                  scalar @members, length $directory, length $body, 0);
}

1;
