#!/bin/sh
# Builds components with cargo: `sh tools/wasm-build.sh -p agent-jobs`. Run tools/wasm-target.sh first.
set -eu
cd "$(dirname "$0")/.."

build_std=
if [ -s .tools/wasm.env ]; then . ./.tools/wasm.env; fi
# rustup installs wasm-component-ld beside the compiler, not on the PATH.
sysroot=$(rustc --print sysroot)
host=$(rustc -vV | sed -n 's/^host: //p')
PATH=$PATH:$sysroot/lib/rustlib/$host/bin
export PATH

# Components are what rustc itself makes, also where CI has the linter compile all else.
unset RUSTC_WORKSPACE_WRAPPER
# shellcheck disable=SC2086
exec cargo build --profile "${AGENT_PROFILE:-agent}" --target wasm32-unknown-unknown $build_std "$@"
