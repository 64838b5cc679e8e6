#!/bin/sh
# Provides PostgreSQL's programs for the tests: the system's, or Debian's packages unpacked into .tools/postgres. Starts nothing and changes
# nothing system-wide; the tests start clusters of their own.
set -u
cd "$(dirname "$0")/.." || exit 1
. tools/common.sh

root=$PWD/.tools/postgres

for folder in /usr/lib/postgresql/*/bin "$root"/usr/lib/postgresql/*/bin; do
    [ -x "$folder/initdb" ] && [ -x "$folder/psql" ] && exit 0
done
has initdb && has psql && exit 0

say "downloading PostgreSQL for the tests (Debian's packages, unpacked into .tools/postgres)"
has apt-get && has dpkg || fail "there is no PostgreSQL: install its server (initdb, postgres, psql), then try again"
server=$(needs postgresql | grep -xE 'postgresql-[0-9]+' | head -n 1)
if [ -z "$server" ] && [ "$(id -u)" = 0 ]; then
    bounded 300 apt-get update -qq
    server=$(needs postgresql | grep -xE 'postgresql-[0-9]+' | head -n 1)
fi
[ -n "$server" ] || fail "Debian's packages do not have postgresql: run 'sudo apt-get update', then try again"
# shellcheck disable=SC2046
unpack_into "$root" "$server" "postgresql-client-${server#postgresql-}" $(lacks "$server") ||
    fail "PostgreSQL could not be downloaded: run 'sudo apt-get install postgresql', then try again"
