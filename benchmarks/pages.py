"""Reading: the list of projects and the checklist page, each as the product has it, as written naively, and the limit."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from benchmarks.database import BIG, Made
from benchmarks.limit import Limit
from benchmarks.measuring import Call, Outcome, Reach, side_by_side
from benchmarks.naive import pages as naive
from benchmarks.naive.models import db as naive_db
from benchmarks.serving import Caller, counted, signed_in
from workbench.checklists import queries
from workbench.database import db

FILE = "ninefold.db"


def _statements(app: Flask, handle: object, call: Call) -> int:
    with app.app_context():
        engine = handle.engine  # type: ignore[attr-defined]
    with counted(engine) as seen:
        call()
    return len([each for each in seen if not each.startswith(("BEGIN", "PRAGMA"))])


def _compared(app: Flask, made: Made, calls: dict[str, Call], naive_app: Flask) -> dict[str, dict[str, float]]:
    found = side_by_side(calls)
    found["product"]["statements"] = _statements(app, db, calls["product"])
    found["naive"]["statements"] = _statements(naive_app, naive_db, calls["naive"])
    return found


def _ratios(found: dict[str, dict[str, float]], less: float, limit: float) -> list[Reach]:
    product = found["product"]["cpu_ms"]
    return [
        Reach("CPU less than naive", found["naive"]["cpu_ms"] / product, less, at_least=True),
        Reach("CPU of the limit", product / found["limit"]["cpu_ms"], limit, at_least=False),
        Reach(
            "statements, session and rights included",
            found["product"]["statements"],
            7,
            at_least=False,
            unit="statements",
        ),
    ]


def project_list(app: Flask, made: Made) -> Outcome:
    """Fifty projects with their progress, for a quality lead who sees all of them."""
    naive_app = naive.application(made.home / FILE)
    reader, plain, limit = signed_in(app, made.reader), Caller(naive_app), Caller(Limit(made.home / FILE, BIG, 0))
    calls: dict[str, Call] = {
        "naive": lambda: plain.get("/projects"),
        "product": lambda: reader.get("/projects/"),
        "limit": lambda: limit.get("/projects"),
    }
    found = _compared(app, made, calls, naive_app)
    reaches = _ratios(found, 25, 5)
    reaches.append(Reach("p95 of the page", found["product"]["p95_ms"], 10, at_least=False, unit="ms"))
    return Outcome("project_list", "Project list, 50 rows", found, reaches, [
        "The product signs in, checks rights and draws the whole frame; naive and limit do none of that.",
    ])  # fmt: skip


def checklist_page(app: Flask, made: Made) -> Outcome:
    """Every item of a standard with answers and evidence on one page (the product's own pages hold fewer)."""
    found, remarks = _checklist(app, made, len(made.items))
    return Outcome("checklist_page", f"Checklist, {len(made.items)} items on one page, 2 pieces of evidence each", found, [
        *_ratios(found, 20, 4),
    ], remarks)  # fmt: skip


def checklist_first_page(app: Flask, made: Made) -> Outcome:
    """The page as the product shows it, beside a naive page of as many items."""
    found, remarks = _checklist(app, made, queries.PER_PAGE)
    title = f"Checklist, a page of {queries.PER_PAGE} items"
    return Outcome("checklist_first_page", title, found, _ratios(found, 20, 4)[2:], remarks)


def _checklist(app: Flask, made: Made, count: int) -> tuple[dict[str, dict[str, float]], list[str]]:
    naive_app = naive.application(made.home / FILE)
    reader, plain = signed_in(app, made.reader), Caller(naive_app)
    limit = Caller(Limit(made.home / FILE, BIG, made.checklist_id))
    address = f"/projects/{made.key}/checklists/{made.checklist_id}?step=all"
    calls: dict[str, Call] = {
        "naive": lambda: plain.get(f"/checklists/{made.checklist_id}?count={count}"),
        "product": lambda: reader.get(address),
        "limit": lambda: limit.get(f"/checklists?count={count}"),
    }
    with _items_on_a_page(count):
        sizes = {name: len(call()) for name, call in calls.items()}  # type: ignore[arg-type]
        assert reader.get(address).count(b"data-answer") >= count
        found = _compared(app, made, calls, naive_app)
    for name, size in sizes.items():
        found[name]["kB_html"] = round(size / 1000, 1)
    return found, [
        "The product's rows carry twice the HTML of the others: keys, labels for the ear, icons, links to evidence."
    ]


@contextmanager
def _items_on_a_page(count: int) -> Iterator[None]:
    """Let the checklist page hold so many items, to measure a page of the size the design speaks of."""
    usual = queries.checklist_page
    queries.checklist_page = functools.partial(usual, per_page=count)  # type: ignore[assignment]
    try:
        yield
    finally:
        queries.checklist_page = usual
