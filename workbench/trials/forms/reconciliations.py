"""What may be typed about a trial run and its rows, and the words of the sandbox in the person's language."""

from __future__ import annotations

from datetime import date
from typing import Any, Self

from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, MonthField, SelectField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Optional

from workbench.evidence.queries import choices as evidence_choices
from workbench.paths.forms import VERDICTS as HYPOTHESIS_VERDICTS
from workbench.paths.rules import Verdict as HypothesisVerdict
from workbench.people.queries import choices as people_choices
from workbench.projects.forms import HUBS
from workbench.registers.forms import RecordForm, Reference, choice
from workbench.trials import queries, rules
from workbench.trials.queries import runs as mapping_runs
from workbench.trials.rules import Decision, Kind, Verdict
from workbench.web.forms import Form, line, text

DECISIONS = {
    Decision.CORRECT_THE_CONTRACT: _l("correct the contract"), Decision.BILL_IT: _l("bill it"),
    Decision.ASK_THE_SUPPLIER: _l("ask the supplier"), Decision.MAP_THE_NAME: _l("map the name"),
    Decision.ACCEPT_DIFFERENCE: _l("accept the difference"), Decision.NOT_OURS: _l("not ours"),
}
VERDICTS = {
    Verdict.OVER: _l("over"), Verdict.NOT_IN_CONTRACT: _l("not in contract"), Verdict.UNUSED: _l("unused"),
    Verdict.EQUAL: _l("equal"),
}
SHOW = {"": _l("all rows"), "unexplained": _l("unexplained rows"), "open": _l("rows without a decision")}
KINDS = {
    Kind.ONLY_IN_USAGE: _l("Client only at the supplier"), Kind.ONLY_IN_CONTRACTS: _l("Client only in contracts"),
    Kind.UNKNOWN_SERVICE: _l("Unknown service"), Kind.REFUSED: _l("Refused record"), Kind.OVER: _l("over"),
    Kind.NOT_IN_CONTRACT: _l("not in contract"),
}
ROLES = {
    "packages": _l("Packages"), "contracts": _l("Contract lines"), "usage": _l("Supplier usage"),
    "clients": _l("Other spellings of clients"), "prices": _l("Price list"),
}
# What each rule says; the first of each is what counts where nothing is chosen.
RULES: dict[str, dict[str, Any]] = {
    "pool": {
        "client": _l("the units of all contracts of a client count together"),
        "contract": _l("each contract has units of its own"),
    },
    "under_use": {
        "contract": _l("extra units are billed as contracted, used or not"),
        "use": _l("extra units are billed as used"),
    },
    "snapshot": {
        "at_end": _l("what is in force on the last day of the month"), "at_start": _l("what is in force on its first day"),
        "any": _l("what is in force on the day that holds most"),
    },
}
RULE_NAMES = {"pool": _l("Units are pooled"), "under_use": _l("Where less is used"), "snapshot": _l("The day that counts")}


def month(value: date | None) -> str:
    """A period, such as January 2026."""
    return str(format_date(value, "LLLL y")) if value else str(_("no period"))


def _upload(label: Any, columns: str, needed: Any = "") -> FileField:
    said = _l("CSV, XLSX or ODS with the columns %(columns)s", columns=columns)
    if needed:
        said = _l("%(needed)s CSV, XLSX or ODS with the columns %(columns)s", needed=needed, columns=columns)
    return FileField(label, description=said)


def _rule(name: str) -> SelectField:
    words = [SelectChoice("", _l("as the settings file or the earlier run says")), *(
        SelectChoice(value, word) for value, word in RULES[name].items()
    )]
    usual = next(iter(RULES[name].values()))
    return SelectField(
        RULE_NAMES[name], choices=words, default="", description=_l("Where neither says anything: %(usual)s.", usual=usual))


class StartRun(Form):
    """A new trial run."""

    title = line(_l("Title"), DataRequired(), description=_l("What is tried, such as “January, new price list”."))
    period_on = MonthField(_l("Month"), validators=[Optional()], description=_l("Year and month, such as 2026-01."))
    again = SelectField(
        _l("Take the files from"), coerce=int, choices=[], default=0,
        description=_l("Files chosen below take the place of those of that run.")
    )
    usage = _upload(_l("Supplier usage"), "client, service, quantity")
    contracts = _upload(_l("Contract lines"), "client, contract, kind, item, quantity, unit_price, currency")
    packages = _upload(_l("Packages and what they hold"), "package, service, units")
    clients = _upload(_l("Other spellings of clients"), "alias, client",
                      _l("Only where the supplier spells clients otherwise than the contracts."))
    prices = _upload(_l("Price list"), "service, unit_price, currency",
                     _l("For the amounts of lines without a price of their own, and for margins."))
    settings = FileField(_l("Settings"), description=_l("TOML: how each file is written; the rest is recognised."))
    sum_duplicates = BooleanField(_l("Add up usage records of the same client and service instead of refusing them"))
    is_dated = BooleanField(
        _l("Count by date in this month"),
        description=_l("Contract lines outside the month do not count; inside a part of it they are billed by day."),
    )
    pool = _rule("pool")
    under_use = _rule("under_use")
    snapshot = _rule("snapshot")

    def validate_is_dated(self, field: Any) -> None:
        """Counting by date needs the month."""
        if field.data and not self.period_on.data:
            raise ValidationError(_l("Name the month in which is counted by date."))

    def offer(self, project_id: int) -> Self:
        """Fill the list of runs whose files can be used again."""
        runs = queries.choices(project_id)
        offered = [(0, _("new files only"))] + [
            (number, _("run %(number)s: %(title)s", number=number, title=title)) for number, title in runs
        ]
        self.again.choices = [SelectChoice(str(number), words) for number, words in offered]
        for role in rules.REQUIRED_ROLES:
            if role in self and runs:
                self[role].flags.mark = _("(needed, here or from the run above)")
            elif role in self:
                self[role].flags.required = True
        return self

    def uploads(self) -> dict[str, Any]:
        """The files that were chosen: {role: (file name, stream)}."""
        chosen = {role: self[role].data for role in (*rules.ROLES, rules.SETTINGS) if role in self}
        return {role: (each.filename or role, each.stream) for role, each in chosen.items() if each}


class Dispose(Form):
    """A decision about an unexplained row."""

    row_key = HiddenField(validators=[InputRequired()])
    decision = SelectField(_l("Decision"), choices=[SelectChoice(value, word) for value, word in DECISIONS.items()])
    reason = text(_l("Reason"), DataRequired(), maximum=2000, description=_l("Printed in the report beside the row."))
    for_client = BooleanField(_l("The same for every row of this client that has no decision yet"))
    for_service = BooleanField(
        _l("The same for a service that nothing knows and every row of it that has no decision yet"))


def run_choices(project_id: int) -> list[tuple[int, str]]:
    """The project's newest runs as a list to choose from, by number."""
    return [
        (number, _("run %(number)s: %(title)s", number=number, title=title)) for number, title in queries.choices(project_id)
    ]


def mapping_run_choices(project_id: int) -> list[tuple[int, str]]:
    """The project's newest runs of mappings as a list to choose from, by number."""
    return [
        (number, _("run M%(number)s: %(title)s", number=number, title=title))
        for number, title in mapping_runs.mapping_run_titles(project_id)
    ]


_GIVEN = {each: word for each, word in HYPOTHESIS_VERDICTS.items() if each is not HypothesisVerdict.OPEN}


class JudgeHypothesis(RecordForm):
    """What the trial said about a hypothesis."""

    verdict = choice(_l("Verdict"), _GIVEN)
    run_number = Reference(
        _l("Trial run"), run_choices,
        description=_l("The run that shows it, here or below; only a dropped hypothesis has none."),
    )
    mapping_run_number = Reference(_l("Run of a mapping"), mapping_run_choices)
    got = text(_l("What came out"), DataRequired(), maximum=2000, description=_l("Beside what was expected."))
    evidence_id = Reference(_l("Evidence"), evidence_choices)


class NoteWeakness(RecordForm):
    """A weakness of our own that the trial brought to light."""

    statement = text(_l("Weakness"), DataRequired(), maximum=2000)
    hub = choice(_l("Where it was found"), HUBS, empty=_l("not in one hub"))
    run_number = Reference(_l("Trial run"), run_choices)
    mapping_run_number = Reference(_l("Run of a mapping"), mapping_run_choices)
    consequence = text(_l("Consequence"), maximum=2000)
    disposition = text(_l("What becomes of it"), maximum=2000)
    owner_id = Reference(_l("Owner"), people_choices)
    finding = line(_l("Finding"), maximum=40, description=_l("Its code, where an audit finding was raised about it."))
