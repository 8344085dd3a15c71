"""What a management review takes in, by the headings of the standards: figures of the registers, notes, decisions, actions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from workbench.database import db
from workbench.inquiry.models import Consultation
from workbench.oversight.models import ManagementReview, ReviewAction, ReviewDecision, ReviewSnapshot
from workbench.oversight.queries.reviews import inputs_of
from workbench.oversight.rules.reviews import (
    MONTHS_BETWEEN,
    Figure,
    Input,
    ReviewState,
    Row,
    months_after,
    thawed,
)
from workbench.projects.models import Project
from workbench.projects.rules import Layer, ProjectKind
from workbench.reports.rules import Brief

Q15, Q26, S18, I22 = "ISO 9001:2015, 9.3.2", "ISO 9001:2026, 9.3.2", "ISO/IEC 20000-1:2018, 9.3", "ISO/IEC 27001:2022, 9.3.2"
HELD = (ReviewState.HELD, ReviewState.CLOSED)


@dataclass(frozen=True)
class Asked:
    """One heading of what a review considers: our title, the clauses that name it, and what the system knows of it."""

    key: str
    title: Any
    refs: tuple[str, ...]
    figures: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()  # the inputs of the review whose notes belong here
    silent: Any = ""  # what is said where the system keeps nothing about it


ASKED = (
    Asked(
        "actions", _l("State of earlier actions"), (Q15, S18, I22), ("actions_done", "actions_open", "actions_overdue"),
        ("earlier",),
    ),
    Asked(
        "issues", _l("Changes in outside and inside issues"), (Q15, S18, I22),
        ("projects_opened", "risks_accepted", "risks_heavy"), ("context", "climate"),
    ),
    Asked("parties", _l("Changes in needs of interested parties"), (Q26, I22)),
    Asked(
        "customer", _l("Customer satisfaction and feedback"), (Q15, S18), ("questions_asked", "questions_open", "complaints"),
        ("clients",),
    ),
    Asked(
        "objectives", _l("Objectives reached or not"), (Q15, S18, I22),
        ("objectives_met", "objectives_missed", "objectives_due"), ("objectives",),
    ),
    Asked(
        "processes", _l("Process performance and conformity"), (Q15,),
        ("gates_passed", "gates_held", "conditions_open", "conditions_overdue", "waivers_granted"), ("gates",),
    ),
    Asked(
        "services", _l("Service performance and trends"), (S18, "ISO/IEC 20000-1:2018, 9.4"),
        silent=_l("Service targets and their results are not kept here: the service report is put beside this pack."),
    ),
    Asked(
        "nonconformities", _l("Nonconformities and corrective actions"), (Q15, S18, I22),
        ("findings_raised", "findings_closed", "findings_open", "findings_overdue"), ("findings",),
    ),
    Asked("measures", _l("Monitoring and measurement results"), (Q15, S18, I22), ("habits", "relapses"), ("adoption",)),
    Asked("audits", _l("Audit results"), (Q15, S18, I22), ("audits_concluded", "audits_open", "audits_late"), ("audits",)),
    Asked(
        "providers", _l("Performance of external providers and other parties"), (Q15, S18),
        ("limitations_old", "promises_overdue", "supplier_findings"), ("suppliers",),
    ),
    Asked(
        "resources", _l("Adequacy of resources, now and forecast"), (Q15, S18),
        ("finding_actions_overdue", "items_overdue", "trials_ending", "readings", "practised", "assessed"),
        ("resources", "competence"),
    ),
    Asked(
        "risks", _l("Effectiveness of actions on risks and opportunities"), (Q15, S18, I22),
        ("checks_effective", "checks_not_effective", "risks_review_late", "acceptances_over"), ("risks",),
    ),
    Asked(
        "improvement", _l("Opportunities for improvement"), (Q15, S18, I22), ("opportunities", "improvements_open"),
        ("improvement",),
    ),
    Asked("changes", _l("Changes that could affect the system or the services"), (S18,), ("changes_live",)),
)


@dataclass(frozen=True)
class Counted:
    """A figure with the rows that may be printed here; `hidden` belong to other projects and are only counted."""

    key: str
    count: int
    sums: Mapping[str, int]
    rows: tuple[Row, ...]
    hidden: int


@dataclass(frozen=True)
class Considered:
    """One heading with its figures and notes. `heard` is {layer: how many were consulted}, known of live figures only."""

    asked: Asked
    figures: tuple[Counted, ...]
    notes: tuple[str, ...]
    heard: Mapping[str, int] | None = None


@dataclass(frozen=True)
class Taken:
    """What one review takes in, or what one would take in now (`row` without a number)."""

    row: ManagementReview
    snapshot: ReviewSnapshot | None
    considered: tuple[Considered, ...]
    decisions: tuple[ReviewDecision, ...]
    actions: tuple[ReviewAction, ...]
    is_whole: bool  # whether decisions, actions and notes are this project's to read

    @property
    def is_review(self) -> bool:
        """Whether it is a review, planned or held, and not the figures as of now."""
        return bool(self.row.number)


def scope_of(project: Project) -> list[int] | None:
    """The projects that the report tells of: the management system's own looks at all of them (None), others at themselves."""
    return None if project.kind == ProjectKind.SYSTEM else [project.id]


def reviews_of(project: Project) -> list[ManagementReview]:
    """The reviews that take this project in, first first."""
    wanted = select(ManagementReview).options(joinedload(ManagementReview.chair))
    rows = db.session.scalars(wanted.order_by(ManagementReview.year, ManagementReview.serial)).all()
    return [each for each in rows if scope_of(project) is None or each.project_ids is None or project.id in each.project_ids]


def taken(brief: Brief) -> tuple[Taken, ...]:
    """The reviews that the options name; where they name none, the figures as of now."""
    known = reviews_of(brief.project)
    rows = [each for each in known if each.number in brief.options.subjects] or [_now(brief, known)]
    return _taken(brief, rows)


def last_held(brief: Brief) -> tuple[Taken, ...]:
    """The review that was held last before the day of the report, where the options name none."""
    held = [each for each in reviews_of(brief.project) if each.state in HELD and each.held_on and each.held_on <= brief.point.on]
    if brief.options.subjects or not held:
        return ()
    return _taken(brief, [max(held, key=lambda each: (each.held_on, each.id))])


def _now(brief: Brief, known: Sequence[ManagementReview]) -> ManagementReview:
    """A review that nobody planned: from the end of the last one to the day of the report, or over the period asked for."""
    on, period = brief.point.on, brief.options.period
    last = period.last or on
    ends = [each.period_to for each in known if each.state in HELD and each.period_to < last]
    first = period.first or (max(ends) + timedelta(days=1) if ends else months_after(last, -MONTHS_BETWEEN))
    return ManagementReview(
        number="", period_from=min(first, last), period_to=last, planned_on=on, notes={}, state=ReviewState.PLANNED,
        project_ids=scope_of(brief.project), participants="",
    )


def _taken(brief: Brief, rows: Sequence[ManagementReview]) -> tuple[Taken, ...]:
    ids = [each.id for each in rows if each.number]  # what nobody planned has none
    snapshots = {each.review_id: each for each in _of(ReviewSnapshot, ids)}
    decisions, actions = _of(ReviewDecision, ids), _of(ReviewAction, ids, joinedload(ReviewAction.owner))
    found = []
    for row in rows:
        snapshot = snapshots.get(row.id)
        inputs = _inputs(brief.project, row) if snapshot is None else thawed(snapshot.content)
        is_whole = scope_of(brief.project) is None or row.project_ids == [brief.project.id]
        mine = None if scope_of(brief.project) is None else brief.project.key
        considered = _considered(inputs, row.notes if is_whole else {}, mine)
        if snapshot is None:
            considered = _with_heard(considered, row, scope_of(brief.project))
        found.append(Taken(
            row, snapshot, considered, tuple(each for each in decisions if each.review_id == row.id),
            tuple(each for each in actions if each.review_id == row.id), is_whole,
        ))
    return tuple(found)


def _inputs(project: Project, row: ManagementReview) -> tuple[Input, ...]:
    """The registers as they are now; a project beside others sees its own figures of a review that takes in all."""
    scope = scope_of(project)
    if scope is None or row.project_ids == scope:
        return inputs_of(row)
    narrow = ManagementReview(
        id=row.id, period_from=row.period_from, period_to=row.period_to, project_ids=scope, notes={}, number=row.number
    )
    return inputs_of(narrow)


def _of(model: type[Any], review_ids: Collection[int], *also: Any) -> Sequence[Any]:
    wanted = select(model).options(*also).where(model.review_id.in_(review_ids))
    return db.session.scalars(wanted.order_by(model.id)).all()


def _considered(inputs: Sequence[Input], notes: Mapping[str, str], mine: str | None) -> tuple[Considered, ...]:
    figures = {figure.key: figure for each in inputs for figure in each.figures}
    return tuple(
        Considered(
            asked,
            tuple(_counted(figures[name], mine) for name in asked.figures if name in figures),
            tuple(notes[name] for name in asked.notes if notes.get(name)),
        )
        for asked in ASKED
    )


def _counted(figure: Figure, mine: str | None) -> Counted:
    rows = tuple(each for each in figure.rows if mine is None or each.project == mine)
    return Counted(figure.key, figure.count, figure.sums, rows, figure.count - len(rows))


def _with_heard(found: tuple[Considered, ...], row: ManagementReview, scope: Collection[int] | None) -> tuple[Considered, ...]:
    """How many were consulted in the period, by layer; who they are and what they said is told nowhere here. One query."""
    model = Consultation
    wanted = select(model.layer, func.count()).where(
        model.withdrawn_at.is_(None), model.held_on.between(row.period_from, row.period_to)
    )
    if scope is not None:
        wanted = wanted.where(model.project_id.in_(scope))
    counts = {layer: number for layer, number in db.session.execute(wanted.group_by(model.layer))}
    heard = {layer.value: counts.get(layer, 0) for layer in Layer}
    return tuple(replace(each, heard=heard) if each.asked.key == "parties" else each for each in found)


