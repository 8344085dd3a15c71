"""Starting a run: the rules of the bill that are chosen, and figures typed off a screen with their screenshots."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import MultipleFileField
from wtforms import DateField, StringField
from wtforms.validators import InputRequired

from workbench.trials.forms.reconciliations import RULE_NAMES, RULES, StartRun
from workbench.trials.rules import Figure

ROWS = 12
MOST_ROWS = 200


def rules_said(chosen: Mapping[str, str | None]) -> list[tuple[str, str]]:
    """(rule, what it says) of the rules that a run used, with its period; the day counts only where there is one."""
    period = chosen["period"]
    said = [
        (str(RULE_NAMES[name]), str(words[str(chosen[name])]))
        for name, words in RULES.items() if name != "snapshot" or period
    ]
    dated = _("%(month)s: lines outside it do not count, amounts are by day", month=period) if period else _(
        "none: every line counts in full, whatever its dates"
    )
    return [*said, (str(_("Period")), str(dated))]


class Repeated(StringField):
    """A column of a form that is a table: the same name in every row; its data is the list of what was typed."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Keep every value, in the order of the rows."""
        self.data = [str(each) for each in valuelist]


class StartByHand(StartRun):
    """A run whose usage was read off a screen: the figures, the screenshots that show them, and who may look again."""

    usage = None
    sum_duplicates = None
    read_on = DateField(_l("Read on"), validators=[InputRequired()])
    screenshots = MultipleFileField(
        _l("Screenshots"),
        description=_l("PNG or JPEG, in the order in which the figures name them. Each becomes evidence of the project."),
    )
    client = Repeated(_l("Client"))
    service = Repeated(_l("Service"))
    quantity = Repeated(_l("Quantity"))
    shot = Repeated(_l("Screenshot"))

    def rows(self, wanted: int = ROWS) -> list[tuple[str, str, str, str]]:
        """What the table shows: what was typed, and empty rows up to `wanted`."""
        typed = [column.data or [] for column in (self.client, self.service, self.quantity, self.shot)]
        known = list(zip(*typed, strict=False))
        return [*known, *[("", "", "", "1")] * (wanted - len(known))][: MOST_ROWS]

    def figures(self) -> list[Figure]:
        """The rows in which something was typed, each with its number in the table."""
        return [
            Figure(number, client.strip(), service.strip(), quantity.strip(), shot.strip())
            for number, (client, service, quantity, shot) in enumerate(self.rows(0), start=1)
            if client.strip() or service.strip() or quantity.strip()
        ]

    def shots(self) -> list[tuple[str, Any]]:
        """The screenshots that were chosen: (file name, stream)."""
        return [(each.filename or "screenshot", each.stream) for each in self.screenshots.data or [] if each]

    def own_fields(self) -> list[Any]:
        """The fields above and below the table, in the order of the page."""
        hidden = {"csrf_token", "idempotency_key", "version", "client", "service", "quantity", "shot"}
        return [each for each in self if each.name not in hidden]


def chosen_rules(form: StartRun) -> dict[str, str]:
    """The rules that the form names; a rule left open is that of the settings file or of the run whose files are taken."""
    found = {name: str(form[name].data) for name in RULES if form[name].data}
    if form.is_dated.data and form.period_on.data:
        found["period"] = f"{form.period_on.data:%Y-%m}"
    return found


def prefill(again: Mapping[str, str | None] | None) -> dict[str, Any]:
    """What the form opens with where the files of an earlier run are taken: its rules."""
    return {**{name: again[name] for name in RULES}, "is_dated": bool(again["period"])} if again else {}
