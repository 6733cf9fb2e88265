#!/bin/sh
# A login is kept in the platform's keyring, refreshed, printed and forgotten, and nobody is asked anything. On macOS that is the
# Keychain; elsewhere a keyring must be there and unlocked. On macOS, if CI is set, the timer is installed and removed as well.
set -eu
# As the tests and the demo build it.
CARGO_PROFILE_DEV_PANIC=unwind cargo build --locked --bins --example vendors
bin=$(cd "${CARGO_TARGET_DIR:-target}/debug" && pwd)
place=
vendor=
timer=
finish() {
    code=$?
    trap - EXIT
    [ -z "$timer" ] || "$bin/tokcli" keepalive remove || code=1
    # Before there is this configuration, it could be a person's own login.
    if [ -n "$place" ] && [ -e "$place/profiles.toml" ]; then
        "$bin/tokcli" logout --local || code=1
    fi
    if [ -n "$vendor" ]; then
        exec 3>&-
        kill "$vendor" 2>/dev/null || : # It may have ended by itself: its standard input closed.
        wait "$vendor" 2>/dev/null || :
    fi
    [ -z "$place" ] || rm -rf "$place"
    exit "$code"
}
fail() {
    printf '%s: %s\n' "$0" "$1" >&2
    exit 1
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

place=$(mktemp -d)
mkfifo "$place/open"
"$bin/examples/vendors" serve --dir "$place" <"$place/open" >"$place/ready" 2>"$place/complaint" &
vendor=$!
exec 3>"$place/open"
tries=0
until grep -qs '^ready' "$place/ready"; do
    tries=$((tries + 1))
    if [ "$tries" -gt 100 ] || ! kill -0 "$vendor" 2>/dev/null; then
        fail "the stand-in vendors did not start: $(cat "$place/complaint")"
    fi
    sleep 0.1
done
origin=$(sed -n 's/^ *"origin": "\(.*\)",\{0,1\}$/\1/p' "$place/huawei-isales.json")
unset TOKCLI_PROFILE
export TOKCLI_STATE_DIR="$place/state" TOKCLI_CONFIG="$place/profiles.toml"
cat >"$TOKCLI_CONFIG" <<END
[profiles.keyring-trial]
dialect = "huawei-isales"
base_url = "$origin"
END
"$bin/tokcli" import --answer --obtained-at now <"$place/huawei-isales.answer.json"
first=$("$bin/tokcli" refresh)
[ "$("$bin/tokcli" token --no-cache)" = "$first" ]
[ "$("$bin/tokcli" refresh)" != "$first" ]
"$bin/tokcli" status

# A person may have a timer of their own, and there is one at a time.
if [ "$(uname -s)" = Darwin ] && [ -n "${CI-}" ]; then
    timer=installed
    "$bin/tokcli" keepalive install
    "$bin/tokcli" keepalive status >"$place/standing"
    cat "$place/standing"
    grep -q '^timer: launchd' "$place/standing" || fail 'the timer is not there'
    grep -q '^works: yes' "$place/standing" || fail 'the timer does not work'
    "$bin/tokcli" keepalive remove
    timer=
    "$bin/tokcli" keepalive status >"$place/standing"
    grep -q '^timer: none' "$place/standing" || fail 'the timer is still there'
fi
