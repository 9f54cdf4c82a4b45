# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of a play, as an action plugin gets them, and its plugin on the controller."""

from __future__ import annotations

import types
import typing as t
from unittest import mock

import pytest
from ansible import template
from ansible.parsing.dataloader import DataLoader

from ansible_collections.community.immuta.plugins.module_utils._module._inventory import PREFIX

OMIT = "__omit_place_holder__"
#: Since ansible-core 2.19, only texts that Ansible read itself are templates.
as_template = getattr(template, "trust_as_template", str)


class HostVars(dict[str, dict[str, t.Any]]):
    """The variables of hosts before they are templated."""

    def raw_get(self, name: str) -> dict[str, t.Any]:
        """Return the variables of a host."""
        return self[name]


def role_variables(settings: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Return settings as variables of the role; each text is a template."""
    texts = {name: as_template(value) if isinstance(value, str) else value for name, value in settings.items()}
    return {PREFIX + name: value for name, value in texts.items()}


def task_vars(hosts: t.Mapping[str, t.Mapping[str, t.Any]], **more: t.Any) -> dict[str, t.Any]:
    """Return the variables of a task in a play with these hosts, each with its own variables."""
    names = list(hosts)
    play = {"ansible_play_hosts_all": names, "ansible_play_hosts": names, "ansible_check_mode": False, "omit": OMIT}
    return {"hostvars": HostVars({name: dict(found) for name, found in hosts.items()}), **play, **more}


def templar() -> template.Templar:
    """Return the templar of an action plugin."""
    return template.Templar(loader=DataLoader(), variables={})


def run_action(
    action: t.Any, args: dict[str, t.Any], variables: dict[str, t.Any], check: bool = False
) -> dict[str, t.Any]:
    """Run an action plugin on the controller, and return its result; ``shown`` in it is what it displayed."""
    play = types.SimpleNamespace(get_vars=dict)
    task = types.SimpleNamespace(args=args, check_mode=check, async_val=0, get_play=lambda: play)
    others = {name: mock.Mock() for name in ("connection", "play_context", "loader", "shared_loader_obj")}
    plugin = action.ActionModule(task=task, templar=templar(), **others)
    shown: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ansible.plugins.action.ActionBase.run", lambda *_args: {})
        patch.setattr(plugin, "_display", types.SimpleNamespace(display=shown.append))
        result = plugin.run(task_vars=variables)
    return {**result, "shown": "\n".join(shown)}
