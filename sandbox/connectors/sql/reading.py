"""Reads tables: names checked against the database's own catalogue, rows in the order of their key, hashed as they come."""
from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import quoted_name

from sandbox.connectors.sql.dialects import Dialect
from sandbox.connectors.sql.settings import TableWish, nearest
from sandbox.connectors.sql.texts import Finish, same
from sandbox.errors import InputRefused, ValueRefused
from sandbox.receiving.writing import OWN_COLUMNS

_CHUNK = 5_000


@dataclass(frozen=True)
class Plan:
    """One table as it will be read: every name stands in the catalogue."""

    wish: TableWish
    columns: tuple[str, ...]
    key: tuple[str, ...]
    select: sa.Select[Any]
    last: sa.Select[Any] | None
    finishes: tuple[Finish, ...]
    last_finish: Finish = same


class Digest:
    """SHA-256 over the rows of one table, each as one line of JSON."""

    def __init__(self, plan: Plan) -> None:
        self._hash = hashlib.sha256()
        self._add([plan.wish.shown, *plan.columns])

    def over(self, rows: Iterator[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
        """The same rows, counted in as they pass."""
        for row in rows:
            self._add(row)
            yield row

    def value(self) -> str:
        return self._hash.hexdigest()

    def _add(self, row: Sequence[str]) -> None:
        line = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
        self._hash.update(line.encode("utf-8", "surrogatepass") + b"\n")


def planned(connection: sa.Connection, dialect: Dialect, wishes: Sequence[TableWish]) -> tuple[Plan, ...]:
    """Each wish against the catalogue; raises InputRefused for a name that is not there, with the nearest one."""
    inspector = sa.inspect(connection)

    @lru_cache
    def names(schema: str) -> list[str]:
        within = schema or None
        return [*inspector.get_table_names(within), *inspector.get_view_names(within)]

    schemas = inspector.get_schema_names() if any(wish.schema for wish in wishes) else []
    plans = []
    for wish in wishes:
        if wish.schema:
            _known("schema", wish.schema, schemas, wish)
        _known("table", wish.table, names(wish.schema), wish)
        plans.append(_plan(inspector, dialect, wish))
    return tuple(plans)


def rows(connection: sa.Connection, plan: Plan) -> Iterator[tuple[str, ...]]:
    """The rows as texts, ascending by key; raises InputRefused where a key is empty or stands twice."""
    places = [plan.columns.index(column) for column in plan.key]
    result = connection.execution_options(stream_results=True, max_row_buffer=_CHUNK).execute(plan.select)
    before: list[str] | None = None
    with result:
        for raw in result.yield_per(_CHUNK):
            row = tuple(finish(cell) for finish, cell in zip(plan.finishes, raw, strict=True))
            key = [row[place] for place in places]
            if key == before or "" in key:
                fault = "stands twice" if key == before else "is not filled"
                said = f"{fault}; name the columns that tell its rows apart"
                shown = ", ".join(f"{column} = {cell!r}" for column, cell in zip(plan.key, key, strict=True))
                hidden = ", ".join(f"{column} = ***" for column in plan.key)
                raise ValueRefused(f"{plan.wish.shown}: the key {shown} {said}", f"{plan.wish.shown}: the key {hidden} {said}")
            before = key
            yield row


def last_value(connection: sa.Connection, plan: Plan) -> str:
    """The largest value of the `since` column that this reading covers; the old one where nothing is new."""
    found = connection.execute(plan.last).scalar() if plan.last is not None else None
    return plan.last_finish(found) or plan.wish.after


def _plan(inspector: sa.Inspector, dialect: Dialect, wish: TableWish) -> Plan:
    types = {dialect.reflected(one["name"]): one["type"] for one in inspector.get_columns(wish.table, wish.schema or None)}
    primary = inspector.get_pk_constraint(wish.table, wish.schema or None)["constrained_columns"]
    key = wish.key or tuple(map(dialect.reflected, primary))
    if not key:
        raise InputRefused(f'{wish.shown}: it has no primary key; name the columns that tell its rows apart as "key"')
    for column in (*wish.columns, *wish.key, *([wish.since] if wish.since else [])):
        _known("column", column, list(types), wish)
    wanted = wish.columns or tuple(types)
    columns = (*wanted, *(one for one in key if one not in wanted))
    _check_columns(columns, wish)
    found = {name: sa.column(quoted_name(name, True), kind) for name, kind in types.items()}
    table = sa.table(quoted_name(wish.table, True), schema=quoted_name(wish.schema, True) if wish.schema else None)
    texts = [dialect.as_text(found[column]) for column in columns]
    shown = [text.label(f"c{number}") for number, (text, _) in enumerate(texts)]
    select = sa.select(*shown).select_from(table).order_by(*(found[one] for one in key))
    finishes = tuple(finish for _, finish in texts)
    if not wish.since:
        return Plan(wish, columns, key, select, None, finishes)
    since = found[wish.since]
    asked, finish = dialect.as_text(sa.type_coerce(sa.func.max(since), since.type))
    last = sa.select(asked).select_from(table)
    if wish.after:
        # Rows of the very last value are read again: two changes may share one moment.
        select = select.where(since >= dialect.from_text(since, wish.after))
    return Plan(wish, columns, key, select, last, finishes, finish)


def _check_columns(columns: Sequence[str], wish: TableWish) -> None:
    seen: set[str] = set()
    for column in columns:
        if column.casefold() in (*OWN_COLUMNS, *seen):
            raise InputRefused(f'{wish.shown}: the column name "{column}" stands twice or is kept for marks of our own; '
                               'name the other ones in "columns"')
        seen.add(column.casefold())


def _known(kind: str, name: str, known: list[str], wish: TableWish) -> None:
    if name not in known:
        place = "" if kind == "table" else f"{wish.shown}: "
        raise InputRefused(f'{place}there is no {kind} "{name}" that this account may see{nearest(name, known)}')
