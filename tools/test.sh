#!/bin/sh
# Runs all tests in parts, and prints the minutes of each at the end, also when one fails.
set -eu
cd "$(dirname "$0")/.."

table=
folder=
ended() {
    [ -z "$folder" ] || rm -rf "$folder"
    [ -z "$table" ] || printf '\nminutes by part\n%b' "$table"
}
trap ended EXIT

# Databases of tests lie in memory where there is room for them (12 GB): on a disk each commit waits for it.
memory=/dev/shm
room() { df -Pk "$memory" | awk 'NR == 2 { print ($4 > 12000000) }'; }
if [ -z "${TMPDIR:-}" ] && [ -w "$memory" ] && ! grep -q " $memory .*noexec" /proc/mounts && [ "$(room)" = 1 ]; then
    folder=$(mktemp -d "$memory/switchboard-tests.XXXXXX")
    # The test servers of Postgres run as another user.
    chmod 1777 "$folder"
    TMPDIR=$folder
    export TMPDIR
fi

# Tests wait more than they compute: one more at once than there are processors.
threads=$(($(nproc) + 1))

part() {
    name=$1; shift
    began=$(date +%s)
    "$@" || { echo "make test: the part \`$name\` failed" >&2; exit 1; }
    table="$table$(awk -v name="$name" -v seconds=$(($(date +%s) - began)) 'BEGIN { printf "  %-16s %5.1f", name, seconds / 60 }')\n"
}

# Without a browser the console is tested by HTTP alone.
servers() { sh tools/postgres.sh && sh tools/pgbouncer.sh && sh tools/sqlite.sh && { sh tools/chromium.sh || :; }; }

part agents sh tools/agents.sh
part servers servers
# Benchmarks too, so that they go on compiling.
part compile cargo test --workspace --all-targets --no-run
part conversations target/debug/switchboard test
part unit cargo test --workspace --lib --bins --examples
part integration cargo test --workspace --test '*' -- --test-threads "$threads" --skip scaffold::
# By itself: it runs cargo, which takes all processors, and others count seconds.
part scaffolds cargo test --workspace --test it -- --test-threads 1 scaffold::
part documentation cargo test --workspace --doc
