"""The trail: entries appended a second, and entries verified a second, beside a chained log kept through the ORM."""

from __future__ import annotations

import hashlib
import json

from flask import Flask

from benchmarks.database import Made
from benchmarks.measuring import Outcome, Reach, cpu_seconds
from benchmarks.naive import pages as naive
from benchmarks.naive.models import Entry
from benchmarks.naive.models import db as naive_db
from benchmarks.pages import FILE
from workbench.database import db, reading
from workbench.projects.queries import project_with_key
from workbench.trail import log, queries
from workbench.trail.actions import record
from workbench.trail.rules import SYSTEM
from workbench.web.transactions import commit

APPENDED, A_TRANSACTION = 2000, 10


def trail_append(app: Flask, made: Made) -> Outcome:
    """Entries in transactions of ten, as one act with several records writes them."""
    naive_app = naive.application(made.home / FILE)
    with app.app_context():
        ours = cpu_seconds(lambda: _record(made))
        db.session.remove()
    with naive_app.app_context():
        theirs = cpu_seconds(_chain)
        naive_db.session.remove()
    found = {"naive": _rate(theirs, APPENDED), "product": _rate(ours, APPENDED)}
    ratio = found["product"]["per_s"] / found["naive"]["per_s"]
    return Outcome("trail_append", "Trail entries appended, ten to a transaction", found, [
        Reach("entries a second beside a naive chain", ratio, 1, at_least=True),
    ], ["An entry of the product also pins the state of its record, keeps a Merkle root, and can be proved alone."])  # fmt: skip


def _record(made: Made) -> None:
    project = project_with_key(made.key)
    assert project is not None
    for number in range(APPENDED):
        record("noted", project, by=SYSTEM, project=made.key, after={"number": number, "text": "Looked at again."})
        if number % A_TRANSACTION == A_TRANSACTION - 1:
            commit()


def _chain() -> None:
    for number in range(APPENDED):
        naive.append({"number": number, "text": "Looked at again."})
        if number % A_TRANSACTION == A_TRANSACTION - 1:
            naive_db.session.commit()


def trail_verify(app: Flask, made: Made) -> Outcome:
    """The whole log verified, rows included; then proofs for single entries."""
    naive_app = naive.application(made.home / FILE)
    with app.app_context(), reading():
        size = queries.size()
        verdicts: list[queries.Verdict] = []
        ours = cpu_seconds(lambda: verdicts.append(queries.verify(app.extensions["ninefold"].keys)))
        assert verdicts[0].faults == (), verdicts[0].faults[:3]
        proof = _proof_ms(size)
        db.session.remove()
    with naive_app.app_context():
        theirs = cpu_seconds(lambda: _reserialised(size))
        naive_db.session.remove()
    found = {"naive": _rate(theirs, size), "product": {**_rate(ours, size), "rows": verdicts[0].rows}}
    return Outcome("trail_verify", "The whole trail verified", found, [
        Reach("entries verified a second", found["product"]["per_s"], 500_000, at_least=True, unit="/s"),
        Reach("beside re-serialised JSON through the ORM", theirs / ours, 1, at_least=True),
        Reach("a proof for one entry", proof, 5, at_least=False, unit="ms"),
    ], [
        "The product's figure also reads every watched row and compares its hash with the entry that pins it;"
        " naive checks the chain of texts alone.",
    ])  # fmt: skip


def _reserialised(size: int) -> None:
    """A chain checked as people do: rows through the ORM, their JSON read and written again, hash upon hash."""
    digest, count = "", 0
    for entry in naive_db.session.query(Entry).order_by(Entry.seq).yield_per(1000):
        text = json.dumps(json.loads(entry.leaf), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        digest = hashlib.sha256((digest + text).encode()).hexdigest()
        count += 1
    assert count == size


def _proof_ms(size: int) -> float:
    """A proof for one entry, nothing prepared: the leaves are read and hashed, the tree is built, the path taken."""
    return cpu_seconds(lambda: log.Tree(queries.leaf_hashes(up_to=size)).inclusion_proof(size // 3)) * 1000


def _rate(seconds: float, entries: int) -> dict[str, float]:
    return {"cpu_ms": round(seconds * 1000, 1), "calls": entries, "per_s": round(entries / seconds)}
