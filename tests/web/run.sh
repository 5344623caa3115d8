#!/bin/sh
# run.sh - part "web": the sample sites in real browsers. Builds them first (recompiled files come from the cache).
cd "$(dirname "$0")/../.." || exit 1
sites=build/sites
samples/page/build.sh "$sites" || exit 1
exec "$(tools/node-path.sh)" tests/web/web.mjs "$sites" "$@"
