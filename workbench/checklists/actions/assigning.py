"""Items asked of a person: asking, submitting, accepting, sending back with the reason, taking back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from workbench import clock
from workbench.checklists import queries
from workbench.checklists.actions.answering import BARRED, hold, pinned_pack
from workbench.checklists.library import Pack
from workbench.checklists.models import Assignment, Checklist
from workbench.checklists.rules import ASSIGNMENT, AnswerState, AssignmentState, Barred
from workbench.database import db
from workbench.flow import TransitionRefused
from workbench.people.models import Person
from workbench.people.queries import Rights
from workbench.projects.models import Project
from workbench.trail.actions import record
from workbench.trail.rules import Actor
from workbench.web.refusals import BadValue, Refused

ASKED = {
    AssignmentState.ASKED: _l("asked"),
    AssignmentState.SUBMITTED: _l("submitted"),
    AssignmentState.ACCEPTED: _l("accepted"),
    AssignmentState.SENT_BACK: _l("sent back"),
    AssignmentState.TAKEN_BACK: _l("taken back"),
}
# What those who ask do with an answer: {verb of the flow: act of the trail}.
JUDGED = {"accept": "answers_accepted", "send_back": "answers_sent_back", "take_back": "questions_taken_back"}


@dataclass
class Together:
    """What became of several items: those done, and those refused with the reason of each."""

    done: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    def or_refused(self) -> Together:
        """Itself; raises Refused where nothing at all was done."""
        if not self.done:
            details = tuple(f"{key}: {why}" for key, why in self.refused.items())
            raise Refused(_("Nothing was changed."), details)
        return self


def check_may_answer(
    *, checklist: Checklist, item_keys: Sequence[str], by: Person, rights: Rights
) -> dict[str, str]:
    """{item key: why this person may not answer it}, for some items. Refused where they may answer none of the checklist.

    Nobody else changes the checklist or what was asked of whom until the transaction ends.
    """
    hold(checklist)
    why = queries.why_not(checklist, by, rights)
    if why is not None:
        raise Refused(str(BARRED[why]))
    asked = queries.asked_of(checklist, item_keys)
    barred = {key: queries.why_item_not(asked.get(key), by, rights) for key in item_keys}
    return {key: str(BARRED[reason]) for key, reason in barred.items() if reason is not None}


def assign_items(
    *, project: Project, checklist: Checklist, item_keys: Sequence[str], person: Person, due_on: date, by: Actor
) -> Together:
    """Ask a person for the answers to some items until a day; what was asked of somebody else is now asked of this person."""
    if person.id not in {number for number, _name in queries.respondents(checklist)}:
        raise BadValue("person_id", _("%(name)s may not answer this checklist.", name=person.name))
    if due_on < clock.today():
        raise BadValue("due_on", _("Choose today or a later day."))
    pack = _open_pack(checklist)
    _check_not_kept(checklist, by)
    hold(checklist)
    found, there = Together(), queries.assignments(checklist.id, item_keys)
    rows = []
    for key in item_keys:
        row = _asked_anew(checklist, pack, key, there.get(key), found)
        if row is not None:
            row.person_id, row.due_on, row.asked_by_id, row.asked_at = person.id, due_on, by.id or person.id, clock.now()
            row.submitted_at = row.judged_by_id = row.judged_at = None
            rows.append(row)
    after = {"checklist": checklist.pack_id, "person": person.name, "due_on": due_on, "items": found.done}
    _record("items_asked", checklist, rows, project=project, by=by, after=after)
    return found


def _open_pack(checklist: Checklist) -> Pack:
    """The questions of a checklist that is answered still."""
    pack = pinned_pack(checklist)
    if checklist.closed_at is not None:
        raise Refused(str(BARRED[Barred.CLOSED]))
    return pack


def _check_not_kept(checklist: Checklist, by: Actor) -> None:
    """Refuse those whom a checklist is not kept to: the audited say nothing about what the auditors answer."""
    if by.id and checklist.reserved_for is not None and by.id not in checklist.reserved_for:
        raise Refused(str(BARRED[Barred.RESERVED]))


def _asked_anew(
    checklist: Checklist, pack: Pack, key: str, row: Assignment | None, found: Together
) -> Assignment | None:
    """The row of an item that is asked now; None where it cannot be, which `found` then tells."""
    if queries.item_in(pack, key) is None:
        found.refused[key] = _("This checklist has no such question.")
        return None
    if row is None:
        row = Assignment(project_id=checklist.project_id, checklist_id=checklist.id, item_key=key, reason="")
        row.state = AssignmentState.ASKED
        db.session.add(row)
    else:
        try:
            row.state, row.reason = ASSIGNMENT.target("ask", AssignmentState(row.state)), ""
        except TransitionRefused:
            found.refused[key] = _("The answer was submitted: accept it or send it back first.")
            return None
    found.done.append(key)
    return row


def submit_items(*, project: Project, checklist: Checklist, item_keys: Sequence[str] | None, by: Person) -> Together:
    """Hand in the answers to what was asked of oneself: some items, or with None all that are answered.

    What is not answered stays asked; it counts as refused where it was named.
    """
    pack = _open_pack(checklist)
    hold(checklist)
    mine = {key: each for key, each in queries.asked_of(checklist).items() if each.person_id == by.id}
    waiting = [key for key, each in mine.items() if each.is_waiting]
    wanted = waiting if item_keys is None else list(item_keys)
    answers = queries.answers_to(checklist, [each for key in wanted if (each := queries.item_in(pack, key))])
    rows, found = queries.assignments(checklist.id, wanted), Together()
    for key in wanted:
        answer = answers.get(key)
        if key not in mine:
            found.refused[key] = _("This question was not asked of you.")
        elif answer is None or answer.answer_state is AnswerState.NOT_CHECKED:
            found.refused[key] = _("Not answered yet.")
        else:
            _move(rows[key], "submit", found)
    for key in found.done:
        rows[key].submitted_at = clock.now()
    done = [rows[key] for key in found.done]
    after = {"checklist": checklist.pack_id, "items": found.done}
    _record("answers_submitted", checklist, done, project=project, by=by, after=after)
    return found


def judge_items(
    *, project: Project, checklist: Checklist, verb: str, item_keys: Sequence[str], by: Person, reason: str = ""
) -> Together:
    """Accept submitted answers, send them back with the reason, or take back what was asked (`verb` as in JUDGED)."""
    if verb == "send_back" and not reason.strip():
        raise BadValue("reason", _("Say what is missing; whoever answers reads it."))
    _check_not_kept(checklist, by)
    hold(checklist)
    rows, found = queries.assignments(checklist.id, item_keys), Together()
    for key in item_keys:
        if key in rows:
            _move(rows[key], verb, found)
        else:
            found.refused[key] = _("Nobody was asked this.")
    done = [rows[key] for key in found.done]
    for row in done:
        row.judged_by_id, row.judged_at = by.id, clock.now()
        row.reason = reason.strip() if verb == "send_back" else ""
    after = {"checklist": checklist.pack_id, "items": found.done}
    _record(JUDGED[verb], checklist, done, project=project, by=by, after=after, reason=reason.strip())
    return found


def _move(row: Assignment, verb: str, found: Together) -> None:
    try:
        row.state = ASSIGNMENT.target(verb, AssignmentState(row.state))
    except TransitionRefused:
        found.refused[row.item_key] = _("It is “%(state)s”.", state=ASKED[AssignmentState(row.state)])
    else:
        found.done.append(row.item_key)


def _record(
    act: str, checklist: Checklist, rows: Sequence[Assignment], *, project: Project, by: Actor,
    after: Mapping[str, object], reason: str = "",
) -> None:
    """One entry for all the rows; none where nothing was done."""
    if rows:
        record(act, checklist, by=by, project=project.key, after=after, reason=reason, also=rows)
