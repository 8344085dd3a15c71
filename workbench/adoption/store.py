"""How a file of weekly counts is read, and how the rows of a mirrored table become counts. Knows no database."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Mapping
from datetime import date

from charset_normalizer import from_bytes
from flask_babel import gettext as _

from workbench import clock
from workbench.adoption.rules import LARGEST_COUNT, MONDAY, Count, Fault, monday_of
from workbench.web.refusals import BadValue
from workbench.web.sheets import plain_cell

LARGEST_FILE, MOST_ROWS, LONGEST_SHOWN = 200_000, 600, 120
_NAMES = {
    "week": "week", "week of": "week", "week_of": "week", "monday": "week", "semaine": "week", "semaine du": "week",
    "new_way": "new_way", "new way": "new_way", "new": "new_way", "nouvelle": "new_way", "nouvelle méthode": "new_way",
    "old_way": "old_way", "old way": "old_way", "old": "old_way", "ancienne": "old_way", "ancienne méthode": "old_way",
    "errors": "errors", "erreurs": "errors", "minutes": "minutes",
}
_WEEK, _WHOLE = re.compile(r"(\d{4})-?W(\d{2})"), re.compile(r"\d{1,10}")
# What exports of western European tools are written in; a wider net takes short French texts for Polish.
_SINGLE_BYTE = ["cp1252", "iso8859_15"]


def week_fault(week_of: date) -> str:
    """Why a week cannot be noted; "" where it can."""
    if week_of.weekday() != MONDAY:
        return str(_("A week is named by its Monday."))
    return str(_("This week is still to come.")) if week_of > clock.today() else ""


def count_fault(value: int | None) -> str:
    """Why a number is no count; "" where it is one."""
    return "" if value is None or 0 <= value <= LARGEST_COUNT else str(_("A count is a whole number, 0 or more."))


def text_of(data: bytes) -> str:
    """The text of an uploaded file, whatever western European encoding it is in. Raises BadValue for what is no text."""
    if len(data) > LARGEST_FILE:
        raise BadValue("file", _("The file holds more than %(size)s kB; weekly counts need far less.", size=LARGEST_FILE // 1000))
    try:
        text = data.decode(_encoding(data))
    except UnicodeDecodeError as error:
        raise BadValue("file", _("The file cannot be read as text.")) from error
    if "\x00" in text:
        raise BadValue("file", _("This is not a text file; save the sheet as CSV first."))
    return text.removeprefix("\ufeff")


def _encoding(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        best = from_bytes(data, cp_isolation=_SINGLE_BYTE).best()
        return "iso-8859-15" if best and best.encoding == "iso8859_15" else "cp1252"
    return "utf-8"


def counts_of(text: str) -> tuple[list[Count], list[Fault]]:
    """The weeks of a CSV text and its records that cannot be taken. Raises BadValue where the whole cannot be read."""
    lines = text.splitlines()
    head = next((each for each in lines if each.strip()), "")
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        records = _numbered(reader)
    except csv.Error as error:
        raise BadValue("file", _("Line %(line)s cannot be read as CSV.", line=reader.line_num)) from error
    if len(records) < 2:
        raise BadValue("file", _("The file holds no week: a header and at least one line are needed."))
    if len(records) > MOST_ROWS + 1:
        raise BadValue("file", _("More than %(count)s weeks are too many for one file.", count=MOST_ROWS))
    columns = [_NAMES.get(cell.strip().casefold(), "") for cell in records[0][1]]
    missing = [each for each in ("week", "new_way", "old_way") if columns.count(each) != 1]
    if missing:
        raise BadValue("file", _("The header needs these columns once each: %(names)s.", names=", ".join(missing)))
    read = [_count(line, cells, columns) for line, cells in records[1:]]
    return [each for each in read if isinstance(each, Count)], [each for each in read if isinstance(each, Fault)]


def _numbered(reader: Iterable[list[str]]) -> list[tuple[int, list[str]]]:
    """(the line on which a record begins, its cells), empty lines left out."""
    found, before = [], 0
    for cells in reader:
        if any(cell.strip() for cell in cells):
            found.append((before + 1, [plain_cell(cell).strip() for cell in cells]))
        before = reader.line_num  # type: ignore[attr-defined]
    return found


def _count(line: int, cells: list[str], columns: list[str]) -> Count | Fault:
    shown = ", ".join(cells)[:LONGEST_SHOWN]
    if len(cells) != len(columns):
        return Fault(line, shown, _("%(number)s cells where the header has %(width)s", number=len(cells), width=len(columns)))
    by_name = {name: cell for name, cell in zip(columns, cells, strict=True) if name}
    week_of = _week(by_name["week"])
    if week_of is None:
        return Fault(line, shown, _("A week is written as its Monday, 2026-01-05, or as 2026-W02."))
    numbers = {name: _whole(by_name.get(name, "")) for name in ("new_way", "old_way", "errors", "minutes")}
    wrong = [name for name, value in numbers.items() if value == -1 or (value is None and name in ("new_way", "old_way"))]
    said = week_fault(week_of) or (f"{', '.join(wrong)}: {count_fault(-1)}" if wrong else "")
    if said:
        return Fault(line, shown, said)
    return Count(line, week_of, numbers["new_way"] or 0, numbers["old_way"] or 0, numbers["errors"], numbers["minutes"])


def _whole(cell: str) -> int | None:
    """The number in a cell, None for an empty one, -1 for anything else."""
    if not cell:
        return None
    value = int(cell) if _WHOLE.fullmatch(cell) else -1
    return value if value <= LARGEST_COUNT else -1


def _week(cell: str) -> date | None:
    try:
        numbered = _WEEK.fullmatch(cell)
        return date.fromisocalendar(int(numbered[1]), int(numbered[2]), 1) if numbered else date.fromisoformat(cell)
    except ValueError:
        return None


def counts_of_rows(
    rows: Iterable[tuple[int, Mapping[str, str]]], *, day: str, marker: str, new_way: str
) -> tuple[list[Count], list[Fault]]:
    """Rows of a mirrored table by week: the new way where the column `marker` holds `new_way`, else the old way.

    Each row is one case, of the week in which the day in the column `day` lies.
    """
    found: dict[date, list[int]] = {}
    faults = []
    wanted = new_way.strip().casefold()
    for line, cells in rows:
        week_of = _week_of_day(cells[day])
        if week_of is None or week_of > clock.today():
            why = _("This week is still to come.") if week_of else _("This is no day: %(cell)s", cell=cells[day][:40] or "–")
            faults.append(Fault(line, ", ".join(cells.values())[:LONGEST_SHOWN], why))
            continue
        tally = found.setdefault(week_of, [line, 0, 0])
        tally[1 if cells[marker].strip().casefold() == wanted else 2] += 1
    return [Count(line, week_of, new, old) for week_of, (line, new, old) in found.items()], faults


def _week_of_day(cell: str) -> date | None:
    try:
        return monday_of(date.fromisoformat(cell.strip()[:10]))
    except ValueError:
        return None
