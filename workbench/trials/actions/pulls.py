"""What is received: a source is read in the background, its snapshots are kept and, in the end, removed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from flask_babel import gettext as _

import sandbox
from workbench import clock, jobs
from workbench.database import db, reading
from workbench.evidence.actions import add_result
from workbench.people import queries as people
from workbench.people.models import Person
from workbench.projects import queries as projects
from workbench.trail.actions import record
from workbench.trials import rules, store
from workbench.trials.models import MirrorSnapshot, MirrorSource, Pull
from workbench.trials.queries import connectors, mirror
from workbench.web import transactions
from workbench.web.refusals import BadValue, NotThere, Refused

_KEPT_REFUSALS = 200  # of a table, beside the reading; the evidence holds the first thousand
_BEAT = 2.0  # seconds


@dataclass(frozen=True)
class Arrived:
    """What a person brought: a file, the table it becomes, and how it is written."""

    path: Path
    name: str
    table: str
    settings: Mapping[str, Any] = field(default_factory=dict)


class _Watched:
    """Passes on the progress, and learns while the child is silent that somebody stopped the work."""

    def __init__(self, progress: jobs.Progress) -> None:
        self.progress, self.last, self.at = progress, (0, ""), time.monotonic()

    def report(self, percent: int, doing: str) -> None:
        self.last, self.at = (percent * 9 // 10, doing), time.monotonic()
        self.progress.report(*self.last)

    def cancelled(self) -> bool:
        if time.monotonic() - self.at > _BEAT:
            self.at = time.monotonic()
            self.progress.report(*self.last)  # raises where the work is not to go on
        return False


def start_pull(
    *, source: MirrorSource, home: Path, keys: Path, by: Person, address: str, mend: str, arrival: str = "", table: str = "",
    settings: Mapping[str, Any] | None = None, accepts_columns: bool = False, reason: str = "",
) -> jobs.Job:
    """Queue a reading; its page is `address` and its number. `arrival` is the token of an uploaded file, `mend` where a
    contract is changed. With `accepts_columns` the columns may have changed since the last one, for which a reason is needed.
    """
    _check_readable(source)
    _check_acceptance(accepts_columns, reason)
    key = projects.project(source.project_id).key
    if arrival and not rules.TABLE_NAME.fullmatch(table):
        raise BadValue("table", _("A table’s name has 1 to 120 characters and no slash."))
    if arrival and not accepts_columns and (unmasked := _unmasked(source, table)):
        raise BadValue("table", unmasked)
    payload = {
        "source_id": source.id, "key": key, "home": str(home), "keys": str(keys), "address": address, "mend": mend,
        "arrival": arrival, "table": table, "settings": dict(settings or {}), "accepts_columns": accepts_columns,
        "reason": reason.strip(),
    }
    title = _("Receive %(title)s", title=source.title)
    return jobs.enqueue(kind=mirror.PULL_JOB, title=title, payload=payload, person_id=by.id, project_key=key)


def _check_readable(source: MirrorSource) -> None:
    if source.withdrawn_at is not None:
        raise Refused(_("This source is withdrawn. Put it back first."))


def _unmasked(source: MirrorSource, table: str) -> str:
    """Why a file is not received as this table: a name with a slip in it would pass by the masks of the right one."""
    masked = [name for name, columns in source.masks.items() if columns]
    if not masked or table in mirror.tables(source):
        return ""
    return str(_("This source masks columns of %(tables)s and has no table %(table)s yet: nothing of it would be masked. "
                 "Correct the name, or tick that its columns are taken as they come, and say why.",
                 tables=", ".join(masked), table=table))


def _check_acceptance(accepts_columns: bool, reason: str) -> None:
    if accepts_columns and not reason.strip():
        raise BadValue("reason", _("Say why the columns may differ from the last snapshot."))


@jobs.job(mirror.PULL_JOB)
def do_pull(progress: jobs.Progress, payload: dict[str, Any], person_id: int) -> str:
    """The queued reading: read with no transaction open, then write; gives the address of its page."""
    home, keys = Path(payload["home"]), Path(payload["keys"])
    arrived = None
    if payload["arrival"]:
        path, name = store.arrival(home, payload["key"], payload["arrival"])
        arrived = Arrived(path, name, payload["table"], payload["settings"])
    with reading():
        source = mirror.source_by_id(payload["source_id"])
        if source is None:
            raise NotThere
        _check_readable(source)
        wish = _wish(source, keys, arrived, payload["accepts_columns"])
        db.session.rollback()
    watched = _Watched(progress)
    done = store.pulled(home, payload["key"], wish, watched.report, watched.cancelled)
    progress.report(95, payload["key"])
    by, kept = people.person(person_id), mirror.source_by_id(payload["source_id"])
    if by is None or kept is None:
        raise NotThere
    pull = _seal(kept, done, wish, home, by, payload["reason"])
    transactions.once_committed(partial(store.forget_arrival, home, payload["key"], payload["arrival"]))
    return f"{payload['address']}{pull.number}"


def pull_now(
    *, source: MirrorSource, home: Path, keys: Path, by: Person, arrived: Arrived | None = None, accepts_columns: bool = False,
    reason: str = "", report: store.Report = lambda percent, doing: None,
) -> Pull:
    """Read a source at once, as the command line does. Raises Refused in the words of the sandbox; then nothing is kept."""
    _check_readable(source)
    _check_acceptance(accepts_columns, reason)
    wish = _wish(source, keys, arrived, accepts_columns)
    key = projects.project(source.project_id).key
    return _seal(source, store.pulled(home, key, wish, report, lambda: False), wish, home, by, reason)


def _wish(source: MirrorSource, keys: Path, arrived: Arrived | None, accepts_columns: bool) -> store.Wish:
    is_live = sandbox.offerings()[source.connector].is_live
    if is_live == (arrived is not None):
        raise Refused(_("%(name)s is read through its connection; it takes no file.", name=source.name) if is_live
                      else _("%(name)s is received from a file: choose one.", name=source.name))
    if arrived is not None and not accepts_columns and (unmasked := _unmasked(source, arrived.table)):
        raise Refused(unmasked)
    known = {} if accepts_columns else {
        each.table_name: each.store_id for each in mirror.newest_snapshots(source.project_id, source.id)}
    shared: dict[str, Any] = {
        "connector": source.connector, "contracts": dict(source.contracts), "masks": dict(source.masks), "known": known,
        "salt": store.salt(keys, source.project_id) if _hashes(source) else "",
    }
    if arrived is not None:
        settings = {**source.settings, **arrived.settings}
        return store.Wish(**shared, settings=settings, path=arrived.path, name=arrived.name, table=arrived.table)
    # A table that the settings no longer name is not asked for, and so is not missed.
    named = sandbox.source_tables(source.connector, source.settings)
    shared["known"] = {table: one for table, one in known.items() if table in named}
    return store.Wish(
        **shared, settings=dict(source.settings), secrets=_secrets(source, keys),
        approvals=connectors.approvals(), resume=f"source-{source.id}",
    )


def _secrets(source: MirrorSource, keys: Path) -> dict[str, str]:
    """The secret that the source names. Raises Refused where it is kept for another host: it is sent there alone."""
    name = str(source.settings.get("secret", ""))
    kept = connectors.secret_named(name) if name else None
    if kept is None or kept.removed_at is not None:
        return {}
    if (kept.scheme, kept.host, kept.port) != connectors.place_of(source):
        place = f"{kept.scheme}://{kept.host}:{kept.port}"
        raise Refused(_("The secret %(name)s is kept for %(place)s alone; this source reads another host. An administrator "
                        "sets a secret for that host on the page Connectors.", name=name, place=place))
    return store.secrets_of(keys, {name})


def _hashes(source: MirrorSource) -> bool:
    return any(rules.Mask.HASH in columns.values() for columns in source.masks.values())


def _seal(source: MirrorSource, done: sandbox.Pull, wish: store.Wish, home: Path, by: Person, reason: str) -> Pull:
    project = projects.project(source.project_id)
    number = mirror.next_pull_number(source)
    if not all(store.is_kept(home, project.key, one.id) for one in done.snapshots.values()):
        raise Refused(_("The same table was just removed while it was received again. Receive it once more."))
    tables = {wish.table or name: one for name, one in done.snapshots.items()}
    refused = {wish.table or name: [one.as_json() for one in rows] for name, rows in done.refused.items()}
    told = _told(source, number, done, tables)
    document = {**told, "requests": [dict(one) for one in done.requests], "refused": refused}
    pull = Pull(
        project_id=project.id, source_id=source.id, number=number, settings=_settings_of(done, wish),
        source_before=done.source_before, source_after=done.source_after, requests=[dict(one) for one in done.requests],
        refused={name: rows[:_KEPT_REFUSALS] for name, rows in refused.items()}, result_sha256=rules.digest(document),
        seconds=round(done.duration), pulled_at=clock.now(), pulled_by_id=by.id,
    )
    db.session.add(pull)
    db.session.flush()
    rows = [_snapshot(pull, name, one) for name, one in tables.items()]
    db.session.add_all(rows)
    add_result(
        project=project, title=f"{source.title} · #{number}", data=rules.canonical(document),
        filename=f"{project.key}-{source.name}-pull-{number}.json", media_type="application/json", home=home, by=by,
    )
    record("source_pulled", pull, by=by, project=project.key, after=told, reason=reason.strip(), also=rows,
           evidence=[pull.result_sha256])
    return pull


def _settings_of(done: sandbox.Pull, wish: store.Wish) -> dict[str, Any]:
    settings = {name: value for name, value in done.settings.items() if name != "connector"}
    return {"file": wish.name, "table": wish.table, **settings} if wish.path is not None else settings


def _told(source: MirrorSource, number: int, done: sandbox.Pull, tables: Mapping[str, sandbox.Snapshot]) -> dict[str, Any]:
    return {
        "source": source.name, "connector": source.connector, "reading": number, "before": done.source_before,
        "after": done.source_after, "is_unchanged": done.is_unchanged, "verbs": rules.verbs(done.requests),
        "tables": {
            name: {"rows": one.row_count, "refused": one.refused_count, "content_sha256": one.content_hash,
                   "columns": list(one.columns), "masked": list(one.masked)}
            for name, one in tables.items()
        },
    }


def _snapshot(pull: Pull, table: str, one: sandbox.Snapshot) -> MirrorSnapshot:
    return MirrorSnapshot(
        project_id=pull.project_id, source_id=pull.source_id, pull_id=pull.id, table_name=table, store_id=one.id,
        content_sha256=one.content_hash, original_sha256=one.original_hash, row_count=one.row_count,
        refused_count=one.refused_count, columns=list(one.columns), masked=list(one.masked), settings=dict(one.settings),
    )


def remove_snapshot(*, snapshot: MirrorSnapshot, reason: str, home: Path, by: Person) -> None:
    """Remove a received table for good; its entry in the trail and its hashes stay.

    Its files go once the removal is written. Raises Refused while a run of a mapping, a check of a plan or a rehearsal
    uses it.
    """
    if snapshot.removed_at is not None:
        raise Refused(_("This snapshot is removed already."))
    if not reason.strip():
        raise BadValue("reason", _("A reason is needed: the auditor reads it."))
    uses = mirror.uses_of(snapshot)
    if uses:
        raise Refused(_("This snapshot is still needed: runs, plans and their checks must stay repeatable."), tuple(uses))
    key = projects.project(snapshot.project_id).key
    before = {
        "table": snapshot.table_name, "rows": snapshot.row_count, "content_sha256": snapshot.content_sha256,
        "original_sha256": snapshot.original_sha256,
    }
    is_shared = mirror.shares_files(snapshot)
    snapshot.removed_at, snapshot.removed_by_id, snapshot.removed_reason = clock.now(), by.id, reason.strip()
    record("snapshot_removed", snapshot, by=by, project=key, before=before, after={"file_gone": not is_shared},
           reason=reason.strip())
    if not is_shared:
        transactions.once_committed(partial(_erase, home, key, snapshot.id))


def _erase(home: Path, key: str, snapshot_id: int) -> None:
    """Remove the files of a removed snapshot, unless the same was received again in between."""
    try:
        snapshot = db.session.get_one(MirrorSnapshot, snapshot_id)
        mirror.queue(snapshot.project_id)
        if not mirror.shares_files(snapshot):
            store.remove_snapshot(home, key, snapshot.store_id)
    finally:
        transactions.pause()


def sweep_snapshots(*, home: Path) -> int:
    """Remove every snapshot older than its source keeps them, in the name of who added the source; says how many.

    One that a run or a plan uses stays. The newest of each table goes too once its time is over: it is a matter of data protection.
    """
    store.sweep_files(home)
    for project_id, key in mirror.projects_by_key():  # files that outlived their removal, or a reading that was undone
        mirror.queue(project_id)
        needed = mirror.needed_files(project_id)
        for store_id in sorted(mirror.removed_files(project_id) - needed):
            store.remove_snapshot(home, key, store_id)
        store.sweep_tables(home, key, needed)
    now, gone = clock.now(), 0
    for snapshot, days, pulled_at in mirror.snapshots_with_limit():
        if now - pulled_at < timedelta(days=days) or mirror.uses_of(snapshot):
            continue
        source = mirror.source_by_id(snapshot.source_id)
        by = people.person(source.added_by_id) if source else None
        if by is not None:
            words = _("The source keeps its snapshots for %(days)s days.", days=days)
            remove_snapshot(snapshot=snapshot, reason=words, home=home, by=by)
            gone += 1
    return gone
