"""What may be typed about tools, their connections and their limitations, and the words for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import DateField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Optional

from workbench import clock
from workbench.evidence.queries import choices as evidence_choices
from workbench.people.queries import active_persons
from workbench.people.queries import choices as team_choices
from workbench.projects.forms import LAYERS
from workbench.registers.forms import RecordForm, Reference, choice
from workbench.tools import queries
from workbench.tools.rules import (
    Able,
    CapabilityKind,
    ConnectionKind,
    Decision,
    PromiseState,
    Retest,
    RetestResult,
    Sensitivity,
    Standing,
    whole_months,
)
from workbench.web.forms import Form, line, text

SENSITIVITIES = {
    Sensitivity.NONE: _l("none"), Sensitivity.INTERNAL: _l("internal"), Sensitivity.CONFIDENTIAL: _l("confidential"),
    Sensitivity.PERSONAL: _l("personal data"),
}
STANDINGS = {Standing.LIVE: _l("live"), Standing.TRIAL: _l("on trial"), Standing.ENDED: _l("ended")}
CONNECTIONS = {ConnectionKind.API: _l("interface"), ConnectionKind.FILE: _l("file"), ConnectionKind.HAND: _l("by hand")}
MISSING = {"owner": _l("owner"), "layer": _l("layer"), "sensitivity": _l("sensitivity")}
CAPABILITIES = {
    CapabilityKind.READ: _l("read"), CapabilityKind.EXPORT: _l("export"),
    CapabilityKind.QUANTITY_PER_CUSTOMER: _l("quantity per customer"), CapabilityKind.CREATE: _l("create a client"),
    CapabilityKind.REMOVE: _l("remove a client"), CapabilityKind.AUTOMATIC_CHARGE: _l("charge by itself"),
    CapabilityKind.BUNDLE_SPLIT: _l("tell bundle from extra"),
}
ABLE = {Able.YES: _l("yes"), Able.NO: _l("no"), Able.UNKNOWN: _l("unknown")}
ABLE_LOOKS = {Able.YES: "pass", Able.NO: "fail", Able.UNKNOWN: "unmatched"}
DECISIONS = {
    Decision.WAIT: _l("wait"), Decision.TEMPORARY: _l("temporary solution"), Decision.DROP: _l("drop what needs it"),
}
DECIDED: dict[Any, Any] = {"undecided": _l("not decided"), **DECISIONS}
DECISION_LOOKS: dict[Any, str] = {
    "undecided": "missing", Decision.WAIT: "open", Decision.TEMPORARY: "partly", Decision.DROP: "stopped",
}
PROMISES = {PromiseState.OPEN: _l("open"), PromiseState.KEPT: _l("kept"), PromiseState.BROKEN: _l("broken")}
PROMISE_LOOKS = {PromiseState.OPEN: "open", PromiseState.KEPT: "met", PromiseState.BROKEN: "not_met"}
RESULTS = {RetestResult.WORKS: _l("works"), RetestResult.FAILS: _l("no longer works")}
RETESTS = {Retest.FRESH: _l("tried"), Retest.DUE: _l("re-test due"), Retest.FAILED: _l("no longer works")}
RETEST_LOOKS = {Retest.FRESH: "pass", Retest.DUE: "overdue", Retest.FAILED: "fail"}
UNKNOWN = SelectChoice("", _l("not known yet"))


def choices(table: Mapping[Any, Any]) -> list[SelectChoice]:
    """A table of words as choices."""
    return [SelectChoice(value, word) for value, word in table.items()]


def age(since: date, on: date | None = None) -> str:
    """How long ago a day was, from today or from the day `on`: “3 years 2 months”, “5 months”, “less than a month”."""
    years, months = divmod(whole_months(since, on or clock.today()), 12)
    parts = []
    if years:
        parts.append(ngettext("%(num)s year", "%(num)s years", years))
    if months:
        parts.append(ngettext("%(num)s month", "%(num)s months", months))
    return " ".join(str(each) for each in parts) or str(_("less than a month"))


def nearness(day: date) -> str:
    """How a date is shown: "late" once it has passed, "soon" within thirty days, else plain."""
    days = (day - clock.today()).days
    if days < 0:
        return "late"
    return "soon" if days <= 30 else ""


class DescribeTool(Form):
    """A tool on the register."""

    name = line(_l("Name"), DataRequired(), maximum=120)
    purpose = line(_l("What it is used for"), maximum=500)
    vendor = line(_l("Vendor"), description=_l("Who makes it, and who sells it to you."))
    edition = line(_l("Edition or version"), maximum=80)
    owner_id = SelectField(
        _l("Owner"), coerce=lambda value: int(value) if value else None,
        description=_l("Who answers for it inside the company. Gate 1 asks for one."),
    )
    layer = SelectField(
        _l("Layer"), choices=[UNKNOWN, *choices(LAYERS)],
        description=_l("Through whom it is bought. Gate 1 asks for it."),
    )
    sensitivity = SelectField(
        _l("Sensitivity"), choices=[UNKNOWN, *choices(SENSITIVITIES)],
        description=_l("Of the data it holds. Gate 1 asks for it."),
    )
    data_held = text(_l("Data it holds"))
    standing = SelectField(
        _l("Standing"), validators=[InputRequired()], choices=choices(STANDINGS), default=Standing.LIVE
    )
    trial_ends_on = DateField(
        _l("Trial licence ends on"), validators=[Optional()], description=_l("Only for a tool on trial.")
    )

    def offer(self, owner: Any = None) -> DescribeTool:
        """Fill the list of owners; the present one stays in it even when they have left."""
        people = {each.id: each.name for each in active_persons()}
        if owner is not None:
            people.setdefault(owner.id, owner.name)
        self.owner_id.choices = [SelectChoice("", _("nobody yet")), *choices(people)]
        return self


class ConnectTools(Form):
    """Data that goes from this tool to another."""

    target_id = SelectField(_l("Goes to"), validators=[InputRequired()], coerce=int)
    kind = SelectField(_l("How"), validators=[InputRequired()], choices=choices(CONNECTIONS))
    carries = line(_l("What it carries"), maximum=500, description=_l("Such as: counts per client, once a month."))

    def offer(self, tools: Sequence[Any], *, without: int) -> ConnectTools:
        """Fill the list of tools, without the one it starts from."""
        self.target_id.choices = choices({each.id: each.name for each in tools if each.id != without})
        return self


class PutInScope(Form):
    """A tool for a project's scope."""

    tool_id = SelectField(_l("Tool"), validators=[InputRequired()], coerce=int)

    def offer(self, tools: Sequence[Any], taken: Sequence[Any]) -> PutInScope:
        """Fill the list of tools, without those in scope already."""
        here = {each.id for each in taken}
        self.tool_id.choices = choices({each.id: each.name for each in tools if each.id not in here})
        return self


class DescribeLimitation(RecordForm):
    """What is known about a limitation."""

    statement = text(_l("What the tool cannot do"), DataRequired())
    tool_id = Reference(_l("Tool"), queries.choices, validators=[InputRequired()])
    layer = choice(_l("Layer"), LAYERS, description=_l("Where it would have to be mended."))
    first_reported_on = DateField(_l("First reported on"), validators=[InputRequired()])
    reported_by = line(_l("Reported by"), description=_l("A role or a company; no name of a person."))
    promise = line(_l("Promise"), maximum=500, description=_l("What was promised, and by which company."))
    promised_on = DateField(_l("Promised for"), validators=[Optional()])
    evidence_id = Reference(_l("Evidence"), evidence_choices)
    chaser_id = Reference(_l("Who asks again"), team_choices)
    next_chase_on = DateField(_l("Asked again on"), validators=[Optional()])


class DecideLimitation(Form):
    """What is done about a limitation."""

    decision = RadioField(_l("Decision"), validators=[InputRequired()], choices=choices(DECISIONS))
    temporary_solution = text(
        _l("Temporary solution"), description=_l("Only where it is worked around: what is done meanwhile.")
    )
    disposition = text(_l("Reason"), DataRequired(), description=_l("The audit report prints it."))


class NotePromise(RecordForm):
    """A promise of a company outside."""

    feature = text(_l("What was promised"), DataRequired())
    tool_id = Reference(_l("Tool"), queries.choices, validators=[InputRequired()])
    layer = choice(_l("Layer"), LAYERS, description=_l("Who promised: reseller, supplier or editor."))
    promised_by = line(
        _l("Promised by"), description=_l("A company or a role, such as the editor’s support; no name of a person.")
    )
    limitation_id = Reference(_l("Limitation it would end"), queries.choices_of_limitations)
    made_on = DateField(_l("Promised on"), validators=[Optional()])
    due_on = DateField(_l("Promised for"), validators=[Optional()], description=_l("Gate 3 asks for this date."))
    owner_id = Reference(_l("Who asks again"), team_choices, description=_l("Gate 3 asks for somebody."))
    next_chase_on = DateField(_l("Asked again on"), validators=[Optional()])
    note = text(_l("Note"))


class SettlePromise(Form):
    """What became of a promise."""

    state = RadioField(_l("Outcome"), validators=[InputRequired()], choices=choices(PROMISES))
    outcome = text(_l("What shows it"), DataRequired())


class DescribeCustomisation(RecordForm):
    """Something of our own in a tool."""

    what = text(_l("What was added or set"), DataRequired())
    tool_id = Reference(_l("Tool"), queries.choices, validators=[InputRequired()])
    version_tested = line(_l("Version it was tried with"), maximum=80)
    tested_on = DateField(_l("Tried on"), validators=[Optional()])
    retest_trigger = text(
        _l("When to try it again"), description=_l("Such as: at each release of the editor, before it reaches us.")
    )
    owner_id = Reference(_l("Who tries it again"), team_choices)


class RetestCustomisation(Form):
    """How a customisation did with a version of its tool."""

    version_tested = line(_l("Version"), DataRequired(), maximum=80)
    tested_on = DateField(_l("Tried on"), validators=[InputRequired()], default=clock.today)
    result = RadioField(_l("Result"), validators=[InputRequired()], choices=choices(RESULTS))
    result_note = text(_l("What was seen"), description=_l("Needed where it no longer works."))


class SetCapability(Form):
    """Whether a tool can do something."""

    state = RadioField(_l("Can the tool do it?"), validators=[InputRequired()], choices=choices(ABLE))
    note = text(_l("How this is known"), description=_l("Such as: tried in the trial account, the export holds totals only."))
    evidence_id = Reference(_l("Evidence"), evidence_choices)
    limitation_id = Reference(_l("Limitation that says so"), queries.choices_of_limitations)

    def offer(self, project_id: int) -> SetCapability:
        """Fill the lists with what the project holds."""
        for each in (self.evidence_id, self.limitation_id):
            each.fill(project_id)
        return self


def tools_table(tools: Sequence[Any]) -> list[list[Any]]:
    """Tools as a table, head first."""
    head = [_("Name"), _("Vendor"), _("Edition"), _("Used for"), _("Owner"), _("Layer"), _("Sensitivity"), _("Standing"),
            _("Trial licence ends")]
    return [head, *(
        [each.name, each.vendor, each.edition, each.purpose, each.owner.name if each.owner else "",
         LAYERS[each.layer] if each.layer else "", SENSITIVITIES[each.sensitivity] if each.sensitivity else "",
         STANDINGS[each.standing], each.trial_ends_on]
        for each in tools
    )]


def connections_table(connections: Sequence[Any]) -> list[list[Any]]:
    """Connections as a table, head first."""
    head = [_("From"), _("To"), _("How"), _("What it carries")]
    return [head, *([each.source.name, each.target.name, CONNECTIONS[each.kind], each.carries] for each in connections)]


def capabilities_table(tools: Sequence[Any], known: Mapping[tuple[int, str], Any]) -> list[list[Any]]:
    """Every capability of every tool as a table, head first; what has no entry is unknown."""
    rows: list[list[Any]] = [[_("Tool"), _("Capability"), _("State"), _("Note")]]
    for tool in tools:
        for kind, word in CAPABILITIES.items():
            row = known.get((tool.id, kind))
            rows.append([tool.name, word, ABLE[row.state if row else Able.UNKNOWN], row.note if row else ""])
    return rows
