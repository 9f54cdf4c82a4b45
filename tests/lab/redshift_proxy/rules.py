# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of Redshift for one message of SQL. Pure: text in, verdict out.

A statement that no rule knows passes untouched: the real PostgreSQL behind the proxy decides. README.md lists what
stays different from Redshift.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from tests.lab.redshift_proxy import rewrites
from tests.lab.redshift_proxy.refusals import Refusal, first_refusal
from tests.lab.redshift_proxy.rewrites import CASE_SETTING, SETTINGS, Change, Fact, SessionState, change
from tests.lab.redshift_proxy.switches import ProxySwitches
from tests.lab.redshift_proxy.text import Statement, statements

_UNREADABLE = Refusal("0A000", "the lab's Redshift-like proxy cannot read this message")


@dataclass
class Verdict:
    """What to send in place of a message, and what it was."""

    sql: str
    statements: tuple[Statement, ...] = ()
    refusal: Refusal | None = None
    #: The command tags of its commands for the client, see ``Change.replies``.
    replies: tuple[str | None, ...] = ()
    #: A message to run first, without the client's knowledge.
    before: str | None = None
    #: What is true of the cluster after the message succeeded.
    facts: dict[Fact, t.Any] = field(default_factory=dict)
    #: Number of characters that stand before the client's own text.
    offset: int = 0


def judge(sql: str, switches: ProxySwitches, session: SessionState) -> Verdict:
    """Return what to send to PostgreSQL instead of a client's message."""
    found = statements(sql)
    if found is None:
        return _unreadable(sql)
    refusal = first_refusal(found, switches, session.in_transaction)
    if refusal:
        return Verdict(refusal.as_sql(), found, refusal)
    changes = [change(statement, session, len(found) > 1) for statement in found]
    replies = tuple(reply for one in changes for reply in one.replies)
    before = next((one.before for one in changes if one.before), None)
    return Verdict(_joined(sql, found, changes), found, None, replies, before, rewrites.facts(found))


def startup_settings(switches: ProxySwitches, case_sensitive: bool) -> dict[str, str]:
    """Return settings that make a PostgreSQL session read SQL as Redshift does."""
    settings = {f"redshift.{name}": "" for name in SETTINGS}
    settings |= {f"redshift.{CASE_SETTING}": "on" if case_sensitive else "off"}
    settings |= {"redshift.version": switches.version}
    if switches.backslash_escapes:
        settings |= {"standard_conforming_strings": "off", "escape_string_warning": "off", "backslash_quote": "on"}
    return settings


def _unreadable(sql: str) -> Verdict:
    """PostgreSQL reads the message first and reports a syntax error in it; if there is none, ours is raised."""
    guard = f"{_UNREADABLE.as_sql()}; "
    return Verdict(guard + sql, (), _UNREADABLE, offset=len(guard))


def _joined(sql: str, found: t.Sequence[Statement], changes: t.Sequence[Change]) -> str:
    """Put changed statements into their places and leave every other character as it is."""
    out, end = [], 0
    for statement, one in zip(found, changes, strict=True):
        out += [sql[end : statement.start], one.sql or sql[statement.start : statement.end]]
        end = statement.end
    return "".join([*out, sql[end:]])
