"""What may be typed about a project, its team and its participants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, RadioField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from workbench.people.queries import active_persons
from workbench.people.rules import Function, Hub, Role
from workbench.projects.rules import BOUNDS, Confidentiality, Layer, ProjectKind
from workbench.web.forms import Form, line, text

HUBS = {Hub.ADMINISTRATION: _l("administration"), Hub.TECHNICAL: _l("technical"), Hub.SALES: _l("sales")}
LAYERS = {
    Layer.INTERNAL: _l("internal"),
    Layer.RESELLER: _l("reseller"),
    Layer.SUPPLIER: _l("supplier"),
    Layer.EDITOR: _l("editor"),
}
CONFIDENTIALITY = {
    Confidentiality.INTERNAL: _l("internal"),
    Confidentiality.CONFIDENTIAL: _l("confidential"),
    Confidentiality.PUBLIC: _l("public"),
}
KINDS = {
    ProjectKind.INTEGRATION: _l("the integration of a tool, over nine steps"),
    ProjectKind.SYSTEM: _l("the management system itself: checklists, audits and findings without steps or end"),
}
KINDS_SHORT = {ProjectKind.INTEGRATION: _l("project"), ProjectKind.SYSTEM: _l("management system")}
MEMBER_ROLES = {
    Role.PROJECT_MANAGER: _l("project manager"),
    Role.CONTRIBUTOR: _l("contributor"),
    Role.GUEST: _l("guest"),
}
FUNCTIONS = {
    Function.SPONSOR: _l("sponsor"),
    Function.PROJECT_MANAGER: _l("project manager"),
    Function.QUALITY_LEAD: _l("quality lead"),
    Function.PROCESS_OWNER: _l("process owner"),
    Function.TECHNICAL_LEAD: _l("technical lead"),
    Function.SECURITY_LEAD: _l("security and data-protection lead"),
    Function.BILLING_LEAD: _l("administrative and billing lead"),
    Function.SALES_LEAD: _l("sales lead"),
    Function.ADOPTION_LEAD: _l("adoption lead"),
    Function.CHANGE_AUTHORITY: _l("change authority"),
    Function.INTERNAL_AUDITOR: _l("internal auditor"),
}


def options(table: Mapping[Any, Any]) -> list[SelectChoice]:
    """A table of words as choices."""
    return [SelectChoice(value, word) for value, word in table.items()]


class DescribeProject(Form):
    """A project's facts."""

    name = line(_l("Name"), DataRequired(), description=_l("What is to change, in a few words."))
    purpose = text(_l("Purpose"), description=_l("What the company wants from it."))
    scope = text(_l("In scope"), description=_l("Units, processes, tools and period."))
    out_of_scope = text(_l("Out of scope"))
    confidentiality = SelectField(
        _l("Confidentiality"), choices=options(CONFIDENTIALITY), default=Confidentiality.INTERNAL
    )


class OpenProject(DescribeProject):
    """A new project, or the management system."""

    kind = RadioField(_l("What it is"), choices=options(KINDS), default=ProjectKind.INTEGRATION)
    key = line(
        _l("Key"), DataRequired(), maximum=20, description=_l("Capital letters, a dash and a number, such as INV-1.")
    )


class AddMember(Form):
    """A person on the team."""

    person_id = SelectField(_l("Person"), coerce=int)
    role = SelectField(_l("Access on this project"), choices=options(MEMBER_ROLES), default=Role.CONTRIBUTOR)
    hub = SelectField(_l("Hub"), choices=options(HUBS))
    functions = SelectMultipleField(
        _l("Functions"),
        choices=options(FUNCTIONS),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        description=_l("What this person answers for; the gate items name these functions."),
    )

    def offer(self, taken: Sequence[int] = ()) -> AddMember:
        """Fill the list of persons, without those on the team already."""
        self.person_id.choices = [SelectChoice(each.id, each.name) for each in active_persons() if each.id not in taken]
        return self


class NameParticipant(Form):
    """A party around the project."""

    name = line(_l("Name or role"), DataRequired())
    organisation = line(_l("Organisation"))
    layer = SelectField(_l("Layer"), choices=options(LAYERS))
    expects = text(_l("What they decide, do and expect"))
    is_confidential = BooleanField(_l("Keep the name out of reports"))


def _whole(name: str, label: Any, description: Any) -> IntegerField:
    least, most = BOUNDS[name]
    asked = [InputRequired(), NumberRange(least, most)]
    return IntegerField(label, validators=asked, description=description)


class SetThresholds(Form):
    """What the conditions of a project's gates compare with."""

    reading_share = _whole(
        "reading_share", _l("Readers who acknowledged, in per cent"), _l("Gate 8 asks for this share of those addressed.")
    )
    question_days = _whole(
        "question_days", _l("Days a question may stay open"), _l("An older one keeps gate 8 shut until it is answered.")
    )
    habit_weeks = _whole(
        "habit_weeks", _l("Weeks within the limit"), _l("So many weeks within the limit make a habit.")
    )
    habit_window = _whole(
        "habit_window", _l("Weeks looked at"), _l("The weeks within the limit are counted in the last so many.")
    )
    quorum = _whole("quorum", _l("Approvals a change needs"), _l("Of the change authority, never of who asked for it."))
    stale_plan_days = _whole(
        "stale_plan_days", _l("Days until a plan is stale"), _l("A plan that was not tried again for longer is run anew first.")
    )


def team_table(members: Sequence[Any]) -> list[list[Any]]:
    """The team as a table, head first."""
    head = [_("Name"), _("Hub"), _("Access on this project"), _("Functions")]
    return [head, *(
        [each.person.name, HUBS[each.hub], MEMBER_ROLES[each.role], ", ".join(str(FUNCTIONS[name]) for name in each.functions)]
        for each in members
    )]


def participants_table(parties: Sequence[Any]) -> list[list[Any]]:
    """The parties as a table, head first, those who are kept confidential without name and organisation."""
    head = [_("Name or role"), _("Organisation"), _("Layer"), _("What they decide, do and expect")]
    return [head, *(
        [_("Kept confidential.") if each.is_confidential else each.name, "" if each.is_confidential else each.organisation,
         LAYERS[each.layer], each.expects]
        for each in parties
    )]
