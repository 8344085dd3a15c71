"""A live tool through the whole mirror: read in a child process, masked on the way in, kept, and hashed again."""
from __future__ import annotations

import json

import duckdb
import pytest

from sandbox.errors import InputRefused
from sandbox.http.approvals import Approval
from sandbox.mirror.mirror import pull, unchanged
from sandbox.receiving.snapshots import SnapshotStore
from tests.sandbox.http.service import service

SECRET = "s3cret-value"
CLIENTS = [{"id": number, "name": f"Client {number}", "contact": f"person{number}@example.org"} for number in range(1, 6)]


def tool(asked):
    start = int(asked.target.rpartition("=")[2])
    return 200, {}, json.dumps(CLIENTS[start:start + 2]).encode()


def given(port):
    table = {"name": "psa.clients", "path": "/clients", "key": ["id"], "page": {"style": "offset"}}
    return {"base": f"http://127.0.0.1:{port}", "secret": "tool", "verify": "reread", "tables": [table]}


def test_a_tool_is_mirrored_masked_and_shown_unchanged(tmp_path):
    with service(tool) as live:
        access = {"secrets": {"tool": SECRET}, "approvals": [Approval("http", "127.0.0.1", live.port, allows_private=True)]}
        done = pull(tmp_path, "rest", given(live.port), masks={"psa.clients": {"contact": "drop"}}, salt="salt", **access)
        snapshot = done.snapshots["psa.clients"]
        assert (done.is_unchanged, snapshot.row_count, snapshot.columns) == (True, 5, ("id", "name"))
        assert (len(done.requests), {entry["verb"] for entry in done.requests}, live.verbs) == (len(live.asked), {"GET"}, {"GET"})
        assert unchanged("rest", done.settings, done.source_before, **access).is_unchanged is True
        with duckdb.connect() as connection:
            rows = connection.execute("SELECT * FROM read_parquet(?)", [str(SnapshotStore(tmp_path).parquet(snapshot))]).fetchall()
        assert rows == [(number, str(number), f"Client {number}") for number in range(1, 6)]
        kept = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert [path.name for path in kept if SECRET.encode() in path.read_bytes() or b"person1@" in path.read_bytes()] == []
        with pytest.raises(InputRefused, match=r"http://127\.0\.0\.1:\d+ is not approved"):
            pull(tmp_path, "rest", given(live.port), secrets={"tool": SECRET})
