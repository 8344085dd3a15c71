"""What the subjects read for one record, here for a whole project: a report asks once, however many there are."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select

from workbench.adoption.models import Survey, SurveyAnswer
from workbench.adoption.rules import Answered, Perspective
from workbench.audits.models import Audit
from workbench.changes.models import (
    AcceptanceException,
    AcceptanceRun,
    PostImplementationReview,
    Rehearsal,
    RequestForChange,
)
from workbench.database import db
from workbench.people.models import Person
from workbench.practices.models import InstructionApproval, InstructionEdition, WorkInstruction


def rehearsals(project_id: int) -> Sequence[Rehearsal]:
    """The rehearsals of every request for change, first first."""
    wanted = select(Rehearsal).join(RequestForChange, RequestForChange.id == Rehearsal.request_id)
    return db.session.scalars(wanted.where(RequestForChange.project_id == project_id).order_by(Rehearsal.id)).all()


def reviews(project_id: int) -> dict[int, PostImplementationReview]:
    """{request id: its review}."""
    review = PostImplementationReview
    wanted = select(review).join(RequestForChange, RequestForChange.id == review.request_id)
    found = db.session.scalars(wanted.where(RequestForChange.project_id == project_id))
    return {each.request_id: each for each in found}


def exceptions(project_id: int) -> list[tuple[str, AcceptanceException, str]]:
    """(code of the acceptance run, exception, name of who decided it) of every acceptance run that stands."""
    wanted = (
        select(AcceptanceRun.code, AcceptanceException, Person.name)
        .join(AcceptanceRun, AcceptanceRun.id == AcceptanceException.run_id)
        .outerjoin(Person, Person.id == AcceptanceException.decided_by_id)
        .where(AcceptanceRun.project_id == project_id, AcceptanceRun.withdrawn_at.is_(None))
        .order_by(AcceptanceRun.id, AcceptanceException.id)
    )
    return [(code, row, name or "") for code, row, name in db.session.execute(wanted)]


def editions(project_id: int) -> list[tuple[WorkInstruction, InstructionEdition, InstructionApproval | None]]:
    """Every published text of every work instruction with its signature, first first."""
    edition = InstructionEdition
    wanted = (
        select(WorkInstruction, edition, InstructionApproval)
        .join(edition, edition.instruction_id == WorkInstruction.id)
        .outerjoin(InstructionApproval, InstructionApproval.edition_id == edition.id)
        .where(WorkInstruction.project_id == project_id)
        .order_by(WorkInstruction.id, edition.number)
    )
    return [(row[0], row[1], row[2]) for row in db.session.execute(wanted)]


def audit_choices(project_id: int) -> list[tuple[str, str]]:
    """(number, number and title) of the audits of a project, the newest first."""
    wanted = select(Audit.number, Audit.title).where(Audit.project_id == project_id)
    newest = wanted.order_by(Audit.planned_from.desc(), Audit.id.desc())
    return [(number, f"{number} {title}") for number, title in db.session.execute(newest)]


def acceptance_runs(project_id: int) -> Sequence[AcceptanceRun]:
    """The acceptance runs of a project that stand, first first."""
    wanted = select(AcceptanceRun).where(AcceptanceRun.project_id == project_id, AcceptanceRun.withdrawn_at.is_(None))
    return db.session.scalars(wanted.order_by(AcceptanceRun.id)).all()


def survey_answers(project_ids: Collection[int]) -> dict[int, list[Answered]]:
    """{survey: its answers} of the closed surveys of some projects; what was answered to an open one is not told. One query."""
    wanted = (
        select(SurveyAnswer)
        .join(Survey, Survey.id == SurveyAnswer.survey_id)
        .where(Survey.project_id.in_(project_ids), Survey.closed_on.is_not(None))
        .order_by(SurveyAnswer.id)
    )
    found: dict[int, list[Answered]] = {}
    for each in db.session.scalars(wanted):
        found.setdefault(each.survey_id, []).append(Answered(Perspective(each.perspective), each.scores, each.ratings))
    return found
