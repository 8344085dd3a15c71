"""The gate review: for each gate its state, what was decided on and how it stands now, who decided, and every pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from workbench.checklists.library import Pack, pack
from workbench.checklists.queries import ItemAnswer
from workbench.checklists.rules import GATES_PACK
from workbench.lifecycle.conditions.case import Condition, Gate
from workbench.lifecycle.forms import OUTCOMES, altered_in_words
from workbench.lifecycle.gates import Later, gates_of, since
from workbench.lifecycle.models import DecisionCondition, GateDecision, Waiver
from workbench.lifecycle.queries import PassLine, StepLine, altered, decisions_of_project
from workbench.lifecycle.rules import Outcome
from workbench.people.rules import Permission
from workbench.projects.rules import ProjectKind
from workbench.reports import judging
from workbench.reports.headings import Headed
from workbench.reports.rules import Brief, Options, Section, numbered
from workbench.web.filters import on

KEY = "gate_review"
TITLE = _l("Gate review")
NOTE = _l("For sponsors and auditors: each gate with what was decided on, how it stands now, who signed, and what is still open.")
PERMISSION = Permission.REPORT_BUILD
SECTIONS = (
    ("summary", _l("Where the gates stand")),
    ("gates", _l("Gate by gate")),
    ("conditions", _l("Conditions of decisions")),
    ("waivers", _l("Waivers")),
)
ANNEXES = (("items", _l("Gate criteria as they were decided on")),)
SUBJECTS = _l("Gates and decisions")


@dataclass(frozen=True)
class Criterion:
    """One line of a gate: how it was frozen by the last decision, and how it stands on the day of the report."""

    condition: Condition
    then: str  # "" where no decision was taken, or where the line is newer than it
    then_reason: str

    @property
    def has_moved(self) -> bool:
        """Whether it does not stand as it was decided on."""
        return bool(self.then) and self.then != self.condition.result


@dataclass(frozen=True)
class Answered:
    """One item of a gate: the answer that was frozen by the last decision beside the one of the day of the report."""

    now: ItemAnswer
    frozen: Mapping[str, Any] | None

    @property
    def has_moved(self) -> bool:
        """Whether the answer is another one."""
        return self.frozen is not None and self.frozen["state"] != self.now.answer_state


@dataclass(frozen=True)
class Reviewed:
    """One gate. `shown` are its decisions that the period and the codes asked for take in."""

    step: StepLine
    gate: Gate
    passes: tuple[PassLine, ...]
    shown: tuple[GateDecision, ...]
    last: GateDecision | None
    criteria: tuple[Criterion, ...]
    answers: tuple[Answered, ...]
    later: tuple[Later, ...]
    open_conditions: tuple[DecisionCondition, ...]

    @property
    def id(self) -> str:
        """The target of its line in the contents, and how people name it."""
        return f"G{self.step.number}"

    @property
    def weighs(self) -> bool:
        """Whether something that the last decision rests on does not hold any more."""
        return any(each.weighs for each in self.later)


@dataclass(frozen=True)
class GateReview(Headed):
    """Everything the template prints. `decisions` are those of the gates shown, in the order they were taken."""

    gates_pack: Pack
    has_steps: bool
    gates: tuple[Reviewed, ...]
    decisions: tuple[GateDecision, ...]
    conditions: tuple[tuple[GateDecision, DecisionCondition], ...]
    waivers: tuple[Waiver, ...]
    altered: tuple[str, ...]  # which decisions do not stand as they were signed, in words


def build(brief: Brief) -> GateReview:
    """Read the gates that are asked for, as they stand at the checkpoint of the brief."""
    on, options = brief.point.on, brief.options
    steps, gates = gates_of(project_id=brief.project.id, key=brief.project.key, on=on, language=brief.language)
    has_steps = brief.project.kind != ProjectKind.SYSTEM
    shown = [
        _reviewed(step, gate, brief) for step, gate in zip(steps, gates, strict=True) if has_steps and _takes(options, step)
    ]
    decisions = sorted((each for found in shown for each in found.shown), key=lambda each: each.number)
    titled = pack(GATES_PACK)
    return GateReview(
        brief=brief,
        sections=_headings(shown, titled, brief),
        cover=(
            (str(_("Gates")), ", ".join(each.id for each in shown)),
            (str(_("Decisions")), ", ".join(each.code for each in decisions) or str(_("none yet"))),
            (str(_("Scope")), brief.project.scope),
        ),
        gates_pack=titled,
        has_steps=has_steps,
        gates=tuple(shown),
        decisions=tuple(decisions),
        conditions=tuple((each, one) for each in decisions for one in each.conditions),
        waivers=tuple(
            each for found in shown for each in found.step.waivers if options.period.meets(each.granted_at, each.ends_on)
        ),
        altered=tuple(altered_in_words(each) for each in altered(decisions)),
    )


def subjects(project_id: int) -> list[tuple[str, str]]:
    """The nine gates, then every decision, the newest first."""
    spoken = str(get_locale() or "en")[:2]
    gates = [(f"G{each.number}", f"G{each.number} {each.title.in_(spoken)}") for each in pack(GATES_PACK).steps]
    return [*gates, *((each.code, _told(each)) for each in reversed(decisions_of_project(project_id)))]


def _told(decision: GateDecision) -> str:
    """A decision in a list to choose from."""
    return str(_(
        "%(code)s gate %(number)s, %(outcome)s, %(date)s", code=decision.code, number=decision.step,
        outcome=OUTCOMES[Outcome(decision.outcome)], date=on(decision.decided_at),
    ))  # fmt: skip


def _takes(options: Options, step: StepLine) -> bool:
    """A gate is told where its step is in the scope and it, or one of its decisions, is asked for by its code."""
    codes = (f"G{step.number}", *(each.code for walk in step.passes for each in walk.decisions))
    return options.takes_step(step.number) and (not options.subjects or any(each in options.subjects for each in codes))


def _reviewed(step: StepLine, gate: Gate, brief: Brief) -> Reviewed:
    options, on = brief.options, brief.point.on
    taken = [each for walk in step.passes for each in walk.decisions]
    by_gate = not options.subjects or f"G{step.number}" in options.subjects
    asked = [each for each in taken if by_gate or each.code in options.subjects]
    held = [each for each in asked if judging.is_told(each, options.period)]
    last = asked[-1] if asked else None
    dated = replace(gate, answers=tuple(_as_of(each, brief) for each in gate.answers))
    frozen: Mapping[str, Any] = last.snapshot if last else {"conditions": [], "answers": []}
    then = {each["key"]: each for each in frozen["conditions"]}
    old = {each["item"]: each for each in frozen["answers"]}
    return Reviewed(
        step=step,
        gate=dated,
        passes=tuple(step.passes),
        shown=tuple(held),
        last=last,
        criteria=tuple(
            Criterion(each, then.get(each.key, {}).get("result", ""), then.get(each.key, {}).get("reason", ""))
            for each in dated.conditions if each.item is None
        ),
        answers=tuple(Answered(each, old.get(each.key)) for each in dated.answers),
        later=since(frozen, dated).later if last else (),
        open_conditions=tuple(
            each for one in taken for each in one.conditions if each.met_on is None or each.met_on > on
        ),
    )


def _as_of(answer: ItemAnswer, brief: Brief) -> ItemAnswer:
    return replace(answer, evidence=tuple(judging.as_of(each, brief.point.on) for each in answer.evidence))


def _headings(shown: Sequence[Reviewed], titled: Pack, brief: Brief) -> tuple[Section, ...]:
    """The sections, where “gate by gate” stands a section of its own for each gate."""
    first, _every, *rest = SECTIONS
    titles = {each.number: each.title.in_(brief.language) for each in titled.steps}
    gates = [
        (each.id, _("Gate %(number)s, %(title)s", number=each.step.number, title=titles[each.step.number])) for each in shown
    ]
    return numbered([first, *gates, *rest], ANNEXES, brief.options)
