#!/bin/sh
# Provides PgBouncer for the tests: the system's, or Debian's package unpacked into .tools/pgbouncer. Starts nothing and changes nothing
# system-wide.
set -u
cd "$(dirname "$0")/.." || exit 1
. tools/common.sh

[ -x /usr/sbin/pgbouncer ] || [ -x .tools/pgbouncer/usr/sbin/pgbouncer ] || has pgbouncer && exit 0

say "downloading PgBouncer for the tests (Debian's package, unpacked into .tools/pgbouncer)"
has apt-get && has dpkg || fail "there is no PgBouncer: install it, then try again"
# shellcheck disable=SC2046
unpack_into "$PWD/.tools/pgbouncer" pgbouncer $(lacks pgbouncer) ||
    fail "PgBouncer could not be downloaded: run 'sudo apt-get update' or 'sudo apt-get install pgbouncer', then try again"
