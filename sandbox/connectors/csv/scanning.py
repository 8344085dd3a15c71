"""One pass over a delimited file before it is read: its encoding, and whether it is plain enough for the fast way."""
from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sandbox.connectors.csv.sniffing import Doubt, holds_mark, holds_nul, marked_encoding, not_of, single_byte_encoding
from sandbox.errors import InputRefused

MAX_BYTES = 8_000_000_000
LONGEST_LINE = 1_000_000  # of the fast way
_BLOCK = 4_000_000
_SPACED = re.compile(rb'[,;\t|\n] +"|" +[,;\t|\r\n]|^ +"|" +$')


@dataclass
class Scan:
    """`path` holds the text as UTF-8 (the file itself, or a copy in the run's folder that `forget` removes).

    `is_clean`: one kind of line end, no blank or very long line, no space at the outside of a quotation mark. `has_mark`: an
    apostrophe stands somewhere; `has_quotes`: a quotation mark does.
    """

    path: Path
    encoding: str
    is_copy: bool = False
    is_clean: bool = True
    has_mark: bool = False
    has_quotes: bool = False
    doubt: Doubt | None = None  # of an encoding that was guessed
    since: int = 0  # bytes behind the last end of a line
    feeds: int = 0
    returns: int = 0
    pairs: int = 0

    def forget(self) -> None:
        """Removes the copy, where there is one."""
        if self.is_copy:
            self.path.unlink(missing_ok=True)


def scanned(path: Path, name: str, encoding: str, folder: Path) -> Scan:
    """The scan of the file; what is not UTF-8 is written into `folder` as such. Raises InputRefused, naming the line."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InputRefused(f"{name}: {size} bytes; at most {MAX_BYTES} are read")
        with path.open("rb") as file:
            start = file.read(_BLOCK)
    except OSError as error:
        raise InputRefused(f"{name}: cannot be read ({error.strerror})") from error
    if size <= _BLOCK and not start.strip(b" \t\r\n\xef\xbb\xbf"):
        raise InputRefused(f"{name}: the file is empty")
    marked = marked_encoding(start)
    chosen = marked if encoding in ("", "utf-8", "utf-16") and marked else encoding or "utf-8"
    if chosen not in ("utf-8", "utf-8-sig"):
        return _looked_at(_transcoded(path, name, chosen, folder), name)
    try:
        return _looked_at(Scan(path, chosen), name)
    except _NotUtf8 as fault:
        if encoding or marked:
            raise not_of(chosen, fault.byte, fault.line, name) from fault
        chosen = single_byte_encoding(start if fault.at < _BLOCK else fault.around)
        doubt = Doubt()
        copy = _transcoded(path, name, chosen, folder, doubt)
        if doubt.is_cp1252 and chosen != "cp1252":  # what shows it stands further below
            copy = _transcoded(path, name, "cp1252", folder)
        return _looked_at(replace(copy, doubt=doubt), name)


@contextmanager
def opened(scan: Scan) -> Iterator[io.TextIOWrapper]:
    """The text line by line, each with its own line end."""
    with scan.path.open(encoding="utf-8-sig", newline="") as text:
        yield text


class _NotUtf8(Exception):
    """The first byte that is not UTF-8: its value, line, place, and the bytes around it."""

    def __init__(self, byte: int, line: int, at: int, around: bytes) -> None:
        super().__init__(byte)
        self.byte, self.line, self.at, self.around = byte, line, at, around


def _looked_at(scan: Scan, name: str) -> Scan:
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, at, last, mark = 1, 0, b"\n", b""
    with scan.path.open("rb") as file:
        while block := file.read(_BLOCK):
            pending = len(decoder.getstate()[0])
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                place = max(0, error.start - pending)
                raise _NotUtf8(block[place], line + block.count(b"\n", 0, place), at + place,
                               block[max(0, place - _BLOCK // 8):place + _BLOCK // 8]) from error
            if b"\x00" in block:
                raise holds_nul(line + block.count(b"\n", 0, block.index(b"\x00")), name)
            if b"\xef\xbb\xbf" in (edge := mark + block)[0 if at else 3:]:
                raise holds_mark(line + edge.count(b"\n", len(mark), edge.index(b"\xef\xbb\xbf", 0 if at else 3)), name)
            mark = block[-2:]
            _judge(scan, last, block)
            scan.feeds += block.count(b"\n")
            line, at, last = scan.feeds + 1, at + len(block), (last + block)[-2:] if len(block) < 2 else block[-2:]
    _finish(scan, decoder, line, at)
    return scan


def _finish(scan: Scan, decoder: codecs.IncrementalDecoder, line: int, at: int) -> None:
    left = decoder.getstate()[0]
    if left:  # the file ends inside a character
        raise _NotUtf8(left[0], line, at - len(left), left)
    scan.is_clean = scan.is_clean and scan.returns in (0, scan.pairs) and scan.pairs in (0, scan.feeds)


def _judge(scan: Scan, last: bytes, block: bytes) -> None:
    """Takes note of one block; `last` holds the two bytes before it."""
    if _has_long_line(scan, block):  # DuckDB passes over a line that is longer than its buffer, without a word
        scan.is_clean = False
    scan.has_mark = scan.has_mark or b"'" in block
    scan.pairs += last[-1:] + block[:1] == b"\r\n"
    if b"\r" in block:
        scan.returns += block.count(b"\r")
        scan.pairs += block.count(b"\r\n")
    edge = last + block[:2]
    scan.has_quotes = scan.has_quotes or b'"' in block
    if any(b"\n\n" in part or b"\n\r\n" in part for part in (block, edge)):
        scan.is_clean = False
    # DuckDB reads over spaces around a quoted cell; for us they are part of the cell, or a fault.
    if (b' "' in block or b'" ' in block or b' "' in edge or b'" ' in edge) and _SPACED.search(last + block):
        scan.is_clean = False


def _has_long_line(scan: Scan, block: bytes) -> bool:
    """Whether a line goes on for too long, looked for in few steps: from the last end within reach to the next."""
    at = -1 - scan.since
    while len(block) - at > LONGEST_LINE:
        found = block.rfind(b"\n", max(at + 1, 0), at + 1 + LONGEST_LINE)
        if found < 0:
            return True
        at = found
    scan.since = len(block) - 1 - block.rfind(b"\n") if b"\n" in block else scan.since + len(block)
    return False


def _transcoded(path: Path, name: str, encoding: str, folder: Path, doubt: Doubt | None = None) -> Scan:
    """The text of the file as UTF-8 in `folder`; the file itself stays as it is. `doubt` looks at its bytes."""
    decoder = codecs.getincrementaldecoder(encoding)()
    copy, line = folder / "transcoded.txt", 1
    with path.open("rb") as source, copy.open("wb") as target:
        while True:
            block = source.read(_BLOCK)
            if doubt:
                doubt.look(block)
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                copy.unlink()
                bad = error.object[error.start]
                raise not_of(encoding, bad, line + error.object.count(b"\n", 0, error.start), name) from error
            target.write(text.encode("utf-8", "surrogatepass"))
            line += text.count("\n")
            if not block:
                return Scan(copy, encoding, is_copy=True)
