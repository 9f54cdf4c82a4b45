# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a run as data: who did what, when, to which cluster, with which scripts. Pure.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime
import typing as t

from ansible_collections.community.immuta.plugins.module_utils._module.redshift_fleet_summary import (
    DONE,
    FAILED,
    NOT_REACHED,
    NOTHING,
    WOULD_BE,
    Facts,
    summarize,
)

from .input import without_secret_value
from .model import Drift, Header, NotChecked

Row = t.Mapping[str, t.Any]

#: Version of docs/run-schema.json. The first number changes if a reader of the old format could be misled.
SCHEMA_VERSION = "1.0"
#: Every outcome of a cluster, in the order of the record.
OUTCOMES = (FAILED, NOT_REACHED, *DONE, *(f"{WOULD_BE}{done}" for done in DONE), NOTHING)
#: What became of a script.
COMPLETE, INCOMPLETE, PLANNED, HANDED_OVER = "complete", "incomplete", "planned", "handed over"
_OK, _TOLERATED, _PLANNED = "ok", "tolerated", "planned"


@dataclasses.dataclass(frozen=True)
class ScriptRun:
    """A script of Immuta, and what became of it. Never its text.

    :param script: which one: ``initial_create``, ``create``, ``edit``, ``delete`` or ``cleanup``
    :param statements: how many it has
    :param verbs: how many statements of each kind took effect; in check mode, how many would be run
    :param tolerated: how many failed because an earlier run had done the same
    :param sha256: checksum of the script without its passwords, empty if it is not known
    """

    script: str
    database: str
    result: str
    statements: int
    verbs: dict[str, int]
    tolerated: int = 0
    failed_statement: str = ""
    duration_seconds: float = 0.0
    sha256: str = ""

    @property
    def done(self) -> int:
        """How many statements took effect; in check mode, how many would be run."""
        return sum(self.verbs.values())

    @property
    def size(self) -> str:
        """How many statements it has, and how many of them took effect if not all did."""
        number = f"{self.statements} statement{'' if self.statements == 1 else 's'}"
        return f"{self.done} of {number}" if self.result == INCOMPLETE else number


@dataclasses.dataclass(frozen=True)
class ClusterRun:
    """What a run did for one cluster.

    :param changes: the settings that differed before the run
    :param set_password: whether the password of the system account was set in Redshift, besides the scripts
    :param duration_seconds: from the comparison to the end of the work on it; None if it was not reached
    """

    name: str
    host: str
    immuta_url: str | None
    id: str | None
    status: str | None
    outcome: str
    message: str
    changes: tuple[Drift, ...] = ()
    scripts: tuple[ScriptRun, ...] = ()
    set_password: bool = False
    ended_at: str = ""
    duration_seconds: float | None = None

    @property
    def statements(self) -> int:
        """How many statements took effect; in check mode, how many would be run."""
        return sum(script.done for script in self.scripts)


@dataclasses.dataclass(frozen=True)
class RunRecord:
    """Everything that the record of a run says. ``header.generated_at`` is the end of the run."""

    header: Header
    started_at: str
    clusters: tuple[ClusterRun, ...]
    not_checked: tuple[NotChecked, ...] = ()

    @property
    def tenants(self) -> list[str]:
        """Addresses of the tenants."""
        return sorted({cluster.immuta_url for cluster in self.clusters if cluster.immuta_url})

    @property
    def totals(self) -> dict[str, int]:
        """How many clusters have each outcome, without those that none has."""
        counts = collections.Counter(cluster.outcome for cluster in self.clusters)
        return {outcome: counts[outcome] for outcome in OUTCOMES if counts[outcome]}

    @property
    def duration_seconds(self) -> float | None:
        """Seconds from the comparison to the end, None if there was no comparison."""
        return seconds_between(self.started_at, self.header.generated_at)

    @property
    def headline(self) -> str:
        """The outcome in a sentence."""
        counted = ", ".join(f"{number} {outcome}" for outcome, number in self.totals.items())
        note = " Check mode: nothing was changed." if self.header.check_mode else ""
        return f"{counted or 'No cluster'}.{note}"


def record_of(facts: t.Mapping[str, Facts], header: Header, expected: t.Iterable[str] = ()) -> RunRecord:
    """Return the record of what a run left in the variables of its hosts.

    :param expected: names of all hosts that could have been part of the run
    """
    rows = summarize(facts, header.check_mode)["hosts"]
    started = min((found.started_at for found in facts.values() if found.started_at), default="")
    clusters = [_cluster(name, found, rows[name], header.check_mode) for name, found in facts.items()]
    in_order = sorted(clusters, key=lambda cluster: OUTCOMES.index(cluster.outcome))
    left_out = tuple(NotChecked(name) for name in expected if name not in facts)
    return RunRecord(header, in_seconds(started), tuple(in_order), left_out)


def _cluster(name: str, facts: Facts, row: Row, check_mode: bool) -> ClusterRun:
    compared, was_reached = facts.compared, row["result"] != NOT_REACHED
    ended_at = facts.ended_at if facts.was_run else facts.started_at
    return ClusterRun(
        name=name,
        host=compared.get("host") or "",
        immuta_url=compared.get("immuta_url"),
        id=row["id"],
        status=row["status"],
        outcome=row["result"],
        message=row["message"],
        changes=tuple(_change(entry) for entry in compared.get("drift") or []) if facts.was_run else (),
        scripts=tuple(_script(script, check_mode) for script in facts.scripts),
        set_password=facts.set_password,
        ended_at=in_seconds(ended_at) if was_reached else "",
        duration_seconds=seconds_between(facts.started_at, ended_at) if was_reached else None,
    )


def _change(entry: Row) -> Drift:
    shown = without_secret_value(entry)
    return Drift(shown["option"], shown.get("before"), shown.get("after"))


def _script(row: Row, check_mode: bool) -> ScriptRun:
    script, database, checksum = row["script"], row["database"], row.get("checksum") or ""
    statements = row["statements"]
    if not isinstance(statements, list):  # only their number if others run the script
        return ScriptRun(script, database, HANDED_OVER, int(statements), {}, sha256=checksum)
    counted = _PLANNED if check_mode else _OK
    verbs = collections.Counter(each["verb"] for each in statements if each["status"] == counted)
    return ScriptRun(
        script=script,
        database=database,
        result=PLANNED if check_mode else _result(statements),
        statements=len(statements),
        verbs=dict(verbs),
        tolerated=sum(each["status"] == _TOLERATED for each in statements),
        failed_statement=_failed(statements),
        duration_seconds=round(sum(each.get("duration_ms") or 0 for each in statements) / 1000, 3),
        sha256=checksum,
    )


def _result(statements: t.Iterable[Row]) -> str:
    return COMPLETE if all(each["status"] in (_OK, _TOLERATED) for each in statements) else INCOMPLETE


def _failed(statements: t.Iterable[Row]) -> str:
    """Return which statement failed, by number, line and verb, empty if none did."""
    failed = next((each for each in statements if each["status"] == "failed"), None)
    if failed is None:
        return ""
    state = f", SQLSTATE {failed['sqlstate']}" if failed.get("sqlstate") else ""
    return f"{failed['index']} (line {failed['line']}, {failed['verb']}{state})"


def in_seconds(time: str) -> str:
    """Return a time in UTC without its fraction of a second, empty if it is not known."""
    return f"{time[:19]}Z" if time else ""


def seconds_between(start: str, end: str) -> float | None:
    """Return the seconds from one time to another, None if one is not known."""
    if not start or not end:
        return None
    times = [datetime.datetime.fromisoformat(time.replace("Z", "+00:00")) for time in (start, end)]
    return round(max(0.0, (times[1] - times[0]).total_seconds()), 1)  # a clock may be set back
