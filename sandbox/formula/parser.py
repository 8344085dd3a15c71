"""Reads tokens into a tree of what was written, before any name or type is known."""
from __future__ import annotations

from dataclasses import dataclass

from sandbox.formula.faults import FormulaFault
from sandbox.formula.lexer import Token, tokens

MAX_DEPTH = 50
MAX_NODES = 500
COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")
_BINDING = {"or": 1, "and": 2, **dict.fromkeys([*COMPARISONS, "between", "in", "is", "not"], 4), "+": 5, "-": 5, "*": 6,
            "/": 6}
_NOT, _MINUS = 3, 7


@dataclass(frozen=True)
class Written:
    """One part of a formula: `kind` is number, text, true, false, nothing, column, parameter, call or operator.

    `name` is the number, text, name or operator; the part covers the characters from `start` to before `end`.
    """

    kind: str
    name: str
    start: int
    end: int
    parts: tuple[Written, ...] = ()
    height: int = 1


def parsed(text: str) -> Written:
    """The tree of `text`; raises FormulaFault, also for a formula that is too long, too deep or too large."""
    reader = _Reader(text, tokens(text))
    if reader.now.kind == "end":
        raise FormulaFault("the formula is empty", text, 0, expected="a column, a value or a function")
    root = reader.expression(0)
    if reader.now.kind != "end":
        raise reader.unexpected("the end of the formula or an operator")
    return root


class _Reader:
    """Precedence climbing: one method call for each level of nesting, so that depth is counted, not overrun."""

    def __init__(self, text: str, found: list[Token]) -> None:
        self.text, self.found, self.at, self.depth, self.nodes = text, found, 0, 0, 0

    @property
    def now(self) -> Token:
        return self.found[self.at]

    def take(self) -> Token:
        self.at += 1
        return self.found[self.at - 1]

    def sees(self, *values: str) -> bool:
        return self.now.kind in ("mark", "keyword") and self.now.value in values

    def need(self, value: str, opened: Token | None = None) -> Token:
        if self.sees(value):
            return self.take()
        if opened is not None and self.now.kind == "end":
            raise FormulaFault(f"{opened.value} has no {value}", self.text, opened.start, opened.end - opened.start,
                               expected=f"{value} before the end of the formula")
        raise self.unexpected(value)

    def unexpected(self, expected: str) -> FormulaFault:
        token = self.now
        if token.kind == "end":
            return FormulaFault("the formula ends too early", self.text, token.start, expected=expected)
        shown = self.text[token.start:token.end]
        return FormulaFault(f"{shown[:60]} cannot stand here", self.text, token.start, token.end - token.start,
                            expected=expected)

    def node(self, kind: str, name: str, start: int, end: int, parts: tuple[Written, ...] = ()) -> Written:
        self.nodes += 1
        height = 1 + max((part.height for part in parts), default=0)
        if self.nodes > MAX_NODES:
            raise FormulaFault(f"the formula has more than {MAX_NODES} parts; compute a part of it in a step before",
                               self.text, start, end - start)
        if height > MAX_DEPTH:
            raise self.too_deep(start, end)
        return Written(kind, name, start, end, parts, height)

    def too_deep(self, start: int, end: int) -> FormulaFault:
        return FormulaFault(f"the formula is nested more than {MAX_DEPTH} deep; compute a part of it in a step before",
                            self.text, start, end - start)

    def expression(self, above: int) -> Written:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.too_deep(self.now.start, self.now.end)
        left = self.operand(above)
        while self.now.kind in ("mark", "keyword") and _BINDING.get(self.now.value, 0) > above:
            left = self.after(left)
        self.depth -= 1
        return left

    def operand(self, above: int) -> Written:
        token = self.now
        if self.sees("not") and above <= _NOT:
            self.take()
            part = self.expression(_NOT)
            return self.node("operator", "not", token.start, part.end, (part,))
        if self.sees("-"):
            self.take()
            if self.now.kind == "number":
                number = self.take()
                return self.node("number", f"-{number.value}", token.start, number.end)
            part = self.expression(_MINUS)
            return self.node("operator", "neg", token.start, part.end, (part,))
        return self.primary()

    def primary(self) -> Written:
        token = self.now
        if self.sees("("):
            self.take()
            inner = self.expression(0)
            self.need(")", token)
            return inner
        if self.sees("case"):
            return self.case()
        if token.kind in ("number", "text", "parameter"):
            self.take()
            return self.node(token.kind, token.value, token.start, token.end)
        if self.sees("true", "false", "nothing"):
            self.take()
            return self.node(token.value, token.value, token.start, token.end)
        if token.kind in ("name", "column"):
            return self.named()
        raise self.unexpected("a column, a value, a function or (")

    def named(self) -> Written:
        first = self.take()
        name, end = first.value, first.end
        if first.kind == "name" and self.sees("("):
            opened = self.take()
            parts, closed = self.arguments(opened)
            return self.node("call", name, first.start, closed.end, parts)
        if self.sees("."):
            self.take()
            if self.now.kind not in ("name", "column"):
                raise self.unexpected(f"the name of a column of {name}")
            second = self.take()
            name, end = f"{name}.{second.value}", second.end
        return self.node("column", name, first.start, end)

    def arguments(self, opened: Token) -> tuple[tuple[Written, ...], Token]:
        parts: list[Written] = []
        while not self.sees(")"):
            if parts:
                self.need(")" if self.now.kind == "end" else ",", opened)
            parts.append(self.expression(0))
        return tuple(parts), self.take()

    def case(self) -> Written:
        opened, parts = self.take(), []
        if not self.sees("when"):
            raise self.unexpected("when and a condition")
        while self.sees("when"):
            self.take()
            parts.append(self.expression(0))
            self.need("then", opened)
            parts.append(self.expression(0))
        if self.sees("else"):
            self.take()
            parts.append(self.expression(0))
        else:
            parts.append(self.node("nothing", "nothing", self.now.start, self.now.start))
        closed = self.need("end", opened)
        return self.node("operator", "case", opened.start, closed.end, tuple(parts))

    def after(self, left: Written) -> Written:
        token = self.take()
        if token.value in ("and", "or", "+", "-", "*", "/"):
            right = self.expression(_BINDING[token.value])
            # A chain of `and` or of `or` is one part with many members, so that long conditions are not deep.
            members = left.parts if (left.kind, left.name) == ("operator", token.value) \
                and token.value in ("and", "or") else (left,)
            return self.node("operator", token.value, left.start, right.end, (*members, right))
        made = self.tested(left, token)
        if self.now.kind in ("mark", "keyword") and _BINDING.get(self.now.value) == _BINDING["="]:
            raise FormulaFault("comparisons do not follow one another", self.text, self.now.start,
                               self.now.end - self.now.start, expected="and, such as a < b and b < c")
        return made

    def tested(self, left: Written, token: Token) -> Written:
        if token.value in COMPARISONS:
            right = self.expression(_BINDING["="])
            return self.node("operator", token.value, left.start, right.end, (left, right))
        if token.value == "is":
            negated = self.sees("not") and bool(self.take())
            end = self.need("nothing").end
            return self.maybe_not(negated, self.node("operator", "is nothing", left.start, end, (left,)))
        negated = token.value == "not"
        if negated and not self.sees("in", "between"):
            raise self.unexpected("in or between")
        word = self.take() if negated else token
        if word.value == "in":
            opened = self.need("(")
            parts, closed = self.arguments(opened)
            if not parts:
                raise FormulaFault("the list after in is empty", self.text, opened.start, closed.end - opened.start,
                                   expected="at least one value")
            return self.maybe_not(negated, self.node("operator", "in", left.start, closed.end, (left, *parts)))
        low = self.expression(_BINDING["="])
        self.need("and")
        high = self.expression(_BINDING["="])
        return self.maybe_not(negated, self.node("operator", "between", left.start, high.end, (left, low, high)))

    def maybe_not(self, negated: bool, part: Written) -> Written:
        return self.node("operator", "not", part.start, part.end, (part,)) if negated else part
