"""Named reads of steps 7 and 8: instructions and their editions, users, practice, what was read, channels, offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import joinedload

from workbench.database import db
from workbench.people.models import Person
from workbench.practices.models import (
    Acknowledgement,
    Announcement,
    Channel,
    InstructionApproval,
    InstructionEdition,
    OfferComparison,
    OfferLine,
    PracticeRole,
    PracticeTask,
    PracticeUser,
    Question,
    TaskDone,
    WorkInstruction,
)
from workbench.practices.rules import Done, DoneLine, InForce, Practice, UserLine, words_of
from workbench.registers.queries import record_in, standing

Choices = list[tuple[int, str]]


# Instructions ---------------------------------------------------------------------------------------------------------


def instructions(project_id: int) -> Sequence[WorkInstruction]:
    """The work instructions of a project in the order in which they were written."""
    wanted = select(WorkInstruction).where(WorkInstruction.project_id == project_id)
    return db.session.scalars(wanted.order_by(WorkInstruction.id)).all()


def instruction(project_id: int, instruction_id: int | None) -> WorkInstruction | None:
    """One work instruction of this project."""
    return db.session.scalar(
        select(WorkInstruction).where(WorkInstruction.project_id == project_id, WorkInstruction.id == instruction_id)
    )


def edition(instruction_id: int, number: int) -> InstructionEdition | None:
    """One published text; None for one that is older than the table of editions."""
    return db.session.scalar(
        select(InstructionEdition).where(
            InstructionEdition.instruction_id == instruction_id, InstructionEdition.number == number
        )
    )


def approval_of(edition_id: int) -> InstructionApproval | None:
    """The signature under an edition."""
    return db.session.scalar(select(InstructionApproval).where(InstructionApproval.edition_id == edition_id))


def approved_numbers(project_id: int) -> dict[int, int]:
    """{instruction id: number of its edition in force}; an instruction without a signature is not in it."""
    wanted = newest_approved().where(WorkInstruction.project_id == project_id)
    return {number: int(highest) for number, highest in db.session.execute(wanted)}


def newest_approved() -> Select[int, int]:
    """Which edition of each instruction is in force: its number and the highest one that is signed."""
    return (
        select(InstructionEdition.instruction_id, func.max(InstructionEdition.number).label("number"))
        .join(InstructionApproval, InstructionApproval.edition_id == InstructionEdition.id)
        .join(WorkInstruction, WorkInstruction.id == InstructionEdition.instruction_id)
        .group_by(InstructionEdition.instruction_id)
    )


def editions(instruction_id: int) -> list[tuple[InstructionEdition, InstructionApproval | None]]:
    """Every published text of an instruction with its signature, newest first; one query."""
    wanted = (
        select(InstructionEdition, InstructionApproval)
        .outerjoin(InstructionApproval, InstructionApproval.edition_id == InstructionEdition.id)
        .options(joinedload(InstructionEdition.written_by))
        .where(InstructionEdition.instruction_id == instruction_id)
        .order_by(InstructionEdition.number.desc())
    )
    return [(row[0], row[1]) for row in db.session.execute(wanted)]


# Roles and users ------------------------------------------------------------------------------------------------------


def users(project_id: int) -> list[UserLine]:
    """Everybody who works by the new practice, by role and name; one query."""
    wanted = (
        select(PracticeUser, PracticeRole.name, PracticeRole.is_critical, Person.name)
        .join(PracticeRole, PracticeRole.id == PracticeUser.role_id)
        .outerjoin(Person, Person.id == PracticeUser.person_id)
        .where(
            PracticeUser.project_id == project_id,
            PracticeUser.withdrawn_at.is_(None),
            PracticeRole.withdrawn_at.is_(None),
        )
        .order_by(PracticeRole.id, PracticeUser.id)
    )
    return [
        UserLine(
            row.id, row.code, person or row.name, row.role_id, role, critical, row.hub, row.person_id,
            row.is_occasional, row.is_champion,
        )
        for row, role, critical, person in db.session.execute(wanted)
    ]


def user(project_id: int, user_id: int | None) -> UserLine | None:
    """One of them."""
    return next((each for each in users(project_id) if each.id == user_id), None)


def role(project_id: int, role_id: int | None) -> PracticeRole | None:
    """One role of this project that is not withdrawn."""
    found: PracticeRole | None = record_in(PracticeRole, project_id, role_id)
    return None if found is None or found.withdrawn_at is not None else found


def same_person(project_id: int, role_id: int, person_id: int) -> Sequence[int]:
    """The users that are this person in this role."""
    return db.session.scalars(
        select(PracticeUser.id).where(
            PracticeUser.project_id == project_id, PracticeUser.role_id == role_id,
            PracticeUser.person_id == person_id, PracticeUser.withdrawn_at.is_(None),
        )
    ).all()


# What forms offer -----------------------------------------------------------------------------------------------------


def _choices(model: type[Any], project_id: int, name: str) -> Choices:
    return [(row.id, f"{row.code} {str(getattr(row, name))[:80]}") for row in standing(model, project_id)]


def choices_of_roles(project_id: int) -> Choices:
    """(role id, name)."""
    return [(row.id, row.name) for row in standing(PracticeRole, project_id)]


def choices_of_users(project_id: int) -> Choices:
    """(user id, name and role)."""
    return [(each.id, f"{each.name} ({each.role})") for each in users(project_id)]


def choices_of_tasks(project_id: int) -> Choices:
    """(task id, code and title)."""
    return _choices(PracticeTask, project_id, "title")


def choices_of_instructions(project_id: int) -> Choices:
    """(instruction id, code and title)."""
    return [(row.id, f"{row.code} {row.title[:80]}") for row in instructions(project_id)]


def choices_of_channels(project_id: int) -> Choices:
    """(channel id, code, channel and message)."""
    rows = standing(Channel, project_id)
    return [(row.id, f"{row.code} {row.channel}: {row.message[:60]}") for row in rows]


def choices_of_announcements(project_id: int) -> Choices:
    """(announcement id, code and text)."""
    return _choices(Announcement, project_id, "text")


def choices_of_comparisons(project_id: int) -> Choices:
    """(comparison id, code and title)."""
    return _choices(OfferComparison, project_id, "title")


# Practice -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Grid:
    """One role: its tasks, its users, and what each did. `cells` is {(user id, task id): the latest}."""

    role: PracticeRole
    tasks: list[PracticeTask]
    users: list[UserLine]
    cells: dict[tuple[int, int], DoneLine]


def grids(project_id: int) -> list[Grid]:
    """Role by role who did which practice task; four queries whatever the number."""
    tasks, people = standing(PracticeTask, project_id), users(project_id)
    wanted = select(TaskDone, Person.name).join(Person, Person.id == TaskDone.observer_id)
    wanted = wanted.where(TaskDone.project_id == project_id).order_by(TaskDone.in_sandbox, TaskDone.id)
    cells = {
        (row.user_id, row.task_id): DoneLine(row.done_on, name, row.in_sandbox)
        for row, name in db.session.execute(wanted)  # what was done in the sandbox comes last and so stays
    }
    return [
        Grid(each, [t for t in tasks if t.role_id == each.id], [u for u in people if u.role_id == each.id], cells)
        for each in standing(PracticeRole, project_id)
    ]


def task(project_id: int, task_id: int | None) -> PracticeTask | None:
    """One practice task of this project that is not withdrawn."""
    found: PracticeTask | None = record_in(PracticeTask, project_id, task_id)
    return None if found is None or found.withdrawn_at is not None else found


def practice(project_id: int) -> tuple[dict[int, list[Practice]], list[Done]]:
    """({role id: its tasks}, what was done); one query."""
    wanted = (
        select(PracticeTask.id, PracticeTask.role_id, PracticeTask.in_sandbox, TaskDone.user_id, TaskDone.in_sandbox)
        .outerjoin(TaskDone, TaskDone.task_id == PracticeTask.id)
        .where(PracticeTask.project_id == project_id, PracticeTask.withdrawn_at.is_(None))
        .order_by(PracticeTask.id)
    )
    tasks: dict[int, list[Practice]] = {}
    dones = []
    for number, role_id, in_sandbox, user_id, was_sandbox in db.session.execute(wanted):
        known = tasks.setdefault(role_id, [])
        if Practice(number, in_sandbox) not in known[-1:]:
            known.append(Practice(number, in_sandbox))
        if user_id is not None:
            dones.append(Done(user_id, number, was_sandbox))
    return tasks, dones


def users_who_practised(project_id: int) -> set[int]:
    """The users who did a practice task."""
    return set(db.session.scalars(select(TaskDone.user_id).where(TaskDone.project_id == project_id)))


# What was read --------------------------------------------------------------------------------------------------------


def in_force(project_id: int) -> list[InForce]:
    """The approved edition of each instruction with its readers; one query."""
    newest = newest_approved().where(WorkInstruction.project_id == project_id).subquery()
    edition = InstructionEdition
    wanted = (
        select(
            edition.id, edition.instruction_id, WorkInstruction.code, edition.number, edition.title, edition.role_id,
            edition.role, Acknowledgement.user_id,
        )
        .join(newest, and_(newest.c.instruction_id == edition.instruction_id, newest.c.number == edition.number))
        .join(WorkInstruction, WorkInstruction.id == edition.instruction_id)
        .outerjoin(Acknowledgement, Acknowledgement.edition_id == edition.id)
        .order_by(edition.instruction_id)
    )
    found: dict[int, InForce] = {}
    for row in db.session.execute(wanted):
        line = found.setdefault(row[0], InForce(*row[:7]))
        if row.user_id is not None:
            line.readers.add(row.user_id)
    return list(found.values())


@dataclass(frozen=True)
class Reading:
    """One edition in force: who works by it, who of them has read it, who has not."""

    edition: InForce
    read: list[UserLine]
    unread: list[UserLine]


def readings(project_id: int) -> list[Reading]:
    """Every edition in force with those who have and have not read it; two queries."""
    people = users(project_id)
    found = []
    for each in in_force(project_id):
        concerned = [user for user in people if each.concerns(user)]
        read = [user for user in concerned if user.id in each.readers]
        found.append(Reading(each, read, [user for user in concerned if user.id not in each.readers]))
    return found


def users_who_read(project_id: int) -> set[int]:
    """The users who have read an edition, whichever."""
    return set(db.session.scalars(select(Acknowledgement.user_id).where(Acknowledgement.project_id == project_id)))


def edition_of_project(project_id: int, edition_id: int) -> InstructionEdition | None:
    """One published text of this project."""
    wanted = select(InstructionEdition).join(WorkInstruction, WorkInstruction.id == InstructionEdition.instruction_id)
    return db.session.scalar(wanted.where(WorkInstruction.project_id == project_id, InstructionEdition.id == edition_id))


def has_read(edition_id: int, user_id: int) -> bool:
    """Whether the user has read this edition."""
    wanted = select(Acknowledgement.id).where(Acknowledgement.edition_id == edition_id)
    return db.session.scalar(wanted.where(Acknowledgement.user_id == user_id)) is not None


def changed_since_read(edition: InstructionEdition, user_id: int) -> list[tuple[int, str]]:
    """What changed since the edition this user read last: (number, what); empty where none was read before."""
    mine = (
        select(func.max(InstructionEdition.number))
        .join(Acknowledgement, Acknowledgement.edition_id == InstructionEdition.id)
        .where(Acknowledgement.user_id == user_id, InstructionEdition.instruction_id == edition.instruction_id)
    )
    wanted = select(InstructionEdition.number, InstructionEdition.what_changed).where(
        InstructionEdition.instruction_id == edition.instruction_id,
        InstructionEdition.number > mine.scalar_subquery(),
        InstructionEdition.number <= edition.number,
    )
    return [(number, what) for number, what in db.session.execute(wanted.order_by(InstructionEdition.number))]


# Channels and questions -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Message:
    """One message to one audience with every way on which it is sent, the primary one first."""

    message: str
    audience: str
    ways: list[tuple[Channel, str]]  # with the owner's name

    @property
    def primaries(self) -> int:
        """How many of them are the primary channel: one, or something is wrong."""
        return sum(way.is_primary for way, _owner in self.ways)

    @property
    def duplicate_minutes(self) -> int:
        """What the ways beside the first cost in a month."""
        return sum(way.minutes_per_month or 0 for way, _owner in self.ways[1:])


def messages(project_id: int) -> list[Message]:
    """The channel plan by message and audience; one query."""
    wanted = select(Channel, Person.name).outerjoin(Person, Person.id == Channel.owner_id)
    wanted = wanted.where(Channel.project_id == project_id, Channel.withdrawn_at.is_(None))
    found: dict[tuple[str, str], Message] = {}
    for row, owner in db.session.execute(wanted.order_by(Channel.is_primary.desc(), Channel.id)):
        key = (words_of(row.message), words_of(row.audience))
        found.setdefault(key, Message(row.message, row.audience, [])).ways.append((row, owner or ""))
    return sorted(found.values(), key=lambda each: min(way.id for way, _owner in each.ways))


def faq(project_id: int) -> Sequence[Question]:
    """The questions with answers that are worth reading again."""
    wanted = select(Question).where(Question.project_id == project_id, Question.is_faq, Question.withdrawn_at.is_(None))
    return db.session.scalars(wanted.order_by(Question.id)).all()


# Offers ---------------------------------------------------------------------------------------------------------------


def comparison(project_id: int, comparison_id: int) -> OfferComparison | None:
    """One comparison of this project."""
    found: OfferComparison | None = record_in(OfferComparison, project_id, comparison_id)
    return found


def offers(project_id: int, comparison_id: int) -> Sequence[OfferLine]:
    """The offers of a comparison that stand, in the order in which they were described."""
    wanted = select(OfferLine).where(OfferLine.project_id == project_id, OfferLine.comparison_id == comparison_id)
    return db.session.scalars(wanted.where(OfferLine.withdrawn_at.is_(None)).order_by(OfferLine.id)).all()


def question_of_project(project_id: int, question_id: int) -> Question | None:
    """One question of this project."""
    found: Question | None = record_in(Question, project_id, question_id)
    return found
