# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of one simulated tenant, and how a request finds it."""

from __future__ import annotations

import collections
import dataclasses

from aiohttp import web

from tests.lab.immuta_api.auth import Tokens
from tests.lab.immuta_api.faults import FaultBook
from tests.lab.immuta_api.integrations import Store
from tests.lab.immuta_api.request_log import RequestLog
from tests.lab.immuta_api.state_machine import StateMachine
from tests.lab.immuta_api.switches import Switches
from tests.lab.immuta_api.warehouse import Address, Warehouse


@dataclasses.dataclass
class Settings:
    """Settings of a simulator."""

    #: the API key that may do everything here
    api_key: str
    #: host, port and sslmode of the cluster that every integration host leads to; None: there is no cluster, so
    #: finalising fails with 422 unless the switch check_warehouse is off
    redshift: Address | None = None
    #: the switches at the start and after a reset
    switches: Switches = dataclasses.field(default_factory=Switches)
    #: an API key without the permission APPLICATION_ADMIN: 403
    no_permission_key: str = "key-without-permission"


class Simulator:
    """One tenant."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.switches = settings.switches.copy()
        self.store = Store()
        self.log = RequestLog()
        self.faults = FaultBook()
        self.tokens = Tokens(settings.api_key, settings.no_permission_key, self.switches)
        warehouse = Warehouse(settings.redshift, self.switches) if settings.redshift else None
        self.state_machine = StateMachine(self.store, warehouse, self.switches)
        #: times of the requests in the last second, for the rate limit
        self.recent: collections.deque[float] = collections.deque()

    async def reset(self) -> None:
        """Restore the state of the start: no integrations, tokens, log or faults, and its switches."""
        await self.state_machine.stop()
        self.switches.update(vars(self.settings.switches.copy()))
        self.store.clear()
        self.tokens.expire()
        self.faults.faults.clear()
        self.log.entries.clear()
        self.recent.clear()


SIMULATOR = web.AppKey("simulator", Simulator)


def simulator_of(request: web.Request) -> Simulator:
    """Return the tenant that a request is for."""
    return request.config_dict[SIMULATOR]
