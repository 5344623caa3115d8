# Pipelines, subshells, groups, exit statuses.
seq 1 1000 | grep 7 | sort -rn | head -5
echo a b c | tr ' ' '\n' | while read x; do echo "<$x>"; done
(cd /; pwd; exit 3); echo "status $?"
{ echo one; echo two >&2; } 2>&1 | wc -l
false | true; echo $?
true | false; echo $?
! true; echo $?
yes | head -3
cat <<END | sed 's/o/0/g' | tac
foo
boo $((6 * 7))
END
x=$(echo $(echo nested $(echo deep)))
echo "$x"
seq 1 20000 | awk '{ s += $1 } END { print s }'
printf 'b\na\nc\n' | sort | md5sum
echo hello | (read a; echo "got $a"; (echo inner; exit 5); echo $?)
