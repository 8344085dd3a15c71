"""The gates: each condition is one named function over lower queries that says in words what is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _

from workbench.checklists.library import Item
from workbench.checklists.queries import ItemAnswer, gates_checklist, step_answers
from workbench.checklists.rules import NEEDS_EVIDENCE, SATISFYING, AnswerState
from workbench.inquiry.queries import open_cautions
from workbench.lifecycle import queries
from workbench.lifecycle.queries import StepLine, conditions_of_project, passed_steps
from workbench.lifecycle.rules import Result, may_start, needed_before
from workbench.lifecycle.steps import step as step_rule
from workbench.paths.queries import paths as paths_of_project
from workbench.paths.rules import PathState
from workbench.people.queries import approvers
from workbench.tools.queries import incomplete_tools, tools_of_project
from workbench.trail.queries import people_who
from workbench.trials.queries import live_unchanged, open_rows
from workbench.trials.rules import Kind, Unexplained

Link = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Condition:
    """One line of a gate: what is asked, how it stands, why, and where to mend it (endpoint and arguments)."""

    key: str
    label: str
    result: Result
    reason: str = ""
    mandatory: bool = True
    link: Link | None = None
    item: Item | None = None
    answer: ItemAnswer | None = None

    @property
    def blocks(self) -> bool:
        """Whether the gate cannot pass because of this line."""
        return self.mandatory and self.result is Result.FAIL

    @property
    def is_waivable(self) -> bool:
        """Only checklist items may be set aside; what the system measured may not."""
        return self.item is not None and self.blocks


@dataclass(frozen=True)
class Gate:
    """Everything one gate asks, as it stands on a day."""

    step: int
    conditions: tuple[Condition, ...]
    answers: tuple[ItemAnswer, ...] = ()

    @property
    def missing(self) -> tuple[Condition, ...]:
        """The lines that block."""
        return tuple(each for each in self.conditions if each.blocks)

    @property
    def passes(self) -> bool:
        """Whether nothing blocks."""
        return not self.missing


@dataclass(frozen=True)
class Case:
    """What a condition looks at."""

    project_id: int
    key: str
    step: int
    on: date
    language: str
    steps: Sequence[StepLine]
    answers: Sequence[ItemAnswer]
    checklist_id: int
    approver_id: int | None = None  # who is about to decide; None where nobody in particular looks


Check = Callable[[Case], list[Condition]]


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
    checklist = gates_checklist(project_id)
    answers = tuple(step_answers(project_id, step)) if checklist is not None else ()
    walk = queries.timeline(project_id) if steps is None else steps
    case = Case(project_id, key, step, on, language, walk, answers, checklist.id if checklist is not None else 0, approver_id)
    found = [each for name in step_rule(step).conditions for each in CHECKS[name](case)]
    waived = queries.waivers_in_force(project_id, step, on)
    return Gate(step, tuple(_with_waiver(each, waived) for each in found), answers)


def _with_waiver(condition: Condition, waived: dict[str, Any]) -> Condition:
    waiver = waived.get(condition.key)
    if waiver is None or condition.result is not Result.FAIL:
        return condition
    reason = _(
        "waived until %(date)s by %(name)s: %(reason)s",
        date=waiver.ends_on.isoformat(),
        name=waiver.granted_by.name,
        reason=waiver.reason,
    )
    return Condition(
        condition.key,
        condition.label,
        Result.WAIVED,
        reason,
        condition.mandatory,
        condition.link,
        condition.item,
        condition.answer,
    )


def steps_before_passed(case: Case) -> list[Condition]:
    """Steps are walked in order; 7 and 8 may overlap, 9 needs both (product.md §6)."""
    passed = passed_steps(case.steps)
    ok = may_start(case.step, passed)
    open_ = [str(number) for number in needed_before(case.step) if number not in passed]
    reason = "" if ok else _("Not passed yet: step %(numbers)s.", numbers=", ".join(open_))
    if case.step == 1:
        return []
    return [Condition("steps_before_passed", _("The steps before this one are passed"), _result(ok), reason)]


def items_answered(case: Case) -> list[Condition]:
    """Each item of the gate: satisfied with valid evidence, or not applicable with a reason (rules of the gates pack)."""
    if not case.answers:
        return [
            Condition(
                "gates_checklist",
                _("The gate checklist is started"),
                Result.FAIL,
                _("Nobody has started it yet."),
                link=("checklists.index", {"key": case.key}),
            )
        ]
    return [_item_condition(case, each) for each in case.answers]


def _item_condition(case: Case, answer: ItemAnswer) -> Condition:
    result, reason = _judged(answer)
    link: Link = (
        "checklists.show",
        {"key": case.key, "checklist_id": case.checklist_id, "step": case.step, "_anchor": f"item-{answer.item.key}"},
    )
    mandatory = answer.item.mandatory != "no"
    return Condition(
        f"item:{answer.item.key}",
        answer.item.question.in_(case.language),
        result,
        reason,
        mandatory,
        link,
        answer.item,
        answer,
    )


def _judged(answer: ItemAnswer) -> tuple[Result, str]:
    state = AnswerState(answer.answer_state)
    if state is AnswerState.NOT_APPLICABLE:
        return (
            (Result.NOT_APPLICABLE, answer.note) if answer.note else (Result.FAIL, _("Not applicable needs a reason."))
        )
    if state is AnswerState.NOT_CHECKED:
        return Result.FAIL, _("Not checked yet.")
    if state not in SATISFYING:
        return Result.FAIL, answer.note or _("Does not conform.")
    if state in NEEDS_EVIDENCE:
        return _with_evidence(answer)
    return Result.PASS, answer.note


def _with_evidence(answer: ItemAnswer) -> tuple[Result, str]:
    if answer.is_proven:
        return Result.PASS, ", ".join(each.code for each in answer.evidence if each.state == "current")
    if any(each.state == "expired" for each in answer.evidence):
        return Result.FAIL, _("The evidence attached has expired.")
    return Result.FAIL, _("Conform, but no evidence is attached.")


def approver_is_independent(case: Case) -> list[Condition]:
    """The approver has answered no item of the gate, not even before somebody else changed the answer (gates pack)."""
    keys = {each.answer_id: each.item.key for each in case.answers if each.answer_id is not None}
    answered = people_who("item_answered", "answer", list(keys)) if keys else {}
    label = _("Whoever decides has answered no item of this gate")
    if case.approver_id is not None:
        own = sorted(keys[each] for each in answered.get(case.approver_id, ()))
        reason = _("You answered %(items)s, so somebody else decides.", items=", ".join(own)) if own else ""
        return [Condition("approver_is_independent", label, _result(not own), reason)]
    able = approvers(case.project_id)
    free = [name for person_id, name in able.items() if person_id not in answered]
    link: Link = ("projects.team", {"key": case.key})
    reason = _("May decide: %(names)s.", names=", ".join(sorted(free)))
    if not free:
        reason = _("Everybody who may decide has answered items of this gate. Name a sponsor who has not.")
    return [Condition("approver_is_independent", label, _result(bool(free)), reason, link=link)]


def earlier_conditions_met(case: Case) -> list[Condition]:
    """Conditions of earlier gates are not overdue."""
    late = [
        each
        for each in conditions_of_project(case.project_id)
        if each.met_on is None and each.due_on < case.on and each.step < case.step
    ]
    texts = "; ".join(f"{each.text} ({each.owner.name}, {each.due_on.isoformat()})" for each in late)
    reason = _("Overdue: %(texts)s", texts=texts) if late else ""
    link: Link = ("lifecycle.project", {"key": case.key})
    return [
        Condition(
            "earlier_conditions_met",
            _("No condition of an earlier gate is overdue"),
            _result(not late),
            reason,
            link=link,
        )
    ]


def all_conditions_met(case: Case) -> list[Condition]:
    """At the last gate nothing that an earlier pass asked for may stay open (product.md §6, step 9)."""
    left = [each for each in conditions_of_project(case.project_id) if each.met_on is None]
    reason = _("Still open: %(texts)s", texts="; ".join(each.text for each in left)) if left else ""
    link: Link = ("lifecycle.project", {"key": case.key})
    return [
        Condition(
            "all_conditions_met", _("All conditions of earlier gates are met"), _result(not left), reason, link=link
        )
    ]


def tools_described(case: Case) -> list[Condition]:
    """Every tool in scope has an owner, a layer and a sensitivity (step 1)."""
    bare = incomplete_tools(case.project_id)
    reason = _("Not complete: %(names)s.", names=", ".join(tool.name for tool, _facts in bare)) if bare else ""
    if not tools_of_project(case.project_id):
        reason = _("No tool is in scope yet.")
    link: Link = ("tools.of_project", {"key": case.key})
    return [
        Condition(
            "tools_described",
            _("Every tool in scope has an owner, a layer and a sensitivity"),
            _result(not reason),
            reason,
            link=link,
        )
    ]


def cautions_answered(case: Case) -> list[Condition]:
    """Each caution heard has a disposition (step 3)."""
    left = [each.code for each in open_cautions(case.project_id)]
    reason = _("Without a disposition: %(codes)s.", codes=", ".join(left)) if left else ""
    link: Link = ("inquiry.index", {"key": case.key})
    return [Condition("cautions_answered", _("Each caution heard is answered"), _result(not left), reason, link=link)]


def path_chosen(case: Case) -> list[Condition]:
    """At least two paths are described and one is chosen (step 4)."""
    paths = paths_of_project(case.project_id)
    chosen = [each for each in paths if each.state == PathState.CHOSEN]
    ok = len(paths) >= 2 and bool(chosen)
    reason = (
        ", ".join(f"{each.code} {each.name}" for each in chosen)
        if ok
        else _("%(count)s paths described, %(chosen)s chosen.", count=len(paths), chosen=len(chosen))
    )
    return [
        Condition(
            "path_chosen",
            _("At least two paths are described and one is chosen"),
            _result(ok),
            reason,
            link=("paths.index", {"key": case.key}),
        )
    ]


def live_data_unchanged(case: Case) -> list[Condition]:
    """The live sources have the same hash before and after the trial (step 5)."""
    same, text = live_unchanged(case.project_id)
    link: Link = ("trials.index", {"key": case.key})
    return [
        Condition(
            "live_data_unchanged", _("The sandbox left live data unchanged"), _result(bool(same)), text, link=link
        )
    ]


def reconciliation_explained(case: Case) -> list[Condition]:
    """No row is over, not in contract, unmatched or refused without a recorded disposition (step 5)."""
    ran, _text = live_unchanged(case.project_id)
    left = open_rows(case.project_id, language=case.language)
    link: Link = ("trials.index", {"key": case.key})
    label = _("The reconciliation has no unexplained row")
    if ran is None:
        return [
            Condition("reconciliation_explained", label, Result.FAIL, _("No reconciliation has run yet."), link=link)
        ]
    named = "; ".join(_named(each) for each in left[:5])
    reason = _("%(count)s without a disposition: %(rows)s", count=len(left), rows=named) if left else ""
    return [Condition("reconciliation_explained", label, _result(not left), reason, link=link)]


def _named(row: Unexplained) -> str:
    """A row by client and service; a bare name or place with what is wrong, since it says nothing by itself."""
    return row.what if row.kind in (Kind.OVER, Kind.NOT_IN_CONTRACT) else f"{row.what} ({row.why.rstrip('.')})"


def _result(ok: bool) -> Result:
    return Result.PASS if ok else Result.FAIL


CHECKS: dict[str, Check] = {
    check.__name__: check
    for check in (
        steps_before_passed,
        items_answered,
        approver_is_independent,
        earlier_conditions_met,
        all_conditions_met,
        tools_described,
        cautions_answered,
        path_chosen,
        live_data_unchanged,
        reconciliation_explained,
    )
}


def as_json(*, project_id: int, key: str, on: date, language: str) -> dict[str, Any]:
    """The nine steps with every gate condition, in the shape of docs/formats/lifecycle.md."""
    walk = queries.timeline(project_id)
    shown = []
    for line in walk:
        gate = gate_of(project_id=project_id, key=key, step=line.number, on=on, language=language, steps=walk)
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
        shown.append(
            {
                "number": line.number,
                "key": line.key,
                "state": line.state.value,
                "pass": line.pass_number,
                "gate": {"passes": gate.passes, "conditions": conditions},
            }
        )
    return {"project": key, "steps": shown}
