"""What gate 9 measures: the new way is a habit, its benefit is known, somebody else has looked, and a later look is set."""

from __future__ import annotations

from flask_babel import gettext as _

from workbench.adoption import proofs as adoption
from workbench.changes import proofs as changes
from workbench.findings.queries import open_findings
from workbench.findings.rules import FindingKind
from workbench.lifecycle.conditions.case import Case, Condition, line, named, sentences
from workbench.tools import proofs as tools


def habit_reached(case: Case) -> list[Condition]:
    """Each core behaviour stays within its limit for the weeks asked."""
    left = adoption.habit_missing(case.project_id)
    label = _("The new way is a habit: within the limit for the whole window")
    return line("habit_reached", label, sentences(left), case.at("adoption.index"), fails=left)


def no_major_finding(case: Case) -> list[Condition]:
    """No major finding is open."""
    left = [each.code for each in open_findings(case.project_id) if each.kind == FindingKind.MAJOR]
    reason = _("Still open: %(codes)s.", codes=named(left))
    return line("no_major_finding", _("No major finding is open"), reason, case.at("findings.index"), fails=left)


def benefit_measured(case: Case) -> list[Condition]:
    """Each baseline of step 1 was measured again."""
    left = adoption.benefit_missing(case.project_id)
    label = _("The benefit is measured against each baseline of step 1")
    reason = _("Not measured again: %(codes)s.", codes=named(left))
    return line("benefit_measured", label, reason, case.register("adoption", "benefits"), fails=left)


def change_reviewed(case: Case) -> list[Condition]:
    """No review of a change is overdue; asked for, not demanded."""
    left = changes.review_overdue(case.project_id, case.on)
    label = _("Each change carried out was reviewed in time")
    reason = _("Not reviewed yet: %(codes)s.", codes=named(left))
    return line("change_reviewed", label, reason, case.at("changes.index"), fails=left, mandatory=False)


def follow_ups_set(case: Case) -> list[Condition]:
    """A day to look again is set, and each open promise has somebody and a day to ask again."""
    later = adoption.reevaluation_missing(case.project_id, case.on)
    chased = tools.follow_ups_missing(case.project_id)
    parts = [_("Re-evaluation: %(names)s.", names=named(later))] if later else []
    parts += [_("Promises nobody chases: %(codes)s.", codes=named(chased))] if chased else []
    label = _("The next re-evaluation and the vendor follow-ups are set")
    link = case.register("adoption", "reevaluations") if later else case.register("tools", "promises")
    return line("follow_ups_set", label, " ".join(parts), link, fails=parts)


def second_person_verified(case: Case) -> list[Condition]:
    """Somebody who entered none of the counts has verified them."""
    left = adoption.verification_missing(case.project_id)
    label = _("A second person has verified the counts")
    return line("second_person_verified", label, sentences(left), case.at("adoption.index"), fails=left)
