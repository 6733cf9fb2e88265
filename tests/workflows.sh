#!/bin/sh
# Holds the workflows against the schema of those who run them.
set -eu
mkdir -p "${CARGO_TARGET_DIR:-target}"
tools=$(cd "${CARGO_TARGET_DIR:-target}" && pwd)/check-jsonschema
if [ ! -e "$tools/bin/check-jsonschema" ]; then
    python3 -m venv "$tools"
    "$tools/bin/pip" install --quiet --disable-pip-version-check 'check-jsonschema==0.39.0'
fi
cd "$(dirname "$0")/.."
"$tools/bin/check-jsonschema" --builtin-schema vendor.github-workflows .github/workflows/*.yml
