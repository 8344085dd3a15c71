"""What is judged about a workbook before it is opened: its directory as a ZIP, and the cells that have no value."""
from __future__ import annotations

import posixpath
import re
import stat
import zipfile
from collections import Counter
from pathlib import Path, PurePosixPath
from xml.parsers import expat

from sandbox.errors import InputRefused

MAX_BYTES = 200_000_000
MAX_TOTAL, MAX_RATIO, MAX_ENTRIES = 200_000_000, 100, 2000
_SMALL = 1_000_000  # what unpacks to less is no bomb, whatever its ratio
_ERROR = re.compile(rb'<c\b([^>]*\bt="e"[^>]*)>(.*?)</c>', re.DOTALL)
_EMPTY_FORMULA = re.compile(rb"<c\b([^>]*)>\s*<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\b[^>]*/>|<v\b[^>]*>\s*</v>)?\s*</c>")
_PREFIX = re.compile(rb"<(\w+:)sheetData\b")
_ROW = re.compile(rb'<row\b[^>]*?\br="([0-9]+)"')
_SINGLE = re.compile(rb"( [a-z]+)='([^'\"<>]*)'")
_TEXT_FORMULA = re.compile(rb'\bt="(?:str|inlineStr)"')
_PLACE, _SAID = re.compile(rb'\br="([A-Z]{1,3})([0-9]+)"'), re.compile(rb"<v>([^<]*)</v>")
_VALUED = re.compile(rb'<c\b[^>]*\br="([A-Z]{1,3})([0-9]+)"[^>]*>\s*(?:<f|<v|<is)')
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

Place = tuple[int, int]  # sheet row and column, both counted from 1


def checked_archive(path: Path, name: str) -> set[str]:
    """The names of the parts, where the ZIP's directory shows nothing harmful. Raises InputRefused."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise InputRefused(f"{name}: the workbook is damaged; export it again") from error
    if len(entries) > MAX_ENTRIES:
        raise InputRefused(f"{name}: the workbook has {len(entries)} parts; at most {MAX_ENTRIES} are read")
    total = sum(entry.file_size for entry in entries)
    if total > MAX_TOTAL:
        raise InputRefused(f"{name}: the workbook unpacks to {total} bytes; at most {MAX_TOTAL} are read; "
                           f"export it as CSV")
    for entry in entries:
        fault = _fault(entry)
        if fault:
            raise InputRefused(f"{name}: part {entry.filename[:100]} of the workbook {fault}")
    names = [entry.filename.casefold() for entry in entries]
    if len(set(names)) < len(names):
        twice = next(one for one in names if names.count(one) > 1)
        raise InputRefused(f"{name}: part {twice[:100]} stands twice in the workbook")
    return {entry.filename for entry in entries}


def _fault(entry: zipfile.ZipInfo) -> str:
    path = PurePosixPath(entry.filename)
    if path.is_absolute() or ".." in path.parts or "\\" in entry.filename or ":" in entry.filename:
        return "has a path that leads out of it"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "is a link"
    if entry.file_size > _SMALL and entry.file_size > MAX_RATIO * max(1, entry.compress_size):
        return f"unpacks to more than {MAX_RATIO} times its size"
    return "is encrypted; save it without a password" if entry.flag_bits & 1 else ""


class SheetParts:
    """The XML of one sheet of an XLSX: which cells hold an error or a formula that nobody computed."""

    def __init__(self, path: Path, name: str, sheet: str, most: int = -1) -> None:
        self._shown = f'{name}: sheet "{sheet}"'
        try:
            with zipfile.ZipFile(path) as archive:
                part = _part_of(archive, sheet)
                with archive.open(part) as file:
                    self.data = _usual(file.read(most))
        except (zipfile.BadZipFile, expat.ExpatError, KeyError, ValueError, OSError, RuntimeError) as error:
            raise InputRefused(f"{name}: the workbook is damaged; export it again") from error

    def first_place(self) -> Place:
        """The first cell that holds something; (0, 0) where none says its place."""
        found = _VALUED.search(self.data)
        return (int(found[2]), column_number(found[1].decode())) if found else (0, 0)

    def faults(self) -> dict[Place, str]:
        """What is wrong with single cells, by their places."""
        found: dict[Place, str] = {}
        self._check_rows()
        if b't="e"' in self.data:
            for match in _ERROR.finditer(self.data):
                said = _SAID.search(match[2])
                self._note(found, match[1],
                           f"holds the error {said[1].decode('utf-8', 'replace') if said else ''}".rstrip())
        if b"<f" in self.data:
            for match in _EMPTY_FORMULA.finditer(self.data):
                if not _TEXT_FORMULA.search(match[1]):  # a formula may well give an empty text
                    self._note(found, match[1], NOT_COMPUTED)
        return found

    def _check_rows(self) -> None:
        """Refuses a row that stands twice: of its cells a reader would give the last ones alone."""
        rows = _ROW.findall(self.data)
        if len(set(rows)) < len(rows):
            twice = next(row for row, times in Counter(rows).items() if times > 1)
            raise InputRefused(f"{self._shown}: row {twice.decode()} stands twice; save the workbook once in a spreadsheet program")

    def _note(self, found: dict[Place, str], attributes: bytes, what: str) -> None:
        place = _PLACE.search(attributes)
        if place is None:
            raise InputRefused(f"{self._shown}: a cell {what}, and the file does not say which; open and save the workbook "
                               "once in a spreadsheet program")
        found[(int(place[2]), column_number(place[1].decode()))] = what


NOT_COMPUTED = "holds a formula without a stored value; open and save the workbook once in a spreadsheet program"


def _usual(data: bytes) -> bytes:
    """The XML of a sheet as most programs write it: names without a prefix, attributes in double quotation marks."""
    prefix = _PREFIX.search(data)
    if prefix:
        data = data.replace(b"<" + prefix[1], b"<").replace(b"</" + prefix[1], b"</")
    return _SINGLE.sub(rb'\1="\2"', data) if b" r='" in data or b" t='" in data else data


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    targets: dict[str, str] = {}
    parts: dict[str, str] = {}

    def relation(tag: str, facts: dict[str, str]) -> None:
        if tag.endswith(" Relationship"):
            targets[facts["Id"]] = posixpath.normpath(posixpath.join("/xl", facts["Target"])).lstrip("/")

    def named(tag: str, facts: dict[str, str]) -> None:
        if tag.endswith(" sheet"):
            number = facts.get(f"{_REL} id") or next((facts[key] for key in facts if key.endswith(" id")), "")
            parts[facts["name"]] = targets.get(number, "")

    for source, start in (("xl/_rels/workbook.xml.rels", relation), ("xl/workbook.xml", named)):
        parser = safe_parser()
        parser.StartElementHandler = start
        parser.Parse(archive.read(source), True)
    return parts.get(sheet, "")


def safe_parser() -> expat.XMLParserType:
    """An XML parser that refuses a document type, and with it every entity."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = _no_doctype
    return parser


def _no_doctype(*_given: object) -> None:
    raise ValueError("a document type")


def column_number(letters: str) -> int:
    """A is 1, Z is 26, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def cell_name(row: int, column: int) -> str:
    """The name of a cell, both counted from 1: A1, B7, AA3."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row}"
