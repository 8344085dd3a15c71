"""Pages of the organisation's own scale of grades."""

from __future__ import annotations

from typing import Any

from flask import Response as Answer
from flask import g, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from workbench.config import LANGUAGES
from workbench.findings import actions, forms, queries
from workbench.findings.rules import FindingKind
from workbench.findings.views.blueprint import pages
from workbench.people.guards import requires
from workbench.people.rules import Permission as P
from workbench.registers.forms import check_seen
from workbench.web.refusals import BadValue, NotThere
from workbench.web.sheets import csv_answer

ONE_GRADE = "/findings/grades/<int:grade_id>"


def _grade(grade_id: int) -> Any:
    found = queries.grade(grade_id)
    if found is None:
        raise NotThere
    return found


def _to_grades() -> Response:
    return redirect(url_for("findings.grades"), code=303)


@pages.get("/findings/grades")
@requires(P.AUDIT_PLAN)
def grades() -> str:
    """The scale: every grade, the kind it stands for, and what can be done with it."""
    return render_template("findings/grades.html", grades=queries.all_grades(), words=forms)


@pages.get("/findings/grades.csv")
@requires(P.AUDIT_PLAN)
def export_grades() -> Answer:
    """The scale with both wordings, grades withdrawn too."""
    head = [_("Code"), _("What it means"), _("Language"), _("Stands for"), _("Place in the scale"), _("Withdrawn")]
    rows = [
        [each.code, each.label_in(spoken), spoken, forms.KINDS[FindingKind(each.kind)], each.position, each.withdrawn_at]
        for each in queries.all_grades() for spoken in LANGUAGES
    ]
    return csv_answer([head, *rows], "grades.csv")


@pages.route("/findings/grades/new", methods=["GET", "POST"])
@requires(P.AUDIT_PLAN)
def add_grade() -> str | Response:
    """Add a grade."""
    form = forms.AddGrade.of_request(position=len(queries.all_grades()) + 1)
    if form.accepted():
        try:
            actions.add_grade(
                code=form.code.data, label_en=form.label_en.data, label_fr=form.label_fr.data,
                kind=FindingKind(form.kind.data), position=form.position.data, by=g.person,
            )
            return _to_grades()
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("findings/add_grade.html", form=form)


@pages.route(f"{ONE_GRADE}/edit", methods=["GET", "POST"])
@requires(P.AUDIT_PLAN)
def change_grade(grade_id: int) -> str | Response:
    """Say a grade anew."""
    grade = _grade(grade_id)
    form = forms.ChangeGrade.of_request(obj=grade)
    if form.accepted():
        check_seen(grade, form)
        try:
            actions.change_grade(
                grade=grade, code=form.code.data, label_en=form.label_en.data, label_fr=form.label_fr.data,
                position=form.position.data, by=g.person,
            )
            return _to_grades()
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("findings/change_grade.html", form=form, grade=grade)


@pages.post(f"{ONE_GRADE}/withdraw")
@requires(P.AUDIT_PLAN)
def withdraw_grade(grade_id: int) -> Response:
    """Offer a grade no more."""
    actions.withdraw_grade(grade=_grade(grade_id), by=g.person)
    return _to_grades()


@pages.post(f"{ONE_GRADE}/put-back")
@requires(P.AUDIT_PLAN)
def put_back_grade(grade_id: int) -> Response:
    """Offer a withdrawn grade again."""
    actions.put_back_grade(grade=_grade(grade_id), by=g.person)
    return _to_grades()
