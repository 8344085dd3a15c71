"""The words of the self-audit: what each check asks and how it is mended, what is said of a row, and rows as a table."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from workbench.checklists.forms import STANDARDS, STATES
from workbench.checklists.rules import AnswerState
from workbench.oversight.checks import Result, Severity
from workbench.oversight.forms import reviews
from workbench.oversight.forms.reviews import day_of as day_of
from workbench.oversight.rules.reviews import Row
from workbench.people.guards import may
from workbench.people.rules import Permission as P

SEVERITIES = {
    Severity.SEVERE: _l("wrong now"),
    Severity.WARNING: _l("to be seen to"),
    Severity.SOON: _l("coming soon"),
}
LOOKS = {Severity.SEVERE: "fail", Severity.WARNING: "partly", Severity.SOON: "open"}
QUESTIONS = {
    "conform_bare": _l("Does every answer “conform” stand on valid evidence?"),
    "nonconform_unraised": _l("Was a finding raised for every nonconformity that was answered?"),
    "evidence_expired": _l("Is all evidence still valid?"),
    "answer_old": _l("Was every answer given within the last year?"),
    "evidence_ends": _l("Does all evidence hold for thirty days more?"),
    "item_overdue": _l("Were all questions that were asked of somebody answered by their day?"),
    "run_missing": _l("Was every checklist that comes again started on its day?"),
    "exclusion_weak": _l("Was every clause that is switched off looked at within the last year, with a reason?"),
    "edition_old": _l("Is every checklist on the newest edition of its standard?"),
    "condition_overdue": _l("Are the conditions of the gates met by their day?"),
    "waiver_ended": _l("Is every waiver that ended followed by a satisfied criterion or a new waiver?"),
    "risk_untreated": _l("Is every high or critical risk treated or accepted?"),
    "approval_waiting": _l("Was everybody’s approval given or refused within two weeks?"),
    "waiver_ends": _l("Do all waivers hold for ten days more?"),
    "action_overdue": _l("Are all actions on findings done by their day?"),
    "cause_missing": _l("Is the cause of every nonconformity stated within two weeks?"),
    "finding_overdue": _l("Are all findings closed by their day?"),
    "finding_ownerless": _l("Does every open finding have an owner?"),
    "check_due": _l("Was it judged of all actions whether they worked?"),
    "own_work": _l("Does nobody audit their own work?"),
    "area_unaudited": _l("Does every important area have an audit this year?"),
    "audit_late": _l("Did every audit begin in its days?"),
    "left_with_work": _l("Has everybody who left handed over their work?"),
    "promise_late": _l("Was every promise kept by its day?"),
    "limitation_undecided": _l("Was something decided about every limitation known for a year?"),
    "question_unanswered": _l("Was every question about the new practice answered within two weeks?"),
    "licence_ends": _l("Do all trial licences hold for thirty days more?"),
}
MENDS = {
    "conform_bare": _l("Attach evidence that is valid, or change the answer."),
    "nonconform_unraised": _l("Raise a finding on the line, or change the answer."),
    "evidence_expired": _l("Add a newer version with a later day, or withdraw it."),
    "answer_old": _l("Look again and answer anew."),
    "evidence_ends": _l("Have a newer version ready."),
    "item_overdue": _l("Remind the person asked, or ask somebody else."),
    "run_missing": _l("Start what is due; while the application runs it does so by itself."),
    "exclusion_weak": _l("Switch the clause on, or switch it off anew with a reason of today."),
    "edition_old": _l("Take the checklist over; answers that still hold go with it."),
    "condition_overdue": _l("Say that it is met and what shows it, or decide the gate again."),
    "waiver_ended": _l("Satisfy the criterion, or have it waived again by whoever decides the gate."),
    "risk_untreated": _l("Write down measures, or have what remains accepted by somebody who may."),
    "approval_waiting": _l("Ask them, or submit the request anew to others."),
    "waiver_ends": _l("Satisfy the criterion before the day."),
    "action_overdue": _l("Do it and say so, or agree another day."),
    "cause_missing": _l("Look for the cause and state it."),
    "finding_overdue": _l("See what is missing to close it, or agree another day."),
    "finding_ownerless": _l("Name an owner."),
    "check_due": _l("Somebody who had no part in the actions judges whether they worked."),
    "own_work": _l("Put somebody else in the team."),
    "area_unaudited": _l("Plan an audit, or weigh the area anew."),
    "audit_late": _l("Open it, plan other days, or cancel it with the reason."),
    "left_with_work": _l("Hand the work over to somebody who is there."),
    "promise_late": _l("Ask again, or settle the promise as kept or broken."),
    "limitation_undecided": _l("Decide whether to wait, to work around it, or to drop what depends on it."),
    "question_unanswered": _l("Answer it."),
    "licence_ends": _l("Buy it, prolong it, or end the trial."),
}


def said(row: Row) -> str:
    """What is to be said of a row, in the language of the page."""
    if row.note == "state":
        return str(STATES[AnswerState(row.value)])
    if row.note in ("days_late", "days_left") and row.value == "0":
        return str(_("today"))
    if row.note in _COUNTED:
        return _counted(row.note, int(row.value))
    if row.note in _NAMED:
        value = str(STANDARDS.get(row.value, row.value))
        return str(_NAMED[row.note]) % {"name": value}
    return reviews.said(row)


_COUNTED = frozenset({"days_left", "holds", "importance"})
_NAMED = {
    "name": _l("waits for %(name)s"),
    "works_there": _l("%(name)s works in the area"),
    "answered_there": _l("%(name)s answered for the area"),
    "worked_there": _l("%(name)s worked on the area"),
    "edition_next": _l("next edition: %(name)s"),
    "edition_newer": _l("newest version: %(name)s"),
    "excluded": _l("switched off in %(name)s for more than a year"),
    "unreasoned": _l("switched off in %(name)s without a reason"),
}


def _counted(note: str, number: int) -> str:
    if note == "days_left":
        return str(ngettext("%(num)s day left", "%(num)s days left", number))
    if note == "holds":
        return str(ngettext("holds %(num)s open thing", "holds %(num)s open things", number))
    return str(_("importance %(number)s of 5", number=number))


def text_of(row: Row) -> str:
    """What a row says; a pack by its title."""
    return str(STANDARDS.get(row.text, row.text))


def address(row: Row) -> str:
    """Where a row is mended; who may not hand over sees the team, and "" where there is none."""
    if row.endpoint == "oversight.hand_over" and not may(P.WORK_HAND_OVER):
        return url_for("projects.team", key=row.project) if row.project else ""
    return reviews.address(row)


def counted(result: Result) -> str:
    """How much a check found."""
    return str(ngettext("%(num)s open", "%(num)s open", result.count))


def table(results: Sequence[Result]) -> list[list[str]]:
    """Every row of these checks, with what each check asks and where the row is mended."""
    head = [_("Severity"), _("Check"), _("Project"), _("Code"), _("What"), _("Day"), _("Remark"), _("To mend"), _("Page")]
    lines = [[str(each) for each in head]]
    for result in results:
        key, severity = result.check.key, str(SEVERITIES[result.check.severity])
        for row in result.rows:
            told = [row.project, row.code, text_of(row), row.on, said(row), str(MENDS[key]), address(row)]
            lines.append([severity, str(QUESTIONS[key]), *told])
    return lines
