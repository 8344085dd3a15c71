"""What may be typed about evidence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, BinaryIO

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired, MultipleFileField
from wtforms import DateField, ValidationError
from wtforms.validators import DataRequired, Optional

from workbench.evidence.queries import Line
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


class AddFiles(AddVersion):
    """Several files at once, or what the camera of a phone takes."""

    file = MultipleFileField(_l("Files"), description=_l("One or several."))
    photo = MultipleFileField(
        _l("Photo"),
        render_kw={"accept": "image/*", "capture": "environment"},
        description=_l("A phone opens its camera here."),
    )
    title = line(_l("Title"), maximum=300, description=_l("Empty, or with several files: each file’s own name."))

    def sent(self) -> list[tuple[str, BinaryIO]]:
        """The files with their names, in the order in which they were chosen."""
        return [(each.filename, each.stream) for each in (*(self.file.data or ()), *(self.photo.data or ()))]

    def validate_title(self, field: Any) -> None:
        """At least one file is needed; said beside the files."""
        if not self.sent():
            raise ValidationError(_l("Choose a file or take a photo."))


class AddLink(AddLinkVersion):
    """A link as new evidence."""

    title = line(_l("Title"), DataRequired(), maximum=300)


class Withdraw(Form):
    """Why evidence proves nothing any more."""

    reason = text(_l("Reason"), DataRequired(), maximum=2000)


def evidence_table(rows: Iterable[Line]) -> list[list[Any]]:
    """Evidence with what is known of its newest version, as a table, head first."""
    head = [_("Code"), _("Title"), _("Kind"), _("State"), _("Valid until"), _("Version"), _("File"), _("Address"), _("Type"),
            _("Bytes"), "SHA-256", _("Added"), _("Added by")]
    return [head, *(
        [each.code, each.title, KINDS[EvidenceKind(each.kind)], STANDINGS[each.state], each.valid_until, each.number,
         each.filename, each.url, each.media_type, each.size, each.sha256, each.added_at, each.owner_name]
        for each in rows
    )]
