# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the demo and writes its output to docs/demo.md: ``python -m demo.record``. A test compares the page."""

from __future__ import annotations

import re
import subprocess
import sys

from demo.playbooks import ROOT

PAGE = ROOT / "docs" / "demo.md"
HEAD = """# What the demo shows

The output of `make demo`, recorded by `make recording`; a test compares it with a new run. Do not edit.
Times are left out, and the simulator has other ports and directories in each run.

"""
#: What differs from run to run, and what replaces it.
_VARIES = (
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"(login_port: )\d+"), r"\1PORT"),
    (re.compile(r"\S*/immuta_demo_\w+"), "/tmp/immuta_demo"),
    (re.compile(r" \(\d+ s\)$|, in \d+ seconds(?=\.)", re.MULTILINE), ""),
)


def recorded() -> str:
    """Run the demo and return the page.

    :raises subprocess.CalledProcessError: the demo failed
    """
    command = [sys.executable, "-m", "demo"]
    run = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=300)
    text = run.stdout
    for pattern, replacement in _VARIES:
        text = pattern.sub(replacement, text)
    return f"{HEAD}```text\n{text.strip()}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(recorded(), encoding="utf-8")
