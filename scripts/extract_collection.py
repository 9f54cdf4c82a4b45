# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Extracts one collection from a wheel of the ``ansible`` package and verifies it: no Galaxy server is needed."""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path


class CollectionError(Exception):
    """The wheel does not contain the requested collection, or the collection is damaged."""


def extract(wheel: Path, name: str, version: str, target: Path) -> Path:
    """Extract a collection, "namespace.name", into target/ansible_collections, and return its directory.

    The directory is created only after version and checksums were verified.
    """
    namespace, _dot, short = name.partition(".")
    prefix = f"ansible_collections/{namespace}/{short}/"
    final = target / prefix
    final.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target) as scratch:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(scratch, [entry for entry in archive.namelist() if entry.startswith(prefix)])
        directory = Path(scratch) / prefix
        check(directory, name, version)
        shutil.rmtree(final, ignore_errors=True)
        directory.rename(final)
    return final


def check(directory: Path, name: str, version: str) -> None:
    """Verify name and version of a collection in its manifest, and the checksums of its files."""
    manifest = directory / "MANIFEST.json"
    if not manifest.is_file():
        raise CollectionError(f"the wheel has no collection {name}")
    found = json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"]
    if found != version:
        raise CollectionError(f"the wheel has {name} {found}, not {version}")
    listed = json.loads((directory / "FILES.json").read_text(encoding="utf-8"))["files"]
    for entry in listed:
        path = directory / entry["name"]
        # The wheel does not contain tests, for example: a file may be missing, but none may differ.
        present = entry["ftype"] == "file" and path.is_file()
        if present and hashlib.sha256(path.read_bytes()).hexdigest() != entry["chksum_sha256"]:
            raise CollectionError(f"{name}: {entry['name']} differs from its checksum")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("name", help="namespace.name")
    parser.add_argument("version")
    parser.add_argument("target", type=Path, help="directory that gets ansible_collections/")
    options = parser.parse_args()
    try:
        extract(options.wheel, options.name, options.version, options.target)
    except (CollectionError, OSError, zipfile.BadZipFile) as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
