#!/bin/sh
# layers.sh - the borders of the source tree, checked on its #include lines and imports. Prints each breach; status 1 if any.
cd "$(dirname "$0")/.." || exit 1
bad=0
breach() { echo "layers: $1"; bad=1; }

# only emit/ sees Binaryen
for f in $(grep -l 'binaryen-c\.h' $(git ls-files 'recompiler/*.[ch]' 'recompiler/**/*.[ch]' 'runtime/*' include) 2>/dev/null); do
	case $f in recompiler/emit/*) ;; *) breach "$f includes binaryen-c.h outside emit/" ;; esac
done
# opt/ and emit/ never see an instruction
for f in $(git ls-files 'recompiler/opt/*.[ch]' 'recompiler/emit/*.[ch]'); do
	grep -nE 'struct insn|ZydisD|ZYDIS_MNEMONIC|lift/lift\.h' "$f" | sed "s|^|layers: $f: x86 beyond lift/: |" | grep . && bad=1
done
# only elf*.c sees libelf and the file's bytes
for f in $(grep -lE '<(libelf|gelf)\.h>' $(git ls-files 'recompiler/*.c' 'recompiler/**/*.c')); do
	case $f in recompiler/elf*.c) ;; *) breach "$f includes libelf" ;; esac
done
# the kernel and the recompiler do not include each other
grep -rnE '#include.*recompiler/' $(git ls-files 'runtime/*.[ch]' | grep -v '^runtime/engine/') && bad=1
grep -rnE '#include.*runtime/' $(git ls-files 'recompiler/*.[ch]' 'recompiler/**/*.[ch]') && bad=1
# host calls of the door are made by the core and by the files that own a host object
for f in $(git ls-files 'runtime/syscalls/*.c'); do
	grep -nE '\bx_(store|console|mm|code|boot)_' "$f" | sed "s|^|layers: $f: a system call reaches the host directly: |" | grep . && bad=1
done
# every row of host.def is implemented in web/host/<group>.js
sed -nE 's/^HOST\((\w+), (\w+),.*/\1 \2/p' include/host.def | while read -r group name; do
	grep -qE "\b$name\b" web/host/*.js || echo "layers: $name of host.def is implemented nowhere in web/host"
	[ -f "web/host/$group.js" ] || echo "layers: web/host/$group.js is missing"
done | grep . && bad=1
# basenames are unique in the tree
git ls-files 'recompiler/*.c' 'runtime/*.c' | xargs -n1 basename | sort | uniq -d | sed 's/^/layers: two files are called /' | grep . && bad=1
[ $bad = 0 ] && echo "layers: ok"
exit $bad
