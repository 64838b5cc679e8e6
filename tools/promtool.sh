#!/bin/sh
# Tests the alert rules on synthetic series with promtool: the system's, or that of Debian's package unpacked into .tools/prometheus. Starts
# nothing and changes nothing system-wide. With the argument `metrics`, checks a scrape that it reads instead.
set -u
cd "$(dirname "$0")/.." || exit 1
. tools/common.sh

PATH=$PATH:$PWD/.tools/prometheus/usr/bin
if ! has promtool; then
    say "downloading promtool (Debian's package of Prometheus, unpacked into .tools/prometheus)"
    has apt-get && has dpkg || fail "there is no promtool: install Prometheus, then try again"
    unpack_into "$PWD/.tools/prometheus" prometheus && has promtool ||
        fail "promtool could not be downloaded: run 'sudo apt-get update' or 'sudo apt-get install prometheus', then try again"
fi
case ${1:-} in
metrics) exec timeout -k 5 60 promtool check metrics ;;
esac
timeout -k 5 60 promtool check rules deploy/prometheus/alerts.yml && timeout -k 5 300 promtool test rules deploy/prometheus/alerts_test.yml
