#!/bin/sh
# Clippy for macOS, of the programs, the unit tests and the stand-in vendors, where Rust's target is installed (`rustup target add
# aarch64-apple-darwin`): nothing is linked, and nothing runs. Where the target or a C compiler for it cannot be had, it says that
# this was left out.
set -eu
target=aarch64-apple-darwin

left_out() {
    printf '%s: %s; nothing was checked for macOS\n' "$0" "$1" >&2
    exit 0
}

[ -d "$(rustc --print target-libdir --target "$target")" ] || left_out "the target $target is not installed"
if [ "$(uname -s)" != Darwin ]; then
    mkdir -p "${CARGO_TARGET_DIR:-target}"
    tools=$(cd "${CARGO_TARGET_DIR:-target}" && pwd)/zig
    if [ ! -e "$tools/cc" ]; then
        python3 -m venv "$tools" || left_out 'python3 with venv is not there'
        "$tools/bin/pip" install --quiet 'ziglang==0.17.1' || left_out 'Zig cannot be had'
        # Without the flags that Zig does not know: it knows the target by another name.
        cat >"$tools/cc" <<END
#!/bin/sh
skip=
for word in "\$@"; do
    shift
    case \$skip\$word in
    -arch | -isysroot) skip=+ && continue ;;
    +*) skip= && continue ;;
    --target=* | -mmacosx-version-min=*) continue ;;
    esac
    set -- "\$@" "\$word"
done
exec "$tools/bin/python3" -m ziglang cc -target aarch64-macos "\$@"
END
        chmod +x "$tools/cc"
    fi
    export CC_aarch64_apple_darwin="$tools/cc" AR_aarch64_apple_darwin=ar
fi
cargo clippy --locked --target "$target" --lib --bins --example vendors --profile test -- -D warnings
