"""What the gates of steps 7 and 8 ask: each proof names what is lacking, and is empty where all is in order."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext as _

from workbench.practices import queries
from workbench.practices.models import OldWay, PracticeRole, Question, SupportContact
from workbench.practices.rules import (
    NOTHING,
    RoleNamed,
    TestResult,
    has_practised,
    is_old,
    percentage,
    reaches,
)
from workbench.registers.queries import standing


def roles_missing(project_id: int) -> list[str]:
    """“…” where no role is named yet."""
    return [] if standing(PracticeRole, project_id) else [NOTHING]


def roles_without_instruction(project_id: int) -> list[str]:
    """The names of the roles that have no approved instruction."""
    approved = queries.in_force(project_id)
    return [
        role.name
        for role in standing(PracticeRole, project_id)
        if not any(RoleNamed(role.id, role.name).is_meant_by(each.role_id, each.role) for each in approved)
    ]


def users_without_practice(project_id: int) -> list[str]:
    """The regular users of critical roles who have not done every practice task of their role under observation."""
    tasks, dones = queries.practice(project_id)
    return [
        f"{each.code} {each.name}"
        for each in queries.users(project_id)
        if each.is_critical and not each.is_occasional and not has_practised(each.id, tasks.get(each.role_id, []), dones)
    ]


def support_untested(project_id: int) -> list[str]:
    """The support contacts whose failure procedure was not tried with success; “…” where there is no contact."""
    contacts = standing(SupportContact, project_id)
    if not contacts:
        return [NOTHING]
    return [
        f"{each.code} {each.who}" for each in contacts if each.tested_on is None or each.result != TestResult.WORKED
    ]


def unread(project_id: int, share: int) -> list[str]:
    """Empty where at least `share` per cent of the users have read the editions in force for their role.

    Else how many have, and who has not. A user whose role has no approved instruction has read nothing.
    """
    people, editions = queries.users(project_id), queries.in_force(project_id)
    if not people:
        return [NOTHING]
    waiting = []
    for user in people:
        mine = [each for each in editions if each.concerns(user)]
        if not mine or any(user.id not in each.readers for each in mine):
            waiting.append(user)
    read = len(people) - len(waiting)
    if reaches(read, len(people), share):
        return []
    told = _(
        "%(read)s of %(all)s users have read (%(share)s %%)",
        read=read, all=len(people), share=percentage(read, len(people)),
    )
    return [told, *(f"{each.code} {each.name}" for each in waiting)]


def messages_without_channel(project_id: int) -> list[str]:
    """The messages that do not have exactly one primary channel for each audience; “…” where none is planned."""
    planned = queries.messages(project_id)
    if not planned:
        return [NOTHING]
    return [f"{each.message} ({each.audience})" for each in planned if each.primaries != 1]


def old_questions(project_id: int, on: date, days: int) -> list[str]:
    """The codes of the questions that wait for their answer for longer than so many days."""
    asked = standing(Question, project_id)
    return [each.code for each in asked if is_old(each.asked_on, each.answered_on, on, days)]


def old_way_open(project_id: int) -> list[str]:
    """The old ways without a date on which they stop, or of which nobody was told; “…” where none is named."""
    ways = standing(OldWay, project_id)
    if not ways:
        return [NOTHING]
    return [
        f"{each.code} {each.what}"
        for each in ways
        if each.stops_on is None or (each.told_on is None and each.announcement_id is None)
    ]
