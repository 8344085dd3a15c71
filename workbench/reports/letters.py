"""Which letters the bundled fonts have, and how a PDF shows those that none of them has: as their code, never as a box."""

from __future__ import annotations

import json
import re
from functools import cache

from flask_babel import force_locale, ngettext

from workbench import layout

LATIN, EXTENDED, ALL = range(3)  # which fonts a page needs: the first file of each face, the second too, those of other scripts
SAMPLES = ("", "\u0100", "\u05d0")  # a letter that needs them
# Marks without a shape, and what breaks a line or leaves a gap: nothing is drawn for them.
_SHAPELESS = "\t\n\r\u00ad\u034f\u061c\u200b-\u200f\u2060-\u2064\ufe00-\ufe0f\ufeff"
# Marks that turn the order of what stands after them, the words of the report too: shown, so that nothing reads as what it is not.
_TURNING = "\u202a-\u202e\u2066-\u2069"
_TEXT = re.compile(r">[^<]+")


@cache
def _classes() -> dict[str, str]:
    """The letters of each font, as they stand within a character class."""
    listed: dict[str, str] = json.loads((layout.STATIC / "fonts" / "letters.json").read_text(encoding="ascii"))
    return {name: "".join(_range(each) for each in ranges.split()) for name, ranges in listed.items()}


def _range(text: str) -> str:
    return "-".join(f"\\U{int(each, 16):08x}" for each in text.split("-"))


@cache
def _beyond(*fonts: str) -> re.Pattern[str]:
    """What none of these fonts has."""
    return re.compile(f"[^{_SHAPELESS}{''.join(_classes()[each] for each in fonts)}]")


@cache
def _unknown() -> re.Pattern[str]:
    return re.compile(f"[{_TURNING}]|{_beyond(*_classes()).pattern}")


def level(page: str) -> int:
    """Which fonts a page needs. Each costs time to open, so a page that has no such letters does not open it."""
    if _beyond("latin").search(page) is None:
        return LATIN
    return EXTENDED if _beyond("latin", "latin-ext").search(page) is None else ALL


def spelled(page: str) -> str:
    """The page with each letter that no font has as its code, such as [U+4E2D], and their number told on its cover."""
    page = page.replace("\u202f", "\u00a0")  # the narrow gap within French numbers: no bundled font has it
    head, body, rest = page.partition("<body")
    if _unknown().search(rest) is None:
        return page
    count = 0

    def code(letter: re.Match[str]) -> str:
        nonlocal count
        count += 1
        return f"[U+{ord(letter[0]):04X}]"

    told = _TEXT.sub(lambda text: _unknown().sub(code, text[0]), rest)
    language = re.search(r'<html[^>]*\blang="([^"]*)"', head)
    cover, end, after = told.partition("</section>")
    if count and '<section class="cover"' in cover:
        cover += f'<p class="cover-letters">{_note(count, language[1] if language else "en")}</p>'
    return f"{head}{body}{cover}{end}{after}"


def _note(count: int, language: str) -> str:
    with force_locale(language):
        return str(ngettext(
            "%(num)s character of this report has no letter in its fonts, or turns the order of a line: "
            "its code stands in its place, such as [U+4E2D].",
            "%(num)s characters of this report have no letter in its fonts, or turn the order of a line: "
            "their codes stand in their place, such as [U+4E2D].",
            count,
        ))
