#!/bin/sh
# Checks the manifests: with makepkg and Nix themselves, and by what Homebrew, Scoop and winget expect. Usage: manifests.sh PACKAGES
# PLACE. Archives that were not built are made with empty programs, since only their names, files and checksums count here.
set -eu
packages=$1
place=$2/manifests
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."

fail() {
    printf 'packages: FAILED: %s\n' "$1" >&2
    exit 1
}

rm -rf "$place" && mkdir -p "$place/programs"
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
touch "$place/programs/tokcli" "$place/programs/tokcli-engine" "$place/programs/tokcli.exe"
for target in aarch64-unknown-linux-musl aarch64-apple-darwin x86_64-apple-darwin x86_64-pc-windows-msvc; do
    python3 packaging/archive.py "$target" "$place/programs" "$place"
done
cp "$packages"/tokcli-*.tar.gz "$place"
(cd "$place" && sha256sum tokcli-* >SHA256SUMS)
said=$(python3 packaging/manifests.py "$place" 2>&1) || fail "$said"
[ -z "$said" ] || fail "$said"

# makepkg does not run as root.
chown -R nobody "$place"
for package in tokcli tokcli-bin; do
    folder=$place/manifests/aur-$package
    as_nobody() { (cd "$folder" && setpriv --reuid nobody --clear-groups env HOME="$place" PKGEXT=.pkg.tar.gz PKGDEST="$place" "$@"); }
    as_nobody makepkg --printsrcinfo >"$place/srcinfo" || fail "makepkg does not read $package"
    diff "$place/srcinfo" "$folder/.SRCINFO" || fail "the .SRCINFO of $package is another one than makepkg's"
    # What lies there is not downloaded.
    ln "$place"/tokcli-*.tar.gz "$folder"
    as_nobody makepkg --verifysource --nodeps >"$place/makepkg.log" 2>&1 || fail "a sum of $package: $(cat "$place/makepkg.log")"
done
as_nobody makepkg --nodeps >"$place/makepkg.log" 2>&1 || fail "makepkg: $(cat "$place/makepkg.log")"
bsdtar -tf "$place"/tokcli-bin-*.pkg.tar.gz >"$place/packed"
for file in usr/bin/tokcli usr/bin/tokcli-engine usr/share/bash-completion/completions/tokcli usr/share/man/man1/tokcli.1.gz; do
    grep -qx "$file" "$place/packed" || fail "tokcli-bin lacks $file"
done

ruby "$here/formula.rb" "$place" || fail 'the formula'
python3 "$here/windows.py" "$place" || fail 'the manifests for Windows'

# With a stub of nixpkgs that returns what it was asked for: nothing is built.
nix-instantiate --eval --strict --json --expr "import $here/nixpkgs.nix" >"$place/flake.json" 2>"$place/nix.log" ||
    fail "flake.nix: $(cat "$place/nix.log")"
python3 - "$place/flake.json" <<'END' || fail 'flake.nix'
import json, sys, tomllib

asked = json.load(open(sys.argv[1]))
package = tomllib.load(open("Cargo.toml", "rb"))["package"]
assert asked["version"] == package["version"] and asked["pname"] == package["name"], asked
assert asked["meta"]["homepage"] == package["homepage"] and asked["meta"]["description"] == package["description"], asked
END
echo 'packages: manifests: makepkg reads both of AUR and packs tokcli-bin; those of Homebrew, Scoop, winget and Nix are right'
