#!/bin/sh
# Builds for arm64 Linux (musl), and runs the demo with it under an emulator: import, refresh, tokens at hand, all vendors of the
# demo. Where Rust's target, the compiler, the emulator or a namespace of its own cannot be had, it says so, and nothing was tested.
set -eu
target=aarch64-unknown-linux-musl
directory=$(mkdir -p "${CARGO_TARGET_DIR:-target}" && cd "${CARGO_TARGET_DIR:-target}" && pwd)

left_out() {
    printf '%s: %s; nothing was tested for arm64\n' "$0" "$1" >&2
    exit 0
}

unshare --user --map-root-user --mount true || left_out 'this machine lets nobody have a namespace of their own'
if [ ! -d "$(rustc --print target-libdir --target "$target")" ]; then
    rustup target add "$target" || left_out "the target $target cannot be had"
fi
if ! command -v qemu-aarch64-static >/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq && apt-get install -qq --no-install-recommends qemu-user-static ||
            left_out 'the emulator cannot be had'
    else
        left_out 'the emulator is not there: apt-get install qemu-user-static'
    fi
fi

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
trap 'exit 1' HUP INT TERM
# In a namespace of its own the kernel is told which program runs those of arm64: `tokcli` starts its engine by itself.
cat >"$place/run.sh" <<'END'
set -eu
mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
magic='\x7f\x45\x4c\x46\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
printf '%s' ":arm64:M::$magic:$mask:$(command -v qemu-aarch64-static):F" >/proc/sys/fs/binfmt_misc/register
exec "$@"
END
with_emulator() {
    unshare --user --map-root-user --mount sh "$place/run.sh" "$@"
}
# Tried by itself: what fails behind it is a failure of the demo.
with_emulator true || left_out 'this kernel lets no namespace have an emulator of its own'

# Zig is the C compiler: it has a musl for each target.
tools=$directory/arm64-tools
if [ ! -x "$tools/bin/cargo-zigbuild" ]; then
    python3 -m venv "$tools" || left_out 'python3 with venv is not there'
    "$tools/bin/pip" install --quiet 'cargo-zigbuild==0.24.1' 'ziglang==0.17.1' || left_out 'Zig cannot be had'
fi
PATH="$tools/bin:$PATH" cargo zigbuild --locked --target "$target" --bins
CARGO_PROFILE_DEV_PANIC=unwind cargo build --locked --example vendors

mkdir "$place/examples"
cp "$directory/$target/debug/tokcli" "$directory/$target/debug/tokcli-engine" "$place"
cp "$directory/debug/examples/vendors" "$place/examples"
with_emulator sh examples/demo.sh "$place"
