"""What the answers, findings and trials of a project come to on the day of a report, in figures and in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from workbench.checklists.library import Pack
from workbench.checklists.models import Checklist
from workbench.checklists.queries import (
    WORST_FIRST,
    ItemAnswer,
    MatrixRow,
    Started,
    checklists_of_project,
    full_answers,
)
from workbench.checklists.rules import GATES_PACK, NEEDS_NOTE, AnswerState
from workbench.evidence.queries import File, standing
from workbench.lifecycle.models import DecisionCondition, GateDecision, Waiver
from workbench.lifecycle.queries import StepLine, current_step
from workbench.lifecycle.rules import StepState
from workbench.reports.conformity import Treated, open_majors
from workbench.reports.rules import Period
from workbench.trials.queries import RunPage

SOON = timedelta(days=30)
NONCONFORM = (AnswerState.MAJOR, AnswerState.MINOR, AnswerState.PARTLY)


def is_told(decision: GateDecision, period: Period) -> bool:
    """Whether a decision was taken in the period, or a condition of it was still to be met then."""
    met = [each.met_on for each in decision.conditions]
    return period.meets(decision.decided_at, None if None in met else max(filter(None, met), default=decision.decided_at))


@dataclass(frozen=True)
class Judged:
    """One checklist with its clauses, or steps, and the answers that say more than “conform”."""

    checklist: Checklist
    pack: Pack | None
    is_pinned: bool
    counts: dict[AnswerState, int]
    rows: tuple[MatrixRow, ...]
    noted: tuple[ItemAnswer, ...]
    answers: tuple[ItemAnswer, ...] = ()  # every item, in the order of the pack

    @property
    def answered(self) -> int:
        """How many items have an answer."""
        return sum(number for state, number in self.counts.items() if state is not AnswerState.NOT_CHECKED)

    @property
    def bare(self) -> int:
        """How many items are said to conform without valid evidence."""
        return sum(row.bare for row in self.rows)


@dataclass(frozen=True)
class Figures:
    """The counts of the summary."""

    step: int
    steps_passed: int
    decisions: int
    answered: int
    items: int
    states: dict[AnswerState, int]
    bare: int
    findings: dict[str, int]
    majors_open: int
    evidence: int
    evidence_invalid: int
    runs: int
    unexplained: int
    undecided: int
    is_live_unchanged: bool
    conditions_open: int
    conditions_overdue: int
    waivers: int
    waivers_ending: int
    limitations_undecided: int
    stopped: bool

    @property
    def nonconform(self) -> int:
        """How many items do not, or not wholly, conform."""
        return sum(self.states[state] for state in NONCONFORM)


def judged_checklists(project_id: int, on: date) -> tuple[Judged, ...]:
    """Every checklist of a project, standards first. Evidence is judged as of `on`, not as of today."""
    return judged_of(checklists_of_project(project_id), on)


def judged_of(started: Sequence[Started], on: date) -> tuple[Judged, ...]:
    """These checklists, standards first. Two queries whatever their number."""
    given = full_answers(started)
    found = [_judged(each.checklist, each.pack, each.is_pinned, given[each.checklist.id], on) for each in started]
    return tuple(sorted(found, key=lambda each: each.checklist.pack_id == GATES_PACK))


def _judged(
    checklist: Checklist, pack: Pack | None, is_pinned: bool, given: Sequence[ItemAnswer], on: date
) -> Judged:
    if pack is None:
        return Judged(
            checklist, None, False, {AnswerState(state): count for state, count in checklist.counts.items()}, (), ()
        )
    answers = tuple(answer_as_of(each, on) for each in given)
    counts = {state: sum(each.answer_state is state for each in answers) for state in AnswerState}
    noted = tuple(
        each for each in answers if each.answer_state in NEEDS_NOTE or each.answer_state is AnswerState.OPPORTUNITY
    )
    return Judged(checklist, pack, is_pinned, counts, matrix_rows(pack, answers), noted, answers)


def answer_as_of(answer: ItemAnswer, on: date) -> ItemAnswer:
    """An answer with its evidence judged as of a day."""
    return replace(answer, evidence=tuple(as_of(each, on) for each in answer.evidence))


def as_of(piece: Any, on: date) -> Any:
    """A piece of evidence with the state it has on a day; queries judge it as of today."""
    state = "withdrawn" if piece.state == "withdrawn" else standing("current", piece.valid_until, on)
    return replace(piece, state=state)


def matrix_rows(pack: Pack, answers: Iterable[ItemAnswer]) -> tuple[MatrixRow, ...]:
    """Every clause, or step, of a pack with what its lines were answered."""
    by_ref: dict[str, list[ItemAnswer]] = {}
    for each in answers:
        by_ref.setdefault(each.item.clause or str(each.item.step), []).append(each)
    if pack.steps:
        return tuple(_row(step.gate, step.title, 0, by_ref.get(str(step.number), [])) for step in pack.steps)
    depths: dict[str, int] = {}
    for clause in pack.clauses:
        depths[clause.ref] = depths[clause.parent] + 1 if clause.parent in depths else 0
    return tuple(
        _row(clause.ref, clause.title, depths[clause.ref], by_ref.get(clause.ref, [])) for clause in pack.clauses
    )


def _row(ref: str, title: Any, depth: int, answers: Sequence[ItemAnswer]) -> MatrixRow:
    states = [each.answer_state for each in answers]
    return MatrixRow(
        ref=ref,
        title=title,
        depth=depth,
        answered=sum(state is not AnswerState.NOT_CHECKED for state in states),
        total=len(states),
        worst=min(states, key=WORST_FIRST.index, default=None),
        evidence=len({piece.id for each in answers for piece in each.evidence}),
        bare=sum(each.is_bare for each in answers),
    )


def figures(
    *,
    on: date,
    steps: Sequence[StepLine],
    judged: Sequence[Judged],
    findings: Sequence[Treated],
    trials: Sequence[RunPage],
    conditions: Sequence[DecisionCondition],
    waivers: Sequence[Waiver],
    evidence: Sequence[File],
    limitations: Sequence[Any],
) -> Figures:
    """Count what the summary says."""
    due = [each for each in conditions if each.met_on is None]
    kinds = ("major", "minor", "opportunity")
    return Figures(
        step=current_step(steps),
        steps_passed=sum(each.state is StepState.PASSED for each in steps),
        decisions=len(_decisions(steps)),
        answered=sum(each.answered for each in judged),
        items=sum(each.checklist.total for each in judged),
        states={state: sum(each.counts.get(state, 0) for each in judged) for state in AnswerState},
        bare=sum(each.bare for each in judged),
        findings={kind: sum(each.row.kind == kind for each in findings) for kind in kinds},
        majors_open=open_majors(findings),
        evidence=len(evidence),
        evidence_invalid=sum(each.state != "current" for each in evidence),
        runs=len(trials),
        unexplained=sum(len(each.unexplained) for each in trials),
        undecided=sum(len(each.open) for each in trials),
        is_live_unchanged=all(each.run.is_live_unchanged for each in trials),
        conditions_open=len(due),
        conditions_overdue=sum(each.due_on < on for each in due),
        waivers=sum(each.ends_on >= on for each in waivers),
        waivers_ending=sum(on <= each.ends_on <= on + SOON for each in waivers),
        limitations_undecided=sum(not each.disposition for each in limitations),
        stopped=any(each.state is StepState.STOPPED for each in steps),
    )


def _decisions(steps: Sequence[StepLine]) -> list[GateDecision]:
    return [each for step in steps for walk in step.passes for each in walk.decisions]


def conclusion(seen: Figures, *, has_steps: bool = True) -> tuple[str, ...]:
    """The conclusion in three sentences: where the project stands, what was found, how far the criteria are met."""
    if not has_steps:
        where = _("This is the management system itself: it has no steps and no gates.")
    elif seen.stopped:
        where = _("The project was stopped at step %(step)s of 9.", step=seen.step)
    elif seen.steps_passed == 9:
        where = _("The project passed all nine gates.")
    else:
        where = _(
            "The project stands at step %(step)s of 9; gates passed: %(passed)s.",
            step=seen.step,
            passed=seen.steps_passed,
        )
    return str(where), _found(seen), _met(seen)


def _found(seen: Figures) -> str:
    total = sum(seen.findings.values())
    if not total:
        return str(_("No finding was raised."))
    return str(
        _(
            "Findings raised: major nonconformities %(major)s, minor nonconformities %(minor)s, "
            "opportunities for improvement %(opportunity)s.",
            **seen.findings,
        )
    )


def _excepted(has_findings: bool, nonconform: int) -> str:
    """Of what was answered, what is not met."""
    if has_findings and nonconform:
        met = _(
            "Within the limits of the sample, the criteria that were answered are met except for the findings listed "
            "and the items marked partly or not conform (%(count)s).",
            count=nonconform,
        )
    elif has_findings:
        met = _("Within the limits of the sample, the criteria that were answered are met except for the findings listed.")
    elif nonconform:
        met = _(
            "Within the limits of the sample, the criteria that were answered are met except for the items marked partly "
            "or not conform (%(count)s).",
            count=nonconform,
        )
    else:
        met = _("Within the limits of the sample, the criteria that were answered are met.")
    return str(met)


def _met(seen: Figures) -> str:
    unseen = seen.items - seen.answered
    if not seen.answered:
        return str(_("No criterion was answered yet, so that nothing can be said about conformity."))
    met = _excepted(bool(seen.findings["major"] or seen.findings["minor"]), seen.nonconform)
    if not unseen:
        return met
    rest = ngettext(
        "%(num)s of %(items)s criteria was not looked at; nothing is said about it.",
        "%(num)s of %(items)s criteria were not looked at; nothing is said about them.",
        unseen,
        items=seen.items,
    )
    return f"{met} {rest}"


def questions(seen: Figures, steps: Sequence[StepLine]) -> tuple[str, ...]:
    """What management has to decide; empty where nothing waits. Gates that are held or open again come first."""
    wanted = (
        (seen.majors_open, _("Major nonconformities to correct (section 8)")),
        (seen.conditions_overdue, _("Conditions of earlier decisions that are overdue (section 12)")),
        (seen.undecided, _("Rows of the reconciliation without a recorded decision (section 9)")),
        (seen.bare, _("Items said to conform without valid evidence (section 7)")),
        (seen.waivers_ending, _("Waivers that end within 30 days (section 6)")),
        (seen.limitations_undecided, _("Limitations of tools without a disposition (section 10)")),
        (seen.evidence_invalid, _("Pieces of evidence expired or withdrawn (evidence index)")),
    )
    return (*_gates_to_decide(steps), *(f"{text} – {count}" for count, text in wanted if count))


def _gates_to_decide(steps: Sequence[StepLine]) -> list[str]:
    """The gates that are held, open again after a relapse, or looped back to."""
    return [text for each in steps if (text := _why_open(each))]


def _why_open(step: StepLine) -> str:
    last, text = step.last_decision, ""
    if step.state is StepState.HELD and last is not None:
        text = _(
            "Gate %(number)s is held since %(code)s: %(reason)s (section 6)",
            number=step.number, code=last.code, reason=last.reason,
        )
    elif step.state is StepState.REOPENED:
        text = _("Gate %(number)s is open again after a relapse (section 6)", number=step.number)
    elif step.state is StepState.CURRENT and step.pass_number > 1:
        text = _(
            "Gate %(number)s is to be decided again, in pass %(walk)s of its step (section 6)",
            number=step.number, walk=step.pass_number,
        )
    return str(text)
