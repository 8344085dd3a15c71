"""What may be typed about the letterhead."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField
from wtforms.validators import DataRequired, Regexp

from workbench.reports.rules import ACCENT
from workbench.web.forms import Form, line, text


class ChangeLetterhead(Form):
    """How the company's reports look."""

    organisation = line(_l("Company"), description=_l("Empty: the name in the settings of this installation."))
    address = text(_l("Address"), maximum=500, description=_l("As it stands on the cover: street, place, numbers."))
    accent = line(
        _l("Accent colour"), DataRequired(), Regexp(r"#[0-9A-Fa-f]{6}$", message=_l("Write it such as #14595a.")),
        maximum=7, default=ACCENT,
        description=_l("Six digits after a #. Where white text on it could not be read, reports take a darker one."),
    )
    logo = FileField(_l("Logo"), description=_l("A PNG or a plain SVG of at most 1 MB. Empty: the one there is stays."))
    word_template = FileField(
        _l("Word template"),
        description=_l("A .docx of at most 5 MB with the places that the documentation names. Empty: the one there is stays."),
    )
    without_word_template = BooleanField(_l("Take the Word template away: ours is used again"))
    without_logo = BooleanField(_l("Take the logo away"))
