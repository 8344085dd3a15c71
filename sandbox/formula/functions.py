"""The one table of functions and operators: what they take, what they give, and how they are explained."""
from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.formula.tree import Literal, Node, Value
from sandbox.formula.types import BOOL, DATE, DECIMAL, INT, MAX_SCALE, TEXT, Kind, Type

NUMBERS = frozenset({Kind.INT, Kind.DECIMAL})
ANY = frozenset(Kind)
_PATTERN = re.compile(r"YYYY|MM|M|DD|D|[-/. ,]")
# One computation: a value that is nothing anywhere in it makes it nothing, before any part of it can fail.
ARITHMETIC = frozenset({"+", "-", "*", "/", "neg", "abs", "as", "round"})
ISO = "YYYY-MM-DD"


@dataclass(frozen=True)
class Wanted:
    """One argument: the kinds it may have; `constant` says what a value written in the formula itself must be."""

    name: str
    kinds: frozenset[Kind]
    constant: Callable[[Value], str] | None = None  # gives what is expected, or an empty text when it is held
    optional: bool = False


@dataclass(frozen=True)
class Function:
    """A function of fixed arguments; `result` gives its type from the checked arguments."""

    name: str
    wanted: tuple[Wanted, ...]
    result: Callable[[tuple[Node, ...]], Type]
    says: str
    example: str

    @property
    def signature(self) -> str:
        shown = ", ".join(f"[{one.name}]" if one.optional else one.name for one in self.wanted)
        return f"{self.name}({shown})"

    def wanted_for(self, count: int) -> tuple[Wanted, ...]:
        """What each of `count` arguments must be; empty where the function does not take so many."""
        wanted = self.wanted
        if wanted[-1].name.endswith("…"):
            wanted = (*wanted, *[wanted[-1]] * (count - len(wanted)))
        least = sum(not one.optional for one in wanted)
        return wanted if least <= count <= len(wanted) else ()


@dataclass(frozen=True)
class FunctionDoc:
    """What an editor shows of a function or operator; the example names columns such as `units` or `name`."""

    name: str
    signature: str
    says: str
    example: str


def always(kind: Type) -> Callable[[tuple[Node, ...]], Type]:
    """The result of a function that gives one type, whatever it is given."""
    return lambda nodes: kind


def pattern_fault(value: Value) -> str:
    """What a date pattern should have been, or an empty text: M and D need a sign beside them to be told apart."""
    text = str(value)
    parts = pattern_parts(text)
    letters = "".join(sorted(part[0] for part in parts if part.isalpha()))
    touching = any(one.isalpha() and two.isalpha() and "1" in (f"{len(one)}", f"{len(two)}")
                   for one, two in itertools.pairwise(parts))
    if "".join(parts) == text and letters == "DMY" and not touching:
        return ""
    return f"a pattern of YYYY, MM or M, DD or D with - / . , or spaces between, such as '{ISO}'"


def pattern_parts(text: str) -> list[str]:
    """A date pattern cut into its parts: `YYYY`, `MM`, `M`, `DD`, `D` and single signs between them."""
    return _PATTERN.findall(text)


def _between(low: int, high: int) -> Callable[[Value], str]:
    def check(value: Value) -> str:
        return "" if isinstance(value, int) and low <= value <= high else f"a whole number from {low} to {high}"
    return check


def _some_text(value: Value) -> str:
    return "" if isinstance(value, str) and value else "a text of at least one character in single quotes"


def _any_text(value: Value) -> str:
    return "" if value is None or isinstance(value, str) else "a text in single quotes"


def _mark(value: Value) -> str:
    return "" if value in (",", ".") else "the decimal mark, ',' or '.'"


def rounded(nodes: tuple[Node, ...]) -> Type:
    """The type of round: whole numbers without places."""
    places = nodes[1].value if len(nodes) > 1 and isinstance(nodes[1], Literal) else 0
    return Type(Kind.DECIMAL, int(str(places))) if places else INT


def decimal_type(nodes: tuple[Node, ...]) -> Type:
    """The type of decimal(…): with the places written last, else four, else those the value has."""
    last = nodes[-1]
    if len(nodes) > 1 and isinstance(last, Literal) and last.type == INT:
        return Type(Kind.DECIMAL, int(str(last.value)))
    return nodes[0].type if nodes[0].type.kind is Kind.DECIMAL else DECIMAL


_TEXT, _DATE, _BOOL = frozenset({Kind.TEXT}), frozenset({Kind.DATE}), frozenset({Kind.BOOL})
_T = Wanted("text", _TEXT)
_D = Wanted("date", _DATE)
_N = Wanted("number", NUMBERS)

_TABLE = (
    Function("int", (Wanted("value", _TEXT | NUMBERS),), always(INT),
             "A whole number from a text of digits, with a - before it where it is negative, or from a decimal that is "
             "whole. A text such as 1.5, 1e3 or 1 234 fails.", "int(units)"),
    Function("decimal", (Wanted("value", _TEXT | NUMBERS), Wanted("mark", _TEXT, _mark, True),
                         Wanted("places", frozenset({Kind.INT}), _between(0, MAX_SCALE), True)), decimal_type,
             "An exact decimal from a text, a whole number or another decimal; four places unless they are given. The "
             "mark is '.' unless given. Thousands may be set apart by a space; more places than it holds fail.",
             "decimal(price, ',', 2)"),
    Function("date", (Wanted("value", _TEXT | _DATE), Wanted("pattern", _TEXT, pattern_fault, True)), always(DATE),
             "A date from a text written as the pattern says, with four digits for the year; MM and DD take two digits, "
             f"M and D one or two. Without a pattern: {ISO}.", "date(day, 'DD/MM/YYYY')"),
    Function("bool", (Wanted("value", _TEXT | _BOOL),), always(BOOL),
             "True from true, yes, oui, vrai or 1; false from false, no, non, faux or 0; small or capital letters.",
             "bool(active)"),
    Function("text", (Wanted("value", ANY),), always(TEXT),
             "Any value as a text: dates as 2026-01-31, decimals with all their places.", "text(client_id)"),
    Function("trim", (_T,), always(TEXT), "The text without spaces of any kind at its two ends.", "trim(name)"),
    Function("clean", (_T,), always(TEXT),
             "The text trimmed, and every run of spaces, tabs and line ends within it made one space.", "clean(name)"),
    Function("upper", (_T,), always(TEXT), "The text in capital letters, letter by letter: ß becomes ẞ.", "upper(code)"),
    Function("lower", (_T,), always(TEXT), "The text in small letters, letter by letter.", "lower(email)"),
    Function("replace", (_T, Wanted("from", _TEXT, _some_text), Wanted("to", _TEXT, _any_text)), always(TEXT),
             "The text with every occurrence of one text replaced by another; '' takes it out.",
             "replace(phone, '.', '')"),
    Function("substring", (_T, Wanted("start", frozenset({Kind.INT}), _between(1, 1_000_000)),
                           Wanted("length", frozenset({Kind.INT}), _between(1, 1_000_000))), always(TEXT),
             "The characters from the start, counted from 1, as many as the length says.", "substring(code, 1, 2)"),
    Function("split", (_T, Wanted("mark", _TEXT, _some_text),
                       Wanted("number", frozenset({Kind.INT}), _between(1, 1000))), always(TEXT),
             "One part of a text cut at a mark, counted from 1; nothing where there is no such part.",
             "split(account, '-', 2)"),
    Function("concat", (Wanted("text", _TEXT), Wanted("text…", _TEXT)), always(TEXT),
             "The texts one after the other; those that are nothing are left out.", "concat(first, ' ', last)"),
    Function("startswith", (_T, Wanted("part", _TEXT)), always(BOOL), "Whether the text begins with the part.",
             "startswith(code, 'P')"),
    Function("endswith", (_T, Wanted("part", _TEXT)), always(BOOL), "Whether the text ends with the part.",
             "endswith(code, '-old')"),
    Function("contains", (_T, Wanted("part", _TEXT)), always(BOOL), "Whether the part stands anywhere in the text.",
             "contains(name, 'GmbH')"),
    Function("round", (_N, Wanted("places", frozenset({Kind.INT}), _between(0, MAX_SCALE), True)), rounded,
             "The number with so many places, half away from zero; without places a whole number.",
             "round(amount, 2)"),
    Function("abs", (_N,), lambda nodes: nodes[0].type, "The number without its sign.", "abs(difference)"),
    Function("days", (Wanted("from", _DATE), Wanted("to", _DATE)), always(INT),
             "How many days from the first date to the second; negative where the second is earlier.",
             "days(starts_on, ends_on)"),
    Function("months", (Wanted("from", _DATE), Wanted("to", _DATE)), always(INT),
             "How many months the calendar turned from the first date to the second; days do not count.",
             "months(starts_on, ends_on)"),
    Function("year", (_D,), always(INT), "The year of a date.", "year(starts_on)"),
    Function("month", (_D,), always(INT), "The month of a date, 1 to 12.", "month(starts_on)"),
    Function("day", (_D,), always(INT), "The day of the month, 1 to 31.", "day(starts_on)"),
    Function("month_start", (_D,), always(DATE), "The first day of the month of a date.", "month_start(day)"),
    Function("month_end", (_D,), always(DATE), "The last day of the month of a date.", "month_end(day)"),
)
FUNCTIONS = {one.name: one for one in _TABLE}

# Functions whose arguments have one type in common, which is theirs; each takes any number of them, two at least.
TOGETHER = {
    "coalesce": FunctionDoc("coalesce", "coalesce(value, value…)", "The first of the values that is not nothing.",
                            "coalesce(nickname, name)"),
    "least": FunctionDoc("least", "least(value, value…)", "The smallest value; those that are nothing are left out.",
                         "least(used, included)"),
    "greatest": FunctionDoc("greatest", "greatest(value, value…)",
                            "The largest value; those that are nothing are left out.", "greatest(used - included, 0)"),
}
_IF = FunctionDoc("if", "if(condition, value, otherwise)",
                  "The value where the condition is true, else (also where it is nothing) the other.",
                  "if(units > 0, units, 0)")
_OPERATORS = (
    FunctionDoc("+", "a + b", "Sum; a decimal has as many places as the longer of the two.", "included + extra"),
    FunctionDoc("-", "a - b", "Difference; before a single value its negative.", "used - included"),
    FunctionDoc("*", "a * b", "Product; the places of both added, nine at most, rounded half away from zero.",
                "quantity * unit_price"),
    FunctionDoc("/", "a / b", "Quotient, a decimal of at least four places, rounded half away from zero. Division by "
                              "zero fails.", "amount / 2"),
    *(FunctionDoc(sign, f"a {sign} b", f"Whether a is {word} b; nothing where one of them is nothing.", example)
      for sign, word, example in (
          ("=", "equal to", "service = 'S3'"), ("<>", "other than", "verdict <> 'equal'"),
          ("<", "less than", "used < entitled"), ("<=", "at most", "units <= 10"),
          (">", "greater than", "over > 0"), (">=", "at least", "units >= 0"))),
    FunctionDoc("and", "a and b", "True where both are; b is not computed where a is false.", "units > 0 and active"),
    FunctionDoc("or", "a or b", "True where one is; b is not computed where a is true.", "over > 0 or unused > 0"),
    FunctionDoc("not", "not a", "True where a is false; nothing where a is nothing.", "not startswith(code, 'P')"),
    FunctionDoc("between", "a between low and high", "True where a is at least low and at most high; also `not between`.",
                "units between 1 and 10"),
    FunctionDoc("in", "a in (b, c)", "True where a equals one of the values; also `not in`.", "service in ('S1', 'S3')"),
    FunctionDoc("is nothing", "a is nothing", "Whether there is no value; also `is not nothing`. Never nothing itself.",
                "ends_on is nothing"),
    FunctionDoc("case", "case when condition then value … else value end",
                "The value of the first condition that is true; nothing where none is and there is no else.",
                "case when units = 0 then 'none' else 'some' end"),
)
FUNCTION_NAMES = (*FUNCTIONS, *TOGETHER, "if")


def formula_reference() -> list[FunctionDoc]:
    """Every function, then every operator, as an editor or a page of documentation shows them."""
    functions = [FunctionDoc(one.name, one.signature, one.says, one.example) for one in _TABLE]
    return [*functions, *TOGETHER.values(), _IF, *_OPERATORS]
