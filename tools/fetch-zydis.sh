#!/bin/sh
# fetch-zydis.sh DIR: Zydis's C source from Debian into DIR/src (once), for the engine: the decoder is compiled to WebAssembly.
set -eu
dir=${1:?usage: fetch-zydis.sh DIR}
sum=e990107f80c62afc1deb51de230023a1098db801b8ea6bf483e296d45459e234
[ -e "$dir/src/Decoder.c" ] && exit 0
source=$("$(dirname "$0")/fetch-source.sh" zydis)
tar=$(ls "$(dirname "$source")"/zydis_*.orig.tar.*)
case $(sha256sum "$tar") in
"$sum "*) ;;
*) echo "fetch-zydis: $tar has an unexpected checksum" >&2; exit 1 ;;
esac
mkdir -p "$dir"
rm -rf "$dir/src.new"
cp -r "$source/src" "$dir/src.new"
mv "$dir/src.new" "$dir/src"
