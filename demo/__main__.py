# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job end to end, on this machine: ``python -m demo [--stay]``."""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sys
import tempfile
import time
import typing as t
from pathlib import Path

from demo.playbooks import INDENT, ROOT, DemoError, say
from demo.steps import PLAYBOOK, Demo
from tests.lab.client import LabClient
from tests.lab.lab import Lab, running_lab
from tests.lab.postgres.server import PostgresError

WIDTH = 100
INTERRUPTED = 130  # exit code of a program that Ctrl-C ended


def main(arguments: t.Sequence[str] | None = None) -> int:
    """Run the demo and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--stay", action="store_true", help="keep simulator and inventory until Ctrl-C, to try things")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        _show(options.stay)
    except (DemoError, PostgresError) as error:
        say(f"\nThe demo failed. {error}")
        return 1
    except KeyboardInterrupt:
        say("\nThe demo was interrupted. Everything that it started was stopped.")
        return INTERRUPTED
    return 0


def _interrupt(number: int, frame: object) -> t.NoReturn:
    raise KeyboardInterrupt


def _show(stay: bool) -> None:
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="immuta_demo_") as name:
        directory = Path(name)
        say("Starting a simulator of the Immuta API, and a real PostgreSQL behind a Redshift-like proxy ...")
        with running_lab(Lab(directory)):
            lab = LabClient.read(directory)
            demo = Demo(directory, lab)
            _introduce(lab, demo)
            proofs = [_step(number, *step) for number, step in enumerate(demo.steps(), 1)]
            _summary(proofs, time.monotonic() - started)
            if stay:
                _stay(directory, demo)


def _introduce(lab: LabClient, demo: Demo) -> None:
    say(f"Immuta API {lab.immuta_url}, Redshift {lab.redshift_host}:{lab.redshift_port}; both stop with this demo.")
    say("The scripts come from the simulator and are not Immuta's. Secrets are in environment variables.")
    say("ansible-playbook is real; its output is shortened.")
    say("\nAll that a user writes is inventory.yml:")
    for line in demo.inventory.read_text(encoding="utf-8").splitlines():
        say(f"{INDENT}{line}")


def _step(number: int, headline: str, action: t.Callable[[], str]) -> str:
    """Run one step under its headline, and return what it proved."""
    say(f"\n{'=' * WIDTH}\n{number}. {headline}\n")
    began = time.monotonic()
    proof = action()
    say(f"\n=> {proof} ({time.monotonic() - began:.0f} s)")
    return proof


def _summary(proofs: list[str], seconds: float) -> None:
    say(f"\n{'=' * WIDTH}\nSummary: all steps succeeded, in {seconds:.0f} seconds.\n")
    for number, proof in enumerate(proofs, 1):
        say(f"{number}. {proof}")
    say("\nWhat to do next:")
    say("  README.md                         how to do this with your own tenant and cluster")
    say("  .venv/bin/python -m demo --stay   keep the simulator and the inventory, to try things")
    say("  make test                         run the tests")


def _stay(directory: Path, demo: Demo) -> None:
    """Write the environment to a file, and wait for Ctrl-C."""
    script = directory / "environment.sh"
    variables = {
        **demo.settings, **demo.secrets, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".collections"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    }  # fmt: skip
    script.touch(mode=0o600)
    script.write_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()))
    say(f"\nEverything stays until Ctrl-C. In another shell:\n  cd {directory} && . ./environment.sh")
    say(f"  ansible-playbook {PLAYBOOK} -i inventory.yml --check --diff")
    try:
        signal.pause()
    except KeyboardInterrupt:
        say("\nEverything was stopped.")


if __name__ == "__main__":
    sys.exit(main())
