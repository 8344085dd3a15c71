"""The registers of step 6: the connections, and the acceptance runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from workbench.changes import forms, rules
from workbench.changes.models import AcceptanceRun, Connection
from workbench.changes.proofs import CONNECTION_TEXTS
from workbench.people.rules import Permission as P
from workbench.registers.rules import Further, Register, Verb
from workbench.web.refusals import BadValue


def _check_connection(project: Any, facts: Mapping[str, Any], row: Any) -> None:
    """No key in any text, and two ends that differ."""
    for name in CONNECTION_TEXTS:
        if rules.looks_like_secret(facts.get(name) or ""):
            raise BadValue(name, _("This looks like a key or a password. Write where it is kept, never the key itself."))
    if facts["source_tool_id"] == facts["target_tool_id"]:
        raise BadValue("target_tool_id", _("A connection joins two tools."))


def _check_acceptance(project: Any, facts: Mapping[str, Any], row: Any) -> None:
    if not rules.is_period(facts["period"]):
        raise BadValue("period", _("A month is written as year and month, such as 2026-05."))
    for name in ("expected_amount", "got_amount"):
        if rules.amount(facts[name]) is None:
            raise BadValue(name, _("“%(text)s” is not an amount; write it such as 1234.50.", text=facts[name]))
    if len(facts["currency"]) != 3 or not facts["currency"].isascii() or not facts["currency"].isupper():
        raise BadValue("currency", _("A currency has three capital letters, such as EUR."))


CONNECTIONS = Register(
    key="connections",
    model=Connection,
    form=forms.DescribeConnection,
    prefix="CX-",
    title=_l("Connections"),
    one=_l("Describe a connection"),
    purpose=_l("How the tools are joined once the change is live, who answers for it, and where its key is kept."),
    columns=("carries", "source_tool_id", "target_tool_id", "kind", "owner_id", "schedule"),
    check=_check_connection,
)
ACCEPTANCE = Register(
    key="acceptance",
    model=AcceptanceRun,
    form=forms.DescribeAcceptance,
    prefix="AR-",
    title=_l("Acceptance runs"),
    one=_l("Note an acceptance run"),
    purpose=_l("A real month done the new way: units and amounts against what was expected, each exception decided."),
    columns=("period", "expected_units", "got_units", "expected_amount", "got_amount", "currency"),
    verbs=(Verb(_l("Exceptions"), "exceptions", permission=P.PROJECT_READ),),
    check=_check_acceptance,
    further=(
        Further("totals", _l("Control totals"), forms.TOTALS),
        Further("exceptions_open", _l("Exceptions undecided")),
        Further("acceptance", _l("Standing"), forms.ACCEPTANCE),
    ),
    looks={
        "totals": {"equal": "equal", "different": "over"}, "acceptance": {"accepted": "pass", "open": "open"},
    },
)
REGISTERS = (CONNECTIONS, ACCEPTANCE)
