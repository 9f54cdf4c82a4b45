# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of hosts: those of the play override the inventory, but not what is stronger than a play."""

from __future__ import annotations

import typing as t

import pytest

pytest.importorskip("ansible.template")

from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.community.immuta.plugins.plugin_utils._fleet import FleetVariables

URL = "redshift_integration_immuta_url"
KEY = {"redshift_integration_immuta_api_key": "k"}
INVENTORY = {
    "one": {**KEY, "redshift_integration_host": "one.example.com", URL: "inventory"},
    "two": {**KEY, "redshift_integration_host": "two.example.com"},
}


class HostVars(dict[str, t.Any]):
    """Stands in for hostvars, which has no variables of a play."""

    raw_get = dict.__getitem__


def address(name: str, play_vars: dict[str, t.Any], **stronger: t.Any) -> t.Any:
    """Return the address of the tenant that a host has, in a task of the first host."""
    hostvars = HostVars({host: {**variables, **stronger} for host, variables in INVENTORY.items()})
    task_vars = {**INVENTORY["one"], **play_vars, **stronger, "hostvars": hostvars}
    templar = Templar(loader=DataLoader(), variables={})
    return FleetVariables(templar, task_vars, play_vars).cluster(name).options.get("immuta_url")


@pytest.mark.parametrize("name", INVENTORY)
def test_the_play_overrides_the_inventory_of_every_host(name: str) -> None:
    assert address(name, {URL: "play"}) == "play"


@pytest.mark.parametrize("name", INVENTORY)
def test_extra_variables_override_the_play(name: str) -> None:
    assert address(name, {URL: "play"}, **{URL: "extra"}) == "extra"


def test_a_play_without_variables_leaves_each_host_its_own() -> None:
    assert (address("one", {}), address("two", {})) == ("inventory", None)
