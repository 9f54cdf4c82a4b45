# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare every cluster of a play with what Immuta has, in one request for each tenant.

Private to this collection: it can change at any time.

What is decided here is decided with the plan of redshift_integration, so that both agree.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._errors import ImmutaError
from .._immuta import option_checks
from .._immuta.address import normalized
from .._immuta.config_fields import Settings, settings_of
from .._immuta.diff import Changes, not_editable
from .._immuta.payload import secrets_of
from .._immuta.plan import Plan, plan_absent, plan_present
from .._immuta.record import KNOWN, IntegrationRecord
from .._immuta.validation import sentences_of_tests
from .._redact import Redactor
from .._types import Environ, Options, Problems, Row

#: Reads all Redshift integrations that a tenant uses, with the connection options of a cluster.
Reader = t.Callable[[Options], list[IntegrationRecord]]

#: What the clusters of one tenant have in common. One request serves all clusters for which these are the same.
SHARED = (
    "immuta_url",
    "immuta_api_key",
    "immuta_auth",
    "validate_certs",
    "ca_path",
    "client_cert",
    "client_key",
    "use_proxy",
)
#: Order of the verdicts of a cluster: if more than one applies, the first one is reported.
VERDICTS = ("error", "unknown_status", "busy", "unhealthy", "missing", "drifted", "in_sync")
UNMANAGED = "unmanaged"


@dataclasses.dataclass(frozen=True)
class Cluster:
    """One host of the inventory.

    :param name: its name in the inventory
    :param host: the Redshift host, empty if it is not known
    :param options: those of redshift_integration and ``drop_objects`` of the role, validated; empty with a problem
    :param problem: why its variables cannot be used, empty if they can
    """

    name: str
    host: str = ""
    options: Options = dataclasses.field(default_factory=dict)
    problem: str = ""


class Declared(t.NamedTuple):
    """What the inventory describes, clusters outside of the play included.

    :param hosts: Redshift hosts, without case
    :param ids: normalized addresses of tenants, each with an id: another tenant may use the same id
    """

    hosts: frozenset[str]
    ids: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, described: t.Iterable[tuple[str, str, str]]) -> Declared:
        """Return what hosts describe, each as Redshift host, address of the tenant and id; empty if it is not known."""
        rows = list(described)
        hosts = frozenset(host.casefold() for host, _url, _id in rows if host)
        return cls(hosts, frozenset((normalized(url), wanted) for _host, url, wanted in rows if wanted))

    def has(self, record: IntegrationRecord, url: str) -> bool:
        """Return whether a host of the inventory describes this integration of a tenant."""
        return record.host.casefold() in self.hosts or (normalized(url), str(record.id)) in self.ids


def compare(clusters: t.Sequence[Cluster], declared: Declared, read: Reader, environ: Environ) -> Row:
    """Return ``hosts``, ``unmanaged`` and ``summary``, as the module documents them.

    A cluster whose variables are wrong, or whose tenant cannot be read, gets the verdict ``error``; the others go on.
    """
    hosts: dict[str, Row] = {}
    left: dict[tuple[str, t.Any], Row] = {}  # a tenant may be read with more than one key
    for group in _by_tenant(clusters):
        rows, unmanaged = _compare_tenant(group, declared, read, environ)
        hosts.update(rows)
        left.update({(normalized(row["immuta_url"]), row["id"]): row for row in unmanaged})
    in_order = {cluster.name: hosts[cluster.name] for cluster in clusters}
    return {"hosts": in_order, "unmanaged": list(left.values()), "summary": _summary(in_order, list(left.values()))}


def _by_tenant(clusters: t.Sequence[Cluster]) -> list[list[Cluster]]:
    groups: dict[tuple[str, ...], list[Cluster]] = {}
    for cluster in clusters:
        groups.setdefault(tuple(str(cluster.options.get(name)) for name in SHARED), []).append(cluster)
    return list(groups.values())


def _compare_tenant(
    clusters: t.Sequence[Cluster], declared: Declared, read: Reader, environ: Environ
) -> tuple[dict[str, Row], list[Row]]:
    """Return the rows of the clusters of one tenant, and what else the tenant has."""
    problems = {cluster.name: _problem_of(cluster, environ) for cluster in clusters}
    usable = [cluster for cluster in clusters if not problems[cluster.name]]
    refused = [cluster for cluster in clusters if problems[cluster.name]]
    rows = {cluster.name: _safe_error(cluster, problems[cluster.name]) for cluster in refused}
    if not usable:
        return rows, []
    try:
        records = read(usable[0].options)
    except ImmutaError as exc:
        return {**rows, **{cluster.name: _safe_error(cluster, exc.message) for cluster in usable}}, []
    rows.update({cluster.name: _safe_row(cluster, _record_of(cluster, records)) for cluster in usable})
    url = usable[0].options["immuta_url"]
    redact = Redactor(secrets_of(usable[0].options))
    return rows, [redact(_unmanaged(record, url)) for record in records if not declared.has(record, url)]


def _problem_of(cluster: Cluster, environ: Environ) -> str:
    """Return why a cluster cannot be compared, empty if it can."""
    if cluster.problem:
        return cluster.problem
    settings = settings_of(cluster.options)
    found: Problems = option_checks.connection_problems(cluster.options, environ)
    found = found + option_checks.settings_problems(settings)
    if not cluster.options.get("id") and "host" not in settings:
        found.append("Set redshift_integration_host or redshift_integration_id, to say which integration is meant.")
    return " ".join(found)


def _record_of(cluster: Cluster, records: t.Iterable[IntegrationRecord]) -> IntegrationRecord | None:
    wanted, host = cluster.options.get("id"), cluster.options.get("host")
    if wanted:
        return next((record for record in records if record.id == str(wanted)), None)
    return next((record for record in records if record.is_of_host(str(host))), None)


def _plan(cluster: Cluster, settings: Settings, record: IntegrationRecord | None) -> Plan:
    if cluster.options["state"] == "present":
        return plan_present(record, settings, cluster.options)
    return plan_absent(record, settings)


def _safe_row(cluster: Cluster, record: IntegrationRecord | None) -> Row:
    """Return the row of a cluster without its secrets, even if Immuta repeats one in a message."""
    return t.cast(Row, Redactor(secrets_of(cluster.options))(_row(cluster, record)))


def _safe_error(cluster: Cluster, message: str) -> Row:
    """Return the row of a cluster that cannot be compared, likewise; an address that is refused may have a password."""
    return t.cast(Row, Redactor(secrets_of(cluster.options))(_error(cluster, message)))


def _row(cluster: Cluster, record: IntegrationRecord | None) -> Row:
    settings = settings_of(cluster.options)
    plan = _plan(cluster, settings, record)
    is_absent = cluster.options["state"] == "absent"
    drift = _drift_of_state() if plan.operation == "deleted" else _drift(plan.changes)
    verdict = _verdict(record, is_absent, drift)
    return {
        "verdict": verdict,
        "operation": plan.operation,
        "status": record.status or None if record else None,
        "healthy": record.is_healthy if record else is_absent,
        "problems": _problems_of(record) if record else [],
        "drift": drift,
        "id": record.id if record else None,
        "message": _message(cluster, plan, verdict),
        "host": cluster.host or (record.host if record else ""),
        "immuta_url": cluster.options["immuta_url"],
        "needs_run": _needs_run(cluster, plan, verdict),
    }


def _verdict(record: IntegrationRecord | None, is_absent: bool, drift: list[Row]) -> str:
    """Return the first verdict of ``VERDICTS`` that applies."""
    if record is None:
        return "in_sync" if is_absent else "missing"
    if record.status not in KNOWN:
        return "unknown_status"
    if record.is_busy:
        return "busy"
    if not record.is_healthy and not is_absent:
        return "unhealthy"
    return "drifted" if drift else "in_sync"


def _needs_run(cluster: Cluster, plan: Plan, verdict: str) -> bool:
    """Return whether the role has something to do: also to wait for Immuta, or to look for what a deletion left."""
    drops = cluster.options["state"] == "absent" and bool(cluster.options.get("drop_objects"))
    return plan.operation != "none" or verdict == "busy" or drops


def _message(cluster: Cluster, plan: Plan, verdict: str) -> str:
    """Return what stops the operation, or else what the verdict means; empty if nothing is to be said."""
    if plan.refusal:
        return plan.refusal.message
    if verdict == "missing":
        return f"Immuta has no integration of {cluster.host or 'this id'}."
    if plan.operation == "deleted":
        return f"{plan.record.name if plan.record else ''} exists and is to be absent."
    return plan.record.describe() if plan.record and verdict not in ("in_sync", "drifted") else ""


def _problems_of(record: IntegrationRecord) -> list[str]:
    """Return a sentence for the status if it is not that of an integration that works, and for each failed test."""
    status = [] if record.is_healthy else [f"The status is {record.status or 'missing'}."]
    return status + sentences_of_tests(record.validation)


def _drift(changes: Changes) -> list[Row]:
    """Return what differs, with the fields within a setting apart."""
    found: list[Row] = []
    fixed = not_editable(changes)
    for option, (before, after) in changes.items():
        editable = option not in fixed
        if isinstance(after, dict):
            shown = before if isinstance(before, dict) else {}
            pairs = {f"{option}.{key}": (shown.get(key), value) for key, value in after.items()}
            found += [_difference(name, *pair, editable) for name, pair in pairs.items() if pair[0] != pair[1]]
        else:
            found.append(_difference(option, before, after, editable))
    return found


def _drift_of_state() -> list[Row]:
    return [_difference("state", "present", "absent", True)]


def _difference(option: str, before: t.Any, after: t.Any, editable: bool) -> Row:
    return {"option": option, "before": before, "after": after, "editable": editable}


def _error(cluster: Cluster, message: str) -> Row:
    return {
        "verdict": "error",
        "operation": None,
        "status": None,
        "healthy": False,
        "problems": [],
        "drift": [],
        "id": None,
        "message": message,
        "host": cluster.host,
        "immuta_url": cluster.options.get("immuta_url"),
        "needs_run": False,
    }


def _unmanaged(record: IntegrationRecord, url: str) -> Row:
    return {
        "id": record.id,
        "host": record.host,
        "status": record.status or None,
        "healthy": record.is_healthy,
        "problems": _problems_of(record),
        "immuta_url": url,
    }


def _summary(hosts: t.Mapping[str, Row], unmanaged: t.Sequence[Row]) -> dict[str, int]:
    """Return how many clusters have each verdict; verdicts that no cluster has are 0."""
    counts = dict.fromkeys((*VERDICTS, UNMANAGED), 0)
    for row in hosts.values():
        counts[row["verdict"]] += 1
    counts[UNMANAGED] = len(unmanaged)
    return counts
