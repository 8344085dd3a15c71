"""What gates 7 and 8 measure: people know what to do, have done it once, were told, and asked what they wished."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from workbench.lifecycle.conditions.case import Case, Condition, line, named
from workbench.practices import proofs as practices
from workbench.practices.rules import NOTHING


def roles_instructed(case: Case) -> list[Condition]:
    """Every role has an approved instruction."""
    left = practices.roles_without_instruction(case.project_id)
    reason = _("Without an approved instruction: %(names)s.", names=named(left))
    none = bool(practices.roles_missing(case.project_id))
    if none:
        reason = _("No role is named yet.")
    label = _("Every role has an approved work instruction")
    link = case.register("practices", "roles") if none else case.at("practices.index")
    return line("roles_instructed", label, reason, link, fails=none or bool(left))


def tasks_practised(case: Case) -> list[Condition]:
    """Each named user of a critical role did the practice tasks once in the sandbox, observed."""
    left = practices.users_without_practice(case.project_id)
    label = _("Each user of a critical role has practised once in the sandbox, observed")
    reason = _("Not practised yet: %(names)s.", names=named(left))
    return line("tasks_practised", label, reason, case.at("practices.familiarisation"), fails=left)


def support_tested(case: Case) -> list[Condition]:
    """The support contact and the procedure for a failure were tried."""
    left = practices.support_untested(case.project_id)
    reason = _or_none(left, _("Not tried with success: %(names)s.", names=named(left)), _("No support contact is named."))
    label = _("The support contact and the failure procedure were tried")
    return line("support_tested", label, reason, case.register("practices", "support"), fails=left)


def instructions_read(case: Case) -> list[Condition]:
    """As many users as the threshold asks have read the edition in force."""
    share = case.reads.thresholds["reading_share"]
    left = practices.unread(case.project_id, share)
    reason = _or_none(left, _("; ").join(left[:1]) + _named_after(left), _("No user is named yet."))
    label = _("At least %(share)s %% of the users have read the instructions in force", share=share)
    return line("instructions_read", label, reason, case.at("practices.reading"), fails=left)


def _named_after(left: Sequence[str]) -> str:
    return _(". Still to read: %(names)s.", names=named(left[1:])) if len(left) > 1 else "."


def one_channel_a_message(case: Case) -> list[Condition]:
    """Every message has one primary channel."""
    left = practices.messages_without_channel(case.project_id)
    reason = _or_none(left, _("Not exactly one: %(names)s.", names=named(left)), _("No message is planned yet."))
    label = _("Every message has one primary channel")
    return line("one_channel_a_message", label, reason, case.at("practices.channels_plan"), fails=left)


def questions_answered(case: Case) -> list[Condition]:
    """No question waits for longer than the threshold allows."""
    days = case.reads.thresholds["question_days"]
    left = practices.old_questions(case.project_id, case.on, days)
    label = _("No question waits for longer than %(days)s days", days=days)
    reason = _("Not answered: %(codes)s.", codes=named(left))
    return line("questions_answered", label, reason, case.register("practices", "questions"), fails=left)


def old_way_ends(case: Case) -> list[Condition]:
    """The day on which the old way stops is set and told."""
    left = practices.old_way_open(case.project_id)
    reason = _or_none(left, _("Not set or not told: %(names)s.", names=named(left)), _("No day is set yet."))
    label = _("The day on which the old way stops is set and told")
    return line("old_way_ends", label, reason, case.register("practices", "old_ways"), fails=left)


def _or_none(left: Sequence[str], reason: str, none: str) -> str:
    """Another sentence where nothing at all is recorded yet."""
    return none if list(left) == [NOTHING] else reason
