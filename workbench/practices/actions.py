"""What happens in steps 7 and 8: instructions written, revised and signed, tasks practised, editions read, questions answered."""

from __future__ import annotations

from datetime import date
from typing import BinaryIO

from flask_babel import gettext as _

from workbench import clock
from workbench.database import db
from workbench.people.actions import confirm_identity
from workbench.people.models import Person
from workbench.people.queries import membership
from workbench.practices import formats, queries
from workbench.practices.models import (
    Acknowledgement,
    InstructionApproval,
    InstructionEdition,
    OfferComparison,
    PracticeTask,
    Question,
    TaskDone,
    WorkInstruction,
)
from workbench.practices.rules import InstructionKind, UserLine
from workbench.projects.models import Project
from workbench.projects.queries import next_code
from workbench.registers.actions import add_record
from workbench.registers.rules import Register
from workbench.trail.actions import record
from workbench.trail.queries import people_who
from workbench.web.refusals import BadValue, Refused


def write_instruction(
    *, project: Project, title: str, by: Person, role: str = "", body: str = "", role_id: int | None = None,
    comparison: OfferComparison | None = None,
) -> WorkInstruction:
    """Write how one role does the new practice; it gets the next code (WI-1 …) and is edition 1.

    With a comparison of offers it is a selling policy: what may be sold, to whom, and why not the other offer.
    """
    kind = InstructionKind.INSTRUCTION if comparison is None else InstructionKind.SELLING_POLICY
    facts = {"title": title, **_role(project, role_id, role), "body": body, "kind": str(kind)}
    code = next_code("work_instruction", project.id, "WI-")
    made = WorkInstruction(
        project_id=project.id, code=code, edition=1, **facts,
        offer_comparison_id=None if comparison is None else comparison.id,
    )
    db.session.add(made)
    db.session.flush()
    edition = _publish(made, by)
    after = {"code": code, "edition": 1, **facts}
    record("instruction_written", made, by=by, project=project.key, after=after, also=[edition])
    return made


def revise_instruction(
    *, project: Project, instruction: WorkInstruction, title: str, role: str, body: str, by: Person,
    role_id: int | None = None, what_changed: str = "",
) -> None:
    """Publish a new edition of a work instruction; the one before stays in force until the new one is signed."""
    new = {"title": title, **_role(project, role_id, role), "body": body, "edition": instruction.edition + 1}
    kept = _kept_edition(instruction)
    old = {name: getattr(instruction, name) for name in new}
    for name, value in new.items():
        setattr(instruction, name, value)
    edition = _publish(instruction, by, what_changed)
    after = {"code": instruction.code, **new, "what_changed": what_changed}
    also = [edition] if kept is None else [kept, edition]
    record("instruction_revised", instruction, by=by, project=project.key, before=old, after=after, also=also)


def _role(project: Project, role_id: int | None, role: str) -> dict[str, str | int | None]:
    """The role by number and name; a role named in words alone has no number."""
    if role_id is None:
        return {"role": role, "role_id": None}
    found = queries.role(project.id, role_id)
    if found is None:
        raise BadValue("role_id", _("This role is not one of the project’s."))
    return {"role": found.name, "role_id": found.id}


def _publish(instruction: WorkInstruction, by: Person | None, what_changed: str = "") -> InstructionEdition:
    """Keep the text of the instruction as its edition."""
    made = InstructionEdition(
        instruction_id=instruction.id, number=instruction.edition, title=instruction.title, role=instruction.role,
        role_id=instruction.role_id, body=instruction.body, what_changed=what_changed,
        written_at=clock.now() if by else None, written_by_id=by.id if by else None,
    )
    db.session.add(made)
    db.session.flush()
    return made


def _kept_edition(instruction: WorkInstruction) -> InstructionEdition | None:
    """The row of the present edition, made now for a text that is older than the table of editions; else None."""
    if queries.edition(instruction.id, instruction.edition) is not None:
        return None
    return _publish(instruction, None)


def approve_instruction(*, project: Project, instruction: WorkInstruction, password: str, by: Person) -> InstructionApproval:
    """Sign the newest edition of an instruction. Nobody signs a text of their own. Raises Refused or BadValue."""
    edition = queries.edition(instruction.id, instruction.edition)
    if edition is not None and queries.approval_of(edition.id) is not None:
        raise Refused(_("Edition %(number)s of %(code)s is signed already.", number=edition.number, code=instruction.code))
    if by.id in _writers(instruction, edition):
        raise Refused(_("You wrote this edition. Somebody else must sign it."))
    confirm_identity(person=by, password=password)
    also = [] if edition else [_publish(instruction, None)]
    signed = edition or also[0]
    meaning = str(_("I have checked this text and approve it for use."))
    made = InstructionApproval(
        edition_id=signed.id, person_id=by.id, signed_name=by.name, meaning=meaning, signed_at=clock.now()
    )
    db.session.add(made)
    after = {"code": instruction.code, "edition": signed.number, "meaning": meaning}
    record("instruction_approved", made, by=by, project=project.key, after=after, also=also)
    return made


def _writers(instruction: WorkInstruction, edition: InstructionEdition | None) -> set[int]:
    """Who wrote an edition; of a text older than the table of editions, everybody the trail names as a writer of it."""
    if edition is not None and edition.written_by_id is not None:
        return {edition.written_by_id}
    acts, number = ("instruction_written", "instruction_revised"), instruction.id
    return {person for act in acts for person in people_who(act, "work_instruction", [number])}


def record_task_done(
    *, project: Project, task: PracticeTask, user: UserLine, done_on: date, observer_id: int, by: Person,
    in_sandbox: bool = True, note: str = "",
) -> TaskDone:
    """Record that a user did a practice task and who saw it. Raises BadValue."""
    if task.role_id != user.role_id:
        raise BadValue("task_id", _("This task belongs to another role than the user’s."))
    if done_on > clock.today():
        raise BadValue("done_on", _("This day has not come yet."))
    if observer_id == user.person_id:
        raise BadValue("observer_id", _("Somebody else must have seen it."))
    if membership(project.id, observer_id) is None:
        raise BadValue("observer_id", _("This person is not on the team."))
    facts = {"done_on": done_on, "observer_id": observer_id, "in_sandbox": in_sandbox, "note": note}
    made = TaskDone(project_id=project.id, task_id=task.id, user_id=user.id, **facts)
    db.session.add(made)
    record("task_done", made, by=by, project=project.key, after={"task": task.code, "user": user.code, **facts})
    return made


def acknowledge_edition(
    *, project: Project, edition: InstructionEdition, user: UserLine, by: Person, reason: str = "",
    evidence_id: int | None = None,
) -> Acknowledgement:
    """Say of an edition in force that one has read and understood it; a champion may for another user, with the reason."""
    _check_asked(project, edition, user)
    on_behalf = user.person_id != by.id
    if on_behalf:
        _check_champion(project, by)
        if not reason.strip():
            raise BadValue("reason", _("Say how you know it: who told you, and when."))
    meaning = str(_("has read and understood it") if on_behalf else _("I have read and understood it."))
    made = Acknowledgement(
        project_id=project.id, edition_id=edition.id, user_id=user.id, person_id=by.id, at=clock.now(), meaning=meaning,
        on_behalf=on_behalf, reason=reason.strip(), evidence_id=evidence_id,
    )
    db.session.add(made)
    after = {"user": user.code, "edition": edition.number, "title": edition.title, "on_behalf": on_behalf}
    record("edition_acknowledged", made, by=by, project=project.key, after=after, reason=reason.strip())
    return made


def _check_asked(project: Project, edition: InstructionEdition, user: UserLine) -> None:
    asked = next((each for each in queries.in_force(project.id) if each.id == edition.id), None)
    if asked is None:
        raise Refused(_("Edition %(number)s is not in force.", number=edition.number))
    if not asked.concerns(user):
        raise Refused(_("This instruction is for another role."))
    if user.id in asked.readers:
        raise Refused(_("It is recorded already that %(name)s has read this edition.", name=user.name))


def _check_champion(project: Project, by: Person) -> None:
    if not any(each.is_champion and each.person_id == by.id for each in queries.users(project.id)):
        raise Refused(_("Only a champion records for somebody else that a text was read."))


def answer_question(
    *, project: Project, question: Question, answer: str, answered_on: date, is_faq: bool, by: Person
) -> None:
    """Answer a question, or say the answer anew; `is_faq` puts it on the page of frequent questions."""
    if question.withdrawn_at is not None:
        raise Refused(_("%(code)s is withdrawn. Put it back first.", code=question.code))
    if not question.asked_on <= answered_on <= clock.today():
        raise BadValue("answered_on", _("A day between the question and today, please."))
    new = {"answer": answer, "answered_on": answered_on, "is_faq": is_faq}
    old = {name: getattr(question, name) for name in new}
    for name, value in new.items():
        setattr(question, name, value)
    after = {"code": question.code, **new}
    record("question_answered", question, by=by, project=project.key, before=old, after=after)


LARGEST_COMPARISON = 200_000  # bytes


def import_comparison(
    *, project: Project, comparisons: Register, offers: Register, filename: str, stream: BinaryIO | None, by: Person,
) -> OfferComparison:
    """Add the comparison that a TOML file holds to the registers, with its offers. Raises BadValue, naming the key."""
    if stream is None:
        raise BadValue("file", _("Choose the file."))
    data = stream.read(LARGEST_COMPARISON + 1)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadValue("file", _("This is no text in UTF-8.")) from error
    if len(data) > LARGEST_COMPARISON:
        raise BadValue("file", _("A comparison has at most %(most)s kB.", most=LARGEST_COMPARISON // 1000))
    facts, described = formats.from_toml(text, filename[:200] or "file")
    row: OfferComparison = add_record(comparisons, project=project, facts=facts, by=by)
    db.session.flush()
    for offer in described:
        add_record(offers, project=project, facts={**offer, "comparison_id": row.id}, by=by)
    return row
