#!/bin/sh
# Provides the toolchain for agents: a C compiler, the component linker, and the standard library of the wasm target. Returns at once if
# all is installed; downloads have timeouts. If rustup cannot install the target, Debian's compiler builds the standard library from
# source; .tools/wasm.env then has the settings, which tools/wasm-build.sh reads.
set -u
cd "$(dirname "$0")/.." || exit 1

target=wasm32-unknown-unknown
root=$PWD/.tools/debian

. tools/common.sh

has rustc && has cargo ||
    fail "there is no Rust: install rustup (the package rustup, or from rustup's own site), run 'rustup default stable', then try again"
if ! has cc; then
    say "there is no C compiler: installing gcc"
    install gcc libc6-dev && has cc || fail "there is no C compiler: run 'sudo apt-get install gcc libc6-dev', then try again"
fi

sysroot=$(rustc --print sysroot) || fail "rustc does not run: run 'rustup default stable', then try again"
host=$(rustc -vV | sed -n 's/^host: //p')
[ -x "$sysroot/lib/rustlib/$host/bin/wasm-component-ld" ] || has wasm-component-ld ||
    fail "wasm-component-ld is missing beside rustc ($sysroot): it comes with rustup's compiler since 1.81; run 'rustup update', then try again"

there() { [ -n "$(find "$sysroot/lib/rustlib/$target/lib" -name 'libstd-*.rlib' 2>/dev/null)" ]; }

if there; then
    rm -f .tools/wasm.env
    exit 0
fi
# Set up by an earlier run.
[ -s .tools/wasm.env ] && (. ./.tools/wasm.env && "$RUSTC" -V) >/dev/null 2>&1 && exit 0

if has rustup; then
    for try in 1 2 3 4; do
        say "installing the target $target (try $try of 4, at most 60 s)"
        bounded 60 rustup target add "$target"
        there && exit 0
    done
fi

# Debian's compiler builds the standard library from its source package.
use() {
    mkdir -p .tools
    {
        echo "export RUSTC='$1/usr/bin/rustc' RUSTC_BOOTSTRAP=1"
        [ -z "$1" ] || echo "export LD_LIBRARY_PATH='$(find "$1/usr/lib" -name 'librustc_driver-*.so' -exec dirname {} \; | head -n 1)'"
        echo "build_std='-Zbuild-std=std,panic_abort --ignore-rust-version'"
    } >.tools/wasm.env
    (. ./.tools/wasm.env && "$RUSTC" -V >/dev/null 2>&1 && [ -e "$("$RUSTC" --print sysroot)/lib/rustlib/src/rust/library/std/Cargo.toml" ]) && return 0
    rm -f .tools/wasm.env
    return 1
}

# Without root: unpacks the same packages into the project's folder.
unpack() {
    has apt-get && has dpkg || return 1
    llvm=$(needs rustc-web |
        grep -oE '^(libllvm[0-9.]+(t64)?|libstd-rust-web-[a-z0-9.]+|libz3-4|libxml2|libedit2|libicu[0-9]+|libbsd0|libmd0|libffi[0-9]+)$' | sort -u)
    # shellcheck disable=SC2086
    unpack_into "$root" rustc-web rust-web-src $llvm
}

say "rustup could not install the target; using Debian's compiler (packages rustc-web and rust-web-src)"
use "" && exit 0
install rustc-web rust-web-src && use "" && exit 0
say "no root rights, or no such package: unpacking into .tools/ instead"
unpack && use "$root" && exit 0
fail "neither 'rustup target add $target' nor Debian's rustc-web and rust-web-src could be installed: check the network, then run 'make tools' again"
