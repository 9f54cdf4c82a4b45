# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a fleet as data: what was found, in order of severity, and what was ignored. Pure.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import dataclasses
import fnmatch
import shlex
import typing as t

Row = t.Mapping[str, t.Any]

#: Version of docs/report-schema.json. The first number changes if a reader of the old format could be misled.
SCHEMA_VERSION = "1.0"
#: Every verdict, the most severe first.
SEVERITY = ("error", "unhealthy", "missing", "drifted", "unmanaged", "unknown_status", "busy", "in_sync")
IN_SYNC, UNMANAGED = "in_sync", "unmanaged"
NOTHING, ERROR, DIFFERENCES = 0, 1, 2  # exit codes, as of terraform plan -detailed-exitcode

#: What to do with each verdict.
HINTS = {
    "error": "Correct the variables of this host, or make its tenant reachable. Nothing was compared.",
    "unhealthy": "Read the failed tests, fix their cause in Redshift or Immuta, and run the repair.",
    "missing": "Immuta does not have this integration. Run the playbook to create it.",
    "drifted": "Run the playbook to set what the inventory describes, or change the inventory.",
    "unmanaged": "No host of the inventory describes it. Add it to the inventory, or delete it in Immuta.",
    "unknown_status": "This version of the collection does not know the status. Update the collection.",
    "busy": "Immuta is working on this integration. Run the report again later.",
    "in_sync": "",
}
_NOT_EDITABLE = (
    "Immuta does not edit {}. Correct the inventory, or delete the integration (state: absent) and create it again."
)
#: Verdicts that a run of the playbook can repair.
_REPAIRABLE = frozenset({"unhealthy", "missing", "drifted"})
_REPAIR = "ansible-playbook community.immuta.redshift_integration --limit"


@dataclasses.dataclass(frozen=True)
class IgnoreRule:
    """A finding that is accepted. It is shown, but does not count.

    :param host: name of the host in the inventory, or of the Redshift host if it is unmanaged; ``*`` is a wildcard
    :param option: the drift of this option only, empty for all
    :param verdict: this verdict only, empty for all
    """

    host: str
    reason: str
    option: str = ""
    verdict: str = ""
    matched: bool = False

    def is_for(self, host: str, verdict: str) -> bool:
        """Return whether the rule is for this verdict of this host."""
        return fnmatch.fnmatchcase(host, self.host) and self.verdict in ("", verdict)

    def is_for_row(self, host: str, verdict: str) -> bool:
        """Return whether the rule is for the verdict as a whole, and not for one option."""
        return not self.option and verdict != IN_SYNC and self.is_for(host, verdict)

    def is_for_option(self, host: str, verdict: str, option: str) -> bool:
        """Return whether the rule is for the drift of one option; a rule for ``okta`` is also for ``okta.role``."""
        return bool(self.option) and self.is_for(host, verdict) and f"{option}.".startswith(f"{self.option}.")


@dataclasses.dataclass(frozen=True)
class Drift:
    """A setting that differs: ``before`` in Immuta, ``after`` in the inventory."""

    option: str
    before: t.Any
    after: t.Any
    editable: bool = True
    ignored: str = ""


@dataclasses.dataclass(frozen=True)
class Cluster:
    """One row of the report."""

    name: str
    host: str
    verdict: str
    status: str | None
    healthy: bool
    operation: str | None
    id: str | None
    immuta_url: str | None
    message: str
    problems: tuple[str, ...]
    drift: tuple[Drift, ...]
    ignored: str = ""

    @property
    def hint(self) -> str:
        """What to do."""
        return _NOT_EDITABLE.format(", ".join(self._not_editable)) if self._not_editable else HINTS[self.verdict]

    @property
    def repair(self) -> str:
        """The command that repairs it, empty if no command does."""
        if self.verdict not in _REPAIRABLE or self._not_editable:
            return ""
        return f"{_REPAIR} {shlex.quote(self.name)}"

    @property
    def _not_editable(self) -> list[str]:
        """The settings that differ and that Immuta does not edit: the playbook would fail."""
        return [entry.option for entry in self.drift if not entry.editable]

    @property
    def counts(self) -> bool:
        """Whether this is a finding that nobody accepted."""
        return self.verdict != IN_SYNC and not self.ignored

    @property
    def drift_that_counts(self) -> int:
        """How many settings differ that nobody accepted."""
        return 0 if self.ignored else sum(not entry.ignored for entry in self.drift)


@dataclasses.dataclass(frozen=True)
class NotChecked:
    """A cluster of the inventory that was not looked at."""

    host: str
    reason: str = "Not part of this run (--limit, or another pattern of hosts)."


@dataclasses.dataclass(frozen=True)
class Header:
    """When, by whom and with what the report was made. Empty texts are not known."""

    generated_at: str
    timestamp: int
    user: str = ""
    job: str = ""
    job_url: str = ""
    revision: str = ""
    collection_version: str = ""
    ansible_version: str = ""
    check_mode: bool = False


@dataclasses.dataclass(frozen=True)
class Report:
    """Everything that a report says."""

    header: Header
    clusters: tuple[Cluster, ...]
    not_checked: tuple[NotChecked, ...] = ()
    ignore_rules: tuple[IgnoreRule, ...] = ()

    @property
    def tenants(self) -> list[str]:
        """Addresses of the tenants."""
        return sorted({cluster.immuta_url for cluster in self.clusters if cluster.immuta_url})

    @property
    def summary(self) -> dict[str, int]:
        """How many rows have each verdict, those that were ignored included."""
        return {verdict: sum(row.verdict == verdict for row in self.clusters) for verdict in SEVERITY}

    @property
    def ignored(self) -> int:
        """How many rows do not count because of an ignore rule."""
        return sum(bool(row.ignored) for row in self.clusters)

    @property
    def as_summary(self) -> dict[str, int]:
        """The numbers for a workflow: of each verdict, of rows that are ignored, of clusters that were not checked."""
        return {**self.summary, "ignored": self.ignored, "not_checked": len(self.not_checked)}

    @property
    def exit_code(self) -> int:
        """0 if nothing is to be done, 1 if something could not be checked, 2 if there are differences."""
        found = {row.verdict for row in self.clusters if row.counts}
        if "error" in found:
            return ERROR
        return DIFFERENCES if found else NOTHING

    def failing(self, verdicts: t.Collection[str]) -> list[Cluster]:
        """Return the rows with one of these verdicts that nobody accepted."""
        return [row for row in self.clusters if row.verdict in verdicts and row.counts]


def build_report(
    fleet: Row,
    header: Header,
    rules: t.Sequence[IgnoreRule] = (),
    not_checked: t.Sequence[NotChecked] = (),
) -> Report:
    """Return the report of a result of redshift_fleet_info."""
    rows = [_cluster(name, row) for name, row in fleet["hosts"].items()]
    rows += [_unmanaged(row) for row in fleet.get("unmanaged") or []]
    ignored = [_apply(rules, row) for row in rows]
    in_order = sorted(ignored, key=lambda row: (SEVERITY.index(row.verdict), row.name))
    shown_rules = tuple(dataclasses.replace(rule, matched=_matched(rule, rows)) for rule in rules)
    return Report(header, tuple(in_order), tuple(not_checked), shown_rules)


def _cluster(name: str, row: Row) -> Cluster:
    return Cluster(
        name=name,
        host=row.get("host") or "",
        verdict=row["verdict"],
        status=row.get("status"),
        healthy=bool(row.get("healthy")),
        operation=row.get("operation"),
        id=row.get("id"),
        immuta_url=row.get("immuta_url"),
        message=row.get("message") or "",
        problems=tuple(row.get("problems") or ()),
        drift=tuple(_drift(entry) for entry in row.get("drift") or ()),
    )


def _drift(entry: Row) -> Drift:
    return Drift(entry["option"], entry.get("before"), entry.get("after"), entry.get("editable", True))


def _unmanaged(row: Row) -> Cluster:
    name = row.get("host") or f"id {row.get('id')}"
    return _cluster(name, {**row, "verdict": UNMANAGED})


def _apply(rules: t.Sequence[IgnoreRule], row: Cluster) -> Cluster:
    """Return a row with the reasons of the rules that are for it."""
    drift = tuple(dataclasses.replace(entry, ignored=_reason(rules, row, entry.option)) for entry in row.drift)
    reason = next((rule.reason for rule in rules if rule.is_for_row(row.name, row.verdict)), "")
    if not reason and row.verdict == "drifted" and drift and all(entry.ignored for entry in drift):
        reason = drift[0].ignored
    return dataclasses.replace(row, drift=drift, ignored=reason)


def _reason(rules: t.Sequence[IgnoreRule], row: Cluster, option: str) -> str:
    return next((rule.reason for rule in rules if rule.is_for_option(row.name, row.verdict, option)), "")


def _matched(rule: IgnoreRule, rows: t.Iterable[Cluster]) -> bool:
    return any(
        rule.is_for_row(row.name, row.verdict)
        or any(rule.is_for_option(row.name, row.verdict, entry.option) for entry in row.drift)
        for row in rows
    )
