"""The fonts of the letters that Source Sans has not, cut from DejaVu Sans, and the list of all letters that our fonts have.

    apt-get install fonts-dejavu-core && .venv/bin/python scripts/more_letters.py [/path/to/DejaVuSans.ttf]
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FONTS = Path(__file__).resolve().parent.parent / "workbench" / "static" / "fonts"
SOURCE = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
# Letters beside Latin that DejaVu draws well; the rest of it (syllabics, mathematical alphabets, playing cards) is left out.
GROUPS = {
    "greek-cyrillic": ((0x180, 0x24F), (0x300, 0x58F), (0x10A0, 0x10FF), (0x1E00, 0x1FFF), (0x2DE0, 0x2DFF), (0xA640, 0xA69F)),
    "hebrew-arabic": ((0x590, 0x6FF), (0x750, 0x77F), (0xFB1D, 0xFDFF), (0xFE20, 0xFE2F), (0xFE70, 0xFEFC)),
    "symbols": (
        (0x2010, 0x2029), (0x2030, 0x205F), (0x2070, 0x27FF), (0x2900, 0x2BFF), (0xFB00, 0xFB06), (0xFFFC, 0xFFFD),
        (0x1F600, 0x1F64F),
    ),
}
SPACES = {0x20, 0xA0}  # the engine takes the space after a letter from the font of that letter
OURS = {"latin": "source-sans-3-latin-400-normal", "latin-ext": "source-sans-3-latin-ext-400-normal"}


def letters_of(file: Path) -> set[int]:
    """The letters that a font has."""
    return set(TTFont(file).getBestCmap())


def ranges(letters: Iterable[int]) -> str:
    """Letters as ranges in hex: 20-7e a0."""
    return " ".join(_runs(letters))


def _runs(letters: Iterable[int]) -> Iterator[str]:
    for _distance, run in groupby(enumerate(sorted(letters)), key=lambda each: each[1] - each[0]):
        held = [letter for _place, letter in run]
        yield f"{held[0]:x}" if len(held) == 1 else f"{held[0]:x}-{held[-1]:x}"


def cut(source: Path, letters: set[int], target: Path) -> None:
    """Write a font with these letters of another, without the hints for screens."""
    options = subset.Options(flavor="woff2", hinting=False, layout_features=["*"], name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14])
    options.notdef_outline, options.recalc_timestamp = True, False
    font = TTFont(source, recalcTimestamp=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=letters)
    cutter.subset(font)
    font.flavor = "woff2"
    font.save(target)


def main() -> None:
    """Cut the fonts, then list the letters of each."""
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else SOURCE
    known = {name: letters_of(FONTS / f"{file}.woff2") for name, file in OURS.items()}
    offered = letters_of(source) - set().union(*known.values())
    for name, wanted in GROUPS.items():
        target = FONTS / f"dejavu-sans-{name}-400-normal.woff2"
        letters = {each for each in offered if any(first <= each <= last for first, last in wanted)}
        cut(source, letters | SPACES, target)
        known[name] = letters_of(target)
    listed = {name: ranges(letters) for name, letters in known.items()}
    (FONTS / "letters.json").write_text(json.dumps(listed, indent=1) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
