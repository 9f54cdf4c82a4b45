# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the page of figures from what the tests measured: ``python -m tests.tools.figures``."""

from __future__ import annotations

import argparse
import collections
import contextlib
import io
import json
import os
import platform
import re
import sys
import typing as t
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).parents[2]
#: where the tests write what they measured, one file for each group of figures
DIRECTORY = ROOT / ".cache" / "figures"
PAGE = ROOT / "docs" / "dev" / "FIGURES.md"
SUITES = {
    "unit": "unit tests (`make unit`)",
    "integration": "integration tests (`make integration`)",
    "slow": "slow integration tests (`make slow`)",
    "hard": "hard integration tests (`make hard`)",
    "matrix": "tests of secrets, for each ansible-core and driver (`make matrix`)",
}
#: files whose tests kill a run and run it again
KILLED = ("test_resume.py", "test_resume_sql.py")

Figures = dict[str, t.Any]
Sections = dict[str, Figures]

HEAD = """# Figures

Made by `make figures`; do not edit. The first part shows what pytest counts in this checkout. The rest was measured by
the tests themselves in their last run (`make test slow hard fuzz`), here on {machine}.
Times and memory vary from machine to machine; no test depends on them.
"""


def keep(name: str, values: Figures) -> None:
    """Store figures of a test for the page, in addition to those that its group already has.

    Each worker of pytest-xdist writes its own file; the counts of one run are added up.
    """
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", "")
    path = DIRECTORY / f"{re.sub(r'[^a-z0-9]+', '_', name.lower())}.{worker}.json"
    old = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    known = old["values"] if old.get("run") == run else {}
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps({"name": name, "run": run, "values": {**known, **values}}, indent=1), encoding="utf-8")
    draft.replace(path)


def measured(directory: Path) -> Sections:
    """Return what the tests stored, by group: the sum over the workers of the last run that has it."""
    found: Sections = {}
    runs: dict[tuple[str, str], str] = {}
    for path in sorted(directory.glob("*.json"), key=lambda file: file.stat().st_mtime_ns):
        data = json.loads(path.read_text(encoding="utf-8"))
        section = found.setdefault(data["name"], {})
        for key, value in data["values"].items():
            same_run = runs.get((data["name"], key)) == data["run"]
            section[key] = _sum(section[key], value) if same_run else value
            runs[data["name"], key] = data["run"]
    return dict(sorted(found.items()))


def _sum(one: t.Any, other: t.Any) -> t.Any:
    """Add up counters, and structures of them; texts stay."""
    if isinstance(one, dict):
        return {
            key: _sum(one[key], other[key]) if key in one and key in other else {**other, **one}[key]
            for key in sorted({*one, *other})
        }
    return one if isinstance(one, str) else round(one + other, 1)


class _Collector:
    """Sees what pytest collects."""

    def __init__(self) -> None:
        self.items: list[pytest.Item] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Called by pytest."""
        self.items = list(session.items)


def collected() -> list[pytest.Item]:
    """Return all tests.

    :raises RuntimeError: they cannot be collected
    """
    collector, said = _Collector(), io.StringIO()
    directories = [str(ROOT / "tests" / name) for name in ("unit", "integration")]
    with contextlib.redirect_stdout(said):
        code = pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", *directories], plugins=[collector])
    if code != 0:
        raise RuntimeError(f"pytest could not collect the tests:\n{said.getvalue()[-2000:]}")
    return collector.items


def counted(items: t.Sequence[pytest.Item]) -> Sections:
    """Return the figures that need no run."""
    suites = collections.Counter(_suite(item) for item in items)
    return {
        "tests": {label: suites[name] for name, label in SUITES.items()},
        "kill points": _kill_points(items),
        "secrets": _marks(),
        "generated examples": _examples(items),
    }


def _suite(item: pytest.Item) -> str:
    if "integration" not in item.path.relative_to(ROOT).parts:
        return "unit"
    return next((name for name in ("matrix", "slow", "hard") if item.get_closest_marker(name)), "integration")


def _kill_points(items: t.Sequence[pytest.Item]) -> Figures:
    from tests.integration.lifecycle import test_resume, test_resume_sql  # they need the lab's libraries

    return {
        "requests to Immuta after which a run is killed": len(test_resume.POINTS),
        "statements in Redshift after which a run is killed": len(test_resume_sql.ALL),
        "tests that kill a run and run it again": sum(item.path.name in KILLED for item in items),
    }


def _marks() -> Figures:
    from tests.integration.secrets.test_secrets import MARKS, REGISTERED
    from tests.integration.support.watch import forms  # they need the lab's libraries

    return {
        "secrets that are looked for in each run (with the API key and the privileged password)": len(MARKS) + 2,
        "forms of each (as it is, percent-encoded, base64, hexadecimal, reversed, quoted)": max(
            len(forms(mark)) for mark in MARKS.values()
        ),
        "registered variables that are printed at the end of each run of the role": len(REGISTERED),
    }


def _examples(items: t.Sequence[pytest.Item]) -> Figures:
    functions = {item.obj for item in items if isinstance(item, pytest.Function)}
    found = [function for function in functions if hypothesis.is_hypothesis_test(function)]
    usual = hypothesis.settings.default.max_examples if hypothesis.settings.default else 0
    each = [getattr(function, "_hypothesis_internal_use_settings", None) for function in found]
    return {
        "property tests": len(found),
        "examples that they try in one run": sum(one.max_examples if one else usual for one in each),
    }


def page(sections: Sections) -> str:
    """Return the page."""
    machine = f"{os.cpu_count()} cores ({platform.machine()}, Python {platform.python_version()})"
    return "\n".join([HEAD.format(machine=machine), *(_section(*section) for section in sections.items())])


def _section(name: str, values: Figures) -> str:
    rows = [f"| {label(key)} | {_shown(value)} |" for key, value in values.items()]
    return "\n".join([f"## {name[:1].upper()}{name[1:]}", "", "| figure | value |", "| --- | --- |", *rows, ""])


def label(key: str) -> str:
    """Return the words for the name of a figure, which may be an identifier."""
    return key.replace("_", " ") if key.isidentifier() else key


def _shown(value: t.Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{label(str(key))}: {_shown(item)}" for key, item in value.items())
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def main(arguments: t.Sequence[str] | None = None) -> int:
    """Write the page and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.figures", description=__doc__)
    parser.add_argument(
        "--directory", type=Path, default=DIRECTORY, help="what the tests measured (default: %(default)s)"
    )
    parser.add_argument("--page", type=Path, default=PAGE, help="what is written (default: %(default)s)")
    options = parser.parse_args(arguments)
    figures = measured(options.directory)
    if not figures:
        sys.stderr.write(f"Nothing was measured yet: {options.directory} is empty. Run make slow first.\n")
        return 1
    options.page.write_text(page({**counted(collected()), **figures}), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
