# Functions shared by the scripts in this folder, which run from the project's root.

say() { printf 'tools: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# Runs a command with a timeout in seconds; kills it if it ignores the first signal.
bounded() { seconds=$1; shift; timeout -k 5 "$seconds" "$@" </dev/null >&2; }

# Installs Debian packages system-wide; needs root.
install() {
    [ "$(id -u)" = 0 ] && has apt-get || return 1
    bounded 300 apt-get update -qq
    DEBIAN_FRONTEND=noninteractive bounded 900 apt-get install -qq -y --no-install-recommends "$@"
}

# Lists the recursive dependencies of Debian packages.
needs() { apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances "$@" 2>/dev/null | grep -E '^[a-z0-9]' | sort -u; }

# Lists the libraries that a package depends on and that are not installed.
lacks() {
    needs "$1" | grep -E '^lib' | grep -v perl | while read -r name; do
        dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || echo "$name"
    done
}

# Downloads Debian packages and unpacks them into a folder, without root.
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
