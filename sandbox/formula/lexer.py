"""Cuts the text of a formula into tokens, each with its place."""
from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from sandbox.formula.faults import FormulaFault

MAX_LENGTH = 4000
KEYWORDS = frozenset(
    {"and", "or", "not", "between", "in", "is", "nothing", "case", "when", "then", "else", "end", "true", "false"})
_TOKEN = re.compile(r"""
    (?P<space>[ \t\r\n]+)
  | (?P<number>[0-9]+(?:\.[0-9]+)?)
  | (?P<text>'(?:[^']|'')*')
  | (?P<column>"(?:[^"]|"")*")
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<parameter>:[A-Za-z_][A-Za-z0-9_]*)
  | (?P<mark><=|>=|!=|<>|[-+*/=<>(),.])
""", re.VERBOSE)
# What people type instead of the sign they mean, mostly because an office program replaced it.
_MEANT = {
    "’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"', "«": '"', "»": '"', "−": "-", "–": "-", "—": "-",
    "×": "*", "·": "*", "÷": "/", "≠": "<>", "≤": "<=", "≥": ">=", "＝": "=", "＋": "+", "，": ",", "（": "(", "）": ")",
    "\u00a0": "a space", "\u202f": "a space", "\u2009": "a space", "&": "and", "|": "or", "!": "not", ";": ",",
    "{": "(", "[": "(", "}": ")", "]": ")",
}
_NOT_OFFERED = {
    "--": "comments are not part of a formula; a minus before a negative value is written a - (-b)",
    "/*": "comments are not part of a formula",
    "==": "equality is written with one =",
    "=>": "at least is written >=",
    "=<": "at most is written <=",
    "**": "powers are not offered",
}


@dataclass(frozen=True)
class Token:
    """`kind` is number, text, column, name, keyword, parameter, mark or end; `value` is freed of its quotes."""

    kind: str
    value: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """The tokens of `text`, the last one of the kind `end`; raises FormulaFault."""
    if len(text) > MAX_LENGTH:
        raise FormulaFault(f"the formula has {len(text)} characters; at most {MAX_LENGTH} are read", text, MAX_LENGTH)
    found, at = [], 0
    while at < len(text):
        token = _next(text, at)
        if token.kind != "space":
            found.append(token)
        at = token.end
    found.append(Token("end", "", len(text), len(text)))
    return found


def _next(text: str, at: int) -> Token:
    two = text[at:at + 2]
    if two in _NOT_OFFERED:
        raise FormulaFault(f"{two} cannot stand here: {_NOT_OFFERED[two]}", text, at, 2)
    match = _TOKEN.match(text, at)
    if match is None:
        raise _unknown(text, at)
    kind, value = str(match.lastgroup), match.group()
    if kind in ("text", "column"):
        value = _unquoted(text, match)
    elif kind == "name" and value.lower() in KEYWORDS:
        kind, value = "keyword", value.lower()
    elif kind == "number" and text[match.end():match.end() + 1].isalnum():
        raise FormulaFault(f"{text[at:match.end() + 1]} is neither a number nor a name", text, at,
                           match.end() + 1 - at, expected="digits, with a point in decimals, such as 1250 or 12.50")
    elif kind == "mark" and value == "!=":
        value = "<>"
    return Token(kind, value[1:] if kind == "parameter" else value, at, match.end())


def _unquoted(text: str, match: re.Match[str]) -> str:
    quote, inner = match.group()[0], match.group()[1:-1]
    for place, sign in enumerate(inner):
        if (unicodedata.category(sign) == "Cc" and sign not in "\t\n\r") or "\ud800" <= sign <= "\udfff":
            raise FormulaFault(f"a quoted text holds the control character U+{ord(sign):04X}", text,
                               match.start() + 1 + place, expected="characters that can be seen, tabs or line ends")
    if quote == '"' and not inner:
        raise FormulaFault('"" names no column', text, match.start(), 2, expected="the name of a column between the quotes")
    return inner.replace(quote * 2, quote)


def _unknown(text: str, at: int) -> FormulaFault:
    sign = text[at]
    if sign in "'\"":
        what = "text" if sign == "'" else "column name"
        return FormulaFault(f"the quoted {what} has no end", text, at, len(text) - at, expected=f"a closing {sign}")
    if sign == ":":
        return FormulaFault("the : has no name after it", text, at, expected="a parameter such as :period")
    shown = sign if sign.isprintable() and sign != " " else f"U+{ord(sign):04X}"
    named = unicodedata.name(sign, "")
    said = f"{shown} ({named.lower()})" if named and ord(sign) > 126 else shown
    letters = " (a column name with other letters than A to Z goes in double quotes)" if sign.isalpha() else ""
    return FormulaFault(f"the character {said} is not part of the formula language{letters}", text, at,
                        expected=_MEANT.get(sign, ""))
