# awk, sed, sort, cut, tr, uniq, find, xargs, diff, od, expr.
seq 1 200 | awk '{ a[$1 % 7] += $1; n = split("x y z", p) } END { for (i = 0; i < 7; i++) printf "%d %d %s\n", i, a[i], p[i % 3 + 1] }'
awk 'BEGIN { for (i = 1; i < 20; i++) printf "%.6f %e %g\n", i / 7, i * 1e10 / 3, 1 / i; print substr("hello", 2, 3), toupper("abc"), index("abc", "c"), length("four") }'
echo 'The Quick brown' | sed -e 's/\(.*\) \(.*\) \(.*\)/\3 \2 \1/' -e 'y/abc/ABC/'
seq 1 30 | sed -n '5,8p;/2$/d;$p'
printf '3 c\n1 a\n2 b\n10 d\n' | sort -n -k1 | cut -d' ' -f2 | tr a-z A-Z
printf 'a\na\nb\na\n' | uniq -c
mkdir -p d/e/f; for i in 1 2 3; do echo $i >d/e/$i.txt; done; touch d/e/f/x
find d -type f | sort | xargs ls | sort
find d -name '*.txt' -exec cat {} \; | sort
find d -name '[12].txt' | xargs rm; find d | sort
printf '1\n2\n3\n' >l; printf '1\nX\n3\n4\n' >r; diff l r | grep '^[<>]'
echo abc | od -c | head -1
expr 5 + 3 \* 2; expr abc : 'a\(.\)c'
echo 'b,a,c' | tr , '\n' | sort | paste -s -d+ 2>/dev/null
grep -c 1 l; grep -v 1 l | wc -l; echo foobar | grep -oE 'o+'
head -c 5 /dev/zero | wc -c; seq 5 | tail -2; rev <l 2>/dev/null; printf 'x\ty\n' | expand | cat -A 2>/dev/null
