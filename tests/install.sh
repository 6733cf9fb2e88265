#!/bin/sh
# Makes sure that the programs which the tests drive are there: silent if they are. As root or with CI=true it
# installs what is missing, otherwise it prints the command that does and fails: a test is never skipped for want
# of a program. With `real`, also what tests/real/install.sh needs. OpenBao, which Debian does not have, goes into cargo's target
# directory.
set -eu
what=${1-}

# The Debian packages of the programs and of the library that are missing.
missing() {
    while read -r program package; do
        command -v "$program" >/dev/null || printf '%s ' "$package"
    done <<END
gnome-keyring-daemon gnome-keyring
secret-tool libsecret-tools
dbus-daemon dbus
gdbus libglib2.0-bin
strace strace
prlimit util-linux
keyctl keyutils
keepassxc keepassxc
zsh zsh
fish fish
ksh ksh
mksh mksh
busybox busybox
perl perl
setpriv util-linux
systemd-analyze systemd
systemd-creds systemd
curl curl
age age
openssl openssl
END
    # Debian has the two apart from python3 itself.
    python3 -c 'import ensurepip, venv' 2>/dev/null || printf 'python3-venv '
    if [ "$what" = real ]; then
        while read -r program package; do
            command -v "$program" >/dev/null || printf '%s ' "$package"
        done <<END
setpriv util-linux
ip iproute2
ssh openssh-client
chromium chromium
skopeo skopeo
docker-registry docker-registry
git git
direnv direnv
glewlwyd dbconfig-sqlite3 glewlwyd
doveadm dovecot-core
mbsync isync
msmtp msmtp
neomutt neomutt
mutt mutt
getmail getmail6
offlineimap offlineimap3
aerc aerc
crontab cron
podman podman
runc runc
END
        # What no command stands for: servers of dovecot, a part of git, and a mechanism of Cyrus SASL.
        while read -r file package; do
            ls $file >/dev/null 2>&1 || printf '%s ' "$package"
        done <<END
/usr/sbin/sshd openssh-server
/usr/lib/dovecot/imap dovecot-imapd
/usr/lib/dovecot/submission dovecot-submissiond
/usr/lib/git-core/git-send-email git-email
/usr/share/perl5/Mail/Address.pm libmailtools-perl
/usr/share/perl5/Email/Valid.pm libemail-valid-perl
/usr/lib/*/sasl2/libkdexoauth2.so* libsasl2-modules-kdexoauth2
END
    fi
    # A library is no command.
    for file in /usr/lib/libnss_wrapper.so /usr/lib64/libnss_wrapper.so /usr/lib/*/libnss_wrapper.so; do
        [ ! -e "$file" ] || return 0
    done
    printf 'libnss-wrapper '
}

openbao() {
    exec sh "$(dirname "$0")/openbao.sh" "${CARGO_TARGET_DIR:-target}/openbao"
}

packages=$(missing)
[ -n "$packages" ] || openbao

if ! command -v apt-get >/dev/null; then
    echo "tests/install.sh: the tests need the programs of these Debian packages: $packages" >&2
    exit 1
fi

# A fresh container has no package lists, so these come first.
install="apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ${packages% }"

if [ "$(id -u)" = 0 ]; then
    sh -c "$install"
elif [ "${CI-}" = true ]; then
    sudo sh -c "$install"
else
    echo "tests/install.sh: the tests need more programs; this installs them:" >&2
    echo "  sudo sh -c '$install'" >&2
    exit 1
fi

packages=$(missing)
if [ -n "$packages" ]; then
    echo "tests/install.sh: still missing after the installation: $packages" >&2
    exit 1
fi
openbao
