"""Opens one workbook in a process of its own: reads it from standard input, writes its cells as JSON. Run by path.

A small file can ask for all memory there is; here it ends this process alone. Nothing of the workbench is imported.
"""

from __future__ import annotations

import io
import json
import resource
import sys

import python_calamine

MEMORY, SECONDS = 1_000_000_000, 30
MOST_ROWS, MOST_COLUMNS, MOST_SHEETS = 25_000, 60, 20
MOST_SAID = 60_000_000  # letters in all cells together
TOO_LARGE, NO_WORKBOOK = 3, 4


def cells(data: bytes) -> dict[str, list[list[object]]]:
    """The cells of every sheet; the first row of each is row 1 of the file. ValueError beyond the limits."""
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    if len(book.sheet_names) > MOST_SHEETS:
        raise ValueError("sheets")
    found: dict[str, list[list[object]]] = {}
    said = 0
    for name in book.sheet_names:
        sheet = book.get_sheet_by_name(name)
        if sheet.end is not None and (sheet.end[0] >= MOST_ROWS or sheet.end[1] >= MOST_COLUMNS):
            raise ValueError(name)
        rows = sheet.to_python(skip_empty_area=False) if sheet.end is not None else []
        found[name] = [
            [cell if isinstance(cell, str | bool | int | float) else [str(cell)] for cell in row] for row in rows
        ]
        said += sum(len(cell) if isinstance(cell, str) else 4 for row in found[name] for cell in row)
        if said > MOST_SAID:
            raise ValueError("letters")
    return found


def main() -> int:
    """Read, limit, write."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        found = cells(sys.stdin.buffer.read())
    except (ValueError, MemoryError):
        return TOO_LARGE
    except (python_calamine.CalamineError, OSError, KeyError):
        return NO_WORKBOOK
    sys.stdout.write(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
