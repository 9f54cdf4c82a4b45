# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role returns after it ran scripts, and what it has to say. Pure.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import dataclasses
import itertools
import os
import typing as t

from .._types import Row
from ._bootstrap_plan import CLEANUP_FAILED, RESULT, as_data, validation_messages

Values = t.Mapping[str, t.Any]
Results = t.Sequence[Values]


@dataclasses.dataclass(frozen=True)
class BootstrapResult:
    """What the role returns, and what the user has to know.

    :param result: the value of ``redshift_integration_result``
    """

    result: dict[str, t.Any]
    messages: tuple[str, ...]


def bootstrap_result(plan: Values, generated: Results, runs: Results, finished: Values, before: Values) -> t.Any:
    """Return the result of the role after scripts, as plain data.

    :param plan: what ``_bootstrap_plan`` decided
    :param generated: the results of ``redshift_integration_script``, one for each script
    :param runs: the results of ``redshift_script``, likewise; skipped ones if others run the scripts
    :param finished: the result of ``redshift_integration`` at the end; skipped if nothing was finished
    :param before: the result of the role so far
    """
    rows = scripts_so_far(plan, generated, runs, before["scripts"])
    operation, integration = _end(plan, finished)
    changed = operation != "none" or (plan["state"] == "absent" and bool(rows))
    result = {"operation": operation, "changed": changed, "integration": integration, "scripts": rows}
    return as_data(BootstrapResult(result, _messages(plan, result)))


def scripts_so_far(plan: Values, generated: Results, runs: Results, before: t.Sequence[Row]) -> list[Row]:
    """Return a row for each script of the role, the one that failed included.

    :param before: the rows so far, which may have those of these scripts already
    """
    return [*before, *(row for row in _script_rows(plan, generated, runs) if row not in before)]


def left_directories(plan: Values, generated: Results, runs: Results) -> list[str]:
    """Return the directories of temporary scripts that were generated, and that no run has removed.

    :param plan: what ``_bootstrap_plan`` decided
    :param generated: the results of ``redshift_integration_script``, empty if there was none
    :param runs: the results of ``redshift_script``, likewise
    """
    if not plan["temporary"]:
        return []
    removed = [run.get("removed") for run in runs]
    written = [result["dest"] for result in generated if result.get("dest")]
    return [os.path.dirname(path) for path in written if path not in removed]


def _script_rows(plan: Values, generated: Results, runs: Results) -> list[Row]:
    """Return a row for each script that was generated: the results of its statements, or how many it has."""
    results = runs if plan["run_scripts"] else generated
    return [
        {
            "script": script["script"],
            "database": script["database"],
            "statements": result["statements"],
            "checksum": source.get("checksum"),
        }
        for script, source, result in zip(plan["scripts"], generated, results)
        if "statements" in result
    ]


def _end(plan: Values, finished: Values) -> tuple[str, Row | None]:
    """Return the operation and the integration at the end."""
    if plan["state"] == "absent":
        return plan["operation"], None
    if plan["tasks"] == CLEANUP_FAILED:  # after it, the integration is created from the start
        return "created", plan["integration"]
    if _is_handed_over(plan):
        return "none", None
    end = finished if "operation" in finished else plan
    return end["operation"], end["integration"]


def _is_handed_over(plan: Values) -> bool:
    return bool(plan["scripts"]) and not plan["run_scripts"]


def _messages(plan: Values, result: Values) -> tuple[str, ...]:
    if plan["tasks"] == RESULT:
        return tuple(plan["messages"])
    rows, is_first_part = result["scripts"], plan["tasks"] == CLEANUP_FAILED
    if _is_handed_over(plan):
        return () if is_first_part else _hand_over_messages(plan, rows)
    if plan["check_mode"]:
        return tuple(map(_planned, rows))
    return () if is_first_part or plan["state"] == "absent" else validation_messages(result["integration"])


def _planned(row: Values) -> str:
    """Return the SQL commands that a script would run, in their order, with how often if one follows itself."""
    verbs = itertools.groupby(each["verb"] for each in row["statements"])
    counted = [(verb, len(list(group))) for verb, group in verbs]
    listed = ", ".join(verb if number == 1 else f"{verb} ({number})" for verb, number in counted)
    return f"{row['script']} in {row['database']}: {listed or 'no statement'}"


def _hand_over_messages(plan: Values, rows: t.Sequence[Values]) -> tuple[str, ...]:
    if not rows:
        return ()
    directory = plan["scripts_dir"]
    if plan["state"] == "absent":
        return (
            f"The integration is deleted in Immuta. Run {directory}/{rows[0]['script']}.sql in database "
            f"{rows[0]['database']} to drop the objects that the scripts created.",
        )
    listed = "; ".join(
        f"{directory}/{row['script']}.sql in database {row['database']} ({row['statements']} statements)"
        for row in rows
    )
    return (
        f"Run these scripts in this order, as a user that may create databases and users: {listed}. They contain the "
        "password of the system account: hand them over safely, and remove them afterwards. Then run this again with "
        "redshift_integration_scripts_done=true.",
    )
