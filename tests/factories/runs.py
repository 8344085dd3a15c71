"""A mapping with a version, tables in the mirror as a pull leaves them, and runs of the demo mapping over them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import sandbox
from workbench import clock, jobs
from workbench.database import db
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.trail.actions import record
from workbench.trials.actions.runs import Wish, do_mapping_run, start_mapping_run
from workbench.trials.models import (
    Crosswalk,
    CrosswalkDecision,
    Mapping,
    MappingRun,
    MappingVersion,
    MirrorSnapshot,
    MirrorSource,
    OverlayEdit,
    Pull,
)
from workbench.trials.queries.runs import mapping_run, snapshots_of, version
from workbench.trials.store import folder
from workbench.trials.store.runs import sources_of
from workbench.web.transactions import commit

DEMO_MAPPING = Path(__file__).parents[2] / "demo" / "mappings" / "supplier-usage.yaml"
TABLES = {
    "supplier.usage": "account,sku,units\nA-1,BS,17\nA-1,E3,14\nA-2,BS,3\nA-9,BS,4\nA-1,BAD,1\nA-2,E3,x\n",
    "crosswalk.clients": "account,client_id\nA-1,7\nA-2,8\n",
    "crosswalk.services": "sku,service\nBS,S3\nE3,S5\n",
    "catalogue.packages": "package,service,units\nP1,S3,1\nP1,S5,1\n",
    "psa.lines": "client_id,code,quantity\n7,P1,10\n7,S3,5\n8,S5,2\n",
}


def a_version(project: Project, *, by: Person, text: str = "", name: str = "supplier-usage") -> MappingVersion:
    """The newest version of a mapping of that name: the demo's, or this text."""
    text = text or DEMO_MAPPING.read_text(encoding="utf-8")
    found = db.session.query(Mapping).filter_by(project_id=project.id, name=name).first()
    if found is None:
        found = Mapping(project_id=project.id, name=name, title="Supplier usage", draft="")
        db.session.add(found)
        record("mapping_added", found, by=by, project=project.key)
    number = db.session.query(MappingVersion).filter_by(mapping_id=found.id).count() + 1
    made = MappingVersion(
        project_id=project.id, mapping_id=found.id, number=number, text=text, note="x", made_at=clock.now(), made_by_id=by.id,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )
    db.session.add(made)
    record("mapping_version_saved", made, by=by, project=project.key)
    return made


def a_snapshot(
    project: Project, table: str, text: str, *, by: Person, home: Path, tool_id: int | None = None,
    masked: tuple[str, ...] = (), after: str = "a" * 64,
) -> MirrorSnapshot:
    """A table `source.table` as a pull leaves it in the mirror."""
    source_name, _dot, name = table.partition(".")
    source = db.session.query(MirrorSource).filter_by(project_id=project.id, name=source_name).first()
    if source is None:
        source = MirrorSource(
            project_id=project.id, name=source_name, title=source_name, connector="csv", settings={}, contracts={}, masks={},
            tool_id=tool_id, added_by_id=by.id, added_at=clock.now(),
        )
        db.session.add(source)
        record("mirror_source_added", source, by=by, project=project.key)
    number = db.session.query(Pull).filter_by(source_id=source.id).count() + 1
    pull = Pull(
        project_id=project.id, source_id=source.id, number=number, settings={}, source_before="a" * 64, source_after=after,
        requests=[], refused={}, result_sha256="", seconds=0, pulled_at=clock.now(), pulled_by_id=by.id,
    )
    db.session.add(pull)
    record("source_pulled", pull, by=by, project=project.key)
    rows = [line.split(",") for line in text.splitlines()]
    records = tuple(sandbox.Record(number, dict(zip(rows[0], row, strict=True))) for number, row in enumerate(rows[1:], 2))
    received = sandbox.Table(f"{name}.csv", tuple(rows[0]), records)
    kept = sandbox.SnapshotStore(folder(home, project.key)).keep(name, received, text.encode())
    made = MirrorSnapshot(
        project_id=project.id, source_id=source.id, pull_id=pull.id, table_name=name, store_id=kept.id,
        content_sha256=kept.content_hash, original_sha256=kept.original_hash, row_count=kept.row_count, refused_count=0,
        columns=list(kept.columns), masked=list(masked), settings={},
    )
    db.session.add(made)
    record("snapshot_kept", made, by=by, project=project.key)
    return made


def a_mirror(project: Project, *, by: Person, home: Path, tool_id: int | None = None, **others: str) -> None:
    """A snapshot of each table that the demo mapping reads; `others` replaces texts by the last part of the name."""
    for table, text in TABLES.items():
        a_snapshot(project, table, others.get(table.partition(".")[2], text), by=by, home=home, tool_id=tool_id)


def a_fake(project: Project, table: str, cells: dict[str, str], *, by: Person) -> OverlayEdit:
    """A fake record on top of a mirrored table."""
    source_name, _dot, name = table.partition(".")
    source = db.session.query(MirrorSource).filter_by(project_id=project.id, name=source_name).one()
    made = OverlayEdit(project_id=project.id, source_id=source.id, table_name=name, kind="fake", key={}, cells=cells, was={},
                       made_at=clock.now(), made_by_id=by.id)
    db.session.add(made)
    record("overlay_edit_made", made, by=by, project=project.key)
    return made


def a_crosswalk(project: Project, names: dict[str, list[str]], *, by: Person) -> Crosswalk:
    """The crosswalk `clients`, from accounts to client numbers, with these decisions."""
    made = Crosswalk(project_id=project.id, name="clients", title="clients", left_column="account", right_column="client_id")
    db.session.add(made)
    record("crosswalk_added", made, by=by, project=project.key)
    for left, rights in names.items():
        decision = CrosswalkDecision(crosswalk_id=made.id, left=left, rights=rights, state="mapped", decided_at=clock.now(),
                                     decided_by_id=by.id)
        db.session.add(decision)
        record("name_decided", decision, by=by, project=project.key)
    return made


def newest(project: Project, text: str) -> dict[str, str]:
    """For each source of the mapping its newest snapshot, as a form proposes it."""
    sources = sources_of(text)
    known = snapshots_of(project.id, list(sources.values()))
    return {name: f"snapshot:{known[table][0].id}" for name, table in sources.items() if table in known}


def a_mapping_run(project: Project, *, by: Person, home: Path, version_id: int, **wish: Any) -> MappingRun:
    """A run of that version over the newest snapshots, done and saved."""
    bound = version(project.id, version_id)
    assert bound is not None
    given = Wish(**{"version_id": version_id, "title": "January", "chosen": newest(project, bound.text), **wish})
    job = start_mapping_run(project=project, wish=given, home=home, keys=home / "keys", by=by, address="/runs/")
    commit()
    address = do_mapping_run(_Quiet(), dict(job.payload), by.id)
    commit()
    found = mapping_run(project.id, int(address.rsplit("/", 1)[1]))
    assert found is not None
    return found


class _Quiet(jobs.Progress):
    """Progress that nobody looks at."""

    def __init__(self) -> None:
        super().__init__(0)

    def report(self, percent: int, doing: str) -> None:
        """Says nothing."""
