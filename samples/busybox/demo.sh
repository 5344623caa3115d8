#!/bin/sh
# Recompiles Debian's static busybox and runs a pipeline in it, cold and warm, next to the native run.
cd "$(dirname "$0")/../.." || exit 1
cache=$(mktemp -d)
trap 'rm -rf "$cache"' EXIT
script='seq 1 20000 | awk "{ s += \$1 * \$1 } END { print NR, s }"; echo "hello from $(uname -s) on $(uname -m)" | tr a-z A-Z; find /bin/ -name "busy*" | xargs md5sum'
now() { date +%s.%N; }
step() {
	printf '\n$ %s\n' "$1"
	shift
	t=$(now)
	"$@" || exit 1
	printf '[%.2f s]\n' "$(echo "$(now) $t" | awk '{ print $1 - $2 }')"
}
step "busybox sh ...                 (native)" /bin/busybox sh -c "$script"
step "elfport run busybox sh ...     (recompiles first)" build/elfport run --cache "$cache" /bin/busybox sh -c "$script"
step "elfport run busybox sh ...     (from the cache)" build/elfport run --cache "$cache" /bin/busybox sh -c "$script"
printf '\n'
build/elfport inspect /bin/busybox
printf '\nTry: build/elfport run /bin/busybox sh\n'
