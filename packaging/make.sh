#!/bin/sh
# Makes the packages of the programs that were built, into the given directory: the .deb of the ordinary ones (glibc), a .rpm and an
# archive for each static target (musl), the source, SHA256SUMS, and the manifests whose archives are there.
set -eu
mkdir -p "$1"
into=$(cd "$1" && pwd)
built=$(cd "${CARGO_TARGET_DIR:-target}" && pwd)
cd "$(dirname "$0")/.."
PATH=$built/tools/bin:$PATH
# Files have the time of the commit, so that a second run makes the same bytes.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH

# What an earlier run left would get into the sums.
rm -rf "$into"/tokcli* "$into/SHA256SUMS" "$into/manifests"
cargo deb --quiet --locked --no-build --output "$into/"
for target in x86_64-unknown-linux-musl aarch64-unknown-linux-musl; do
    if [ -x "$built/$target/release/tokcli-engine" ]; then
        cargo generate-rpm --target "$target" --output "$into/"
        python3 packaging/archive.py "$target" "$built/$target/release" "$into"
    fi
done
name=tokcli-$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
git archive --prefix="$name/" HEAD | gzip -n -9 >"$into/$name.tar.gz"
(cd "$into" && sha256sum tokcli* >SHA256SUMS)
python3 packaging/manifests.py "$into"
