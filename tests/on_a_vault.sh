#!/bin/sh
# Runs the command that is given with `TOKCLI_TEST_VAULT`: the port of a vault in memory, which ends with it.
set -eu
place=$(mktemp -d)
vault=
finish() {
    [ -z "$vault" ] || kill "$vault"
    rm -rf "$place"
}
trap finish EXIT
trap 'exit 1' INT TERM
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
HOME=$place "${CARGO_TARGET_DIR:-target}/openbao/bao" server -dev -dev-no-store-token -dev-root-token-id=root \
    "-dev-listen-address=127.0.0.1:$port" >"$place/log" 2>&1 &
vault=$!
tries=0
until curl --silent --fail --output "$place/health" "http://127.0.0.1:$port/v1/sys/health"; do
    tries=$((tries + 1))
    if [ "$tries" -gt 300 ] || ! kill -0 "$vault" 2>"$place/gone"; then
        cat "$place/log" >&2
        exit 1
    fi
    sleep 0.1
done
TOKCLI_TEST_VAULT=$port "$@"
