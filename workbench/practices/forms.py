"""What may be typed into a work instruction."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms.validators import DataRequired

from workbench.web.forms import Form, line, text


class WriteInstruction(Form):
    """A work instruction."""

    title = line(_l("Title"), DataRequired())
    role = line(_l("Role"), DataRequired(), maximum=120, description=_l("Who works by it, such as billing clerk."))
    body = text(_l("Text"), DataRequired(), description=_l("One page: what to do, in which order, and whom to ask."))
