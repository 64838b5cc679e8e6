#!/bin/sh
# Builds every agent of agents/ but the SDK, and puts what changed into plugins/ by rename: a running host sees whole files only.
set -eu
cd "$(dirname "$0")/.."

target=wasm32-unknown-unknown
build_std=
if [ -s .tools/wasm.env ]; then . ./.tools/wasm.env; fi

set --
for manifest in agents/*/Cargo.toml; do
    name=$(basename "$(dirname "$manifest")")
    [ "$name" = sdk ] || set -- "$@" -p "agent-$name"
done
[ $# -gt 0 ] || { echo "agents: there is none in agents/" >&2; exit 1; }

# shellcheck disable=SC2086
cargo build --profile agent --target "$target" $build_std "$@"

built=${CARGO_TARGET_DIR:-target}/$target/agent
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
