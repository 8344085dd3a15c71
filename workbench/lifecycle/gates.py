"""The gates: each condition is one named function over lower queries that says in words what is missing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _

from workbench.lifecycle.conditions import (
    adopt,
    always,
    consult,
    experiment,
    familiarise,
    identify,
    integrate,
    observe,
    research,
)
from workbench.lifecycle.conditions.case import Case, Check, Condition, Gate, Reads
from workbench.lifecycle.rules import Result
from workbench.lifecycle.steps import step as step_rule
from workbench.trail import log
from workbench.trail import queries as trail_queries
from workbench.trail.rules import plain
from workbench.web.filters import on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.lifecycle.models import Waiver
    from workbench.lifecycle.queries import StepLine
    from workbench.projects.models import Project

_CHECKS: tuple[Check, ...] = (
    always.steps_before_passed,
    always.items_answered,
    always.approver_is_independent,
    always.earlier_conditions_met,
    integrate.no_approval_undecided,
    observe.tools_described,
    observe.swot_filled,
    observe.swot_evidenced,
    observe.source_chosen,
    observe.strategy_signed,
    observe.objectives_measured,
    observe.sponsor_named,
    observe.baseline_measured,
    observe.map_confirmed,
    research.needs_researched,
    research.independent_source,
    research.standards_applied,
    research.synthesis_written,
    consult.hubs_heard,
    consult.layers_heard,
    consult.cautions_answered,
    consult.promises_chased,
    consult.consent_recorded,
    consult.limitation_recorded,
    identify.paths_compared,
    identify.path_chosen,
    identify.chosen_path_possible,
    identify.unknowns_tried,
    identify.trial_plan_bounded,
    identify.matrix_scored,
    identify.risks_accepted,
    identify.decision_meeting_held,
    experiment.live_data_unchanged,
    experiment.reconciliation_explained,
    experiment.hypotheses_judged,
    experiment.back_out_rehearsed,
    experiment.plan_clean,
    experiment.presentation_held,
    experiment.limitations_decided,
    experiment.path_confirmed,
    integrate.request_complete,
    integrate.plan_as_approved,
    integrate.back_out_present,
    integrate.change_authorised,
    integrate.acceptance_closed,
    integrate.no_secrets,
    integrate.customisations_tested,
    integrate.go_live_told,
    familiarise.roles_instructed,
    familiarise.tasks_practised,
    familiarise.support_tested,
    familiarise.instructions_read,
    familiarise.one_channel_a_message,
    familiarise.questions_answered,
    familiarise.old_way_ends,
    always.all_conditions_met,
    adopt.habit_reached,
    adopt.no_major_finding,
    adopt.change_reviewed,
    adopt.benefit_measured,
    adopt.follow_ups_set,
    adopt.second_person_verified,
)
CHECKS = {check.__name__: check for check in _CHECKS}


def gate_of(
    *,
    project_id: int,
    key: str,
    step: int,
    on: date,
    language: str,
    steps: Sequence[StepLine] | None = None,
    approver_id: int | None = None,
) -> Gate:
    """The gate of one step: its conditions in the order of steps.py, waivers in force applied."""
    reads = Reads(project_id, key, on, language)
    if steps is not None:
        vars(reads)["steps"] = steps  # read already: the page draws its rail from them
    return _gate(Case(step, reads, approver_id))


def gates_of(*, project_id: int, key: str, on: date, language: str) -> tuple[Sequence[StepLine], list[Gate]]:
    """The nine steps and their gates; what they share is read once."""
    reads = Reads(project_id, key, on, language)
    return reads.steps, [_gate(Case(each.number, reads)) for each in reads.steps]


def _gate(case: Case) -> Gate:
    found = [each for name in step_rule(case.step).conditions for each in CHECKS[name](case)]
    waived = {
        each.condition_key: each for each in case.reads.waivers if each.step == case.step and each.ends_on >= case.on
    }
    return Gate(case.step, tuple(_with_waiver(each, waived) for each in found), tuple(case.answers))


def _with_waiver(condition: Condition, waived: Mapping[str, Waiver]) -> Condition:
    waiver = waived.get(condition.key)
    if waiver is None or not condition.is_waivable:
        return condition
    reason = _(
        "waived until %(date)s by %(name)s: %(reason)s",
        date=on(waiver.ends_on),
        name=waiver.granted_by.name,
        reason=waiver.reason,
    )
    return replace(condition, result=Result.WAIVED, reason=reason)


def as_json(*, project_id: int, key: str, on: date, language: str) -> dict[str, Any]:
    """The nine steps with every gate condition, in the shape of docs/formats/lifecycle.md."""
    walk, gates = gates_of(project_id=project_id, key=key, on=on, language=language)
    return {"project": key, "steps": [_step_as_json(*both) for both in zip(walk, gates, strict=True)]}


def _step_as_json(line: StepLine, gate: Gate) -> dict[str, Any]:
    conditions = [
        {
            "key": each.key,
            "mandatory": each.mandatory,
            "result": each.result.value,
            "reason": each.reason,
            "link": each.link[0] if each.link else "",
        }
        for each in gate.conditions
    ]
    return {
        "number": line.number,
        "key": line.key,
        "state": line.state.value,
        "pass": line.pass_number,
        "gate": {"passes": gate.passes, "conditions": conditions},
    }


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


@dataclass(frozen=True)
class Later:
    """One thing that differs between what a decision was taken on and now. `weighs`: the decision may not hold any more."""

    what: str
    then: str  # a result or an answer's state; "" for what was not there
    now: str
    weighs: bool


@dataclass(frozen=True)
class Since:
    """What changed after a decision: criteria, answers and evidence, and the trail's entries about them."""

    criteria: Mapping[str, str]  # {key: how the criterion stands now}, those that differ
    later: tuple[Later, ...]

    @property
    def needs_approval(self) -> bool:
        """Whether somebody should decide again: a criterion that held fails, an answer or a piece of evidence changed."""
        return any(each.weighs for each in self.later)


def since(frozen: Mapping[str, Any], gate: Gate) -> Since:
    """Compare the frozen snapshot of a decision with the gate as it stands now."""
    now = {each.key: each for each in gate.conditions}
    then = {each["key"]: each for each in frozen["conditions"]}
    differ = {
        key: now[key].result.value for key, each in then.items() if key in now and now[key].result != each["result"]
    }
    found = [
        Later(now[key].name, then[key]["result"], result, now[key].blocks and then[key]["result"] != Result.FAIL)
        for key, result in differ.items()
    ]
    found += [Later(each.name, "", each.result.value, each.blocks) for each in gate.conditions if each.key not in then]
    return Since(differ, (*found, *_later_answers(frozen, gate)))


def _later_answers(frozen: Mapping[str, Any], gate: Gate) -> list[Later]:
    """Answers that say something else, and evidence added, taken away or replaced by another version."""
    now = {each.item.key: each for each in gate.answers}
    found = []
    for old in frozen["answers"]:
        new = now.get(old["item"])
        if new is None:
            continue
        if (new.answer_state, new.note) != (old["state"], old["note"]):
            found.append(Later(old["item"], old["state"], new.answer_state.value, new.answer_state != old["state"]))
        before = {each["code"]: each["sha256"] for each in old["evidence"]}
        after = {each.code: each.sha256 for each in new.evidence}
        found += [
            Later(f"{old['item']} {code}", before.get(code, "")[:12], after.get(code, "")[:12], code in before)
            for code in sorted(before.keys() | after.keys())
            if before.get(code) != after.get(code)
        ]
    return found
