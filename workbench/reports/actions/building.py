"""What happens to reports: building one, building a bundle, as a person waits for it or in the background."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from workbench import clock, jobs
from workbench.config import LANGUAGES
from workbench.database import db, reading
from workbench.evidence import store
from workbench.people import queries as people
from workbench.people.models import Person
from workbench.projects import queries as projects
from workbench.projects.models import Project
from workbench.reports import bundle, document, manifest, queries
from workbench.reports.models import BuiltReport
from workbench.reports.rules import BUNDLE, Brief, Options, Point
from workbench.trail.actions import checkpoint, record, signing_key
from workbench.trail.rules import Actor
from workbench.web import transactions
from workbench.web.refusals import BadValue, NotThere, Refused

Pause = Callable[[], None]


def _no_pause() -> None:
    """Keep the transaction at hand open throughout."""


def build_report(
    *,
    project: Project,
    key: str,
    language: str,
    home: Path,
    keys: Path,
    by: Actor,
    organisation: str = "",
    options: Options | None = None,
    named_id: int | None = None,
    pause: Pause = _no_pause,
) -> BuiltReport:
    """Build a report from the state at a signed checkpoint and keep its bytes; the entry "report_built" comes after.

    The checkpoint is the first that covers the project's last change, signed now where there is none yet: the same data
    give the same bytes. `pause` is called once everything is read and before the pages are set, so that a caller can
    end its transaction and nobody waits for it. Raises PdfFailed, and BadValue for an unknown report or language.
    """
    if key not in queries.catalogue():
        raise BadValue(
            "report", _("There is no such report; there are: %(names)s.", names=", ".join(queries.catalogue()))
        )
    if language not in LANGUAGES:
        raise BadValue("language", _("This language is not offered; there are: %(names)s.", names=", ".join(LANGUAGES)))
    point = _point(project, keys)
    chosen = options or Options()
    brief = Brief(project, language, queries.identity(home, organisation), point, chosen)
    page = document.html(key, brief)
    pause()
    data = document.set_pages(page)
    name = f"{project.key}-{key.replace('_', '-')}-{language}-{point.size}.pdf"
    return _keep("report_built", project, key, language, data, name, point.size, by, home, chosen, named_id)


def _point(project: Project, keys: Path) -> Point:
    found = queries.checkpoint_to_print(project.key) or checkpoint(keys=keys, reason=f"{project.key} report")
    return queries.point_of(found, keys)


def _keep(
    act: str, project: Project, key: str, language: str, data: bytes, filename: str, size: int, by: Actor, home: Path,
    options: Options | None = None, named_id: int | None = None,
) -> BuiltReport:
    """Store the bytes, then write the row and its entry."""
    made = BuiltReport(
        project_id=project.id,
        key=key,
        language=language,
        sha256=store.keep(data, home=home),
        size=len(data),
        filename=filename,
        checkpoint_size=size,
        built_at=clock.now(),
        built_by_id=by.id or None,
        options=options.as_json() if options else {},
        media_type="application/zip" if key == BUNDLE else "application/pdf",
        named_id=named_id,
    )
    db.session.add(made)
    after = {"key": key, "language": language, "sha256": made.sha256, "size": made.size, "checkpoint_size": size}
    after |= {"options": made.options} if made.options else {}
    record(act, made, by=by, project=project.key, after=after, evidence=[made.sha256])
    return made


def build_bundle(
    *,
    project: Project,
    language: str,
    home: Path,
    keys: Path,
    by: Actor,
    organisation: str = "",
    pause: Pause = _no_pause,
) -> BuiltReport:
    """Build the audit report, gather it with the evidence and the project's entries, and pack what a stranger can verify.

    The manifest is recorded ("bundle_built") and a checkpoint signed over that record, then the proofs are written; the
    ZIP itself is kept last ("bundle_kept"). Raises Refused where stored evidence is damaged, PdfFailed.
    """
    made = build_report(
        project=project,
        key="audit_report",
        language=language,
        home=home,
        keys=keys,
        by=by,
        organisation=organisation,
        pause=pause,
    )
    pause()
    with reading():  # every file of the evidence is hashed: nobody waits for the write lock meanwhile
        leaves, vkey = bundle.leaves_of(project.key), signing_key(keys).vkey
        files = bundle.gather(
            project_id=project.id,
            project_key=project.key,
            report=read_built(made, home=home),
            vkey=vkey,
            leaves=leaves,
            home=home,
        )
        listing = manifest.build_manifest(project.key, files)
    pause()
    digest = hashlib.sha256(listing).hexdigest()
    entry = record(
        "bundle_built", project, by=by, project=project.key, after={"manifest_sha256": digest, "language": language}
    )
    signed = checkpoint(keys=keys, reason=f"{project.key} bundle")
    files |= {"manifest.json": listing, "trail/checkpoint": signed.note.encode()} | bundle.proofs(
        signed.note, leaves, entry.leaf
    )
    pause()
    name = f"{project.key}-evidence-bundle-{language}-{signed.size}.zip"
    return _keep("bundle_kept", project, BUNDLE, language, bundle.pack(files), name, made.checkpoint_size, by, home)


def read_built(row: BuiltReport, *, home: Path) -> bytes:
    """The bytes of a built file, hashed anew. Raises Refused where they are not what was built."""
    try:
        return store.read(row.sha256, home=home)
    except (store.Missing, store.Damaged) as error:
        raise Refused(
            _("The stored file is damaged or gone: its bytes are not those that were built. Build it again.")
        ) from error


def order(
    *, project: Project, key: str, language: str, home: Path, keys: Path, organisation: str, address: str, by: Person
) -> jobs.Job:
    """Queue the building of a report or bundle; when it is done the job leads to `address`."""
    if key != BUNDLE and key not in queries.catalogue():
        raise NotThere
    with force_locale(language):
        title = _("Evidence bundle") if key == BUNDLE else str(queries.catalogue()[key].TITLE)
        doing = {"reading": _("reading the project"), "setting": _("setting the pages"), "packing": _("packing")}
    payload: dict[str, Any] = {
        "project_id": project.id,
        "key": key,
        "language": language,
        "home": str(home),
        "keys": str(keys),
        "doing": doing,
        "organisation": organisation,
        "address": address,
    }
    kind = "bundle" if key == BUNDLE else "report"
    return jobs.enqueue(
        kind=kind, title=f"{title}, {project.key}", payload=payload, person_id=by.id, project_key=project.key
    )


@jobs.job("report")
def do_report(progress: jobs.Progress, payload: dict[str, Any], person_id: int) -> str:
    """The queued report."""
    return _do(build_report, {"key": payload["key"]}, progress, payload, person_id)


@jobs.job("bundle")
def do_bundle(progress: jobs.Progress, payload: dict[str, Any], person_id: int) -> str:
    """The queued bundle."""
    return _do(build_bundle, {}, progress, payload, person_id)


def _do(
    build: Callable[..., BuiltReport],
    options: dict[str, Any],
    progress: jobs.Progress,
    payload: dict[str, Any],
    person_id: int,
) -> str:
    """Build for a person who went on working. Every pause ends the transaction: progress is written by another one."""
    packing = payload["doing"]["packing"]
    stages = iter([(30, payload["doing"]["setting"]), (60, packing), (75, packing), (90, packing)])

    def pause() -> None:
        transactions.commit()
        progress.report(*next(stages))

    progress.report(5, payload["doing"]["reading"])
    with force_locale(payload["language"]):
        by = people.person(person_id)
        if by is None:
            raise NotThere
        build(
            project=projects.project(payload["project_id"]),
            language=payload["language"],
            home=Path(payload["home"]),
            keys=Path(payload["keys"]),
            organisation=payload["organisation"],
            by=by,
            pause=pause,
            **options,
        )
    return str(payload["address"])
