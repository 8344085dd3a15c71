"""What every gate asks: its turn, its checklist, somebody independent to decide, nothing overdue or undecided."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext

from workbench.checklists.proofs import answers_ever
from workbench.checklists.queries import ItemAnswer, installed
from workbench.checklists.rules import GATES_PACK, NEEDS_EVIDENCE, SATISFYING, AnswerState
from workbench.lifecycle.conditions.case import Case, Condition, line, result
from workbench.lifecycle.queries import passed_steps
from workbench.lifecycle.rules import Result, may_hold_up, may_start, needed_before
from workbench.trail.queries import people_who
from workbench.web.filters import on


def steps_before_passed(case: Case) -> list[Condition]:
    """Steps are walked in order; 7 and 8 may overlap, 9 needs both (product.md §6)."""
    if case.step == 1:
        return []
    passed = passed_steps(case.reads.steps)
    open_ = [str(number) for number in needed_before(case.step) if number not in passed]
    numbers = ", ".join(open_)
    reason = ngettext("Not passed yet: step %(numbers)s.", "Not passed yet: steps %(numbers)s.", len(open_), numbers=numbers)
    label = _("The steps before this one are passed")
    return line("steps_before_passed", label, reason, None, fails=not may_start(case.step, passed))


def items_answered(case: Case) -> list[Condition]:
    """Each item of the gate: satisfied with valid evidence, or not applicable with a reason (rules of the gates pack)."""
    checklist = case.reads.checklist
    if checklist is None or not case.answers:
        label, reason = _("The gate checklist is started"), _("Nobody has started it yet.")
        return line("gates_checklist", label, reason, case.at("checklists.index"), fails=True)
    return [*_renewed(case), *(_item_condition(case, each) for each in case.answers)]


def _renewed(case: Case) -> list[Condition]:
    """Nothing while the installed criteria are those the project began with; else a line that asks to take them over."""
    checklist, pack = case.reads.checklist, installed(GATES_PACK)
    if checklist is None or pack is None or pack.digest == checklist.pack_digest:
        return []
    reason = _(
        "The project answers version %(old)s; version %(new)s is installed. Answers to unchanged criteria are kept.",
        old=checklist.pack_version,
        new=pack.version,
    )
    label = _("The criteria installed now are taken over")
    return line("criteria_taken_over", label, reason, case.at("lifecycle.upgrade"), fails=True)


def _item_condition(case: Case, answer: ItemAnswer) -> Condition:
    checklist = case.reads.checklist
    at = {"checklist_id": checklist.id if checklist is not None else 0, "step": case.step}
    outcome, reason = _judged(answer)
    return Condition(
        f"item:{answer.item.key}",
        answer.item.question.in_(case.reads.language),
        outcome,
        reason,
        answer.item.mandatory != "no",
        case.at("checklists.show", **at, _anchor=f"item-{answer.item.key}"),
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
    asked = [each.item.key for each in case.answers if each.answer_id is not None]
    keys = answers_ever(case.project_id, GATES_PACK, asked) if asked else {}
    answered = people_who("item_answered", "answer", list(keys)) if keys else {}
    label = _("Whoever decides has answered no item of this gate")
    if case.approver_id is not None:
        own = sorted({keys[each] for each in answered.get(case.approver_id, ())})
        reason = _("You answered %(items)s, so somebody else decides.", items=", ".join(own))
        return line("approver_is_independent", label, reason, None, fails=own)
    free = [name for person_id, name in case.reads.approvers.items() if person_id not in answered]
    reason = _("May decide: %(names)s.", names=", ".join(sorted(free)))
    if not free:
        reason = _("Everybody who may decide has answered items of this gate. Name a sponsor who has not.")
    link = case.at("projects.team")
    return [Condition("approver_is_independent", label, result(bool(free)), reason, link=link)]


def earlier_conditions_met(case: Case) -> list[Condition]:
    """No condition of this gate, an earlier one or one that overlaps is overdue."""
    late = [
        each
        for each in case.reads.conditions
        if each.met_on is None and each.due_on < case.on and may_hold_up(each.step, case.step)
    ]
    texts = _("; ").join(f"{each.text} ({each.owner.name}, {on(each.due_on)})" for each in late)
    reason = _("Overdue: %(texts)s", texts=texts)
    label = _("No condition of this gate or an earlier one is overdue")
    return line("earlier_conditions_met", label, reason, case.at("lifecycle.project"), fails=bool(late))


def all_conditions_met(case: Case) -> list[Condition]:
    """At the last gate nothing that an earlier pass asked for may stay open (product.md §6, step 9)."""
    left = [each.text for each in case.reads.conditions if each.met_on is None]
    reason = _("Still open: %(texts)s", texts=_("; ").join(left))
    label = _("All conditions of earlier gates are met")
    return line("all_conditions_met", label, reason, case.at("lifecycle.project"), fails=left)
