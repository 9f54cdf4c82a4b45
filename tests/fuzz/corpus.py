# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the splitter with psql's own scanner on real scripts: ``make corpus CORPUS=DIR``.

Each ``.sql`` file below the directory is split, and sent by psql to a server that runs nothing: it reports
``standard_conforming_strings=off``, so that psql reads backslashes as Redshift does, and records each query. Lines that
are commands of psql are taken out first. A file that the splitter refuses is not handed to psql, nor is one in which
such a command, which could run programs or write files, is left.
"""

from __future__ import annotations

import argparse
import dataclasses
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import typing as t
from pathlib import Path

from tests.tools.figures import keep

ROOT = Path(__file__).parents[2]
PSQL_SECONDS = 120
STARTUP_REQUESTS = frozenset({80877103, 80877104})  # for TLS and for Kerberos
SETTINGS = {
    "server_version": "8.0.2",
    "server_encoding": "UTF8",
    "client_encoding": "UTF8",
    "standard_conforming_strings": "off",
}
#: A line that is a command of psql.
COMMAND = re.compile(r"^\\[^\r\n]*", re.MULTILINE)
#: Commands of psql that could do harm if the two read a file differently.
DANGEROUS = re.compile(r"\\(!|copy|o|out|w|write|i|ir|include|g|gx|s|cd|setenv|lo_\w+|e|ef|ev|edit)\b|\\[!|`]")
#: A variable of psql, which it replaces by its value.
VARIABLE = re.compile(r"""[^:]:(['"])\w+\1""")

Elements = list[str]

if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / ".collections"))


class RecordingServer:
    """Speaks the part of PostgreSQL's protocol that psql needs to run a file, and records the queries."""

    def __init__(self) -> None:
        self.queries: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            with client, client.makefile("rwb") as stream:
                self._serve(stream)

    def close(self) -> None:
        """Stop listening."""
        self._listener.close()

    def _serve(self, stream: t.BinaryIO) -> None:
        if not self._start(stream):
            return
        while True:
            head = stream.read(5)
            if len(head) < 5 or head[:1] == b"X":
                return
            body = stream.read(struct.unpack("!I", head[1:])[0] - 4)
            if head[:1] == b"Q":
                self.queries.append(body.rstrip(b"\0").decode("utf-8", errors="replace"))
                _send(stream, _message(b"C", b"OK\0"), _message(b"Z", b"I"))

    def _start(self, stream: t.BinaryIO) -> bool:
        while True:
            head = stream.read(8)
            if len(head) < 8:
                return False
            length, code = struct.unpack("!II", head)
            stream.read(length - 8)
            if code not in STARTUP_REQUESTS:
                break
            _send(stream, b"N")
        settings = [_message(b"S", f"{name}\0{value}\0".encode()) for name, value in SETTINGS.items()]
        _send(stream, _message(b"R", struct.pack("!I", 0)), *settings, _message(b"Z", b"I"))
        return True


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body


def _send(stream: t.BinaryIO, *messages: bytes) -> None:
    stream.write(b"".join(messages))
    stream.flush()


@dataclasses.dataclass
class Tally:
    """What was compared."""

    files: int = 0
    statements: int = 0
    refused: int = 0
    not_utf8: int = 0
    left_out: int = 0
    unquoted_bodies: int = 0
    mismatches: list[str] = dataclasses.field(default_factory=list)

    def figures(self) -> dict[str, int]:
        """Return the figures with their names."""
        return {
            "files that were compared": self.files,
            "statements in them": self.statements,
            "files with a mismatch": len(self.mismatches),
            "files with procedure bodies without quotes, which Redshift does not have": self.unquoted_bodies,
            "files that the splitter refuses": self.refused,
            "files that are not UTF-8": self.not_utf8,
            "files with commands or variables of psql, left out": self.left_out,
        }


def compare(path: Path, server: RecordingServer, tally: Tally) -> None:
    """Compare one file."""
    from ansible_collections.community.immuta.plugins.module_utils._errors import ScriptError
    from ansible_collections.community.immuta.plugins.module_utils._redshift.statements import split

    try:
        script = COMMAND.sub("", path.read_bytes().decode("utf-8-sig"))
        found = [_elements(statement.text) for statement in split(script)]
    except UnicodeDecodeError:
        tally.not_utf8 += 1
        return
    except ScriptError:
        tally.refused += 1
        return
    if DANGEROUS.search(script) or VARIABLE.search(script):
        tally.left_out += 1
        return
    expected = statements_of_psql(script, server)
    tally.files += 1
    tally.statements += len(found)
    if found == expected:
        return
    if _has_unquoted_body(found, expected):
        tally.unquoted_bodies += 1
    else:
        tally.mismatches.append(str(path))


def statements_of_psql(script: str, server: RecordingServer) -> list[Elements]:
    """Return the statements that psql sends for a script."""
    server.queries = []
    command = ["psql", "-X", "-q", "-h", "127.0.0.1", "-p", str(server.port), "-U", "nobody", "-d", "nothing"]
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="", suffix=".sql") as file:
        file.write(script)
        file.flush()
        subprocess.run(
            [*command, "-f", file.name],
            executable=shutil.which("psql"),
            env={"PATH": "/nonexistent", "PGCLIENTENCODING": "UTF8", "PGSSLMODE": "disable", "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PSQL_SECONDS,
            check=False,
        )
    return [found for found in map(_elements, server.queries) if found]


def _elements(query: str) -> Elements:
    """Return the lexical elements of a statement: psql drops empty lines and carriage returns between them."""
    from ansible_collections.community.immuta.plugins.module_utils._errors import ScriptError
    from ansible_collections.community.immuta.plugins.module_utils._redshift.lexer import tokens

    try:
        found = list(tokens(query))
    except ScriptError:
        return [query]  # read differently: it will not be equal
    while found and found[-1].kind == "semicolon":
        found.pop()
    return [query[token.start : token.end].replace("\r\n", "\n") for token in found]


def _has_unquoted_body(found: list[Elements], expected: list[Elements]) -> bool:
    """Return whether the first difference is a body that psql keeps together since version 14."""
    different = next((query for one, query in zip([*found, []], [*expected, []]) if one != query), [])
    words = [element.upper() for element in different if element[0].isalpha()]
    return words[:1] == ["CREATE"] and not {"FUNCTION", "PROCEDURE"}.isdisjoint(words[:5]) and "BEGIN" in words


def main() -> int:
    """Compare all files; 1 if the two read one of them differently."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    directory = parser.parse_args().directory
    if not shutil.which("psql"):
        parser.error("psql is not installed: install the package postgresql-client.")
    tally, server = Tally(), RecordingServer()
    for path in sorted(directory.rglob("*.sql")):
        if path.is_file():
            compare(path, server, tally)
    server.close()
    if not tally.files:
        parser.error(f"no .sql file below {directory} could be compared.")
    keep("splitter against psql", tally.figures())
    lines = [f"{number:>8} {name}" for name, number in tally.figures().items()]
    sys.stdout.write("\n".join([*lines, *(f"mismatch: {path}" for path in tally.mismatches)]) + "\n")
    return 1 if tally.mismatches else 0


if __name__ == "__main__":
    sys.exit(main())
