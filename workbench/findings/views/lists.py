"""The list of a project's findings, that of every project a person may see, and both as CSV and as a workbook."""

from __future__ import annotations

from typing import Any

from flask import Response, g, render_template, request

from workbench.findings import forms, queries
from workbench.findings.queries import Wanted
from workbench.findings.rules import BAND_NAMES, FindingKind, FindingState, Source, ageing, median
from workbench.findings.views.blueprint import PROJECT, pages
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as projects
from workbench.web.addresses import row_number
from workbench.web.paging import wanted_page
from workbench.web.sheets import csv_answer, xlsx_answer

KINDS = tuple(each.value for each in FindingKind if each is not FindingKind.CONFORMITY)  # a conformity never waits


def _wanted() -> Wanted:
    asked = request.args
    sort = asked.get("sort", "")
    return Wanted(
        kind=asked["kind"] if asked.get("kind") in set(FindingKind) else "",
        state=asked["state"] if asked.get("state") in {*FindingState, "open"} else "",
        owner=row_number(asked.get("owner")),
        source=asked["source"] if asked.get("source") in set(Source) else "",
        project=asked.get("project", "")[:20],
        overdue=asked.get("overdue") == "1",
        sort=sort if sort.removeprefix("-") in queries.SORTS else "-raised",
    )


def _listed(of: Any, wanted: Wanted) -> dict[str, Any]:
    """What both lists show."""
    return {
        "page": queries.page_of_findings(of, wanted, page=wanted_page(request.args.get("page"))),
        "wanted": wanted, "owners": queries.owners_of(of), "words": forms,
        "is_filtered": any((wanted.kind, wanted.state, wanted.owner, wanted.source, wanted.project, wanted.overdue)),
        "kept": {name: value for name, value in request.args.items() if name not in ("page", "key")},
    }


@pages.get(PROJECT)
@requires(P.PROJECT_READ, on="project")
def index(key: str) -> str:
    """The findings of a project, and how many of each kind are open."""
    project = projects.project(g.rights.project_id)
    counts = queries.counts_by_kind(project.id)
    return render_template("findings/index.html", project=project, counts=counts, **_listed(project.id, _wanted()))


@pages.get("/findings")
@requires(P.SESSION_USE)
def all_findings() -> str:
    """The findings of every project this person may see, how old the open ones are, and how long closing took."""
    mine, wanted = projects.ids_seen_by(g.person), _wanted()
    counts = queries.ages(mine, wanted)
    took = queries.days_to_close(mine, wanted)
    return render_template(
        "findings/all.html", counts=counts, chart=ageing(counts, KINDS), bands=BAND_NAMES, kinds=KINDS, took=took,
        middle=median(took), **_listed(mine, wanted),
    )


def _rows(of: Any) -> list[list[Any]]:
    return [forms.head(), *(forms.cells(each) for each in queries.rows_of_findings(of, _wanted()))]


def _as_csv(of: Any, name: str) -> Response:
    return csv_answer(_rows(of), f"{name}.csv")


@pages.get(f"{PROJECT}.csv")
@requires(P.PROJECT_READ, on="project")
def export_csv(key: str) -> Response:
    """The findings that the filter shows, on all its pages, as CSV."""
    return _as_csv(g.rights.project_id, f"{key}-findings")


@pages.get(f"{PROJECT}.xlsx")
@requires(P.PROJECT_READ, on="project")
def export_xlsx(key: str) -> Response:
    """The same as a workbook."""
    return xlsx_answer(_rows(g.rights.project_id), f"{key}-findings.xlsx")


@pages.get("/findings.csv")
@requires(P.SESSION_USE)
def export_all_csv() -> Response:
    """The findings of every project this person may see, as CSV."""
    return _as_csv(projects.ids_seen_by(g.person), "findings")


@pages.get("/findings.xlsx")
@requires(P.SESSION_USE)
def export_all_xlsx() -> Response:
    """The same as a workbook."""
    return xlsx_answer(_rows(projects.ids_seen_by(g.person)), "findings.xlsx")
