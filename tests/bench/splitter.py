# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time that the splitter needs for a megabyte: ``python -m tests.bench.splitter``, and a line of ``make bench``."""

from __future__ import annotations

import sys
import time
from pathlib import Path

COLLECTIONS = Path(__file__).parents[2] / ".collections"
MEGABYTE = 1024 * 1024
RUNS = 3
STATEMENT = """
-- One of many; 'quotes' and $$ in a comment
CREATE OR REPLACE PROCEDURE immuta_procedures.p_{n}(a VARCHAR(256)) AS $$
BEGIN
    IF a = 'it''s; {n}' THEN RAISE INFO '100 %; done'; END IF; /* nested /* comment */ ; */
END;
$$ LANGUAGE plpgsql;
GRANT EXECUTE ON PROCEDURE immuta_procedures.p_{n}(VARCHAR) TO "immuta;system";
"""


def line() -> str:
    """Return the line with the figures: the fastest of some runs."""
    if str(COLLECTIONS) not in sys.path:
        sys.path.insert(0, str(COLLECTIONS))
    blocks = MEGABYTE // len(STATEMENT) + 1
    script = "".join(STATEMENT.replace("{n}", str(number)) for number in range(blocks))
    seconds = min(_once(script, 2 * blocks) for _run in range(RUNS))
    size = len(script) / MEGABYTE
    return f"splitter: {size:.2f} MB, {2 * blocks} statements in {seconds:.2f} s (aim: well under 1 s)"


def _once(script: str, expected: int) -> float:
    from ansible_collections.community.immuta.plugins.module_utils._redshift.statements import split

    began = time.perf_counter()
    found = len(split(script))
    seconds = time.perf_counter() - began
    if found != expected:
        raise ValueError(f"The splitter found {found} statements, not {expected}.")
    return seconds


if __name__ == "__main__":
    sys.stdout.write(line() + "\n")
