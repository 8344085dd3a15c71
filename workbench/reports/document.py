"""From a report of the catalogue to the bytes of its PDF: template, words of the language, style, assets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from flask import current_app
from flask_babel import force_locale

from workbench import clock, layout
from workbench.reports import pdf, queries, words
from workbench.reports.rules import Brief

_PICTURE = re.compile(r'url\("data:image/svg\+xml,([^"]*)"\)')
_FACE = re.compile(r"@font-face \{.*?\n\}\n", re.DOTALL)
# Letters that only the second file of each face has. Unpacking a face costs 0.1 s, so a page without them does not load it.
_BEYOND_LATIN = re.compile("[\u0100-\u0130\u0132-\u0151\u0154-\u02ba\u1e00-\u1eff\u20a0-\u20ab\u20ad-\u20c0]")


@dataclass(frozen=True)
class Style:
    """The sheet of every report and what it may open: fonts by path, state icons by their text."""

    css: str
    assets: Mapping[str, Path | str]


@cache
def style(*, is_latin: bool = False) -> Style:
    """Our bundled fonts, the state icons that pages print with, and the sheet of the reports."""
    folder = layout.STATIC / "css"
    assets: dict[str, Path | str] = {each.name: each for each in sorted((layout.STATIC / "fonts").glob("*.woff2"))}

    def asset(match: re.Match[str]) -> str:
        picture = unquote(match[1])
        name = f"state-{len(assets)}.svg"
        known = next((each for each, held in assets.items() if held == picture), name)
        assets[known] = picture
        return f'url("{pdf.SCHEME}{known}")'

    faces = _FACE.findall((folder / "fonts.css").read_text(encoding="utf-8").replace("../fonts/", pdf.SCHEME))
    fonts = "".join(each for each in faces if "weight: 700" not in each and not (is_latin and "-latin-ext-" in each))
    # The icons of print.css, one source for paper from the browser and for reports; its other rules are for pages.
    lines = (folder / "print.css").read_text(encoding="utf-8").splitlines()
    states = _PICTURE.sub(asset, "\n".join(line for line in lines if line.startswith(".st-")))
    return Style("\n".join([fonts, states, (folder / "report.css").read_text(encoding="utf-8")]), assets)


def html(key: str, brief: Brief) -> str:
    """The report as HTML, everything in it read from the database: what follows needs no database any more."""
    report = queries.catalogue()[key]
    with force_locale(brief.language), clock.as_of(brief.point.at):
        context = report.build(brief)
        template = current_app.jinja_env.get_template(f"reports/{key}.html")
        return str(template.render(_frame(str(report.TITLE), brief), r=context, words=words))


def _frame(title: str, brief: Brief) -> dict[str, Any]:
    """What layout/print.html asks for. The sheets come beside the page, so it names none."""
    return {
        "language": brief.language,
        "document_title": f"{title} {brief.project.key}",
        "report_title": title,
        "stylesheets": (),
        "created": brief.point.at.replace(microsecond=0).isoformat(),
    }


def set_pages(page: str) -> bytes:
    """The PDF of a report's HTML."""
    sheet = style(is_latin=_BEYOND_LATIN.search(page) is None)
    return pdf.render(page, sheet.css, sheet.assets)
