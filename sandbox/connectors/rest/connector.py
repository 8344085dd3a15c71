"""Reads the tables of a live tool page by page, keeps what it read, and says what the source hashed to before and after."""
from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sandbox.connectors.rest.keeping import Kept, Progress, added, check_key, columns_of, record_hash
from sandbox.connectors.rest.paging import State, address, first_state, next_state, records_of
from sandbox.connectors.rest.settings import FORMAT, Source, Wanted, credentials, source_of
from sandbox.errors import InputRefused
from sandbox.formats import schema
from sandbox.http.approvals import Approval
from sandbox.http.reader import AnswerRefused, Bounds, Link, Reader
from sandbox.receiving.flattening import flat, parsed
from sandbox.receiving.received import KEPT_REFUSALS, Pulled, Received, Report
from sandbox.receiving.writing import TableWriter

NAME = "rest"
READS: tuple[str, ...] = ()
SETTINGS = schema(FORMAT)


@dataclass(frozen=True)
class _Page:
    """One answer taken apart: (number, cells) of sound records, (number, why) of the others, and where it goes on."""

    rows: list[tuple[int, dict[str, str | None]]]
    refused: list[tuple[int, str]]
    next: State | None
    content: str

    @property
    def count(self) -> int:
        return len(self.rows) + len(self.refused)


def pull(
    settings: Mapping[str, Any], folder: Path, *, secrets: Mapping[str, str], approvals: tuple[Approval, ...],
    report: Report = lambda percent, doing: None, resume: Path | None = None, limits: Bounds | None = None,
    link: Link | None = None,
) -> Pulled:
    """Every table of the settings as Parquet in `folder`, with the log of all requests.

    With `resume`, a folder of its own, a reading that was cut off goes on where it stopped when it is called again with
    the same settings; the folder is removed at the end. Until then it holds records as they came.
    """
    source = source_of(settings)
    kept = Kept(resume or folder / ".pages", _hash({**settings, "secret": "", "authority": ""}),
                [first_state(table) for table in source.tables])
    with _reader(source, secrets, approvals, limits, link) as reader:
        asking = _Asking(source, reader)
        reading = _Reading(asking, kept, report)
        reading.read_all()
        tables = tuple(reading.table(number, folder) for number in range(len(source.tables)))
        report(92, "reading again to compare")
        after = asking.hash_now() if source.verify != "no" else ""
    pulled = Pulled(tables, reading.before(), after, (*kept.requests(), *reader.requests[reading.logged:]))
    shutil.rmtree(kept.folder)
    return pulled


def source_hash(
    settings: Mapping[str, Any], *, secrets: Mapping[str, str], approvals: tuple[Approval, ...],
    limits: Bounds | None = None, link: Link | None = None,
) -> str:
    """What the source hashes to now, to be compared with `before` of a reading with the same settings."""
    source = source_of(settings)
    with _reader(source, secrets, approvals, limits, link) as reader:
        return _Asking(source, reader).hash_now()


def _reader(source: Source, secrets: Mapping[str, str], approvals: tuple[Approval, ...], limits: Bounds | None,
            link: Link | None) -> Reader:
    headers, key_header, hidden = credentials(source, secrets)
    wire = replace(link or Link(), authority=source.authority or (link.authority if link else ""))
    bounds = replace(limits or Bounds(), per_second=source.rate)
    return Reader(approvals, limits=bounds, headers=headers, key_header=key_header, secrets=hidden, link=wire)


class _Asking:
    """Asks a source for pages, and keeps nothing."""

    def __init__(self, source: Source, reader: Reader) -> None:
        self.source, self.reader = source, reader

    def page(self, table: Wanted, state: State, so_far: int) -> _Page:
        url = address(self.source.base, table, state)
        try:
            answer = self.reader.get(url)
        except AnswerRefused as error:
            # Some tools answer the page after the last one with 404 instead of an empty list.
            if error.status == 404 and table.page.style == "page" and so_far:
                return _Page([], [], None, "")
            raise
        document = parsed(answer.body, f"table {table.name}: the answer of {table.path}")
        records = records_of(table, document)
        rows, refused = _flattened(records, so_far)
        following = next_state(table, self.source.base, state, document, answer.headers, len(records), so_far + len(records))
        return _Page(rows, refused, following, _content(rows))

    def hash_now(self) -> str:
        """The hash of `_Reading.before` from reading again."""
        if self.source.verify == "first-page":
            return _hash([self.page(table, first_state(table), 0).content for table in self.source.tables])
        return _hash([self._again(table) for table in self.source.tables])

    def _again(self, table: Wanted) -> list[int]:
        state: State | None = first_state(table)
        rows = digest = 0
        while state is not None:
            page = self.page(table, state, rows)
            rows += page.count
            digest = added(digest, (record_hash(cells) for _, cells in page.rows))
            state = page.next
        return [rows, digest]


class _Reading:
    """One pass over the tables of a source; `logged` is how many of the reader's requests are kept."""

    def __init__(self, asking: _Asking, kept: Kept, report: Report) -> None:
        self._asking, self._source, self._kept, self._report = asking, asking.source, kept, report
        self.logged = 0

    def read_all(self) -> None:
        """Reads what is not kept yet, and keeps each page before it asks for the next."""
        for number, (table, progress) in enumerate(zip(self._source.tables, self._kept.tables, strict=True)):
            while not progress.done:
                share = 90 * number // len(self._source.tables)
                self._report(share, f"reading {table.name}: {progress.rows} records so far")
                self._step(number, table, progress)

    def _step(self, number: int, table: Wanted, progress: Progress) -> None:
        try:
            page = self._asking.page(table, progress.next or {}, progress.rows)
        except InputRefused:
            self._keep(number, [])  # the log of what was asked stays, so that a reading cut off still tells it
            raise
        place = _hash([page.content, page.next])  # equal records may stand on two pages, but not with the same way on
        if page.count:
            _check_goes_on(table, progress, page.content, place)
        progress.rows += page.count
        progress.digest = added(progress.digest, (record_hash(cells) for _, cells in page.rows))
        progress.first_page = progress.first_page or page.content
        progress.last_page = page.content
        progress.mark(place)
        for _, cells in page.rows:
            for name, value in cells.items():
                progress.columns[name] = progress.columns.get(name, False) or value is not None
        progress.refused_count += len(page.refused)
        progress.refused += page.refused[:max(0, KEPT_REFUSALS - len(progress.refused))]
        progress.next, progress.done = page.next, page.next is None
        self._keep(number, page.rows)

    def _keep(self, number: int, rows: list[tuple[int, dict[str, str | None]]]) -> None:
        requests = self._asking.reader.requests
        self._kept.add(number, rows, requests[self.logged:])
        self.logged = len(requests)

    def table(self, number: int, folder: Path) -> Received:
        """The kept records of one table as Parquet."""
        table, progress = self._source.tables[number], self._kept.tables[number]
        pairs = columns_of(table, progress)
        with TableWriter(folder, table.name, [column for column, _ in pairs]) as writer:
            for line, cells in self._kept.rows(number):
                writer.add(line, [cells.get(field) or "" for _, field in pairs])
            for line, why in progress.refused:
                writer.refuse(line, "", "", why)
            received = writer.finish({"base": self._source.base, "path": table.path, "at": table.at, "decimal": ".",
                                      "verify": self._source.verify, "page": table.page.style})
        check_key(received.path, table, received.columns)
        return replace(received, refused_count=progress.refused_count)

    def before(self) -> str:
        """What the source hashed to while it was read: all its records, or its first pages where only they are compared."""
        if self._source.verify == "first-page":
            return _hash([progress.first_page for progress in self._kept.tables])
        return _hash([[progress.rows, progress.digest] for progress in self._kept.tables])


def _check_goes_on(table: Wanted, progress: Progress, content: str, place: str) -> None:
    if content == progress.last_page:
        raise InputRefused(f"table {table.name}: two pages in a row hold the same records; is page.parameter "
                           f'"{table.page.parameter}" the right name?')
    if place == progress.marked_page:
        raise InputRefused(f"table {table.name}: a page came again after {progress.rows} records; its pages lead in a circle "
                           "and would never end")


def _flattened(records: list[Any], so_far: int) -> tuple[list[tuple[int, dict[str, str | None]]], list[tuple[int, str]]]:
    rows, refused = [], []
    for line, record in enumerate(records, start=so_far + 1):
        if not isinstance(record, Mapping):
            refused.append((line, "not a record: it has no fields"))
            continue
        try:
            rows.append((line, flat(record)))
        except InputRefused as error:
            refused.append((line, str(error)))
    return rows, refused


def _content(rows: list[tuple[int, dict[str, str | None]]]) -> str:

    return _hash(sorted(record_hash(cells) for _, cells in rows))


def _hash(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
