# What the scripts of this directory share.  Sourced, not run.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=$ROOT/build
DEPS=$BUILD/deps

export LC_ALL=C

. /etc/os-release


case $ROOT in
    *[[:space:]]*)
        echo "nginx's build takes no path with white space: $ROOT" >&2
        exit 1
        ;;
esac


say() {
    echo "$(basename "$0"): $*"
}


die() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}


# Takes the lock file "$1" until the script ends, so that two runs of a script
# in one checkout do not write the same files.  Descriptor 9 is closed in what
# outlives the script.

lock() {
    mkdir -p "$(dirname "$1")"
    exec 9>"$1"
    flock 9
}


# Where the V8 of util/setup is: V8_INC and V8_LIB of the caller win, then the
# copy unpacked under build/deps; with neither of them the compiler's own
# directories have libnode-dev.

v8_env() {
    if [ -z "${V8_LIB:-}" ] && [ -d "$DEPS/v8/usr" ]; then
        V8_INC=$DEPS/v8/usr/include/node
        V8_LIB=$(dirname "$(echo "$DEPS"/v8/usr/lib/*/libnode.so)")
    fi

    export V8_INC=${V8_INC:-/usr/include/node} V8_LIB=${V8_LIB:-}
}


# The mirror that the system's own apt sources use.

mirror() {
    local uri

    uri=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' \
              'Created-By: Packages' 2>/dev/null \
          | awk -v release="$VERSION_CODENAME" \
                '$1 == release { print $2; exit }')

    echo "${uri:-http://deb.debian.org/debian}"
}
