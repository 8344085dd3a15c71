"""From a report of the catalogue to the bytes of its PDF: template, words of the language, then its pages, part by part."""

from __future__ import annotations

import hashlib
import html as markup
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from workbench import clock
from workbench.reports import archiving, joining, letters, looks, parts, pdf, queries, redaction, stamping, words
from workbench.reports.kept_parts import KeptParts
from workbench.reports.rules import Brief, Identity, Options
from workbench.reports.workers import Crew, Sheet

Report = Callable[[int, str], None]
Take = Callable[[int, bytes], None]
ENTRIES = 40  # of the contents on a page, about: a wrong guess costs setting them once more
ONE_PIECE = pdf.Limits(memory_mb=3072, cpu_seconds=600, wall_seconds=900)  # an archival report is not set in parts
PREVIEW = pdf.Limits(memory_mb=512, cpu_seconds=15, wall_seconds=30)


def _keep_nothing(_number: int, _body: bytes) -> None:
    """Nobody takes the parts as they come."""


def html(key: str, brief: Brief) -> str:
    """The report as HTML, everything in it read from the database, without what the reader's level withholds.

    What follows needs no database any more.
    """
    report = queries.catalogue()[key]
    with force_locale(brief.language), clock.as_of(brief.point.at):
        context = report.build(brief)
        template = current_app.jinja_env.get_template(f"reports/{key}.html")
        told = template.render(
            _frame(str(report.TITLE), brief), r=context, words=words, annexes=report.ANNEXES, shown=brief.options.shows,
            withheld=redaction.withheld(),
        )  # fmt: skip
        return redaction.redactor(brief).page(str(told))


def _frame(title: str, brief: Brief) -> dict[str, Any]:
    """What layout/print.html asks for. The sheets come beside the page, so it names none."""
    return {
        "language": brief.language,
        "document_title": f"{title} {brief.project.key}",
        "report_title": title,
        "stylesheets": (),
        "logo": looks.logo(brief.identity),
        "created": brief.point.at.replace(microsecond=0).isoformat(),
    }


def set_pages(
    page: str, *, identity: Identity | None = None, options: Options | None = None, home: Path | None = None,
    report: Report | None = None,
) -> bytes:
    """The PDF of a report's HTML. With a `home`, parts set before are taken from its cache, and those set now are kept there.

    `report(percent, doing)` is called about once a second; what it raises ends the children at once. Raises PdfFailed.
    """
    setting = _Setting(_cut(page), identity or Identity(""), options or Options(), KeptParts.of(home), report)
    return setting.archival(page) if setting.options.is_archival else setting.joined()


def preview(page: str, *, identity: Identity | None = None, options: Options | None = None, home: Path | None = None) -> bytes:
    """The first page as a PDF of its own: the cover, or where there is none the first part. Raises PdfFailed."""
    setting = _Setting(_cut(page), identity or Identity(""), options or Options(), KeptParts.of(home), None, PREVIEW)
    return setting.first()


def _cut(page: str) -> parts.Report:
    """The parts to set, with the letters that the fonts have."""
    return parts.cut(letters.spelled(page))


@dataclass
class _Setting:
    """One report on its way to its pages."""

    pages: parts.Report
    identity: Identity
    options: Options
    kept: KeptParts
    report: Report | None
    limits: pdf.Limits = field(default_factory=pdf.Limits)
    children: dict[str, Crew] = field(default_factory=dict)
    done: int = 0
    total: int = 1
    is_for_one: bool = False  # page

    def joined(self) -> bytes:
        """Parts set at once by several children or taken from the cache, joined as they come."""
        found = self.pages
        bodies = [found.page_of(each) for each in (*([found.cover] if found.cover else []), *found.body)]
        places = [number + (1 if number or not found.cover else 0) for number in range(len(bodies))]  # 0 or 1 is for the contents
        with joining.Joint(places) as joint, ExitStack() as stack:
            def take(number: int, body: bytes) -> None:
                if number < len(bodies):  # what comes after them is the sheet of running lines
                    joint.take(places[number], body)

            frame = self._all([*bodies, stamping.sheet(found)], stack, take)[-1]
            if found.contents:
                self._contents(joint, stack)
            self._say(95)
            self.kept.bound()
            return joint.joined(frame, stamping.words_of(found), self._properties(), is_covered=bool(found.cover))

    def first(self) -> bytes:
        """The first part alone."""
        found = self.pages
        body, self.is_for_one = found.page_of(found.cover or found.body[0]), True
        with ExitStack() as stack:
            return self._all([body], stack)[0]

    def archival(self, page: str) -> bytes:
        """The whole in one pass, as PDF/A-3 and PDF/UA, with its tables attached as data."""
        whole = self.pages.whole()
        look = looks.style_for(whole, self.identity, self.options.paper)
        with Crew([look.css], look.assets, ONE_PIECE, most=1) as crew:
            made = crew.set([Sheet(whole, is_archival=True)], tick=lambda: self._say(40))[0]
        return archiving.archived(made, self._properties(), archiving.data_of(page))

    def _properties(self) -> joining.Properties:
        title, author, subject, created, creator = (
            markup.unescape(each)
            for each in (
                self.pages.title, *(self.pages.meta(name) for name in ("author", "description", "dcterms.created", "generator")),
            )
        )
        return joining.Properties(title, author, subject, self.pages.language, created, creator or "Ninefold", _producer())

    def _contents(self, joint: joining.Joint, stack: ExitStack) -> None:
        """Set last, when the numbers of the pages are known; how many pages the contents take is seen when they are set."""
        at = 1 if self.pages.cover else 0
        own = max(1, round(self.pages.contents.count("<li") / ENTRIES))
        while True:
            joint.take(at, self._all([self.pages.contents_with(joint.places(at, own))], stack)[0])
            if joint.count(at) == own:
                return
            own = joint.count(at)

    def _all(self, pages: Sequence[str], stack: ExitStack, take: Take = _keep_nothing) -> list[bytes]:
        """Every page's PDF, from the cache or from the children; each is also given to `take` with its place, once it is there."""
        marks = [self._key(page, pages[:number].count(page)) for number, page in enumerate(pages)]
        made = {number: body for number, mark in enumerate(marks) if (body := self.kept.read(mark[1]))}
        lacking = [number for number in range(len(pages)) if number not in made]
        self.total += len(lacking)

        def take_kept() -> None:
            for number, body in list(made.items()):
                take(number, body)

        def take_new(place: int, body: bytes) -> None:
            self.done += 1
            made[lacking[place]] = body
            self.kept.keep(marks[lacking[place]][1], body)
            take(lacking[place], body)

        if lacking:
            sheets = [Sheet(pages[each], self._style(pages[each])[0], marks[each][0]) for each in lacking]
            self._crew(stack).set(sheets, take_new, lambda: self._say(0), take_kept)
        else:
            take_kept()
        return [made[number] for number in range(len(pages))]

    def _crew(self, stack: ExitStack) -> Crew:
        if "pages" not in self.children:
            samples = [f"{lines}{letter}" for lines in ("", stamping.CLASS) for letter in letters.SAMPLES]
            styles = [self._style(each)[1] for each in samples]
            assets = looks.unpacked(styles[0].assets, self.kept, is_for_one=self.is_for_one)
            self.children["pages"] = stack.enter_context(Crew([each.css for each in styles], assets, self.limits))
        return self.children["pages"]

    def _style(self, page: str) -> tuple[int, looks.Style]:
        """The style of a part and its number among the six that the children know."""
        is_lines = stamping.CLASS in page
        more = looks.LINES if is_lines else looks.PART
        number = len(letters.SAMPLES) * is_lines + letters.level(page)
        return number, looks.style_for(page, self.identity, self.options.paper, more)

    def _key(self, page: str, twin: int) -> tuple[str, str]:
        """The mark of a part within its report, and the key that it is kept under: the hash of all it depends on."""
        _number, look = self._style(page)
        key = hashlib.sha256(f"{twin}\n{look.depends_on(page)}\n{page}".encode()).hexdigest()
        return f"{key[:10]}.", key

    def _say(self, percent: int) -> None:
        if self.report is None:
            return
        percent = percent or min(90, round(90 * self.done / self.total))
        number = min(self.done + 1, self.total)
        self.report(percent, _("setting the pages, part %(number)s of %(total)s", number=number, total=self.total))


def _producer() -> str:
    return " ".join(pdf.engine().split()[:2])
