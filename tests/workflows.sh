#!/bin/sh
# Holds the workflows against the schema of those who run them.
set -eu

fail() {
    printf '%s: %s; the workflows were not checked\n' "$0" "$1" >&2
    exit 1
}

mkdir -p "${CARGO_TARGET_DIR:-target}"
tools=$(cd "${CARGO_TARGET_DIR:-target}" && pwd)/check-jsonschema
if [ ! -e "$tools/bin/check-jsonschema" ]; then
    python3 -m venv "$tools" || fail 'python3 with venv is not there: apt-get install python3-venv'
    "$tools/bin/pip" install --quiet --disable-pip-version-check 'check-jsonschema==0.39.0' ||
        fail 'check-jsonschema cannot be had'
fi
cd "$(dirname "$0")/.."
"$tools/bin/check-jsonschema" --builtin-schema vendor.github-workflows .github/workflows/*.yml
