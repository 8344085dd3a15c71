"""Pulls: a child reads the live source, what it gave is held against its contract, masked, kept, and hashed again."""
from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.child import run_task
from sandbox.errors import InputRefused, RunCancelled, SandboxError
from sandbox.http.approvals import Approval
from sandbox.mirror import mirror as mirrors
from sandbox.mirror.mirror import Mirror, receive_export
from sandbox.receiving.snapshots import SnapshotStore

CLIENTS = [(1, "Bakery Noé", "BE 0123"), (2, "Café de la Gare", "BE 0456"), (3, "Garage", "")]
SALT = "a salt of one project"


def live(folder, rows=CLIENTS, columns="id INTEGER PRIMARY KEY, name TEXT, vat TEXT"):
    path = folder / "live.db"
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as connection:
        connection.execute(f"CREATE TABLE clients ({columns})")
        connection.executemany(f"INSERT INTO clients VALUES ({', '.join('?' * len(rows[0]))})", rows)
    connection.close()
    return path


def asked(path, **table):
    return {"dialect": "sqlite", "file": str(path.resolve()), "tables": [{"table": "clients", **table}]}


def approved(settings):
    return (Approval("sqlite", settings["file"], 0),) if "file" in settings else ()


def pull(folder, connector, settings, **others):
    return mirrors.pull(folder, connector, settings, approvals=approved(settings), **others)


def unchanged(connector, settings, before, **others):
    return mirrors.unchanged(connector, settings, before, approvals=approved(settings), **others)


def cells(folder, snapshot):
    store = SnapshotStore(folder)
    return [[record.line, *store.table(snapshot).values(record)] for record in store.table(snapshot).records]


def bytes_below(folder):
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_a_pull_keeps_every_table_and_shows_that_the_source_stayed(tmp_path):
    path, said = live(tmp_path), []
    before = path.read_bytes()
    done = pull(tmp_path / "mirror", "sql", asked(path), report=lambda percent, doing: said.append((percent, doing)))
    snapshot = done.snapshots["clients"]
    assert cells(tmp_path / "mirror", snapshot) == [[number, str(one), name, vat]
                                                   for number, (one, name, vat) in enumerate(CLIENTS, start=1)]
    assert (path.read_bytes() == before, done.is_unchanged, snapshot.original_hash) == (True, True, done.source_before)
    assert (dict(snapshot.settings)["key"], snapshot.has_original, dict(done.refused)) == (["id"], False, {})
    assert said == [(0, "reading clients"), (51, "reading clients again"), (85, "received"), (85, "keeping clients")]
    check = unchanged("sql", done.settings, done.source_before, name="psa")
    assert (check.name, check.is_unchanged, check.after) == ("psa", True, done.source_before)
    live(tmp_path, CLIENTS[:2])
    assert unchanged("sql", done.settings, done.source_before).is_unchanged is False


def test_masked_columns_never_reach_the_mirror(tmp_path):
    done = pull(tmp_path / "mirror", "sql", asked(live(tmp_path)), salt=SALT,
                masks={"clients": {"name": "hash", "vat": "shape"}})
    snapshot = done.snapshots["clients"]
    rows = cells(tmp_path / "mirror", snapshot)
    assert [row[3] for row in rows] == ["XX 9999", "XX 9999", ""]
    assert [row[2][:2] for row in rows] == ["h:"] * 3
    assert (snapshot.masked, len({row[2] for row in rows})) == (("name", "vat"), 3)
    kept = bytes_below(tmp_path / "mirror")
    assert [word in kept for word in (b"Bakery", b"0123", SALT.encode())] == [False] * 3


def test_a_renamed_column_stops_the_pull_by_name(tmp_path):
    path, mirror = live(tmp_path), tmp_path / "mirror"
    first = pull(mirror, "sql", asked(path)).snapshots["clients"]
    kept = sorted(str(found) for found in mirror.rglob("*"))
    live(tmp_path, columns="id INTEGER PRIMARY KEY, full_name TEXT, vat TEXT")
    with pytest.raises(InputRefused, match=r'column "name" is missing; the nearest is "full_name"'):
        pull(mirror, "sql", asked(path), contracts={"clients": "discard"}, known={"clients": first.id})
    assert sorted(str(found) for found in mirror.rglob("*")) == kept


def test_a_new_column_goes_by_the_contract(tmp_path):
    path, mirror = live(tmp_path), tmp_path / "mirror"
    first = pull(mirror, "sql", asked(path), masks={"clients": {"name": "drop"}}).snapshots["clients"]
    assert first.columns == ("id", "vat")
    live(tmp_path, [(*row, "x@example.org") for row in CLIENTS], "id INTEGER PRIMARY KEY, name TEXT, vat TEXT, email TEXT")

    def again(contract):
        return pull(mirror, "sql", asked(path), masks={"clients": {"name": "drop"}}, contracts={"clients": contract},
                    known={"clients": first.id}).snapshots["clients"]

    assert (again("allow").columns, again("discard").columns) == (("id", "vat", "email"), ("id", "vat"))
    with pytest.raises(InputRefused, match=r'column "email" is new'):
        again("freeze")


def test_what_is_new_is_added_to_the_known_snapshot(tmp_path):
    path, mirror = live(tmp_path), tmp_path / "mirror"
    masks = {"clients": {"vat": "hash"}}
    first = pull(mirror, "sql", asked(path, since="id"), masks=masks, salt=SALT).snapshots["clients"]
    live(tmp_path, [(1, "changed, but not seen", ""), (3, "Garage Peeters", "BE 1"), (4, "Deli", "BE 2")])
    done = pull(mirror, "sql", asked(path, since="id"), masks=masks, salt=SALT, known={"clients": first.id})
    second = done.snapshots["clients"]
    assert [row[:3] for row in cells(mirror, second)] == [
        [1, "1", "Bakery Noé"], [2, "2", "Café de la Gare"], [3, "3", "Garage Peeters"], [4, "4", "Deli"]]
    settings = dict(second.settings)
    assert [settings[key] for key in ("after", "last", "newly_read", "added_to")] == ["3", "4", 2, first.id]
    assert (done.settings["tables"][0]["after"], second.row_count, done.is_unchanged) == ("3", 4, True)
    with pytest.raises(InputRefused, match=r'the key column "id" is masked'):
        pull(mirror, "sql", asked(path, since="name", key=["id"], after="x"), masks={"clients": {"id": "shape"}},
             known={"clients": first.id})


def test_a_file_is_received_in_the_child_and_its_bytes_are_kept_unless_masked(tmp_path):
    path, mirror = tmp_path / "usage.csv", tmp_path / "mirror"
    path.write_text("account,units\n007,3\n008,4\n", encoding="utf-8")
    done = receive_export(mirror, path, name="usage of May.csv")
    [snapshot] = done.snapshots.values()
    assert (cells(mirror, snapshot), done.is_unchanged) == ([[2, "007", "3"], [3, "008", "4"]], True)
    assert SnapshotStore(mirror).original(snapshot).read_bytes() == path.read_bytes()
    [table] = done.snapshots
    hidden = receive_export(tmp_path / "other", path, name="usage of May.csv", masks={table: {"account": "hash"}}, salt=SALT)
    assert (hidden.snapshots[table].has_original, b"007" in bytes_below(tmp_path / "other")) == (False, False)
    path.write_text("account,unit\n007,3\n", encoding="utf-8")
    with pytest.raises(InputRefused, match=r'column "units" is missing; the nearest is "unit"'):
        receive_export(mirror, path, name="usage of May.csv", known={table: snapshot.id})


def test_removing_a_name_removes_its_snapshot_unless_another_name_has_it(tmp_path):
    path, mirror = tmp_path / "usage.csv", Mirror(tmp_path / "mirror")
    path.write_text("a\n1\n")
    first = mirror.receive("usage", path)
    path.write_text("a\n2\n")
    second = mirror.receive("other", path)
    mirror.remove("other")
    assert (mirror.names(), mirror.snapshot("usage")) == (("usage",), first)
    with pytest.raises(SandboxError, match=f"^no snapshot {second.id}$"):
        mirror.store.snapshot(second.id)


def test_a_pull_that_is_cancelled_or_refused_leaves_nothing(tmp_path):
    path = live(tmp_path)
    with pytest.raises(RunCancelled):
        pull(tmp_path / "mirror", "sql", asked(path), cancelled=lambda: True)
    with pytest.raises(InputRefused, match=r'^the connector "csv" reads no live source; those are rest, sql$'):
        pull(tmp_path / "mirror", "csv", {})
    assert [found for found in (tmp_path / "mirror").rglob("*") if found.is_file()] == []
    assert [found.name for found in (tmp_path / "mirror").iterdir() if found.name.startswith(".")] == []


def test_secrets_reach_the_child_by_a_pipe_alone(tmp_path):
    """The child looks at all that it was given, while it runs: its environment, its arguments and the files around it."""
    look = tmp_path / "looking"
    look.mkdir()
    seen = subprocess.run([sys.executable, "-c", LOOK, str(Path(__file__).parents[2])], cwd=look, capture_output=True,
                          text=True, check=False)
    assert seen.stderr == ""
    found = json.loads(seen.stdout)
    assert found == {"secret": "open sesame", "elsewhere": []}


# Stands in for a connector: a task of its own, which tells where its secret can be found besides the task itself.
LOOK = """
import json, sys, types
sys.path.insert(0, sys.argv[1])
from pathlib import Path
import sandbox.child, tempfile
child = Path("child.py")
child.write_text('''
import os, sys
from pathlib import Path
from sandbox.engines import worker
def look(task, folder, report):
    secret = task["secrets"]["door"]
    places = {"environment": repr(os.environ), "arguments": repr(sys.argv), "task": Path("task.json").read_text()}
    return {"secret": secret, "elsewhere": [name for name, text in places.items() if secret in text]}
worker.TASKS["look"] = "__main__:look"
sys.exit(worker.main())
''')
popen = sandbox.child.subprocess.Popen
def started(command, **options):
    place = command.index("-m")
    return popen([*command[:place], str(child.resolve()), *command[place + 2:]], **options)
sandbox.child.subprocess.Popen = started
print(json.dumps(sandbox.child.run_task("look", {}, secrets={"door": "open sesame"})))
"""


def test_no_message_holds_a_secret_and_too_many_are_refused():
    settings = {"dialect": "sqlite", "file": "/nowhere/the-key.db", "tables": [{"table": "t"}]}
    approvals = [{"scheme": "sqlite", "host": "/nowhere/the-key.db", "port": 0}]
    task = {"connector": "sql", "settings": settings, "approvals": approvals}
    with pytest.raises(InputRefused, match=r"^\*\*\*\.db: there is no such file$"):
        run_task("source_hash", task, secrets={"door": "the-key"})
    with pytest.raises(InputRefused, match=r"^the secrets of one run may have 60000 bytes together$"):
        run_task("source_hash", task, secrets={"door": "x" * 60_000})
    assert len(os.listdir("/proc/self/fd")) < 200
