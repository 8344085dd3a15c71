"""What stands at the head and foot of every page of a joined report: set once, stamped on each, marked as no part of the text.

The running lines are set by the engine on a sheet of their own (one upright page, one landscape) and become two forms that all
pages share; the page numbers are written with the figures of the same embedded font.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pikepdf
from pikepdf import Array, Operator, Pdf, Stream

from workbench.reports.fonts import Fonts, letters_of, widths_of
from workbench.reports.parts import Report

SIZE = 8  # points, as the foot of report.css
# Where the number ends: from the right edge and from the bottom, upright and landscape, as the margins of report.css.
UPRIGHT, LANDSCAPE = (56.69, 42.83), (51.02, 31.49)
_WORD = re.compile(r'data-(page|of)="([^"]*)"')
_LINE = re.compile(r'class="(cover-organisation|cover-running|cover-mark)">(.*?)</p>', re.DOTALL)
_MARKS = ("BDC", "BMC", "EMC")
FORM, NUMBER = "/WbFrame", "/WbNumber"
CLASS = "figures-of-pages"


def sheet(report: Report) -> str:
    """The page to set: an upright and a landscape page with the running lines, and the figures on a page without."""
    lines = "".join(f'<p class="{name}">{text}</p>' for name, text in _LINE.findall(report.cover))
    words = " ".join(text for _name, text in _WORD.findall(report.cover))
    return report.shell(
        f'<div><div class="lines">{lines}</div></div><div class="wide"></div>'
        f'<div class="{CLASS}">0123456789 {words}</div>'
    )


def words_of(report: Report) -> tuple[str, str]:
    """The words around the numbers: “page”, “of”."""
    found = dict(_WORD.findall(report.cover))
    return found.get("page", ""), found.get("of", "")


@dataclass
class Stamp:
    """The running lines and the figures, in the file that they are stamped into."""

    upright: Any
    landscape: Any
    font: Any
    glyphs: dict[str, int]
    widths: dict[int, float]
    words: tuple[str, str]
    marked: set[tuple[int, int]]

    @classmethod
    def of(cls, target: Pdf, frame: Pdf, words: tuple[str, str], fonts: Fonts) -> Stamp:
        """Take the lines and the font out of the sheet."""
        upright, landscape, figures = frame.pages[0], frame.pages[1], frame.pages[2]
        name = next(str(each.operands[0]) for each in pikepdf.parse_content_stream(figures) if str(each.operator) == "Tf")
        font = figures.Resources.Font[name]
        glyphs = {bytes.fromhex(text).decode("utf-16-be"): glyph for glyph, text in letters_of(font).items()}
        lines = [target.copy_foreign(_form(frame, page)) for page in (upright, landscape)]
        fonts.gather(lines[0].Resources.Font)
        number = fonts.one(target.copy_foreign(font))
        return cls(lines[0], lines[1], number, glyphs, widths_of(font), words, set())

    def on(self, target: Pdf, page: Any, number: int, total: int) -> None:
        """Stamp one page. The stamp lies below what the page says."""
        wide = page.mediabox[2] > page.mediabox[3]
        resources = page.Resources
        if resources.objgen not in self.marked:  # all pages of a part share them
            self.marked.add(resources.objgen)
            resources.XObject[f"{FORM}U"], resources.XObject[f"{FORM}L"] = self.upright, self.landscape
            resources.Font[NUMBER] = self.font
        text = " ".join(each for each in (self.words[0], str(number), self.words[1], str(total)) if each)
        gids = [self.glyphs.get(letter, 0) for letter in text]
        right, bottom = LANDSCAPE if wide else UPRIGHT
        left = float(page.mediabox[2]) - right - sum(self.widths.get(each, 0) for each in gids) * SIZE / 1000
        code = "".join(f"{each:04x}" for each in gids)
        content = (
            f"/Artifact <</Type /Pagination>> BDC q {FORM}{'L' if wide else 'U'} Do "
            f".3294 .3686 .3961 rg BT {NUMBER} {SIZE} Tf {left:.2f} {bottom} Td <{code}> Tj ET Q EMC"
        )
        before = target.make_indirect(Stream(target, content.encode()))
        held = page.obj.Contents
        page.obj.Contents = Array([before, *(held if isinstance(held, Array) else [held])])


def _form(frame: Pdf, page: Any) -> Any:
    """A page as a form, without the marks of its text: a running line is no part of the document's structure."""
    form = page.as_form_xobject()
    kept = [each for each in pikepdf.parse_content_stream(page) if str(each.operator) not in _MARKS]
    form.write(pikepdf.unparse_content_stream([([], Operator("q")), *kept, ([], Operator("Q"))]))
    return frame.make_indirect(form)
