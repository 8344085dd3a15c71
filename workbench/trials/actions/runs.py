"""Runs of mappings: one is asked for, done in the background, and sealed with its recipe and its result."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from flask_babel import gettext as _

from workbench import clock, jobs
from workbench.database import db, reading
from workbench.evidence.actions import add_result
from workbench.people import queries as people
from workbench.people.models import Person
from workbench.projects import queries as projects
from workbench.projects.models import Project
from workbench.trail.actions import record
from workbench.trials import rules
from workbench.trials.models import MappingRun
from workbench.trials.queries import overlay
from workbench.trials.queries import runs as queries
from workbench.trials.rules.runs import NOTHING_WRITTEN, inputs_unchanged, without_time
from workbench.trials.store import keep_upload, uploaded
from workbench.trials.store import runs as store
from workbench.trials.store import salt as salt_of
from workbench.web.refusals import BadValue, NotThere, Refused
from workbench.web.transactions import pause

_BEAT = 2.0  # seconds between two looks at whether the job is still wanted; they also say that it lives
SETTINGS = "settings"
Upload = tuple[str, BinaryIO]  # file name, stream


@dataclass(frozen=True)
class Wish:
    """What a person asked a run to be.

    `chosen` says by source what it reads: `snapshot:<id>`, `crosswalk:<id>`, or `again` for the file that the run
    `again` read; a file in `uploads` goes before. A file under the name `settings` says how uploaded files are written.
    """

    version_id: int
    title: str
    period_on: date | None = None
    chosen: Mapping[str, str] = field(default_factory=dict)
    uploads: Mapping[str, Upload] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    has_overlay: bool = True
    again: int = 0
    note: str = ""


def start_mapping_run(*, project: Project, wish: Wish, home: Path, keys: Path, by: Person, address: str) -> jobs.Job:
    """Keep the uploaded files, put the recipe together and queue the run; its page: `address` and its number.

    Raises BadValue whose field is the name of the source that has no input, or of a value that is not there.
    """
    payload = {**_payload(project, wish, home, keys), "address": address}
    return jobs.enqueue(kind="mapping_run", title=wish.title, payload=payload, person_id=by.id, project_key=project.key)


def run_mapping_now(*, project: Project, wish: Wish, home: Path, keys: Path, by: Person) -> MappingRun:
    """The run at once, for a command that waits for it. Raises as `start_mapping_run`, and Refused where the run stops."""
    payload = _payload(project, wish, home, keys)
    version, given = _read(payload)
    done, table = _computed(payload, version, given, lambda percent, doing: None, lambda: None)
    return _seal(project, payload, version, done, table, home, by)


def _payload(project: Project, wish: Wish, home: Path, keys: Path) -> dict[str, Any]:
    """What a run needs to know, as a job keeps it."""
    version = queries.version(project.id, wish.version_id)
    if version is None:
        raise BadValue("version", _("There is no such version of a mapping in this project."))
    if version.is_withdrawn:
        raise Refused(_("The mapping %(name)s is withdrawn. Put it back first.", name=version.name))
    earlier = queries.recipe_of(project.id, wish.again) if wish.again else None
    if wish.again and earlier is None:
        raise BadValue("again", _("There is no run M%(number)s in this project.", number=wish.again))
    sources = store.sources_of(version.text)
    uploads = {name: keep_upload(home, project.key, *one) for name, one in wish.uploads.items()}
    settings = _settings(home, project.key, uploads, list(sources))
    inputs = {}
    for name, table in sources.items():
        if name in uploads:
            sha256, _slash, file = uploads[name].partition("/")
            inputs[name] = {"file": file, "sha256": sha256, "kept": uploads[name], "settings": settings.get(name, {})}
        else:
            inputs[name] = _chosen(project, name, table, wish, earlier)
    edits = sorted({one for each in inputs.values() for one in each.get("edits", ())})
    return {
        "project_id": project.id, "key": project.key, "home": str(home), "keys": str(keys), "title": wish.title,
        "period_on": wish.period_on.isoformat() if wish.period_on else "", "version_id": version.id, "again": wish.again,
        "note": wish.note, "recipe": {"inputs": inputs, "overlay": edits, "parameters": dict(wish.parameters)},
    }


def _settings(home: Path, key: str, uploads: dict[str, str], sources: list[str]) -> dict[str, dict[str, Any]]:
    """How uploaded files are written, by source."""
    kept = uploads.pop(SETTINGS, "")
    if not kept:
        return {}
    try:
        return store.written_settings(uploaded(home, key, kept), sources)
    except Refused as refusal:
        raise BadValue(SETTINGS, refusal.message) from refusal


def _chosen(project: Project, name: str, table: str, wish: Wish, earlier: queries.RunRecipe | None) -> dict[str, Any]:
    """The part of the recipe for a source that is no upload. Raises BadValue naming the source."""
    kind, _colon, number = wish.chosen.get(name, "").partition(":")
    if kind == "again" and earlier is not None:
        kept = earlier.recipe["inputs"].get(name, {})
        if "kept" in kept:
            return {part: kept[part] for part in ("file", "sha256", "kept", "settings")}
    if kind == "snapshot" and number.isdecimal() and (found := queries.snapshot_of(project.id, int(number))):
        snapshot, source, _pull = found
        edits = overlay.edits_of(source.id, snapshot.table_name) if wish.has_overlay else []
        return {"snapshot": snapshot.id, "edits": [each.id for each in edits]}
    if kind == "crosswalk" and (known := queries.crosswalks_of(project.id, [table]).get(table)):
        return {"crosswalk": known[0], "at": known[2]}
    message = _("%(source)s (%(table)s) has no input: choose a received table or a file.", source=name, table=table)
    raise BadValue(name, message)


class _Watch:
    """Passes the progress on, and asks now and then whether the job is still wanted."""

    def __init__(self, progress: jobs.Progress) -> None:
        self.progress, self.asked, self.last = progress, time.monotonic(), (1, "")

    def report(self, percent: int, doing: str) -> None:
        self.last = (2 + percent * 9 // 10, doing)
        self.progress.report(*self.last)

    def still_wanted(self) -> None:
        """Raises Cancelled where it is not."""
        if time.monotonic() - self.asked > _BEAT:
            self.asked = time.monotonic()
            self.progress.report(*self.last)


@jobs.job("mapping_run")
def do_mapping_run(progress: jobs.Progress, payload: dict[str, Any], person_id: int) -> str:
    """The queued run: compute with no transaction open, then write; gives the address of the run's page."""
    with reading():
        version, given = _read(payload)
        pause()
    watch = _Watch(progress)
    done, table = _computed(payload, version, given, watch.report, watch.still_wanted)
    progress.report(95, payload["key"])
    by = people.person(person_id)
    if by is None:
        raise NotThere
    run = _seal(projects.project(payload["project_id"]), payload, version, done, table, Path(payload["home"]), by)
    return f"{payload['address']}{run.number}"


def _read(payload: Mapping[str, Any]) -> tuple[queries.Version, dict[str, dict[str, Any]]]:
    """The version and what the store needs of each input."""
    version = queries.version(payload["project_id"], payload["version_id"])
    if version is None:
        raise NotThere
    inputs = payload["recipe"]["inputs"]
    return version, {name: _given(payload["project_id"], name, one) for name, one in inputs.items()}


def _computed(
    payload: Mapping[str, Any], version: queries.Version, given: Mapping[str, Mapping[str, Any]], report: store.Watch,
    still_wanted: Callable[[], None],
) -> tuple[store.Done, str]:
    """The finished run and its difference as a table. Raises Refused where it stopped; nothing is written then."""
    home, key = Path(payload["home"]), payload["key"]
    try:
        done = store.run_mapping(
            home, key, version.text, given, parameters=payload["recipe"]["parameters"],
            salt=salt_of(Path(payload["keys"]), payload["project_id"]), name=f"{version.name}.yaml",
            report=report, still_wanted=still_wanted,
        )
    except Refused as refusal:
        raise Refused(refusal.message, (NOTHING_WRITTEN,)) from refusal
    return done, store.difference_csv(store.run_folder(home, key, done.record["run"]), done.record)


def _given(project_id: int, name: str, one: Mapping[str, Any]) -> dict[str, Any]:
    """What the store needs of one input. Raises Refused where a snapshot was removed meanwhile."""
    if "kept" in one:
        return {"kept": one["kept"], "name": one["file"], "settings": one["settings"]}
    if "crosswalk" in one:
        crosswalk, rows = queries.crosswalk_as_of(project_id, one["crosswalk"], one["at"])
        return {"table": rows, "columns": [crosswalk.left_column, crosswalk.right_column], "name": f"crosswalk {crosswalk.name}"}
    found = queries.snapshot_of(project_id, one["snapshot"])
    if found is None:
        raise Refused(f"source {name}: its snapshot is no longer kept; choose another")
    snapshot, source, _pull = found
    edits = queries.overlay_of(source.id, snapshot.table_name, one["edits"])
    return {"store": snapshot.store_id, "name": f"{source.name}.{snapshot.table_name}",
            "edits": [edit for _id, edit in overlay.as_edits(edits)]}


def _seal(
    project: Project, payload: Mapping[str, Any], version: queries.Version, done: store.Done, table: str, home: Path,
    by: Person,
) -> MappingRun:
    """Write the run, its evidence and its entry."""
    earlier = queries.mapping_run(project.id, payload["again"]) if payload["again"] else None
    inputs = {name: {**one, **({"overlay": done.overlays[name]} if name in done.overlays else {})}
              for name, one in payload["recipe"]["inputs"].items()}
    pulls = {name: found[2] for name, one in inputs.items()
             if "snapshot" in one and (found := queries.snapshot_of(project.id, one["snapshot"]))}
    told = without_time(done.record)
    run = MappingRun(
        project_id=project.id, number=queries.next_mapping_run(project.id), title=payload["title"],
        period_on=date.fromisoformat(payload["period_on"]) if payload["period_on"] else None, version_id=version.id,
        again_of_id=earlier.id if earlier else None, run_id=done.record["run"], result=done.record,
        recipe={**payload["recipe"], "inputs": inputs}, result_sha256=rules.digest(told), engine="duckdb",
        drift=store.drifted(earlier.result, done.record) if earlier else [], note=payload["note"], run_at=clock.now(),
        is_live_unchanged=inputs_unchanged(
            told, {name: (each.source_before, each.source_after) for name, each in pulls.items()}),
        run_by_id=by.id,
    )
    _file(project, run, rules.canonical(told), table, home, by)
    db.session.add(run)
    record(
        "mapping_run_done", run, by=by, project=project.key, evidence=[run.result_sha256],
        after={
            "number": run.number, "title": run.title, "period_on": run.period_on, "mapping": version.name,
            "version": version.number, "mapping_sha256": version.sha256, "run": run.run_id, "inputs": dict(told["inputs"]),
            "targets": told["targets"], "result_sha256": run.result_sha256, "is_live_unchanged": run.is_live_unchanged,
        },
    )
    return run


def _file(project: Project, run: MappingRun, data: bytes, table: str, home: Path, by: Person) -> None:
    """File the result, and the difference where it is small enough for a table, as evidence."""
    name = f"{project.key}-run-M{run.number}"
    add_result(project=project, title=f"{run.title} · M{run.number}", data=data, filename=f"{name}.json",
               media_type="application/json", home=home, by=by)
    if table:
        filed = table.encode()
        add_result(project=project, title=f"{run.title} · M{run.number} · CSV", data=filed, filename=f"{name}.csv",
                   media_type="text/csv", home=home, by=by)
        run.recipe = {**run.recipe, "filed": [store.sha256(filed)]}
