"""What is said of a row that a check does not hold: the condition as written, and the values that it looked at."""
from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from sandbox.formula.cells import shown
from sandbox.formula.tree import Call, Node, Parameter, Value
from sandbox.mapping.checked import Check

_LONGEST = 200  # characters of a condition


def unheld(check: Check, values: Mapping[str, Value], parameters: Mapping[str, Value]) -> str:
    """Such as `the check not-negative is not held: units >= 0, where units is -3`; values by the names of the fields."""
    text = " ".join(check.that.text.split())
    condition = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    told = {name: values[name] for name in check.that.columns if name in values}
    told |= {f":{name}": parameters[name] for name in _parameters(check.that.root) if name in parameters}
    said = [f"{name} is {_said(told[name])}" for name in sorted(told, key=lambda name: (_place(text, name), name))]
    return f"the check {check.name} is not held: {condition}" + (f", where {', '.join(said)}" if said else "")


def _place(text: str, name: str) -> int:
    """Where the condition names it first."""
    found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)
    return found.start() if found else len(text)


def _parameters(node: Node) -> Iterator[str]:
    if isinstance(node, Parameter):
        yield node.name
    elif isinstance(node, Call):
        for each in node.arguments:
            yield from _parameters(each)


def _said(value: Value) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    return shown(value) if isinstance(value, str) else f"{value:f}" if hasattr(value, "as_tuple") else str(value)
