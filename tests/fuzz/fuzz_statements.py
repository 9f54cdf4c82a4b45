# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fuzz target of the splitter: ``python -m tests.fuzz.fuzz_statements [SECONDS]``, or ``make fuzz``.

With atheris, libFuzzer starts from the corpus; without it, hypothesis generates scripts. What
libFuzzer finds worth keeping, and what breaks the splitter, is left in .cache/fuzz.
"""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import sys
import time
import typing as t
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tools.figures import keep

ROOT = Path(__file__).parents[2]
CORPUS = Path(__file__).parent / "corpus"
KEPT = ROOT / ".cache" / "fuzz"
LONGEST = 4096  # bytes
#: libFuzzer ends the process itself, so that what was tried is kept meanwhile, each time so many scripts were.
KEEP_EVERY = 1000
_count = itertools.count(1)
PIECES = [
    "'", "''", '"', "$$", "$a$", "--", "/*", "*/", "\\", ";", "(", ")", "\n", "\r", " ", "E'", "U&'", "begin",
    " atomic ", "end", "case", "create function f", "select", "1", "$1", "é", "\0", "\ufeff",
]  # fmt: skip

if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / ".collections"))


def check(script: str) -> None:
    """Split a script, and raise AssertionError if the result cannot be right."""
    tried = next(_count)
    if tried % KEEP_EVERY == 0:
        keep("fuzzing of the splitter", {"scripts that were tried": tried})
    from ansible_collections.community.immuta.plugins.module_utils._errors import ScriptError
    from ansible_collections.community.immuta.plugins.module_utils._redshift import redaction, statements

    found: list[statements.Statement] = []
    line = 1
    try:
        found = statements.split(script)
    except ScriptError as exc:
        line = exc.details["line"]
    assert 1 <= line <= script.count("\n") + 1
    position = 0
    for number, statement in enumerate(found, 1):
        assert statement.index == number
        position = script.index(statement.text, position) + len(statement.text)
        assert [again.text for again in statements.split(f" {statement.text}")] == [statement.text]
        assert set(statement.verb.split()) <= statements.LABEL_WORDS | {"statement"}
        redaction.scrubbed(f'odd "{statement.text}" here', statement.text)
    check_masking(script, found)


def check_masking(script: str, found: t.Sequence[t.Any]) -> None:
    """Mask a script, and raise AssertionError if a password after or in it is shown, provided that it can be split."""
    from ansible_collections.community.immuta.plugins.module_utils._redshift import redaction

    redaction.masked_script(script)
    for text in (f"{script}\n;ALTER USER u PASSWORD 'Zq7Secret9'", f"DO $pw${script}\n PASSWORD := 'Zq7Secret9'; $pw$"):
        assert not found or "Zq7Secret9" not in redaction.masked_script(text)


def one_input(data: bytes) -> None:
    """Check one script of the fuzzer."""
    check(data.decode("utf-8", errors="replace"))


@settings(max_examples=1000, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=30))
def _made_up(pieces: list[str]) -> None:
    check("".join(pieces))


def _with_hypothesis(seconds: int) -> None:
    end = time.monotonic() + seconds
    for path in sorted(CORPUS.iterdir()):
        one_input(path.read_bytes())
    while time.monotonic() < end:
        _made_up()


def _with_libfuzzer(seconds: int) -> None:
    import atheris

    with atheris.instrument_imports(include=["ansible_collections.community.immuta"]):
        importlib.import_module("ansible_collections.community.immuta.plugins.module_utils._redshift.statements")
    kept = KEPT / "corpus"
    kept.mkdir(parents=True, exist_ok=True)
    options = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", f"-artifact_prefix={KEPT}/", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *options, str(kept), str(CORPUS)], one_input)
    atheris.Fuzz()


def main() -> None:
    """Run for as long as the command line says, a minute by default."""
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    (_with_libfuzzer if importlib.util.find_spec("atheris") else _with_hypothesis)(seconds)


if __name__ == "__main__":
    main()
