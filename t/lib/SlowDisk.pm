# A disk that answers when it is told to: files served through /dev/fuse by a
# process of its own, which keeps what is asked of chosen kinds until then.
# Nothing is cached by the kernel.
#
#   my $disk = SlowDisk->new($directory, { 'index.js' => $text, ... });
#                               # undef: nothing can be mounted here
#   $disk->hold('READ');        # also LOOKUP, OPEN, GETATTR, READDIR, STATFS;
#                               # of a file that is not called index.js
#   $disk->held;                # how many of those have come
#   $disk->release;             # answers them, and what comes from now on
#
# It ends with the object.  What mounts must have mounts of its own ("unshare
# --mount"), so that nothing stays mounted.

package SlowDisk;

use strict;
use warnings;

use Fcntl qw(O_NONBLOCK O_RDWR);
use IO::Handle;
use IO::Select;
use Socket qw(AF_UNIX SOCK_STREAM PF_UNSPEC);

use constant {
    ENOENT => 2,
    EINVAL => 22,
    ENOSYS => 38,
    MODE_DIR => 0040755,
    MODE_FILE => 0100644,
    MODE_LINK => 0120777,
    DIRECT_IO => 1,
};

# opcode => its name; those with 0 for a handler get no answer

my %kinds = (
    1 => 'LOOKUP', 2 => 'FORGET', 3 => 'GETATTR', 5 => 'READLINK',
    14 => 'OPEN', 15 => 'READ', 17 => 'STATFS', 18 => 'RELEASE',
    25 => 'FLUSH', 26 => 'INIT', 27 => 'OPENDIR', 28 => 'READDIR',
    29 => 'RELEASEDIR', 36 => 'INTERRUPT', 38 => 'DESTROY',
    42 => 'BATCH_FORGET',
);


sub new {
    my ($class, $dir, $files) = @_;

    local $^F = 255;        # mount(8) inherits the descriptor

    sysopen my $fuse, '/dev/fuse', O_RDWR | O_NONBLOCK or return;

    socketpair my $ours, my $theirs, AF_UNIX, SOCK_STREAM, PF_UNSPEC
        or die "socketpair: $!\n";

    my $fd = fileno $fuse;
    my $options = "fd=$fd,rootmode=40000,user_id=0,group_id=0,allow_other";

    system("mount -i -t fuse -o $options slow '$dir' 2> /dev/null") == 0
        or return;

    my $pid = fork // die "fork: $!\n";

    if ($pid == 0) {
        close $ours;

        my $self = bless { fuse => $fuse, control => $theirs, held => [],
                           hold => {} }, 'SlowDisk::Server';

        $self->files($files);
        eval { $self->serve };
        warn $@ if $@;
        require POSIX;
        POSIX::_exit(0);
    }

    close $fuse;
    close $theirs;
    $ours->autoflush(1);

    return bless { control => $ours, pid => $pid, owner => $$, dir => $dir },
                 $class;
}


sub hold { $_[0]->tell("hold $_[1]") }
sub release { $_[0]->tell('release') }
sub held { $_[0]->tell('held') }


sub tell {
    my ($self, $line) = @_;

    print { $self->{control} } "$line\n";

    my $answer = readline $self->{control};

    die "the disk has gone\n" unless defined $answer;
    chomp $answer;

    return $answer;
}


sub DESTROY {
    my ($self) = @_;

    return unless $self->{owner} == $$;

    local ($?, $!);

    close $self->{control};
    waitpid $self->{pid}, 0;
    system "umount -l '$self->{dir}' 2> /dev/null";
}


package SlowDisk::Server;

use strict;
use warnings;


# Inodes from 2 on: [name, bytes, mode]; 1 is the directory.  A value that is
# a reference is where a link leads.

sub files {
    my ($self, $files) = @_;

    my $inode = 1;

    $self->{nodes} = { 1 => ['', '', SlowDisk::MODE_DIR] };

    for my $name (sort keys %$files) {
        my $value = $files->{$name};

        $self->{nodes}{ ++$inode }
            = ref $value ? [$name, $$value, SlowDisk::MODE_LINK]
                         : [$name, $value, SlowDisk::MODE_FILE];
        $self->{names}{$name} = $inode;
    }
}


sub serve {
    my ($self) = @_;

    my $select = IO::Select->new($self->{fuse}, $self->{control});

    while (1) {
        for my $handle ($select->can_read) {
            if ($handle == $self->{control}) {
                $self->command or return;

            } elsif (sysread $handle, my $request, 1024 * 1024) {
                $self->request($request);

            } elsif (!$!{EINTR} && !$!{ENOENT} && !$!{EAGAIN}) {
                return;
            }
        }
    }
}


sub command {
    my ($self) = @_;

    sysread $self->{control}, my $line, 4096 or return 0;

    my $answer = 'done';

    if ($line =~ /^hold (\w+)/) {
        $self->{hold}{$1} = 1;

    } elsif ($line =~ /^release/) {
        $self->{hold} = {};
        $self->answer(@$_) for splice @{ $self->{held} };

    } else {
        $answer = @{ $self->{held} };
    }

    syswrite $self->{control}, "$answer\n";

    return 1;
}


sub request {
    my ($self, $request) = @_;

    my (undef, $opcode, $unique, $node) = unpack 'L L Q Q', $request;
    my $body = substr $request, 40;
    my $kind = $kinds{$opcode} // '';

    return if $kind =~ /FORGET|INTERRUPT/;

    my $name = $kind eq 'LOOKUP' ? unpack('Z*', $body)
                                 : ($self->{nodes}{$node} // [''])->[0];

    if ($self->{hold}{$kind} && $name ne 'index.js') {
        push @{ $self->{held} }, [$kind, $unique, $node, $body];
        return;
    }

    $self->answer($kind, $unique, $node, $body);
}


sub answer {
    my ($self, $kind, $unique, $node, $body) = @_;

    my $handler = $self->can("do_$kind");
    my $data = $handler ? $handler->($self, $node, $body) : -SlowDisk::ENOSYS;
    my $error = 0;

    ($data, $error) = ('', $data) if $data =~ /^-\d+\z/;

    # one that was interrupted is not waited for any more

    syswrite $self->{fuse}, pack('L l Q', 16 + length $data, $error, $unique)
                            . $data;
}


sub attributes {
    my ($self, $node) = @_;

    my ($name, $bytes, $mode) = @{ $self->{nodes}{$node} };

    return pack 'Q6 L10', $node, length $bytes, 1, (1700000000) x 3, (0) x 3,
                          $mode, 1, 0, 0, 0, 4096, 0;
}


sub do_INIT {
    my ($major, $minor, $ahead) = unpack 'L L L', $_[2];

    return pack 'L L L L S S L L S S L L7', 7, 31, $ahead, 1, 64, 48, 4096, 1,
                256, 0, 0, (0) x 7;
}


sub do_LOOKUP {
    my ($self, $node, $body) = @_;

    my $found = $self->{names}{ unpack 'Z*', $body };

    return -SlowDisk::ENOENT unless defined $found;

    return pack('Q4 L2', $found, 0, 0, 0, 0, 0) . $self->attributes($found);
}


sub do_GETATTR {
    my ($self, $node) = @_;

    return pack('Q L2', 0, 0, 0) . $self->attributes($node);
}


sub do_READLINK { $_[0]{nodes}{ $_[1] }[1] }
sub do_OPEN { pack 'Q L2', 0, SlowDisk::DIRECT_IO, 0 }
sub do_OPENDIR { pack 'Q L2', 0, 0, 0 }
sub do_RELEASE { '' }
sub do_RELEASEDIR { '' }
sub do_FLUSH { '' }
sub do_DESTROY { '' }
sub do_STATFS { pack 'Q5 L4 L6', 100, 0, 0, 10, 0, 4096, 255, 4096, 0, (0) x 6 }


sub do_READ {
    my ($self, $node, $body) = @_;

    my (undef, $offset, $size) = unpack 'Q Q L', $body;
    my $bytes = $self->{nodes}{$node}[1];

    return $offset < length $bytes ? substr $bytes, $offset, $size : '';
}


sub do_READDIR {
    my ($self, $node, $body) = @_;

    my (undef, $offset, $size) = unpack 'Q Q L', $body;
    my @names = sort keys %{ $self->{names} };
    my $list = '';

    for my $i ($offset .. $#names) {
        my $name = $names[$i];
        my $inode = $self->{names}{$name};
        my $entry = pack 'Q Q L L a*', $inode, $i + 1, length $name,
                         $self->{nodes}{$inode}[2] >> 12, $name;

        $entry .= "\0" x (-length($entry) % 8);

        last if length($list) + length($entry) > $size;
        $list .= $entry;
    }

    return $list;
}


1;
