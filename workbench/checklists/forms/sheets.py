"""What is typed about a spreadsheet of answers, and the words in which its rows are shown."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from workbench.checklists.actions import HEADS, STATES
from workbench.web.addresses import row_number
from workbench.web.forms import Form

LONGEST_COMPARED = 2_000  # words; comparing more word by word would take too long to be worth it
FAULTS = {
    "no_item": _l("The row names no item."),
    "unknown_item": _l("This checklist has no item “%(value)s”."),
    "twice": _l("The item stands in more than one row, so none of them is taken."),
    "formula": _l("A formula stands in %(value)s. Type its result as text; formulas are never worked out here."),
    "answer_word": _l("“%(value)s” is no answer. Allowed are: %(allowed)s."),
    "note_due": _l("Write a note: for this answer the reason must be readable."),
    "note_too_long": _l("The note is too long: at most 20,000 letters and 500 lines."),
    "evidence_unknown": _l("This project has no evidence %(value)s."),
    "evidence_withdrawn": _l("%(value)s is withdrawn; it proves nothing any more."),
    "altered": _l("“%(column)s” is locked and was altered; that is ignored, the answer beside it is read."),
}


class ImportAnswers(Form):
    """The workbook that comes back."""

    file = FileField(
        _l("Spreadsheet"),
        validators=[FileRequired(_l("Choose the file."))],
        render_kw={"accept": ".xlsx,.ods"},
        description=_l("The file exported from this checklist, saved as XLSX or ODS. Nothing is saved before you confirm."),
    )


class ConfirmImport(Form):
    """The confirmation; one choice for each conflict is added by `take_over`."""

    seen = HiddenField()

    def versions(self) -> dict[str, int]:
        """{item key: version of the answer that the preview showed}."""
        pairs = (pair.partition("=") for pair in (self.seen.data or "").split())
        return {key: row_number(number) or 0 for key, _equals, number in pairs}

    def picks(self) -> dict[str, str]:
        """{item key: mine or theirs}."""
        return {each.name.removeprefix("pick-"): each.data for each in self if each.name.startswith("pick-")}

    def pick(self, item_key: str) -> Any:
        """The choice for one conflict."""
        return self[f"pick-{item_key}"]


def take_over(conflicts: Iterable[str]) -> type[ConfirmImport]:
    """The confirmation of a file with these items in conflict."""
    sides = [SelectChoice("mine", _l("keep mine")), SelectChoice("theirs", _l("keep theirs"))]
    needed = [InputRequired(_l("Choose which answer is kept."))]
    fields = {f"pick-{key}": RadioField(key, choices=sides, validators=needed) for key in conflicts}
    return type("ConfirmThis", (ConfirmImport,), fields)


def fault_in_words(fault: Mapping[str, Any]) -> str:
    """Why a row of a file is not read, or what is ignored in it."""
    column = HEADS.get(fault["value"], "")
    return str(FAULTS[fault["code"]]) % {"value": fault["value"], "column": column, "allowed": allowed()}


def allowed() -> str:
    """The answers as they may be typed, in both languages."""
    spoken = []
    for language in ("en", "fr"):
        with force_locale(language):
            spoken.append([str(word) for word in STATES.values()])
    return ", ".join(f"{one} / {other}" for one, other in zip(*spoken, strict=True))


def note_changes(old: str, new: str) -> list[tuple[str, str]]:
    """A note word by word, as ("same" | "gone" | "new", text) in reading order."""
    before, after = re.findall(r"\s+|\S+", old), re.findall(r"\s+|\S+", new)
    if len(before) + len(after) > LONGEST_COMPARED:
        return [(kind, text) for kind, text in (("gone", old), ("new", new)) if text]
    found = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(("same", "".join(before[a:b])))
            continue
        sides = (("gone", "".join(before[a:b])), ("new", "".join(after[c:d])))
        found.extend(side for side in sides if side[1])
    return found
