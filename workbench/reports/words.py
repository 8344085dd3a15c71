"""The words of the subjects as reports print them; templates get this module as `words`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from workbench.adoption import forms as adoption
from workbench.adoption.forms import LEVELS as RUNGS
from workbench.audits import forms as audits
from workbench.changes import forms as changes
from workbench.checklists.library import Pack
from workbench.findings import forms as findings
from workbench.inquiry.forms import CONTRIBUTIONS, decision
from workbench.lifecycle.conditions.case import Gate
from workbench.lifecycle.forms import ALSO_WORDS, OUTCOMES
from workbench.lifecycle.rules import Result
from workbench.oversight.forms import reviews as oversight
from workbench.paths import forms as paths
from workbench.projects.forms import CONFIDENTIALITY, FUNCTIONS, HUBS, LAYERS, MEMBER_ROLES
from workbench.reports.redaction import is_money
from workbench.reports.rules import Period
from workbench.reports.telling import chosen, is_lower, period_told, withheld_in_words
from workbench.risks.forms import LEVELS, LOOKS
from workbench.tools import forms as tools
from workbench.tools.forms import ABLE, ABLE_LOOKS, CAPABILITIES, CONNECTIONS, SENSITIVITIES, STANDINGS
from workbench.trail.forms import act_in_words, object_in_words
from workbench.trials import forms as trials
from workbench.trials.forms import DECISIONS, KINDS, ROLES, month, said

RESULTS = {
    Result.PASS: _l("pass"),
    Result.FAIL: _l("fail"),
    Result.WAIVED: _l("waived"),
    Result.NOT_APPLICABLE: _l("not applicable"),
}

_NUMBERS = re.compile(r"[0-9]+")

__all__ = [
    "ABLE",
    "ABLE_LOOKS",
    "ALSO_WORDS",
    "CAPABILITIES",
    "CONFIDENTIALITY",
    "CONNECTIONS",
    "CONTRIBUTIONS",
    "DECISIONS",
    "FUNCTIONS",
    "HUBS",
    "KINDS",
    "LAYERS",
    "LEVELS",
    "LOOKS",
    "MEMBER_ROLES",
    "OUTCOMES",
    "Period",
    "RESULTS",
    "ROLES",
    "RUNGS",
    "SENSITIVITIES",
    "STANDINGS",
    "act_in_words",
    "adoption",
    "audits",
    "cause",
    "changes",
    "chosen",
    "decision",
    "findings",
    "is_lower",
    "is_money",
    "measured",
    "month",
    "object_in_words",
    "oversight",
    "paths",
    "period_told",
    "question",
    "said",
    "tools",
    "trials",
    "unnamed",
    "withheld_in_words",
]


def unnamed(layer: str) -> str:
    """How somebody is called whose name stays out of reports."""
    words = {
        "internal": _("a person inside the company (name withheld)"),
        "reseller": _("a person at the reseller (name withheld)"),
        "supplier": _("a person at the supplier (name withheld)"),
        "editor": _("a person at the editor (name withheld)"),
    }
    return str(words.get(layer, _("a person (name withheld)")))


def measured(snapshot: dict[str, Any], gates: Iterable[Gate]) -> list[dict[str, Any]]:
    """What the system itself checked at a gate, without the items that people answered.

    A criterion is worded in the language of the report where the gate still has it; how it stood and why are as they were
    frozen. One whose wording holds another number, since the project moved a limit, is printed as it was.
    """
    now = {each.key: each.label for gate in gates if gate.step == snapshot["step"] for each in gate.conditions}
    return [
        {**each, "label": label if _NUMBERS.findall(label) == _NUMBERS.findall(each["label"]) else each["label"]}
        for each in snapshot["conditions"]
        if not each["key"].startswith("item:")
        for label in (now.get(each["key"], each["label"]),)
    ]


def question(pack: Pack, snapshot: dict[str, Any], key: str, language: str) -> str:
    """The wording of a gate item; one that the pack no longer has is printed as it was frozen."""
    if any(item.key == key for item in pack.items):
        return pack.item(key).question.in_(language)
    return next((str(each["label"]) for each in snapshot["conditions"] if each["key"] == f"item:{key}"), key)


def cause(objective: Any) -> str:
    """Why an objective was not met: the limitations, and what is said about them; "" where nothing is."""
    codes = objective.limitation_codes or ()
    said = objective.cause or objective.state_reason or ""
    unsaid = ", ".join(each for each in codes if each not in said)
    return f"{unsaid}: {said}" if unsaid and said else unsaid or said
