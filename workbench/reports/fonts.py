"""The fonts of a joined report: every part brings the same files with the letters it uses; joined, each is kept once for all."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from pikepdf import Array, Pdf, Stream

_FILES = ("/FontFile", "/FontFile2", "/FontFile3")
_LETTER = re.compile(r"<([0-9a-fA-F]{4})> <([0-9a-fA-F]+)>")
_HEAD = (
    "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo\n<< /Registry (Adobe)\n/Ordering (UCS)\n"
    "/Supplement 0\n>> def\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000> <ffff>\n"
    "endcodespacerange\n"
)
_TAIL = "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"


@dataclass
class _Font:
    """One font of the file: its dictionary, and by glyph the width (thousandths of the size) and what it stands for (hex)."""

    held: Any
    widths: dict[int, float]
    letters: dict[int, str]
    is_changed: bool = False

    def takes(self, widths: Mapping[int, float], letters: Mapping[int, str]) -> bool:
        """Take in what another part uses of the same file, unless a glyph stands for something else there."""
        if any(self.letters.get(glyph, text) != text for glyph, text in letters.items()):
            return False
        self.is_changed |= not (letters.keys() <= self.letters.keys() and widths.keys() <= self.widths.keys())
        self.widths.update(widths)
        self.letters.update(letters)
        return True


class Fonts:
    """The fonts that were met so far."""

    def __init__(self, pdf: Pdf) -> None:
        self.pdf = pdf
        self.files: dict[str, Any] = {}
        self.known: dict[tuple[str, str], list[_Font]] = {}

    def gather(self, fonts: Any) -> None:
        """Let the fonts of a part's resources be those of the file."""
        for name in list(fonts.keys()):
            fonts[name] = self.one(fonts[name])

    def one(self, font: Any) -> Any:
        """The font of the file that stands for this one."""
        described = font.DescendantFonts[0].FontDescriptor
        digest = ""
        for name in _FILES:
            if name in described:
                digest = hashlib.sha256(described[name].read_raw_bytes()).hexdigest()
                described[name] = self.files.setdefault(digest, described[name])
        widths, letters = widths_of(font), letters_of(font)
        alike = self.known.setdefault((str(font.BaseFont), digest), [])
        for each in alike:
            if each.takes(widths, letters):
                return each.held
        alike.append(_Font(font, widths, letters))
        return font

    def finish(self) -> None:
        """Write the widths and letters of fonts that took in more than they came with."""
        for each in (font for alike in self.known.values() for font in alike if font.is_changed):
            each.held.DescendantFonts[0].W = _runs(each.widths)
            each.held.ToUnicode = self.pdf.make_indirect(Stream(self.pdf, _map(each.letters).encode()))


def letters_of(font: Any) -> dict[int, str]:
    """What each glyph stands for (UTF-16 in hex), from the table that lets readers copy text."""
    return {int(glyph, 16): text.lower() for glyph, text in _LETTER.findall(font.ToUnicode.read_bytes().decode()) if text}


def widths_of(font: Any) -> dict[int, float]:
    """Thousandths of the size by glyph: runs of [first [width …]] or [first last width]."""
    found: dict[int, float] = {}
    items = list(font.DescendantFonts[0].W)
    at = 0
    while at < len(items):
        first, second = int(items[at]), items[at + 1]
        if isinstance(second, Array):
            found |= {first + place: float(width) for place, width in enumerate(second)}
            at += 2
        else:
            found |= dict.fromkeys(range(first, int(second) + 1), float(items[at + 2]))
            at += 3
    return found


def _runs(widths: Mapping[int, float]) -> Array:
    """The widths as a font holds them: each run of neighbouring glyphs with its first."""
    runs: list[Any] = []
    for _distance, glyphs in groupby(enumerate(sorted(widths)), key=lambda each: each[1] - each[0]):
        run = [glyph for _place, glyph in glyphs]
        runs += [run[0], Array([round(widths[glyph]) for glyph in run])]
    return Array(runs)


def _map(letters: Mapping[int, str]) -> str:
    lines = [f"<{glyph:04x}> <{letters[glyph]}>" for glyph in sorted(letters)]
    blocks = [lines[at:at + 100] for at in range(0, len(lines), 100)]
    told = "".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar\n" for block in blocks)
    return f"{_HEAD}{told}{_TAIL}"
