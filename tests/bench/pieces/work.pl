# Pieces of Perl, see work.py
use strict;
use Time::HiRes 'time';

sub fib { my $n = shift; return $n < 2 ? $n : fib($n - 1) + fib($n - 2) }

my @pieces = (
	[call => sub { fib(13) }],
	[loop => sub { my $s = 0; for my $i (1 .. 3000) { if ($i & 1) { $s += $i * 3 } else { $s -= $i } } $s }],
	[hash => sub { my %h; $h{"k" . ($_ % 503)} += $_ for 1 .. 2000; scalar keys %h }],
	[sort => sub { my @l = sort { $a <=> $b } map { $_ * 7919 % 10007 } 1 .. 1500; $l[7] }],
	[string => sub { my $s = join ' ', map { scalar reverse $_ } 1 .. 800; scalar split /1/, $s }],
	[regex => sub { my ($t, $n) = ("the quick brown fox " x 60, 0); $n++ while $t =~ /(\w+)\s(q\w+|b\w+)/g; $n }],
);
my ($warm, $measure) = @ARGV;
my %best;
my $end = time + $warm;
while (time < $end) { $_->[1]->() for @pieces }
$end = time + $measure;
while (time < $end) {
	for my $p (@pieces) {
		my $t = time;
		$p->[1]->();
		$t = time - $t;
		$best{$p->[0]} = $t if !$best{$p->[0]} || $t < $best{$p->[0]};
	}
}
printf "%s %.4f\n", $_->[0], $best{$_->[0]} * 1000 for @pieces;
