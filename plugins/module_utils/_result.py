# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the core of a module returns, and how a module hands it to Ansible.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ._errors import ImmutaError
from ._redact import Redactor

Result = dict[str, t.Any]

LONGEST_TEXT = 3000  # characters


@dataclasses.dataclass
class Outcome:
    """The end of a core function.

    :param values: what is returned besides ``changed`` and ``diff``
    :param before: one side of the diff, without secrets; a text or a structure
    :param diffs: the diffs of several files, in the form of Ansible; instead of ``before`` and ``after``
    """

    changed: bool
    values: Result
    before: t.Any = dataclasses.field(default_factory=dict)
    after: t.Any = dataclasses.field(default_factory=dict)
    warnings: list[str] = dataclasses.field(default_factory=list)
    diffs: list[Result] | None = None
    has_diff: bool = True

    def warn(self, text: str) -> Outcome:
        """Add a warning, and return the outcome itself."""
        self.warnings.append(text)
        return self

    def result(self, diff: bool) -> Result:
        """Return what ``exit_json`` is called with."""
        one = {"before": self.before, "after": self.after}
        shown = {"diff": one if self.diffs is None else self.diffs} if diff and self.has_diff else {}
        return {"changed": self.changed, **self.values, **shown}


def perform(core: t.Callable[[], Outcome], secrets: t.Iterable[str], diff: bool) -> Result:
    """Run a core function and return its result, or its failure, without any of the secrets.

    :returns: the arguments of ``exit_json``, or with ``failed`` those of ``fail_json``; ``warnings`` is a list of texts
    """
    redact = Redactor(secrets)
    try:
        outcome = core()
        return t.cast(Result, redact({**outcome.result(diff), "warnings": outcome.warnings}))
    except ImmutaError as exc:
        return t.cast(Result, _shortened(redact({"failed": True, **exc.fail_args()})))
    except RecursionError:
        return {
            "failed": True,
            "msg": "The response from Immuta is nested too deeply to be an integration. Check immuta_url.",
        }


def _shortened(value: t.Any) -> t.Any:
    """Return a failure with no text longer than a screen. Done last: a cut must not halve a secret before."""
    if isinstance(value, str):
        return value if len(value) <= LONGEST_TEXT else f"{value[:LONGEST_TEXT]} ..."
    if isinstance(value, dict):
        return {key: _shortened(item) for key, item in value.items()}
    return [_shortened(item) for item in value] if isinstance(value, list) else value
