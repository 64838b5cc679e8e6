#!/bin/sh
# Provides Chromium, its WebDriver and axe-core for the tests of the console: the system's, or Debian's packages unpacked into .tools/chromium,
# and axe-core from PyPI or npm in .tools/axe. Starts nothing and changes nothing system-wide.
set -u
cd "$(dirname "$0")/.." || exit 1
. tools/common.sh

browser() { [ -x .tools/chromium/usr/bin/chromedriver ] || { has chromedriver && { has chromium || has google-chrome; }; }; }

# The library of accessibility rules: one file, not committed.
axe() {
    [ -s .tools/axe/axe.min.js ] && return 0
    say "downloading axe-core for the tests (into .tools/axe)"
    rm -rf .tools/axe.part && mkdir -p .tools/axe.part || return 1
    if has pip3 && has unzip; then
        (cd .tools/axe.part && bounded 120 pip3 download --quiet --no-deps --no-binary :none: axe-core-python==0.1.0 &&
            unzip -q -o ./*.whl) || return 1
    elif has npm; then
        (cd .tools/axe.part && bounded 120 npm pack --silent axe-core@4 && tar xzf ./axe-core-*.tgz) || return 1
    fi
    file=$(find .tools/axe.part -name axe.min.js | head -n 1)
    [ -n "$file" ] && mkdir -p .tools/axe && mv "$file" .tools/axe/axe.min.js && rm -rf .tools/axe.part
}

# The packages that an installation would bring: those of Chromium, and the libraries that this machine lacks.
packages() {
    apt-get install --print-uris -qq -y --no-install-recommends chromium chromium-driver fonts-dejavu-core 2>/dev/null |
        sed -n "s/.* \([a-z0-9][a-z0-9.+-]*\)_[^ ]*\.deb .*/\1/p"
}

chromium() {
    # shellcheck disable=SC2046
    unpack_into "$PWD/.tools/chromium" $({ echo "chromium chromium-common chromium-driver" | tr " " "\n"; packages; } | sort -u)
}

if ! browser; then
    say "downloading Chromium for the tests (Debian's packages, about 120 MB, unpacked into .tools/chromium)"
    has apt-get && has dpkg || fail "there is no Chromium: install chromium and chromedriver, then try again"
    chromium || chromium ||
        fail "Chromium could not be downloaded: run 'sudo apt-get update' or 'sudo apt-get install chromium chromium-driver', then try again"
fi
axe || axe || say "axe-core could not be downloaded (pip3 with unzip, or npm, is needed): pages are not checked for barriers"
