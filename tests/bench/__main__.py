# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wall time and API requests of the role against what else would do the job: ``python -m tests.bench [--repeats N]``.

The contenders take turns, each with a fresh host and database, so that a change in the machine's load hits all alike.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import typing as t
from collections import defaultdict
from pathlib import Path

from demo.playbooks import ROOT, clean_environment
from tests.bench import splitter
from tests.lab.client import LabClient
from tests.lab.lab import Lab, running_lab

HERE = Path(__file__).parent
PYTHON = Path(sys.executable)
ANSIBLE = str(PYTHON.with_name("ansible-playbook"))
ROLE, BY_HAND, SCRIPT, PING = "this role", "hand-written playbook", "straight Python script", "play with one ping"
COMMANDS = {
    ROLE: [ANSIBLE, "community.immuta.redshift_integration"],
    BY_HAND: [ANSIBLE, str(HERE / "handwritten.yml")],
    PING: [ANSIBLE, str(HERE / "ping.yml")],
    SCRIPT: [str(PYTHON), str(HERE / "straight.py")],
}
BOOTSTRAP, NOTHING = "bootstrap", "nothing to do"
CONTENDERS = {BOOTSTRAP: (ROLE, BY_HAND, SCRIPT), NOTHING: (ROLE, BY_HAND, SCRIPT, PING)}
#: part -> the contender that the role is measured against, and the largest ratio that is aimed at
AIMS = {BOOTSTRAP: (BY_HAND, 0.6), NOTHING: (PING, 1.3)}
PASSWORD = "Immuta1x"


class Sample(t.NamedTuple):
    """One run: wall time in seconds, and how many API requests it made."""

    seconds: float
    requests: int


Samples = dict[tuple[str, str], list[Sample]]


class BenchError(Exception):
    """A contender did not do its job. The text is for a person."""


class Bench:
    """Runs contenders against a lab.

    :param folder: for inventories and what ansible-playbook keeps
    """

    def __init__(self, folder: Path, lab: LabClient) -> None:
        self._folder = folder
        self._lab = lab
        self._environment = {
            **clean_environment(folder), "IMMUTA_URL": lab.immuta_url, "IMMUTA_API_KEY": lab.immuta_api_key
        }  # fmt: skip

    def round(self, number: int, samples: Samples) -> None:
        """Let every contender bootstrap a cluster of its own, and then find it done."""
        for contender in CONTENDERS[BOOTSTRAP]:
            variables = self._variables(f"bench_{number}_{contender.split()[0].replace('-', '_')}")
            samples[BOOTSTRAP, contender].append(self._run(contender, variables))
            self._check(variables)
            samples[NOTHING, contender].append(self._run(contender, variables))
        samples[NOTHING, PING].append(self._run(PING, self._variables("ping")))

    def _variables(self, name: str) -> dict[str, t.Any]:
        lab = self._lab
        values = {
            "auto_bootstrap": False, "host": f"{name.replace('_', '-')}.example.com", "database": name,
            "initial_database": lab.redshift_initial_database, "authentication_type": "userPassword",
            "username": f"{name}_account", "password": PASSWORD, "login_host": lab.redshift_host,
            "login_port": lab.redshift_port, "login_user": lab.redshift_admin_user,
            "login_password": lab.redshift_admin_password, "ssl_mode": "verify-full", "ca_cert": lab.redshift_ca_cert,
        }  # fmt: skip
        return {f"redshift_integration_{option}": value for option, value in values.items()}

    def _run(self, contender: str, variables: dict[str, t.Any]) -> Sample:
        command, given = COMMANDS[contender], json.dumps(variables)
        if contender != SCRIPT:
            inventory = self._folder / "inventory.json"
            inventory.write_text(json.dumps({"redshift_clusters": {"hosts": {"cluster": variables}}}), encoding="utf-8")
            command, given = [*command, "-i", str(inventory)], ""
        self._lab.clear_requests()
        began = time.perf_counter()
        done = subprocess.run(
            command, input=given, cwd=ROOT, env=self._environment, capture_output=True, text=True, check=False
        )
        seconds = time.perf_counter() - began
        if done.returncode:
            raise BenchError(f"{contender} ended with {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return Sample(seconds, len(self._lab.requests()))

    def _check(self, variables: dict[str, t.Any]) -> None:
        host, account = variables["redshift_integration_host"], variables["redshift_integration_username"]
        states = [row["status"] for row in self._lab.integrations() if row["config"]["host"] == host]
        if states != ["enabled"]:
            raise BenchError(f"The integration of {host} is {states}, not enabled.")
        if not self._lab.can_log_in(account, PASSWORD, variables["redshift_integration_database"]):
            raise BenchError(f"{account} cannot log in.")


def report(samples: Samples) -> str:
    """Return the tables of all parts, each with its aim."""
    return "\n\n".join(_table(part, samples) for part in CONTENDERS)


def _table(part: str, samples: Samples) -> str:
    lines = [f"{part:26} {'min':>8} {'median':>8} {'role / this':>12} {'API requests':>13}"]
    role = samples[part, ROLE]
    for contender in CONTENDERS[part]:
        rows = samples[part, contender]
        counts = sorted({row.requests for row in rows})
        shown = str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
        lines.append(
            f"  {contender:24} {_fastest(rows):6.2f} s {_median(rows):6.2f} s "
            f"{_median(role) / _median(rows):12.2f} {shown:>13}"
        )
    rival, aim = AIMS[part]
    ratio = _median(role) / _median(samples[part, rival])
    fastest = _fastest(role) / _fastest(samples[part, rival])
    verdict = "met" if ratio <= aim else "missed"
    lines.append(f"  aim: at most {aim} of the {rival}: {verdict}, with {ratio:.2f} by the medians")
    return "\n".join([*lines, f"  ({fastest:.2f} by the fastest runs)"])


def _fastest(rows: list[Sample]) -> float:
    return min(row.seconds for row in rows)


def _median(rows: list[Sample]) -> float:
    return statistics.median(row.seconds for row in rows)


def say(text: str) -> None:
    """Print for the user of the command."""
    print(text, flush=True)


def main() -> int:
    """Measure, and print the figures. The exit code does not depend on the aims: they depend on the machine too."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--repeats", type=int, default=5, metavar="N", help="runs of each contender (default: 5)")
    repeats = max(1, parser.parse_args().repeats)
    samples: Samples = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="immuta_bench_") as name, running_lab(Lab(Path(name))):
        lab = LabClient.read(Path(name))
        bench = Bench(Path(name), lab)
        say(f"{repeats} rounds, one host; Immuta needs {lab.switches()['create_seconds']} s to enable an integration.")
        try:
            bench.round(0, defaultdict(list))  # warms the caches of all
            for number in range(1, repeats + 1):
                bench.round(number, samples)
                say(f"round {number} done")
        except BenchError as error:
            say(f"The bench failed. {error}")
            return 1
    say(f"\n{report(samples)}\n\n{splitter.line()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
