# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time, API requests and task results of the role, compared with other ways to do the job.

``python -m tests.bench [--repeats N] [--clusters N ...]``. The contenders take turns, each with new hosts and
databases, so that a change in the load of the machine affects all of them.
"""

from __future__ import annotations

import argparse
import json
import re
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
#: part -> the contender that the role is compared with, the largest ratio that is aimed at, and the most task results
AIMS = {BOOTSTRAP: (BY_HAND, 0.35, 20), NOTHING: (PING, 1.3, 5)}
#: ok (changed ones included) and skipped, in a line of the recap
RECAP = re.compile(r" ok=(\d+) .* skipped=(\d+)")
PASSWORD = "Immuta1x"


class Sample(t.NamedTuple):
    """One run: wall time in seconds, and how many API requests and task results a host it had."""

    seconds: float
    requests: int
    results: int


Samples = dict[tuple[str, str], list[Sample]]
Hosts = list[dict[str, t.Any]]


class BenchError(Exception):
    """A contender did not do its job. The text is for the user."""


class Bench:
    """Runs contenders against a lab.

    :param directory: for inventories and what ansible-playbook keeps
    :param clusters: how many hosts each run has
    """

    def __init__(self, directory: Path, lab: LabClient, clusters: int) -> None:
        self._directory = directory
        self._lab = lab
        self._clusters = clusters
        self._environment = {
            **clean_environment(directory), "IMMUTA_URL": lab.immuta_url, "IMMUTA_API_KEY": lab.immuta_api_key
        }  # fmt: skip

    def round(self, number: int, samples: Samples) -> None:
        """Let every contender bootstrap clusters of its own, and then find them done."""
        for contender in contenders(BOOTSTRAP, self._clusters):
            hosts = self._hosts(f"bench_{self._clusters}_{number}_{contender.split()[0].replace('-', '_')}")
            samples[BOOTSTRAP, contender].append(self._run(contender, hosts))
            for variables in hosts:
                self._check(variables)
            samples[NOTHING, contender].append(self._run(contender, hosts))
        samples[NOTHING, PING].append(self._run(PING, self._hosts("ping")))

    def _hosts(self, name: str) -> Hosts:
        return [self._variables(f"{name}_{index}") for index in range(self._clusters)]

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

    def _run(self, contender: str, hosts: Hosts) -> Sample:
        command, given = COMMANDS[contender], json.dumps(hosts[0])
        if contender != SCRIPT:
            inventory = self._directory / "inventory.json"
            rows = {f"cluster{index}": variables for index, variables in enumerate(hosts)}
            inventory.write_text(json.dumps({"redshift_clusters": {"hosts": rows}}), encoding="utf-8")
            command, given = [*command, "-i", str(inventory)], ""
        self._lab.clear_requests()
        began = time.perf_counter()
        done = subprocess.run(
            command, input=given, cwd=ROOT, env=self._environment, capture_output=True, text=True, check=False
        )
        seconds = time.perf_counter() - began
        if done.returncode:
            raise BenchError(f"{contender} ended with {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        results = [int(ok) + int(skipped) for ok, skipped in RECAP.findall(done.stdout)]
        return Sample(seconds, len(self._lab.requests()), max(results, default=0))

    def _check(self, variables: dict[str, t.Any]) -> None:
        host, account = variables["redshift_integration_host"], variables["redshift_integration_username"]
        states = [row["status"] for row in self._lab.integrations() if row["config"]["host"] == host]
        if states != ["enabled"]:
            raise BenchError(f"The integration of {host} is {states}, not enabled.")
        if not self._lab.can_log_in(account, PASSWORD, variables["redshift_integration_database"]):
            raise BenchError(f"{account} cannot log in.")


def contenders(part: str, clusters: int) -> tuple[str, ...]:
    """Return who takes part: the script has only one host."""
    return tuple(name for name in CONTENDERS[part] if clusters == 1 or name != SCRIPT)


def report(samples: Samples, clusters: int) -> str:
    """Return the tables of all parts, each with its aims."""
    return "\n\n".join(_table(part, samples, clusters) for part in CONTENDERS)


def _table(part: str, samples: Samples, clusters: int) -> str:
    title = f"{part}, hosts: {clusters}"
    lines = [f"{title:26} {'min':>8} {'median':>8} {'role / this':>12} {'API requests':>13} {'task results':>13}"]
    role = samples[part, ROLE]
    for contender in contenders(part, clusters):
        rows = samples[part, contender]
        counts = sorted({row.requests for row in rows})
        shown = str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
        results = max(row.results for row in rows) or "-"
        lines.append(
            f"  {contender:24} {_fastest(rows):6.2f} s {_median(rows):6.2f} s "
            f"{_median(role) / _median(rows):12.2f} {shown:>13} {results:>13}"
        )
    rival, aim, most = AIMS[part]
    ratio = _median(role) / _median(samples[part, rival])
    fastest = _fastest(role) / _fastest(samples[part, rival])
    verdict = "met" if ratio <= aim else "missed"
    lines.append(f"  aim: at most {aim} of the {rival}: {verdict}, with {ratio:.2f} by the medians")
    counted = max(row.results for row in role)
    lines.append(f"  aim: at most {most} task results a host: {'met' if counted <= most else 'missed'}, with {counted}")
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
    parser.add_argument("--repeats", type=int, default=3, metavar="N", help="runs of each contender (default: 3)")
    parser.add_argument("--clusters", type=int, nargs="+", default=[1, 10, 50], metavar="N", help="hosts of a run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="immuta_bench_") as name, running_lab(Lab(Path(name))):
        lab = LabClient.read(Path(name))
        say(f"Immuta needs {lab.switches()['create_seconds']} s to enable an integration.")
        try:
            for clusters in options.clusters:
                say(f"\n{_measured(Bench(Path(name), lab, clusters), max(1, options.repeats), clusters)}")
        except BenchError as error:
            say(f"The bench failed. {error}")
            return 1
    say(f"\n{splitter.line()}")
    return 0


def _measured(bench: Bench, repeats: int, clusters: int) -> str:
    """Return the tables for a number of hosts."""
    samples: Samples = defaultdict(list)
    if clusters == 1:
        bench.round(0, defaultdict(list))  # warms the caches of all
    for number in range(1, repeats + 1):
        bench.round(number, samples)
    return report(samples, clusters)


if __name__ == "__main__":
    sys.exit(main())
