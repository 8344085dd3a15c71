"""What may be typed about a promotion plan: its title, the live tables to hold it against, how each conflict ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired

from workbench.trials.forms.runs import snapshot_said
from workbench.trials.forms.sayings import said
from workbench.trials.queries.moved import move_said, value_said
from workbench.trials.queries.runs import SnapshotLine
from workbench.trials.rules.plans import typed_decimal
from workbench.trials.store import plans as store
from workbench.web.forms import Form, line
from workbench.web.refusals import Refused

FILE = "file"
MOST_SHOWN = 200  # conflicts decided one by one on a page; the others are decided together
KINDS = {"create": _l("create"), "update": _l("update"), "withdraw": _l("withdraw")}
STATES = {
    "fresh": _l("fresh"), "stale": _l("stale"), "outdated": _l("received anew: check again"), "done": _l("carried out live"),
    "partly": _l("carried out in part"),
    "not_checked": _l("not checked against live"), "replaced": _l("replaced"),
}
LOOKS = {
    "fresh": "pass", "stale": "stale", "outdated": "stale", "done": "done", "partly": "partly",
    "not_checked": "not_checked", "replaced": "withdrawn",
}
ROW_STATES = {
    "ok": _l("as it was"), "done": _l("done live already"), "conflict": _l("moved"), "gone": _l("gone"),
}
ROW_LOOKS = {"ok": "unchanged", "done": "done", "conflict": "stale", "gone": "missing"}
LEFT_OUT = {
    "fake": _l("fake: never promoted"), "edited": _l("from an edited value, which no tool holds: never promoted"),
    "masked": _l("masked: its true values are not known here"),
    "flagged": _l("flagged: tick it by itself to withdraw it"), "refused": _l("refused: its check says why"),
    "doubtful": _l("in doubt, since rows were refused, edited or left out: choose it by its kind, or tick it by itself"),
}
TAKEN = {"trial": _l("take the trial"), "live": _l("keep live"), "value": _l("another value")}
CHOSEN = {
    "filter": _l("all rows of a filter"), "rows": _l("rows ticked one by one"), "inverse": _l("the way back of another plan"),
    "conflicts": _l("another plan whose conflicts were resolved"),
}
SCOPES = {
    "rows": _l("the ticked rows"), "page": _l("all rows on this page"), "filter": _l("all rows that the filter shows"),
}


class MakePlan(Form):
    """A plan of the rows that were chosen."""

    title = line(_l("Title"), DataRequired(), description=_l("What goes live, such as “January, extra services”."))


class CheckPlan(Form):
    """The live tables as they are now; the fields of each are added by `check_form`."""

    decimal = SelectField(
        _l("Decimal mark of uploaded files"), default="",
        choices=[SelectChoice("", _l("as each file shows")), *(SelectChoice(mark, mark) for mark in ".,")],
    )
    is_after = BooleanField(_l("The plan was carried out: keep what is done and not done as evidence"))
    tables: tuple[str, ...] = ()

    def chosen(self) -> dict[str, str]:
        """By table, `file` or the id of a snapshot."""
        return {table: str(self[f"live_{number}"].data or FILE) for number, table in enumerate(self.tables, 1)}

    def uploads(self) -> dict[str, tuple[str, Any]]:
        """The files that were chosen: {table: (file name, stream)}."""
        files = {table: self[f"file_{number}"].data for number, table in enumerate(self.tables, 1)}
        return {table: (each.filename or table, each.stream) for table, each in files.items() if each}

    def blame_file(self, table: str, message: str) -> None:
        """Put a refusal beside the file of a table."""
        self.blame(f"file_{self.tables.index(table) + 1}", message)


    def blame_uploads(self, refusal: Refused) -> None:
        """Put what was said of an uploaded file beside it; raise it again where no file was uploaded."""
        named = [table for table, (name, _stream) in self.uploads().items() if str(refusal.message).startswith(name)]
        if not self.uploads():
            raise refusal
        self.blame_file((named or list(self.uploads()))[0], str(said(refusal.message)))


def check_form(tables: Sequence[str], snapshots: Mapping[str, Sequence[SnapshotLine]]) -> CheckPlan:
    """The form over these tables; the newest snapshot of each is proposed, else an uploaded export."""
    built: type[CheckPlan] = type("CheckPlanOf", (CheckPlan,), {"tables": tuple(tables)})
    for number, table in enumerate(tables, 1):
        kept = [
            SelectChoice(str(one.id), snapshot_said(one))
            for one in snapshots.get(table, ())
        ]
        choices = [*kept, SelectChoice(FILE, _("an export, uploaded below"))]
        label = _("%(table)s as it is now", table=table)
        setattr(built, f"live_{number}", SelectField(label, choices=choices, default=choices[0].value))
        setattr(built, f"file_{number}", FileField(_("Export of %(table)s", table=table), description=_l(
            "CSV, XLSX, ODS, JSON or Parquet with the columns of the plan. An uploaded file goes before a snapshot.")))
    return built.of_request()


@dataclass(frozen=True)
class Conflict:
    """One thing to decide: a field of a row, or a whole row where the field is empty."""

    number: int
    table: str
    row: str
    field: str
    original: Any
    trial: Any
    now: Any
    place: str  # what its fields in the form are called
    is_decimal: bool = False

    @property
    def options(self) -> tuple[str, ...]:
        """How it may end."""
        if self.field:
            return ("trial", "live", "value")
        return ("live",) if self.now is None else ("trial", "live")


def conflicts(
    result: Mapping[str, Any], kinds: Mapping[int, str], types: Mapping[str, Mapping[str, str]]
) -> list[Conflict]:
    """What the newest check asks to decide. `kinds`: {number of a row: create, update or withdraw}; `types` by table and column."""
    found: list[Conflict] = []

    def is_decimal(row: Mapping[str, Any], one: Mapping[str, Any]) -> bool:
        return types[row["table"]][one["field"]].startswith("decimal")

    for row in result["rows"]:
        about = (row["number"], row["table"], row["row"])
        if row["state"] == "gone":
            found.append(Conflict(*about, "", None, None, None, f"{row['number']}_row"))
        elif row["state"] == "conflict" and kinds[row["number"]] == "withdraw":
            parts = [one for one in row["fields"] if one["state"] == "conflict"]
            moved = ", ".join(f"{one['field']} {move_said(one, is_number=is_decimal(row, one))}" for one in parts)
            found.append(Conflict(*about, "", "", "", moved, f"{row['number']}_row"))
        elif row["state"] == "conflict":
            found += [
                Conflict(*about, one["field"], one["original"], one["trial"], one["now"], f"{row['number']}_{place}",
                         is_decimal(row, one))
                for place, one in enumerate(row["fields"]) if one["state"] == "conflict"
            ]
    return found


class ResolvePlan(Form):
    """How each conflict ends; the fields are added by `resolve_form`."""

    others = SelectField(_l("All conflicts not listed here"), choices=[SelectChoice(one, TAKEN[one]) for one in ("live", "trial")])
    shown: tuple[Conflict, ...] = ()
    hidden: tuple[Conflict, ...] = ()

    def decisions(self) -> dict[tuple[int, str], tuple[str, str]]:
        """(taken, value) by row number and field. What nobody chose is not among them."""
        found = {}
        for each in self.shown:
            taken = self[f"taken_{each.place}"].data
            value = (self[f"value_{each.place}"].data if each.field else "") or ""
            if taken:
                found[each.number, each.field] = (taken, typed_decimal(value) if each.is_decimal else value)
        for each in self.hidden:
            found[each.number, each.field] = (self.others.data if self.others.data in each.options else "live", "")
        return found


def resolve_form(waiting: Sequence[Conflict]) -> ResolvePlan:
    """The form over these conflicts."""
    shown, hidden = tuple(waiting[:MOST_SHOWN]), tuple(waiting[MOST_SHOWN:])
    built: type[ResolvePlan] = type("ResolvePlanOf", (ResolvePlan,), {"shown": shown, "hidden": hidden})
    for each in shown:
        about = " ".join(part for part in (each.row, each.field) if part)
        choices = [SelectChoice("", _("not decided")), *(SelectChoice(name, TAKEN[name]) for name in each.options)]
        setattr(built, f"taken_{each.place}", SelectField(_("What becomes of %(row)s", row=about), choices=choices, default=""))
        if each.field:
            setattr(built, f"value_{each.place}", line(_("Another value of %(row)s", row=about)))
    if not hidden:
        built.others = None
    return built.of_request()


def way_back(text: str) -> list[str]:
    """The rows of the way back of the plan that was kept as this text, each on a line."""
    back = store.inverse(store.read_plan(text))
    found = []
    for row in back.rows:
        types = back.target(row.table).types
        words = {name: _moves(row.kind, move, is_number=types[name].startswith("decimal")) for name, move in row.fields.items()}
        fields = ", ".join(f"{name} {one}" for name, one in words.items()) if row.kind != "withdraw" else ""
        about = f"{KINDS[row.kind]} {row.table} {', '.join(row.row_key[1])}"
        found.append(f"{about}{_(': ')}{fields}" if fields else about)
    return found


def _moves(kind: str, move: Any, *, is_number: bool) -> str:
    after = value_said(move.trial, is_number=is_number)
    return after if kind == "create" else f"{value_said(move.live, is_number=is_number)} → {after}"


def reasons(message: str, details: Sequence[str]) -> list[str]:
    """A refusal of the sandbox in the person's language, line by line."""
    return [said(each) for each in (message, *details)]
