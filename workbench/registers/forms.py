"""The form of a record: its fields are the record's columns; references offer the rows of the project at hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from workbench.registers import queries
from workbench.registers.rules import Cell, Column, Further, Overview, Register
from workbench.web.addresses import row_number
from workbench.web.filters import exact, on
from workbench.web.forms import Form, text
from workbench.web.refusals import Conflict, Side
from workbench.web.sheets import Told

_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:[.,]\d{1,10})?")
_FRAME = frozenset({"csrf_token", "idempotency_key", "version"})
Source = Callable[[int], Sequence[tuple[int, str]]]  # project id -> (row id, how people name it)


class RecordForm(Form):
    """Base of the forms of registers."""

    def offer(self, project_id: int) -> Self:
        """Fill every list of rows with those of the project."""
        for each in self:
            if isinstance(each, Reference):
                each.fill(project_id)
        return self

    def fields(self) -> list[Any]:
        """The fields that hold the record's columns."""
        return [each for each in self if each.name not in _FRAME]

    def facts(self) -> dict[str, Any]:
        """What was typed, by column."""
        return {each.name: each.data for each in self.fields()}


class Reference(SelectField):
    """A list of rows of the project; its value is a row's number or None."""

    def __init__(self, label: Any, source: Source, **kwargs: Any) -> None:
        super().__init__(label, coerce=_row, **kwargs)
        self.source = source

    def fill(self, project_id: int) -> None:
        """Offer the rows of a project, and none of them."""
        self.choices = [SelectChoice("", _("none")), *(SelectChoice(*row) for row in self.source(project_id))]


def _row(value: Any) -> int | None:
    if value is None or isinstance(value, int):
        return value
    return row_number(str(value))


def choice(label: Any, words: Mapping[Any, Any], *, empty: Any = None, **kwargs: Any) -> SelectField:
    """One of a table of words. With `empty` (a word) nothing may be chosen."""
    first = [SelectChoice("", empty)] if empty is not None else []
    if empty is not None:
        kwargs.setdefault("default", "")
    validators = [] if empty is not None else [InputRequired()]
    listed = [*first, *(SelectChoice(str(value), word) for value, word in words.items())]
    return SelectField(label, choices=listed, validators=validators, **kwargs)


def several(label: Any, words: Mapping[Any, Any], **kwargs: Any) -> SelectMultipleField:
    """Any number of a table of words, as boxes to tick; the column is JSON."""
    listed = [SelectChoice(str(value), word) for value, word in words.items()]
    widget, box = ListWidget(prefix_label=False), CheckboxInput()
    return SelectMultipleField(label, choices=listed, widget=widget, option_widget=box, **kwargs)


@dataclass(frozen=True)
class Kept(Side):
    """A field of a conflict with what would be sent for my side: one value, or several where more can be chosen.

    `choices` are the words to choose from, where there are such.
    """

    value: str | tuple[str, ...]
    choices: tuple[tuple[str, str], ...] = ()


def check_seen(row: Any, form: Form) -> None:
    """Raise Conflict, with every field of the form, where `row` was saved after the form was opened."""
    if form.seen_version() not in (None, row.version):
        sides = tuple(_side(each, getattr(row, each.name, "")) for each in form if each.name not in _FRAME)
        raise Conflict(sides, version=row.version)


def _side(field: Any, stored: Any) -> Side:
    label, mine, theirs = str(field.label.text), _sent(field.data), _sent(stored)
    if isinstance(field, BooleanField):
        words = {"y": str(_("yes")), "": str(_("no"))}
    elif isinstance(field, SelectField | SelectMultipleField):
        words = {_sent(each.value): str(each.label) for each in field.choices}
    else:
        return Kept(field.name, label, mine, theirs, mine)
    if isinstance(field, SelectMultipleField):
        return _several(field, words, stored)
    return Kept(field.name, label, words.get(mine, mine), words.get(theirs, theirs), mine, tuple(words.items()))


def _several(field: Any, words: Mapping[str, str], stored: Any) -> Side:
    mine, theirs = (tuple(_sent(each) for each in values or ()) for values in (field.data, stored))
    told, there = (", ".join(words.get(each, each) for each in values) for values in (mine, theirs))
    return Kept(field.name, str(field.label.text), told, there, mine, tuple(words.items()))


def _sent(value: Any) -> str:
    """A value as a form sends it."""
    if value is True:
        return "y"
    return "" if value is None or value is False else str(value)


def keep_chosen(register: Register, form: RecordForm, rows: Sequence[Any]) -> None:
    """Offer also what these rows refer to although it is offered no more: withdrawn, out of scope, off the team."""
    for each in form:
        if not isinstance(each, Reference) or each.name in register.guarded or not hasattr(register.model, each.name):
            continue
        offered = {choice.value for choice in each.choices}
        left = {number for row in rows if (number := getattr(row, each.name)) is not None} - offered
        if left:
            each.choices = [*each.choices, *(SelectChoice(*gone) for gone in queries.left(register.model, each.name, left))]


class Withdraw(Form):
    """Why a record is withdrawn."""

    reason = text(
        _l("Reason"), DataRequired(), maximum=2000,
        description=_l("The record leaves every list and count; it stays readable and can be put back."),
    )


def cells(register: Register, form: RecordForm, row: Any, *, sees: bool, every: bool = False) -> list[Cell]:
    """A record as it is shown: the list's columns, or with `every` all of its fields. `sees`: guarded fields too."""
    names = [each.name for each in form.fields()] if every else list(register.columns)
    shown = [_cell(register, form._fields[name], row, sees) for name in names]
    return shown + [_further(register, each, row) for each in register.further if every or each.in_list]


def _further(register: Register, further: Further, row: Any) -> Cell:
    value = getattr(row, further.name)
    if further.said is not None:
        text = further.said(row)
    else:
        text = str(further.words[value]) if value in further.words else in_words(None, value)
    look = register.looks.get(further.name, {}).get(str(value), "")
    return Cell(further.name, str(further.label), text, look, _measured(value, further.said or further.words))


def _cell(register: Register, field: Any, row: Any, sees: bool) -> Cell:
    name, value, label = field.name, getattr(row, field.name), str(field.label.text)
    if name in register.guarded and not sees and register.is_guarded(row):
        return Cell(name, label, register.instead(row, name))
    look = register.looks.get(name, {}).get(str(value), "")
    number = _plain_number(value) if name in register.figures else None
    if number is not None:
        return Cell(name, label, exact(number), look, number)
    has_words = isinstance(field, BooleanField | SelectField | SelectMultipleField)
    return Cell(name, label, in_words(field, value), look, _measured(value, has_words))


def _plain_number(text: Any) -> Decimal | None:
    """The number that a text is, written with a point or a comma; None where it says more, or begins as a code does."""
    return Decimal(text.replace(",", ".")) if isinstance(text, str) and _NUMBER.fullmatch(text) else None


def exported(cell: Cell) -> Any:
    """The cell in an export: nothing where nothing is said, and the number, day or time behind a text that says one."""
    if cell.value is not None:
        return Told(cell.text, cell.value)
    return "" if cell.text == "–" else cell.text


def overview_cells(overview: Overview, row: Any) -> list[Cell]:
    """A row of an overview as it is shown."""
    return [
        Cell(
            each.name, str(each.label), _said(each, row[each.name]), each.look(row[each.name]),
            _measured(row[each.name], each.said or each.words),
        )
        for each in overview.columns
    ]


def _measured(value: Any, has_words: Any) -> Any:
    """A number, day or time; None where words stand for the value, or where it is none of these."""
    is_measured = isinstance(value, int | Decimal | date) and not isinstance(value, bool)
    return value if is_measured and not has_words else None


def _said(column: Column, value: Any) -> str:
    if value in column.words:
        return str(column.words[value])
    if column.said is not None and value not in (None, ""):
        return column.said(value)
    return in_words(None, value)


def in_words(field: Any, value: Any) -> str:
    """A value as people read it, in their language."""
    if isinstance(field, BooleanField):
        return str(_("yes") if value else _("no"))
    if isinstance(field, SelectMultipleField):
        return ", ".join(_word(field, each) for each in value or ())
    if isinstance(field, SelectField):
        return _word(field, value)
    if isinstance(value, date | datetime):
        return on(value)
    return "–" if value in (None, "") else str(value)


def _word(field: Any, value: Any) -> str:
    if value in (None, ""):
        return "–"
    return next((str(each.label) for each in field.choices if str(each.value) == str(value)), str(value))
