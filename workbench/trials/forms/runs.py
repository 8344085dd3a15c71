"""What may be typed about a run of a mapping: its inputs by source, parameters by type, and the words for what came out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf.file import FileField
from wtforms import BooleanField, DateField, HiddenField, IntegerField, MonthField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Optional, Regexp

from workbench.trials.queries import runs as queries
from workbench.trials.rules.runs import CROSSWALK
from workbench.trials.store import runs as store
from workbench.web.filters import at
from workbench.web.forms import Form, line, text

ROW_KINDS = {
    "create": _l("create"), "update": _l("update"), "withdraw": _l("withdraw"), "flagged": _l("flagged"),
    "refused": _l("refused"),
}
COUNTS = {**ROW_KINDS, "unchanged": _l("unchanged")}
ITEMS = {
    "received": _l("record of the file"), "source": _l("cell of the source"), "lookup": _l("lookup"),
    "where": _l("condition"), "field": _l("formula"), "check": _l("check"), "side": _l("side of the split"),
    "target": _l("rule of the target"),
}
DRIFTS = {
    "columns": _l("Columns"), "rows": _l("Rows"), "contract": _l("Contract"), "content": _l("Content (SHA-256)"),
    "renamed": _l("Perhaps renamed"), "unmatched": _l("Names without a match, new since"),
    "source_new": _l("New source"), "source_gone": _l("Source that is gone"),
}
_DECIMAL = Regexp(r"^-?[0-9]+(\.[0-9]+)?$", message=_l("A number such as 12 or 12.50 is expected."))


class StartMappingRun(Form):
    """A new run of a version of a mapping; the fields of its sources and parameters are added by `run_form`."""

    version_id = HiddenField(validators=[InputRequired()])
    again = HiddenField()
    title = line(_l("Title"), DataRequired(), description=_l("What is tried, such as “January, new price list”."))
    period_on = MonthField(_l("Month"), validators=[Optional()], description=_l("Year and month, such as 2026-01."))
    sources: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()

    def chosen(self) -> dict[str, str]:
        """What each source is to read, as the lists say."""
        return {name: self[f"input_{number}"].data or "" for number, name in enumerate(self.sources, 1)}

    def uploads(self) -> dict[str, Any]:
        """The files that were chosen: {source or settings: (file name, stream)}."""
        files = {name: self[f"file_{number}"].data for number, name in enumerate(self.sources, 1)}
        files["settings"] = self["settings"].data
        return {name: (each.filename or name, each.stream) for name, each in files.items() if each}

    def values(self) -> dict[str, str]:
        """The parameters as texts, as the mapping reads them."""
        found = {}
        for number, name in enumerate(self.parameters, 1):
            value = self[f"parameter_{number}"].data
            found[name] = str(value).lower() if isinstance(value, bool) else str(value)
        return found

    def blame_source(self, name: str, message: str) -> None:
        """Put a refusal beside the list of the source that it names."""
        known = {each: f"input_{number}" for number, each in enumerate(self.sources, 1)}
        self.blame(known.get(name, name), message)


@dataclass(frozen=True)
class Offer:
    """What a source can read: the choices of its list, the one proposed, and whether it is still missing."""

    choices: list[tuple[str, str]]
    proposed: str


def offers(project_id: int, sources: dict[str, str], again: queries.RunRecipe | None) -> dict[str, Offer]:
    """By source: its newest snapshots, its crosswalk, or the file that the repeated run read. Two queries."""
    tables = list(sources.values())
    snapshots, crosswalks = queries.snapshots_of(project_id, tables), queries.crosswalks_of(project_id, tables)
    found = {}
    for name, table in sources.items():
        listed = [(f"snapshot:{each.id}", _snapshot(each)) for each in snapshots.get(table, [])]
        if table in crosswalks:
            number, title, _at = crosswalks[table]
            listed.insert(0, (f"crosswalk:{number}", _("crosswalk %(title)s as decided now", title=title)))
        kept = again.recipe["inputs"].get(name, {}) if again else {}
        if again is not None and "kept" in kept:
            listed.append(("again", _("%(file)s of run M%(number)s", file=kept["file"], number=again.number)))
        found[name] = Offer([*listed, ("", _("the file chosen below"))], listed[0][0] if listed else "")
    return found


def snapshot_said(one: queries.SnapshotLine) -> str:
    """A snapshot in a list, told from any other: the reading that brought it, its time, and how many rows it has."""
    rows = ngettext("%(num)s row", "%(num)s rows", one.rows)
    return str(_("reading %(number)s, %(at)s, %(rows)s", number=one.reading, at=at(one.pulled_at), rows=rows))


def _snapshot(one: queries.SnapshotLine) -> str:
    """The same where a run may read it, with what lies on top of it."""
    edits = ngettext("%(num)s edit on top", "%(num)s edits on top", one.overlaid)
    return f"{snapshot_said(one)} · {edits}" if one.overlaid else snapshot_said(one)


def run_form(project_id: int, version: queries.Version, again: queries.RunRecipe | None) -> StartMappingRun:
    """The form for this version: a list and a file for each source, a field for each parameter."""
    sources, parameters = store.sources_of(version.text), store.parameters_of(version.text)
    known = offers(project_id, sources, again)
    parts: dict[str, Any] = {"sources": tuple(sources), "parameters": tuple(parameters)}
    for number, (name, table) in enumerate(sources.items(), 1):
        offer = known[name]
        hint = "" if offer.proposed else _missing(table)
        parts[f"input_{number}"] = SelectField(
            f"{name} ({table})", choices=[SelectChoice(*each) for each in offer.choices], default=offer.proposed,
            description=hint)
        parts[f"file_{number}"] = FileField(_("File for %(source)s", source=name))
    before = again.recipe["parameters"] if again else {}
    for number, (name, kind) in enumerate(parameters.items(), 1):
        parts[f"parameter_{number}"] = _parameter(name, kind)
    parts["has_overlay"] = BooleanField(
        _l("Apply the overlay: fake records and edits of the mirror"), default=True,
        description=_l("Fake rows stay marked and never enter a plan."))
    parts["settings"] = FileField(_l("Settings"), description=_l("TOML: how each file is written; the rest is recognised."))
    parts["note"] = text(_l("Note"), maximum=2000)
    made: type[StartMappingRun] = type("RunForm", (StartMappingRun,), parts)
    data = {f"parameter_{number}": _typed(before[name], kind) for number, (name, kind) in enumerate(parameters.items(), 1)
            if name in before}
    start = {"title": again.title, **data} if again else data
    return made.of_request(version_id=str(version.id), again=str(again.number) if again else "", **start)


def _missing(table: str) -> str:
    if table.startswith(CROSSWALK):
        return str(_("There is no crosswalk of this name yet: make it under Names, or choose a file."))
    return str(_("Nothing was received for it yet: read it into the mirror, or choose a file."))


def _parameter(name: str, kind: str) -> Any:
    """A field of the parameter's type."""
    if kind == "bool":
        return BooleanField(name)
    if kind == "date":
        return DateField(name, validators=[InputRequired()])
    if kind == "int":
        return IntegerField(name, validators=[InputRequired()])
    if kind.startswith("decimal"):
        return line(name, DataRequired(), _DECIMAL, maximum=40)
    return line(name, DataRequired(), maximum=2000)


def _typed(value: str, kind: str) -> Any:
    """A parameter of an earlier run as its field shows it."""
    if kind == "bool":
        return value == "true"
    if kind == "date":
        return date.fromisoformat(value)
    return int(value) if kind == "int" else value
