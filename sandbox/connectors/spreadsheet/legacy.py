"""Finds the cells of an old XLS that hold an error: the reader of its values gives them as empty."""
from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from sandbox.connectors.spreadsheet.archive import Place

_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
_SHEET, _END, _FORMULA, _ERROR_CELL = 0x85, 0x0A, 0x06, 0x205
_LAST = 0xFFFFFFFA  # sector numbers from here on are marks


def error_cells(path: Path, sheet: str) -> dict[Place, str]:
    """What the cells with an error hold, by place. Raises ValueError for a file that is built otherwise."""
    try:
        book = _workbook(path.read_bytes())
        for kind, record in _records(book, 0):
            if kind == _SHEET and _name(record) == sheet:
                return dict(_errors(book, struct.unpack_from("<I", record)[0]))
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise ValueError("the workbook is built in a way that is not known here") from error
    raise ValueError(f"no sheet {sheet}")


def _workbook(data: bytes) -> bytes:
    """The stream that holds the workbook, out of the container around it."""
    size, small = (1 << shift for shift in struct.unpack_from("<HH", data, 0x1E))
    first, cutoff, small_first = (struct.unpack_from("<I", data, place)[0] for place in (0x30, 0x38, 0x3C))
    sectors = data[size:]
    table = _table(data, size)
    directory = _chain(sectors, table, first, size)
    for start in range(0, len(directory), 128):
        entry = directory[start:start + 128]
        name = entry[:max(0, struct.unpack_from("<H", entry, 0x40)[0] - 2)].decode("utf-16-le")
        if name in ("Workbook", "Book"):
            sector, length = struct.unpack_from("<II", entry, 0x74)
            if length >= cutoff:
                return _chain(sectors, table, sector, size)[:length]
            # A short stream lies in small sectors, and these in the stream of the first entry.
            smalls = _chain(sectors, table, struct.unpack_from("<I", directory, 0x74)[0], size)
            small_table = _numbers(_chain(sectors, table, small_first, size))
            return _chain(smalls, small_table, sector, small)[:length]
    raise ValueError("the container holds no workbook")


def _table(data: bytes, size: int) -> list[int]:
    """For each sector the number of the one that follows it."""
    count, further = struct.unpack_from("<I", data, 0x2C)[0], struct.unpack_from("<I", data, 0x44)[0]
    places = list(struct.unpack_from("<109I", data, 0x4C))
    while further < _LAST and len(places) < count:
        more = struct.unpack_from(f"<{size // 4}I", data, (further + 1) * size)
        places += more[:-1]
        further = more[-1]
    return _numbers(b"".join(data[(place + 1) * size:(place + 2) * size] for place in places[:count]))


def _numbers(data: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(data) // 4}I", data[:len(data) // 4 * 4]))


def _chain(sectors: bytes, table: list[int], sector: int, size: int) -> bytes:
    parts = []
    while sector < _LAST:
        parts.append(sectors[sector * size:(sector + 1) * size])
        sector = table[sector]
        if len(parts) > len(table):
            raise ValueError("the container runs in a circle")
    return b"".join(parts)


def _records(book: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, at)
        if kind == _END:
            return
        yield kind, book[at + 4:at + 4 + length]
        at += 4 + length


def _name(record: bytes) -> str:
    length, is_wide = record[6], record[7] & 1
    return record[8:8 + length * 2].decode("utf-16-le") if is_wide else record[8:8 + length].decode("latin-1")


def _errors(book: bytes, at: int) -> Iterator[tuple[Place, str]]:
    for kind, record in _records(book, at):
        code = -1
        if kind == _ERROR_CELL and record[7]:
            code = record[6]
        elif kind == _FORMULA and record[12:14] == b"\xff\xff" and record[6] == 2:
            code = record[8]
        if code >= 0:
            row, column = struct.unpack_from("<HH", record)
            yield (row + 1, column + 1), f"holds the error {_ERRORS.get(code, '')}".rstrip()
