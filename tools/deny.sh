#!/bin/sh
# Checks licences, sources, bans and advisories of dependencies; installs cargo-deny into .tools/ the first time.
# The advisory database is fetched with a timeout. If it cannot be fetched, the script prints so and passes; with ADVISORIES=required it
# fails.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/.tools/bin:$PATH

if ! cargo deny --version >/dev/null 2>&1; then
    echo "lint: installing cargo-deny into .tools/ (some minutes, once)" >&2
    timeout -k 5 1800 cargo install cargo-deny --version 0.20.2 --locked --root .tools </dev/null ||
        { echo "lint: cargo-deny could not be installed: check the network, or install it yourself with 'cargo install cargo-deny --locked'" >&2; exit 1; }
fi

cargo deny check bans licenses sources

if timeout -k 5 120 cargo deny fetch db index </dev/null >&2; then
    exec cargo deny --offline check advisories
fi
echo "advisories: NOT CHECKED (the advisory database could not be fetched)"
[ "${ADVISORIES:-}" != required ]
