"""Makes the archive of a target: `archive.py TARGET PROGRAMS INTO`, where PROGRAMS is the directory of the built programs.

The same commit and programs make the same bytes: sorted, without owners, with the time of SOURCE_DATE_EPOCH. In Python,
because tar differs from platform to platform.
"""

import gzip
import io
import os
import sys
import tarfile
import time
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = ["*.md", "docs/*.*", "docs/dialects/*.md", "examples/vendors/README.md"]
FILES = [*PAGES, "LICENSE-*", "profiles.example.toml", "completions/*", "man/*"]


def main(target, programs, into):
    package = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]
    name = f"{package['name']}-{package['version']}-{target}"
    files = {path.relative_to(ROOT): (path, 0o644) for pattern in FILES for path in ROOT.glob(pattern)}
    for program in programs_of(target):
        files[Path(program)] = (Path(programs, program), 0o755)
    # Paths with `/`, on every platform.
    entries = sorted((f"{name}/{inside.as_posix()}", path, mode) for inside, (path, mode) in files.items())
    if "windows" in target:
        zipped(Path(into, f"{name}.zip"), entries)
    else:
        tarred(Path(into, f"{name}.tar.gz"), entries)


def programs_of(target):
    """The engine is for Linux only."""
    if "windows" in target:
        return ["tokcli.exe"]
    return ["tokcli", "tokcli-engine"] if "linux" in target else ["tokcli"]


def moment():
    return int(os.environ["SOURCE_DATE_EPOCH"])


def tarred(archive, entries):
    with open(archive, "wb") as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for inside, path, mode in entries:
                content = path.read_bytes()
                entry = tarfile.TarInfo(inside)
                entry.size, entry.mode, entry.mtime = len(content), mode, moment()
                tar.addfile(entry, io.BytesIO(content))


def zipped(archive, entries):
    with zipfile.ZipFile(archive, "w") as packed:
        for inside, path, mode in entries:
            entry = zipfile.ZipInfo(inside, time.gmtime(moment())[:6])
            # By default these depend on the platform that packs.
            entry.create_system, entry.external_attr = 3, mode << 16
            packed.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    main(*sys.argv[1:])
