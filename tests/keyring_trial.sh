#!/bin/sh
# A login is kept in the platform's keyring, refreshed, printed and forgotten, and nobody is asked anything. On macOS that is the
# Keychain; elsewhere a keyring must be there and unlocked.
set -eu
# As the tests and the demo build it.
CARGO_PROFILE_DEV_PANIC=unwind cargo build --locked --bins --example vendors
bin=$(cd "${CARGO_TARGET_DIR:-target}/debug" && pwd)
place=$(mktemp -d)
vendor=
finish() {
    code=$?
    trap - EXIT
    "$bin/tokcli" logout --local || code=1
    exec 3>&-
    [ -z "$vendor" ] || wait "$vendor" || :
    rm -rf "$place"
    exit "$code"
}
mkfifo "$place/open"
"$bin/examples/vendors" serve --dir "$place" <"$place/open" >"$place/ready" &
vendor=$!
exec 3>"$place/open"
until grep -q '^ready' "$place/ready"; do sleep 0.1; done
origin=$(sed -n 's/^ *"origin": "\(.*\)",\{0,1\}$/\1/p' "$place/huawei-isales.json")
export TOKCLI_STATE_DIR="$place/state" TOKCLI_CONFIG="$place/profiles.toml"
cat >"$TOKCLI_CONFIG" <<END
[profiles.keyring-trial]
dialect = "huawei-isales"
base_url = "$origin"
END
trap finish EXIT
trap 'exit 1' INT TERM
"$bin/tokcli" import --answer --obtained-at now <"$place/huawei-isales.answer.json"
first=$("$bin/tokcli" refresh)
[ "$("$bin/tokcli" token --no-cache)" = "$first" ]
[ "$("$bin/tokcli" refresh)" != "$first" ]
"$bin/tokcli" status
