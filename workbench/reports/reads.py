"""What the subjects read for one record, here for a whole project: a report asks once, however many there are."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

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
