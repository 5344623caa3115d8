#!/bin/sh
# fetch-source.sh PACKAGE: unpacks a Debian source package below build/source/ and prints the folder. Done once; the
# archive is verified by apt against the signed index. Uses a private list of sources, so the machine's own stays as it is.
set -e
top=$(cd "$(dirname "$0")/.." && pwd)
dest=$top/build/source
mark=$dest/$1.dir
mkdir -p "$dest"
exec 9>"$dest/lock"
flock 9                                 # two at once would get into each other's way
if [ ! -s "$mark" ]; then
	mkdir -p "$dest/apt/lists/partial" "$dest/$1"
	mkdir -p "$dest/apt/parts"
	for f in /etc/apt/sources.list /etc/apt/sources.list.d/debian*; do
		[ -f "$f" ] && sed 's/^Types: *deb *$/Types: deb-src/; s/^deb /deb-src /' "$f" >"$dest/apt/parts/$(basename "$f")"
	done
	set -- "$1" -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$dest/apt/parts" \
		-o Dir::State::lists="$dest/apt/lists" -o APT::Sandbox::User=root
	name=$1
	shift
	[ -n "$(ls "$dest/apt/lists" | grep Sources)" ] || apt-get "$@" update -qq >&2
	(cd "$dest/$name" && apt-get "$@" source -qq "$name" >&2)
	dir=$(find "$dest/$name" -mindepth 1 -maxdepth 1 -type d | head -1)
	echo "$dir" >"$mark.tmp"
	mv "$mark.tmp" "$mark"
	set -- "$name"
fi
cat "$dest/$1.dir"
