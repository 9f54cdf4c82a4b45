# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the API: each kind on each request of each operation, once and for good.

The modules are called in this process, over real HTTP; some of it through the role and ansible-playbook.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import time
import types
import typing as t
from pathlib import Path

import pytest

from ansible_collections.community.immuta.plugins.module_utils._immuta.response import Response
from ansible_collections.community.immuta.plugins.module_utils._immuta.transport import Request, Transport
from ansible_collections.community.immuta.plugins.modules import (
    redshift_integration,
    redshift_integration_info,
    redshift_integration_script,
)
from tests.integration.support.faults import (
    Tally,
    called,
    clear_faults,
    closed_port,
    sentence_problems,
    shorten_pauses,
)
from tests.integration.support.lifecycle import FLOWS as LIFE
from tests.integration.support.lifecycle import NEW_PASSWORD, ON, Ends, assert_finished
from tests.integration.support.playbook_runner import PlaybookRunner
from tests.integration.support.scenarios import (
    AT_ONCE,
    PASSWORD,
    Options,
    api,
    automatic,
    left_behind,
    manual,
    message,
    record,
    role_play,
)
from tests.lab.client import LabClient
from tests.tools.figures_plugin import RecordFigures

Rows = list[dict[str, t.Any]]

TIMEOUT = 1  # seconds
SLOW_SECONDS = 1.3
WAIT_TIMEOUT = 5  # seconds
LOOK_AGAIN = 0.4  # seconds
LONGEST_PAUSE = 1.0  # seconds, between two tries: Retry-After of the faults
#: seconds of an operation of the simulator: long enough to be waited for
BUSY_SECONDS = 0.04
#: statuses after which a write may be sent again: nothing was done
SURELY_REFUSED = (401, 404, 429, 503)
WRITES = ("POST /integrations", "PUT /integrations/1", "DELETE /integrations/1")
EXCHANGE = "POST /bim/apikey/authenticate"


@dataclasses.dataclass(frozen=True)
class Fault:
    """A kind of fault.

    :param description: for the simulator
    :param done: whether the request takes effect
    :param passing: a read is asked for again
    """

    description: Options
    done: bool = False
    passing: bool = False
    switches: Options = dataclasses.field(default_factory=dict)

    def set(self, lab: LabClient, position: int, times: int | None) -> None:
        """Set the fault for the request of this number, counted from 0, or for all from there on."""
        lab.switches(**self.switches)
        lab.fault(**self.description, handle=self.done, skip=position, times=times)


def response(status: int, *, done: bool = False, passing: bool = False) -> Fault:
    """Return the fault of a response with this status."""
    return Fault({"kind": "status", "status": status}, done, passing)


FAULTS = {
    "429 seconds": Fault({"kind": "retry_after", "seconds": 1}, passing=True),
    "429 date": Fault({"kind": "retry_after", "seconds": 0}, passing=True, switches={"retry_after": "date"}),
    "503 retry": Fault({"kind": "retry_after", "status": 503, "seconds": 0}, passing=True),
    "500": response(500, passing=True),
    "500 done": response(500, done=True, passing=True),
    "502": response(502, passing=True),
    "502 done": response(502, done=True, passing=True),
    "503": response(503, passing=True),
    "504": response(504, passing=True),
    "504 done": response(504, done=True, passing=True),
    "reset before": Fault({"kind": "reset_before"}, passing=True),
    "reset after": Fault({"kind": "reset_after"}, done=True, passing=True),
    "slow": Fault({"kind": "slow", "seconds": SLOW_SECONDS}, done=True, passing=True),
    "truncated": Fault({"kind": "truncated"}, done=True, passing=True),
    "html": Fault({"kind": "html"}),
    "html done": Fault({"kind": "html"}, done=True),
    "html 404": Fault({"kind": "html", "status": 404}),
    "empty": Fault({"kind": "empty"}, done=True),
    "not json": Fault({"kind": "not_json"}, done=True),
    "401": response(401),
    "403": response(403),
    "redirect": Fault({"kind": "redirect"}),
    "token expired": Fault({"kind": "expire_token"}, done=True),
}
#: after which a write whose response is lost may have been processed, and is looked for
LOST = {"502 done", "504 done", "reset after", "slow", "truncated", "html done", "empty", "not json"}
#: after which the server certainly did nothing, so that a write is sent again
SENT_AGAIN = {"429 seconds", "429 date", "503", "503 retry"}


@dataclasses.dataclass(frozen=True)
class ApiFlow:
    """A call of a module.

    :param requests: what it sends if nothing goes wrong
    :param before: settings of the integration that exists before
    :param visible: Immuta shows whether its write was done; it does not show passwords
    """

    module: types.ModuleType
    options: t.Callable[[LabClient], Options]
    requests: tuple[str, ...]
    before: t.Callable[[LabClient], Options] | None = None
    visible: bool = True

    def prepare(self, lab: LabClient, dest: Path) -> None:
        """Bring the lab and the file into the state before the call."""
        lab.reset()
        seconds = {name: BUSY_SECONDS for name in AT_ONCE}
        lab.switches(**seconds, check_warehouse=False)
        dest.unlink(missing_ok=True)
        if self.before:
            lab.seed(record(self.before(lab)))

    def call(self, lab: LabClient, dest: Path, retries: int, **changes: t.Any) -> Options:
        """Call the module, and return its result."""
        options = {**api(lab), "timeout": TIMEOUT, "retries": retries, **self.options(lab)}
        if self.module is redshift_integration:
            options["wait_timeout"] = WAIT_TIMEOUT
        if self.module is redshift_integration_script:
            options["dest"] = str(dest)
        return called(self.module, {**options, **changes})

    @property
    def writes(self) -> int:
        """How many writes it sends."""
        return len([name for name in self.requests if name in WRITES])


READ_ONE = "GET /integrations/1"
LIST = "GET /integrations"
POLL = (READ_ONE, READ_ONE)


def plain(**changes: t.Any) -> t.Callable[[LabClient], Options]:
    """Return the settings of a manual integration, for a lab."""
    return lambda _lab: manual(**changes)


def with_token(flow: ApiFlow) -> ApiFlow:
    """Return the same call with a token instead of the key."""
    options = flow.options
    return dataclasses.replace(
        flow, options=lambda lab: {**options(lab), "immuta_auth": "token"}, requests=(EXCHANGE, *flow.requests)
    )


def script(name: str, *requests: str, **changes: t.Any) -> ApiFlow:
    """Return the call that generates a script."""
    before = plain() if name in ("edit", "delete") else None
    return ApiFlow(redshift_integration_script, plain(script=name, **changes), requests, before)


ENSURE = functools.partial(ApiFlow, redshift_integration)
PLAIN_FLOWS = {
    "list": ApiFlow(redshift_integration_info, lambda _lab: {}, (LIST,), plain()),
    "read": ApiFlow(redshift_integration_info, lambda _lab: {"id": "1"}, (READ_ONE,), plain()),
    "create": ENSURE(automatic, (LIST, WRITES[0], *POLL)),
    "finish": ENSURE(plain(), (LIST, WRITES[0], *POLL)),
    "update": ENSURE(plain(**ON), (LIST, WRITES[1], *POLL), plain()),
    "update by id": ENSURE(plain(id="1", **ON), (READ_ONE, WRITES[1], *POLL), plain()),
    "rotate": ENSURE(
        plain(update_password="always", password=NEW_PASSWORD), (LIST, WRITES[1], *POLL), plain(), visible=False
    ),
    "delete": ENSURE(plain(state="absent"), (LIST, WRITES[2], *POLL), plain()),
    "delete automatic": ENSURE(lambda lab: automatic(lab, state="absent"), (LIST, WRITES[2], *POLL), automatic),
    "delete by id": ENSURE(plain(state="absent", id="1"), (READ_ONE, WRITES[2], *POLL), plain()),
    "initial_create": script("initial_create", "POST /integrations/scripts/initial-create"),
    "create script": script("create", "POST /integrations/scripts/create"),
    "cleanup": script("cleanup", "POST /integrations/scripts/cleanup"),
    "edit": script("edit", LIST, "POST /integrations/1/scripts/edit", **ON),
    "delete script": script("delete", LIST, "POST /integrations/1/scripts/delete"),
}
TOKEN_FLOWS = {
    f"{name} by token": with_token(PLAIN_FLOWS[name]) for name in ("list", "finish", "update", "delete", "edit")
}
FLOWS = PLAIN_FLOWS | TOKEN_FLOWS
#: the calls that are also tried with a fault that never goes away; the others send the same requests
FOR_GOOD = ("read", "finish", "update", "delete", "edit")


@dataclasses.dataclass(frozen=True)
class End:
    """The state after an operation."""

    result: Options
    integrations: Rows
    script: str | None


def end_of(lab: LabClient, dest: Path, result: Options) -> End:
    """Return the current state and the result of the module, without the diff and the path of a script."""
    said = {name: value for name, value in result.items() if name not in ("diff", "dest")}
    text = dest.read_text(encoding="utf-8") if dest.exists() else None
    return End(said, lab.integrations(), text)


class Clean:
    """The state after each operation without a fault, determined once."""

    def __init__(self) -> None:
        self._known: dict[str, End] = {}

    def of(self, name: str, lab: LabClient, dest: Path) -> End:
        """Return the state after an operation, and check that it sends the requests of ``FLOWS``."""
        if name not in self._known:
            flow = FLOWS[name]
            flow.prepare(lab, dest)
            result = flow.call(lab, dest, 0)
            assert not result.get("failed"), result
            sent = tuple(f"{row['method']} {row['path']}" for row in lab.requests())
            assert sent[: len(flow.requests) - 1] == flow.requests[:-1], sent
            self._known[name] = end_of(lab, dest, result)
        return self._known[name]


@pytest.fixture(scope="module")
def tally(record_figures: RecordFigures) -> t.Iterator[Tally]:
    """Counts what was tried, for the page of figures."""
    counted = Tally()
    yield counted
    counted.write("faults of the API", record_figures)


@pytest.fixture(scope="module")
def clean() -> Clean:
    """The state after each operation without a fault."""
    return Clean()


@dataclasses.dataclass(frozen=True)
class Try:
    """A fault on a request of an operation, once or for good."""

    name: str
    kind: str
    position: int
    once: bool

    @property
    def flow(self) -> ApiFlow:
        """The operation."""
        return FLOWS[self.name]

    @property
    def retries(self) -> int:
        """The number of retries: fewer if they do not help."""
        return 2 if self.once else 1

    def __str__(self) -> str:
        often = "once" if self.once else "for good"
        return f"{self.name}: {self.kind} {often} at {self.flow.requests[self.position]} (no. {self.position})"

    def must_end_well(self) -> bool:
        """Whether the module recovers from the fault by itself."""
        if not self.once:
            return False
        request = self.flow.requests[self.position]
        if self.kind in ("401", "token expired"):
            return ("by token" in self.name and request != EXCHANGE) or self.kind == "token expired"
        if request in WRITES:
            return self.kind in SENT_AGAIN or (self.kind in LOST and self.flow.visible)
        return FAULTS[self.kind].passing

    def longest(self) -> float:
        """Return the longest time that the call may take with these options, in seconds."""
        tries = (self.retries + 1) * (len(self.flow.requests) + 2)
        return tries * (TIMEOUT + LONGEST_PAUSE) + LOOK_AGAIN + WAIT_TIMEOUT


def tries(name: str, kind: str) -> t.Iterator[Try]:
    """Yield the fault on each request of an operation, once and for good."""
    for position in range(len(FLOWS[name].requests)):
        yield Try(name, kind, position, once=True)
        if name in FOR_GOOD:
            yield Try(name, kind, position, once=False)


def took_effect(row: Options, done: bool) -> bool:
    """Return whether a write that the simulator logged was processed."""
    if row["fault"] is None or row["fault"] == "expire_token":
        return row["status"] is not None and row["status"] < 300
    return done


def doubled(rows: Rows) -> list[str]:
    """Return the writes that were sent again although the first may have been processed."""
    sent = [row for row in rows if f"{row['method']} {row['path']}" in WRITES]
    unsure = [row for row in sent[:-1] if row["status"] not in SURELY_REFUSED]
    return [f"sent again after {row['fault']} {row['status']}: {row['method']} {row['path']}" for row in unsure]


def effects(rows: Rows, done: bool) -> int:
    """Return how many writes were processed."""
    return len([row for row in rows if f"{row['method']} {row['path']}" in WRITES and took_effect(row, done)])


def secrets(lab: LabClient) -> list[str]:
    """Return what no result may contain."""
    return [lab.immuta_api_key, lab.redshift_admin_password, PASSWORD, NEW_PASSWORD]


def problems_of(one: Try, lab: LabClient, dest: Path, end: End, tally: Tally) -> list[str]:
    """Call with the fault, then again without, and return what was wrong."""
    flow, fault = one.flow, FAULTS[one.kind]
    flow.prepare(lab, dest)
    fault.set(lab, one.position, 1 if one.once else None)
    start = time.monotonic()
    result = flow.call(lab, dest, one.retries)
    seconds = time.monotonic() - start
    rows = lab.requests()
    found = judged(one, result, end_of(lab, dest, result), end, secrets(lab))
    found += [f"it took {seconds:.1f} s"] if seconds > one.longest() else []
    found += doubled(rows)
    if any(row["fault"] for row in rows):
        tally.add(one.kind, "sentence" if result.get("failed") else "right")
    clear_faults(lab)
    lab.clear_requests()
    again = flow.call(lab, dest, 0)
    after = end_of(lab, dest, again)
    if again.get("failed") or (after.integrations, after.script) != (end.integrations, end.script):
        found.append(f"run again: {after}")
    total = effects(rows, fault.done) + effects(lab.requests(), False)
    if not flow.writes <= total <= flow.writes * (1 if flow.visible else 2):
        found.append(f"{total} writes were carried out")
    return [f"{one}: {problem}" for problem in found]


def judged(one: Try, result: Options, now: End, end: End, hidden: list[str]) -> list[str]:
    """Return what is wrong with the result."""
    if not result.get("failed"):
        return [] if now == end else [f"called done, but {now} is not {end}"]
    found = sentence_problems(result, hidden)
    if now.script is not None:
        found.append("a file is there after a failure")
    return found + ([f"it could have ended well: {result['msg']}"] if one.must_end_well() else [])


def kinds_for(name: str) -> list[str]:
    """Return the faults that make sense for an operation: a script may be plain text, so it need not be JSON."""
    without = [] if name in TOKEN_FLOWS else ["token expired"]
    without += ["not json"] if FLOWS[name].module is redshift_integration_script else []
    return [kind for kind in FAULTS if kind not in without]


CASES = [(name, kind) for name in FLOWS for kind in kinds_for(name)]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No long pauses in this process."""
    shorten_pauses(monkeypatch, LOOK_AGAIN)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("name", "kind"), CASES, ids=[f"{name}-{kind}" for name, kind in CASES])
def test_fault(lab: LabClient, clean: Clean, tally: Tally, tmp_path: Path, name: str, kind: str) -> None:
    dest = tmp_path / "script.sql"
    end = clean.of(name, lab, dest)
    found = [problem for one in tries(name, kind) for problem in problems_of(one, lab, dest, end, tally)]
    assert found == [], "\n".join(found)


def refuse_from(patch: pytest.MonkeyPatch, position: int) -> None:
    """Send requests from this one on to a closed port, as if Immuta had stopped in the middle."""
    real, count = Transport.send, itertools.count()
    options = {"immuta_url": f"http://127.0.0.1:{closed_port()}", "timeout": TIMEOUT, "retries": 2}
    refused = Transport({**options, "validate_certs": True})

    def send(self: Transport, request: Request) -> Response:
        return real(refused if next(count) >= position else self, request)

    patch.setattr(Transport, "send", send)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("name", FLOWS)
def test_connection_refused(
    lab: LabClient, clean: Clean, tally: Tally, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """From each request of each operation on."""
    dest, flow = tmp_path / "script.sql", FLOWS[name]
    end = clean.of(name, lab, dest)
    for position in range(len(flow.requests)):
        flow.prepare(lab, dest)
        with monkeypatch.context() as patch:
            refuse_from(patch, position)
            result = flow.call(lab, dest, 2)
        tally.add("refused", "sentence")
        assert result["failed"]
        assert sentence_problems(result, secrets(lab)) == []
        assert "no connection" in result["msg"]
        assert (len(lab.requests()), dest.exists()) == (position, False)
        sent = effects(lab.requests(), False)
        lab.clear_requests()
        after = end_of(lab, dest, flow.call(lab, dest, 0))
        assert (after.integrations, after.script) == (end.integrations, end.script)
        assert sent + effects(lab.requests(), False) <= flow.writes * (1 if flow.visible else 2)


#: operation of the role, fault, the requests that it hits, and further variables of the role
OF_THE_ROLE: list[tuple[str, str, Options, Options]] = [
    ("bootstrap", "429 date", {"method": "GET"}, {}),
    ("bootstrap", "reset before", {"path": "initial-create"}, {}),
    ("bootstrap", "truncated", {"path": "scripts/create"}, {}),
    ("bootstrap", "html", {"path": "scripts/create"}, {}),
    ("bootstrap", "500", {"method": "POST", "path": "^/integrations$"}, {}),
    ("bootstrap", "slow", {"method": "POST", "path": "^/integrations$"}, {"timeout": TIMEOUT}),
    ("bootstrap", "reset after", {"method": "POST", "path": "^/integrations$"}, {}),
    ("bootstrap", "504 done", {"method": "POST", "path": "^/integrations$"}, {}),
    ("bootstrap", "token expired", {"method": "POST", "path": "^/integrations$"}, {"immuta_auth": "token"}),
    ("update", "503 retry", {"path": "scripts/edit"}, {}),
    ("update", "502 done", {"method": "PUT"}, {}),
    ("update", "empty", {"method": "PUT"}, {}),
    ("rotation", "reset after", {"method": "PUT"}, {}),
    ("delete", "reset after", {"method": "DELETE"}, {}),
    ("delete", "500 done", {"method": "DELETE"}, {}),
]
#: after these the role cannot know whether the request was processed, or Immuta reports a failure
TOLD = {("bootstrap", "html"), ("bootstrap", "500"), ("rotation", "reset after"), ("delete", "500 done")}
ROLE_SECONDS = 90.0


@pytest.mark.parametrize(
    ("name", "kind", "at", "options"), OF_THE_ROLE, ids=[f"{name}-{kind}" for name, kind, _at, _options in OF_THE_ROLE]
)
def test_the_role(
    lab: LabClient,
    playbook: PlaybookRunner,
    ends: Ends,
    tally: Tally,
    name: str,
    kind: str,
    at: Options,
    options: Options,
) -> None:
    end, flow, fault = ends.of(name, lab, playbook), LIFE[name], FAULTS[kind]
    flow.prepare(lab, **fault.switches)
    lab.clear_requests()
    lab.fault(**fault.description, **at, handle=fault.done)
    variables = flow.variables(lab, retries=2, **options)
    run = playbook(role_play(), extra_vars=variables, expect_rc=None)
    rows = lab.requests()
    assert [row["fault"] for row in rows if row["fault"]] == [fault.description["kind"]]
    assert doubled(rows) == []
    assert left_behind(run) == []
    assert run.seconds < ROLE_SECONDS
    assert (run.rc != 0) is ((name, kind) in TOLD), run.stdout
    tally.add(kind, "sentence" if run.rc else "right")
    if run.rc:
        assert sentence_problems({"msg": message(run)}, secrets(lab)) == []
        assert not any(secret in run.output for secret in secrets(lab))
    else:
        assert_finished(name, lab, end)
    clear_faults(lab)
    playbook(role_play(), extra_vars=flow.variables(lab))
    assert_finished(name, lab, end)
    done = effects(rows, fault.done) + effects(lab.requests()[len(rows) :], False)
    assert 1 <= done <= (2 if name == "rotation" else 1)
