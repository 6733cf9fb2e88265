#!/bin/sh
# Builds for Windows, and runs the unit tests and the stories of tests/windows under wine. Where Rust's target, mingw-w64, wine or
# python3 cannot be had, it says so, and nothing was tested. Arguments go to the test programs.
set -eu
target=x86_64-pc-windows-gnu
directory=$(cd "${CARGO_TARGET_DIR:-target}" && pwd)/windows

left_out() {
    printf '%s: %s; nothing was tested for Windows\n' "$0" "$1" >&2
    exit 0
}

if [ ! -d "$(rustc --print target-libdir --target "$target")" ]; then
    rustup target add "$target" || left_out "the target $target cannot be had"
fi
if ! command -v x86_64-w64-mingw32-gcc >/dev/null || ! [ -x /usr/lib/wine/wine64 ] || ! command -v python3 >/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq && apt-get install -qq --no-install-recommends gcc-mingw-w64-x86-64 wine64 wine python3 ||
            left_out 'mingw-w64, wine and python3 cannot be had'
    else
        left_out 'mingw-w64, wine and python3 are not all there: apt-get install gcc-mingw-w64-x86-64 wine64 wine python3'
    fi
fi

# Built first: what wine starts holds no more than it must.
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER=/usr/lib/wine/wine64 CARGO_INCREMENTAL=0
cargo test --locked --target "$target" --lib --test windows --no-run

mkdir -p "$directory"
export WINEPREFIX="$directory/prefix" WINEDEBUG=-all WINEDLLOVERRIDES='mscoree=;mshtml='
mkdir -p "$directory/hand"
export TOKCLI_TEST_HAND="Z:$directory/hand"
# Presses Ctrl-C for the program that has such a mark in its command line.
while sleep 0.02; do
    for asked in "$directory"/hand/*; do
        [ -e "$asked" ] || continue
        pkill -INT -f "tokcli.exe.*${asked##*/}" || :
        rm "$asked"
    done
done &
hand=$!
# The hand may have ended by itself.
trap 'kill "$hand" 2>/dev/null || :; wineserver -k || :' EXIT
trap 'exit 1' HUP INT TERM
# What it leaves running holds its output.
/usr/lib/wine/wine64 wineboot -i >/dev/null 2>&1 </dev/null
system="$WINEPREFIX/drive_c/windows/system32"
if [ ! -e "$system/bcryptprimitives.dll" ]; then
    x86_64-w64-mingw32-gcc -shared -O -o "$system/bcryptprimitives.dll" "$(dirname "$0")/windows/prng.c" -ladvapi32
fi
code=0
RUST_TEST_THREADS=${RUST_TEST_THREADS:-4} cargo test --locked --target "$target" --no-fail-fast --lib --test windows -- "$@" || code=$?
# Where a terminal is, wine has a console.
python3 "$(dirname "$0")/windows/console.py" /usr/lib/wine/wine64 "Z:${directory%/windows}/$target/debug/tokcli.exe" || code=$?
exit "$code"
