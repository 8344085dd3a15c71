"""Received tables, mappings and crosswalks of a project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import sandbox
from workbench import clock
from workbench.database import db
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.trail.actions import record
from workbench.trials import store
from workbench.trials.actions.crosswalks import add_crosswalk
from workbench.trials.actions.mappings import add_mapping, save_version
from workbench.trials.models import Crosswalk, MirrorSnapshot, MirrorSource, Pull
from workbench.trials.models import Mapping as MappingRow

DEMO = Path(__file__).resolve().parents[2] / "demo" / "mappings" / "supplier-usage.yaml"


def a_received_table(
    project: Project, *, by: Person, home: Path, source: str, table: str, rows: Sequence[Mapping[str, str]],
    decimal: str = "",
) -> MirrorSnapshot:
    """A table of the mirror, received a moment ago."""
    columns = tuple(rows[0])
    records = tuple(sandbox.Record(line, dict(row)) for line, row in enumerate(rows, 2))
    received = sandbox.Table(f"{table}.csv", columns, records, {"decimal": decimal} if decimal else {})
    kept = sandbox.Mirror(store.folder(home, project.key)).store
    snapshot = kept.keep(f"{source}.{table}", received, sandbox.csv_text(columns, [list(row.values()) for row in rows]).encode())
    found = db.session.query(MirrorSource).filter_by(project_id=project.id, name=source).one_or_none()
    if found is None:
        found = MirrorSource(
            project_id=project.id, name=source, title=source.title(), connector="csv", tool_id=None, settings={}, contracts={},
            masks={}, keep_days=None, added_by_id=by.id, added_at=clock.now(),
        )
        db.session.add(found)
        record("mirror_source_added", found, by=by, project=project.key)
    number = db.session.query(Pull).filter_by(source_id=found.id).count() + 1
    pulled = Pull(
        project_id=project.id, source_id=found.id, number=number, settings={}, source_before="0" * 64, source_after="0" * 64,
        requests=[], refused={}, result_sha256="0" * 64, seconds=0, pulled_at=clock.now(), pulled_by_id=by.id,
    )
    db.session.add(pulled)
    db.session.flush()
    made = MirrorSnapshot(
        project_id=project.id, source_id=found.id, pull_id=pulled.id, table_name=table, store_id=snapshot.id,
        content_sha256=snapshot.content_hash, original_sha256=snapshot.original_hash, row_count=len(rows), refused_count=0,
        columns=list(columns), masked=[], settings={},
    )
    db.session.add(made)
    record("source_pulled", pulled, by=by, project=project.key, also=[made])
    return made


def demo_tables(project: Project, *, by: Person, home: Path) -> None:
    """Small tables of the demo mapping: use of three accounts, contract lines, packages."""
    use = [("Bakery Noe", "STOR", "17"), ("ACME Ltd", "STOR", "3"), ("Bakery Noe", "MAIL", "x2"), ("Unknown", "MAIL", "1")]
    lines = [("1", "P1", "1"), ("1", "S3", "5"), ("2", "S3", "3")]
    given: dict[tuple[str, str], tuple[tuple[str, ...], Sequence[tuple[str, ...]]]] = {
        ("supplier", "usage"): (("account", "sku", "units"), use),
        ("psa", "lines"): (("client_id", "code", "quantity"), lines),
        ("catalogue", "packages"): (("package", "service", "units"), [("P1", "S3", "10")]),
        ("psa", "clients"): (("name", "id"), [("Bakery Noé", "1"), ("Acme", "2"), ("Cafe Bleu", "3")]),
    }
    for (source, table), (columns, rows) in given.items():
        a_received_table(
            project, by=by, home=home, source=source, table=table, rows=[dict(zip(columns, row, strict=True)) for row in rows]
        )


def a_mapping_row(project: Project, *, by: Person, text: str = "", name: str = "", **more: Any) -> MappingRow:
    """A mapping with a saved version of the demo text, or of `text`."""
    written = text or DEMO.read_text(encoding="utf-8")
    called = name or str(sandbox.mapping_parts(written)["name"])
    made = add_mapping(project=project, name=called, title=called, text=written, by=by)
    save_version(project=project, mapping=made, note=more.get("note", "first"), by=by)
    return made


def a_crosswalk(project: Project, *, by: Person, name: str = "clients", **facts: str) -> Crosswalk:
    """A crosswalk of supplier accounts and clients of the PSA."""
    known = {
        "title": "Accounts and clients", "left_column": "account", "right_column": "client",
        "left_at": "supplier.usage.account", "right_at": "psa.clients.name", **facts,
    }
    return add_crosswalk(project=project, name=name, by=by, **known)
