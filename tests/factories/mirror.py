"""Sources of a mirror, readings of files, and approvals for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.trials.actions import connectors, mirror, overlay, pulls
from workbench.trials.models import ApprovedHost, ConnectorSecret, MirrorSnapshot, MirrorSource, OverlayEdit, Pull
from workbench.trials.queries import mirror as queries

DESCRIPTION = """{"openapi": "3.0.0", "info": {"title": "PSA", "version": "1"}, "servers": [{"url": "https://psa.example.org"}],
"paths": {"/clients": {"get": {"responses": {"200": {"content": {"application/json": {"schema": {"type": "array",
"items": {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}}}}}}}}}}"""
LINES = "client_id,code,quantity,email\n1,P1,10,ada@bakery.example\n1,S3,7,ada@bakery.example\n2,P1,4,bo@garage.example\n"


def a_mirror_source(project: Project, *, by: Person, name: str = "psa", connector: str = "csv", **facts: Any) -> MirrorSource:
    """A source, of files unless said otherwise."""
    known: dict[str, Any] = {"title": name.upper(), "settings": {}, **facts}
    return mirror.add_source(project=project, name=name, connector=connector, by=by, **known)


def a_reading(
    source: MirrorSource, folder: Path, *, by: Person, home: Path, text: str = LINES, table: str = "lines", **options: Any
) -> Pull:
    """A reading of a small file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{table}.csv"
    path.write_text(text, encoding="utf-8")
    arrived = pulls.Arrived(path, path.name, table)
    return pulls.pull_now(source=source, home=home, keys=home / "keys", by=by, arrived=arrived, **options)


def the_snapshot(source: MirrorSource, table: str = "lines") -> MirrorSnapshot:
    """The newest snapshot of a table."""
    return next(each for each in queries.newest_snapshots(source.project_id, source.id) if each.table_name == table)


def a_fake(snapshot: MirrorSnapshot, *, by: Person) -> OverlayEdit:
    """A fake record on top of the lines."""
    cells = {"client_id": "9001", "code": "P1", "quantity": "3"}
    return overlay.add_fake(snapshot=snapshot, cells=cells, name_column="code", reason="a client to come", by=by)


def an_approved_host(*, by: Person, home: Path, **facts: Any) -> ApprovedHost:
    """An approval."""
    known: dict[str, Any] = {"scheme": "https", "host": "psa.example.org", "port": 443, "allows_private": False, **facts}
    known.setdefault("reason", "our PSA")
    return connectors.approve_host(home=home, by=by, **known)


def a_secret(
    *, by: Person, keys: Path, host: ApprovedHost, name: str = "psa-key", value: str = "s3cret-value"
) -> ConnectorSecret:
    """A secret that is kept for that host."""
    return connectors.set_secret(name=name, value=value, host=host, keys=keys, by=by)


def a_mirrored_project(project: Project, *, by: Person, admin: Person, home: Path) -> None:
    """One of everything of a mirror: sources of a file and of a database, a reading, a fake record, uploads put aside."""
    source = a_mirror_source(project, by=by)
    a_reading(source, home / "exports", by=by, home=home)
    a_fake(the_snapshot(source), by=by)
    place = {"dialect": "postgresql", "host": "psa.example.org", "database": "psa"}
    server = {**place, "user": "reader", "tables": [{"table": "lines"}]}
    a_mirror_source(project, by=by, name="database", connector="sql", settings=server)
    a_secret(by=admin, keys=home / "keys", host=an_approved_host(by=admin, home=home))
    for token, name, text in (("a" * 32, "lines.csv", LINES), ("b" * 32, "openapi.json", DESCRIPTION)):
        folder = home / "sandbox" / project.key / "arrivals" / token
        folder.mkdir(parents=True)
        (folder / "content").write_text(text, encoding="utf-8")
        (folder / "name").write_text(name, encoding="utf-8")
