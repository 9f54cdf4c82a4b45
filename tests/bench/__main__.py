# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time, API requests and task results of the shipped playbook, compared with other ways to do the job.

``python -m tests.bench [--repeats N] [--bootstrap N ...] [--nothing N ...]``. The contenders take turns, so that a
change in the load of the machine affects all of them. In a bootstrap each has new hosts and databases; with nothing to
do all have the same hosts, whose integrations are seeded in the simulator.
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
from tests.bench import splitter, straight
from tests.lab.client import LabClient
from tests.lab.lab import Lab, running_lab
from tests.tools.figures import keep

HERE = Path(__file__).parent
PYTHON = Path(sys.executable)
ANSIBLE = str(PYTHON.with_name("ansible-playbook"))
ROLE, BY_HAND = "the shipped playbook", "hand-written playbook"
SCRIPT, PING = "straight Python script", "play with one ping"
COMMANDS = {
    ROLE: [ANSIBLE, "community.immuta.redshift_integration"],
    BY_HAND: [ANSIBLE, str(HERE / "handwritten.yml")],
    PING: [ANSIBLE, str(HERE / "ping.yml")],
    SCRIPT: [str(PYTHON), str(HERE / "straight.py")],
}
BOOTSTRAP, NOTHING = "bootstrap", "nothing to do"
CONTENDERS = {BOOTSTRAP: (ROLE, BY_HAND, SCRIPT), NOTHING: (ROLE, BY_HAND, SCRIPT, PING)}
#: number of hosts, if not specified
SIZES = {BOOTSTRAP: [1, 10, 50], NOTHING: [1, 10, 50, 200]}
#: part -> the most task results a host
MOST_RESULTS = {BOOTSTRAP: 20, NOTHING: 5}
#: part -> the largest part of the time of the hand-written playbook, and from how many hosts on
LARGEST_RATIO = {BOOTSTRAP: (0.35, 1), NOTHING: (0.15, 50)}
#: with nothing to do: how much longer the larger fleet may take than the smaller one
GROWTH = (50, 200, 2.0)
#: ok (changed ones included) and skipped, in a line of the recap
RECAP = re.compile(r" ok=(\d+) .* skipped=(\d+)")
PASSWORD = "Immuta1x"


class Sample(t.NamedTuple):
    """One run: wall time in seconds, and how many API requests and task results a host it had."""

    seconds: float
    requests: int
    results: int


Samples = dict[str, list[Sample]]
Hosts = list[dict[str, t.Any]]


class BenchError(Exception):
    """A contender did not do its job. The message is for the user."""


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

    def bootstrap(self, repeats: int) -> Samples:
        """Let every contender bootstrap its own clusters."""
        samples: Samples = defaultdict(list)
        for number in range(repeats):
            for contender in contenders(BOOTSTRAP, self._clusters):
                hosts = self._hosts(f"bench_{self._clusters}_{number}_{contender.split()[0].replace('-', '_')}")
                samples[contender].append(self._run(contender, hosts))
                for variables in hosts:
                    self._check(variables)
            self._lab.reset()
        return samples

    def nothing(self, repeats: int) -> Samples:
        """Let every contender run on the same clusters, with nothing to do."""
        samples: Samples = defaultdict(list)
        hosts = self._hosts(f"done_{self._clusters}")
        for variables in hosts:
            self._lab.seed(finished(variables))
        for _number in range(repeats):
            for contender in contenders(NOTHING, self._clusters):
                samples[contender].append(self._run(contender, hosts))
                if any(request["method"] != "GET" for request in self._lab.requests()):
                    raise BenchError(f"{contender} changed something.")
        self._lab.reset()
        return samples

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
        command, stdin = COMMANDS[contender], json.dumps(hosts[0])
        if contender != SCRIPT:
            inventory = self._directory / "inventory.json"
            rows = {f"cluster{index}": variables for index, variables in enumerate(hosts)}
            inventory.write_text(json.dumps({"redshift_clusters": {"hosts": rows}}), encoding="utf-8")
            command, stdin = [*command, "-i", str(inventory)], ""
        self._lab.clear_requests()
        began = time.perf_counter()
        done = subprocess.run(
            command, input=stdin, cwd=ROOT, env=self._environment, capture_output=True, text=True, check=False
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


def finished(variables: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return the integration that the variables of a host describe, as Immuta has it."""
    config = {**straight.payload_of(variables)["config"], "port": 5439}
    return {"type": "Redshift", "autoBootstrap": False, "config": config}


def contenders(part: str, clusters: int) -> tuple[str, ...]:
    """Return the contenders for this number of hosts: the script handles only one."""
    return tuple(name for name in CONTENDERS[part] if clusters == 1 or name != SCRIPT)


def table(part: str, samples: Samples, clusters: int) -> str:
    """Return the figures of a part as a table, with its targets."""
    title = f"{part}, hosts: {clusters}"
    lines = [f"{title:26} {'min':>8} {'median':>8} {'ours / this':>12} {'API requests':>13} {'task results':>13}"]
    lines += [_row(contender, rows, samples[ROLE]) for contender, rows in samples.items()]
    return "\n".join([*lines, *_aims(part, samples, clusters)])


def figures(part: str, samples: Samples, clusters: int) -> dict[str, str]:
    """Return what the page of figures shows: medians, and the ratio of the first two."""
    seconds = {name: _median(samples[name]) for name in (ROLE, BY_HAND)}
    shown = ", ".join(f"{name}: {value:.2f} s" for name, value in seconds.items())
    return {f"{part}, hosts: {clusters}": f"{shown}, ratio: {seconds[ROLE] / seconds[BY_HAND]:.2f}"}


def _row(contender: str, rows: list[Sample], role: list[Sample]) -> str:
    counts = sorted({row.requests for row in rows})
    shown = str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    results = max(row.results for row in rows) or "-"
    ratio = _median(role) / _median(rows)
    return f"  {contender:24} {_fastest(rows):6.2f} s {_median(rows):6.2f} s {ratio:12.2f} {shown:>13} {results:>13}"


def _aims(part: str, samples: Samples, clusters: int) -> t.Iterator[str]:
    role, by_hand = samples[ROLE], samples[BY_HAND]
    largest, least_clusters = LARGEST_RATIO[part]
    if clusters >= least_clusters:
        ratio = _median(role) / _median(by_hand)
        yield aim(f"part of the time of the {BY_HAND}", ratio, largest)
        yield f"  ({_fastest(role) / _fastest(by_hand):.2f} by the fastest runs)"
    yield aim("task results a host", max(row.results for row in role), MOST_RESULTS[part])
    if part == NOTHING:
        yield aim("API requests", max(row.requests for row in role), 1)


def aim(text: str, value: float, largest: float) -> str:
    """Return a line that compares a figure with its target."""
    verdict = "met" if value <= largest else "missed"
    return f"  aim: {text}, at most {largest:g}: {verdict}, with {round(value, 2):g}"


def growth(medians: dict[int, float]) -> str:
    """Return the line about a larger fleet, or nothing if one of the two was not measured."""
    small, large, most = GROWTH
    if not {small, large} <= medians.keys():
        return ""
    return "\n" + aim(f"time of {large} hosts / time of {small}", medians[large] / medians[small], most)


def _fastest(rows: list[Sample]) -> float:
    return min(row.seconds for row in rows)


def _median(rows: list[Sample]) -> float:
    return statistics.median(row.seconds for row in rows)


def say(text: str) -> None:
    """Print for the user of the command."""
    print(text, flush=True)


def main() -> int:
    """Measure, and print the figures. The exit code does not depend on the targets: they depend on the machine too."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--repeats", type=int, default=3, metavar="N", help="runs of each contender (default: 3)")
    for part, option in ((BOOTSTRAP, "--bootstrap"), (NOTHING, "--nothing")):
        sizes = SIZES[part]
        parser.add_argument(option, type=int, nargs="*", default=sizes, metavar="N", help=f"hosts (default: {sizes})")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="immuta_bench_") as name, running_lab(Lab(Path(name))):
        lab = LabClient.read(Path(name))
        say(f"Immuta needs {lab.switches()['create_seconds']} s to enable an integration.")
        try:
            Bench(Path(name), lab, 1).bootstrap(1)  # warms the caches of all
            _measure(Path(name), lab, max(1, options.repeats), options.bootstrap, options.nothing)
        except BenchError as error:
            say(f"The bench failed. {error}")
            return 1
    say(f"\n{splitter.line()}")
    return 0


def _measure(directory: Path, lab: LabClient, repeats: int, bootstrap: list[int], nothing: list[int]) -> None:
    for clusters in bootstrap:
        _show(BOOTSTRAP, Bench(directory, lab, clusters).bootstrap(repeats), clusters)
    medians: dict[int, float] = {}
    for clusters in nothing:
        samples = Bench(directory, lab, clusters).nothing(repeats)
        medians[clusters] = _median(samples[ROLE])
        _show(NOTHING, samples, clusters)
    say(growth(medians))


def _show(part: str, samples: Samples, clusters: int) -> None:
    say(f"\n{table(part, samples, clusters)}")
    keep("time, beside the same job by hand (make bench)", figures(part, samples, clusters))


if __name__ == "__main__":
    sys.exit(main())
