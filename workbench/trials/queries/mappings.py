"""Mappings with their versions, and the mirrored tables and crosswalks that they can read."""

from __future__ import annotations

from collections.abc import Mapping as Keyed
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, or_, select

from workbench.database import db
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.trials import store
from workbench.trials.models import Crosswalk, Mapping, MappingVersion, MirrorSnapshot
from workbench.trials.queries import crosswalks
from workbench.trials.rules import parts
from workbench.web.paging import PER_PAGE, Page

CROSSWALK = "crosswalk."
NEW = "mapping: 1\nname: {name}\n"


@dataclass(frozen=True)
class MappingLine:
    """A mapping in the list; `number` is its newest version, 0 where there is none yet."""

    id: int
    name: str
    title: str
    number: int
    made_at: datetime | None
    made_by: str
    has_draft: bool
    is_withdrawn: bool


@dataclass(frozen=True)
class VersionLine:
    """A version with who made it."""

    version: MappingVersion
    by: str


@dataclass(frozen=True)
class MirroredTable:
    """The newest snapshot of a mirrored table, under the name that mappings give it."""

    name: str
    title: str
    snapshot: MirrorSnapshot


def mapping(project_id: int, mapping_id: int) -> Mapping | None:
    """One mapping of the project."""
    found = db.session.get(Mapping, mapping_id)
    return found if found is not None and found.project_id == project_id else None


def mapping_named(project_id: int, name: str) -> Mapping | None:
    """The mapping of that name."""
    return db.session.scalar(select(Mapping).where(Mapping.project_id == project_id, Mapping.name == name))


def mappings_of_project(project_id: int, *, text: str = "", page: int = 1, per_page: int = PER_PAGE) -> Page[MappingLine]:
    """The mappings by name, those withdrawn last; `text` is looked for in name and title. Two statements."""
    newest = (
        select(func.max(MappingVersion.id)).where(MappingVersion.mapping_id == Mapping.id).correlate(Mapping).scalar_subquery()
    )
    wanted = [Mapping.project_id == project_id]
    if text:
        like = f"%{text.lower()}%"
        wanted.append(or_(func.lower(Mapping.name).like(like), func.lower(Mapping.title).like(like)))
    total = db.session.scalar(select(func.count(Mapping.id)).where(*wanted)) or 0
    rows = db.session.execute(
        select(Mapping, MappingVersion, Person.name).outerjoin(MappingVersion, MappingVersion.id == newest)
        .outerjoin(Person, Person.id == MappingVersion.made_by_id).where(*wanted)
        .order_by(Mapping.withdrawn_at.is_not(None), Mapping.name).limit(per_page).offset((page - 1) * per_page)
    )
    lines = [
        MappingLine(
            one.id, one.name, one.title, made.number if made else 0, made.made_at if made else None, by or "",
            bool(one.draft), one.withdrawn_at is not None,
        )
        for one, made, by in rows
    ]
    return Page(lines, page, total, per_page)


def choices_of_mappings(project_id: int) -> list[tuple[int, str]]:
    """The mappings that can be copied or run, by number and title."""
    rows = db.session.execute(
        select(Mapping.id, Mapping.title, Mapping.name)
        .where(Mapping.project_id == project_id, Mapping.withdrawn_at.is_(None)).order_by(Mapping.name)
    )
    return [(number, f"{title} ({name})") for number, title, name in rows]


def versions(mapping_id: int) -> list[VersionLine]:
    """The versions of a mapping, newest first."""
    rows = db.session.execute(
        select(MappingVersion, Person.name).join(Person, Person.id == MappingVersion.made_by_id)
        .where(MappingVersion.mapping_id == mapping_id).order_by(MappingVersion.number.desc())
    )
    return [VersionLine(version, name) for version, name in rows]


def version(mapping_id: int, number: int) -> MappingVersion | None:
    """One version of a mapping."""
    return db.session.scalar(
        select(MappingVersion).where(MappingVersion.mapping_id == mapping_id, MappingVersion.number == number)
    )


def newest_version(mapping_id: int) -> MappingVersion | None:
    """The newest version of a mapping; None where none was saved."""
    return db.session.scalar(
        select(MappingVersion).where(MappingVersion.mapping_id == mapping_id).order_by(MappingVersion.number.desc()).limit(1)
    )


def text_of_mapping(found: Mapping) -> str:
    """What is worked on: the draft, else the newest version, else an empty mapping."""
    if found.draft:
        return found.draft
    newest = newest_version(found.id)
    return newest.text if newest else NEW.format(name=found.name)


def newest_tables(project_id: int) -> dict[str, MirroredTable]:
    """The newest snapshot of each mirrored table by the name `<source>.<table>` that mappings use; one statement."""
    return {
        name: MirroredTable(name, title, snapshot) for name, (snapshot, title) in crosswalks.newest_tables(project_id).items()
    }


def input_of(project: Project, table: str, home: Path, mirrored: Keyed[str, MirroredTable]) -> store.Given | None:
    """What a mapping's table holds now: the newest snapshot, or a crosswalk's decisions; None where there is neither."""
    if table in mirrored:
        return store.given(home, project.key, mirrored[table].snapshot.store_id)
    found = crosswalks.crosswalk_named(project.id, table.removeprefix(CROSSWALK)) if table.startswith(CROSSWALK) else None
    if found is None:
        return None
    return given_crosswalk(project, found, home)


def given_crosswalk(project: Project, found: Crosswalk, home: Path) -> store.Given:
    """A crosswalk's decisions as a received table."""
    columns = (found.left_column, found.right_column)
    return store.Given(store.crosswalk_table(home, project.key, crosswalks.rows(found.id), columns), {}, columns)


def table_choices(project_id: int) -> list[tuple[str, str]]:
    """The tables that a mapping can read: mirrored ones, and crosswalks as `crosswalk.<name>`."""
    mirrored = [(one.name, f"{one.name} · {one.title}") for one in newest_tables(project_id).values()]
    return mirrored + [(CROSSWALK + one.name, f"{CROSSWALK}{one.name} · {one.title}") for one in crosswalks.standing(project_id)]


def first_draft(project: Project, name: str, source: str, target: str, home: Path) -> str:
    """A first text: both tables with their types as seen, a step with the fields that suit, and the target."""
    mirrored = newest_tables(project.id)
    tables = {table: given for table in (source, target) if (given := input_of(project, table, home, mirrored))}
    draft: parts.Part = {"mapping": "1", "name": name, "sources": {}, "steps": [], "targets": []}
    called = {source: "given", target: "live"}
    for table, given in tables.items():
        draft["sources"][called[table]] = {"table": table, "fields": store.types(given)}
    if source in tables:
        fields = _first_fields(tables, source, target)
        draft["steps"] = [{"map": "result", "from": "given", "fields": fields}]
    if target in tables and source in tables and target != source:
        columns = [column for column in fields if column in draft["sources"]["live"]["fields"]]
        draft["targets"] = [{"table": target, "from": "result", "key": columns[:1]}] if columns else []
    return store.text_of_parts({key: value for key, value in draft.items() if value})


def _first_fields(tables: Keyed[str, store.Given], source: str, target: str) -> dict[str, dict[str, str]]:
    have = _cells(tables[source])
    if target not in tables or target == source:
        return {parts.field_named(name): {"formula": parts.formula_of(name, "", ""), "type": one.type}
                for name, one in have.items()}
    wanted = _cells(tables[target])
    found = store.proposals(have, wanted)
    fields = {one.target: {"formula": parts.formula_of(one.source, have[one.source].type, wanted[one.target].type),
                           "type": wanted[one.target].type} for one in found}
    ordered = {name: fields[name] for name in wanted if name in fields}
    return ordered or {parts.field_named(name): {"formula": parts.formula_of(name, "", ""), "type": one.type}
                       for name, one in have.items()}


def _cells(table: store.Given) -> dict[str, store.Cells]:
    cells = store.samples(table.path)
    return {name: store.Cells(kind, cells[name], table.decimal) for name, kind in store.types(table).items()}

