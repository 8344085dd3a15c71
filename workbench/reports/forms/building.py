"""What may be chosen when a report or bundle is built."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField
from wtforms.validators import InputRequired

from workbench.projects.forms import options
from workbench.web.forms import Form

LANGUAGES = {"en": "English", "fr": "Français"}


class Build(Form):
    """Which report or bundle, and in which language."""

    report = HiddenField(validators=[InputRequired()])
    language = SelectField(_l("Language"), choices=options(LANGUAGES))
