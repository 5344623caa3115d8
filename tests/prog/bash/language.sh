# The language from one end to the other, in bash's own words, hardly a process.
set -u
section() { printf '== %s\n' "$*"; }

section parameters
unset u
v=hello e=
echo "${v:-d} ${e:-d} ${e-d} ${u:-d} ${u-d} ${v:+p} ${e:+p}|${u+p}|"
echo "${#v} ${v:1:3} ${v: -2} ${v:0:-1} ${v/l/L} ${v//l/L} ${v/#h/J} ${v/%o/0} ${v^} ${v^^} ${v^^[eo]}"
p=/usr/local/lib/libx.so.1.2
echo "${p##*/} ${p%/*} ${p#*/} ${p%%.*} ${p%.*} ${p##*.}"
: "${fresh:=made}"; echo "$fresh"
(: "${u:?is not set}") 2>&1 | sed 's/.*line [0-9]*: //'
name=v; echo "${!name}"; declare -n ref=v; ref=changed; echo "$v"; unset -n ref
x_a=1 x_b=2; echo "${!x_@}"
set -- one "two three" four
echo "$# $1 $2 ${@:2} ${*:1:2} ${@: -1}"; IFS=,; echo "$*"; unset IFS
for a; do printf '<%s>' "$a"; done; echo
shift 2; echo "$*"
echo "${v@Q} ${v@U} ${v@a}" "${v@A}"

section arithmetic
i=5
echo $((i++ + ++i)) $i $((i<<3 | 1)) $((-7/2)) $((-7%2)) $((2**40)) $((0x1f + 010 + 2#1011 + 36#z)) $((i>3 ? i : -i)) $((~5 & 0xff))
((i += 3, i *= 2)); echo $i; ((i == 0)) || echo nonzero
let j=i/3 'k = j ^ 5'; echo $j $k
echo $((9223372036854775807 + 1)) $(( (1 << 63) - 1 ))
for ((i = 0, j = 10; i < j; i += 3, j--)); do printf '%d,%d ' $i $j; done; echo
(( 1 / 0 )) 2>/dev/null; echo "status $?"

section arrays
a=(zero one [5]=five six); a+=(seven)
echo "${#a[@]} ${!a[@]} ${a[5]} ${a[-1]} ${a[@]:1:2} ${a[*]/e/E}"
unset 'a[1]'; echo "${!a[@]}"
b=("${a[@]}"); echo "${#b[@]} ${b[*]}"
declare -A m=([x]=1 [y z]=2); m[w]=3
for k in x 'y z' w; do printf '%s=%s ' "$k" "${m[$k]}"; done; echo "${#m[@]} ${m[nope]-none} $([[ -v m[x] ]] && echo set)"
unset 'm[x]'; echo "${#m[@]}"
mapfile -t lines < <(printf 'l1\nl2\n\nl4\n'); echo "${#lines[@]} ${lines[3]}"
mapfile -t -s 1 -n 2 lines <<<$'a\nb\nc\nd'; echo "${lines[*]}"
declare -i n=3+4; n+=10; echo $n
declare -r const=1; (const=2) 2>/dev/null; echo "readonly $?"
declare -l low=ABC; declare -u up=abc; echo $low $up
matrix=(3 1 2); sorted=($(printf '%s\n' "${matrix[@]}" | sort -n)); echo "${sorted[*]}"
declare -p a m n | sort

section tests
[[ abc == a*c && abc != b* && abc < abd && -n x && -z '' ]] && echo patterns
[[ 2024-05-17 =~ ^([0-9]+)-([0-9]+)-([0-9]+)$ ]] && echo "${BASH_REMATCH[*]:1}"
[[ 10 -gt 9 && 010 -eq 10 || no ]] && echo numbers
[ -e / -a ! -f / ] && echo files; [[ -d /tmp && -r /etc/passwd && ! -x /etc/passwd ]] && echo modes
[ 1 -eq x ] 2>/dev/null; echo $?
shopt -s extglob nocasematch
case FooBar in f@(oo|aa)b+([a-z])) echo extended;; esac
case x in y) echo y;; x) echo x;& z) echo fall;;& x) echo again;; *) echo default;; esac
shopt -u nocasematch

section functions
fact() { local n=$1; ((n < 2)) && { echo 1; return; }; echo $((n * $(fact $((n - 1))))); }
fact 10
scope() { local v=inner; nested; echo "$v"; }; nested() { v=set-by-nested; }; v=outer; scope; echo $v
ret() { return 42; }; ret; echo $?
args() { echo "$# ${FUNCNAME[0]} ${FUNCNAME[1]-top}"; }; args a b; caller_() { args; }; caller_
rec() { (( $1 )) && rec $(($1 - 1)) || echo "depth ${#FUNCNAME[@]}"; }; rec 200
export -f ret; bash -c 'ret; echo "exported $?"'
unset -f ret; type ret >/dev/null 2>&1 || echo gone
with_opts() { local OPTIND o; while getopts ':ab:c' o; do case $o in a) printf a;; b) printf 'b(%s)' "$OPTARG";; :) printf 'missing %s' "$OPTARG";; \?) printf 'bad %s' "$OPTARG";; esac; done; shift $((OPTIND - 1)); echo " rest $*"; }
with_opts -a -b val -x rest1 rest2; with_opts -b

section loops
for w in a{1..3}{x,y} {5..1..2} {a..e}; do printf '%s ' $w; done; echo
n=0; while ((n < 5)); do ((++n == 2)) && continue; ((n == 4)) && break; printf '%d ' $n; done; echo
until ((n-- <= 0)); do :; done; echo $n
for o in 1 2; do for q in a b; do [ $q = b ] && continue 2; printf '%s%s ' $o $q; done; done; echo
select s in red green; do echo "picked $s"; break; done <<<2 2>/dev/null

section quoting
echo 'single "quoted"' "double 'quoted' \$v \"x\"" $'tab\there\x41\u00e9\101' "a\
b" back\ slash
echo "$(echo "nested $(echo "deep \"er\"")")" `echo back \`echo tick\``
printf '%s|%5d|%-5s|%05.2f|%x|%o|%c|%b|%q\n' str 42 ab 3.14159 255 8 xyz 'a\tb' "it's"
printf '%s %s\n' 1 2 3; printf -v var '%03d' 7; echo $var; printf '%(%Y-%m-%d)T\n' 86400
cat <<A; cat <<'B'; cat <<-C
expanded $v $((1 + 1)) $(echo cmd)
A
not $v $((1 + 1))
B
	tabs gone
	C
cat <<<"here string $v"

section globs
mkdir -p g/sub; touch g/{a,b,c}.txt g/.hidden g/sub/d.txt 'g/sp ace'
echo g/*; echo g/*.txt g/[ab]* g/[!a]*.txt g/nope*
shopt -s nullglob dotglob globstar; echo g/nope* g/*; echo g/**/*.txt; shopt -u nullglob dotglob globstar
echo g/!(a*|b*); set -f; echo g/*; set +f
GLOBIGNORE='g/a*'; echo g/*.txt; unset GLOBIGNORE
echo ~root ~+ | sed "s:$PWD:HERE:"

section redirection
{ echo out; echo err >&2; } >o.txt 2>e.txt; cat o.txt e.txt
{ echo both; echo two >&2; } &>both.txt; cat both.txt
exec 5>five.txt; echo to five >&5; exec 5>&-; cat five.txt
exec 6<five.txt; read -r line <&6; exec 6<&-; echo "$line"
echo more >>five.txt; wc -l <five.txt
set -C; (echo no >five.txt) 2>/dev/null || echo clobber; echo yes >|five.txt; set +C; cat five.txt
{ echo a; echo b; } | { read -r q; echo "first $q"; cat; }
exec {fd}<five.txt; read -r -u $fd line; echo "$line $((fd >= 10))"; exec {fd}<&-
echo swap 3>&1 1>&2 2>&3 2>swap.txt; echo "$(<five.txt)"

section read
printf 'a b  c\\d\nnext\n' | { read -r x y z; echo "$x|$y|$z"; read -r x; echo $x; read -r x || echo "end $?"; }
IFS=: read -r u1 _ id rest <<<'root:x:0:0:root'; echo "$u1 $id $rest"
read -r -a words <<<'w1 w2 w3'; echo "${words[2]}"; read -r -n 3 c <<<abcdef; echo $c; read -r -d : c <<<ab:cd; echo $c
read -r -t 0.05 x </dev/zero 2>/dev/null; echo "timeout $(( $? > 128 ))" 2>/dev/null
while IFS=$'\t' read -r f1 f2; do echo "[$f1][$f2]"; done < <(printf '1\t2\n3\t\n')

section traps
(trap 'echo exit trap $?' EXIT; exit 3); echo $?
(trap 'echo got TERM' TERM; kill -TERM $BASHPID; echo after)
(trap 'echo err at $?' ERR; false; true)
(set -e; false; echo never); echo "errexit $?"
(set -o pipefail; true | false | true; echo "pipe $? ${PIPESTATUS[*]}")
trap 'echo debug' DEBUG; true; trap - DEBUG
trap -p EXIT TERM; (trap 'echo returned' RETURN; f() { :; }; f; set -T; f)
(set -u; echo $undefined_thing) 2>/dev/null; echo "nounset $?"
eval 'echo eval "$v"'; cmd='echo split words'; $cmd
. /dev/stdin <<<'echo sourced; v=sourced'; echo $v
coproc CO { read -r q; echo "co $q"; }; echo hi >&${CO[1]}; read -r ans <&${CO[0]}; wait $CO_PID; echo "$ans"
echo "${BASH_VERSINFO[0]} $BASH_SUBSHELL $(echo $BASH_SUBSHELL) $((RANDOM < 32768)) $((SECONDS < 60)) $LINENO"
RANDOM=42; echo $RANDOM $RANDOM
hash -r; command -v echo printf test; type -t if echo section cat
time_out=$( { TIMEFORMAT=%U; time true; } 2>&1 ); echo "${#time_out}"
history -c; alias zz='echo alias'; shopt -s expand_aliases; alias zz; set -o | grep -c off
umask 027; touch masked; stat -c %a masked; umask
exit 7
