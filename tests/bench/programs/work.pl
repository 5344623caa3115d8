# hashes, arithmetic, regular expressions, sorting, sprintf; the argument is the number of rounds
use strict;
my ($rounds) = @ARGV;
my (%h, $t, @out);
for my $r (1 .. $rounds) {
	for my $i (1 .. 30000) { $h{$i % 503} += $i; $t += length("x$i") }
	my $s = "the quick brown fox jumps over " x 400;
	my $n = 0;
	while ($s =~ /(\w+)\s(q\w+|b\w+|o[uv]er)/g) { $n += length $1 }
	(my $u = $s) =~ s/(\w)(\w+)/uc($1) . $2/ge;
	push @out, sprintf("%05d %.3f %s", $n, $t / 7, substr($u, $r % 50, 12));
	@out = (sort { $a cmp $b } @out)[0 .. 9] if @out > 40;
}
print "$t ", scalar(keys %h), " ", join("|", grep { defined } @out), "\n";
