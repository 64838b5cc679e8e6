#!/bin/sh
# Checks licences, sources and bans of dependencies; brings cargo-deny into .tools/ the first time.
set -eu
cd "$(dirname "$0")/.."

if ! PATH=$PWD/.tools/bin:$PATH cargo deny --version >/dev/null 2>&1; then
    echo "lint: installing cargo-deny into .tools/ (some minutes, once)" >&2
    timeout -k 5 1800 cargo install cargo-deny --version 0.20.2 --locked --root .tools </dev/null ||
        { echo "lint: cargo-deny could not be installed: check the network, or install it yourself with 'cargo install cargo-deny --locked'" >&2; exit 1; }
fi
PATH=$PWD/.tools/bin:$PATH exec cargo deny check bans licenses sources
