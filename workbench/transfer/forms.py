"""The form that sends a project's file."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField
from wtforms.validators import Optional

from workbench.web.forms import Form, line


class Import(Form):
    """A file that another installation wrote."""

    file = FileField(_l("Project file"), validators=[FileRequired(_l("Choose the JSON file of a project."))])
    key = line(
        _l("Key here"), Optional(), maximum=17,
        description=_l("Leave it empty to keep the project’s own key; a key that is taken here needs another, such as INV-2."),
    )
    is_dry = BooleanField(
        _l("Only look"), default=True, description=_l("Checks the whole file and says what would be taken in; nothing is written.")
    )
