"""Named reads of any register: a page of it, one record, how many there are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import JSON, ColumnElement, RowMapping, Select, String, Text, func, literal, or_, select, union_all

from workbench.database import db
from workbench.registers.rules import Register
from workbench.web.paging import Page


@dataclass(frozen=True)
class Wanted:
    """Which records, in which order. `equal` holds exact values by field; `sort` is a column, "-" before it turns it round."""

    search: str = ""
    equal: Mapping[str, Any] = field(default_factory=dict)
    withdrawn: bool = False
    sort: str = ""


def standing(model: type[Any], project_id: int) -> Sequence[Any]:
    """Every record that is not withdrawn, in the order of their codes."""
    return db.session.scalars(_standing(model, project_id).order_by(model.id)).all()


def _standing(model: type[Any], project_id: int) -> Select[Any]:
    return select(model).where(model.project_id == project_id, model.withdrawn_at.is_(None))


def record_in(model: type[Any], project_id: int, record_id: int | None) -> Any | None:
    """One record of this project, withdrawn or not."""
    if record_id is None:
        return None
    return db.session.scalar(select(model).where(model.project_id == project_id, model.id == record_id))


def left(model: type[Any], field: str, ids: Collection[int]) -> list[tuple[int, str]]:
    """(id, what it is called) of rows that a field refers to: the code, else the name or title; one query."""
    table = next(iter(model.__table__.c[field].foreign_keys)).column.table
    name = next(table.c[each] for each in ("code", "name", "title", "id") if each in table.c)
    rows = db.session.execute(select(table.c.id, name).where(table.c.id.in_(sorted(ids))).order_by(table.c.id))
    return [(number, str(called)) for number, called in rows]


def page_of(register: Register, project_id: int, wanted: Wanted, *, page: int = 1, per_page: int = 50) -> Page[Any]:
    """One page of a register; two queries whatever the number. Guarded fields are neither searched nor sorted by."""
    model = register.model
    chosen = select(model).where(model.project_id == project_id, *_asked(register, wanted))
    total = db.session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    ordered = chosen.order_by(*_order(register, wanted.sort)).limit(per_page).offset((page - 1) * per_page)
    return Page(db.session.scalars(ordered).all(), page, total, per_page)


def rows_of(register: Register, project_id: int, wanted: Wanted) -> Sequence[Any]:
    """Every record that is wanted, for an export."""
    chosen = select(register.model).where(register.model.project_id == project_id, *_asked(register, wanted))
    return db.session.scalars(chosen.order_by(*_order(register, wanted.sort))).all()


def _asked(register: Register, wanted: Wanted) -> list[ColumnElement[bool]]:
    model = register.model
    found = [model.withdrawn_at.is_not(None) if wanted.withdrawn else model.withdrawn_at.is_(None)]
    if wanted.search:
        columns = [model.code, *(getattr(model, each) for each in _plain(register) if _is_text(model, each))]
        found.append(or_(*(each.icontains(wanted.search, autoescape=True) for each in columns)))
    found.extend(getattr(model, name) == value for name, value in wanted.equal.items())
    return found


def _plain(register: Register) -> list[str]:
    return [each for each in register.columns if each not in register.guarded]


def _is_text(model: type[Any], name: str) -> bool:
    return isinstance(model.__table__.c[name].type, String | Text)


def _order(register: Register, sort: str) -> tuple[Any, ...]:
    """By the code (that is, the order of adding) unless a shown column is named; the code decides between equals."""
    model, name = register.model, sort.removeprefix("-")
    sorts = name in _plain(register) and not isinstance(model.__table__.c[name].type, JSON)  # PostgreSQL has no order of lists
    column = getattr(model, name) if sorts else model.id
    return (column.desc() if sort.startswith("-") else column.asc(), model.id)


def overview_page(rows: Select[Any], wanted: Wanted, *, page: int = 1, per_page: int = 50) -> Page[RowMapping]:
    """One page of an overview's rows; two queries whatever the number."""
    chosen = _overview(rows, wanted)
    total = db.session.scalar(select(func.count()).select_from(chosen.order_by(None).subquery())) or 0
    found = db.session.execute(chosen.limit(per_page).offset((page - 1) * per_page)).mappings().all()
    return Page(found, page, total, per_page)


def overview_rows(rows: Select[Any], wanted: Wanted) -> Sequence[RowMapping]:
    """Every row of an overview that is wanted, for an export."""
    return db.session.execute(_overview(rows, wanted)).mappings().all()


def _overview(rows: Select[Any], wanted: Wanted) -> Select[Any]:
    """The rows that are wanted, in the order of one of their columns; the number decides between equals."""
    table = rows.subquery()
    asked = [table.c[name] == value for name, value in wanted.equal.items()]
    if wanted.search:
        texts = [each for each in table.c if isinstance(each.type, String | Text)]
        asked.append(or_(*(each.icontains(wanted.search, autoescape=True) for each in texts)))
    column = table.c[wanted.sort.removeprefix("-")]
    return select(table).where(*asked).order_by(column.desc() if wanted.sort.startswith("-") else column, table.c.id)


def counts(project_id: int, registers: Sequence[Register]) -> dict[str, int]:
    """{table name: how many records stand}; one query for all of them."""
    models = {each.table: each.model for each in registers}
    if not models:
        return {}
    parts = [
        select(literal(name), func.count())
        .select_from(model)
        .where(model.project_id == project_id, model.withdrawn_at.is_(None))
        for name, model in models.items()
    ]
    return {name: int(number) for name, number in db.session.execute(union_all(*parts))}
