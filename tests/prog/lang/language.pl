# sort, pack, sprintf, local, closures, tie, overload, formats, wantarray, sprintf vectors, heredocs, string increments, bigint
use strict;
use warnings;
our $g = 'global';
sub show { return $g }
sub dyn { local $g = 'local'; return show() }
print dyn(), ' ', show(), "\n";
my @c = map { my $k = $_; sub { return $k += shift // 1 } } 1 .. 3;
print join(',', map { $_->(10), $_->() } @c), "\n";
my @data = map { { id => $_, key => ($_ * 7919) % 1009, name => chr(97 + $_ % 26) x 3 } } 1 .. 5000;
my @s = sort { $a->{name} cmp $b->{name} || $b->{key} <=> $a->{key} } @data;
print join(' ', map { "$_->{id}/$_->{key}/$_->{name}" } @s[0 .. 4, -3 .. -1]), "\n";
print join(' ', sort { $b <=> $a } 10, 9, 100, 1), ' ', join(' ', reverse sort qw(b a c)), "\n";
print unpack('H*', pack('n N v V C a5 A5 Z5 w f d q', 1, 2, 3, 4, 255, 'ab', 'cd', 'efghij', 300, 1.5, -2.25, -1)), "\n";
print join(',', unpack('(A2)*', 'aabbcc')), ' ', join(',', unpack('n/a* x2 N', pack('n/a* x2 N', 'str', 77))), ' ', unpack('%32C*', 'checksum'), "\n";
printf "%s|%5d|%-5d|%05d|%+d|%x|%X|%o|%b|%e|%g|%.3f|%10.4s|%%|%c|%vd|%2\$s\n", 'a', 42, 42, 42, 42, 255, 255, 8, 5, 12345.678, 0.0001234, 3.14159, 'truncate', 65, '1.22.333';
{
	package Upper;
	sub TIESCALAR { my ($c, $v) = @_; return bless \$v, $c }
	sub FETCH { return uc ${ $_[0] } }
	sub STORE { ${ $_[0] } = $_[1] }
	package Counter;
	sub TIEHASH { return bless {}, shift }
	sub FETCH { return ++$_[0]{ $_[1] } }
	sub STORE { $_[0]{ $_[1] } = $_[2] }
	sub EXISTS { return exists $_[0]{ $_[1] } }
	sub DELETE { return delete $_[0]{ $_[1] } }
	sub FIRSTKEY { my @k = sort keys %{ $_[0] }; return $k[0] }
	sub NEXTKEY { my @k = sort keys %{ $_[0] }; for my $i (0 .. $#k) { return $k[ $i + 1 ] if $k[$i] eq $_[1] } return }
	package Vec2;
	use overload '+' => sub { Vec2->new($_[0]{x} + $_[1]{x}, $_[0]{y} + $_[1]{y}) }, '""' => sub { "($_[0]{x}, $_[0]{y})" },
		'==' => sub { $_[0]{x} == $_[1]{x} }, 'bool' => sub { 1 }, '<=>' => sub { my ($a, $b, $sw) = @_; $a->{x} <=> (ref $b ? $b->{x} : $b) };
	sub new { my ($c, $x, $y) = @_; return bless { x => $x, y => $y }, $c }
	sub DESTROY { $Vec2::gone++ }
}
tie my $u, 'Upper', 'start';
print "$u "; $u = 'changed'; print "$u\n";
tie my %h, 'Counter';
$h{a} = 5; my @x = ($h{a}, $h{a}, $h{b});
print "@x ", join(',', keys %h), "\n";
{ my $v = Vec2->new(1, 2) + Vec2->new(3, 4); print "$v\n" }
print "gone $Vec2::gone\n";
sub ctx { return wantarray ? 'list' : defined wantarray ? 'scalar' : 'void' }
my ($l) = ctx(); my $sc = ctx();
print "$l $sc\n";
my $z = 'az9'; $z++; my $zz = 'Zz'; $zz++;
print "$z $zz ", 'ab' x 3, ' ', join(',', (1, 2) x 2), "\n";
print <<"A" . <<'B';
interp $g @{[1 + 1]}
A
raw $g
B
my @r = eval { die { code => 42 } };
print "error $@->{code}\n";
eval { eval { die "inner\n" }; print "got $@"; die "outer\n" };
print "got $@";
local $SIG{__WARN__} = sub { print "warned: $_[0]" };
warn "careful\n";
my %hh = map { $_ => $_ ** 2 } 1 .. 10;
delete @hh{ 1 .. 5 };
print join(',', map { "$_=$hh{$_}" } sort { $a <=> $b } keys %hh), ' ', exists $hh{3} ? 1 : 0, "\n";
use Math::BigInt;
my $f = Math::BigInt->new(1); $f *= $_ for 1 .. 30;
print "$f\n";
use List::Util qw(sum max min first reduce shuffle);
print sum(1 .. 100), ' ', max(3, 9, 2), ' ', first { $_ > 3 } (1, 5, 9);
print ' ', reduce { $a * $b } 1 .. 10;
print "\n";
use Data::Dumper; $Data::Dumper::Sortkeys = 1; $Data::Dumper::Indent = 1;
print Dumper({ a => [1, { b => undef }], c => \'s' });
use POSIX qw(floor ceil fmod strftime strtol);
print floor(-1.5), ceil(-1.5), ' ', fmod(7, 3), ' ', strftime('%Y-%m-%d', gmtime(86400 * 365)), ' ', join(',', strtol('ff', 16)), "\n";
use Time::Local; print timegm(0, 0, 0, 1, 0, 100), "\n";
use Storable qw(freeze thaw dclone); my $d = thaw(freeze({ x => [1 .. 5] })); print "@{$d->{x}}\n";
use Digest::MD5 qw(md5_hex); use Digest::SHA qw(sha256_hex); use MIME::Base64;
print md5_hex('abc'), ' ', sha256_hex('abc'), ' ', encode_base64('hello', ''), "\n";
our ($name, $val) = ('row', 3.14159);
format STDOUT =
@<<<<<<<< @>>>>>> @##.##
$name, $val, $val
.
write;
print "done\n";
