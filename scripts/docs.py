# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write every file, or part of a file, that repeats what another one says: ``make docs``.

The sources are the documentation fragments, the argument specs of the modules, and ``scripts/role_options.yml``. The
parts of a file that are generated are between two comments, ``begin: NAME (make docs)`` and ``end: NAME``.
``tests/unit/test_generated.py`` fails if a file differs from what this makes.
"""

from __future__ import annotations

import re
import textwrap
import typing as t
from pathlib import Path

import yaml

from ansible_collections.community.immuta.plugins.doc_fragments import (
    _immuta_connection,
    _integration_settings,
    _redshift_login,
)
from ansible_collections.community.immuta.plugins.module_utils import _options
from ansible_collections.community.immuta.plugins.modules import redshift_fleet_report, redshift_integration
from scripts.inventory_schema import inventory_schema as schema_of

ROOT = Path(__file__).parents[1]
Rows = dict[str, dict[str, t.Any]]

PREFIX = "redshift_integration_"
ROLE = "roles/redshift_integration"
HEADER = """---
# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Made by "make docs". Do not edit.
"""
_ENVIRONMENT = re.compile(r"If [^.]* environment variable E\((\w+)\) is used[^.]*\.")
_MARKUP = re.compile(r"\b([OVCEI])\(([^)]*)\)")


def load(path: str) -> t.Any:
    """Return a YAML file of the repository."""
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


# The options of the role


def sections() -> dict[str, Rows]:
    """Return the options of the role by section, in the form of an argument spec, without the prefix."""
    own = load("scripts/role_options.yml")
    module = redshift_integration.argument_spec()
    documented = yaml.safe_load(redshift_integration.DOCUMENTATION)["options"]
    of_module = {
        "immuta": _fragment(_immuta_connection),
        "settings": _fragment(_integration_settings),
        "state": documented,
    }
    found = {name: {key: _of_module(row, module[key]) for key, row in rows.items()} for name, rows in of_module.items()}
    for rows in found.values():
        for name, row in rows.items():
            row["description"] = [*row["description"], *own["additions"].get(name, [])]
            row.update({"default": own["defaults"][name]} if name in own["defaults"] else {})
    return {**found, "login": _of_login(own["login"]), "scripts": own["scripts"]}


def _fragment(module: t.Any) -> Rows:
    options: Rows = yaml.safe_load(module.ModuleDocFragment.DOCUMENTATION)["options"]
    return options


def _of_module(documented: dict[str, t.Any], spec: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return an option of the module as one of the role: without default, since the module has it."""
    texts = documented["description"]
    row: dict[str, t.Any] = {"description": [texts] if isinstance(texts, str) else texts, "type": spec["type"]}
    row.update({key: spec[key] for key in ("choices", "no_log") if spec.get(key)})
    if "options" in spec:
        inner = documented["suboptions"]
        row["options"] = {name: _suboption(inner[name], each) for name, each in spec["options"].items()}
    return row


def _suboption(documented: dict[str, t.Any], spec: dict[str, t.Any]) -> dict[str, t.Any]:
    return {**_of_module(documented, spec), **({"required": True} if spec.get("required") else {})}


def _of_login(rows: Rows) -> Rows:
    """Return the options for the login, completed by those of the modules."""
    documented, specs = _fragment(_redshift_login), _options.LOGIN
    found = {name: {**_like_module(specs.get(name, {})), **row} for name, row in rows.items()}
    for name, row in found.items():
        if "options" in specs.get(name, {}):
            row["options"] = _of_module(documented[name], specs[name])["options"]
    return found


def _like_module(spec: dict[str, t.Any]) -> dict[str, t.Any]:
    return {key: spec[key] for key in ("type", "choices", "no_log") if spec.get(key)}


def role_options() -> Rows:
    """Return all options of the role, without the prefix."""
    return {name: row for rows in sections().values() for name, row in rows.items()}


# YAML


class _Dumper(yaml.SafeDumper):
    """Writes lists indented, as yamllint and ansible-lint want them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def dump(data: t.Any) -> str:
    """Return data as YAML in the style of the repository."""
    text = yaml.dump(data, Dumper=_Dumper, sort_keys=False, width=10_000, allow_unicode=True)
    return "".join(f"{_wrap(line)}\n" for line in text.splitlines())


def _wrap(line: str) -> str:
    """Return a line of YAML broken into lines that are short enough. PyYAML breaks only after a word is too long."""
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    parts = textwrap.wrap(
        line, 120, subsequent_indent=indent, drop_whitespace=True, break_long_words=False, break_on_hyphens=False
    )
    return "\n".join(parts)


def argument_specs(_old: str) -> str:
    """Return meta/argument_specs.yml of the role."""
    own = load("scripts/role_options.yml")
    main = {
        "short_description": own["short_description"],
        "description": own["description"],
        "author": ["The community.immuta authors (@ansible-collections)"],
        "version_added": "1.0.0",
        "options": {PREFIX + name: _specified(row) for name, row in role_options().items()},
    }
    return HEADER + "\n" + dump({"argument_specs": {"main": main}})


def _specified(row: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return an option as the specification of the role has it.

    Without ``no_log``: with it, ansible-core before 2.19 refuses inline ``!vault`` values. The validation shows no
    value of these options, and the modules have ``no_log``.
    """
    keys = ("description", "type", "required", "choices", "default", "options")
    ordered = {key: row[key] for key in keys if key in row}
    ordered["description"] = [re.sub(r"\bO\((?=\w)", f"O({PREFIX}", text) for text in row["description"]]
    if "options" in ordered:
        ordered["options"] = {name: _specified(option) for name, option in ordered["options"].items()}
    return ordered


def defaults(_old: str) -> str:
    """Return defaults/main.yml of the role."""
    values = {PREFIX + name: row["default"] for name, row in role_options().items() if "default" in row}
    note = "# Options of the modules have no default here: what is not specified is left to them, and to Immuta."
    return f"{HEADER}{note}\n\n{dump(values)}"


# The README of the role


def role_readme(old: str) -> str:
    """Return README.md of the role with its tables."""
    text = old
    for name, rows in sections().items():
        text = replace(text, name, "\n" + _table(name, rows) + "\n", "<!-- {} -->")
    return text


def _table(section: str, rows: Rows) -> str:
    module = redshift_integration.argument_spec()
    lines = ["| variable | type | default | environment | meaning |", "| --- | --- | --- | --- | --- |"]
    for name, row in rows.items():
        default = row.get("default", module.get(name, {}).get("default") if section != "login" else None)
        shown = "" if default is None else f"`{_literal(default)}`"
        shown += " (module)" if shown and "default" not in row else ""
        cells = [f"`_{name}`", _type(row), shown, _variable(row), _meaning(row)]
        lines.append("| " + " | ".join(cells).replace("|  |", "| |").replace("|  |", "| |") + " |")
    return "\n".join(lines) + "\n"


def _literal(value: t.Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _type(row: dict[str, t.Any]) -> str:
    choices = ", ".join(f"`{choice}`" for choice in row.get("choices", []))
    return f"{row['type']}: {choices}" if choices else str(row["type"])


def _variable(row: dict[str, t.Any]) -> str:
    found = _ENVIRONMENT.search(" ".join(row["description"]))
    return f"`{found[1]}`" if found else ""


def _meaning(row: dict[str, t.Any]) -> str:
    """Return the description in Markdown, without the environment variable, which has its own column."""
    texts = [text for text in row["description"] if not (_ENVIRONMENT.fullmatch(text) and "O(" not in text)]
    if "options" in row:
        keys = [f"`{name}`{' (required)' if each.get('required') else ''}" for name, each in row["options"].items()]
        texts.append(f"Keys: {', '.join(keys)}.")
    return _MARKUP.sub(lambda found: f"`{'_' if found[1] == 'O' else ''}{found[2]}`", " ".join(texts))


# Parts of files


def replace(text: str, name: str, content: str, comment: str) -> str:
    """Return a text whose part of this name has a new content.

    :param comment: how the format of the file writes a comment
    """
    begin, end = (
        re.escape(comment.format(f"{word}: {name}{more}")) for word, more in (("begin", " (make docs)"), ("end", ""))
    )
    pattern = re.compile(rf"(^[ \t]*{begin}\n).*?(^[ \t]*{end}$)", re.DOTALL | re.MULTILINE)
    if not pattern.search(text):
        raise SystemExit(f"There is no part {name}: it is between the comments of scripts/docs.py.")
    return pattern.sub(lambda found: found[1] + content + found[2], text)


# The JSON schema of inventories

#: The options of redshift_fleet_report that are variables of the playbook report.
REPORT_OPTIONS = ("dest", "formats", "ignore", "fail_on")


def inventory_schema(_old: str) -> str:
    """Return docs/inventory-schema.json."""
    documented = yaml.safe_load(redshift_fleet_report.DOCUMENTATION)["options"]
    spec = redshift_fleet_report.argument_spec()
    report = {name: _of_report(documented[name], spec[name]) for name in REPORT_OPTIONS}
    return schema_of(PREFIX, {PREFIX: role_options(), "report_": report})


def _of_report(documented: dict[str, t.Any], spec: dict[str, t.Any]) -> dict[str, t.Any]:
    return {**_of_module(documented, spec), **{key: spec[key] for key in ("elements", "default") if key in spec}}


#: Every file that is generated as a whole or in part, and what makes it of the file as it is.
GENERATED: dict[str, t.Callable[[str], str]] = {
    f"{ROLE}/meta/argument_specs.yml": argument_specs,
    f"{ROLE}/defaults/main.yml": defaults,
    f"{ROLE}/README.md": role_readme,
    "docs/inventory-schema.json": inventory_schema,
}


def main() -> None:
    """Write what differs."""
    for path, make in GENERATED.items():
        file = ROOT / path
        old = file.read_text(encoding="utf-8") if file.exists() else ""
        new = make(old)
        if new != old:
            file.write_text(new, encoding="utf-8")
            print(f"wrote {path}")


if __name__ == "__main__":
    main()
