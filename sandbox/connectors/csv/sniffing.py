"""How a delimited file is written: its encoding, header row, delimiter and decimal mark, guessed where nobody said."""
from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from charset_normalizer import from_bytes

from sandbox.errors import InputRefused

DELIMITERS = ",;\t|"
# What exports of western European tools are written in; a wider net takes short French texts for Polish.
_SINGLE_BYTE = ["cp1252", "iso8859_15"]
# Letters of cp1252 that are controls, which no text holds, in iso-8859-15; and signs that are letters there.
_ONLY_CP1252 = re.compile(rb"[\x80-\x9f]")
_EITHER = re.compile(rb"[\xa4\xa6\xa8\xb4\xb8\xbc\xbd\xbe]")
# In cp1252 a sign where only a letter can stand: older text of DOS and Macs has é, ä, è, ç … there.
_OLDER = re.compile(rb"[A-Za-z]([\x82\x84])|[a-z]([\x8e\x9f])|[A-Za-z]([\x87-\x8a\x93\x94\x99])[a-z]")
# A word of accented letters alone, as Cyrillic ones look in cp1252: all large, all small, large before small, or a long one.
_CYRILLIC = re.compile(
    rb"(?<![A-Za-z\xc0-\xff])(?:[\xc0-\xdf]{4,}|[\xc0-\xff][\xe0-\xff]{3,}|[\xc0-\xff]{5,})(?![A-Za-z\xc0-\xff])")
_OF_MACS = b"\x8e\x99\x9f"
_LONGEST = 10_000  # bytes of a line that are kept to name a column
_ENOUGH = 1_000_000  # bytes that tell one single-byte encoding from another
# Amounts that tell the mark: with a sign before or behind, thousands parted by the other mark or by spaces.
_COMMA = re.compile(r"\s*[-+]?[0-9][0-9. \u00a0\u202f]*,[0-9]{1,2}-?\s*")
_POINT = re.compile(r"\s*[-+]?[0-9][0-9, \u00a0\u202f]*\.[0-9]{1,2}-?\s*")
# A number as people write it, by the last of its marks: 18,5 and 1.008,00; 8.5 and 1,008.00.
_BY_COMMA = re.compile(r"\s*[-+]?[0-9][0-9. \u00a0\u202f]*,[0-9]+\s*")
_BY_POINT = re.compile(r"\s*[-+]?[0-9][0-9, \u00a0\u202f]*\.[0-9]+\s*")
# The first line of a file that Excel is told the delimiter of.
_SEP_LINE = re.compile(r"\"?sep=([,;\t|])\"?\s*", re.IGNORECASE)


def decoded(data: bytes, name: str, encoding: str) -> tuple[str, str]:
    """The text without its byte order mark, and the encoding it was read in."""
    chosen = encoding or _sniffed_encoding(data)
    if chosen == "utf-8" and data.startswith(codecs.BOM_UTF8):
        chosen = "utf-8-sig"
    try:
        text = data.decode(chosen)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise not_of(chosen, data[error.start], line, name) from error
    if "\x00" in text:
        raise holds_nul(text.count("\n", 0, text.index("\x00")) + 1, name)
    return text.removeprefix("\ufeff"), chosen


def not_of(encoding: str, byte: int, line: int, name: str) -> InputRefused:
    """A byte that the encoding does not know."""
    return InputRefused(f"{name}: line {line} holds byte 0x{byte:02X}, which is not {encoding}; "
                        f"set the file's encoding")


def holds_nul(line: int, name: str) -> InputRefused:
    """A NUL, which no text file holds."""
    return InputRefused(f"{name}: line {line} holds a NUL byte; this is not a text file")


def marked_encoding(data: bytes) -> str:
    """The encoding that a byte order mark at the start names, else nothing."""
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    return "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else ""


def single_byte_encoding(data: bytes) -> str:
    """The likelier of the single-byte encodings for bytes that are not UTF-8.

    0x80 to 0x9F are letters in cp1252 alone; 0xA4 without them is the euro sign of iso-8859-15: no export holds a ¤.
    """
    if _ONLY_CP1252.search(data):
        return "cp1252"
    if b"\xa4" in data:
        return "iso-8859-15"
    best = from_bytes(data[:_ENOUGH], cp_isolation=_SINGLE_BYTE).best()
    return "iso-8859-15" if best and best.encoding == "iso8859_15" else "cp1252"


@dataclass
class Doubt:
    """What single-byte text holds that tells its encoding, or leaves it open; fed block by block.

    `line`, `byte` and `text` are of the first sign that two encodings read differently: where, which, in what line.
    `is_older`: that sign stands within a word, where cp1252 has no letter. `is_cyrillic`: it begins a word that has none
    but accented letters in cp1252, and Cyrillic ones in cp1251.
    """

    is_cp1252: bool = False
    is_older: bool = False
    is_cyrillic: bool = False
    line: int = 0
    byte: int = 0
    text: bytes = b""
    _lines: int = 0
    _rest: bytes = b""

    def look(self, block: bytes) -> None:
        """Takes note of the next bytes of the file."""
        self.is_cp1252 = self.is_cp1252 or bool(_ONLY_CP1252.search(block))
        if not (self.is_older or self.is_cyrillic) and (older := _OLDER.search(block)):
            self.is_older = True
            self._note(block, older.start(older.lastindex or 0))
        elif not (self.is_older or self.is_cyrillic) and (word := _CYRILLIC.search(block)):
            self.is_cyrillic = True
            self._note(block, word.start())
        elif not self.byte and (either := _EITHER.search(block)):
            self._note(block, either.start())
        self._lines += block.count(b"\n")
        self._rest = block[block.rfind(b"\n") + 1:][-_LONGEST:] if b"\n" in block else (self._rest + block)[-_LONGEST:]

    def _note(self, block: bytes, at: int) -> None:
        start, end = block.rfind(b"\n", 0, at) + 1, block.find(b"\n", at)
        self.byte, self.line = block[at], self._lines + block.count(b"\n", 0, at) + 1
        self.text = (b"" if start else self._rest) + block[start:end if end >= 0 else len(block)]

    @property
    def is_open(self) -> bool:
        """Whether nothing says in which of two encodings the sign was written."""
        return self.is_older or self.is_cyrillic or (bool(self.byte) and not self.is_cp1252)

    @property
    def other(self) -> str:
        """The encoding that is as likely as cp1252, or likelier."""
        if self.is_cyrillic:
            return "cp1251"
        if not self.is_older:
            return "iso-8859-15"
        return "mac-roman" if self.byte in _OF_MACS else "cp850"

    def refusal(self, name: str, columns: Sequence[str], delimiter: str) -> InputRefused:
        """Names the line, the column where it can be told, the sign in both encodings, and what to set."""
        sign = bytes([self.byte])
        cells = next(csv.reader([self.text.decode("latin-1")], delimiter=delimiter), [])
        place = next((number for number, cell in enumerate(cells) if sign.decode("latin-1") in cell), len(columns))
        column = f', column "{columns[place]}"' if place < len(columns) and self.text.count(b'"') % 2 == 0 else ""
        return InputRefused(f"{name}: line {self.line}{column}: byte 0x{self.byte:02X} is {sign.decode(self.other)} in "
                            f"{self.other} and {sign.decode('cp1252')} in cp1252, and nothing in the file says which; "
                            f"set the file's encoding (the setting encoding), or save it as UTF-8")


def holds_mark(line: int, name: str) -> InputRefused:
    """A byte order mark that does not stand at the start, as in a file that was joined of several."""
    return InputRefused(f"{name}: line {line} holds a byte order mark, as where files were joined; remove the mark, and the "
                        "header that follows it")


def _sniffed_encoding(data: bytes) -> str:
    marked = marked_encoding(data)
    if marked:
        return marked
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return single_byte_encoding(data)
    return "utf-8"


def head(lines: Sequence[str]) -> tuple[int, str]:
    """(the line of the header, the delimiter that the file itself names or nothing) from its first lines.

    Blank lines and Excel's `sep=;` may stand above a header; anything else above it is for a person to say.
    """
    delimiter = ""
    for number, line in enumerate(lines, start=1):
        said = _SEP_LINE.fullmatch(line) if not delimiter else None
        if said:
            delimiter = said[1]
        elif line.strip():
            return number, delimiter
    return 1, delimiter


def likely_header(rows: Sequence[tuple[int, list[str]]]) -> int:
    """The line of the first row that is at least as wide as most rows and has a name in every cell; titles stand above it."""
    widths = Counter(_width(row) for _line, row in rows if _width(row) > 1)
    if not widths:
        return rows[0][0] if rows else 1
    usual = max(widths, key=lambda width: (widths[width], width))
    for line, row in rows:
        # A last column may be empty in most rows, so a header can be the wider one.
        if _width(row) >= usual and all(cell.strip() for cell in row[:_width(row)]):
            return line
    return rows[0][0]


def _width(row: list[str]) -> int:
    return max((number for number, cell in enumerate(row, start=1) if cell.strip()), default=0)


def sniffed_delimiter(header: str) -> str:
    """The delimiter that stands most often in the header outside quotation marks; a comma where there is none."""
    bare = re.sub(r'"[^"]*"', "", header)
    return max(DELIMITERS, key=bare.count)


def sniffed_decimal(cells: Iterable[str]) -> str:
    """A comma where cells such as 30,00 outnumber cells such as 30.00."""
    commas = points = 0
    for cell in cells:
        commas += bool(_COMMA.fullmatch(cell))
        points += bool(_POINT.fullmatch(cell))
    return "," if commas > points else "."


def mixed_marks(columns: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]]) -> list[str]:
    """A sentence for each column with numbers of both decimal marks, with the first row of each; `rows` are (line, cells)."""
    found: list[dict[str, int]] = [{} for _column in columns]
    for line, row in rows:
        for cell, seen in zip(row, found, strict=False):
            if len(seen) == 2 or not ("," in cell or "." in cell):
                continue
            if _BY_COMMA.fullmatch(cell):
                seen.setdefault("comma", line)
            elif _BY_POINT.fullmatch(cell):
                seen.setdefault("point", line)
    return [f'column "{column}" holds numbers with a point (row {seen["point"]}) and with a comma (row {seen["comma"]}); a run '
            "reads one decimal mark and refuses the rows with the other"
            for column, seen in zip(columns, found, strict=True) if len(seen) == 2]
