#!/bin/sh
# Tests the packages that `make packages` has put into the given directory: the manifests, the .rpm in an empty root, and the .deb in a
# Debian of its own, where it is also upgraded to the next version, which is built for that from the source archive. It needs root, and
# installs the programs that it needs. Where these or Debian cannot be had, it says so, and nothing was tested; with CI=true it fails.
set -eu
packages=$(cd "$1" && pwd)
place=$(mkdir -p "${CARGO_TARGET_DIR:-target}/packages-test" && cd "${CARGO_TARGET_DIR:-target}/packages-test" && pwd)
here=$(cd "$(dirname "$0")/packages" && pwd)

left_out() {
    printf '%s: %s; the packages were not tested\n' "$0" "$1" >&2
    [ "${CI-}" != true ] || exit 1
    exit 0
}

[ "$(id -u)" = 0 ] || left_out 'this needs root'
unshare --mount --pid --fork --net true || left_out 'this machine lets nobody have namespaces of their own'
missing=$(
    while read -r program package; do
        command -v "$program" >/dev/null || printf '%s ' "$package"
    done <<END
debootstrap debootstrap
rpm rpm
makepkg makepkg
pacman pacman-package-manager
fakeroot fakeroot
bsdtar libarchive-tools
ruby ruby
nix-instantiate nix-bin
END
)
if [ -n "$missing" ]; then
    sh -c "apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing" >"$place/apt.log" 2>&1 ||
        left_out "these packages of Debian cannot be had: $missing"
fi

# A Debian with the shells that complete and `man`. Made once.
if [ ! -e "$place/debian" ]; then
    rm -rf "$place/debian.part"
    debootstrap --variant=minbase --include=bash-completion,fish,iproute2,man-db,zsh bookworm "$place/debian.part" \
        >"$place/debootstrap.log" 2>&1 || left_out "Debian cannot be had (see $place/debootstrap.log)"
    mv "$place/debian.part" "$place/debian"
fi

sh "$here/manifests.sh" "$packages" "$place"
sh "$here/rpm.sh" "$packages" "$place"

# The next version. Optimised it would take minutes more, and nobody would see the difference.
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
next=${version%.*}.$((${version##*.} + 1))
rm -rf "$place/source" && mkdir "$place/source"
tar -xzf "$packages/tokcli-$version.tar.gz" -C "$place/source" --strip-components=1
sed -i "0,/^version = \"$version\"/s//version = \"$next\"/" "$place/source/Cargo.toml"
(
    cd "$place/source"
    export CARGO_TARGET_DIR="$place/build" CARGO_TERM_QUIET=true
    export CARGO_PROFILE_RELEASE_LTO=false CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 CARGO_PROFILE_RELEASE_OPT_LEVEL=0
    "$place/../tools/bin/cargo-deb" --quiet --output "$place/next.deb" >"$place/next.log" 2>&1 || {
        cat "$place/next.log" >&2
        exit 1
    }
)
# As the demo does.
CARGO_PROFILE_DEV_PANIC=unwind cargo build --quiet --locked --example vendors

trap 'rm -rf "$place/chroot"' EXIT
trap 'exit 1' HUP INT TERM
rm -rf "$place/chroot"
cp -a "$place/debian" "$place/chroot"
mkdir -p "$place/chroot/test/target/packages"
cp "$packages/tokcli_$version"-*.deb "$place/chroot/test/target/packages"
cp "$packages/tokcli_$version"-*.deb "$place/chroot/test/this.deb"
cp README.md "$place/next.deb" "$here/calls.sh" "$here/life.sh" "$place/../debug/examples/vendors" "$place/chroot/test"
# Without a network but loopback. Its processes and mounts end with it.
unshare --mount --pid --fork --kill-child --net sh -euc '
    mount -t proc proc "$1/proc"
    mount -t devpts devpts "$1/dev/pts"
    exec chroot "$1" sh -euc "ip link set lo up; exec sh /test/life.sh"
' - "$place/chroot"
