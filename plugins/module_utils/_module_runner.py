# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From AnsibleModule to a core function and back. Private to this collection."""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ._context import Context
from ._redact import hidden_values, sounds_secret
from ._result import Outcome, Result, perform

Core = t.Callable[[dict[str, t.Any], Context], Outcome]


def run_module(module: AnsibleModule, core: Core, secrets: t.Collection[str]) -> Result:
    """Run the core of a module; where it fails, the module ends with its message.

    :param core: called with the options and the context
    :param secrets: may not appear in any output
    :returns: what C(exit_json) is to be called with
    """
    # Ansible masks its own copies of the options with these too: those of a secret within connect_params, for instance.
    module.no_log_values = (module.no_log_values - harmless_values(module.params)) | set(filter(None, secrets))
    context = Context(check_mode=module.check_mode)
    result = perform(lambda: core(module.params, context), secrets, module._diff)
    for warning in result.pop("warnings", []):
        module.warn(warning)
    if result.get("failed"):
        module.fail_json(**{key: value for key, value in result.items() if key != "failed"})
    return result


def need_requests(module: AnsibleModule, error: str | None) -> None:
    """End the module with a sentence if importing C(requests) ended with this error."""
    if error:
        module.fail_json(msg=missing_required_lib("requests"), exception=error)


def harmless_values(options: t.Mapping[str, t.Any]) -> set[str]:
    """Return what AnsibleModule would mask of C(extra_config) and C(connect_params), and is no secret.

    To mask each C(1) would leave no output readable; see C(_redact.hidden_values).
    """
    extra, params = options.get("extra_config"), options.get("connect_params") or {}
    named: list[t.Any] = [options.get(name) for name in ("immuta_api_key", "password", "login_password", "secrets")]
    named += [(options.get("okta") or {}).get("password")]
    named += [value for name, value in params.items() if sounds_secret(name)]
    return ({*_leaves(extra), *_leaves(params)} - set(hidden_values(extra))) - set(_leaves(named))


def _leaves(value: t.Any) -> t.Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, (int, float, str)):
        yield str(value)
