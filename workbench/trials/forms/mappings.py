"""What may be typed about a mapping as a whole, and the words for what changed in one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import RadioField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from workbench.trials import queries
from workbench.web.forms import Form, line, text

if TYPE_CHECKING:
    from sandbox import Change

LONGEST = 400_000  # letters of a mapping's text in a form
_WAYS = {"blank": _l("from two tables"), "upload": _l("from a YAML file"), "copy": _l("as a copy of another mapping")}


class NewMapping(Form):
    """A new mapping."""

    name = line(_l("Name"), DataRequired(), maximum=100, description=_l("Small letters, digits and -, such as supplier-usage."))
    title = line(_l("Title"), description=_l("What it does, as people say it."))
    way = RadioField(
        _l("Begin"), choices=[SelectChoice(value, word) for value, word in _WAYS.items()], default="blank",
    )
    source = SelectField(
        _l("Rows from"), choices=[], default="",
        description=_l("The newest copy of this table gives the first fields."),
    )
    target = SelectField(
        _l("Held against"), choices=[], default="",
        description=_l("The live table that the result is compared with."),
    )
    file = FileField(_l("YAML file"))
    copy_of = SelectField(_l("Copy of"), choices=[], coerce=int, default=0)

    def offer(self, project_id: int) -> NewMapping:
        """Fill the lists of tables and mappings."""
        tables = [("", str(_("none"))), *queries.mappings.table_choices(project_id)]
        self.source.choices = [SelectChoice(*one) for one in tables]
        self.target.choices = [SelectChoice(*one) for one in tables]
        known = [(0, str(_("none"))), *queries.mappings.choices_of_mappings(project_id)]
        self.copy_of.choices = [SelectChoice(str(number), word) for number, word in known]
        return self


class DraftText(Form):
    """The whole mapping as YAML."""

    draft = TextAreaField(
        _l("Mapping (YAML)"), filters=[lambda value: (value or "").replace("\r\n", "\n").replace("\x00", "")],
        validators=[DataRequired(), Length(max=LONGEST)],
        description=_l("Comments stay as long as the text is edited here; a form writes the file anew, without them."),
    )


class UploadMapping(Form):
    """A file that takes the place of the draft."""

    file = FileField(_l("YAML file"), validators=[DataRequired()])


class SaveVersion(Form):
    """Why a version is saved."""

    note = text(_l("Why it changed"), DataRequired(), maximum=2000, description=_l("Shown beside each run of this version."))


def change_in_words(change: Change) -> str:
    """One change between two versions, in the person's language."""
    place = _place(change.place[:-1] if change.place[-1] == "formula" else change.place)
    if change.kind == "renamed":
        return str(_("step %(before)s is now called %(after)s", before=change.before, after=change.after))
    if change.kind == "moved":
        return str(_("%(place)s now stand in the order %(after)s", place=place, after=", ".join(change.after)))
    before, after = _shown(change.before), _shown(change.after)
    if change.kind == "changed":
        return str(_("%(place)s is now %(after)s (was %(before)s)", place=place, after=after, before=before))
    if change.kind == "added":
        return str(_("%(place)s is new: %(after)s", place=place, after=after))
    return str(_("%(place)s is gone: %(before)s", place=place, before=before))


_PARTS = {
    "steps": _l("step"), "targets": _l("target"), "lookups": _l("lookup"), "checks": _l("check"), "sources": _l("source"),
    "parameters": _l("parameter"), "fields": _l("field"), "measures": _l("measure"),
}


def _place(place: tuple[str, ...]) -> str:
    words, at = [], 0
    while at < len(place):
        if place[at] in _PARTS and at + 1 < len(place):
            words.append(f"{_PARTS[place[at]]} {place[at + 1]}")
            at += 2
        else:
            words.append(str(_PARTS.get(place[at], place[at])))
            at += 1
    return ", ".join(words)


def _shown(value: Any, *, is_inner: bool = False) -> str:
    """A value as pages show it: what stands in the mapping between backticks, a part of a part in brackets."""
    if isinstance(value, dict):
        if "formula" in value:
            return _shown(value["formula"])
        held = {key: one for key, one in value.items() if one not in (None, "", [], {}, ())}
        filled = ", ".join(f"{key}: {_shown(one, is_inner=True)}" for key, one in held.items())
        return f"({filled})" if is_inner else filled or str(_("nothing"))
    if isinstance(value, list | tuple):
        return ", ".join(_shown(one, is_inner=True) for one in value) or str(_("nothing"))
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    return str(_("nothing")) if value in (None, "") else f"`{value}`"
