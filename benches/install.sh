#!/bin/sh
# The programs that tokcli is measured with and against. As root or with CI=true it installs what is missing, otherwise
# it prints the command that does. It never fails: what cannot be had is reported as not measured.
# With arguments: only those programs.
set -eu

# The Debian packages of the programs that are missing.
missing() {
    while read -r program package; do
        [ $# = 0 ] || case " $* " in *" $program "*) ;; *) continue ;; esac
        # A shell may have a word of its own for it (`time`).
        env which "$program" >/dev/null || printf '%s ' "$package"
    done <<END
which debianutils
gnome-keyring-daemon gnome-keyring
secret-tool libsecret-tools
dbus-daemon dbus
gdbus libglib2.0-bin
curl curl
jq jq
xargs findutils
update-ca-certificates ca-certificates
keyctl keyutils
time time
strace strace
valgrind valgrind
musl-gcc musl-tools
pass pass
gpg gnupg
gh gh
oidc-token oidc-agent-cli
keyring python3-keyring
END
}

# What Debian does not have.
if [ $# = 0 ]; then
    sh "$(dirname "$0")/../tests/openbao.sh" "${CARGO_TARGET_DIR:-target}/openbao" ||
        echo "benches/install.sh: OpenBao cannot be had, and so is not measured" >&2
fi

packages=$(missing "$@")
[ -n "$packages" ] || exit 0

if ! command -v apt-get >/dev/null; then
    echo "benches/install.sh: not there, and so not measured: the programs of these Debian packages: $packages" >&2
    exit 0
fi

# One by one: a package that this system does not have must not keep the others away.
install="apt-get update; for package in ${packages% }; do \
DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \$package; done"

if [ "$(id -u)" = 0 ]; then
    sh -c "$install" || true
elif [ "${CI-}" = true ]; then
    sudo sh -c "$install" || true
else
    echo "benches/install.sh: some programs are missing, and so not measured; this installs them:" >&2
    echo "  sudo sh -c '$install'" >&2
fi
