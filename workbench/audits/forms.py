"""What may be typed about the programme, an audit, its team and what is written down while auditing, and the words for it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Self

from babel.dates import get_month_names
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, DateTimeLocalField, IntegerField, PasswordField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional, Regexp

from workbench.audits import queries
from workbench.audits.actions.said import against_in_words as against_in_words
from workbench.audits.actions.said import lacking_in_words as lacking_in_words
from workbench.audits.rules import (
    AuditKind,
    AuditState,
    Component,
    Drawn,
    MeetingKind,
    MemberRole,
    Method,
    Recommendation,
)
from workbench.checklists.queries import packs_to_start
from workbench.evidence.queries import choices as evidence_choices
from workbench.people.queries import active_persons
from workbench.registers.forms import RecordForm, Reference, choice, several
from workbench.web.addresses import LARGEST
from workbench.web.forms import Form, line, text

KINDS = {
    AuditKind.INTERNAL: _l("internal audit"), AuditKind.SUPPLIER: _l("supplier audit"),
    AuditKind.FOLLOW_UP: _l("follow-up audit"), AuditKind.EXTERNAL: _l("external audit"),
}
STATES = {
    AuditState.PLANNED: _l("planned"), AuditState.AGREED: _l("plan agreed"), AuditState.UNDER_WAY: _l("under way"),
    AuditState.CONCLUDED: _l("concluded"), AuditState.REPORTED: _l("reported"), AuditState.CLOSED: _l("closed"),
    AuditState.CANCELLED: _l("cancelled"),
}
LOOKS = {
    AuditState.PLANNED: "draft", AuditState.AGREED: "set", AuditState.UNDER_WAY: "running",
    AuditState.CONCLUDED: "done", AuditState.REPORTED: "done", AuditState.CLOSED: "closed",
    AuditState.CANCELLED: "cancelled",
}
METHODS = {Method.ON_SITE: _l("on site"), Method.REMOTE: _l("remote"), Method.MIXED: _l("on site and remote")}
ROLES = {
    MemberRole.LEAD: _l("lead auditor"), MemberRole.AUDITOR: _l("auditor"), MemberRole.EXPERT: _l("technical expert"),
    MemberRole.OBSERVER: _l("observer"), MemberRole.GUIDE: _l("guide"),
}
MEETINGS = {MeetingKind.OPENING: _l("opening meeting"), MeetingKind.CLOSING: _l("closing meeting")}
DRAWN = {
    Drawn.JUDGEMENT: _l("chosen by judgement"), Drawn.RANDOM: _l("at random"),
    Drawn.EVERY_NTH: _l("every so many"), Drawn.ALL: _l("all of them"),
}
RECOMMENDATIONS = {
    Recommendation.CONFORM: _l("the criteria are met"),
    Recommendation.CONFORM_WITH_FINDINGS: _l("the criteria are met except for the findings"),
    Recommendation.NOT_CONFORM: _l("the criteria are not met"),
}
LANGUAGES = {"en": _l("English"), "fr": _l("French")}
IMPORTANCE = {1: _l("1: little hangs on it"), 2: "2", 3: "3", 4: "4", 5: _l("5: much hangs on it")}
CLOCK_TIME = Regexp(r"^$|^([01]\d|2[0-3]):[0-5]\d$", message=_l("A time such as 09:30."))


def months() -> list[tuple[int, str]]:
    """The months in the person's language."""
    names = get_month_names("wide", locale=str(get_locale() or "en"))
    return [(number, str(names[number])) for number in range(1, 13)]


def sentence(part: Component) -> str:
    """A part of a score with its reason, as people read it."""
    return str(_("%(reason)s: +%(points)s", reason=_reasons(part.name, part.number or 0), points=part.points))


def _reasons(name: str, number: int) -> Any:
    """Why a part of a score stands there."""
    if name == "importance":
        return _("importance %(number)s of 5", number=number)
    if name == "never":
        return _("never audited")
    if name == "since":
        return ngettext("%(num)s month since the last audit", "%(num)s months since the last audit", number)
    if name == "majors":
        return ngettext("%(num)s major nonconformity open", "%(num)s major nonconformities open", number)
    if name == "minors":
        return ngettext("%(num)s minor nonconformity open", "%(num)s minor nonconformities open", number)
    return _further_reasons(name, number)


def _further_reasons(name: str, number: int) -> Any:
    if name == "changes":
        return ngettext(
            "%(num)s gate decided or change carried out since",
            "%(num)s gates decided or changes carried out since",
            number,
        )
    if name == "last_majors":
        return ngettext(
            "the last audit found %(num)s major nonconformity",
            "the last audit found %(num)s major nonconformities",
            number,
        )
    return ngettext(
        "the last audit found %(num)s minor nonconformity",
        "the last audit found %(num)s minor nonconformities",
        number,
    )


class DescribeProgramme(Form):
    """What the audits of a year are for."""

    objectives = text(_l("Objectives of the year"), DataRequired(), maximum=5000)
    risks_and_opportunities = text(
        _l("Risks and opportunities of the programme"), maximum=5000,
        description=_l("What could keep the audits from being held or from being of use, and what they could bring."),
    )
    resources = text(_l("Resources"), maximum=5000, description=_l("People, days, money, access, tools."))
    reason = line(_l("Reason"), maximum=500, description=_l("Asked once the programme is approved."))


class GiveReason(Form):
    """A reason, for the trail."""

    reason = text(_l("Reason"), DataRequired(), maximum=2000)


class WeighArea(Form):
    """How much hangs on an area, and when it is to be audited."""

    importance = choice(_l("Importance"), IMPORTANCE, coerce=int)
    planned_month = SelectField(_l("Month foreseen"), coerce=lambda value: int(value) if value else None)
    note = text(_l("Note"), maximum=2000)
    reason = line(_l("Reason"), maximum=500, description=_l("Asked once the programme is approved."))

    def offer(self) -> Self:
        """Fill in the months."""
        self.planned_month.choices = [SelectChoice("", _("none")), *(SelectChoice(*each) for each in months())]
        return self


class PlanAudit(RecordForm):
    """The plan of an audit."""

    title = line(_l("Title"), DataRequired())
    kind = choice(_l("Kind"), KINDS)
    follows_id = Reference(_l("Follows up"), queries.choices_of_followed)
    client = line(_l("Client of the audit"), description=_l("Who asked for it."))
    objectives = text(_l("Objectives"), maximum=5000, description=_l("What this audit has to find out."))
    scope = text(_l("Scope"), maximum=5000, description=_l("Places, units, activities and steps looked at."))
    period_from = DateField(_l("Period looked at, from"), validators=[Optional()])
    period_to = DateField(_l("Period looked at, to"), validators=[Optional()])
    packs = several(_l("Standards"), {}, description=_l("Each one gets a checklist for this audit alone."))
    chapters = line(_l("Chapters in scope"), maximum=500)
    criteria = text(
        _l("Other criteria"), maximum=5000, description=_l("Own procedures with their version, contracts, gate rules.")
    )
    method = choice(_l("Method"), METHODS)
    method_note = text(_l("Note on the method"), maximum=2000, description=_l("Interviews, walks, records; how remote."))
    sampling = text(
        _l("Sampling plan"), maximum=5000, description=_l("What will be drawn, from how many, and how it is chosen.")
    )
    language = choice(_l("Language of the audit"), LANGUAGES)
    planned_from = DateField(_l("First day"), validators=[InputRequired()])
    planned_to = DateField(_l("Last day"), validators=[InputRequired()])
    confidentiality_note = text(_l("Confidentiality"), maximum=2000)

    def offer(self, project_id: int) -> Self:
        """Fill in the audits that can be followed up, and the packs installed."""
        language = str(get_locale() or "en")
        self.packs.choices = [SelectChoice(each.id, each.title.in_(language)) for each in packs_to_start([])]
        return super().offer(project_id)


class AddMember(Form):
    """Somebody for the team."""

    person_id = SelectField(_l("Person"), coerce=lambda value: int(value) if value else None)
    name = line(_l("Or somebody from outside"), maximum=120)
    organisation = line(_l("Organisation"))
    role = choice(_l("Role in the team"), ROLES)

    def offer(self) -> Self:
        """Fill in everybody who signs in."""
        people = [SelectChoice(each.id, each.name) for each in active_persons()]
        self.person_id.choices = [SelectChoice("", _("none")), *people]
        return self


class AgreePlan(Form):
    """The lead auditor's signature under the plan."""

    told = line(_l("Who of the audited area was told of the plan"), DataRequired())
    told_on = DateField(_l("On"), validators=[InputRequired()])
    password = PasswordField(_l("Your password"), validators=[DataRequired()])


class HoldMeeting(Form):
    """A meeting as it was held."""

    held_at = DateTimeLocalField(_l("Held at (UTC)"), validators=[InputRequired()], format="%Y-%m-%dT%H:%M")
    attendees = text(_l("Who was there"), DataRequired(), maximum=5000)
    points = text(_l("Points"), maximum=10_000)
    questions = text(_l("Questions and answers"), maximum=10_000)


class ConcludeAudit(HoldMeeting):
    """The closing meeting with the conclusion and its limits."""

    conclusion = text(
        _l("Conclusion"), DataRequired(), maximum=10_000,
        description=_l("How far the criteria are met, and whether the process can give its result."),
    )
    recommendation = choice(_l("In short"), RECOMMENDATIONS)
    limits = text(
        _l("Limits"), DataRequired(), maximum=5000,
        description=_l("An audit is a sample: where no fault was found, none is proven absent."),
    )
    not_seen = text(_l("What was not seen"), maximum=5000, description=_l("In scope, but not looked at, and why."))
    follow_up_on = DateField(_l("Follow-up foreseen on"), validators=[Optional()])
    password = PasswordField(_l("Your password"), validators=[DataRequired()])


class CloseAudit(Form):
    """A last word."""

    note = text(_l("Note"), maximum=2000)


class WriteAgenda(RecordForm):
    """A line of the agenda."""

    day = DateField(_l("Day"), validators=[InputRequired()])
    starts = line(_l("From"), CLOCK_TIME, maximum=5)
    ends = line(_l("To"), CLOCK_TIME, maximum=5)
    subject = line(_l("Subject"), DataRequired(), maximum=300)
    clauses = line(_l("Clauses"))
    auditor = line(_l("Auditor"))
    auditees = line(_l("With whom"), maximum=300)
    place = line(_l("Place"))


class NoteSample(RecordForm):
    """A sample."""

    population = line(_l("What was drawn from"), DataRequired(), maximum=300)
    out_of = IntegerField(_l("How many there are"), validators=[Optional(), NumberRange(0, LARGEST)])
    drawn = IntegerField(_l("How many were drawn"), validators=[InputRequired(), NumberRange(0, LARGEST)])
    method = choice(_l("How they were chosen"), DRAWN)
    which = text(_l("Which ones"), maximum=5000)
    result = text(_l("What they showed"), maximum=5000)
    clause = line(_l("Clause"), maximum=60)


class WriteNote(RecordForm):
    """A note taken while auditing."""

    text = text(_l("Note"), DataRequired(), maximum=10_000)
    clause = line(_l("Clause"), maximum=60)
    evidence_id = Reference(_l("Evidence"), evidence_choices)


class NameMet(RecordForm):
    """Somebody whom the auditors met."""

    name = line(_l("Name"), DataRequired(), maximum=120)
    role = line(_l("Role"))
    about = line(_l("About"), maximum=300)


class NoteDisagreement(RecordForm):
    """A point on which the two sides differ."""

    point = line(_l("Point"), DataRequired(), maximum=300)
    auditor_view = text(_l("How the auditor sees it"), DataRequired(), maximum=5000)
    auditee_view = text(_l("How the audited see it"), DataRequired(), maximum=5000)
    is_settled = BooleanField(_l("Settled"))
    settlement = text(_l("How it was settled"), maximum=5000)


class NameReader(RecordForm):
    """Somebody who gets the report."""

    name = line(_l("Name"), DataRequired(), maximum=120)
    role = line(_l("Role"))
    sent_on = DateField(_l("Sent on"), validators=[Optional()])
    how = line(_l("How"))


def pack_titles(pack_ids: Collection[str]) -> list[str]:
    """The titles of packs in the person's language; the name of one that is not installed any more."""
    titles = {each.id: each.title.in_(str(get_locale() or "en")) for each in packs_to_start([])}
    return [titles.get(each, each) for each in pack_ids]


def words(**more: Any) -> dict[str, Any]:
    """Every table of words that the pages of audits show."""
    return {
        "kinds": KINDS, "states": STATES, "looks": LOOKS, "methods": METHODS, "roles": ROLES, "meetings": MEETINGS,
        "recommendations": RECOMMENDATIONS, "languages": LANGUAGES, **more,
    }
