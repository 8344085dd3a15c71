"""How a delimited file is written: its encoding, delimiter and decimal mark, guessed where nobody said."""
from __future__ import annotations

import codecs
import re
from collections.abc import Sequence

from charset_normalizer import from_bytes

from sandbox.errors import InputRefused
from sandbox.tables import Record

_DELIMITERS = ",;\t|"
# What exports of western European tools are written in; a wider net takes short French texts for Polish.
_SINGLE_BYTE = ["cp1252", "iso8859_15"]
_COMMA, _POINT = re.compile(r"\s*[0-9  \u202f]+,[0-9]{1,2}\s*"), re.compile(r"\s*[0-9]+\.[0-9]{1,2}\s*")


def decoded(data: bytes, name: str, encoding: str) -> tuple[str, str]:
    """The text without its byte order mark, and the encoding it was read in."""
    chosen = encoding or _sniffed_encoding(data)
    if chosen == "utf-8" and data.startswith(codecs.BOM_UTF8):
        chosen = "utf-8-sig"
    try:
        text = data.decode(chosen)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputRefused(f"{name}: line {line} holds byte 0x{data[error.start]:02X}, which is not {chosen}; "
                           f"set the file's encoding") from error
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise InputRefused(f"{name}: line {line} holds a NUL byte; this is not a text file")
    return text.removeprefix("\ufeff"), chosen


def _sniffed_encoding(data: bytes) -> str:
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        best = from_bytes(data, cp_isolation=_SINGLE_BYTE).best()
        return "iso-8859-15" if best and best.encoding == "iso8859_15" else "cp1252"
    return "utf-8"


def sniffed_delimiter(header: str) -> str:
    """The delimiter that stands most often in the header outside quotation marks; a comma where there is none."""
    bare = re.sub(r'"[^"]*"', "", header)
    return max(_DELIMITERS, key=bare.count)


def sniffed_decimal(records: Sequence[Record]) -> str:
    """A comma where cells such as 30,00 outnumber cells such as 30.00."""
    cells = [cell for record in records for cell in record.cells.values()]
    commas, points = (sum(bool(shape.fullmatch(cell)) for cell in cells) for shape in (_COMMA, _POINT))
    return "," if commas > points else "."
