"""Writes the manifests of package managers: `manifests.py PLACE`, where PLACE holds SHA256SUMS of the archives; into PLACE/manifests.

In the templates `@NAME@` is a value of Cargo.toml, and `@sha256 FILE@` the checksum of an archive, whose name may contain
values, too. A folder of templates is left out, with a message, if one of its archives is missing.
"""

import re
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent


def main(place):
    known = described()
    sums = dict(reversed(line.split()) for line in (place / "SHA256SUMS").read_text().splitlines())
    for folder in sorted((HERE / "templates").iterdir()):
        into = place / "manifests" / folder.name
        try:
            texts = {filled(path.name, known, sums): filled(path.read_text(), known, sums) for path in folder.iterdir()}
        except LookupError as missing:
            print(f"{sys.argv[0]}: {folder.name} was not written: there is no {missing.args[0]}", file=sys.stderr)
            continue
        into.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (into / name).write_text(text)


def described():
    """The values for the templates. They contain nothing that any of these languages would have quoted."""
    package = tomllib.loads((HERE.parent / "Cargo.toml").read_text())["package"]
    known = {name: value for name, value in package.items() if isinstance(value, str)}
    known["owner"] = package["repository"].split("/")[-2]
    known["maintainer"] = package["authors"][0]
    known["author"] = known["maintainer"].split(" <")[0]
    odd = [name for name, value in known.items() if re.search(r"[\"'\\$#\n]", value)]
    if odd:
        sys.exit(f"{sys.argv[0]}: {', '.join(odd)}: a character that would have to be quoted")
    licences = known["license"].split(" OR ")
    known["license-words"] = ", ".join(f'"{licence}"' for licence in licences)
    known["license-bars"] = "|".join(licences)
    return known


def filled(text, known, sums):
    text = re.sub(r"@([a-z-]+)@", lambda name: known[name[1]], text)
    return re.sub(r"@sha256 (\S+)@", lambda file: sums[file[1]], text)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
