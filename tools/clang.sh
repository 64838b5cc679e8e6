#!/bin/sh
# Makes sure that the tests find clang and wasm-ld, which build agents in C: the system's, or Debian's unpacked into .tools/clang. Nothing of
# the system is changed.
set -u
cd "$(dirname "$0")/.." || exit 1
. tools/common.sh

{ has clang && has wasm-ld; } || [ -n "$(find .tools/clang/usr/lib -path '*/bin/wasm-ld' 2>/dev/null)" ] && exit 0

say "bringing clang and wasm-ld for the tests (Debian's packages, about 100 MB, unpacked into .tools/clang)"
has apt-get && has dpkg || fail "there is no clang: install clang and lld, then try again"
# What an installation would bring, as far as a compiler for WebAssembly runs from it.
packages() {
    apt-get install --print-uris -qq -y --no-install-recommends clang lld 2>/dev/null |
        sed -n "s/.* \([a-z0-9][a-z0-9.+-]*\)_[^ ]*\.deb .*/\1/p" | grep -vE '^(gcc|g\+\+|cpp|binutils|libobjc|libstdc\+\+|libc6|linux-libc|libgcc)'
}
# shellcheck disable=SC2046
unpack_into "$PWD/.tools/clang" $(packages) ||
    fail "clang could not be had: run 'sudo apt-get update' or 'sudo apt-get install clang lld', then try again"
