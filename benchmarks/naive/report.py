"""A report set as people set one: the framework of the pages with a sheet on top, one process, everything anew each time."""

from __future__ import annotations

import weasyprint
from weasyprint.text.fonts import FontConfiguration

from workbench import layout

SHEET = """
@page { size: A4; margin: 24mm 20mm 22mm; @bottom-right { content: counter(page) " / " counter(pages); } }
@page wide { size: A4 landscape; }
body { font: 9.5pt/1.5 "Source Sans 3", sans-serif; text-align: justify; hyphens: auto; }
h1, h2 { font-family: "Source Serif 4", serif; break-after: avoid; }
.cover { break-after: page; } .contents { break-after: page; }
.wide { page: wide; break-before: page; }
.contents a::after { content: leader(dotted) target-counter(attr(href), page); }
.contents li { display: block; }
table { width: 100%; border-collapse: collapse; table-layout: auto; }
th, td { padding: 3pt 5pt; border-bottom: 1px dotted #999; border-right: 1px dotted #ccc; vertical-align: top; }
thead th { background: #14595a; color: #fff; }
tbody tr:nth-child(even) { background: #f4f2ec; }
tr { break-inside: avoid; }
td .status { display: inline-flex; padding: 1pt 4pt; border: 1px solid #999; border-radius: 3pt; }
.hash { font-size: 7pt; }
"""


def set_pages(page: str) -> bytes:
    """The PDF, in this process."""
    folder = layout.STATIC
    fonts = (folder / "css" / "fonts.css").read_text(encoding="utf-8").replace("../fonts/", (folder / "fonts").as_uri() + "/")
    framework = (folder / "vendor" / "bootstrap" / "bootstrap.layer.min.css").read_text(encoding="utf-8")
    faces = FontConfiguration()
    sheets = [weasyprint.CSS(string=each, font_config=faces) for each in (framework, fonts, SHEET)]
    made: bytes = weasyprint.HTML(string=page).write_pdf(stylesheets=sheets, font_config=faces)
    return made
