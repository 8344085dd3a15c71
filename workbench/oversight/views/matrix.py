"""Pages of the clause matrix: a project's by step, all projects' or audits' side by side, and what stands behind a cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, g, render_template, request
from flask_babel import get_locale

from workbench.checklists import queries as checklists
from workbench.checklists.forms import STANDARDS, STATES
from workbench.checklists.queries import editions
from workbench.checklists.rules import GATES_PACK
from workbench.findings import queries as findings
from workbench.oversight.forms import matrix as words
from workbench.oversight.queries import matrix as queries
from workbench.oversight.queries.matrix import ALL, Matrix, Row
from workbench.oversight.views.blueprint import pages
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as projects
from workbench.web.paging import Page, wanted_page
from workbench.web.refusals import NotThere
from workbench.web.sheets import csv_answer, xlsx_answer

PER_PAGE, MOST_COLUMNS = 25, 12  # what a page holds; an export holds all
USUAL = "iso9001_2015"


def _pack_id() -> str:
    return request.args.get("pack", USUAL)[:60]


def _language() -> str:
    return str(get_locale())[:2]


def _of_project() -> Matrix:
    found = queries.matrix_of_project(projects.project(g.rights.project_id), _pack_id())
    if found is None:
        raise NotThere
    return found


def _of_all(most: int | None = None) -> Matrix:
    """Over audits or projects; `most` columns of these, all of them without it."""
    seen = projects.ids_seen_by(g.person)
    if request.args.get("by") == "audits":
        found = queries.matrix_of_audits(queries.audits_seen(seen, limit=most), _pack_id())
    else:
        found = queries.matrix_of_projects(queries.projects_seen(seen)[:most], _pack_id())
    if found is None:
        raise NotThere
    return found


def _page(matrix: Matrix, **context: Any) -> str:
    chapter, only = request.args.get("chapter", "")[:50], request.args.get("show", "")
    rows = queries.shown(matrix.rows, chapter=chapter, only=only if only in words.ONLY else "")
    number = wanted_page(request.args.get("page"))
    per_page = len(rows) or 1 if request.args.get("whole") else PER_PAGE
    page: Page[Row] = Page(rows[(number - 1) * per_page : number * per_page], number, len(rows), per_page)
    return render_template(
        "oversight/matrix.html",
        matrix=matrix,
        page=page,
        chapters=checklists.chapters(matrix.pack),
        asked={"pack": matrix.pack.id, "chapter": chapter, "show": only, "by": request.args.get("by", "")},
        most=MOST_COLUMNS,
        packs=[each for each in editions.offers() if each.id != GATES_PACK],
        words=words,
        **context,
    )


@pages.get("/projects/<key>/matrix")
@requires(P.PROJECT_READ, on="project")
def project_matrix(key: str) -> str:
    """Clauses by step of one project."""
    return _page(_of_project(), project=projects.project(g.rights.project_id))


@pages.get("/matrix")
@requires(P.SESSION_USE)
def matrix() -> str:
    """Clauses by project or by audit, of those the person may see."""
    return _page(_of_all(MOST_COLUMNS), project=None)


@pages.get("/projects/<key>/matrix/export.<any(csv, xlsx):kind>")
@requires(P.PROJECT_READ, on="project")
def export_project_matrix(key: str, kind: str) -> Response:
    """The matrix of a project, every clause."""
    return _export(_of_project(), key, kind)


@pages.get("/matrix/export.<any(csv, xlsx):kind>")
@requires(P.SESSION_USE)
def export_matrix(kind: str) -> Response:
    """The matrix over projects or audits, every clause."""
    return _export(_of_all(), "matrix", kind)


def _export(found: Matrix, name: str, kind: str) -> Response:
    table = words.table(found, _language())
    filename = f"{name}-{found.pack.id}.{kind}"
    return csv_answer(table, filename) if kind == "csv" else xlsx_answer(table, filename)


@pages.get("/projects/<key>/matrix/<pack_id>/<clause>")
@requires(P.PROJECT_READ, on="project")
def matrix_cell(key: str, pack_id: str, clause: str) -> str:
    """What stands behind one cell: the questions, the answers, the evidence, and the tie by which they count."""
    project, column = projects.project(g.rights.project_id), request.args.get("column", ALL)
    found = queries.matrix_of_project(project, pack_id, occasion=request.args.get("occasion", "")[:40])
    row = next((each for each in found.rows if each.clause.ref == clause), None) if found is not None else None
    if found is None or row is None:
        raise NotThere
    chosen = [each for square in row.squares for each in square.bearings if column in (ALL, each.column)]
    told = queries.told(chosen)
    return render_template(
        "oversight/matrix_cell.html",
        project=project,
        pack=found.pack,
        row=row,
        column=column,
        square=queries.Square(tuple(chosen)),
        told=told,
        raised=_raised([each.checklist.id for each in told]),
        words=words,
        standards=STANDARDS,
        states=STATES,
    )


def _raised(checklist_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """{checklist: {item: findings raised there}}."""
    return {number: findings.by_line(number) for number in dict.fromkeys(checklist_ids)}


