"""Pages of what follows from runs: month against month with the reason of each change, and the margins of a run."""

from __future__ import annotations

from typing import Any

from flask import Response, g, render_template, request

import sandbox
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.trials import forms, queries
from workbench.trials.views.blueprint import PREFIX, pages
from workbench.web.addresses import row_number
from workbench.web.paging import PER_PAGE, Page, wanted_page
from workbench.web.sheets import Told, csv_answer, measured

_NUMBERS = frozenset({"used", "entitled", "amount_over", "amount", "cost", "margin"})
_STATE = ("used", "entitled", "verdict", "amount_over", "amount", "currency")


def _filter() -> queries.DriftFilter:
    reason = request.args.get("reason", "")
    return queries.DriftFilter(request.args.get("client", "")[:200], reason if reason in forms.REASONS else "")


def _page(rows: list[Any]) -> Page[Any]:
    number = wanted_page(request.args.get("page"))
    return Page(rows[(number - 1) * PER_PAGE : number * PER_PAGE], number, len(rows))


def _found() -> queries.DriftPage:
    number, against = request.view_args or {}, row_number(request.args.get("against"))
    return queries.drift_page(g.rights.project_id, number["number"], against)


@pages.get(PREFIX + "/<int:number>/drift")
@requires(P.PROJECT_READ, on="project")
def drift(key: str, number: int) -> str:
    """What is not the same as in another run, client by client, and why."""
    found, wanted = _found(), _filter()
    return render_template(
        "trials/drift.html", found=found, project=found.project, wanted=wanted, page=_page(found.shown(wanted)), words=forms,
    )


@pages.get(PREFIX + "/<int:number>/drift.csv")
@requires(P.PROJECT_READ, on="project")
def export_drift(key: str, number: int) -> Response:
    """Every row that the filter shows."""
    found = _found()
    head = [
        "client", "contract", "kind", "item", *(f"{when}.{name}" for when in ("before", "after") for name in _STATE),
        "reasons", "why",
    ]
    rows = []
    for one in found.shown(_filter()):
        cells: dict[str, Any] = one.as_json()
        states = [_cell(name, cells[when][name]) for when in ("before", "after") for name in _STATE]
        rows.append([one.client, one.contract, one.kind, one.item, *states, " ".join(one.reasons), forms.drift_said(one.why)])
    return _csv(head, rows, f"{key}-trial-{found.against.number}-{number}.csv")


@pages.get(PREFIX + "/<int:number>/margins")
@requires(P.PROJECT_READ, on="project")
def margins(key: str, number: int) -> str:
    """What each client's packages and services are billed, what they cost, and the difference where both are known."""
    found, client = queries.margin_page(g.rights.project_id, number), request.args.get("client", "")[:200]
    return render_template(
        "trials/margins.html", found=found, project=found.project, client=client, page=_page(found.shown(client)), words=forms,
        texts=queries.margin_texts,
    )


@pages.get(PREFIX + "/<int:number>/margins.csv")
@requires(P.PROJECT_READ, on="project")
def export_margins(key: str, number: int) -> Response:
    """Every row that the filter shows."""
    found = queries.margin_page(g.rights.project_id, number)
    head = ["client", "contract", "kind", "item", "amount", "cost", "margin", "currency"]
    rows = [[_cell(name, one.as_json()[name]) for name in head] for one in found.shown(request.args.get("client", "")[:200])]
    return _csv(head, rows, f"{key}-margins-{number}.csv")


def _cell(name: str, value: Any) -> Any:
    return measured(value) if name in _NUMBERS else value


def _csv(head: list[str], rows: list[list[Any]], filename: str) -> Response:
    texts = [[cell.text if isinstance(cell, Told) else cell for cell in row] for row in rows]
    return csv_answer([head, *rows], filename, text=sandbox.csv_text(head, texts))
