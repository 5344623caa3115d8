# syscalls.awk - docs/syscalls.md from runtime/syscalls.def.
BEGIN {
	print "# System calls\n\nMade by `make docs` from `runtime/syscalls.def`. Calls that are not listed answer ENOSYS and are named once on stderr."
}
/^\/\* --- / {
	sub(/^\/\* --- /, "")
	sub(/:.*/, "")
	print "\n## " toupper(substr($0, 1, 1)) substr($0, 2) "\n\n| number | call | support |\n|---|---|---|"
}
/^SYS[0-6]\(/ {
	n = substr($0, 4, 1)
	body = substr($0, 6)
	note = "full"
	if (match(body, /PARTIAL\(".*"\)/))
		note = "partly: " substr(body, RSTART + 9, RLENGTH - 11)
	split(body, f, /, */)
	print "| " f[1] " | " f[2] " | " note " |"
}
