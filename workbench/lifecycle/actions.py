"""What happens at the gates: deciding, waiving, meeting conditions; and writing artefacts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from workbench import clock
from workbench.database import db
from workbench.lifecycle import queries
from workbench.lifecycle.artefacts import Artefact
from workbench.lifecycle.gates import Condition, Gate, gate_of
from workbench.lifecycle.models import ArtefactRevision, DecisionCondition, GateDecision, Waiver
from workbench.lifecycle.queries import StepLine, current_step, passed_steps
from workbench.lifecycle.rules import ALSO, PASSING, Outcome, StepState, may_start
from workbench.people.actions import confirm_identity
from workbench.people.models import Person
from workbench.people.queries import membership, team
from workbench.people.rules import Function
from workbench.projects.models import Project
from workbench.projects.rules import ProjectState
from workbench.trail import log
from workbench.trail import queries as trail_queries
from workbench.trail.actions import checkpoint, record
from workbench.trail.rules import plain
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
    _move(project, queries.walked([*queries.decisions_of_project(project.id)], project.opened_at))
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
    if project.state != ProjectState.OPEN:
        raise Refused(_("The project is not open any more; its decisions stand."))
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


def _check_proven(gate: Gate) -> None:
    if not gate.passes:
        raise Refused(
            _(
                "Gate %(number)s cannot pass: %(count)s mandatory criteria are not met.",
                number=gate.step,
                count=len(gate.missing),
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


def snapshot(project: Project, gate: Gate, pass_number: int) -> dict[str, Any]:
    """What a decision is taken on, as canonical JSON can hold it: criteria, answers, evidence digests, state of the trail."""
    return dict(
        plain(
            {
                "project": {"key": project.key, "name": project.name, "scope": project.scope},
                "step": gate.step,
                "pass": pass_number,
                "trail_size": trail_queries.size(),
                "conditions": [
                    {
                        "key": each.key,
                        "label": each.label,
                        "mandatory": each.mandatory,
                        "result": each.result,
                        "reason": each.reason,
                    }
                    for each in gate.conditions
                ],
                "answers": [
                    {
                        "item": each.item.key,
                        "state": each.answer_state,
                        "note": each.note,
                        "by": each.answered_by_name,
                        "at": each.answered_at,
                        "evidence": [
                            {"code": piece.code, "title": piece.title, "sha256": piece.sha256}
                            for piece in each.evidence
                        ],
                    }
                    for each in gate.answers
                ],
            }
        )
    )


def snapshot_digest(frozen: dict[str, Any]) -> str:
    """SHA-256 of the canonical bytes of a snapshot: what the signature is bound to."""
    return hashlib.sha256(log.canonical(frozen)).hexdigest()


def _move(project: Project, steps: Sequence[StepLine]) -> None:
    """Keep what the project list shows in step with the decisions."""
    project.current_step = current_step(steps)
    project.steps_passed = len(passed_steps(steps))
    if any(each.state is StepState.STOPPED for each in steps):
        project.state = ProjectState.STOPPED
    elif project.steps_passed == len(steps):
        project.state = ProjectState.CLOSED


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
    if project.state != ProjectState.OPEN:
        raise Refused(_("The project is not open any more; its decisions stand."))
    for name, value in (("reason", reason), ("risk_accepted", risk_accepted)):
        if not value:
            raise BadValue(name, _("A waiver carries its reason and the risk accepted."))
    if ends_on <= clock.today():
        raise BadValue("ends_on", _("A waiver ends on a later day."))
    gate = gate_of(project_id=project.id, key=project.key, step=step, on=clock.today(), language=language)
    found = next((each for each in gate.conditions if each.key == condition_key), None)
    if found is None or not found.is_waivable:
        raise Refused(_("This criterion cannot be waived: it passes already, or it is measured and not answered."))
    if found.answer is not None and found.answer.answered_by_id == by.id:
        raise Refused(_("You answered this item, so somebody else may waive it."))
    made = Waiver(
        project_id=project.id,
        step=step,
        condition_key=condition_key,
        reason=reason,
        risk_accepted=risk_accepted,
        ends_on=ends_on,
        granted_at=clock.now(),
        granted_by_id=by.id,
    )
    db.session.add(made)
    after = {"criterion": condition_key, "risk_accepted": risk_accepted, "ends_on": ends_on}
    record("criterion_waived", made, by=by, project=project.key, reason=reason, after=after)
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
