"""What may be typed in steps 1 to 3, and the words for it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, IntegerField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional

from workbench import clock
from workbench.evidence import queries as evidence
from workbench.inquiry import queries
from workbench.inquiry.rules import (
    Channel,
    ContributionKind,
    Credibility,
    DispositionKind,
    ObjectiveState,
    Priority,
    Said,
    SourceKind,
)
from workbench.projects import queries as projects
from workbench.projects.forms import HUBS, LAYERS
from workbench.projects.rules import Layer
from workbench.registers.forms import RecordForm, Reference, choice, several
from workbench.tools import queries as tools
from workbench.tools.forms import choices
from workbench.web.filters import on
from workbench.web.forms import Form, line, text

PRIORITIES = {Priority.MUST: _l("must"), Priority.SHOULD: _l("should"), Priority.COULD: _l("could")}
STATES = {ObjectiveState.SET: _l("set"), ObjectiveState.MET: _l("met"), ObjectiveState.NOT_MET: _l("not met")}
LOOKS = {ObjectiveState.SET: "open", ObjectiveState.MET: "pass", ObjectiveState.NOT_MET: "fail"}
SOURCES = {
    SourceKind.CASE: _l("case"), SourceKind.METHOD: _l("method"), SourceKind.STANDARD: _l("standard"),
    SourceKind.VENDOR: _l("vendor document"), SourceKind.FORUM: _l("forum"),
    SourceKind.NOTHING_FOUND: _l("searched, nothing found"),
}
CREDIBILITIES = {Credibility.HIGH: _l("high"), Credibility.MEDIUM: _l("medium"), Credibility.LOW: _l("low")}
CONTRIBUTIONS = {
    ContributionKind.OPINION: _l("opinion"), ContributionKind.ADVICE: _l("advice"),
    ContributionKind.CAUTION: _l("caution"),
}
CHANNELS = {
    Channel.MEETING: _l("meeting"), Channel.CALL: _l("call"), Channel.EMAIL: _l("e-mail"), Channel.FORM: _l("form"),
    Channel.OTHER: _l("other"),
}
DISPOSITIONS: dict[str, Any] = {
    DispositionKind.PATH_CONSTRAINT: _l("a constraint on a path"), DispositionKind.RISK: _l("a risk"),
    DispositionKind.ACCEPTED: _l("accepted"), DispositionKind.OTHER: _l("other"),
}
ANSWERS = {"open": _l("to be answered"), "answered": _l("answered")}
LINKS = {"open": _l("waits for an answer"), "answered": _l("answered"), "closed": _l("closed"), "expired": _l("expired")}
LINK_LOOKS = {"open": "open", "answered": "done", "closed": "closed", "expired": "expired"}
GROUPS: dict[Any, Any] = {**HUBS, **LAYERS}  # whom the coverage counts
ENTRIES = 3  # that one answer of a guest holds


class MeasureBaseline(RecordForm):
    """A measure of the present way."""

    measure = line(_l("What is measured"), DataRequired(), maximum=300, description=_l("Such as: time for one invoice run."))
    unit = line(_l("Unit"), maximum=40)
    value = line(_l("Value"), DataRequired(), maximum=40)
    method = text(_l("How it was measured"), description=_l("So that step 9 can measure it the same way."))
    measured_on = DateField(_l("Measured on"), validators=[Optional()])
    measured_by = line(_l("Measured by"))
    evidence_id = Reference(_l("Evidence"), evidence.choices)


class StateNeed(RecordForm):
    """A need."""

    statement = text(_l("What is needed"), DataRequired())
    priority = choice(_l("Priority"), PRIORITIES, default=Priority.MUST)
    source = line(_l("Said by"), maximum=300, description=_l("Who needs it, or where it is written."))
    acceptance = text(_l("How to tell that it is met"))


class SetCriterion(RecordForm):
    """What paths are judged by."""

    name = line(_l("Criterion"), DataRequired())
    weight = IntegerField(
        _l("Weight"), validators=[InputRequired(), NumberRange(1, 100)],
        description=_l("From 1 to 100; only the weights’ relation to one another counts."),
    )
    judged = text(_l("How it is judged"), description=_l("What a path must show to score high."))


class SetObjective(RecordForm):
    """An objective; once set, its text stays."""

    statement = text(_l("Objective"), DataRequired())
    measure = line(_l("Measure"), DataRequired(), maximum=300, description=_l("What is counted or timed."))
    unit = line(_l("Unit"), maximum=40)
    baseline = line(_l("Baseline"), maximum=80, description=_l("Today’s value."))
    target = line(_l("Target"), maximum=80)
    due_on = DateField(_l("Due on"), validators=[Optional()])


class JudgeObjective(Form):
    """Whether an objective was reached."""

    state = RadioField(
        _l("Verdict"), validators=[InputRequired()],
        choices=choices({each: STATES[each] for each in (ObjectiveState.MET, ObjectiveState.NOT_MET)}),
    )
    state_reason = text(_l("Reason"), DataRequired(), description=_l("What shows it. The report prints it."))
    cause = text(_l("Cause"), description=_l("Of an objective not met: why, in plain words."))
    limitation_codes = several(_l("Limitations that are the cause"), {})

    def offer(self, project_id: int) -> JudgeObjective:
        """Fill the list of limitations with those of the project."""
        found = tools.limitations_of_project(project_id)
        self.limitation_codes.choices = [SelectChoice(each.code, f"{each.code} {each.statement[:80]}") for each in found]
        return self


class ReviseObjective(SetObjective):
    """The objective that follows a missed one, and who decided it."""

    decided_by_id = Reference(
        _l("Decided by"), queries.deciders, validators=[InputRequired()],
        description=_l("A sponsor or a quality lead on the team."),
    )
    decided_on = DateField(_l("Decided on"), validators=[InputRequired()], default=clock.today)
    savings = text(_l("What it still saves"), description=_l("An estimate against the baseline, and how it was made."))
    follow_up_on = DateField(
        _l("Look at it again on"), validators=[Optional()],
        description=_l("When what stands in the way may have changed, such as a feature that was promised."),
    )


class NoteSource(RecordForm):
    """Something read."""

    reference = text(
        _l("Reference"), DataRequired(), description=_l("Author, title, address; for a search, its terms.")
    )
    kind = choice(_l("Kind"), SOURCES)
    need_id = Reference(_l("Need it bears on"), queries.need_choices)
    dated_on = DateField(_l("Dated"), validators=[Optional()])
    claim = text(_l("What it claims"))
    credibility = choice(_l("Credibility"), CREDIBILITIES, empty=_l("not judged"))
    market = line(_l("Market"), description=_l("Kind and size of company that it speaks of."))
    country = line(_l("Country"), maximum=80)
    fit = line(
        _l("How close it is to our case"), maximum=300,
        description=_l("Size, country, kind of company, and the need it answers."),
    )
    search_terms = text(_l("Terms searched"), description=_l("For a search that found nothing: the terms, and where."))
    url = line(_l("Web address"), maximum=500)
    is_independent = BooleanField(_l("Independent of the vendor"), default=True)


class NoteConsultation(RecordForm):
    """What somebody said."""

    statement = text(_l("What was said"), DataRequired())
    kind = choice(_l("Kind"), CONTRIBUTIONS)
    said_by = line(_l("Who said it"), DataRequired())
    participant_id = Reference(_l("Party"), projects.choices_of_participants)
    layer = choice(_l("Layer"), LAYERS, default=Layer.INTERNAL)
    hub = choice(_l("Hub"), HUBS, empty=_l("none"), description=_l("Only for somebody inside the company."))
    held_on = DateField(_l("Held on"), validators=[InputRequired()])
    channel = choice(_l("By way of"), CHANNELS, empty=_l("not noted"))
    need_id = Reference(_l("Need it bears on"), queries.need_choices)
    tool_id = Reference(_l("Tool it bears on"), tools.choices)
    has_consent = BooleanField(
        _l("The person agrees to being quoted"),
        description=_l("Without it, name and words are shown only to those who write this project’s records."),
    )
    is_confidential = BooleanField(
        _l("Keep the name confidential"),
        description=_l("Name and words then leave in no report and no export."),
    )


class DisposeCaution(Form):
    """What became of a caution."""

    disposition_kind = RadioField(_l("It became"), validators=[InputRequired()], choices=choices(DISPOSITIONS))
    disposition = text(
        _l("Disposition"), DataRequired(),
        description=_l("A constraint on a path, a risk, or accepted and by whom."),
    )
    accepted_by = line(_l("Accepted by"), description=_l("Only where it is accepted."))


class Invite(RecordForm):
    """Whom to ask through a link, and what."""

    participant_id = Reference(_l("Party"), projects.choices_of_participants)
    addressee = line(_l("Or somebody else"), description=_l("Who gets the link, where it is no party of the project."))
    organisation = line(_l("Their organisation"), description=_l("The page they see shows it."))
    layer = choice(_l("Layer"), LAYERS, default=Layer.EDITOR, description=_l("That of a party goes first."))
    questions = text(
        _l("Questions"), DataRequired(), maximum=4000,
        description=_l("They are all that the page shows of the project, beside its name."),
    )
    expires_on = DateField(
        _l("Open until"), validators=[InputRequired()], default=lambda: clock.today() + timedelta(days=14)
    )


class Answer(Form):
    """What a guest says: up to three entries, of which one is asked for."""

    kind_1 = choice(_l("My first answer is"), CONTRIBUTIONS, default=ContributionKind.OPINION)
    statement_1 = text(_l("What I say"), DataRequired(), maximum=4000)
    kind_2 = choice(_l("My second answer is"), CONTRIBUTIONS, default=ContributionKind.ADVICE)
    statement_2 = text(_l("What I say as well"), maximum=4000)
    kind_3 = choice(_l("My third answer is"), CONTRIBUTIONS, default=ContributionKind.CAUTION)
    statement_3 = text(_l("What I say last"), maximum=4000)
    has_consent = BooleanField(_l("I agree to being quoted"))
    is_confidential = BooleanField(
        _l("Keep my name confidential"), description=_l("It then leaves in no report and no export.")
    )

    def said(self) -> list[Said]:
        """The entries that hold something."""
        pairs: list[tuple[Any, Any]] = [
            (self[f"kind_{number}"].data, self[f"statement_{number}"].data) for number in range(1, ENTRIES + 1)
        ]
        return [Said(ContributionKind(kind), statement) for kind, statement in pairs if statement]


def outcome(row: Any) -> str:
    """What became of a judged objective: “not met (L-01, L-03) → O1b, decided on 12 Oct by C. Roux”."""
    if row.state == ObjectiveState.SET:
        return "–"
    said = str(STATES[ObjectiveState(row.state)])
    if row.limitation_codes:
        said = f"{said} ({', '.join(row.limitation_codes)})"
    after = row.follower
    if after is None:
        return said
    if after.decided_by is None or after.decided_on is None:
        return f"{said} → {after.code}"
    decided = _("decided on %(day)s by %(name)s", day=on(after.decided_on), name=after.decided_by.name)
    return f"{said} → {after.code}, {decided}"


def decision(row: Any) -> str:
    """Who decided an objective that follows a missed one, and when; “–” for one that follows none."""
    if row.decided_by is None or row.decided_on is None:
        return "–"
    return str(_("decided on %(day)s by %(name)s", day=on(row.decided_on), name=row.decided_by.name))


def instead(row: Any, name: str) -> str:
    """What is shown in a guarded field's place."""
    return {"said_by": queries.unnamed(row.layer), "statement": str(_("Kept confidential."))}.get(name, "–")


def coverage_table(found: queries.Coverage, *, names: bool) -> list[list[Any]]:
    """Who was heard as a table, head first; `names` tells of which parties nothing is noted."""
    head = [_("Who"), *(str(word) for word in CONTRIBUTIONS.values()), _("Standing")]
    rows: list[list[Any]] = [[*head, *([_("Parties of whom nothing is noted")] if names else [])]]
    for row, label in (
        *((each, _("inside: %(hub)s", hub=GROUPS[each.group])) for each in found.hubs), (found.no_hub, _("inside: no hub named")),
        *((each, GROUPS[each.group]) for each in found.layers),
    ):
        standing = _("heard") if row.total else "" if row is found.no_hub else _("not heard yet")
        told = [label, *(row.counts[kind] for kind in CONTRIBUTIONS), standing]
        rows.append([*told, ", ".join(row.waiting)] if names else told)
    return rows


def guest_links_table(links: Iterable[Any]) -> list[list[Any]]:
    """The links for people outside as a table, head first; no address opens anything from it."""
    head = [_("Code"), _("To"), _("Organisation"), _("Layer"), _("Questions"), _("Open until"), _("Standing"), _("Answered")]
    return [head, *(
        [each.code, each.addressee, each.organisation, LAYERS[each.layer], each.questions, each.expires_on, LINKS[each.state],
         each.answered_at]
        for each in links
    )]
