"""Pages of what is written down about an audit: adding, changing and withdrawing a line of one of its tables."""

from __future__ import annotations

from typing import Any

from flask import Response as Answer
from flask import g, render_template
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from workbench.audits import actions, queries
from workbench.audits.registers import PARTS
from workbench.audits.views.blueprint import audit_at_hand, back_to, pages, project_at_hand, workable
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.registers.forms import Withdraw, cells, check_seen, exported, keep_chosen
from workbench.registers.rules import Register
from workbench.web.refusals import BadValue, NotThere
from workbench.web.sheets import csv_answer

_PART = f"/projects/<key>/audits/<int:audit_id>/<any({', '.join(PARTS)}):part>"


def _line(audit_id: int, register: Register, line_id: int) -> Any:
    found = queries.line_in(audit_id, register.model, line_id)
    if found is None:
        raise NotThere
    return found


@pages.get(f"{_PART}.csv")
@requires(P.AUDIT_READ, on="project")
def export_lines(key: str, audit_id: int, part: str) -> Answer:
    """One table of an audit, every field. What is guarded stays out whoever asks."""
    project, audit, register = project_at_hand(), audit_at_hand(audit_id), PARTS[part]
    rows, form = queries.lines_of(audit.id, register.model), register.form().offer(project.id)
    keep_chosen(register, form, rows)
    head = [_("Code"), *(str(each.label.text) for each in form.fields())]
    told = [[row.code, *map(exported, cells(register, form, row, sees=False, every=True))] for row in rows]
    return csv_answer([head, *told], f"{audit.number}-{part}.csv")


@pages.route(f"{_PART}/new", methods=["GET", "POST"])
@requires(P.AUDIT_CONDUCT, on="project")
def add_line(key: str, audit_id: int, part: str) -> str | Response:
    """Write a line down."""
    project, audit, register = project_at_hand(), workable(audit_id), PARTS[part]
    form = register.form.of_request().offer(project.id)
    if form.accepted():
        try:
            actions.add_line(project=project, audit=audit, register=register, facts=form.facts(), by=g.person)
            return back_to(key, audit_id, part)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("audits/add_line.html", form=form, project=project, audit=audit, register=register)


@pages.route(f"{_PART}/<int:line_id>/edit", methods=["GET", "POST"])
@requires(P.AUDIT_CONDUCT, on="project")
def change_line(key: str, audit_id: int, part: str, line_id: int) -> str | Response:
    """Say a line anew."""
    project, audit, register = project_at_hand(), workable(audit_id), PARTS[part]
    row = _line(audit.id, register, line_id)
    form = register.form.of_request(obj=row).offer(project.id)
    keep_chosen(register, form, [row])
    if form.accepted():
        check_seen(row, form)
        try:
            actions.change_line(
                project=project, audit=audit, register=register, row=row, facts=form.facts(), by=g.person
            )
            return back_to(key, audit_id, part)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("audits/change_line.html", form=form, project=project, audit=audit, row=row)


@pages.route(f"{_PART}/<int:line_id>/withdraw", methods=["GET", "POST"])
@requires(P.AUDIT_CONDUCT, on="project")
def withdraw_line(key: str, audit_id: int, part: str, line_id: int) -> str | Response:
    """Take a line out, with the reason."""
    project, audit, register = project_at_hand(), workable(audit_id), PARTS[part]
    row = _line(audit.id, register, line_id)
    form = Withdraw.of_request()
    if form.accepted():
        actions.withdraw_line(
            project=project, audit=audit, register=register, row=row, reason=form.reason.data, by=g.person
        )
        return back_to(key, audit_id, part)
    return render_template("audits/withdraw_line.html", form=form, project=project, audit=audit, row=row)
