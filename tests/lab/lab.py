# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab: PostgreSQL, a Redshift-like proxy in front of it, and a simulator of the Immuta API, all on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import ssl
import threading
import time
import typing as t
from pathlib import Path

import trustme
from aiohttp import web

from tests.lab.immuta_api.api import Settings, create_app
from tests.lab.lab_info import FILE_NAME, LabInfo
from tests.lab.postgres.server import ADMIN, INITIAL_DATABASE, LIMITED, PostgresServer
from tests.lab.redshift_proxy.control import proxy_control_app
from tests.lab.redshift_proxy.proxy import RedshiftProxy

#: Path of the proxy's log, switches and faults. They have their own server, so the API's faults do not affect them.
CONTROL_PATH = "/_sim/proxy"
#: The last one is what Redshift has: the name of the region's clusters, of which one label is free.
CERTIFICATE_NAMES = ("localhost", "127.0.0.1", "::1", "*.abc123.eu-west-1.redshift.amazonaws.com")
CA_FILE = "ca.pem"
_IDLE_CHECK_SECONDS = 1.0

Warehouse = tuple[str, int, str]
ApiFactory = t.Callable[[str, Warehouse], web.Application]


def immuta_api(api_key: str, warehouse: Warehouse) -> web.Application:
    """Return the simulator of the Immuta API. The warehouse is host, port and sslmode of every cluster."""
    return create_app(Settings(api_key=api_key, redshift=warehouse))


class Lab:
    """Everything that a test or the demo needs, while the ``async with`` block lasts.

    :param directory: where ``lab.json`` and the certificate of the authority are written; it must exist
    :param redshift_like: with the proxy; otherwise everything goes to the plain PostgreSQL, without TLS
    :param tls_api: the API over https
    :param api: returns the API's application; None: a lab without API
    """

    def __init__(
        self, directory: Path, *, redshift_like: bool = True, tls_api: bool = False, api: ApiFactory | None = immuta_api
    ) -> None:
        self.directory = directory
        self.redshift_like = redshift_like
        self.tls_api = tls_api
        self.postgres = PostgresServer()
        self.proxy: RedshiftProxy | None = None
        self.info: LabInfo | None = None
        self._api = api
        self._api_key = secrets.token_hex(16)
        self._authority = trustme.CA()
        self._runners: list[web.AppRunner] = []
        self._touched = time.monotonic()

    async def start(self) -> LabInfo:
        """Start all parts, then write ``lab.json``."""
        try:
            await asyncio.to_thread(self.postgres.start)
            self._authority.cert_pem.write_to_path(str(self.directory / CA_FILE))
            self.proxy = RedshiftProxy((self.postgres.host, self.postgres.port), self._server_tls())
            await self.proxy.start()
            self.info = self._describe(self.proxy, await self._serve_api(), await self._serve_control(self.proxy))
            self.info.write(self.directory)
        except BaseException:
            await self.stop()
            raise
        return self.info

    async def stop(self) -> None:
        """Stop all parts and remove the lab's files. A second call does nothing."""
        for runner in self._runners:
            await runner.cleanup()
        self._runners.clear()
        if self.proxy:
            await self.proxy.stop()
        await asyncio.to_thread(self.postgres.stop)
        for name in (FILE_NAME, CA_FILE):
            (self.directory / name).unlink(missing_ok=True)

    async def idle(self, seconds: float) -> None:
        """Return when nobody has used the lab for this time."""
        while time.monotonic() - max(self._touched, self.proxy.log.touched if self.proxy else 0.0) < seconds:
            await asyncio.sleep(min(_IDLE_CHECK_SECONDS, seconds))

    async def __aenter__(self) -> LabInfo:
        return await self.start()

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    def _server_tls(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert(*CERTIFICATE_NAMES).configure_cert(context)
        return context

    def _warehouse(self) -> Warehouse:
        """Return where SQL goes: host, port, sslmode."""
        if self.redshift_like and self.proxy:
            return self.proxy.host, self.proxy.port, "require"
        return self.postgres.host, self.postgres.port, "disable"

    async def _serve_api(self) -> str:
        if self._api is None:
            return ""
        app = self._api(self._api_key, self._warehouse())
        return await self._serve(app, self._server_tls() if self.tls_api else None)

    async def _serve_control(self, proxy: RedshiftProxy) -> str:
        app = web.Application()
        app.add_subapp(CONTROL_PATH, proxy_control_app(proxy))
        return await self._serve(app) + CONTROL_PATH

    async def _serve(self, app: web.Application, tls: ssl.SSLContext | None = None) -> str:
        """Serve an application on a free port and return its address."""
        app.on_response_prepare.append(self._touch)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        self._runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        return f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"

    async def _touch(self, request: web.Request, response: web.StreamResponse) -> None:
        self._touched = time.monotonic()

    def _describe(self, proxy: RedshiftProxy, immuta_url: str, control_url: str) -> LabInfo:
        host, port, ssl_mode = self._warehouse()
        authority = str(self.directory / CA_FILE)
        return LabInfo(
            immuta_url=immuta_url,
            immuta_api_key=self._api_key,
            immuta_ca_path=authority if self.tls_api else None,
            redshift_like=self.redshift_like,
            redshift_host=host,
            redshift_port=port,
            redshift_ssl_mode=ssl_mode,
            redshift_ca_cert=authority if self.redshift_like else None,
            redshift_initial_database=INITIAL_DATABASE,
            redshift_admin_user=ADMIN,
            redshift_admin_password=self.postgres.passwords[ADMIN],
            redshift_limited_user=LIMITED,
            redshift_limited_password=self.postgres.passwords[LIMITED],
            postgres_host=self.postgres.host,
            postgres_port=self.postgres.port,
            control_url=control_url,
            pid=os.getpid(),
        )


@contextlib.contextmanager
def running_lab(lab: Lab) -> t.Iterator[LabInfo]:
    """Run a lab in a thread of this process, for programs that are not asynchronous."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="lab", daemon=True)
    thread.start()
    try:
        yield asyncio.run_coroutine_threadsafe(lab.start(), loop).result()
    finally:
        asyncio.run_coroutine_threadsafe(lab.stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
