"""The form of one part of a mapping: plain fields, and tables whose rows are as many as the part has and a few more."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from workbench.trials.rules import parts
from workbench.web.forms import Form, line, stripped, text

MOST_ROWS = 300
KINDS = {
    "head": _l("Purpose and parameters"), "source": _l("Source"), "map": _l("Row by row"), "join": _l("Join"),
    "aggregate": _l("Sum up"), "union": _l("One below the other"), "reconcile": _l("Package or extra"), "target": _l("Target"),
}
SAYS = {
    "head": _l("What the mapping is for, and the values that each run is given."),
    "source": _l("A table of the mirror, the columns taken from it, and their types."),
    "map": _l("Each row by itself: looked up, filtered, computed, checked."),
    "join": _l("Every pair of rows that match."),
    "aggregate": _l("One row for each combination of some columns."),
    "union": _l("The rows of several steps with the same columns."),
    "reconcile": _l("Use consumes what the package holds first, then extra lines; the rest is over."),
    "target": _l("The live table that a step is held against, by its key."),
}
_LIST = _l("Separated by commas; a name with a comma in double quotes.")
_LABELS: dict[str, tuple[Any, Any]] = {
    "name": (_l("Name"), _l("Small letters, digits and _, a letter first.")),
    "purpose": (_l("Purpose"), ""), "why": (_l("Why"), ""),
    "where": (_l("Only rows where"), _l("A formula that is true or false, such as units > 0.")),
    "match": (_l("Match"), _l("Pairs left = right, separated by commas, such as code = package.")),
    "by": (_l("For each"), _LIST), "of": (_l("Steps"), _LIST), "key": (_l("Key"), _LIST),
    "compare": (_l("Compare"), _l("Columns held against the live table; empty: all that both have.")),
    "quantity": (_l("Quantity"), ""), "service": (_l("Service column, where it is called otherwise"), ""),
}
_RELATIONS = {
    "from": _l("Rows from"), "left": _l("Left"), "right": _l("Right"), "used_from": _l("Used: rows from"),
    "included_from": _l("Included: rows from"), "extra_from": _l("Extra: rows from"),
}
SIDES = {"used": _l("Used"), "included": _l("Included"), "extra": _l("Extra")}
_WORDS: dict[str, dict[str, Any]] = {
    "contract": {
        "freeze": _l("freeze: new or missing columns stop a run"), "allow": _l("allow: new columns are named and ignored"),
        "discard": _l("discard: new columns are left out"),
    },
    "keep": {"matched": _l("only rows with a match"), "left": _l("every left row")},
    "missing": {
        "flag": _l("flag it for a person"), "keep": _l("keep it as it is"), "withdraw": _l("withdraw it"),
    },
    "level": {"error": _l("error: refuses the row"), "warning": _l("warning: counts the row")},
    "mask": {"": _l("as it is"), "drop": _l("drop"), "hash": _l("hash"), "shape": _l("shape only")},
    "how": {each: each for each in parts.MEASURES},
}
CONTRACTS, LEVELS, MISSING = _WORDS["contract"], _WORDS["level"], _WORDS["missing"]  # what pages say of them
_TITLES = {
    "contract": _l("When columns change"), "keep": _l("Keep"), "missing": _l("A live row without a row here"),
}
HEADS: dict[str, tuple[Any, dict[str, Any]]] = {
    "parameter": (_l("Parameters"), {"name": _l("Name"), "type": _l("Type")}),
    "column": (_l("Columns"), {"name": _l("Column"), "type": _l("Type"), "mask": _l("Mask")}),
    "lookup": (_l("Lookups"), {
        "in": _l("Look up in"), "match": _l("Match: here = there"), "take": _l("Take"), "required": _l("Required"),
    }),
    "field": (_l("Fields"), {"name": _l("Name"), "formula": _l("Formula"), "type": _l("Type"), "why": _l("Why")}),
    "check": (_l("Checks"), {"name": _l("Name"), "that": _l("Must hold"), "level": _l("Level"), "why": _l("Why")}),
    "measure": (_l("Measures"), {"name": _l("Name"), "how": _l("How"), "column": _l("Column, or rows for a count")}),
}


_BECAUSE = {"name": _l("name"), "type": _l("type"), "content": _l("content")}


def because(reasons: Sequence[str]) -> str:
    """What speaks for a proposal, in words."""
    return ", ".join(str(_BECAUSE[one]) for one in reasons) or "–"


def _chosen(label: Any, offered: Sequence[tuple[str, Any]], now: str) -> SelectField:
    """A list to choose from that also offers what stands there now, right or wrong."""
    known = [value for value, _word in offered]
    more = [(now, now)] if now and now not in known else []
    return SelectField(label, choices=[SelectChoice(value, word) for value, word in [*offered, *more]], validate_choice=False)


def _single(key: str, now: str, relations: Sequence[str], tables: Sequence[tuple[str, str]]) -> Any:
    if key in _RELATIONS:
        return _chosen(_RELATIONS[key], [("", "–"), *((name, name) for name in relations)], now)
    if key == "table":
        return _chosen(_l("Table"), [("", "–"), *tables], now)
    if key in _TITLES:
        return _chosen(_TITLES[key], list(_WORDS[key].items()), now)
    side, _underscore, rest = key.partition("_")
    if side in SIDES and rest:
        label = _l("%(side)s: %(what)s", side=SIDES[side], what=_LABELS[rest][0])
        return line(label, maximum=4000)
    label, hint = _LABELS[key]
    required = [DataRequired()] if key == "name" else []
    return (text if key in ("why", "purpose") else line)(label, *required, maximum=4000 if key != "why" else 2000, description=hint)


def _cell(prefix: str, column: str, now: str, relations: Sequence[str]) -> Any:
    label = HEADS[prefix][1][column]
    if column == "required":
        return BooleanField(label)
    if column == "in":
        return _chosen(label, [("", "–"), *((name, name) for name in relations)], now)
    if column == "type":
        return _chosen(label, [("", "–"), *((each, each) for each in parts.TYPES)], now)
    if column in _WORDS:
        return _chosen(label, list(_WORDS[column].items()), now)
    return StringField(label, filters=[stripped], validators=[Length(max=4000)])


class PartForm(Form):
    """Base of the forms of parts; `prefixes` are its tables, `counts` how many rows each has."""

    prefixes: tuple[str, ...] = ()
    counts: Mapping[str, int] = {}
    kind = ""
    called = HiddenField()
    do = HiddenField()

    def singles(self) -> list[Any]:
        """The plain fields."""
        known = [key for key in self._fields if not re.fullmatch(rf"({'|'.join(HEADS)})_\d+_\w+", key)]
        return [self[key] for key in known if key not in ("csrf_token", "idempotency_key", "version", "called", "do")]

    def rows(self, prefix: str) -> list[list[Any]]:
        """The cells of each row of a table."""
        columns = list(HEADS[prefix][1])
        return [[self[f"{prefix}_{at}_{column}"] for column in columns] for at in range(self.counts[prefix])]

    def part(self) -> tuple[str, parts.Part]:
        """What was typed, as the mapping's part under its name."""
        tables = {prefix: [dict(zip(HEADS[prefix][1], (cell.data for cell in row), strict=True)) for row in self.rows(prefix)]
                  for prefix in self.prefixes}
        return parts.part_from(self.kind, {each.name: each.data for each in self.singles()}, tables)

    def has_no_twins(self) -> bool:
        """Whether no row of a table repeats the name of another; else the row is blamed."""
        for prefix in self.prefixes:
            firsts = [row[0] for row in self.rows(prefix)] if prefix in ("column", "field", "measure", "parameter") else []
            names = [cell.data for cell in firsts if cell.data]
            if again := parts.repeated(names):
                last = next(cell for cell in reversed(firsts) if cell.data == again)
                self.blame(last.name, str(_("%(name)s stands twice; give one another name.", name=again)))
                return False
        return True


def part_form(kind: str, name: str, part: parts.Part, relations: Sequence[str], tables: Sequence[tuple[str, str]],
              more: Mapping[str, Sequence[parts.Row]] | None = None) -> PartForm:
    """The form of a part as stored, or as sent; `more` are rows added to its tables, such as proposals taken over."""
    singles, rows = parts.flat(kind, name, part)
    sent: Mapping[str, str] | None = request.form if request.method == "POST" else None
    fields: dict[str, Any] = {key: _single(key, (sent or singles).get(key) or "", relations, tables) for key in singles}
    data, counts = dict(singles), {}
    for _key, prefix, columns in parts.TABLES.get(kind, ()):
        held = [*([{}] * _count(prefix, sent) if sent is not None else rows[prefix]), *(more or {}).get(prefix, ())]
        counts[prefix] = min(MOST_ROWS, len(held) + (0 if sent is not None else 2 if held else 4))
        for at in range(counts[prefix]):
            row = held[at] if at < len(held) else {"required": True}  # a new lookup is required unless somebody says not
            for column, _how in columns:
                key = f"{prefix}_{at}_{column}"
                fields[key] = _cell(prefix, column, str((sent or {}).get(key) or row.get(column) or ""), relations)
                data[key] = row.get(column, "")
    made = type("OnePart", (PartForm,), {**fields, "prefixes": tuple(counts), "counts": counts, "kind": kind})
    form: PartForm = made(data={**data, "called": name})
    return form



def _count(prefix: str, sent: Mapping[str, str]) -> int:
    """How many rows of a table were sent."""
    found = [int(match[1]) for key in sent if (match := re.fullmatch(rf"{prefix}_(\d{{1,3}})_\w+", key))]
    return min(MOST_ROWS, max(found, default=-1) + 1)
