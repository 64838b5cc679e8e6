#!/bin/sh
# Makes sure that the tests find PgBouncer: the system's, or Debian's unpacked into .tools/pgbouncer. Nothing is started and nothing of the
# system is changed.
set -u
cd "$(dirname "$0")/.." || exit 1
. tools/common.sh

[ -x /usr/sbin/pgbouncer ] || [ -x .tools/pgbouncer/usr/sbin/pgbouncer ] || has pgbouncer && exit 0

say "bringing PgBouncer for the tests (Debian's package, unpacked into .tools/pgbouncer)"
has apt-get && has dpkg || fail "there is no PgBouncer: install it, then try again"
# What it needs and the system does not have.
libraries=$(needs pgbouncer | grep -E '^lib' | grep -v perl | while read -r name; do
    dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || echo "$name"
done)
# shellcheck disable=SC2086
unpack_into "$PWD/.tools/pgbouncer" pgbouncer $libraries ||
    fail "PgBouncer could not be had: run 'sudo apt-get update' or 'sudo apt-get install pgbouncer', then try again"
