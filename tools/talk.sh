#!/bin/sh
# Measures how well people are understood: the corpus and the customers of tools/talk against the built host. Tables go to target/talk/.
set -eu
cd "$(dirname "$0")/.."

command -v python3 >/dev/null || { echo "make talk needs Python 3.11 or later: install Debian's package python3" >&2; exit 1; }

out=target/talk
mkdir -p "$out"
export SWITCHBOARD_BIN="$PWD/target/debug/switchboard" SWITCHBOARD_PLUGINS="$PWD/plugins" SWITCHBOARD_CONFIG="$PWD/plugins.toml"

for set in open ours; do
    for what in sentences values midflow; do
        echo "$set:"
        python3 tools/talk/understand.py "tools/talk/$set" --what "$what" --json "$out/$set-$what.json" >"$out/$set-$what.txt"
        grep '^===' "$out/$set-$what.txt"
    done
done
python3 tools/talk/simulate.py tools/talk/open --json "$out/goals.json" >"$out/goals.txt"
sed -n '/^ *goals reached/,$p' "$out/goals.txt"
