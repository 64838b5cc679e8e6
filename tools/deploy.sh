#!/bin/sh
# Puts what was built where deploy/switchboard.service wants it, if the list before the first day passes. Every file goes in by rename, so a
# running host sees whole ones only; the program before stays beside it. With DESTDIR everything goes below that folder and no
# service is touched.
set -eu
cd "$(dirname "$0")/.."
. tools/common.sh

root=${DESTDIR:-}
variables=$root/etc/switchboard.env
program=$root/usr/local/bin/switchboard
home=$root/var/lib/switchboard

[ -r "$variables" ] || fail "there is no $variables: copy .env.example there, fill it in, and keep it to root (mode 0600)"
say "the list before the first day:"
(set -a; . "$variables"; exec target/release/switchboard doctor --production) || fail "nothing was deployed: mend what is BAD above, then try again"

put() { cp "$1" "$2.new" && mv "$2.new" "$2"; }

mkdir -p "$(dirname "$program")" "$home/plugins" "$root/etc/systemd/system"
[ ! -e "$program" ] || cp -p "$program" "$program.before"
put target/release/switchboard "$program"
put plugins.toml "$home/plugins.toml"
for component in plugins/*.wasm; do
    cmp -s "$component" "$home/$component" || put "$component" "$home/$component"
done
put deploy/switchboard.service "$root/etc/systemd/system/switchboard.service"
say "$program, $home and the service are in place; the program before is $program.before"

if [ -z "$root" ] && [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    systemctl enable switchboard
    systemctl restart switchboard
    systemctl --no-pager status switchboard
else
    say "next: systemctl daemon-reload && systemctl enable --now switchboard"
fi
