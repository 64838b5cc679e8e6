#!/bin/sh
# Runs all tests in parts, and prints the minutes of each at the end, also when one fails.
set -eu
cd "$(dirname "$0")/.."

table=
summary() {
    [ -z "$table" ] || printf '\nminutes by part\n%b' "$table"
}
trap summary EXIT

part() {
    name=$1; shift
    began=$(date +%s)
    "$@" || { echo "make test: the part \`$name\` failed" >&2; exit 1; }
    table="$table$(awk -v name="$name" -v seconds=$(($(date +%s) - began)) 'BEGIN { printf "  %-16s %5.1f", name, seconds / 60 }')\n"
}

servers() { sh tools/postgres.sh && sh tools/pgbouncer.sh && sh tools/sqlite.sh && sh tools/chromium.sh; }

part agents sh tools/agents.sh
part servers servers
part compile cargo test --workspace --no-run
part conversations target/debug/switchboard test
part unit cargo test --workspace --lib --bins --examples
part integration cargo test --workspace --test '*'
part documentation cargo test --workspace --doc
