#!/bin/sh
# Installs the .rpm for this machine into an empty root, and runs the programs there. Usage: rpm.sh PACKAGES PLACE.
set -eu
root=$2/rpm-root
package=$(ls "$1"/*."$(uname -m)".rpm)

fail() {
    printf 'packages: FAILED: %s: %s\n' "${package##*/}" "$1" >&2
    exit 1
}

# Static programs need nothing but rpm itself.
rpm --query --package --requires "$package" 2>/dev/null | grep -v '^rpmlib(' && fail 'it requires something'
rm -rf "$root" && mkdir -p "$root"
# Debian's rpm installs nothing without --force-debian, and the empty root has nothing to depend on.
in_root() { rpm --root "$root" --dbpath /var/lib/rpm --force-debian --nodeps "$@"; }
in_root --install --nosignature "$package"
in_root --verify tokcli || fail 'not all is as it was packed'
version=$(rpm --query --package --nosignature --queryformat '%{VERSION}' "$package")
[ "$(chroot "$root" /usr/bin/tokcli --version)" = "tokcli $version" ] || fail 'the version is another one'
chroot "$root" /usr/bin/tokcli dialect list >"$2/dialects" || fail 'the engine does not run'
in_root --erase tokcli
# Its directories stay: cargo-generate-rpm packs files only.
[ -z "$(find "$root" -path '*tokcli*' ! -type d)" ] || fail 'it leaves files behind'
rm -rf "$root"
echo "packages: ${package##*/}: installed, run, verified, removed"
