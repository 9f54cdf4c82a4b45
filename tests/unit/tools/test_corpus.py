# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The comparison of the splitter with psql notices a difference."""

from __future__ import annotations

import shutil

import psycopg
import pytest

from tests.fuzz import corpus
from tests.fuzz.corpus import RecordingServer, Tally, compare

FILES = {
    "same.sql": b"select 1; -- a;\r\n\r\nselect\r\n\r\n 'a\\'; b';;\n/* ; */ select $$;$$",
    "commands.sql": b"\\set x 1\nselect 2;\n",
    "refused.sql": b"select 'a",
    "latin.sql": b"select '\xe9'",
    "program.sql": b"select 1 \\! true\n;",
    "left.sql": b"select '\\! true'",
    "variable.sql": b"select :'x'",
    "body.sql": b"create procedure p() is begin select 1; end; select 2;",
}


@pytest.fixture
def server():
    found = RecordingServer()
    yield found
    found.close()


@pytest.fixture
def directory(tmp_path):
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def tally_of(directory, server):
    tally = Tally()
    for path in sorted(directory.iterdir()):
        compare(path, server, tally)
    return tally


@pytest.mark.skipif(not shutil.which("psql"), reason="psql is not installed")
def test_psql_reads_the_files_as_the_splitter_does(directory, server):
    tally = tally_of(directory, server)
    assert (tally.files, tally.statements, tally.mismatches) == (3, 7, [])
    assert (tally.refused, tally.not_utf8, tally.left_out, tally.unquoted_bodies) == (2, 1, 2, 1)


def test_a_difference_is_noticed(directory, server, monkeypatch):
    monkeypatch.setattr(corpus, "statements_of_psql", lambda _script, _server: [["select", "2"]])
    assert {path.rpartition("/")[2] for path in tally_of(directory, server).mismatches} == {"same.sql", "body.sql"}


def test_the_server_records_queries(server):
    with psycopg.connect(host="127.0.0.1", port=server.port, user="a", dbname="b", autocommit=True) as connection:
        connection.execute("select 1; select 2")
    assert server.queries == ["select 1; select 2"]
