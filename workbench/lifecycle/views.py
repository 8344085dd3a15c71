"""Pages of the nine steps: the project page, a step, its gate, a decision, a waiver, an artefact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from workbench import clock
from workbench.checklists.actions import upgrade_checklist
from workbench.checklists.library import pack
from workbench.checklists.proofs import renewal
from workbench.checklists.queries import gates_checklist
from workbench.checklists.rules import GATES_PACK
from workbench.inquiry.queries import objectives
from workbench.lifecycle import actions, forms, queries, steps
from workbench.lifecycle.artefact_views import serve, step_page
from workbench.lifecycle.conditions.case import Condition, Gate
from workbench.lifecycle.gates import gate_of, since, snapshot_digest
from workbench.lifecycle.rules import SKIPPABLE, Outcome, StepState
from workbench.people.guards import may, requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as projects
from workbench.projects.rules import ProjectKind
from workbench.trail.forms import ACTS
from workbench.web.forms import Form
from workbench.web.refusals import BadValue, NotThere, Refused
from workbench.web.sheets import csv_answer

if TYPE_CHECKING:
    from workbench.lifecycle.models import GateDecision
    from workbench.projects.models import Project
    from workbench.trail.queries import Event

pages = Blueprint("lifecycle", __name__, url_prefix="/projects/<key>")


def _language() -> str:
    return str(get_locale())[:2]


def _frame(project: Project, number: int | None = None) -> dict[str, Any]:
    """What every page here shows: the project, its rail, the pack's words, the artefacts. A management system has none."""
    if project.kind == ProjectKind.SYSTEM:
        raise NotThere
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
    """The gate as who looks at it finds it: one who may decide it learns whether they are free to, while it is not passed."""
    project, is_ahead = frame["project"], frame["here"].state != StepState.PASSED
    return gate_of(
        project_id=project.id,
        key=project.key,
        step=frame["number"],
        on=clock.today(),
        language=_language(),
        steps=frame["walk"],
        approver_id=g.person.id if is_ahead and may(P.GATE_DECIDE) else None,
    )


def _measured(frame: dict[str, Any]) -> Gate:
    """The gate as nobody in particular sees it."""
    project, at = frame["project"], {"on": clock.today(), "language": _language(), "steps": frame["walk"]}
    return gate_of(project_id=project.id, key=project.key, step=frame["number"], **at)


def _known(number: int) -> int:
    if not 1 <= number <= len(steps.STEPS):
        raise NotThere
    return number


@pages.get("/")
@requires(P.PROJECT_READ, on="project")
def project(key: str) -> str | Response:
    """What the gate at hand still needs, and where the project stands; a management system begins at its checklists."""
    found = projects.project(g.rights.project_id)
    if found.kind == ProjectKind.SYSTEM:
        return redirect(url_for("checklists.index", key=key), code=303)
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


@pages.get("/conditions.csv")
@requires(P.PROJECT_READ, on="project")
def export_conditions(key: str) -> Response:
    """Every condition of the project's gates, met or not."""
    table = forms.conditions_table(queries.conditions_of_project(g.rights.project_id))
    return csv_answer(table, f"{key}-conditions.csv")


@pages.get("/waivers.csv")
@requires(P.PROJECT_READ, on="project")
def export_waivers(key: str) -> Response:
    """Every waiver of the project's gates, those that ended too."""
    return csv_answer(forms.waivers_table(queries.waivers_of_project(g.rights.project_id)), f"{key}-waivers.csv")


@pages.get("/steps/<int:number>")
@requires(P.PROJECT_READ, on="project")
def step(key: str, number: int) -> str:
    """One step: its purpose, its records and artefacts, its gate."""
    found = projects.project(g.rights.project_id)
    frame = _frame(found, _known(number))
    return step_page(frame, gate=_gate(frame))


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
    project, number = frame["project"], frame["number"]
    may_decide = may(P.GATE_DECIDE) and (project.state == "open" or (project.state == "watch" and number == 9))
    return render_template(
        "lifecycle/gate.html",
        **frame,
        gate=_gate(frame),
        form=form,
        may_decide=may_decide,
        refusal=refusal,
        skippable=number in SKIPPABLE and may_decide and may(P.GATE_WAIVE),
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
    gate = _measured(frame)
    taken = [each for line in frame["here"].passes for each in line.decisions]
    return render_template(
        "lifecycle/decision.html",
        **frame,
        decision=made,
        since=since(made.snapshot, gate),
        events=_later(found, made, gate),
        newest=taken[-1] if taken else made,
        outcome_words=forms.OUTCOMES,
        also_words=forms.ALSO_WORDS,
        acts=ACTS,
        digest=snapshot_digest(made.snapshot),
        altered=[(forms.altered_in_words(each), forms.recorded_in_words(each)) for each in queries.altered([made])],
    )


def _later(project: Project, made: GateDecision, gate: Gate) -> list[Event]:
    """What the trail tells about this step's answers, evidence and documents after the decision's own entry."""
    kinds = [each.KEY for each in steps.step(made.step).artefacts]
    return queries.later_events(
        project.key,
        made.snapshot.get("trail_size", 0) + 1,
        {
            "answer": [each.answer_id for each in gate.answers if each.answer_id is not None],
            "evidence": sorted({piece.id for each in gate.answers for piece in each.evidence}),
            "artefact_revision": queries.revision_ids(project.id, kinds) if kinds else (),
        },
    )


@pages.route("/steps/<int:number>/waive/<item_key>", methods=["GET", "POST"])
@requires(P.GATE_WAIVE, on="project")
def waive(key: str, number: int, item_key: str) -> str | Response:
    """Set a criterion aside for a time."""
    found = projects.project(g.rights.project_id)
    frame = _frame(found, _known(number))
    condition_key, label = _criterion(frame, item_key)
    form = forms.Waive.of_request()
    if form.accepted():
        try:
            actions.waive(
                project=found,
                step=number,
                condition_key=condition_key,
                **_granted(form),
            )
            return redirect(url_for(".gate", key=key, number=number), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("lifecycle/waive.html", **frame, form=form, name=item_key, label=label)


def _criterion(frame: dict[str, Any], name: str) -> tuple[str, str]:
    """(key, text) of a criterion by its name in an address; 404 where this gate asks nothing of that name."""
    item = next((each for each in frame["pack"].items_of_step(frame["number"]) if each.key == name), None)
    if item is not None:
        return f"item:{name}", item.question.in_(_language())
    measured: Condition | None = next((each for each in _measured(frame).conditions if each.key == name), None)
    if measured is None or not measured.waivable:
        raise NotThere
    return measured.key, measured.label


def _granted(form: forms.Waive) -> dict[str, Any]:
    return {
        "reason": form.reason.data,
        "risk_accepted": form.risk_accepted.data,
        "ends_on": form.ends_on.data,
        "by": g.person,
        "password": form.password.data,
        "language": _language(),
    }


@pages.route("/steps/<int:number>/skip", methods=["GET", "POST"])
@requires(P.GATE_WAIVE, on="project")
def skip(key: str, number: int) -> str | Response:
    """Skip a step that an expert need not walk: everything that may be waived is waived with one signature."""
    found = projects.project(g.rights.project_id)
    if number not in SKIPPABLE:
        raise NotThere
    frame = _frame(found, number)
    form = forms.Waive.of_request()
    if form.accepted():
        try:
            made = actions.skip_step(project=found, step=number, **_granted(form))
            said = ngettext("%(num)s criterion is waived.", "%(num)s criteria are waived.", len(made))
            flash(said, "success")
            return redirect(url_for(".gate", key=key, number=number), code=303)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    waivable = [each for each in _gate(frame).conditions if each.is_waivable]
    return render_template("lifecycle/skip.html", **frame, form=form, waivable=waivable)


@pages.route("/upgrade", methods=["GET", "POST"])
@requires(P.CHECKLIST_START, on="project")
def upgrade(key: str) -> str | Response:
    """See what the criteria installed now would change for the project, and take them over."""
    found = projects.project(g.rights.project_id)
    checklist = gates_checklist(found.id)
    change = renewal(checklist) if checklist is not None else None
    form = Form.of_request()
    if form.accepted():
        made = upgrade_checklist(project=found, pack_id=GATES_PACK, by=g.person)
        flash(_("The project now answers version %(version)s of the criteria.", version=made.pack_version), "success")
        return redirect(url_for(".project", key=key), code=303)
    return render_template(
        "lifecycle/upgrade.html", project=found, checklist=checklist, change=change, form=form, lang=_language()
    )


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


serve(pages)
