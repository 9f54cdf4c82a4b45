# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From AnsibleModule to a core function and back.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ._context import Context
from ._option_secrets import option_secrets, shown_options
from ._redact import Redactor
from ._result import Outcome, Result, perform

Core = t.Callable[[dict[str, t.Any], Context], Outcome]


class MaskingModule(AnsibleModule):
    """AnsibleModule for options that contain secrets among other values.

    ``extra_config`` and ``connect_params`` cannot be ``no_log``: ansible-core would mask each ``1`` in them wherever it
    occurs, from 2.22 on in all output of the run. Without ``no_log``, ansible-core logs them to syslog and returns them
    as ``invocation`` as they are, before any code of ours is run. So this class overrides the public methods that do
    that, which every supported ansible-core has.
    """

    #: What must not appear in any output. None until the options are valid: then all that may be a secret counts.
    secrets: t.Collection[str] | None = None

    def log(self, msg: str, log_args: t.Mapping[str, t.Any] | None = None) -> None:
        """Log a message; ``log_args`` are the options, of which only what may be shown is logged."""
        if log_args:
            log_args = {name: str(value) for name, value in self._shown_options().items()}
            msg = " ".join(["Invoked with", *(f"{name}={value}" for name, value in log_args.items())])
        super().log(self._redactor().text(msg), log_args)

    def exit_json(self, **result: t.Any) -> None:
        """End the module; ``invocation`` is what may be shown of the options."""
        super().exit_json(invocation={"module_args": self._shown_options()}, **result)

    def fail_json(self, msg: str, **result: t.Any) -> None:
        """Fail the module, likewise; the message may be one of ansible-core about wrong options."""
        message = self._redactor().text(msg)
        super().fail_json(msg=message, invocation={"module_args": self._shown_options()}, **result)

    def _known_secrets(self) -> t.Collection[str]:
        return option_secrets(self.argument_spec, self.params) if self.secrets is None else self.secrets

    def _redactor(self) -> Redactor:
        return Redactor(self._known_secrets())

    def _shown_options(self) -> dict[str, t.Any]:
        return shown_options(self.argument_spec, self.params, self._known_secrets())


def run_module(module: MaskingModule, core: Core, secrets: t.Collection[str]) -> Result:
    """Run the core of a module; if it fails, the module ends with its message.

    :param core: called with the options and the context
    :param secrets: must not appear in any output
    :returns: what ``exit_json`` is to be called with
    """
    module.secrets = secrets
    context = Context(check_mode=module.check_mode)
    result = perform(lambda: core(module.params, context), secrets, module._diff)
    for warning in result.pop("warnings", []):
        module.warn(warning)
    if result.get("failed"):
        module.fail_json(**{key: value for key, value in result.items() if key != "failed"})
    return result


def need_requests(module: MaskingModule, error: str | None) -> None:
    """End the module with a sentence if importing ``requests`` ended with this error."""
    if error:
        module.fail_json(msg=missing_required_lib("requests"), exception=error)
