"""Evaluates a checked formula in plain Python: exact, slow, and the judge of every engine."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sandbox.formula import cells
from sandbox.formula.faults import CellFault
from sandbox.formula.functions import ARITHMETIC
from sandbox.formula.tree import Call, ColumnRef, Literal, Node, Parameter, Typed, Value
from sandbox.formula.types import Type

__all__ = ["CellFault", "computed", "evaluate", "read_cell"]
_Values = Callable[[Node], Value]


def evaluate(typed: Typed, row: Mapping[str, Value], parameters: Mapping[str, Value] | None = None) -> Value:
    """The value of the formula on one row, whose values have the types it was checked with; raises CellFault."""
    return computed(typed.root, row, parameters or {})


def read_cell(kind: Type, text: str | None, mark: str = ".") -> Value:
    """A received cell as a value of its declared type; raises CellFault."""
    return cells.read(kind, text, mark)


def computed(node: Node, row: Mapping[str, Value], parameters: Mapping[str, Value]) -> Value:
    """The value of one node of the tree; an empty text is nothing."""
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, ColumnRef):
        value = row[node.name]
    elif isinstance(node, Parameter):
        value = parameters[node.name]
    else:
        value = _called(node, lambda part: computed(part, row, parameters))
    return None if value == "" else value


def _called(call: Call, value_of: _Values) -> Value:
    if call.name in ARITHMETIC:
        values = [value_of(leaf) for leaf in _leaves(call)]
        return None if None in values else _worked(call, iter(values))
    lazy = _LAZY.get(call.name)
    if lazy is not None:
        return lazy(call, value_of)
    values = [value_of(part) for part in call.arguments]
    if call.name in _WITH_NOTHING:
        return _WITH_NOTHING[call.name](values)
    if any(value is None for value in values[:_LOOKED_AT.get(call.name)]):
        return None
    return cells.CALLS[call.name](call.type, [part.type for part in call.arguments], values)


def _leaves(node: Node) -> Iterator[Node]:
    """What a computation starts from, left to right."""
    if isinstance(node, Call) and node.name in ARITHMETIC:
        for part in node.arguments:
            yield from _leaves(part)
    else:
        yield node


def _worked(node: Node, leaves: Iterator[Value]) -> Value:
    if not isinstance(node, Call) or node.name not in ARITHMETIC:
        return next(leaves)
    values = [_worked(part, leaves) for part in node.arguments]
    return cells.CALLS[node.name](node.type, [part.type for part in node.arguments], values)


def _case(call: Call, value_of: _Values) -> Value:
    *pairs, otherwise = call.arguments
    for condition, value in zip(pairs[::2], pairs[1::2], strict=True):
        if value_of(condition) is True:
            return value_of(value)
    return value_of(otherwise)


def _and(call: Call, value_of: _Values) -> Value:
    return _until(call, value_of, False)


def _or(call: Call, value_of: _Values) -> Value:
    return _until(call, value_of, True)


def _until(call: Call, value_of: _Values, deciding: bool) -> Value:
    """Left to right until a member decides; else nothing where any member is nothing."""
    unsure = False
    for part in call.arguments:
        value = value_of(part)
        if value is deciding:
            return deciding
        unsure = unsure or value is None
    return None if unsure else not deciding


def _coalesce(call: Call, value_of: _Values) -> Value:
    for part in call.arguments:
        value = value_of(part)
        if value is not None:
            return value
    return None


def _in(values: list[Value]) -> Value:
    wanted, *members = values
    if wanted is None:
        return None
    if wanted in [member for member in members if member is not None]:
        return True
    return None if None in members else False


def _between(values: list[Value]) -> Value:
    value, low, high = values
    above = None if value is None or low is None else cells.at_least(value, low)
    below = None if value is None or high is None else cells.at_least(high, value)
    if above is False or below is False:
        return False
    return None if above is None or below is None else True


def _concat(values: list[Value]) -> Value:
    return "".join(str(value) for value in values if value is not None)


def _extreme(pick: Callable[..., Value]) -> Callable[[list[Value]], Value]:
    return lambda values: pick((value for value in values if value is not None), default=None)


_LAZY: dict[str, Callable[[Call, _Values], Value]] = {"case": _case, "and": _and, "or": _or, "coalesce": _coalesce}
_WITH_NOTHING: dict[str, Callable[[list[Value]], Value]] = {
    "is nothing": lambda values: values[0] is None, "in": _in, "between": _between, "concat": _concat,
    "least": _extreme(min), "greatest": _extreme(max),
}
# `replace(name, '-', '')` takes something out: its last argument may be nothing.
_LOOKED_AT = {"replace": 2}
