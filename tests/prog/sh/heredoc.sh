# Here-documents, quoting, redirections, descriptors.
cat <<A; cat <<'B'; cat <<-C
value $HOME_NOT_SET ${X:-default} $(echo sub)
A
raw $X $(no)
B
	tabs stripped
	C
exec 3>out.txt
echo to three >&3
exec 3>&-
cat out.txt
echo more >>out.txt
wc -c <out.txt
cat <out.txt >copy.txt 2>/dev/null
exec 4<copy.txt
read line <&4
echo "read: $line"
read line <&4
echo "read: $line"
echo err >&2
ls nonexistent 2>err.txt
sed 's/^[^:]*: //' err.txt
set -- a "b c" d
echo $# "$2"
for i in "$@"; do echo "[$i]"; done
