# fork, wait, pipes, open with pipes, sockets, signals, files, directories, sleep with alarm, exec, %ENV, select
use strict;
use warnings;
use Socket;
use IO::Socket::INET;
use IO::Select;
use POSIX ':sys_wait_h';
$| = 1;
pipe my $r, my $w or die;
my $pid = fork // die;
if (!$pid) { close $r; print {$w} "child says $_\n" for 1 .. 3; close $w; exit 7 }
close $w;
print while <$r>;
waitpid $pid, 0;
print 'status ', $? >> 8, "\n";
open my $in, '-|', 'echo one; echo two' or die;
print "read: $_" while <$in>;
close $in;
open my $out, '|-', 'tr a-z A-Z' or die;
print {$out} "to upper\n";
close $out;
my $text = `printf 'a b c'`;
print "$text ", system("sh -c \"exit 3\"") >> 8, ' ', join(',', map { chomp; $_ } `printf 'x\ny\n'`), "\n";
my @kids = map { my $k = fork // die; exit $_ unless $k; $k } 1 .. 5;
print join(' ', sort map { waitpid $_, 0; $? >> 8 } @kids), ' ', waitpid(-1, WNOHANG), "\n";
socketpair my $a, my $b, AF_UNIX, SOCK_STREAM, PF_UNSPEC or die;
if (!fork) { close $a; my $l = <$b>; print {$b} scalar reverse($l), "\n"; exit }
close $b; $a->autoflush(1); print {$a} "hello\n"; { local $/; print 'pair: ', join('|', split /\n/, <$a>), "\n" } wait;
my $server = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1', Proto => 'tcp') or die "listen: $!";
if (!fork) {
	my $c = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $server->sockport) or die "connect: $!";
	print {$c} "request $_\n" for 1 .. 3; $c->shutdown(1);
	print "client got $_" while <$c>;
	exit;
}
my $sel = IO::Select->new($server);
my @ready = $sel->can_read(20);
my $conn = $server->accept; my @lines = <$conn>; print {$conn} "answer: $_" for @lines; close $conn; wait;
my $got = 0;
local $SIG{USR1} = sub { $got++ };
kill USR1 => $$ for 1 .. 3;
print "signals $got\n";
eval { local $SIG{ALRM} = sub { die "timeout\n" }; alarm 1; select undef, undef, undef, 30; alarm 0 };
print "eval: $@";
local $SIG{CHLD} = sub { };
open my $f, '+>', 'file.txt' or die; print {$f} "line $_\n" for 1 .. 100; seek $f, 0, 0; my @l = <$f>; close $f;
print scalar(@l), ' ', -s 'file.txt', ' ', (stat 'file.txt')[7], "\n";
mkdir 'sub'; for (1 .. 3) { open my $o, '>', "sub/f$_"; print {$o} $_ }
opendir my $d, 'sub'; print join(' ', sort grep { !/^\./ } readdir $d), ' ', join(' ', sort glob 'sub/*'), "\n";
rename 'sub/f1', 'sub/g1'; symlink 'g1', 'sub/link'; print readlink('sub/link'), ' ', unlink('sub/f2', 'sub/nope'), ' ', -l 'sub/link' ? 1 : 0, "\n";
chmod 0600, 'sub/f3'; printf "%04o %s\n", (stat 'sub/f3')[2] & 07777, -e 'nope' ? 1 : 0;
$ENV{LANGTEST} = 'env value'; print `echo \$LANGTEST`;
open my $h, '<', 'nope' or print "error: $! ", $! + 0, "\n";
{ local @ARGV = ('file.txt'); my $n = 0; while (<>) { $n++ } print "$n lines, $.\n" }
open my $mem, '<', \"in\nmemory\n"; print scalar(my @m = <$mem>), "\n";
my ($child_in, $child_out); use IPC::Open2; my $p2 = open2($child_out, $child_in, 'sort'); print {$child_in} "c\na\nb\n"; close $child_in;
print map { chomp; "$_ " } <$child_out>; waitpid $p2, 0; print $? >> 8, "\n";
exec 'echo', 'replaced' or die;
