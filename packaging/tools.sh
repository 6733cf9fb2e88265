#!/bin/sh
# Installs the given cargo tools into target/tools: silent if they are there in these versions. Each takes minutes to build, once.
set -eu
tools=$(mkdir -p "${CARGO_TARGET_DIR:-target}" && cd "${CARGO_TARGET_DIR:-target}" && pwd)/tools

for tool; do
    case $tool in
    cargo-cyclonedx) version=0.5.9 ;;
    cargo-deb) version=3.8.0 ;;
    cargo-deny) version=0.20.2 ;;
    cargo-generate-rpm) version=0.21.1 ;;
    *) echo "$0: there is no version for $tool" >&2 && exit 2 ;;
    esac
    # cargo's own list of what is installed.
    if ! grep -q "^\"$tool $version " "$tools/.crates.toml" 2>/dev/null; then
        cargo install --quiet --locked --target-dir "$tools/build" --root "$tools" --version "$version" "$tool"
        rm -rf "$tools/build"
    fi
done
