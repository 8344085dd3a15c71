"""What may be chosen for a report on the command line, each refusal with what was expected and the nearest."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from datetime import date
from typing import Any

import click

from workbench.projects.rules import STEPS, Confidentiality
from workbench.reports.rules import LOWEST_FIRST, FileFormat, Options, Paper, Period

CHOICES = (
    click.option("--period", metavar="FROM..TO", default="", help="Such as 2026-01-01..2026-03-31; an end may be left out."),
    click.option("--confidentiality", metavar="LEVEL", default="confidential", show_default=True,
                 help="Of whoever will read it: public, internal or confidential. Lower levels see less."),
    click.option("--steps", metavar="1-5", default="", help="Only these steps, such as 2 or 1-5 or 1,3."),
    click.option("--checklist", "packs", metavar="ID", multiple=True, help="Only this checklist; may be given several times."),
    click.option("--only", "subjects", metavar="CODE", multiple=True, help="Only what has this code; may be given several times."),
    click.option("--without", metavar="APPENDIX", multiple=True, help="Leave this appendix out; may be given several times."),
    click.option("--paper", metavar="SIZE", default="A4", show_default=True, help="A4 or letter."),
    click.option("--format", "file_format", metavar="KIND", default="pdf", show_default=True, help="pdf, or docx for Word."),
    click.option("--archival", is_flag=True, help="As PDF/A-3 and PDF/UA-1, set in one pass."),
)


def with_choices(command: Any) -> Any:
    """Give a command every option of a report."""
    for each in reversed(CHOICES):
        command = each(command)
    return command


def chosen(report: Any, project: Any, given: dict[str, Any]) -> Options:
    """The options as typed, checked against what this report offers on this project. Raises BadParameter."""
    from workbench.checklists.queries import checklists_of_project  # noqa: PLC0415 - cold start

    packs = [each.checklist.pack_id for each in checklists_of_project(project.id)]
    codes = [code for code, _label in report.subjects(project.id)]
    annexes = [name for name, _title in report.ANNEXES]
    file_format = FileFormat(_known("--format", [given["file_format"]], list(FileFormat))[0])
    if given["archival"] and file_format != FileFormat.PDF:
        raise _bad("--archival", f"only a PDF is made for the archive: leave it out, or --format {file_format}.")
    return Options(
        period=_period(given["period"]), steps=_steps(given["steps"]),
        packs=_known("--checklist", given["packs"], packs), subjects=_known("--only", given["subjects"], codes),
        confidentiality=Confidentiality(_known("--confidentiality", [given["confidentiality"]], LOWEST_FIRST)[0]),
        without=_known("--without", given["without"], annexes), paper=Paper(_known("--paper", [given["paper"]], list(Paper))[0]),
        is_archival=given["archival"], file_format=file_format,
    )


def _bad(option: str, message: str) -> click.BadParameter:
    return click.BadParameter(message, param_hint=option)


def _known(option: str, typed: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Each typed word as it is written; case does not matter."""
    by_name = {str(each).casefold(): str(each) for each in known}
    found = []
    for word in typed:
        if word.casefold() not in by_name:
            raise _bad(option, unknown(word, list(by_name.values())))
        found.append(by_name[word.casefold()])
    return tuple(dict.fromkeys(found))


def unknown(word: str, known: Sequence[str]) -> str:
    """That a word is none of these, and the nearest."""
    if not known:
        return f"“{word}” is not there: this report has nothing of the kind on this project."
    near = difflib.get_close_matches(word.casefold(), [each.casefold() for each in known], n=1, cutoff=0.4)
    nearest = next((each for each in known if near and each.casefold() == near[0]), "")
    return f"“{word}” is none of: {', '.join(known)}." + (f" The nearest is {nearest}." if nearest else "")


def _period(text: str) -> Period:
    """FROM..TO, either end open."""
    if not text:
        return Period()
    first, dots, last = text.partition("..")
    if not dots or not (first or last):
        raise _bad("--period", f"“{text}” is no period; it is written FROM..TO, such as 2026-01-01..2026-03-31.")
    found = Period(_day(first), _day(last))
    if found.first and found.last and found.last < found.first:
        raise _bad("--period", f"it ends ({last}) before it begins ({first}).")
    return found


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text.strip()) if text.strip() else None
        if found is not None and found.isoformat() != text.strip():  # a week, or without hyphens
            raise ValueError(text)
        return found
    except ValueError as error:
        raise _bad("--period", f"“{text}” is no day; it is written year-month-day, such as 2026-01-31.") from error


def _steps(text: str) -> tuple[int, ...]:
    """1-5, 2 or 1,3."""
    found: set[int] = set()
    for part in (each.strip() for each in text.split(",")) if text else ():
        first, dash, last = part.partition("-")
        ends = [int(each) for each in (first, last or first) if each.isascii() and each.isdecimal() and len(each) < 3]
        if len(ends) != 2 or (dash and not last) or not 1 <= ends[0] <= ends[1] <= STEPS:
            raise _bad("--steps", f"“{part}” is no step or row of steps; they go from 1 to {STEPS}, such as 2 or 1-5 or 1,3.")
        found |= set(range(ends[0], ends[1] + 1))
    return tuple(sorted(found))
