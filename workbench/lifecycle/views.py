"""Pages of the nine steps: the project page, a step, its gate, a decision, a waiver, an artefact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from workbench import clock
from workbench.checklists.library import pack
from workbench.checklists.rules import GATES_PACK
from workbench.inquiry.queries import objectives
from workbench.lifecycle import actions, artefacts, forms, queries, steps
from workbench.lifecycle.gates import Gate, gate_of
from workbench.lifecycle.rules import Outcome
from workbench.people.guards import may, requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as projects
from workbench.web.refusals import BadValue, NotThere, Refused

if TYPE_CHECKING:
    from workbench.projects.models import Project

pages = Blueprint("lifecycle", __name__, url_prefix="/projects/<key>")


def _language() -> str:
    return str(get_locale())[:2]


def _frame(project: Project, number: int | None = None) -> dict[str, Any]:
    """What every page here shows: the project, its rail, the pack's words, the artefacts."""
    walk = queries.timeline(project.id)
    shown = number or queries.current_step(walk)
    return {
        "project": project,
        "walk": walk,
        "number": shown,
        "here": walk[shown - 1],
        "pack": pack(GATES_PACK),
        "lang": _language(),
        "today": clock.today(),
        "steps": steps,
    }


def _gate(frame: dict[str, Any]) -> Gate:
    project = frame["project"]
    return gate_of(
        project_id=project.id,
        key=project.key,
        step=frame["number"],
        on=clock.today(),
        language=_language(),
        steps=frame["walk"],
        approver_id=g.person.id if may(P.GATE_DECIDE) else None,
    )


def _known(number: int) -> int:
    if not 1 <= number <= len(steps.STEPS):
        raise NotThere
    return number


@pages.get("/")
@requires(P.PROJECT_READ, on="project")
def project(key: str) -> str:
    """What the gate at hand still needs, and where the project stands."""
    found = projects.project(g.rights.project_id)
    frame = _frame(found)
    return render_template(
        "lifecycle/project.html",
        **frame,
        gate=_gate(frame),
        conditions=queries.conditions_of_project(found.id),
        holders=projects.holders(found.id),
        objectives=objectives(found.id),
        glance=queries.glance(found.id, clock.today()),
    )


@pages.get("/steps/<int:number>")
@requires(P.PROJECT_READ, on="project")
def step(key: str, number: int) -> str:
    """One step: its purpose, its records and artefacts, its gate."""
    found = projects.project(g.rights.project_id)
    frame = _frame(found, _known(number))
    return render_template(
        "lifecycle/step.html",
        **frame,
        gate=_gate(frame),
        written=queries.artefacts_of_project(found.id),
        read=artefacts.read,
    )


@pages.get("/steps/<int:number>/gate")
@requires(P.PROJECT_READ, on="project")
def gate(key: str, number: int) -> str:
    """Every criterion of one gate, and the decision bar for those who may decide."""
    found = projects.project(g.rights.project_id)
    frame = _frame(found, _known(number))
    return _gate_page(frame, _decision_form(frame))


def _decision_form(frame: dict[str, Any]) -> forms.Decide:
    decisions = frame["pack"].step(frame["number"]).decisions
    return forms.Decide.of_request().offer(project_id=frame["project"].id, step=frame["number"], decisions=decisions)


def _gate_page(frame: dict[str, Any], form: forms.Decide, refusal: Refused | None = None) -> str:
    may_decide = may(P.GATE_DECIDE) and frame["project"].state == "open"
    return render_template(
        "lifecycle/gate.html",
        **frame,
        gate=_gate(frame),
        form=form,
        may_decide=may_decide,
        refusal=refusal,
        outcome_words=forms.OUTCOMES,
        also_words=forms.ALSO_WORDS,
    )


@pages.post("/steps/<int:number>/decide")
@requires(P.GATE_DECIDE, on="project")
def decide(key: str, number: int) -> str | Response | tuple[str, int]:
    """Sign a decision. What is refused comes back with the criteria named and nothing typed lost."""
    found = projects.project(g.rights.project_id)
    frame = _frame(found, _known(number))
    form = _decision_form(frame)
    if not form.accepted() or (conditions := form.conditions()) is None:
        return _gate_page(frame, form)
    try:
        made = actions.decide_gate(
            project=found,
            step=number,
            outcome=Outcome(form.outcome.data),
            reason=form.reason.data,
            by=g.person,
            password=form.password.data,
            keys=current_app.extensions["ninefold"].keys,
            back_to=form.back_to.data or None,
            also=form.also.data,
            conditions=conditions,
            language=_language(),
        )
    except BadValue as refusal:
        form.blame(refusal.field, refusal.message)
        return _gate_page(frame, form)
    except Refused as refusal:
        return _gate_page(frame, form, refusal), refusal.code
    flash(_("Decision %(code)s is signed.", code=made.code), "success")
    return redirect(url_for(".decision", key=key, number=made.number), code=303)


@pages.get("/decisions/<int:number>")
@requires(P.PROJECT_READ, on="project")
def decision(key: str, number: int) -> str:
    """A decision with what it was taken on, and what has changed since."""
    found = projects.project(g.rights.project_id)
    made = queries.decision(found.id, number)
    if made is None:
        raise NotThere
    frame = _frame(found, made.step)
    return render_template(
        "lifecycle/decision.html",
        **frame,
        decision=made,
        gate=_gate(frame),
        outcome_words=forms.OUTCOMES,
        also_words=forms.ALSO_WORDS,
        digest=actions.snapshot_digest(made.snapshot),
    )


@pages.route("/steps/<int:number>/waive/<item_key>", methods=["GET", "POST"])
@requires(P.GATE_WAIVE, on="project")
def waive(key: str, number: int, item_key: str) -> str | Response:
    """Set a criterion aside for a time."""
    found = projects.project(g.rights.project_id)
    frame = _frame(found, _known(number))
    item = next((each for each in frame["pack"].items_of_step(number) if each.key == item_key), None)
    if item is None:
        raise NotThere
    form = forms.Waive.of_request()
    if form.accepted():
        try:
            actions.waive(
                project=found,
                step=number,
                condition_key=f"item:{item_key}",
                reason=form.reason.data,
                risk_accepted=form.risk_accepted.data,
                ends_on=form.ends_on.data,
                by=g.person,
                password=form.password.data,
                language=_language(),
            )
            return redirect(url_for(".gate", key=key, number=number), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("lifecycle/waive.html", **frame, form=form, item=item)


@pages.route("/conditions/<int:condition_id>", methods=["GET", "POST"])
@requires(P.PROJECT_MANAGE, on="project")
def meet_condition(key: str, condition_id: int) -> str | Response:
    """Say that a condition is met."""
    found = projects.project(g.rights.project_id)
    condition = queries.condition(found.id, condition_id)
    if condition is None:
        raise NotThere
    form = forms.Meet.of_request()
    if form.accepted():
        actions.meet_condition(project=found, condition=condition, note=form.note.data, by=g.person)
        return redirect(url_for(".project", key=key), code=303)
    return render_template("lifecycle/meet_condition.html", form=form, project=found, condition=condition)


@pages.get("/artefacts/<kind>")
@requires(P.PROJECT_READ, on="project")
def artefact(key: str, kind: str) -> str:
    """An artefact as it stands, with its revisions."""
    found = projects.project(g.rights.project_id)
    known = steps.ARTEFACTS.get(kind)
    if known is None:
        raise NotThere
    revisions = queries.revisions(found.id, kind)
    return render_template(
        "lifecycle/artefact.html",
        project=found,
        kind=known,
        revisions=revisions,
        lang=_language(),
        number=steps.step_of(kind).number,
        current=artefacts.read(known, revisions[0].body) if revisions else None,
        asked=artefacts.asked(known),
    )


@pages.route("/artefacts/<kind>/edit", methods=["GET", "POST"])
@requires(P.RECORD_WRITE, on="project")
def write_artefact(key: str, kind: str) -> str | Response:
    """Write a new revision of an artefact."""
    found = projects.project(g.rights.project_id)
    known = steps.ARTEFACTS.get(kind)
    if known is None:
        raise NotThere
    revisions = queries.revisions(found.id, kind)
    stored = artefacts.read(known, revisions[0].body) if revisions else known()
    form = forms.form_for(known, _language()).of_request(data=forms.as_typed(stored))
    if form.accepted():
        actions.write_artefact(project=found, artefact=forms.typed(known, form), by=g.person, seen=form.seen_version())
        return redirect(url_for(".artefact", key=key, kind=kind), code=303)
    number = revisions[0].number if revisions else 0
    return render_template(
        "lifecycle/write_artefact.html", form=form, project=found, kind=known, lang=_language(), number=number
    )
