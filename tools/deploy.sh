#!/bin/sh
# Installs program, agents and systemd unit, if `doctor --production` passes. Files are replaced by atomic rename; the previous program is
# kept beside the new one. With DESTDIR everything is installed below that folder, and no service is touched.
set -eu
cd "$(dirname "$0")/.."
. tools/common.sh

root=${DESTDIR:-}
variables=$root/etc/switchboard.env
program=$root/usr/local/bin/switchboard
home=$root/var/lib/switchboard

[ -r "$variables" ] || fail "there is no $variables: copy .env.example there, fill it in, and keep it to root (mode 0600)"
say "checks of the deployment checklist:"
(set -a; . "$variables"; exec target/release/switchboard doctor --production) || fail "nothing was deployed: fix what is BAD above, then try again"

put() { cp "$1" "$2.new" && mv "$2.new" "$2"; }

mkdir -p "$(dirname "$program")" "$home/plugins" "$root/etc/systemd/system"
[ ! -e "$program" ] || cp -p "$program" "$program.before"
put target/release/switchboard "$program"
put plugins.toml "$home/plugins.toml"
for component in plugins/*.wasm; do
    cmp -s "$component" "$home/$component" || put "$component" "$home/$component"
done
put deploy/switchboard.service "$root/etc/systemd/system/switchboard.service"
say "$program, $home and the service are in place; the previous program is $program.before"

if [ -z "$root" ] && [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    systemctl enable switchboard
    systemctl restart switchboard
    systemctl --no-pager status switchboard
else
    say "next: systemctl daemon-reload && systemctl enable --now switchboard"
fi
