"""A real Tryton on loopback: mirrored over REST, tried against a supplier's counts, and left byte for byte as it was."""

from __future__ import annotations

import hashlib
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from sandbox.connectors.rest.connector import pull
from sandbox.errors import InputRefused
from sandbox.http.approvals import Approval
from sandbox.trial import TrialInput, run_trial

ROOT = Path(__file__).resolve().parents[2]
PEERS = Path(os.environ.get("NINEFOLD_PEERS", ROOT / "var" / "peers"))
DEMO = ROOT / "demo"
CSV = {"delimiter": ";"}

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(not (PEERS / "bin" / "trytond").exists(), reason="no Tryton to try on: scripts/peers.sh"),
]

SOURCES = """
  usage: {table: supplier.usage, fields: {client: text, service: text, quantity: text}, contract: discard}
  aliases: {table: crosswalk.clients, fields: {alias: text, client: text}}
  packages: {table: catalogue.packages, fields: {package: text, service: text, units: int}, contract: discard}
  lines: {table: psa.lines, fields: {client: text, code: text, quantity: decimal}, contract: discard}
steps:
  - map: names
    from: aliases
    fields:
      alias: {formula: alias, type: text}
      known: {formula: client, type: text}
  - map: counted
    from: usage
    lookups: [{in: names, match: {client: alias}, take: [known], required: false}]
    fields:
      client: {formula: "coalesce(known, client)", type: text}
      code: {formula: service, type: text}
      quantity: {formula: int(quantity), type: int}
  - map: live
    from: lines
    fields:
      client: {formula: client, type: text}
      code: {formula: code, type: text}
      quantity: {formula: int(quantity), type: int}
"""
NAIVE = f"""mapping: 1
name: naive
sources:{SOURCES}
  - map: each_count
    from: counted
    fields:
      client: {{formula: client, type: text}}
      code: {{formula: code, type: text}}
      quantity: {{formula: decimal(quantity), type: decimal}}
targets: [{{table: psa.lines, from: each_count, key: [client, code], compare: [quantity], missing: withdraw}}]
"""
RECONCILING = f"""mapping: 1
name: reconciling
sources:{SOURCES}
  - join: in_packages
    left: live
    right: packages
    match: {{code: package}}
    fields:
      client: {{formula: client, type: text}}
      code: {{formula: service, type: text}}
      quantity: {{formula: quantity * units, type: int}}
  - reconcile: split
    used: {{from: counted, quantity: quantity}}
    included: {{from: in_packages, quantity: quantity}}
    extra: {{from: live, where: "not startswith(code, 'P')", quantity: quantity}}
    by: [client, code]
  - map: extras
    from: split
    where: "extra_used + over > 0"
    fields:
      client: {{formula: client, type: text}}
      code: {{formula: code, type: text}}
      quantity: {{formula: decimal(extra_used + over), type: decimal, why: what the package does not hold}}
  - map: held
    from: live
    where: "startswith(code, 'P')"
    fields:
      client: {{formula: client, type: text}}
      code: {{formula: code, type: text}}
      quantity: {{formula: decimal(quantity), type: decimal}}
  - union: proposed
    of: [held, extras]
targets: [{{table: psa.lines, from: proposed, key: [client, code], compare: [quantity], missing: withdraw}}]
"""


@dataclass(frozen=True)
class Tryton:
    """A running Tryton: its port, the key of its REST application, its folder."""

    port: int
    key: str
    folder: Path

    def files(self) -> dict[str, str]:
        """The SHA-256 of the database and of what its log still holds; empty logs do not count."""
        found = sorted(self.folder.glob("demo.sqlite*"))
        return {
            each.name: hashlib.sha256(each.read_bytes()).hexdigest()
            for each in found
            if each.name == "demo.sqlite" or (each.name.endswith("-wal") and each.stat().st_size)
        }

    def requests(self) -> list[str]:
        return re.findall(r'"([A-Z]+) (?:/[^"]*) HTTP/', (self.folder / "server.log").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tryton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tryton]:
    folder = tmp_path_factory.mktemp("tryton")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = folder / "trytond.conf"
    config.write_text(f"[database]\nuri = sqlite://\npath = {folder}\n[web]\nlisten = 127.0.0.1:{port}\n")
    (folder / "pass").write_text("a password for this test\n")
    (folder / "demo.sqlite").touch()
    told = {**os.environ, "TRYTONPASSFILE": str(folder / "pass")}
    common = ["-c", str(config), "-d", "demo"]
    subprocess.run(
        # No address for the admin: Tryton would look up its domain where email-validator is there.
        [PEERS / "bin" / "trytond-admin", *common, "--all"], input=b"\n", env=told, check=True, capture_output=True, cwd=folder,
    )  # fmt: skip
    stage = [PEERS / "bin" / "python", Path(__file__).parent / "tryton_stage.py", config, "demo", DEMO / "psa" / "contracts.csv"]
    key = subprocess.run(stage, env=told, check=True, capture_output=True, text=True, cwd=folder).stdout.split()[-1]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [PEERS / "bin" / "trytond", *common, "-v"], env=told, cwd=folder, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        wait_for(port)
        yield Tryton(port, key, folder)
    finally:
        server.terminate()
        server.wait(20)


def wait_for(port: int) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("Tryton did not start within 30 s")


def settings(port: int) -> dict[str, object]:
    fields = {"client": "subscription.party.name", "code": "service.product.code", "quantity": "quantity"}
    wanted = {**fields, "price": "unit_price"}
    return {
        "base": f"http://127.0.0.1:{port}/demo/rest/model", "secret": "tryton", "verify": "reread",
        "tables": [{
            "name": "psa.lines", "path": "/sale.subscription.line", "key": ["client", "code"],
            "query": {"f": list(wanted.values())}, "fields": {**fields, "price": "unit_price.decimal"},
            "page": {"style": "offset", "parameter": "p", "size_parameter": "s", "size": 8},
        }],
    }  # fmt: skip


def rows_of(run_folder: Path, client: str) -> list[tuple[str, ...]]:
    with duckdb.connect() as connection:
        return connection.execute(
            'SELECT _kind, code, "live.quantity", "trial.quantity" FROM read_parquet(?) WHERE client = ? ORDER BY code',
            [str(run_folder / "diff-1.parquet"), client],
        ).fetchall()


def test_a_live_tryton_is_mirrored_tried_and_left_as_it_was(tryton: Tryton, tmp_path: Path) -> None:
    before = tryton.files()
    approvals = (Approval("http", "127.0.0.1", tryton.port, allows_private=True),)
    pulled = pull(settings(tryton.port), tmp_path, secrets={"tryton": tryton.key}, approvals=approvals)
    [lines] = pulled.tables
    assert (lines.columns, lines.rows, pulled.before) == (("client", "code", "quantity", "price"), 21, pulled.after)
    with duckdb.connect() as connection:
        found = connection.execute("SELECT * EXCLUDE (_line) FROM read_parquet(?) WHERE client = 'Bakery Noé' ORDER BY code",
                                   [str(lines.path)]).fetchall()
    assert found == [("Bakery Noé", "P1", "10.0", "30.00"), ("Bakery Noé", "S3", "7.0", "4.00"),
                     ("Bakery Noé", "S5", "5.0", "3.50")]

    inputs = {"usage": TrialInput(DEMO / "supplier" / "usage-2026-01.csv", settings=CSV),
              "aliases": TrialInput(DEMO / "aliases.csv"),
              "packages": TrialInput(DEMO / "psa" / "packages.csv", settings=CSV), "lines": TrialInput(lines.path)}
    ours = run_trial(RECONCILING, inputs, out=tmp_path / "ours")["targets"]["psa.lines"]
    naive = run_trial(NAIVE, inputs, out=tmp_path / "naive")["targets"]["psa.lines"]
    # The golden client: 10 x P1, 7 x S3, 5 x S5 are right as they stand; line by line its package would be billed again.
    assert rows_of(tmp_path / "ours", "Bakery Noé") == []
    assert rows_of(tmp_path / "naive", "Bakery Noé") == [
        ("withdraw", "P1", 10, None), ("create", "S1", None, 10), ("create", "S2", None, 10), ("update", "S3", 7, 17),
        ("create", "S4", None, 10), ("update", "S5", 5, 15)]
    assert ours == {"create": 3, "update": 1, "withdraw": 0, "unchanged": 20, "refused": 0, "flagged": 0}
    assert naive == {"create": 40, "update": 7, "withdraw": 12, "unchanged": 2, "refused": 2, "flagged": 0}

    assert (set(tryton.requests()), len(tryton.requests())) == ({"GET"}, len(pulled.requests))
    assert tryton.files() == before


def test_a_key_that_is_not_right_reads_nothing(tryton: Tryton, tmp_path: Path) -> None:
    approvals = (Approval("http", "127.0.0.1", tryton.port, allows_private=True),)
    with pytest.raises(InputRefused, match="answered 401; is the secret right"):
        pull(settings(tryton.port), tmp_path, secrets={"tryton": "wrong"}, approvals=approvals)
    with pytest.raises(InputRefused, match=r"127\.0\.0\.1, which is a loopback address"):
        pull(settings(tryton.port), tmp_path, secrets={"tryton": tryton.key},
             approvals=(Approval("http", "127.0.0.1", tryton.port),))
