#!/bin/sh
# Builds every agent in agents/ and installs changed components into plugins/ by atomic rename, so that a running host never sees a
# partial file.
set -eu
cd "$(dirname "$0")/.."

set --
for manifest in agents/*/Cargo.toml; do
    name=$(basename "$(dirname "$manifest")")
    [ "$name" = sdk ] || set -- "$@" -p "agent-$(echo "$name" | tr _ -)"
done
[ $# -gt 0 ] || { echo "agents: there is none in agents/" >&2; exit 1; }

sh tools/wasm-build.sh "$@"

built=${CARGO_TARGET_DIR:-target}/wasm32-unknown-unknown/agent
mkdir -p plugins
for manifest in agents/*/Cargo.toml; do
    name=$(basename "$(dirname "$manifest")" | tr - _)
    [ "$name" = sdk ] && continue
    if ! cmp -s "$built/$name.wasm" "plugins/$name.wasm"; then
        cp "$built/$name.wasm" "plugins/.$name.new"
        mv "plugins/.$name.new" "plugins/$name.wasm"
        echo "agents: plugins/$name.wasm"
    fi
done
