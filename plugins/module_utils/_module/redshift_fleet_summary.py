# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Summarize what a run of the playbook did for every cluster. Pure.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._types import Row
from ._bootstrap_result import scripts_so_far
from ._table import Line, table

FAILED, NOT_REACHED, NOTHING, HANDED_OVER = "failed", "not reached", "nothing to do", "handed over"
#: What a run that ended well did for a cluster.
DONE = ("created", "updated", "repaired", "deleted", "cleaned up", HANDED_OVER)
WOULD_BE = "would be "


@dataclasses.dataclass(frozen=True)
class Facts:
    """What a run left in the variables of a host.

    :param compared: its row of redshift_fleet_info, empty if it has none
    :param result: ``redshift_integration_result`` of the role, empty if the role was not run to its end
    :param failure: the message that the role failed with, empty if it did not
    :param is_reached: whether the host could still be reached at the end
    :param plan: what the role decided, empty if it did not come so far
    :param generated: the results of the tasks that generated scripts, in their order
    :param runs: the results of the tasks that ran them, likewise
    :param account: the result of the task that set the password of the system account
    :param started_at: when the clusters were compared, empty if they were not
    :param ended_at: when the role ended or failed, empty if it did not
    """

    compared: Row
    result: Row
    failure: str
    is_reached: bool = True
    plan: Row = dataclasses.field(default_factory=dict)
    generated: tuple[Row, ...] = ()
    runs: tuple[Row, ...] = ()
    account: Row = dataclasses.field(default_factory=dict)
    started_at: str = ""
    ended_at: str = ""

    def redacted(self, redact: t.Callable[[str], str]) -> Facts:
        """Return the same without the secrets of the host, if its failure repeats one."""
        return dataclasses.replace(self, failure=redact(self.failure))

    @property
    def was_run(self) -> bool:
        """Whether the role was run for the host, to its end or not."""
        return bool(self.compared.get("needs_run"))

    @property
    def set_password(self) -> bool:
        """Whether the run set the password of the system account in Redshift, besides its scripts."""
        return self.was_run and bool(self.account.get("changed"))

    @property
    def scripts(self) -> list[Row]:
        """The scripts of the run with the results of their statements, the one that failed included."""
        rows = self.result.get("scripts") or []
        if not self.was_run or not self.plan:
            return rows if self.was_run else []
        return scripts_so_far(self.plan, self.generated, self.runs, rows)


def summarize(facts: t.Mapping[str, Facts], check_mode: bool) -> Row:
    """Return ``hosts``, ``totals``, ``failures`` and the lines of a ``table``, as the module documents them."""
    hosts = {name: _row(found, check_mode) for name, found in facts.items()}
    totals: dict[str, int] = {}
    for row in hosts.values():
        totals[row["result"]] = totals.get(row["result"], 0) + 1
    return {
        "hosts": hosts,
        "totals": totals,
        "failures": {name: row["message"] for name, row in hosts.items() if row["result"] == FAILED},
        "table": _table(hosts, totals, check_mode),
    }


def _row(facts: Facts, check_mode: bool) -> Row:
    result, message = _result_and_message(facts, check_mode)
    shown = _integration(facts, is_done=result not in (FAILED, NOT_REACHED) and not check_mode)
    return {"result": result, "status": shown.get("status"), "id": shown.get("id"), "message": message}


def _integration(facts: Facts, is_done: bool) -> Row:
    """Return what Immuta has: if nothing was done, what it had before, since the result is only what was planned."""
    integration = facts.result.get("integration") if is_done and facts.result else facts.compared
    return integration if isinstance(integration, dict) else {}


def _result_and_message(facts: Facts, check_mode: bool) -> tuple[str, str]:
    message = str(facts.compared.get("message") or "")
    if facts.failure:
        return FAILED, facts.failure
    if facts.compared.get("verdict") == "error":
        return FAILED, message
    if not facts.is_reached or not facts.compared:
        return NOT_REACHED, ""
    if not facts.compared.get("needs_run"):
        return NOTHING, message
    if not facts.result:
        return NOT_REACHED, ""
    done = _done(facts)
    return f"{WOULD_BE}{done}" if check_mode and done != NOTHING else done, ""


def _done(facts: Facts) -> str:
    operation = str(facts.result.get("operation"))
    if operation != "none":
        return operation
    if facts.result.get("changed"):
        return "cleaned up"
    return HANDED_OVER if facts.result.get("scripts") else NOTHING


def _table(hosts: t.Mapping[str, Row], totals: t.Mapping[str, int], check_mode: bool) -> list[str]:
    lines = [Line(name, row["result"], row["status"], row["message"]) for name, row in hosts.items()]
    return table("RESULT", lines, totals, "Check mode: nothing was changed." if check_mode else "")
