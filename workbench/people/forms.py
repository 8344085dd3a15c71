"""What may be typed about persons."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from workbench.people.rules import MAXIMUM_PASSWORD, MINIMUM_PASSWORD, Role
from workbench.web.forms import Form, line

ROLE_NAMES = {
    Role.ADMIN: _l("admin"),
    Role.QUALITY_LEAD: _l("quality lead"),
    Role.AUDITOR: _l("auditor"),
    Role.PROJECT_MANAGER: _l("project manager"),
    Role.CONTRIBUTOR: _l("contributor"),
    Role.GUEST: _l("guest"),
}

ROLES = [SelectChoice(role, name) for role, name in ROLE_NAMES.items()]


def new_password(label: object) -> PasswordField:
    """A field for a password that is being chosen."""
    hint = _l("At least %(count)s characters; a sentence is a good password.", count=MINIMUM_PASSWORD)
    return PasswordField(
        label, description=hint, validators=[InputRequired(), Length(MINIMUM_PASSWORD, MAXIMUM_PASSWORD)]
    )


class SetUp(Form):
    """The first person of an installation."""

    name = line(
        _l("Your name"), DataRequired(), maximum=120, description=_l("As it is printed on decisions and reports.")
    )
    email = line(_l("E-mail address"), DataRequired(), maximum=254)
    password = new_password(_l("Password"))


class AddPerson(SetUp):
    """A further person, with the access role."""

    name = line(_l("Name"), DataRequired(), maximum=120, description=_l("As it is printed on decisions and reports."))
    role = SelectField(_l("Access role"), choices=ROLES, default=Role.CONTRIBUTOR)


class ChangePassword(Form):
    """One's own password, changed by who knows the present one."""

    present = PasswordField(_l("Present password"), validators=[InputRequired()])
    password = new_password(_l("New password"))


class ChangeRole(Form):
    """Another access role for a person."""

    role = SelectField(_l("Access role"), choices=ROLES)
