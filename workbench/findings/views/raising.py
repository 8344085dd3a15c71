"""Raising a finding, its page, saying who looks after it, withdrawing it."""

from __future__ import annotations

from typing import Any

from flask import g, render_template, request
from flask_babel import get_locale
from werkzeug.wrappers import Response

from workbench.findings import actions, forms, proofs, queries
from workbench.findings.rules import FLOW, NONCONFORMITIES, OPEN, FindingKind, FindingState, Source
from workbench.findings.views.blueprint import ONE, PROJECT, finding_of, pages, to_finding
from workbench.people.guards import may, requires
from workbench.people.rules import Permission as P
from workbench.projects import queries as projects
from workbench.registers.forms import check_seen
from workbench.tools import queries as tools
from workbench.trail.forms import act_in_words
from workbench.trail.queries import history
from workbench.web.addresses import row_number
from workbench.web.refusals import BadValue, NotThere


def _criterion() -> queries.Criterion | None:
    """The checklist line that the address names; None where it names none, NotThere where it is not in the project."""
    if "checklist" not in request.args:
        return None
    checklist_id, item = row_number(request.args["checklist"]) or 0, request.args.get("item", "")[:60]
    found = queries.criterion(g.rights.project_id, checklist_id, item, str(get_locale()))
    if found is None:
        raise NotThere
    return found


@pages.route(f"{PROJECT}/new", methods=["GET", "POST"])
@requires(P.FINDING_RAISE, on="project")
def new(key: str) -> str | Response:
    """Raise a finding; ?checklist=…&item=… fills in what the line says."""
    project = projects.project(g.rights.project_id)
    line = _criterion()
    form = forms.RaiseInFull.of_request(**({} if line is None else _suggested(line))).offer(project.id)
    if form.accepted():
        try:
            return to_finding(key, _raised(project, form, line))
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("findings/new.html", form=form, project=project)


def _raised(project: Any, form: Any, line: queries.Criterion | None) -> int:
    """The number of the finding raised from a form."""
    facts = form.facts()
    kind, grade, earlier = (facts.pop(name) for name in ("kind", "grade_id", "recurrence_of_id"))
    made = actions.raise_finding(
        project=project, kind=FindingKind(kind), grade=queries.grade(grade), by=g.person,
        recurrence_of=queries.finding_of_id(project.id, earlier),
        checklist_id=line.checklist_id if line else None, item_key=line.item_key if line else "", **facts,
    )
    return made.number


def _suggested(line: queries.Criterion) -> dict[str, str]:
    return {
        "requirement": line.requirement, "kind": line.kind, "evidence": line.evidence, "source": Source.CHECKLIST,
        "source_ref": line.occasion,
    }


@pages.get(ONE)
@requires(P.PROJECT_READ, on="project")
def show(key: str, number: int) -> str:
    """One finding: what it needs next, its actions, its cause, what was judged, and its history."""
    project = projects.project(g.rights.project_id)
    finding = finding_of(number)
    return render_template(
        "findings/show.html", project=project, finding=finding, words=forms, act_in_words=act_in_words,
        verbs={each.verb for each in FLOW.open_to(FindingState(finding.state), g.rights.permissions)},
        is_open=finding.state in OPEN, is_nonconformity=finding.kind in NONCONFORMITIES,
        lacking=proofs.lacking_to_close(finding) if finding.state in OPEN else [],
        actions=queries.actions_of(finding.id), checks=queries.checks_of(finding.id),
        treats=finding.state in OPEN and may(P.FINDING_TREAT), concerns=_concerns(finding),
        came_back=queries.recurrences(finding.id), earlier=queries.finding_of_id(project.id, finding.recurrence_of_id),
        events=history("finding", finding.id),
    )


def _concerns(finding: Any) -> str:
    """The party and the tool it concerns, by name; a confidential party by its number."""
    party = dict(projects.choices_of_participants(finding.project_id)).get(finding.participant_id)
    tool = tools.tool(finding.tool_id) if finding.tool_id is not None else None
    return ", ".join(each for each in (party, tool.name if tool else None) if each)


@pages.route(f"{ONE}/edit", methods=["GET", "POST"])
@requires(P.FINDING_TREAT, on="project")
def change(key: str, number: int) -> str | Response:
    """Say anew who looks after a finding, by when and where it comes from."""
    project, finding = projects.project(g.rights.project_id), finding_of(number)
    form = forms.ChangeFinding.of_request(obj=finding).offer(project.id)
    if request.method == "GET":
        form.effectiveness_after_days.data = finding.delay  # NULL in findings of an earlier version
    form.source.data = form.source.data or ""
    forms.offer_chosen(form, finding)
    if form.accepted():
        check_seen(finding, form)
        try:
            actions.change_finding(project=project, finding=finding, facts=form.facts(), by=g.person)
            return to_finding(key, number)
        except BadValue as refusal:
            form.blame(refusal.field, refusal.message)
    return render_template("findings/change.html", form=form, project=project, finding=finding)


@pages.route(f"{ONE}/withdraw", methods=["GET", "POST"])
@requires(P.FINDING_CHECK, on="project")
def withdraw(key: str, number: int) -> str | Response:
    """Withdraw a finding that does not hold."""
    project = projects.project(g.rights.project_id)
    finding = finding_of(number)
    form = forms.WithdrawFinding.of_request(version=finding.version)
    if form.accepted():
        check_seen(finding, form)
        actions.withdraw_finding(project=project, finding=finding, reason=form.reason.data, by=g.person)
        return to_finding(key, number)
    return render_template("findings/withdraw.html", form=form, project=project, finding=finding)
