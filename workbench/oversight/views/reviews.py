"""Pages of management reviews: the list, the pack of one, planning, notes, holding, decisions, actions."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response as Answer

from workbench import clock
from workbench.oversight.actions import reviews as actions
from workbench.oversight.forms import reviews as forms
from workbench.oversight.queries import reviews as queries
from workbench.oversight.rules.reviews import FLOW, DecisionKind, ReviewActionState
from workbench.oversight.views.blueprint import pages
from workbench.people.guards import may, requires
from workbench.people.queries import anywhere
from workbench.people.rules import EVERYWHERE
from workbench.people.rules import Permission as P
from workbench.web import sheets
from workbench.web.paging import wanted_page
from workbench.web.refusals import BadValue, NotThere, check_version


def _review(number: str) -> Any:
    found = queries.review(number)
    if found is None:
        raise NotThere
    return found


def _read(number: str) -> Any:
    """A review for who reads all of them, and for who leads it or answers for one of its actions."""
    row = _review(number)
    if not (may(P.AUDIT_READ) or queries.has_part(row, g.person)):
        raise Forbidden
    return row


def _verbs(row: Any) -> set[str]:
    return {each.verb for each in FLOW.open_to(row.standing, anywhere(g.person))}


def _back(number: str, anchor: str = "") -> Answer:
    return redirect(url_for(".review", number=number, _anchor=anchor or None), code=303)


@pages.get("/reviews")
@requires(P.AUDIT_READ)
def reviews() -> str:
    """Every review, newest first, and when the next one is due."""
    state = request.args.get("state", "")
    page = queries.page_of_reviews(state=state[:20], page=wanted_page(request.args.get("page")))
    return render_template(
        "oversight/reviews.html", page=page, words=forms, next_due=queries.next_due(), reminder=queries.reminder(),
        is_one_ahead=queries.is_one_ahead(),
    )


@pages.get("/reviews.csv")
@requires(P.AUDIT_READ)
def export_reviews() -> Response:
    """The reviews that the filter shows, on all its pages."""
    found = queries.page_of_reviews(state=request.args.get("state", "")[:20], per_page=sheets.ALL)
    return sheets.csv_answer(forms.reviews_table(found.rows), "management-reviews.csv")


@pages.route("/reviews/new", methods=["GET", "POST"])
@requires(P.REVIEW_HOLD)
def plan_review() -> str | Answer:
    """Plan the next review."""
    form = forms.PlanReview.offered()
    if form.accepted():
        try:
            return _back(actions.plan_review(facts=form.facts(), by=g.person).number)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("oversight/review_plan.html", form=form, row=None)


@pages.get("/reviews/<number>")
@requires(P.SESSION_USE)
def review(number: str) -> str:
    """The pack: every input with its figures and the rows they count, then decisions and actions."""
    row = _read(number)
    return render_template(
        "oversight/review.html", row=row, pack=queries.pack_of(row, g.person), words=forms, verbs=_verbs(row),
        decisions=queries.decisions_of(row.id), actions=queries.actions_of(row.id), today=clock.today(),
        projects=[name for number_, name in queries.projects_to_choose() if number_ in (row.project_ids or [])]
        if g.person.access in EVERYWHERE else [],
        report_of=queries.key_of_report(row) if may(P.REVIEW_HOLD) else None,
    )


@pages.get("/reviews/<number>.csv")
@requires(P.SESSION_USE)
def export_review(number: str) -> Response:
    """Every row behind every figure, as CSV."""
    row = _read(number)
    pack = queries.pack_of(row, g.person)
    head = [_("Input"), _("Figure"), _("Count"), _("Project"), _("Code"), _("What it says"), _("Day"), _("Remark")]
    lines = []
    for each in pack.inputs:
        for figure in each.figures:
            said = [str(forms.INPUT_TITLES[each.key]), str(forms.FIGURE_NAMES[figure.key]), figure.count]
            rows = pack.shown(figure)
            lines += [[*said, one.project, one.code, one.text, one.on, forms.said(one)] for one in rows]
            lines += [] if rows else [[*said, "", "", "", "", ""]]
    return sheets.csv_answer([head, *lines], f"{row.number}.csv")


@pages.route("/reviews/<number>/edit", methods=["GET", "POST"])
@requires(P.REVIEW_HOLD)
def change_review(number: str) -> str | Answer:
    """Say anew what a review looks at."""
    row = _review(number)
    FLOW.target("change", row.standing)
    form = forms.PlanReview.offered(row)
    if form.accepted():
        check_version(row, form.seen_version(), {"participants": (form.participants.label.text, form.participants.data)})
        try:
            actions.change_review(review=row, facts=form.facts(), by=g.person)
            return _back(number)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("oversight/review_plan.html", form=form, row=row, record_version=row.version)


@pages.route("/reviews/<number>/notes", methods=["GET", "POST"])
@requires(P.REVIEW_HOLD)
def note_review(number: str) -> str | Answer:
    """Write beside the inputs what the figures do not say."""
    row = _review(number)
    FLOW.target("note", row.standing)
    form = forms.NoteInputs.of_request(data={f"note_{key}": said for key, said in row.notes.items()})
    if form.accepted():
        typed = {f"note_{key}": (str(field.label.text), field.data or "") for key, field in form.noted()}
        seen = {name: (label, said) for name, (label, said) in typed.items()}
        check_version(_Noted(row), form.seen_version(), seen)
        actions.note_inputs(review=row, notes=form.notes(), by=g.person)
        return _back(number)
    return render_template("oversight/review_notes.html", form=form, row=row, record_version=row.version)


class _Noted:
    """The notes of a review as fields, to be compared with what was typed."""

    def __init__(self, row: Any) -> None:
        self.version, self._notes = row.version, row.notes

    def __getattr__(self, name: str) -> str:
        return str(self._notes.get(name.removeprefix("note_"), ""))


@pages.post("/reviews/<number>/prepare")
@requires(P.REVIEW_HOLD)
def prepare_review(number: str) -> Answer:
    """Say that the inputs are ready."""
    actions.prepare_review(review=_review(number), by=g.person)
    flash(_("%(number)s is prepared.", number=number), "success")
    return _back(number)


@pages.route("/reviews/<number>/hold", methods=["GET", "POST"])
@requires(P.REVIEW_HOLD)
def hold_review(number: str) -> str | Answer:
    """Freeze the inputs and sign."""
    row = _review(number)
    FLOW.target("hold", row.standing)
    form = forms.HoldReview.of_request(participants=row.participants, next_on=row.next_on)
    if form.accepted():
        try:
            actions.hold_review(
                review=row, held_on=form.held_on.data, participants=form.participants.data, next_on=form.next_on.data,
                password=form.password.data, by=g.person,
            )
            flash(_("%(number)s is held; its inputs stay as they are now.", number=number), "success")
            return _back(number)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("oversight/review_hold.html", form=form, row=row)


@pages.post("/reviews/<number>/close")
@requires(P.REVIEW_HOLD)
def close_review(number: str) -> Answer:
    """Close a review whose actions are all done."""
    actions.close_review(review=_review(number), by=g.person)
    flash(_("%(number)s is closed.", number=number), "success")
    return _back(number)


@pages.route("/reviews/<number>/decisions/new", methods=["GET", "POST"])
@requires(P.REVIEW_HOLD)
def decide_in_review(number: str) -> str | Answer:
    """Note a decision."""
    row = _review(number)
    FLOW.target("decide", row.standing)
    form = forms.Decide.of_request()
    if form.accepted():
        try:
            actions.add_decision(review=row, kind=DecisionKind(form.kind.data), text=form.text.data, by=g.person)
            return _back(number, "decisions")
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("oversight/review_decide.html", form=form, row=row)


@pages.route("/reviews/<number>/actions/new", methods=["GET", "POST"])
@requires(P.REVIEW_HOLD)
def add_review_action(number: str) -> str | Answer:
    """Name something to do."""
    row = _review(number)
    FLOW.target("decide", row.standing)
    form = forms.AddAction.offered(queries.decisions_of(row.id))
    if form.accepted():
        try:
            actions.add_action(
                review=row, text=form.text.data, owner_id=form.owner_id.data, due_on=form.due_on.data,
                decision_id=form.decision_id.data, by=g.person,
            )
            return _back(number, "actions")
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("oversight/review_action_add.html", form=form, row=row)


@pages.route("/reviews/<number>/actions/<int:action_number>", methods=["GET", "POST"])
@requires(P.SESSION_USE)
def end_review_action(number: str, action_number: int) -> str | Answer:
    """Say that an action is done or cancelled: its owner, or who holds reviews."""
    row = _review(number)
    action = queries.action(row.id, action_number)
    if action is None or not (may(P.REVIEW_HOLD) or action.owner_id == g.person.id):
        raise NotThere
    form = forms.EndAction.of_request()
    if form.accepted():
        try:
            actions.end_action(
                review=row, action=action, state=ReviewActionState(form.state.data), on=form.done_on.data,
                note=form.note.data, by=g.person,
            )
            flash(_("%(code)s is noted.", code=f"{number} {action.code}"), "success")
            return _back(number, "actions")
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("oversight/review_action_end.html", form=form, row=row, action=action, words=forms)


