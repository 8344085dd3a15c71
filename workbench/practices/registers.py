"""The registers of steps 7 and 8."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from workbench.people.rules import Permission
from workbench.practices import forms, queries
from workbench.practices.models import (
    Announcement,
    Channel,
    Competence,
    OfferComparison,
    OfferLine,
    OldWay,
    PracticeRole,
    PracticeTask,
    PracticeUser,
    Question,
    Reminder,
    SupportContact,
)
from workbench.practices.rules import words_of
from workbench.registers.queries import record_in
from workbench.registers.rules import Further, Register, Verb
from workbench.web.refusals import BadValue


def _one_person(project: Any, facts: Mapping[str, Any], row: Any) -> None:
    """A user is a member or a name, and each member is in a role once."""
    if facts["person_id"] is None and not facts["name"]:
        raise BadValue("name", _("Choose a member of the team, or type a name."))
    if facts["person_id"] is not None:
        known = queries.same_person(project.id, facts["role_id"], facts["person_id"])
        if any(each != getattr(row, "id", None) for each in known):
            raise BadValue("person_id", _("This person is in this role already."))


def _one_primary(project: Any, facts: Mapping[str, Any], row: Any) -> None:
    """A message has one primary channel for each audience."""
    mine = (words_of(facts["message"]), words_of(facts["audience"]))
    for planned in queries.messages(project.id) if facts["is_primary"] else ():
        if (words_of(planned.message), words_of(planned.audience)) != mine:
            continue
        other = next((way for way, _owner in planned.ways if way.is_primary and way is not row), None)
        if other is not None:
            raise BadValue("is_primary", _("%(code)s is the primary channel of this message already.", code=other.code))


def _known_edition(project: Any, facts: Mapping[str, Any], row: Any) -> None:
    """An edition belongs to an instruction that has it."""
    number = facts["edition_number"]
    if number is None:
        return
    about = queries.instruction(project.id, facts["instruction_id"])
    if about is None:
        raise BadValue("instruction_id", _("Choose the instruction that has this edition."))
    if number > about.edition:
        raise BadValue("edition_number", _("The newest edition of %(code)s is %(number)s.", code=about.code, number=about.edition))


def _tested(project: Any, facts: Mapping[str, Any], row: Any) -> None:
    """A test has its day and its result."""
    if facts["result"] and facts["tested_on"] is None:
        raise BadValue("tested_on", _("On which day was it tested?"))
    if facts["tested_on"] is not None and not facts["result"]:
        raise BadValue("result", _("How did the test end?"))


def _told(project: Any, facts: Mapping[str, Any], row: Any) -> None:
    """The announcement that tells the end of an old way says that it does."""
    sent = record_in(Announcement, project.id, facts["announcement_id"])
    if sent is not None and not sent.tells_old_way_stop:
        raise BadValue("announcement_id", _("%(code)s does not tell when the old way stops.", code=sent.code))


ROLES = Register(
    key="roles", model=PracticeRole, form=forms.NameRole, prefix="RO-", title=_l("Roles"), one=_l("Name a role"),
    purpose=_l("Who works by the new practice, and what changes for them."),
    columns=("name", "is_critical", "changes", "headcount"),
)
USERS = Register(
    key="users", model=PracticeUser, form=forms.NameUser, prefix="U-", title=_l("Users"), one=_l("Name a user"),
    purpose=_l("Each person who works by the new practice, in which role; champions help the others."),
    columns=("name", "person_id", "role_id", "hub", "is_occasional", "is_champion"),
    check=_one_person,
)
TASKS = Register(
    key="tasks", model=PracticeTask, form=forms.DescribeTask, prefix="T-", title=_l("Practice tasks"),
    one=_l("Describe a practice task"),
    purpose=_l("What each user of a role does once, in the sandbox and under the eyes of somebody else."),
    columns=("title", "role_id", "in_sandbox", "instruction_id"),
)
COMPETENCES = Register(
    key="competences", model=Competence, form=forms.AssessCompetence, prefix="CO-", title=_l("Competences"),
    one=_l("Record a competence"),
    purpose=_l("How well each user masters what the new practice asks, seen by whom and when."),
    columns=("skill", "user_id", "level", "assessed_on", "assessed_by_id"),
)
QUESTIONS = Register(
    key="questions", model=Question, form=forms.AskQuestion, prefix="Q-", title=_l("Questions"), one=_l("Note a question"),
    purpose=_l("What people ask about the new practice, how long it waits, and the answer."),
    columns=("question", "asked_on", "asked_by", "hub"),
    verbs=(Verb(_l("Answer"), "answer_question", when=lambda row: True),),
    further=(
        Further("state", _l("State"), forms.QUESTION_STATES),
        Further("days", _l("Days until the answer")),
        Further("answer", _l("Answer")),
        Further("answered_on", _l("Answered on")),
    ),
    looks={"state": forms.QUESTION_LOOKS},
)
SUPPORT = Register(
    key="support", model=SupportContact, form=forms.NameSupport, prefix="SC-", title=_l("Support contacts"),
    one=_l("Name a support contact"),
    purpose=_l("Whom to ask, when, and what to do when the new practice fails; each is tried once."),
    columns=("who", "channel", "hours", "tested_on", "result"),
    check=_tested,
    looks={"result": {"": "open", "worked": "pass", "failed": "fail"}},
)
CHANNELS = Register(
    key="channels", model=Channel, form=forms.PlanChannel, prefix="CH-", title=_l("Channels"), one=_l("Plan a channel"),
    purpose=_l("For each message and audience one primary channel, with the reason for it and what it costs."),
    columns=("message", "audience", "channel", "criterion", "cadence", "is_primary"),
    check=_one_primary,
)
ANNOUNCEMENTS = Register(
    key="announcements", model=Announcement, form=forms.Announce, prefix="AN-", title=_l("Announcements"),
    one=_l("Record an announcement"),
    purpose=_l("What was told to whom, when, on which channel, and about which edition."),
    columns=("text", "sent_on", "audience", "channel_id", "tells_old_way_stop"),
    check=_known_edition,
)
REMINDERS = Register(
    key="reminders", model=Reminder, form=forms.PlanReminder, prefix="RE-", title=_l("Reminders"),
    one=_l("Plan a reminder"),
    purpose=_l("What is called to mind again until it is a habit."),
    columns=("what", "due_on", "audience", "done_on"),
)
OLD_WAYS = Register(
    key="old_ways", model=OldWay, form=forms.EndOldWay, prefix="OW-", title=_l("Old ways"), one=_l("Name an old way"),
    purpose=_l("Which way of working stops, on which day, what is disabled for that, and how people were told."),
    columns=("what", "stops_on", "told_on", "announcement_id", "closed_on"),
    check=_told,
)
COMPARISONS = Register(
    key="comparisons", model=OfferComparison, form=forms.CompareOffers, prefix="OC-", title=_l("Comparisons of offers"),
    one=_l("Compare offers"),
    purpose=_l("Offers of one thing at the usage expected, with the fees that their prices do not show."),
    columns=("title", "usage", "unit", "lines"), figures=("usage", "use_from", "use_to", "use_step"),
    boards=((_l("Take a comparison from a file"), "practices.import_comparison"),),
    verbs=(
        Verb(_l("See the comparison"), "compare", when=lambda row: True, permission=Permission.PROJECT_READ),
        Verb(_l("Write the selling policy"), "write_policy", when=lambda row: True),
    ),
)
OFFERS = Register(
    key="offers", model=OfferLine, form=forms.DescribeOffer, prefix="OF-", title=_l("Offers"), one=_l("Describe an offer"),
    purpose=_l("The offers that are compared: the price shown, the fee beside it, what is included and what is not."),
    columns=("name", "comparison_id", "price", "fee", "allowance", "overage"),
    figures=("price", "fee", "account_fee", "allowance", "overage"),
)
REGISTERS = (
    ROLES, USERS, TASKS, COMPETENCES, QUESTIONS, SUPPORT, CHANNELS, ANNOUNCEMENTS, REMINDERS, OLD_WAYS, COMPARISONS, OFFERS,
)
