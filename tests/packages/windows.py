"""Checks the manifests of Scoop and winget: `windows.py PLACE`, which holds manifests/, the archives and SHA256SUMS.

They must have the keys that their schemas require, and agree with each other and with the archive.
"""

import json
import re
import sys
import zipfile
from pathlib import Path

place = Path(sys.argv[1])
sums = dict(reversed(line.split()) for line in (place / "SHA256SUMS").read_text().splitlines())


def archive(url, sum):
    """What lies in the archive, if its sum is the one that is told."""
    name = url.split("/")[-1]
    assert sums[name] == sum and url.startswith("https://"), url
    return zipfile.ZipFile(place / name).namelist()


scoop = json.loads((place / "manifests/scoop/tokcli.json").read_text())
assert {"version", "description", "homepage", "license"} <= scoop.keys()
one = scoop["architecture"]["64bit"]
assert f"{one['extract_dir']}/{scoop['bin']}" in archive(one["url"], one["hash"])
auto = scoop["autoupdate"]["architecture"]["64bit"]
for key in ("url", "extract_dir"):
    assert auto[key].replace("$version", scoop["version"]) == one[key], key

winget = {}
for path in (place / "manifests/winget").iterdir():
    # Flat enough to be read without a YAML parser.
    keys = dict(re.findall(r"^[ -]*(\w+): \"?(.*?)\"?$", path.read_text(), re.MULTILINE))
    assert path.name.startswith(keys["PackageIdentifier"]) and keys["PackageVersion"] == scoop["version"], path
    winget[keys["ManifestType"]] = keys
required = {
    "version": ["DefaultLocale"],
    "installer": ["Architecture", "InstallerType", "NestedInstallerType", "RelativeFilePath"],
    "defaultLocale": ["PackageLocale", "Publisher", "PackageName", "License", "ShortDescription"],
}
assert winget.keys() == required.keys(), winget.keys()
for kind, keys in required.items():
    assert all(winget[kind].get(key) for key in keys), kind
assert len({keys["ManifestVersion"] for keys in winget.values()}) == 1
installer = winget["installer"]
assert installer["RelativeFilePath"].replace("\\", "/") in archive(installer["InstallerUrl"], installer["InstallerSha256"])
