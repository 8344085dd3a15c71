"""What happens at the gates: deciding, waiving, meeting conditions; and writing artefacts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, select

from workbench import clock
from workbench.database import db
from workbench.lifecycle import queries
from workbench.lifecycle.artefacts import Artefact, read
from workbench.lifecycle.conditions.case import Condition, Gate
from workbench.lifecycle.gates import gate_of, snapshot, snapshot_digest
from workbench.lifecycle.models import ArtefactRevision, ArtefactSignature, DecisionCondition, GateDecision, Waiver
from workbench.lifecycle.queries import StepLine, current_step, passed_steps
from workbench.lifecycle.rules import ALSO, PASSING, SKIPPABLE, Outcome, StepState, may_start
from workbench.lifecycle.steps import STEPS
from workbench.people.actions import confirm_identity
from workbench.people.models import Person
from workbench.people.queries import membership, team
from workbench.people.rules import Function, Role
from workbench.projects.models import Project
from workbench.projects.rules import ProjectState
from workbench.tools.queries import tools_of_project
from workbench.trail.actions import checkpoint, record
from workbench.web.refusals import BadValue, Refused


@dataclass(frozen=True)
class Asked:
    """A condition of a pass with conditions: what, by whom, until when."""

    text: str
    owner_id: int
    due_on: date


def decide_gate(
    *,
    project: Project,
    step: int,
    outcome: Outcome,
    reason: str,
    by: Person,
    password: str,
    keys: Path,
    back_to: int | None = None,
    also: Sequence[str] = (),
    conditions: Sequence[Asked] = (),
    language: str = "en",
) -> GateDecision:
    """Sign a decision at a gate: freeze what it was decided on, write it once and for all, sign a checkpoint.

    Raises Refused (409) naming every failing mandatory criterion where a pass is not proven, and where the signer
    answered an item of this gate; BadValue for a wrong password, a missing reason or a missing condition.
    """
    confirm_identity(person=by, password=password)
    _check_words(step, outcome, reason, back_to, also, conditions)
    steps = queries.timeline(project.id)
    _check_turn(project, step, steps)
    gate = gate_of(
        project_id=project.id,
        key=project.key,
        step=step,
        on=clock.today(),
        language=language,
        steps=steps,
        approver_id=by.id,
    )
    if outcome in PASSING:
        _check_proven(gate)
        _check_technical_lead(project.id, step, by)
    made = _write(project, gate, steps[step - 1], outcome, reason, by, back_to, also)
    asked = [
        DecisionCondition(decision_id=made.id, project_id=project.id, step=step, **vars(each)) for each in conditions
    ]
    db.session.add_all(asked)
    _move(project, queries.timeline(project.id))
    record(
        "gate_decided",
        made,
        by=by,
        project=project.key,
        reason=reason,
        also=[project, *asked],
        after={
            "decision": made.code,
            "step": step,
            "pass": made.pass_number,
            "outcome": outcome,
            "back_to": back_to,
            "meaning": made.meaning,
            "snapshot_sha256": made.snapshot_sha256,
            "conditions": [each.text for each in conditions],
        },
    )
    checkpoint(keys=keys, reason=f"{project.key} {made.code}")
    return made


def _check_words(
    step: int, outcome: Outcome, reason: str, back_to: int | None, also: Sequence[str], conditions: Sequence[Asked]
) -> None:
    if not reason:
        raise BadValue("reason", _("A decision carries its reason, also when everything is in order."))
    if outcome is Outcome.BACK and (back_to is None or not 1 <= back_to < step):
        raise BadValue("back_to", _("Choose the earlier step to go back to."))
    if outcome is Outcome.PASS_WITH_CONDITIONS and not conditions:
        raise BadValue("conditions", _("A pass with conditions names at least one condition with its owner and date."))
    if outcome is not Outcome.PASS_WITH_CONDITIONS and conditions:
        raise BadValue("conditions", _("Only a pass with conditions carries conditions."))
    if any(each.due_on < clock.today() for each in conditions):
        raise BadValue("conditions", _("A condition is due today or later."))
    if set(also) - set(ALSO):
        raise BadValue("also", _("This further outcome is not known."))


def _check_turn(project: Project, step: int, steps: Sequence[StepLine]) -> None:
    _check_state(project, step)
    here = steps[step - 1]
    if here.state is StepState.PASSED:
        raise Refused(
            _(
                "Gate %(number)s is decided: %(code)s. To take it up again, loop back from a later gate.",
                number=step,
                code=here.last_decision.code if here.last_decision else "",
            )
        )
    if not may_start(step, passed_steps(steps)) and here.state is StepState.UPCOMING:
        raise Refused(_("Step %(number)s has not begun: the steps before it are decided first.", number=step))


def _check_state(project: Project, step: int) -> None:
    """A project that is open, or one that relapsed after its end: of that one the last gate alone is decided anew."""
    if project.state == ProjectState.WATCH and step == len(STEPS):
        return
    if project.state != ProjectState.OPEN:
        raise Refused(_("The project is not open any more; its decisions stand."))


def _check_proven(gate: Gate) -> None:
    if not gate.passes:
        raise Refused(
            ngettext(
                "Gate %(number)s cannot pass: %(num)s mandatory criterion is not met.",
                "Gate %(number)s cannot pass: %(num)s mandatory criteria are not met.",
                len(gate.missing),
                number=gate.step,
            ),
            tuple(f"{each.key.removeprefix('item:')} – {_said(each)}" for each in gate.missing),
        )


def _said(missing: Condition) -> str:
    if not missing.reason:
        return missing.label
    return str(_("%(criterion)s: %(reason)s", criterion=missing.label.rstrip("."), reason=missing.reason))


def _check_technical_lead(project_id: int, step: int, by: Person) -> None:
    """At gates 4 to 6 the approver is not the technical lead (gates pack)."""
    member = membership(project_id, by.id)
    if step in (4, 5, 6) and member is not None and Function.TECHNICAL_LEAD in member.held:
        raise Refused(_("Gates 4 to 6 are decided by somebody other than the technical lead."))


def _write(
    project: Project,
    gate: Gate,
    here: StepLine,
    outcome: Outcome,
    reason: str,
    by: Person,
    back_to: int | None,
    also: Sequence[str],
) -> GateDecision:
    number = (
        db.session.scalar(select(func.max(GateDecision.number)).where(GateDecision.project_id == project.id)) or 0
    ) + 1
    frozen = snapshot(project, gate, here.pass_number)
    functions = next((sorted(each.functions) for each in team(project.id) if each.person_id == by.id), [])
    made = GateDecision(
        project_id=project.id,
        number=number,
        step=gate.step,
        pass_number=here.pass_number,
        outcome=outcome,
        back_to=back_to if outcome is Outcome.BACK else None,
        also=list(also),
        reason=reason,
        meaning=meaning(outcome, gate.step, back_to),
        signed_name=by.name,
        signed_functions=functions,
        snapshot=frozen,
        snapshot_sha256=snapshot_digest(frozen),
        decided_at=clock.now(),
        decided_by_id=by.id,
    )
    db.session.add(made)
    db.session.flush()
    return made


def meaning(outcome: Outcome, step: int, back_to: int | None) -> str:
    """What the signature stands for, in the signer's language (21 CFR Part 11 §11.50)."""
    if outcome is Outcome.PASS:
        return str(_("I approve that step %(step)s is done.", step=step))
    if outcome is Outcome.PASS_WITH_CONDITIONS:
        return str(_("I approve that step %(step)s is done, on the conditions named.", step=step))
    if outcome is Outcome.HOLD:
        return str(_("I hold the project at step %(step)s.", step=step))
    if outcome is Outcome.BACK:
        return str(_("I send the project from step %(step)s back to step %(back)s.", step=step, back=back_to))
    return str(_("I stop the project at step %(step)s.", step=step))


def _move(project: Project, steps: Sequence[StepLine]) -> None:
    """Keep what the project list shows in step with the decisions."""
    project.current_step = current_step(steps)
    project.steps_passed = len(passed_steps(steps))
    if any(each.state is StepState.STOPPED for each in steps):
        project.state = ProjectState.STOPPED
    elif project.steps_passed == len(steps):
        project.state = ProjectState.CLOSED
    elif project.state == ProjectState.WATCH and project.steps_passed < len(steps) - 1:
        project.state = ProjectState.OPEN  # sent back further than the last gate: the whole project is at work again


def waive(
    *,
    project: Project,
    step: int,
    condition_key: str,
    reason: str,
    risk_accepted: str,
    ends_on: date,
    by: Person,
    password: str,
    language: str = "en",
) -> Waiver:
    """Set a gate criterion aside until a date. Only a checklist item that fails; never what the system measured."""
    confirm_identity(person=by, password=password)
    grant = Grant(reason, risk_accepted, ends_on)
    _check_grant(project, step, grant)
    gate = gate_of(project_id=project.id, key=project.key, step=step, on=clock.today(), language=language)
    found = next((each for each in gate.conditions if each.key == condition_key), None)
    if found is None or not found.is_waivable:
        raise Refused(_("This criterion cannot be waived: it passes already, or it is measured and not answered."))
    if found.answer is not None and found.answer.answered_by_id == by.id:
        raise Refused(_("You answered this item, so somebody else may waive it."))
    made = _waiver(project, step, condition_key, grant, by)
    after = {"criterion": condition_key, "risk_accepted": risk_accepted, "ends_on": ends_on}
    record("criterion_waived", made, by=by, project=project.key, reason=reason, after=after)
    return made


def skip_step(
    *,
    project: Project,
    step: int,
    reason: str,
    risk_accepted: str,
    ends_on: date,
    by: Person,
    password: str,
    language: str = "en",
) -> list[Waiver]:
    """Waive everything that still fails and may be waived at a gate, in one act with one signature.

    For the research alone, where the project manager knows the subject (product.md §6, step 2). The approver is
    neither the project manager nor somebody who answered an item of the gate; what is measured stays asked.
    """
    confirm_identity(person=by, password=password)
    grant = Grant(reason, risk_accepted, ends_on)
    if step not in SKIPPABLE:
        raise Refused(_("Only the research of step 2 may be skipped; at other gates criteria are waived one by one."))
    _check_grant(project, step, grant)
    member = membership(project.id, by.id)
    if member is not None and (member.role == Role.PROJECT_MANAGER or Function.PROJECT_MANAGER in member.held):
        raise Refused(_("The project manager does not approve their own skip; the sponsor or the quality lead does."))
    gate = gate_of(
        project_id=project.id, key=project.key, step=step, on=clock.today(), language=language, approver_id=by.id
    )
    if any(each.key == "approver_is_independent" and each.blocks for each in gate.conditions):
        raise Refused(_("You answered an item of this gate, so somebody else may approve the skip."))
    keys = [each.key for each in gate.conditions if each.is_waivable]
    if not keys:
        raise Refused(_("Nothing at this gate is left to be waived."))
    made = [_waiver(project, step, each, grant, by) for each in keys]
    after = {"step": step, "criteria": keys, "risk_accepted": risk_accepted, "ends_on": ends_on}
    record("step_skipped", made[0], by=by, project=project.key, reason=reason, after=after, also=made[1:])
    return made


@dataclass(frozen=True)
class Grant:
    """What every waiver carries: why, at which risk, until when."""

    reason: str
    risk_accepted: str
    ends_on: date


def _check_grant(project: Project, step: int, grant: Grant) -> None:
    _check_state(project, step)
    for name in ("reason", "risk_accepted"):
        if not getattr(grant, name).strip():
            raise BadValue(name, _("A waiver carries its reason and the risk accepted."))
    if grant.ends_on <= clock.today():
        raise BadValue("ends_on", _("A waiver ends on a later day."))


def _waiver(project: Project, step: int, condition_key: str, grant: Grant, by: Person) -> Waiver:
    made = Waiver(
        project_id=project.id,
        step=step,
        condition_key=condition_key,
        granted_at=clock.now(),
        granted_by_id=by.id,
        **vars(grant),
    )
    db.session.add(made)
    return made


def meet_condition(*, project: Project, condition: DecisionCondition, note: str, by: Person) -> None:
    """Say that a condition of an earlier pass is met, and how that is seen."""
    if condition.met_on is not None:
        raise Refused(_("This condition is met already."))
    if not note:
        raise BadValue("note", _("Say how one sees that the condition is met."))
    condition.met_on, condition.met_note = clock.today(), note
    record("condition_met", condition, by=by, project=project.key, after={"text": condition.text, "note": note})


def write_artefact(*, project: Project, artefact: Artefact, by: Person, seen: int | None = None) -> ArtefactRevision:
    """Keep a new revision of an artefact; earlier ones stay. `seen` is the revision the writer began from."""
    newest = queries.artefacts_of_project(project.id).get(artefact.KEY)
    number = newest.number if newest is not None else 0
    if seen is not None and seen != number:
        raise Refused(
            _(
                "Somebody wrote revision %(number)s meanwhile. Open it, take over what you need, and save again.",
                number=number,
            )
        )
    for wrong in artefact.faults([each.name for each in tools_of_project(project.id)]):
        raise BadValue(wrong.field, wrong.message)
    made = ArtefactRevision(
        project_id=project.id,
        kind=artefact.KEY,
        number=number + 1,
        body=artefact.body(),
        written_at=clock.now(),
        written_by_id=by.id,
    )
    db.session.add(made)
    record("artefact_written", made, by=by, project=project.key, after={"kind": artefact.KEY, "revision": number + 1})
    return made


def sign_artefact(*, project: Project, kind: type[Artefact], by: Person, password: str) -> ArtefactSignature:
    """Stand by the newest revision: a member of the team that it is right, the sponsor for a matter of strategy."""
    confirm_identity(person=by, password=password)
    revision, member = queries.artefacts_of_project(project.id).get(kind.KEY), membership(project.id, by.id)
    if revision is None or member is None or by.access is Role.ADMIN:
        raise Refused(_("A member of the team signs what is written."))
    stored = read(kind, revision.body)
    if not (kind.CONFIRMED or stored.needs_sponsor()):
        raise Refused(_("This document needs no signature."))
    if stored.missing():
        raise Refused(_("Part of this document is still to be filled in; it is signed when it is whole."))
    if stored.needs_sponsor() and Function.SPONSOR not in member.held:
        raise Refused(_("A matter of strategy is signed by the sponsor."))
    if any(each.signed_by_id == by.id for each in queries.signatures_of(project.id, kind.KEY)):
        raise Refused(_("You signed this revision already."))
    strategic = _("I approve that this is a matter of strategy and that the project goes on.")
    words = strategic if stored.needs_sponsor() else _("I confirm that this shows how we work.")
    facts = {"kind": kind.KEY, "meaning": words, "body_sha256": snapshot_digest(revision.body), "hub": member.hub}
    who = {"signed_name": by.name, "signed_functions": sorted(member.held), "signed_by_id": by.id}
    made = ArtefactSignature(
        project_id=project.id, revision_id=revision.id, signed_at=clock.now(), **facts, **who
    )
    db.session.add(made)
    record("artefact_signed", made, by=by, project=project.key, after={**facts, "revision": revision.number})
    return made
