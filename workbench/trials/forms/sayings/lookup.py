"""A sentence of the sandbox in the person's language: taken apart, each part looked up, and put together again."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flask_babel import gettext as _

from workbench.trials.forms.sayings.matching import is_quoted, match

# Places in which the sandbox puts words of its own, not names or values of people.
_SPOKEN = re.compile(
    r"(shown|value|why|what|problem|writes|says|message|error|because|not_offered|strerror|kind|kinds|called|said|word|"
    r"measures|months?|snapshot|sign|prices|given|orig|schema|code|instance)[0-9]*"
)
_LISTED = {"rows", "allowed", "names", "clashes", "wanted", "expected"}
_MARK = re.compile(r"""(?<!\w)'|'(?!\w)|"|`""")
# How many parts are tried together; the sentences of the sandbox have fewer.
_MOST_PARTS = 8


def said(message: str) -> str:
    """A sentence of the sandbox in the person's language, or several; one it does not know stays as it is."""
    return "\n".join(line if line.startswith("    ") else _line(line) for line in message.split("\n"))


def place_said(place: str) -> str:
    """A place in a mapping, such as `step clean, field amount`, in the person's language."""
    return str(_(": ")).join(map(_piece_of_place, place.split(": ")))


def _piece_of_place(piece: str) -> str:
    parts = [(part, _known(part)) for part in piece.split(", ")]
    whole = "" if all(told for _part, told in parts) else _known(piece)
    return whole or ", ".join(told or part for part, told in parts)


def expected_said(expected: str) -> str:
    """What was expected, in the person's language: a sentence, or names with `or` between them."""
    return _known(expected) or _listed(expected)


def _line(line: str) -> str:
    whole = _sentence(line)
    if whole:
        return whole
    parts, found, at, is_known = list(_parts(line, "; ")), [], 0, False
    while at < len(parts):
        for end in range(min(len(parts), at + _MOST_PARTS), at, -1):
            told = _sentence("; ".join(parts[at:end]))
            if told:
                break
        is_known, at = is_known or bool(told), end
        found.append(told or parts[end - 1])
    return str(_("; ")).join(found) if is_known else _known(line, is_loose=True) or line


def _sentence(text: str) -> str:
    """A sentence with what stands before it, such as a file's name and a place in it; empty where it is not known."""
    told = _known(text)
    if told:
        return told
    pieces = list(_parts(text, ": "))
    for number in range(1, min(len(pieces), _MOST_PARTS)):
        told = _known(": ".join(pieces[number:]))
        if told:
            return str(_(": ")).join([*(place_said(piece) for piece in pieces[:number]), told])
    return ""


def _parts(text: str, sign: str) -> Iterator[str]:
    """The parts between the signs, but for those that stand between quotation marks."""
    held: list[str] = []
    marks = 0
    for part in text.split(sign):
        held.append(part)
        marks += len(_MARK.findall(part))
        if marks % 2 == 0:
            yield sign.join(held)
            held = []
    if held:
        yield sign.join(held)


def _known(text: str, *, is_loose: bool = False) -> str:
    found = match(text, is_loose=is_loose)
    if found is None:
        return ""
    words, values = found
    return str(_(words, **{name: _value(name, value, text) for name, value in values.items()}) if values else _(words))


def _value(name: str, value: str, whole: str) -> str:
    """What stands in a place; words of the sandbox are translated in their turn."""
    if value == whole or is_quoted(value):
        return value
    if name == "at":
        return place_said(value)
    if name == "where":
        return ", ".join(map(_looked_at, _parts(value, ", ")))
    if name.rstrip("0123456789") in _LISTED:
        return expected_said(value)
    return _line(value) if _SPOKEN.fullmatch(name) else value


def _looked_at(text: str) -> str:
    """A value that a check looked at (sandbox/engines/unheld.py), such as `units is -3`."""
    field, sign, found = text.partition(" is ")
    if not sign:
        return text
    if found == "nothing":
        return str(_("%(field)s is nothing", field=field))
    return str(_("%(field)s is %(found)s", field=field, found=found))


def _listed(text: str) -> str:
    return text.replace(" or ", str(_(" or "))).replace(" and ", str(_(" and ")))
