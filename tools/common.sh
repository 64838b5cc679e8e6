# What the scripts beside this one share; each is run from the project's folder.

say() { printf 'tools: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# A command, at most so many seconds, killed for good if it does not listen.
bounded() { seconds=$1; shift; timeout -k 5 "$seconds" "$@" </dev/null >&2; }

# As root: Debian's packages, into the system.
install() {
    [ "$(id -u)" = 0 ] && has apt-get || return 1
    bounded 300 apt-get update -qq
    DEBIAN_FRONTEND=noninteractive bounded 900 apt-get install -qq -y --no-install-recommends "$@"
}

# All that a package of Debian needs, by name.
needs() { apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances "$@" 2>/dev/null | grep -E '^[a-z0-9]' | sort -u; }

# The libraries that a package needs and the system does not have.
lacks() {
    needs "$1" | grep -E '^lib' | grep -v perl | while read -r name; do
        dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || echo "$name"
    done
}

# Without root, or to leave the system as it is: packages unpacked into a folder.
unpack_into() {
    folder=$1; shift
    rm -rf "$folder" "$folder.debs"
    mkdir -p "$folder" "$folder.debs"
    (cd "$folder.debs" && bounded 900 apt-get download "$@") || return 1
    for deb in "$folder.debs"/*.deb; do
        dpkg -x "$deb" "$folder" || return 1
    done
    rm -rf "$folder.debs"
}
