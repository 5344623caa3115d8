# regular expressions: captures, named, lookaround, recursion, /e /r /x /g /gc, tr, split, unicode, heavy backtracking
use strict;
use warnings;
my $text = join "\n", map { sprintf "%04d-%02d-%02d user%d\@example%d.org GET /path/%d?x=%d HTTP/1.%d %d", 2000 + $_ % 30, 1 + $_ % 12,
	1 + $_ % 28, $_, $_ % 7, $_, $_ * 3, $_ % 2, 200 + $_ % 5 } 1 .. 4000;
my (%by, $n);
while ($text =~ /^(?<y>\d{4})-(\d\d)-(\d\d)\s+(\w+)@([\w.]+)\s+(GET|POST)\s+(\S+?)(?:\?(\S*))?\s+HTTP\/(\d\.\d)\s+(\d{3})$/mg) {
	$by{$+{y}}{$10}++;
	$n++;
}
print "$n matches\n";
print join(' ', map { "$_:" . join(',', map { $by{2003}{$_} // 0 } 200 .. 204) } sort keys %by), "\n";
(my $copy = $text) =~ s/(\d+)/<$1>/g;
print length($copy), ' ', substr($copy, 0, 60), "\n";
my $sum = 0;
$text =~ s/x=(\d+)/$sum += $1; 'y=' . ($1 + 1)/ge;
print "$sum\n";
print "nested: $1\n" if 'f(a(b,c(d))e)g' =~ /(\((?:[^()]++|(?1))*\))/;
print join('|', 'aXbXXc' =~ /([a-z])(?=X)/g), ' ', join('|', split /(,)\s*/, 'a, b,c,,d'), "\n";
print 'palindrome ', ('racecar' =~ /^((.)(?1)\2|.?)$/ ? 'yes' : 'no'), "\n";
print 'foobar' =~ s/(?<=foo)bar/BAZ/r, ' ', 'HeLLo' =~ tr/a-zA-Z/n-za-mN-ZA-M/r, ' ', ('banana' =~ tr/a//), "\n";
my $re = qr/
	(?<num> [+-]? \d+ (?: \. \d+ )? (?: e [+-]? \d+ )? )   # a number
	| (?<id> [a-z_]\w* )
	| (?<op> [-+*\/()=] )
/xi;
my @tok;
my $src = 'x1 = (3.5e2 + y) * -42 / foo_bar';
pos($src) = 0;
while ($src =~ /\G\s*$re/gc) { push @tok, map { "$_=$+{$_}" } keys %+ }
print "@tok\n";
print "unicode: ", join(',', map { sprintf '%x', ord } "stra\x{df}e \x{391}\x{3b2}" =~ /(\w)/g), ' ', (lc("\x{391}") eq "\x{3b1}" ? 1 : 0), "\n";
print "backtrack ", ('a' x 24 . 'b' =~ /^(a|aa)+$/ ? 1 : 0), ' ', (('a' x 18) . 'c' =~ /^(a+)+$/ ? 1 : 0), "\n";
print "cond: ", join(',', map { /^(\()?\w+(?(1)\))$/ ? 1 : 0 } 'a', '(a)', '(a', 'a)'), "\n";
my @w = sort { length $a <=> length $b or $a cmp $b } keys %{ { map { $_ => 1 } $text =~ /\b(\w{5,9})\b/g } };
print scalar(@w), " $w[0] $w[-1]\n";
$_ = "line1\nline2\nline3";
print join('+', /^(\w+)$/mg), ' ', scalar(() = /\d/g), " $-[0] $+[0]\n" if /line2/;
my $code = 0;
'aaa' =~ /a(?{ $code++ })*$/;
print "code $code\n";
print "ok\n" unless "abc" =~ /(?!abc)a/;
printf "%s %s %s\n", "2024-03-05" =~ /(\d+)-(\d+)-(\d+)/;
