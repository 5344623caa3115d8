# Functions, arithmetic, case, loops, parameter expansion, globbing.
fact() { if [ $1 -le 1 ]; then echo 1; else echo $(($1 * $(fact $(($1 - 1))))); fi; }
fact 10
i=0; while [ $i -lt 3000 ]; do i=$((i + 1)); done; echo $i
f=path/to/file.tar.gz
echo ${f##*/} ${f%.*} ${f%%.*} ${f#*/} ${#f}
case abc in a?c) echo match;; *) echo no;; esac
for w in x{1,2} *.nothing; do echo $w; done
touch b.txt a.txt c.dat
echo *.txt
[ -f a.txt ] && [ ! -d a.txt ] && echo file
echo $((0x1f + 010 - 3 ** 1)) $((7 / 2)) $((-7 % 3)) $((1 << 40)) 2>/dev/null
unset v; echo ${v-unset} ${v:=set} $v
IFS=:; set -- $(echo a:b:c); echo $1-$3
until [ -f stop ]; do touch stop; done
local_test() { local a=1; a=2; echo $a; }; a=9; local_test; echo $a
echo "done" | while IFS= read -r l; do printf '%s|%5d|%x\n' "$l" 42 255; done
eval 'y=5; echo $((y * 2))'
type cd | head -1
set -e
(false; echo not reached) || echo "stopped"
