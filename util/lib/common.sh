# What the scripts of this directory share.  Sourced, not run.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
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


as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}


# Whether somebody listens on that port of 127.0.0.1.

listening() {
    (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null
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


# What the caller names of the module's build, as nginx's build takes it: that
# runs in another directory.

for name in V8_INC V8_LIB INVOKE_NODE_LIB INVOKE_LLHTTP INVOKE_MIME_DB \
            INVOKE_NPM_LIB NGX_SRC
do
    if [ -n "${!name:-}" ]; then
        [ -d "${!name}" ] || die "$name is no directory: ${!name}"
        export "$name=$(realpath "${!name}")"
    fi
done


# The mirror that the system's own apt sources use.

mirror() {
    local uri

    uri=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' \
              'Created-By: Packages' 2>/dev/null \
          | awk -v release="$VERSION_CODENAME" \
                '$1 == release { print $2; exit }')

    echo "${uri:-http://deb.debian.org/debian}"
}


# Makes the directory "$1" a prefix for conf/nginx.conf, with the module "$2".
#
# A sample without npm packages is served from conf/functions itself, so that
# a change to it is seen; the others are where util/setup installed them.

make_prefix() {
    local prefix=$1 module=$2 dir name

    mkdir -p "$prefix"/{functions,logs,modules,temp}
    ln -sfn "$module" "$prefix/modules/ngx_invoke_module.so"

    find "$prefix/functions" -type l -delete

    for dir in "$ROOT"/conf/functions/*/; do
        name=$(basename "$dir")

        if grep -qs '"dependencies"' "$dir/package.json"; then
            dir=$BUILD/functions/$name
        fi

        ln -s "${dir%/}" "$prefix/functions/$name"
    done
}


# Workers of an nginx that root starts run as the checkout's owner, who can
# read it wherever it is: prints the directive for that.

user_option() {
    local user

    if [ "$(id -u)" = 0 ]; then
        user=$(stat -c '%U %G' "$ROOT")
        [ "${user#*UNKNOWN}" = "$user" ] || user="root root"
        echo "user $user;"
    fi
}


# Runs a command as a user that PostgreSQL takes.  The checkout may be where
# that user could not go.

as_user() {
    local user caps=+dac_override,+dac_read_search

    if [ "$(id -u)" != 0 ]; then
        "$@"
        return
    fi

    user=$(postgres_user)

    setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups \
            --inh-caps $caps --ambient-caps $caps "$@"
}


postgres_user() {
    local user

    user=$(stat -c %U "$ROOT")

    case $user in
        root|UNKNOWN) echo nobody ;;
        *)            echo "$user" ;;
    esac
}
