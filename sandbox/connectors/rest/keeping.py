"""What was read so far, kept on disk page by page so that a reading cut off goes on, and then turned into Parquet."""
from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sandbox.connectors.rest.paging import State
from sandbox.connectors.rest.settings import Wanted, nearest
from sandbox.errors import InputRefused, ValueRefused
from sandbox.receiving.received import LINE
from sandbox.receiving.writing import OWN_COLUMNS, locked, quoted

_HASHES = 1 << 256
Cells = Mapping[str, str | None]


@dataclass
class Progress:
    """How far one table is. `digest` is the sum of the hashes of its records, so that their order does not count."""

    next: State | None
    done: bool = False
    rows: int = 0
    size: int = 0  # bytes of the file of records
    digest: int = 0
    first_page: str = ""
    last_page: str = ""
    columns: dict[str, bool] = field(default_factory=dict)  # whether anything ever stood there
    refused: list[tuple[int, str]] = field(default_factory=list)
    refused_count: int = 0
    pages: int = 0
    marked_page: str = ""

    def mark(self, place: str) -> None:
        """Counts a page and remembers the 1st, 2nd, 4th, 8th …: pages in a circle of any length meet one of them again.

        `place` is the hash of its records and of the way on from it.
        """
        self.pages += 1
        if self.pages & (self.pages - 1) == 0:
            self.marked_page = place


class Kept:
    """A folder with the records of each table and the log of requests, both only as far as `state.json` says."""

    def __init__(self, folder: Path, identity: str, starts: Sequence[State]) -> None:
        self.folder, self._identity = folder, identity
        self.logged = 0
        self.tables = [Progress(dict(start)) for start in starts]
        if not self._restored():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True, mode=0o700)

    def _restored(self) -> bool:
        try:
            state = json.loads((self.folder / "state.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return False
        if state["identity"] != self._identity:
            return False
        self.tables = [Progress(**{**each, "refused": [tuple(one) for one in each["refused"]]}) for each in state["tables"]]
        self.logged = state["logged"]
        for number, progress in enumerate(self.tables):
            if progress.size:
                os.truncate(self._records(number), progress.size)
            elif self._records(number).exists():
                self._records(number).unlink()
        return True

    def add(self, number: int, rows: Iterable[tuple[int, Cells]], log: Sequence[Mapping[str, Any]]) -> None:
        """Writes records and the log's new lines, then how far this is; a crash between leaves the state before."""
        progress = self.tables[number]
        lines = [json.dumps([line, cells], ensure_ascii=False, separators=(",", ":")) + "\n" for line, cells in rows]
        progress.size = _appended(self._records(number), "".join(lines), progress.size)
        text = "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in log)
        self.logged = _appended(self.folder / "requests.jsonl", text, self.logged)
        state = {"identity": self._identity, "tables": [asdict(each) for each in self.tables], "logged": self.logged}
        fresh = self.folder / "state.new"
        fresh.write_text(json.dumps(state), encoding="utf-8")
        fresh.replace(self.folder / "state.json")

    def requests(self) -> list[dict[str, str | int]]:
        """Every request so far, those of a reading that was cut off among them."""
        if not self.logged:
            return []
        data = (self.folder / "requests.jsonl").read_bytes()[:self.logged]
        return [json.loads(line) for line in data.decode().splitlines()]

    def rows(self, number: int) -> Iterator[tuple[int, dict[str, str | None]]]:
        if not self.tables[number].size:
            return
        with self._records(number).open(encoding="utf-8") as file:
            for line in file:
                place, cells = json.loads(line)
                yield place, cells

    def _records(self, number: int) -> Path:
        return self.folder / f"records-{number}.jsonl"


def _appended(path: Path, text: str, size: int) -> int:
    """Writes after the first `size` bytes, whatever an earlier attempt left there; the new size."""
    if not text:
        return size
    with path.open("r+b" if path.exists() else "w+b") as file:
        file.truncate(size)
        file.seek(size)
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())
        return file.tell()


def record_hash(cells: Cells) -> int:
    """The SHA-256 of a record's cells, whatever their order, as a number."""
    text = json.dumps(sorted(cells.items()), ensure_ascii=False, separators=(",", ":"))
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")


def added(digest: int, hashes: Iterable[int]) -> int:
    return (digest + sum(hashes)) % _HASHES


def columns_of(table: Wanted, progress: Progress) -> list[tuple[str, str]]:
    """(column, field) pairs of the table; raises InputRefused for a field that no record has, and for clashing names."""
    # A field that is null in some records and nested in others is one thing: the nested columns stand for it.
    holders = {name[:place] for name in progress.columns for place in range(len(name)) if name[place] == "."}
    seen = [name for name, is_filled in progress.columns.items() if is_filled or name not in holders]
    if table.fields and progress.rows:
        for _, wanted in table.fields:
            if wanted not in seen:
                raise InputRefused(f'table {table.name}: no record has the field "{wanted}"{nearest(wanted, seen)}')
    pairs = list(table.fields) or [(name, name) for name in seen]
    spelled: dict[str, str] = {}
    for column, _ in pairs:
        if column.casefold() in OWN_COLUMNS:
            raise InputRefused(f'table {table.name}: the name "{column}" is kept for marks of our own; give it a new one under '
                               "fields")
        other = spelled.setdefault(column.casefold(), column)
        if other != column:
            raise InputRefused(f'table {table.name}: the fields "{other}" and "{column}" differ by case alone; give one a new '
                               "name under fields")
    return pairs


def check_key(path: Path, table: Wanted, columns: Sequence[str]) -> None:
    """Raises InputRefused where a key comes twice: the source moved between two pages, or that is not its key."""
    for name in table.key:
        if name not in columns:
            raise InputRefused(f'table {table.name}: the key "{name}" is not among the columns{nearest(name, columns)}')
    if not table.key:
        return
    keys = ", ".join(map(quoted, table.key))
    with locked(path.parent) as connection:
        found = connection.execute(
            f"SELECT {keys}, min({LINE}), max({LINE}) FROM read_parquet(?) GROUP BY {keys} HAVING count(*) > 1 "  # noqa: S608 – quoted
            f"ORDER BY min({LINE}) LIMIT 1", [str(path)]).fetchone()
    if found:
        said = (f"came twice, as records {found[-2]} and {found[-1]}; the source moved while it was read, or the key needs "
                "another column; read it again")
        shown = ", ".join(f"{name} {value}" for name, value in zip(table.key, found, strict=False))
        hidden = ", ".join(f"{name} ***" for name in table.key)
        raise ValueRefused(f"table {table.name}: {shown} {said}", f"table {table.name}: {hidden} {said}")
