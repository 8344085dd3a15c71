"""The files of the mirror: uploads on their way in, readings of sources, and tables with their overlay."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import shutil
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import sandbox
from workbench.trials import rules
from workbench.trials.store.reconciliations import Report, folder
from workbench.web.refusals import NotThere, Refused

_TOKEN = re.compile(r"[0-9a-f]{32}")
_DAY, _OVERLAY_DAYS = 86_400, 7


@dataclass(frozen=True)
class Wish:
    """One reading: the connector with its settings, what is done with each table, and what is known of it.

    `path` is the file of a file connector and `table` the table it becomes; of a live source both are empty.
    """

    connector: str
    settings: Mapping[str, Any]
    contracts: Mapping[str, str] = field(default_factory=dict)
    masks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    approvals: Sequence[sandbox.Approval] = ()
    salt: str = ""
    path: Path | None = None
    name: str = ""
    table: str = ""
    resume: str = ""


def mirror_folder(home: Path, key: str) -> Path:
    """The folder of the project's mirror, made where it is not there yet."""
    place = folder(home, key)
    place.mkdir(parents=True, exist_ok=True)
    return place


def keep_arrival(home: Path, key: str, filename: str, stream: BinaryIO) -> str:
    """Put an upload aside until it is received; gives the token to find it by. It is removed once received, or a day later."""
    token = secrets.token_hex(16)
    place = mirror_folder(home, key) / "arrivals" / token
    place.mkdir(parents=True, mode=0o700)
    with (place / "content").open("wb") as fresh:
        shutil.copyfileobj(stream, fresh)
    (place / "name").write_text(rules.file_name(filename), encoding="utf-8")
    return token


def arrival(home: Path, key: str, token: str) -> tuple[Path, str]:
    """(path, name) of an upload put aside. Raises NotThere for a token that stands for none."""
    place = folder(home, key) / "arrivals" / token
    if not _TOKEN.fullmatch(token) or not (place / "content").is_file():
        raise NotThere
    return place / "content", (place / "name").read_text(encoding="utf-8")


def forget_arrival(home: Path, key: str, token: str) -> None:
    """Remove an upload that was received."""
    if _TOKEN.fullmatch(token):
        shutil.rmtree(folder(home, key) / "arrivals" / token, ignore_errors=True)


def sweep_files(home: Path) -> None:
    """Remove uploads that nobody went on with for a day, and overlaid tables a week old: they are made again when asked for."""
    now = time.time()
    for place in home.glob("sandbox/*/arrivals/*"):
        if now - place.stat().st_mtime > _DAY:
            shutil.rmtree(place, ignore_errors=True)
    for path in home.glob("sandbox/*/overlays/*"):
        if now - path.stat().st_mtime > _OVERLAY_DAYS * _DAY:
            path.unlink(missing_ok=True)


def sniffed(path: Path, name: str, connector: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """How an upload seems to be written. Raises Refused in the sandbox's own words."""
    try:
        return sandbox.sniffed(path, {**settings, "connector": connector}, name=name)
    except sandbox.SandboxError as error:
        raise Refused(str(error)) from error


def pulled(home: Path, key: str, wish: Wish, report: Report, cancelled: Callable[[], bool]) -> sandbox.Pull:
    """Read the source as wished, in a child process. Raises Refused in the sandbox's own words; then nothing was kept."""
    place = mirror_folder(home, key)
    try:
        if wish.path is None:
            resume = place / "resume" / wish.resume if wish.resume and not wish.masks else None
            if resume is not None:
                resume.parent.mkdir(exist_ok=True)
            return sandbox.pull(
                place, wish.connector, wish.settings, secrets=wish.secrets, approvals=wish.approvals, masks=wish.masks,
                contracts=wish.contracts, salt=wish.salt, known=wish.known, resume=resume, report=report, cancelled=cancelled,
            )
        return _file_received(place, wish, wish.path, report, cancelled)
    except sandbox.SandboxError as error:
        raise Refused(str(error)) from error


def _file_received(place: Path, wish: Wish, path: Path, report: Report, cancelled: Callable[[], bool]) -> sandbox.Pull:
    """A file is one table, which messages call by the file's name; contracts, masks and known columns are the table's."""
    def of_table(values: Mapping[str, Any]) -> dict[str, Any]:
        return {wish.name: values[wish.table]} if values.get(wish.table) else {}

    return sandbox.receive_export(
        place, path, {**wish.settings, "connector": wish.connector}, name=wish.name, masks=of_table(wish.masks),
        contracts=of_table(wish.contracts), salt=wish.salt, known=of_table(wish.known), report=report, cancelled=cancelled,
    )


def is_kept(home: Path, key: str, store_id: str) -> bool:
    """Whether the files of a snapshot are still there."""
    return sandbox.SnapshotStore(mirror_folder(home, key)).holds(store_id)


def sweep_tables(home: Path, key: str, needed: Collection[str]) -> int:
    """Remove stored tables that nobody needs and that are a day old: a reading that came to nothing left them. Says how many
    files.
    """
    place = folder(home, key)
    return sandbox.Mirror(place).sweep(needed, _DAY) if place.is_dir() else 0


def remove_snapshot(home: Path, key: str, store_id: str) -> None:
    """Remove a snapshot's description and its files, unless another snapshot has the same; one that is gone stays gone."""
    place = mirror_folder(home, key)
    if not (place / "snapshots" / f"{store_id}.json").exists():
        return
    try:
        sandbox.SnapshotStore(place).remove(store_id)
    except sandbox.SandboxError as error:
        raise Refused(str(error)) from error


def parquet(home: Path, key: str, store_id: str) -> tuple[Path, sandbox.Snapshot]:
    """The table of a snapshot as Parquet, checked against its hash. Raises Refused where it was altered or is gone."""
    try:
        kept = sandbox.SnapshotStore(mirror_folder(home, key))
        snapshot = kept.snapshot(store_id)
        return kept.parquet(snapshot), snapshot
    except sandbox.SandboxError as error:
        raise Refused(str(error)) from error


def overlaid(home: Path, key: str, store_id: str, edits: Sequence[sandbox.Edit]) -> sandbox.Overlaid:
    """The snapshot's table with these edits as a Parquet file; made once and kept for a week."""
    source, snapshot = parquet(home, key, store_id)
    described = sandbox.edits_as_json(edits)
    told = json.dumps([snapshot.content_hash, described], ensure_ascii=False, sort_keys=True)
    place = mirror_folder(home, key) / "overlays"
    place.mkdir(exist_ok=True)
    path = place / f"{hashlib.sha256(told.encode()).hexdigest()}.parquet"
    beside = path.with_suffix(".json")
    if path.exists() and beside.exists():
        return _remembered(path, json.loads(beside.read_text(encoding="utf-8")), edits)
    fresh = path.with_name(f".{secrets.token_hex(8)}.parquet")
    try:
        made = sandbox.applied(source, snapshot.columns, edits, fresh)
    except sandbox.SandboxError as error:
        raise Refused(str(error)) from error
    told_of = {name: value for name, value in asdict(made).items() if name in ("fakes", "edits", "withdrawn")}
    orphans = [[each.number, each.why] for each in made.orphaned]
    fresh.replace(path)
    beside.write_text(json.dumps({**told_of, "orphaned": orphans}), encoding="utf-8")
    return sandbox.Overlaid(path, made.fakes, made.edits, made.withdrawn, made.orphaned)


def _remembered(path: Path, told: Mapping[str, Any], edits: Sequence[sandbox.Edit]) -> sandbox.Overlaid:
    orphans = tuple(sandbox.Orphan(number, edits[number], why) for number, why in told["orphaned"])
    return sandbox.Overlaid(path, told["fakes"], told["edits"], told["withdrawn"], orphans)


def identifying(home: Path, key: str, store_id: str, line: int) -> tuple[str, ...]:
    """The columns of a snapshot that tell the row at that line from all others; see `sandbox.identifying_columns`."""
    path, snapshot = parquet(home, key, store_id)
    return sandbox.identifying_columns(path, snapshot.columns, line, masked=snapshot.masked)


def rows(path: Path, columns: Sequence[str], **wanted: Any) -> sandbox.RowPage:
    """A page of a table's rows; what can be wanted stands in `sandbox.table_rows`. Raises Refused."""
    try:
        return sandbox.table_rows(path, columns, **wanted)
    except sandbox.SandboxError as error:
        raise Refused(str(error)) from error
