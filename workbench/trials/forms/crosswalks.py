"""What may be typed about a crosswalk and its names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import HiddenField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from workbench.trials import queries
from workbench.trials.actions.crosswalks import Decided
from workbench.trials.queries.crosswalks import NameLine
from workbench.trials.rules import parts
from workbench.web.forms import Form, line, stripped, text

SHOW = {
    "open": _l("open"), "unmapped": _l("nothing suggested"), "suggested": _l("suggested"), "mapped": _l("mapped"),
    "ignored": _l("left aside"), "all": _l("all"),
}
REASONS = {"exact": _l("the same name"), "normalised": _l("the same once case, accents and legal form are left out"),
           "fuzzy": _l("spelled alike")}


class Names(Form):
    """Where the names of both sides come from."""

    left_at = SelectField(_l("Names on the left from"), choices=[], default="", validate_choice=True)
    left_file = FileField(_l("or from a CSV file"))
    left_typed = text(_l("or typed, one a line"), maximum=20_000)
    right_at = SelectField(_l("Names on the right from"), choices=[], default="")
    right_file = FileField(_l("or from a CSV file"))
    right_typed = text(_l("or typed, one a line"), maximum=20_000)

    def offer(self, project_id: int, *now: str) -> Any:
        """Fill the lists of columns; those of now stay, also where the mirror has them no more."""
        columns = queries.crosswalks.name_columns(project_id)
        offered = [SelectChoice("", _("none")), *(SelectChoice(name, name) for name in columns)]
        offered += [SelectChoice(name, _("the file %(name)s", name=name.rpartition("/")[2])) for name in now
                    if name and name not in columns]
        self.left_at.choices = self.right_at.choices = offered
        return self


class NewCrosswalk(Names):
    """A new crosswalk."""

    name = line(_l("Name"), DataRequired(), maximum=63, description=_l("Mappings read it as the table crosswalk.<name>."))
    title = line(_l("Title"))
    left_column = line(_l("Column on the left"), DataRequired(), description=_l("As lookups call it, such as account."))
    right_column = line(_l("Column on the right"), DataRequired(), description=_l("As lookups call it, such as client."))
    shown = ("name", "title", "left_column", "left_at", "left_file", "left_typed", "right_column", "right_at", "right_file",
             "right_typed")


class ImportCrosswalk(Form):
    """A file with decisions."""

    file = FileField(_l("CSV file"), validators=[DataRequired()],
                     description=_l("Columns left, right, state (mapped, ignored, unmapped) and reason."))


class NamesForm(Form):
    """Base of the form over the names of one page; `lines` are the names, in order."""

    lines: tuple[NameLine, ...] = ()
    do = HiddenField()
    reason = line(_l("Reason"), maximum=2000, description=_l("Needed for names that are left aside; kept with each."))

    def decided(self) -> list[Decided]:
        """What was chosen for each name; those left as they are do not count."""
        found = []
        for at, one in enumerate(self.lines):
            choice, other = self[f"choice_{at}"].data or "", self[f"other_{at}"].data or ""
            if other:
                found.append(Decided(one.left, "mapped", tuple(dict.fromkeys(parts.names_from(other))), self.reason.data))
            elif choice.startswith("="):
                taken = one.suggestions[int(choice[1:])]
                found.append(Decided(one.left, "mapped", (taken.right,), self.reason.data, round(taken.score), True))
            elif choice == "ignored":
                found.append(Decided(one.left, "ignored", (), self.reason.data))
            elif choice == "unmapped":
                found.append(Decided(one.left, "unmapped", (), self.reason.data))
        return found

    def all_of(self, reason: str) -> list[Decided]:
        """The one suggestion of that kind for each open name of the page; a name with several stays open."""
        return [
            Decided(one.left, "mapped", (one.suggestions[0].right,), self.reason.data, round(one.suggestions[0].score), True)
            for one in self.lines
            if one.state == "suggested" and len(one.suggestions) == 1 and one.suggestions[0].reason == reason
        ]


def names_form(lines: Sequence[NameLine]) -> NamesForm:
    """The form over these names: for each a choice, and a field for names that were not suggested."""
    fields: dict[str, Any] = {"lines": tuple(lines)}
    for at, one in enumerate(lines):
        offered = [("", _("leave it"))]
        offered += [(f"={place}", _("accept %(right)s (%(score)s)", right=each.right, score=f"{each.score:.0f}"))
                    for place, each in enumerate(one.suggestions[:9])]
        offered += [("ignored", _("leave aside"))] if one.state != "ignored" else []
        offered += [("unmapped", _("open again"))] if one.state in ("mapped", "ignored") else []
        fields[f"choice_{at}"] = SelectField(
            _("Decision on %(name)s", name=one.left), choices=[SelectChoice(*each) for each in offered], default="")
        fields[f"other_{at}"] = StringField(
            _("Other names for %(name)s", name=one.left), filters=[stripped], validators=[Length(max=4000)])
        fields[f"left_{at}"] = HiddenField(default=one.left)
    form: NamesForm = type("NamesOfPage", (NamesForm,), fields)()
    return form
