"""What may be typed about evidence."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import DateField
from wtforms.validators import DataRequired, Optional

from workbench.evidence.rules import EvidenceKind
from workbench.web.forms import Form, line, text

KINDS = {EvidenceKind.FILE: _l("file"), EvidenceKind.LINK: _l("link"), EvidenceKind.SYSTEM: _l("result of the system")}
STANDINGS = {
    "current": _l("current"),
    "expiring": _l("expiring within 30 days"),
    "expired": _l("expired"),
    "withdrawn": _l("withdrawn"),
}
_ABOUT = _l("What it shows, who made it, where the original lies.")
_UNTIL = _l("The last day on which it still proves something; empty where it does not age.")


class AddVersion(Form):
    """What every version has."""

    valid_until = DateField(_l("Valid until"), validators=[Optional()], description=_UNTIL)
    note = text(_l("Note"), description=_ABOUT)


class AddFileVersion(AddVersion):
    """A newer version of a file."""

    file = FileField(_l("File"), validators=[FileRequired(_l("Choose the file."))])


class AddLinkVersion(AddVersion):
    """A newer address of a link."""

    url = line(_l("Address"), DataRequired(), maximum=2000, description=_l("It begins with https:// or http://."))


class AddFile(AddFileVersion):
    """A file as new evidence."""

    title = line(_l("Title"), maximum=300, description=_l("Empty: the file’s own name."))


class AddLink(AddLinkVersion):
    """A link as new evidence."""

    title = line(_l("Title"), DataRequired(), maximum=300)


class Withdraw(Form):
    """Why evidence proves nothing any more."""

    reason = text(_l("Reason"), DataRequired(), maximum=2000)
