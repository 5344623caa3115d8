#!/bin/sh
# build.sh [DIR]: the two sample sites, DIR/busybox (static) and DIR/bash (dynamically linked, with coreutils); default build/sites.
set -e
top=$(cd "$(dirname "$0")/../.." && pwd)
out=${1:-$top/build/sites}
node=$("$top/tools/node-path.sh")
mkdir -p "$out"

set --
for applet in $(busybox --list); do
	set -- "$@" --link "/bin/$applet=/bin/busybox"
done
"$node" "$top/samples/page/build.mjs" -o "$out/busybox" --title 'busybox sh' --over "$top/samples/page/root" --folder /home/user:755:1000 \
	"$@" --env TERM=xterm-256color --env HOME=/home/user --env PATH=/bin --env 'PS1=\w \$ ' --cwd /home/user --uid 1000 -- /bin/busybox sh

set --
for name in cat ls cp mv rm mkdir rmdir ln chmod touch sleep stty date uname sort head tail seq wc tr cut uniq tee id env stat sum \
	basename dirname true false pwd kill expr nl od tac paste fold df du grep sed vim.tiny less; do
	[ -e "/bin/$name" ] && set -- "$@" --add "/bin/$name"
done
for file in /usr/share/terminfo/x /lib/terminfo/x /etc/terminfo /etc/bash.bashrc /etc/inputrc /usr/lib/locale/C.utf8; do
	[ -e "$file" ] && set -- "$@" --add "$file"
done
"$node" "$top/samples/page/build.mjs" -o "$out/bash" --title bash --over "$top/samples/page/root" --folder /home/user:755:1000 "$@" \
	--env TERM=xterm-256color --env HOME=/home/user --env PATH=/usr/bin:/bin --env LANG=C.UTF-8 --env USER=user --env SHELL=/bin/bash \
	--cwd /home/user --uid 1000 -- /bin/bash
