"""What may be typed about the sources of a mirror, what they receive, and what is put on top."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, cast

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, Field, HiddenField, IntegerField, PasswordField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, NumberRange, Optional
from wtforms.widgets import ListWidget

import sandbox
from workbench.registers.forms import RecordForm, Reference, choice
from workbench.tools.queries import choices as tool_choices
from workbench.trials import rules
from workbench.web.forms import Box, Form, line, text
from workbench.web.refusals import BadValue

CONNECTORS = {
    "csv": (_l("Text file with columns"), _l(
        "CSV and TSV exports: delimiter, encoding, decimal mark and header are found and shown for correction.")),
    "spreadsheet": (_l("Spreadsheet"), _l("XLSX, XLSM, XLS and ODS workbooks, a sheet at a time, every cell as its text.")),
    "json": (_l("JSON"), _l("JSON and JSON Lines, nested fields as columns.")),
    "parquet": (_l("Parquet"), _l("Parquet files, every value as exact text.")),
    "hand": (_l("Read by hand"), _l("Figures read off a screen where no export exists, each with its screenshot.")),
    "sql": (_l("Database"), _l("PostgreSQL, MariaDB or a SQLite file, in a session that can only read.")),
    "rest": (_l("Interface (REST)"), _l("A tool that answers in JSON over HTTP, asked by GET and HEAD only.")),
}
CONTRACTS = {
    rules.Contract.ALLOW: _l("allow: new columns come along"), rules.Contract.FREEZE: _l("freeze: a new column stops the reading"),
    rules.Contract.DISCARD: _l("discard: new columns are left out"),
}
MASKS = {
    rules.Mask.DROP: _l("drop: never received"), rules.Mask.HASH: _l("hash: a token in its place"),
    rules.Mask.SHAPE: _l("shape: letters and digits blotted out"),
}
KINDS = {
    rules.EditKind.FAKE: _l("fake record"), rules.EditKind.EDIT: _l("edited row"), rules.EditKind.WITHDRAWN: _l("row left out"),
}
LIVE = {"unchanged": _l("live unchanged"), "changed": _l("live changed"), "not_checked": _l("not read again")}
SCHEMES = {name: name for name in rules.PORTS}
SETTINGS = {
    "delimiter": _l("Delimiter"), "encoding": _l("Encoding"), "header_row": _l("Row of the header"), "decimal": _l("Decimal mark"),
    "sheet": _l("Sheet"), "at": _l("Path to the records"), "lines": _l("One record a line"), "read_on": _l("Read on"),
    "read_by": _l("Read by"), "screenshot": _l("Screenshot"), "sha256": _l("SHA-256 of the screenshot"),
}
_MARKS = {"\t": "tab"}  # what a browser would lose
_WORDS = {",": _l("comma"), ";": _l("semicolon"), "\t": _l("tab"), "|": _l("bar"), ".": _l("point")}
_PREFIX = "set_"
EXAMPLES = {
    "sql": """dialect = "postgresql"
host = "psa.example.org"
database = "psa"
user = "mirror_reader"
secret = "psa-database"

[[tables]]
table = "clients"
columns = ["client_id", "name"]

[[tables]]
table = "lines"
key = ["client_id", "code"]
""",
    "rest": """base = "https://psa.example.org/api/v2"
secret = "psa-key"
auth = {style = "bearer"}

[[tables]]
name = "clients"
path = "/clients"
at = "data"
page = {style = "page", size_parameter = "per_page", size = 100}
""",
}


class _Source(RecordForm):
    title = line(_l("Title"), DataRequired(), description=_l("What people call it, such as PSA, read replica."))
    tool_id = Reference(_l("Tool"), tool_choices, description=_l("The tool of the project whose data these are."))
    keep_days = IntegerField(_l("Days a snapshot is kept"), validators=[Optional(), NumberRange(1, 36_500)],
                             description=_l("Afterwards it is removed by itself. Empty: until somebody removes it."))


class AddFiles(_Source):
    """A source that is received from files."""

    name = line(
        _l("Name"), DataRequired(), maximum=63,
        description=_l("Small letters, digits, - and _; mappings write it before the table, as in psa.lines."),
    )
    masks = text(
        _l("Masks"), maximum=10_000,
        description=_l("One a line: table.column = drop, hash or shape. They hold from the first reading on."),
    )


class AddLive(AddFiles):
    """A source that is read through a connection."""

    settings = text(_l("Settings (TOML)"), DataRequired(), description=_l("Secrets are named here, never written."))


class ChangeFiles(_Source):
    """What can change about a source of files."""


class ChangeLive(_Source):
    """What can change about a source with a connection."""

    settings = text(_l("Settings (TOML)"), DataRequired(), description=_l("Secrets are named here, never written."))


class Reason(Form):
    """Why something is taken away."""

    reason = text(_l("Reason"), DataRequired(), maximum=2000)


class Receive(Form):
    """A reading through a connection."""

    accepts_columns = BooleanField(_l("The columns changed on purpose: take them as they come now"))
    reason = line(_l("Reason"), maximum=500, description=_l("Needed where the columns changed."))


class Upload(Form):
    """The file of an export."""

    file = FileField(_l("File"), validators=[FileRequired()])


class ApproveHost(Form):
    """A host that connectors may read."""

    scheme = choice(_l("Scheme"), SCHEMES)
    host = line(
        _l("Host"), DataRequired(), maximum=253,
        description=_l("The name or address, without scheme and path. Of a SQLite file its full path."),
    )
    port = IntegerField(
        _l("Port"), validators=[Optional(), NumberRange(1, 65_535)],
        description=_l("Empty: the usual one of the scheme."),
    )
    allows_private = BooleanField(
        _l("This host lies in a private network"),
        description=_l(
            "Only then are private and loopback addresses of this very host read. Tick it for a server of "
            "your own, never for a name that others control: it could lead to machines that nobody meant."
        ),
    )
    reason = text(_l("Reason"), DataRequired(), maximum=2000)


class SetSecret(Form):
    """A secret, which is written and never shown."""

    name = line(
        _l("Name"), DataRequired(), maximum=40,
        description=_l("Small letters, digits and hyphens; settings of sources write it."),
    )
    host_id = SelectField(
        _l("For the host"), validators=[DataRequired()], description=_l("It is sent to this host alone, whatever a source says."))
    value = PasswordField(
        _l("Secret"), validators=[DataRequired(), Length(max=8000)],
        description=_l("It is kept in a file of its own and never shown again."),
    )

    def offer(self, hosts: Sequence[tuple[int, str]]) -> Any:
        """Fill the list of approved hosts."""
        self.host_id.choices = [SelectChoice("", _("choose")), *(SelectChoice(str(number), host) for number, host in hosts)]
        return self


class AcceptWriter(Form):
    """An account that could write, accepted by its name."""

    user = line(
        _l("Account"), maximum=200,
        description=_l("Type its name to accept it although it can write; leave it empty to take that back."),
    )
    reason = text(_l("Reason"), DataRequired(), maximum=2000)


class Describe(Form):
    """A description of an interface."""

    file = FileField(_l("OpenAPI or Swagger description (JSON or YAML)"), validators=[FileRequired()])


class OfferedTables(AddFiles):
    """The tables of a description that are to be mirrored."""

    base = line(_l("Address of the interface"), DataRequired(), maximum=500)
    secret = line(
        _l("Name of the secret"), maximum=40,
        description=_l("As an administrator set it on the page Connectors; empty where none is needed."),
    )
    header = line(
        _l("Header of the key"), maximum=100,
        description=_l("Such as X-API-Key; empty: the secret goes as a bearer token."),
    )
    tables = SelectMultipleField(
        _l("Tables"), widget=ListWidget(prefix_label=False), option_widget=Box(), validators=[DataRequired()])

    def settings(self, offer: sandbox.Offer) -> dict[str, Any]:
        """The settings of the source with the ticked tables."""
        chosen = [one.settings() for one in offer.tables if one.name in (self.tables.data or ())]
        auth = {"auth": {"style": "header", "header": self.header.data}} if self.header.data else {}
        return {"base": self.base.data, **({"secret": self.secret.data, **auth} if self.secret.data else {}), "tables": chosen}


def settings_from(text_of_toml: str) -> dict[str, Any]:
    """The settings that a person typed. Raises BadValue with the line where the text is no TOML."""
    try:
        return tomllib.loads(text_of_toml)
    except tomllib.TOMLDecodeError as error:
        raise BadValue("settings", _("This is not TOML: %(why)s", why=str(error))) from error


def masks_from(lines: str) -> dict[str, dict[str, str]]:
    """The masks that a person typed. Raises BadValue with the line that does not fit."""
    masks, wrong = rules.masks_of(lines)
    if wrong:
        raise BadValue("masks", _("“%(line)s” does not fit: write table.column = drop, hash or shape.", line=wrong[:120]))
    return masks


def settings_form(base: type[Form], offering: sandbox.Offering, sheets: Sequence[str] = ()) -> type[Form]:
    """`base` with a field for each setting of a file connector; an empty one leaves it to what is found in the file."""
    made: dict[str, Any] = {}
    for name, rule in offering.own_settings.items():
        listed = {"enum": list(sheets)} if name == "sheet" and sheets else {}
        made[_PREFIX + name] = _setting(SETTINGS.get(name, name), {**rule, **listed})
    return cast("type[Form]", type(f"Settings{offering.name}", (base,), made))


def _setting(label: Any, rule: Mapping[str, Any]) -> Any:
    found = _l("as found in the file")
    if "enum" in rule:
        listed = [SelectChoice(_MARKS.get(each, each), _WORDS.get(each, each)) for each in rule["enum"]]
        return SelectField(label, choices=[SelectChoice("", found), *listed], default="", validators=[Optional()])
    if rule.get("type") == "boolean":
        answers = [SelectChoice("", found), SelectChoice("yes", _l("yes")), SelectChoice("no", _l("no"))]
        return SelectField(label, choices=answers, default="", validators=[Optional()])
    if rule.get("type") == "integer":
        return IntegerField(label, validators=[Optional(), NumberRange(rule.get("minimum"), rule.get("maximum"))])
    return line(label, maximum=500)


def file_settings(form: Form) -> dict[str, Any]:
    """What was typed into those fields, as the connector's settings."""
    told: dict[str, Any] = {}
    for each in form:
        if each.name.startswith(_PREFIX) and each.data not in (None, ""):
            named = {word: mark for mark, word in _MARKS.items()}.get(each.data, each.data)
            told[each.name.removeprefix(_PREFIX)] = {"yes": True, "no": False}.get(named, named) if _is_yes_no(each) else named
    return told


def _is_yes_no(field: Any) -> bool:
    return isinstance(field, SelectField) and "yes" in {each.value for each in field.choices}


def as_fields(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as the first values of those fields."""
    words = {True: "yes", False: "no"}
    return {_PREFIX + name: words[value] if isinstance(value, bool) else _MARKS.get(str(value), value)
            for name, value in settings.items() if not isinstance(value, list | dict)}


class Correct(Form):
    """How an uploaded file is written, and which table it is."""

    NAMING = _l("The same name every month; mappings write it after the source.")
    table = line(_l("Table"), DataRequired(), maximum=120, description=NAMING)
    accepts_columns = BooleanField(_l("The columns changed on purpose: take them as they come now"))
    reason = line(_l("Reason"), maximum=500, description=_l("Needed where the columns changed."))
    step = HiddenField(default="receive")


def correct_form(offering: sandbox.Offering, sheets: Sequence[str], tables: Sequence[str]) -> type[Form]:
    """The form of an upload; where the source has tables one of them is chosen, or a new one named."""
    kind = settings_form(Correct, offering, sheets)
    if not tables:
        return kind
    listed = [*(SelectChoice(name, name) for name in tables), SelectChoice("", _l("a new table, named below"))]
    named = line(_l("Name of the new table"), maximum=120, description=Correct.NAMING)
    return cast("type[Form]", type(f"Known{offering.name}", (kind,), {
        "table": SelectField(_l("Table"), choices=listed, description=_l("The table that this export was received as before.")),
        "new_table": named}))


def table_of(form: Form) -> str:
    """The table that was chosen or named; empty where the form is blamed for neither or both."""
    chosen = str(form["table"].data or "")
    if "new_table" not in form:
        return chosen
    named = str(form["new_table"].data or "")
    if bool(chosen) == bool(named):
        form.blame("new_table", _("Leave this empty, or choose a new table above.") if chosen else _("Name the new table."))
        return ""
    return chosen or named


def treatment_form(tables: Mapping[str, Sequence[str]]) -> type[Form]:
    """A choice of contract for each table and of mask for each column, and lines for columns that are not known yet."""
    made: dict[str, Any] = {}
    none = _l("as it is")
    for number, (table, columns) in enumerate(tables.items()):
        made[f"contract_{number}"] = choice(_("New columns of %(table)s", table=table), CONTRACTS, default=rules.Contract.ALLOW)
        for place, column in enumerate(columns):
            made[f"mask_{number}_{place}"] = choice(_("Mask of %(column)s", column=column), MASKS, empty=none)
    made["masks"] = text(
        _l("Masks of other columns"), maximum=10_000,
        description=_l("One a line: table.column = drop, hash or shape."),
    )
    return cast("type[Form]", type("Treatment", (Form,), made))


def treatment_of(form: Form, tables: Mapping[str, Sequence[str]]) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """(contracts, masks) that were chosen. Raises BadValue for a line that does not fit."""
    contracts, masks = {}, masks_from(form["masks"].data or "")
    for number, (table, columns) in enumerate(tables.items()):
        contracts[table] = str(form[f"contract_{number}"].data)
        chosen = {column: form[f"mask_{number}_{place}"].data for place, column in enumerate(columns)}
        masks[table] = {**masks.get(table, {}), **{column: mask for column, mask in chosen.items() if mask}}
    return contracts, masks


def treatment_fields(tables: Mapping[str, Sequence[str]], contracts: Mapping[str, str],
                     masks: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The first values of the form of a treatment."""
    first: dict[str, str] = {}
    for number, (table, columns) in enumerate(tables.items()):
        first[f"contract_{number}"] = contracts.get(table, rules.Contract.ALLOW)
        for place, column in enumerate(columns):
            first[f"mask_{number}_{place}"] = masks.get(table, {}).get(column, "")
    return first


def fake_form(columns: Sequence[str]) -> type[Form]:
    """A field for each column of a record that people make up."""
    made: dict[str, Any] = {f"cell_{number}": line(column, maximum=10_000) for number, column in enumerate(columns)}
    words = {column: column for column in columns}
    made["name_column"] = choice(_l("Column of the name, which gets the mark [FAKE]"), words, empty=_l("none of them holds names"))
    made["reason"] = line(_l("What it is for"), maximum=500)
    return cast("type[Form]", type("Fake", (Form,), made))


def row_form(columns: Sequence[str], masked: Sequence[str], *, cells: bool) -> type[Form]:
    """The columns that tell the row from others, with `cells` a field for each cell, and a reason."""
    made: dict[str, Any] = {}
    if cells:
        made = {f"cell_{number}": line(column, maximum=10_000) for number, column in enumerate(columns) if column not in masked}
    listed = [SelectChoice(str(number), column) for number, column in enumerate(columns)]
    made["key"] = SelectMultipleField(
        _l("Columns that tell this row from all others"), choices=listed, widget=ListWidget(prefix_label=False),
        option_widget=Box(), validators=[DataRequired()])
    made["reason"] = text(_l("Reason"), maximum=2000)
    return cast("type[Form]", type("Row", (Form,), made))


def cells_of(form: Form, columns: Sequence[str]) -> dict[str, str]:
    """{column: what was typed} of such a form."""
    fields: Mapping[str, Field] = form._fields
    return {column: fields[f"cell_{number}"].data or "" for number, column in enumerate(columns) if f"cell_{number}" in fields}


def key_of(form: Form, columns: Sequence[str], cells: Mapping[str, str]) -> dict[str, str]:
    """The ticked columns with the cells of the mirrored row."""
    chosen = {int(number) for number in form["key"].data or () if number.isdecimal()}
    return {column: cells[column] for number, column in enumerate(columns) if number in chosen}
