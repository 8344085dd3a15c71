"""Pages of the self-audit: every standing check of all projects one may see, or of one; a check's rows; exports."""

from __future__ import annotations

from typing import Any

from flask import Response, g, render_template, request

from workbench.oversight import checks
from workbench.oversight.checks import Result, Scope
from workbench.oversight.forms import checks as words
from workbench.oversight.rules.reviews import Row
from workbench.oversight.views.blueprint import pages
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as projects
from workbench.web.paging import PER_PAGE, Page, wanted_page
from workbench.web.refusals import NotThere
from workbench.web.sheets import csv_answer, xlsx_answer

SHOWN = 20  # rows of a check on the page of all; the check's own page has the others


def _all(scope: Scope, project: Any) -> str:
    results = checks.run_all(scope)
    return render_template(
        "oversight/checks.html",
        project=project,
        found=[each for each in results if each.count],
        quiet=[each for each in results if not each.count],
        severe=checks.severe(results),
        total=sum(each.count for each in results),
        nothing_seen=not scope.rights and not scope.is_whole,
        limit=SHOWN,
        words=words,
    )


def _one(name: str, scope: Scope, project: Any) -> str:
    result = _result(name, scope)
    number = wanted_page(request.args.get("page"))
    rows = result.rows[(number - 1) * PER_PAGE : number * PER_PAGE]
    page: Page[Row] = Page(rows, number, result.count)
    return render_template("oversight/checks_one.html", project=project, result=result, page=page, words=words)


def _result(name: str, scope: Scope) -> Result:
    check = checks.CHECKS.get(name)
    if check is None or not scope.sees(check.needs):
        raise NotThere
    return checks.run(check, scope)


def _export(scope: Scope, name: str, kind: str) -> Response:
    """All rows, or those of the check that the address names."""
    asked: Any = request.args.get("check")
    table = words.table(checks.run_all(scope) if not asked else [_result(asked, scope)])
    return csv_answer(table, f"{name}.csv") if kind == "csv" else xlsx_answer(table, f"{name}.xlsx")


@pages.get("/self-audit")
@requires(P.SESSION_USE)
def self_audit() -> str:
    """Every check over the projects the person may see."""
    return _all(checks.scope_of(g.person), None)


@pages.get("/self-audit/<check>")
@requires(P.SESSION_USE)
def self_audit_check(check: str) -> str:
    """All rows of one check."""
    return _one(check, checks.scope_of(g.person), None)


@pages.get("/self-audit/export.<any(csv, xlsx):kind>")
@requires(P.SESSION_USE)
def export_self_audit(kind: str) -> Response:
    """Every row, or those of one check."""
    return _export(checks.scope_of(g.person), "self-audit", kind)


@pages.get("/projects/<key>/self-audit")
@requires(P.PROJECT_READ, on="project")
def project_self_audit(key: str) -> str:
    """Every check of one project."""
    return _all(checks.scope_of(g.person, key), projects.project(g.rights.project_id))


@pages.get("/projects/<key>/self-audit/<check>")
@requires(P.PROJECT_READ, on="project")
def project_self_audit_check(key: str, check: str) -> str:
    """All rows of one check of a project."""
    return _one(check, checks.scope_of(g.person, key), projects.project(g.rights.project_id))


@pages.get("/projects/<key>/self-audit/export.<any(csv, xlsx):kind>")
@requires(P.PROJECT_READ, on="project")
def export_project_self_audit(key: str, kind: str) -> Response:
    """Every row of a project, or those of one check."""
    return _export(checks.scope_of(g.person, key), f"{key}-self-audit", kind)
