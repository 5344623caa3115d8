#!/bin/sh
# Fetch Zydis's C source from Debian into the folder $1 (once), for the engine: the decoder is compiled to WebAssembly.
# Uses a private source list, so the machine's apt configuration stays as it is. The tarball's checksum is verified.
set -eu
dir=${1:?usage: fetch-zydis.sh DIR}
sum=e990107f80c62afc1deb51de230023a1098db801b8ea6bf483e296d45459e234
[ -e "$dir/src/Decoder.c" ] && exit 0
mkdir -p "$dir/apt/lists/partial" "$dir/apt/archives/partial"
dir=$(cd "$dir" && pwd)
suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-bookworm}")
mirror=${DEBIAN_MIRROR:-}
if [ -z "$mirror" ]; then
	mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
		grep -v '^ *#' | grep -Eo 'https?://[^ ]+' | grep -v security | head -n 1)
fi
[ -n "$mirror" ] || mirror=http://deb.debian.org/debian
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb-src [signed-by=$keyring] $mirror $suite main" > "$dir/apt/sources.list"
apt="-o Dir::Etc::sourcelist=$dir/apt/sources.list -o Dir::Etc::sourceparts=- -o Dir::State::lists=$dir/apt/lists
	-o Dir::Cache::archives=$dir/apt/archives -o Dir::Cache::srcpkgcache= -o Dir::Cache::pkgcache= -o APT::Sandbox::User=root"
apt-get $apt -qq update
(cd "$dir/apt" && apt-get $apt -qq --download-only source zydis)
tar=$(ls "$dir"/apt/zydis_*.orig.tar.*)
case $(sha256sum "$tar") in
"$sum "*) ;;
*) echo "fetch-zydis: $tar has an unexpected checksum" >&2; rm -rf "$dir/apt"; exit 1 ;;
esac
mkdir -p "$dir/unpack"
tar -xf "$tar" -C "$dir/unpack" --strip-components=1
mv "$dir/unpack/src" "$dir/src.new"
rm -rf "$dir/unpack" "$dir/apt"
mv "$dir/src.new" "$dir/src"
