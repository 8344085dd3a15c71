"""Writing: one answer with its counters and its trail entry, by one client and by eight at once."""

from __future__ import annotations

import itertools
import shutil
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from flask import Flask

from benchmarks.database import Made
from benchmarks.measuring import Call, Outcome, Reach, side_by_side
from benchmarks.naive import pages as naive
from benchmarks.pages import FILE
from benchmarks.serving import Caller, csrf_token, signed_in
from workbench.database import db
from workbench.trail import queries as trail

CLIENTS, SECONDS = 8, 4.0


class Answering:
    """Answers one item again and again, knowing the version that its last answer left."""

    def __init__(self, caller: Caller, made: Made, item: str, token: str) -> None:
        self.caller, self.token, self.versions = caller, token, itertools.count(1)
        self.path = f"/projects/{made.key}/checklists/{made.checklist_id}/items/{item}"

    def __call__(self) -> None:
        """One answer; it differs from the one before, so that something is written each time."""
        version = next(self.versions)
        self.caller.post(self.path, {
            "csrf_token": self.token, "idempotency_key": f"{self.path[-24:]}-{version}", "version": str(version),
            "state": "partly" if version % 2 else "minor", "note": f"Looked at again, time {version}.",
        })  # fmt: skip


def _naive_answering(caller: Caller, answer_id: int) -> Iterator[None]:
    for number in itertools.count(1):
        state, note = "partly" if number % 2 else "minor", f"Looked at again, time {number}."
        caller.post(f"/answers/{answer_id}", {"state": state, "note": note})
        yield


def answer(app: Flask, made: Made) -> Outcome:
    """One answer: the naive variant works on a copy of the database, with the same durability."""
    copy = made.home / "naive.db"
    _copy(made.home / FILE, copy)
    plain = Caller(naive.application(copy))
    reader = signed_in(app, made.reader)
    token = csrf_token(reader)
    with app.app_context():
        before = trail.size()
    ours, theirs = Answering(reader, made, made.items[0], token), _naive_answering(plain, made.answers)
    calls: dict[str, Call] = {"naive": lambda: next(theirs), "product": ours}
    found = side_by_side(calls, seconds=0.6)
    for figures in found.values():
        figures["answers_s"] = round(1000 / figures["cpu_ms"], 1)
    written = next(ours.versions) - 1
    crowd = _crowd(reader, made, token)
    with app.app_context():
        lost = before + written + crowd["answers"] - trail.size()
        db.session.remove()
    found[f"product, {CLIENTS} clients"] = {
        "p95_ms": crowd["p95_ms"],
        "calls": crowd["answers"],
        "answers_s": crowd["answers_s"],
    }
    return Outcome("answer", "One answer with its trail entry, durable", found, [
        Reach("CPU less than naive", found["naive"]["cpu_ms"] / found["product"]["cpu_ms"], 4, at_least=True),
        Reach(f"answers a second, {CLIENTS} clients", crowd["answers_s"], 1000, at_least=True, unit="/s"),
        Reach("p95 of an answer", crowd["p95_ms"], 40, at_least=False, unit="ms"),
        Reach("longest wait", crowd["worst_ms"], 100, at_least=False, unit="ms"),
        Reach("answers lost", lost, 0, at_least=False, unit=""),
    ], [
        "The product's answer also checks sign-in, rights, the form's token and key, and the version; naive checks nothing.",
        f"{CLIENTS} clients are threads of one process, so one core works at a time.",
    ])  # fmt: skip


def _copy(source: Path, target: Path) -> None:
    for ending in ("", "-wal"):
        file = source.with_name(source.name + ending)
        if file.exists():
            shutil.copyfile(file, target.with_name(target.name + ending))


def _crowd(reader: Caller, made: Made, token: str) -> dict[str, float]:
    waits: list[float] = []
    end = time.perf_counter() + SECONDS

    def work(item: str) -> None:
        once = Answering(Caller(reader.application, reader.cookie), made, item, token)
        while (begun := time.perf_counter()) < end:
            once()
            waits.append((time.perf_counter() - begun) * 1000)

    threads = [threading.Thread(target=work, args=(item,)) for item in made.items[1 : CLIENTS + 1]]
    begun = time.perf_counter()
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    taken = time.perf_counter() - begun
    p95 = statistics.quantiles(waits, n=20)[-1]
    return {
        "answers": len(waits), "answers_s": round(len(waits) / taken, 1), "p95_ms": round(p95, 1),
        "worst_ms": round(max(waits), 1),
    }  # fmt: skip
