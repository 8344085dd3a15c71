"""The form of each kind of artefact, made from its dataclass: a question is a field, a table is a grid of fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import Field, dataclass, replace
from difflib import get_close_matches
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from workbench.lifecycle.artefacts import Artefact, Column, Fault, asked, word
from workbench.web.addresses import row_number
from workbench.web.forms import Form, line, stripped, text

SPARE, MORE, MOST = 2, 5, 120  # empty rows offered, added on demand, and the most that a table holds
CODED, LISTED = ("evidence", "need"), 200  # kinds of column named by a code, and how many of them a page lists
_NOT_FORCED = {"required": False}  # the browser lets a draft through
Offers = Mapping[str, Sequence[tuple[str, str]]]  # kind of column -> (what is kept, how people name it)


class Sign(Form):
    """A signature under a document."""

    password = PasswordField(_l("Your password, to sign"), validators=[InputRequired()])


class Coded(StringField):
    """One of many things by its code. All rows of a page share one list of them; “12” and “e-12 Title” are read as E-12."""

    def __init__(self, label: str, *, kind: str, offered: Mapping[str, str], kept: Sequence[str], **kwargs: Any) -> None:
        """`offered`: {code: words} · `kept`: codes that are stored already and may stay."""
        super().__init__(label, render_kw={**_NOT_FORCED, "list": f"offer-{kind}"}, **kwargs)
        self.offered, self.kept = offered, kept

    def process_formdata(self, valuelist: list[Any]) -> None:
        """What was typed, as the one code that it names."""
        typed = stripped(valuelist[0] if valuelist else "")[:500]
        start = typed.split(" ")[0].casefold()
        found = [code for code in self.offered if start and start in (code.casefold(), code.rpartition("-")[2].casefold())]
        self.data = found[0] if len(found) == 1 else typed

    def pre_validate(self, form: Any) -> None:
        """Refuse a code that nothing has, with the nearest that something has."""
        if not self.data or self.data in self.offered or self.data in self.kept:
            return
        nearest = get_close_matches(self.data, self.offered, n=1, cutoff=0)
        if not nearest:
            raise ValidationError(_("“%(typed)s” is not known: this project has nothing of this kind yet.", typed=self.data[:40]))
        raise ValidationError(
            _("“%(typed)s” is not a code of this list. The nearest is %(code)s.", typed=self.data[:40], code=nearest[0])
        )

    @property
    def said(self) -> str:
        """The words of what is chosen, without its code."""
        return self.offered.get(self.data or "", "").removeprefix(self.data or "").strip()


@dataclass(frozen=True)
class Line:
    """One row of a grid: what heads it (its number, or the word of a given row) and its cells."""

    head: str
    cells: tuple[Any, ...]


@dataclass(frozen=True)
class Grid:
    """A table as the form shows it."""

    name: str
    question: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    is_given: bool
    is_needed: bool


class ArtefactForm(Form):
    """Base of the forms made here; `KIND` is the artefact, `COUNTS` how many rows each of its tables shows."""

    KIND: type[Artefact]
    COUNTS: Mapping[str, int]
    LANGUAGE: str
    LISTS: Mapping[str, Sequence[tuple[str, str]]]  # what the rows share: kind of column -> (code, words), the newest

    def laid_out(self) -> list[Any]:
        """Fields and grids in the order in which they are asked."""
        return [
            _grid(self, each) if each.metadata["kind"] == "rows" else self._fields[each.name] for each in asked(self.KIND)
        ]

    def typed(self, stored: Artefact) -> Artefact:
        """The artefact that was typed; what is not asked any more stays as stored."""
        values: dict[str, Any] = {}
        for each in asked(self.KIND):
            if each.metadata["kind"] == "rows":
                values[each.name] = tuple(row for _number, row in self._rows(each))
            else:
                data = self._fields[each.name].data or ""
                values[each.name] = _lines(data) if each.metadata["kind"] == "lines" else data
        return replace(stored, **values)

    def _rows(self, each: Field[Any]) -> list[tuple[int, dict[str, str]]]:
        """(number in the form, cells) of every row that holds something."""
        found = []
        given = tuple(each.metadata["given"])
        for number in range(self.COUNTS[each.name]):
            cells = {
                column.name: str(self._fields[_cell(each.name, number, column.name)].data or "")
                for column in _typed_columns(each)
            }
            if any(cells.values()):
                first = {each.metadata["columns"][0].name: given[number]} if given else {}
                found.append((number, {**first, **cells}))
        return found

    def blame_all(self, faults: Sequence[Fault]) -> None:
        """Put each fault beside the cell or the field it concerns."""
        asked_for = {each.name: each for each in asked(self.KIND)}
        for fault in faults:
            name = fault.field
            if fault.row:
                number = self._rows(asked_for[fault.field])[fault.row - 1][0]
                name = _cell(fault.field, number, fault.column)
            self.blame(name, fault.message)


def _lines(data: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in data.split("\n") if part.strip())


def _cell(table: str, number: int, column: str) -> str:
    return f"{table}-{number}-{column}"


def _typed_columns(each: Field[Any]) -> Sequence[Column]:
    columns: Sequence[Column] = each.metadata["columns"]
    return columns[1:] if each.metadata["given"] else columns


def _grid(form: ArtefactForm, each: Field[Any]) -> Grid:
    language, given = form.LANGUAGE, each.metadata["given"]
    columns = _typed_columns(each)
    heads = [word(given, key, language) for key in given] or [str(row) for row in range(1, form.COUNTS[each.name] + 1)]
    lines = tuple(
        Line(head, tuple(form._fields[_cell(each.name, number, column.name)] for column in columns))
        for number, head in enumerate(heads)
    )
    first = (each.metadata["columns"][0] if given else None,)
    labels = tuple(column.label(language) for column in (*first, *columns) if column is not None)
    return Grid(each.name, each.metadata[language], labels, lines, bool(given), each.metadata["required"])


def form_for(
    kind: type[Artefact],
    language: str,
    *,
    stored: Artefact | None = None,
    sent: Mapping[str, str] | None = None,
    offers: Offers | None = None,
) -> type[ArtefactForm]:
    """The form of one kind: with `sent` it has the rows that were sent, else those stored and a few empty ones."""
    lists = {name: listed[:LISTED] for name, listed in (offers or {}).items() if name in CODED}
    made: dict[str, Any] = {"KIND": kind, "LANGUAGE": language, "COUNTS": {}, "LISTS": lists}
    shown = stored if stored is not None else kind()
    for each in asked(kind):
        if each.metadata["kind"] != "rows":
            made[each.name] = _question(each, language)
            continue
        count = len(each.metadata["given"]) or (_sent_rows(each.name, sent) if sent else len(getattr(shown, each.name)) + SPARE)
        made["COUNTS"][each.name] = count
        made.update(_cells(each, count, language, offers or {}, getattr(shown, each.name)))
    return type(kind.__name__, (ArtefactForm,), made)


def _sent_rows(name: str, sent: Mapping[str, str]) -> int:
    """How many rows of a table were sent, and five more where they were asked for."""
    numbers = [row_number(each.split("-")[1]) for each in sent if each.startswith(f"{name}-") and each.count("-") == 2]
    rows = max([number + 1 for number in numbers if number is not None], default=0)
    return min(MOST, rows + (MORE if sent.get("submit") == f"more-{name}" else 0))


class Wanted:
    """Marks a question that counts for the document being whole; a draft is kept without its answer."""

    field_flags: ClassVar[Mapping[str, bool]] = {"required": True}

    def __call__(self, form: Any, field: Any) -> None:
        """Nothing is refused."""


def _question(each: Field[Any], language: str) -> Any:
    label, what = each.metadata[language], each.metadata["kind"]
    marks = [Wanted()] if each.metadata["required"] else []
    if what == "choice":
        words = [(key, both[language == "fr"]) for key, both in each.metadata["options"].items()]
        return _select(label, words, validators=marks)
    if what in ("day", "number"):
        shape = {"type": "date"} if what == "day" else {"type": "number", "min": "0"}
        return StringField(label, filters=[_bare], validators=marks, render_kw={**shape, **_NOT_FORCED})
    return text(label, *marks, description=_l("One entry a line.") if what == "lines" else "", render_kw=_NOT_FORCED)


def _bare(value: str | None) -> str:
    return (value or "").replace("\x00", "").strip()[:20]


def _select(
    label: str, listed: Sequence[tuple[str, str]], kept: Sequence[str] = (), validators: Sequence[Any] = ()
) -> SelectField:
    """A list to choose from; what is stored and not offered any more can stay as it is."""
    known = {value for value, _word in listed}
    gone = [(value, value) for value in dict.fromkeys(kept) if value and value not in known]
    choices = [SelectChoice(*each) for each in [("", "–"), *listed, *gone]]
    return SelectField(label, choices=choices, validators=validators, default="", render_kw=_NOT_FORCED)


def _cells(
    each: Field[Any], count: int, language: str, offers: Offers, stored: Sequence[Mapping[str, str]]
) -> dict[str, Any]:
    made: dict[str, Any] = {}
    heads = [word(each.metadata["given"], key, language) for key in each.metadata["given"]]
    for column in _typed_columns(each):
        kept = [row.get(column.name, "") for row in stored]
        for number in range(count):
            row = heads[number] if heads else _("row %(number)s", number=number + 1)
            made[_cell(each.name, number, column.name)] = _field(column, f"{column.label(language)}, {row}", language, offers, kept)
    return made


def _field(column: Column, label: str, language: str, offers: Offers, kept: Sequence[str]) -> Any:
    if column.kind == "text":
        return line(label, maximum=500)
    if column.kind == "long":
        return text(label, maximum=5000)
    if column.kind in CODED:
        return Coded(label, kind=column.kind, offered=dict(offers.get(column.kind, ())), kept=kept)
    options = [(key, both[language == "fr"]) for key, both in column.options.items()]
    return _select(label, options or offers.get(column.kind, ()), kept)


def as_typed(artefact: Artefact) -> dict[str, str]:
    """The stored artefact as its form shows it, by the names of the form's fields."""
    shown: dict[str, str] = {}
    for each in asked(type(artefact)):
        value = getattr(artefact, each.name)
        if each.metadata["kind"] == "rows":
            shown.update(_shown_rows(each, value))
        else:
            shown[each.name] = "\n".join(value) if each.metadata["kind"] == "lines" else value
    return shown


def _shown_rows(each: Field[Any], rows: Sequence[Mapping[str, str]]) -> dict[str, str]:
    given, first = list(each.metadata["given"]), each.metadata["columns"][0].name
    places = [(given.index(row[first]), row) for row in rows if row.get(first) in given] if given else list(enumerate(rows))
    return {
        _cell(each.name, number, column.name): row.get(column.name, "")
        for number, row in places
        for column in _typed_columns(each)
    }
