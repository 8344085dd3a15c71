"""One finding with its actions and judgements, and the findings of one project."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from workbench.database import db
from workbench.findings.models import EffectivenessCheck, Finding, FindingAction
from workbench.findings.rules import OPEN, ActionState, FindingKind
from workbench.people.models import Membership, Person
from workbench.people.rules import Role


def findings_of_project(project_id: int) -> Sequence[Finding]:
    """Every finding of a project with who raised it, in the order of raising; withdrawn ones too."""
    wanted = select(Finding).options(joinedload(Finding.raised_by)).where(Finding.project_id == project_id)
    return db.session.scalars(wanted.order_by(Finding.number)).all()


def open_findings(project_id: int) -> Sequence[Finding]:
    """The findings that stand: neither closed nor withdrawn, in the order of raising."""
    wanted = select(Finding).where(Finding.project_id == project_id, Finding.state.in_(OPEN))
    return db.session.scalars(wanted.order_by(Finding.number)).all()


def counts_by_kind(project_id: int) -> dict[FindingKind, int]:
    """How many findings of each kind are open; every kind is there."""
    wanted = select(Finding.kind, func.count()).where(Finding.project_id == project_id, Finding.state.in_(OPEN))
    found = {kind: count for kind, count in db.session.execute(wanted.group_by(Finding.kind))}
    return {kind: found.get(kind, 0) for kind in FindingKind}


def finding(project_id: int, number: int) -> Finding | None:
    """One finding of this project by its number, with who raised it, its owner and its grade."""
    wanted = select(Finding).options(
        joinedload(Finding.raised_by), joinedload(Finding.owner), joinedload(Finding.grade)
    )
    return db.session.scalar(wanted.where(Finding.project_id == project_id, Finding.number == number))


def finding_of_id(project_id: int, finding_id: int | None) -> Finding | None:
    """One finding of this project by the number of its row."""
    if finding_id is None:
        return None
    return db.session.scalar(select(Finding).where(Finding.project_id == project_id, Finding.id == finding_id))


def next_number(project_id: int) -> int:
    """The number of the project's next finding."""
    return (db.session.scalar(select(func.max(Finding.number)).where(Finding.project_id == project_id)) or 0) + 1


def choices(project_id: int, *, limit: int = 300) -> list[tuple[int, str]]:
    """The project's findings as a list to choose from: (id, code and statement), newest first."""
    wanted = select(Finding).where(Finding.project_id == project_id).order_by(Finding.number.desc()).limit(limit)
    return [(each.id, f"{each.code} {each.statement[:80]}") for each in db.session.scalars(wanted)]


def recurrences(finding_id: int) -> Sequence[Finding]:
    """The findings raised because this one came back."""
    wanted = select(Finding).where(Finding.recurrence_of_id == finding_id)
    return db.session.scalars(wanted.order_by(Finding.number)).all()


def owners(project_id: int) -> list[tuple[int, str]]:
    """Who can be given a finding or an action: (person id, name) of the team and of the quality leads, by name."""
    team = select(Membership.person_id).where(Membership.project_id == project_id)
    wanted = select(Person.id, Person.name).where(
        Person.active, or_(Person.id.in_(team), Person.role == Role.QUALITY_LEAD)
    )
    return [(number, name) for number, name in db.session.execute(wanted.order_by(Person.name, Person.id))]


def actions_of(finding_id: int) -> Sequence[FindingAction]:
    """What is to be done about a finding, with owners and evidence, in the order of adding."""
    wanted = select(FindingAction).options(joinedload(FindingAction.owner), joinedload(FindingAction.evidence))
    return db.session.scalars(wanted.where(FindingAction.finding_id == finding_id).order_by(FindingAction.number)).all()


def action_of(finding_id: int, number: int) -> FindingAction | None:
    """One action on a finding by its number."""
    return db.session.scalar(
        select(FindingAction).where(FindingAction.finding_id == finding_id, FindingAction.number == number)
    )


def next_action_number(finding_id: int) -> int:
    """The number of the next action on a finding."""
    wanted = select(func.max(FindingAction.number)).where(FindingAction.finding_id == finding_id)
    return (db.session.scalar(wanted) or 0) + 1


def checks_of(finding_id: int) -> Sequence[EffectivenessCheck]:
    """Every judgement whether the actions on a finding worked, with who judged and on what, oldest first."""
    wanted = select(EffectivenessCheck).options(
        joinedload(EffectivenessCheck.checked_by), joinedload(EffectivenessCheck.evidence)
    )
    return db.session.scalars(
        wanted.where(EffectivenessCheck.finding_id == finding_id).order_by(EffectivenessCheck.id)
    ).all()


def last_done(found: Finding) -> date | None:
    """The day on which the last of its actions was done, of those since it was last opened."""
    wanted = select(func.max(FindingAction.done_on)).where(
        FindingAction.finding_id == found.id, FindingAction.round >= found.rounds[1],
        FindingAction.state == ActionState.DONE,
    )
    return db.session.scalar(wanted)


def round_began(found: Finding) -> date:
    """The day on which the round at hand began: raised, opened again, or sent back by a judgement."""
    wanted = select(EffectivenessCheck.checked_at).where(
        EffectivenessCheck.finding_id == found.id, EffectivenessCheck.round < found.rounds[0]
    )
    judged = db.session.scalars(wanted.order_by(EffectivenessCheck.id.desc()).limit(1)).first()
    return max(at.date() for at in (found.raised_at, found.reopened_at, judged) if at is not None)


def had_a_part(found: Finding) -> frozenset[int]:
    """Those who may not judge whether the actions worked: who owns an action or marked one done, who owns the finding now
    and who owned it when an action was done.
    """
    wanted = select(FindingAction.owner_id, FindingAction.done_by_id, FindingAction.overseen_by_id).where(
        FindingAction.finding_id == found.id, FindingAction.state != ActionState.CANCELLED
    )
    rows = db.session.execute(wanted).all()
    return frozenset(each for row in rows for each in row if each is not None) | (
        frozenset() if found.owner_id is None else {found.owner_id}
    )
