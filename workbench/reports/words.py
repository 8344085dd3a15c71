"""The words of the subjects as reports print them; templates get this module as `words`."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from workbench.checklists.library import Pack
from workbench.inquiry.forms import CONTRIBUTIONS
from workbench.lifecycle.forms import ALSO_WORDS, OUTCOMES
from workbench.lifecycle.rules import Result
from workbench.projects.forms import CONFIDENTIALITY, FUNCTIONS, HUBS, LAYERS, MEMBER_ROLES
from workbench.tools.forms import CONNECTIONS, SENSITIVITIES, STANDINGS
from workbench.trials.forms import DECISIONS, KINDS, ROLES, month, said

RESULTS = {
    Result.PASS: _l("pass"),
    Result.FAIL: _l("fail"),
    Result.WAIVED: _l("waived"),
    Result.NOT_APPLICABLE: _l("not applicable"),
}

__all__ = [
    "ALSO_WORDS",
    "CONFIDENTIALITY",
    "CONNECTIONS",
    "CONTRIBUTIONS",
    "DECISIONS",
    "FUNCTIONS",
    "HUBS",
    "KINDS",
    "LAYERS",
    "MEMBER_ROLES",
    "OUTCOMES",
    "RESULTS",
    "ROLES",
    "SENSITIVITIES",
    "STANDINGS",
    "measured",
    "month",
    "question",
    "said",
]


def measured(snapshot: dict[str, Any]) -> list[dict[str, Any]]:
    """What the system itself checked at a gate, without the items that people answered."""
    return [each for each in snapshot["conditions"] if not each["key"].startswith("item:")]


def question(pack: Pack, snapshot: dict[str, Any], key: str, language: str) -> str:
    """The wording of a gate item; one that the pack no longer has is printed as it was frozen."""
    if any(item.key == key for item in pack.items):
        return pack.item(key).question.in_(language)
    return next((str(each["label"]) for each in snapshot["conditions"] if each["key"] == f"item:{key}"), key)
