# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which file may import what, as docs/dev/architecture.md shows it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parents[2] / "plugins"
PACKAGE = "ansible_collections.community.immuta.plugins."
#: Directory of module_utils -> those that it may import from, besides itself. "" is module_utils itself.
LAYERS = {"": set(), "_immuta": {""}, "_redshift": {""}, "_module": {"", "_immuta", "_redshift"}}
#: Packages that a layer must not reach, not even through other files.
OUT_OF_REACH = {"_immuta": {"ansible", "ansible_collections"}, "_redshift": {"requests", "urllib3"}}
#: Shared files that do not reach Ansible either.
WITHOUT_ANSIBLE = ["_context", "_environment", "_errors", "_files", "_options", "_redact", "_result", "_types"]
FILES = sorted(path for path in (PLUGINS / "module_utils").rglob("*.py") if path.name != "__init__.py")


def imported(path: Path, root: Path) -> set[str]:
    """Return what a file below ``root`` imports: files below ``root`` with dots, and the names of other packages."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = path.relative_to(root).parts[: -node.level] if node.level else ()
            module = ".".join([*package, *filter(None, [node.module])])
            if node.level or module.startswith(PACKAGE):
                found |= files_of(module.removeprefix(PACKAGE), [alias.name for alias in node.names], root)
            else:
                found.add(module.partition(".")[0])
    return found


def files_of(module: str, names: list[str], root: Path) -> set[str]:
    """Return the files that ``from module import names`` reads."""
    if file_of(module, root).is_file():
        return {module}
    return {f"{module}.{name}".removeprefix(".") for name in names}


def file_of(module: str, root: Path) -> Path:
    return root.joinpath(*module.split(".")).with_suffix(".py")


def reached(path: Path, root: Path) -> set[str]:
    """Return what a file imports, directly or through other files below ``root``."""
    found: set[str] = set()
    to_read = [path]
    while to_read:
        new = imported(to_read.pop(), root) - found
        found |= new
        to_read += [file_of(module, root) for module in new if file_of(module, root).is_file()]
    return found


def layer_of(module: str) -> str:
    """Return the layer of a file of module_utils, by its name with dots."""
    first = module.removeprefix("module_utils.").partition(".")[0]
    return first if first in LAYERS else ""


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(PLUGINS).with_suffix("").parts)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_each_layer_imports_only_what_is_below_it(path):
    layer = layer_of(name_of(path))
    ours = {name for name in imported(path, PLUGINS) if name.startswith(("module_utils.", "modules.", "plugin_utils."))}
    assert all(name.startswith("module_utils.") for name in ours)
    assert {layer_of(name) for name in ours} <= LAYERS[layer] | {layer}


@pytest.mark.parametrize("path", [path for path in FILES if path.parent.name in OUT_OF_REACH], ids=name_of)
def test_what_a_layer_does_not_reach(path):
    assert not reached(path, PLUGINS) & OUT_OF_REACH[path.parent.name]


@pytest.mark.parametrize("name", WITHOUT_ANSIBLE)
def test_shared_files_without_ansible(name):
    assert "ansible" not in reached(PLUGINS / "module_utils" / f"{name}.py", PLUGINS)


def test_an_indirect_import_is_found(tmp_path):
    (tmp_path / "_immuta").mkdir()
    files = {
        "_immuta/top": "from . import middle\n",
        "_immuta/middle": "def f():\n    from .._shared import something\n",
        "_shared": f"from {PACKAGE}bottom import other\nfrom ._shared import itself\n",
        "bottom": "import ansible.errors\n",
    }
    for name, text in files.items():
        (tmp_path / f"{name}.py").write_text(text)
    found = reached(tmp_path / "_immuta" / "top.py", tmp_path)
    assert found == {"_immuta.middle", "_shared", "bottom", "ansible"}


def test_only_one_file_imports_community_postgresql():
    sources = {path.name: path.read_text(encoding="utf-8") for path in PLUGINS.rglob("*.py")}
    assert [name for name, text in sources.items() if "community.postgresql.plugins" in text] == ["session.py"]
