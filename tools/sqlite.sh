#!/bin/sh
# Makes sure that the tests find the `sqlite3` shell: the system's, or Debian's unpacked into .tools/sqlite. Nothing of the system is changed.
set -u
cd "$(dirname "$0")/.." || exit 1
. tools/common.sh

has sqlite3 || [ -x .tools/sqlite/usr/bin/sqlite3 ] && exit 0

say "bringing the sqlite3 shell for the tests (Debian's package, unpacked into .tools/sqlite)"
has apt-get && has dpkg || fail "there is no sqlite3: install it, then try again"
# shellcheck disable=SC2046
unpack_into "$PWD/.tools/sqlite" sqlite3 $(lacks sqlite3) ||
    fail "the sqlite3 shell could not be had: run 'sudo apt-get update' or 'sudo apt-get install sqlite3', then try again"
