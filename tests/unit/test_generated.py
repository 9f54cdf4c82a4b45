# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Generated files are as ``make docs`` writes them, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest

docs = pytest.importorskip("scripts.docs", reason="needs the checkout")
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("path", docs.GENERATED)
def test_generated_files_are_current(path: str) -> None:
    old = (ROOT / path).read_text(encoding="utf-8")
    assert docs.GENERATED[path](old) == old, f"{path} is out of date: run make docs."


def test_a_part_that_is_not_there_is_an_error() -> None:
    with pytest.raises(SystemExit, match="no part other"):
        docs.replace("# begin: one (make docs)\n# end: one", "other", "", "# {}")


def test_a_part_is_replaced_and_the_rest_stays() -> None:
    text = "a\n  # begin: one (make docs)\nold\n  # end: one\nb\n"
    new = docs.replace(text, "one", "new \\1\n", "# {}")
    assert new == "a\n  # begin: one (make docs)\nnew \\1\n  # end: one\nb\n"
    assert docs.replace(new, "one", "new \\1\n", "# {}") == new


def test_every_option_of_the_module_and_each_role_option_is_there_once() -> None:
    names = [name for rows in docs.sections().values() for name in rows]
    assert len(names) == len(set(names))
    assert set(names) >= set(docs.redshift_integration.argument_spec())


def test_additions_and_defaults_belong_to_an_option() -> None:
    own = docs.load("scripts/role_options.yml")
    assert {*own["additions"], *own["defaults"]} <= set(docs.role_options())


def test_long_lines_of_yaml_say_the_same() -> None:
    data = {"a": {"text": ["O(" + "x" * 80 + ") and: " + "word " * 40 + "end."]}, "b": {"c": "word " * 60 + "end"}}
    text = docs.dump(data)
    assert docs.yaml.safe_load(text) == data
    assert max(map(len, text.splitlines())) <= 120
