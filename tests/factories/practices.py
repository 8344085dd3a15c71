"""The records of steps 7 and 8, plainly made."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.factories.people import PASSWORD, _hashed
from workbench import clock
from workbench.people.models import Person
from workbench.practices import actions, queries, registers
from workbench.practices.models import Acknowledgement, TaskDone, WorkInstruction
from workbench.practices.rules import UserLine
from workbench.projects.models import Project
from workbench.registers.actions import add_record
from workbench.registers.rules import Register

DAY = date(2026, 1, 5)
# What a record of each register says where a test does not care.
FACTS: dict[str, dict[str, Any]] = {
    "roles": {"name": "billing clerk", "is_critical": True, "changes": "counts are not typed any more", "headcount": None},
    "users": {"role_id": None, "person_id": None, "name": "Anna", "hub": "", "is_occasional": False, "is_champion": False},
    "tasks": {"role_id": None, "title": "Fetch the export", "steps": "", "in_sandbox": True, "instruction_id": None},
    "competences": {
        "user_id": None, "skill": "reads the export", "level": "alone", "assessed_on": DAY, "assessed_by_id": None,
        "evidence_id": None,
    },
    "questions": {"question": "Who fetches it in August?", "asked_on": DAY, "asked_by": "billing clerk", "hub": ""},
    "support": {
        "who": "Service desk", "channel": "telephone", "hours": "8 to 18", "procedure": "bill by hand", "tested_on": None,
        "tested_by_id": None, "result": "",
    },
    "channels": {
        "message": "The new way begins", "audience": "billing clerks", "channel": "team meeting", "criterion": "questions arise",
        "owner_id": None, "cadence": "once", "minutes_per_month": 30, "is_primary": True,
    },
    "announcements": {
        "text": "The new way begins on Monday.", "sent_on": DAY, "audience": "billing clerks", "channel_id": None,
        "instruction_id": None, "edition_number": None, "tells_old_way_stop": False, "go_live_on": None,
    },
    "reminders": {
        "what": "Fetch before billing", "due_on": DAY, "audience": "billing clerks", "channel_id": None, "done_on": None,
    },
    "old_ways": {
        "what": "typing the counts", "stops_on": None, "disabled": "", "exceptions": "", "told_on": None,
        "announcement_id": None, "closed_on": None,
    },
    "comparisons": {"title": "Phone lines", "usage": "0", "unit": "GB", "lines": None, "note": ""},
    "offers": {
        "name": "Data only", "comparison_id": None, "price": "10", "fee": "2.50", "allowance": "5", "overage": "1",
        "seen_in": "",
    },
}
_REGISTERS = {each.key: each for each in registers.REGISTERS}


def an_instruction(project: Project, *, by: Person, **facts: Any) -> WorkInstruction:
    """Edition 1 of a work instruction."""
    known = {"title": "Monthly invoices", "role": "billing clerk", "body": "Fetch the export.\nRun the mapping.", **facts}
    return actions.write_instruction(project=project, by=by, **known)


def a_practice_record(project: Project, key: str, *, by: Person, **facts: Any) -> Any:
    """A record of one of the registers of steps 7 and 8, by the register's key."""
    register: Register = _REGISTERS[key]
    return add_record(register, project=project, facts={**FACTS[key], **facts}, by=by)


def a_role(project: Project, *, by: Person, **facts: Any) -> Any:
    """A critical role."""
    return a_practice_record(project, "roles", by=by, **facts)


def a_user(project: Project, role: Any, *, by: Person, **facts: Any) -> UserLine:
    """Somebody in that role, named in words unless a person is given."""
    made = a_practice_record(project, "users", by=by, role_id=role.id, **facts)
    return next(each for each in queries.users(project.id) if each.id == made.id)


def a_task(project: Project, role: Any, *, by: Person, **facts: Any) -> Any:
    """A practice task of that role."""
    return a_practice_record(project, "tasks", by=by, role_id=role.id, **facts)


def a_task_done(project: Project, task: Any, user: UserLine, *, observer: Person, by: Person, **facts: Any) -> TaskDone:
    """That user did that task, and the observer saw it."""
    known = {"done_on": clock.today(), **facts}
    return actions.record_task_done(project=project, task=task, user=user, observer_id=observer.id, by=by, **known)


def an_approval(project: Project, instruction: WorkInstruction, *, by: Person) -> Any:
    """The newest edition of an instruction, signed by somebody else than its writer; gives the edition."""
    if by.password == "!":  # a person made without a password gets the one of the tests
        by.password = _hashed(PASSWORD)
    actions.approve_instruction(project=project, instruction=instruction, password=PASSWORD, by=by)
    return queries.edition(instruction.id, instruction.edition)


def a_reading_by(project: Project, edition: Any, user: UserLine, *, by: Person, reason: str = "") -> Acknowledgement:
    """That user has read that edition."""
    return actions.acknowledge_edition(project=project, edition=edition, user=user, by=by, reason=reason)
