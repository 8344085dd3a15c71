"""What happens to reports: building one, building a bundle, as a person waits for it or in the background."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from flask_babel import force_locale
from flask_babel import gettext as _

from workbench import clock, jobs
from workbench.config import LANGUAGES
from workbench.database import db, reading
from workbench.evidence import store
from workbench.lifecycle.forms import altered_in_words
from workbench.lifecycle.queries import altered, decisions_of_project
from workbench.people import queries as people
from workbench.people.models import Person
from workbench.people.rules import Permission
from workbench.projects import queries as projects
from workbench.projects.models import Project
from workbench.projects.rules import Confidentiality
from workbench.reports import bundle, document, manifest, queries, signing
from workbench.reports.formats import docx
from workbench.reports.models import BuiltReport
from workbench.reports.rules import BUNDLE, Brief, FileFormat, Identity, Options, Point
from workbench.trail.actions import checkpoint, record, signing_key
from workbench.trail.rules import SYSTEM, Actor
from workbench.web import transactions
from workbench.web.refusals import BadValue, NotThere, Refused

Pause = Callable[[], None]
Read = TypeVar("Read")


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
    report: document.Report | None = None,
) -> BuiltReport:
    """Build a report from the state at a signed checkpoint and keep its bytes; the entry "report_built" comes after.

    The checkpoint is the first that covers the project's last change, signed now where there is none yet: the same data
    give the same bytes. `pause` is called before the project is read and before the pages are set, so that a caller can end
    its transaction and nobody waits for it; `report` is told how far the pages are, and may raise to end it. Where the
    settings name a certificate, a signed copy is kept as well ("report_signed").
    Raises PdfFailed, Refused where it cannot be signed, and BadValue for an unknown report or language.
    """
    if key not in queries.catalogue():
        raise BadValue(
            "report", _("There is no such report; there are: %(names)s.", names=", ".join(queries.catalogue()))
        )
    if language not in LANGUAGES:
        raise BadValue("language", _("This language is not offered; there are: %(names)s.", names=", ".join(LANGUAGES)))
    chosen = options or Options()
    is_word = chosen.file_format == FileFormat.DOCX

    def read(point: Point) -> tuple[Identity, str, bytes]:
        identity = queries.identity(home, organisation, language)
        page = document.html(key, Brief(project, language, identity, point, chosen))
        return identity, page, queries.word_template(home) if is_word else b""

    point, (identity, page, template) = _read(project, key, keys, pause, read)
    certificate = None if is_word else signing.at_hand()
    if is_word:
        data = docx.word(page, identity=identity, key=project.key, checkpoint=point.root, template=template)
    else:
        data = document.set_pages(page, identity=identity, options=chosen, home=home, report=report)
    name = f"{project.key}-{key.replace('_', '-')}-{language}-{point.size}.{chosen.file_format}"
    signed = signing.signed(data, certificate) if certificate else b""
    made = _keep("report_built", project, key, language, data, name, point.size, by, home, chosen, named_id)
    if signed:  # a file of its own: what was built keeps its bytes, which are the same for the same data
        signed_name = f"{name.removesuffix('.pdf')}-signed.pdf"
        _keep("report_signed", project, key, language, signed, signed_name, point.size, by, home, chosen, named_id)
    return made


def first_page(
    *, project: Project, key: str, language: str, home: Path, keys: Path, organisation: str = "", options: Options | None = None,
    pause: Pause = _no_pause,
) -> bytes:
    """The first page of a report as a PDF of its own, as a build with these options would set it. Nothing of it is kept.

    It prints the checkpoint that a build now would print, signed where there is none yet; `pause` as for build_report.
    Raises PdfFailed, and NotThere for an unknown report.
    """
    if key not in queries.catalogue():
        raise NotThere
    chosen, identity = options or Options(), queries.identity(home, organisation, language)
    _at, page = _read(
        project, key, keys, pause, lambda point: document.html(key, Brief(project, language, identity, point, chosen))
    )
    return document.preview(page, identity=identity, options=chosen, home=home)


def _read(project: Project, key: str, keys: Path, pause: Pause, read: Callable[[Point], Read]) -> tuple[Point, Read]:
    """What is read of a project, with the signed checkpoint that covers it. Nobody waits meanwhile: only where the project was
    changed between signing and reading, twice, is it read with the write lock held.
    """
    everywhere = queries.looks_at_all(key, project)
    for is_last in (False, False, True):
        point = _point(project, keys, key)
        if not is_last:
            pause()
        with reading():
            found = read(point)
            is_covered = queries.last_change(project.key, everywhere=everywhere) <= point.size
        pause()
        if is_covered:
            break
    return point, found


def _point(project: Project, keys: Path, key: str) -> Point:
    everywhere = queries.looks_at_all(key, project)
    found = queries.checkpoint_to_print(project.key, everywhere=everywhere) or checkpoint(keys=keys, reason=f"{project.key} report")
    return queries.point_of(found, keys)


def _media_type(key: str, options: Options | None) -> str:
    if key == BUNDLE:
        return "application/zip"
    return docx.MEDIA_TYPE if options and options.file_format == FileFormat.DOCX else "application/pdf"


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
        media_type=_media_type(key, options),
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
    options: Options | None = None,
    pause: Pause = _no_pause,
    report: document.Report | None = None,
) -> BuiltReport:
    """Build the audit report, gather it with lists, evidence and the project's entries, and pack what a stranger can verify.

    The report takes the options but for the reader's level: a bundle withholds nothing. Everything in the manifest is as it
    was at the checkpoint that the report prints, so the same data give the same manifest. It is recorded ("bundle_built") and
    a checkpoint signed over that record, then the proofs are written; the ZIP itself is kept last ("bundle_kept"). Raises
    Refused where stored evidence is damaged or a gate decision is not as the trail recorded it, PdfFailed.
    """
    wrong = [altered_in_words(each) for each in altered(decisions_of_project(project.id))]
    if wrong:
        raise Refused(
            _("The bundle would say otherwise than the trail it carries."),
            (*wrong, str(_("The command “workbench trail verify” names every row that was changed past the trail."))),
        )
    # Read at the same checkpoint as the report, which is held against it below.
    point, papers = _read(project, "audit_report", keys, pause, lambda at: bundle.papers_of(project, language, at))
    made = build_report(
        project=project,
        key="audit_report",
        language=language,
        home=home,
        keys=keys,
        by=by,
        organisation=organisation,
        options=replace(options or Options(), confidentiality=Confidentiality.CONFIDENTIAL, file_format=FileFormat.PDF),
        pause=pause,
        report=report,
    )
    if made.checkpoint_size != point.size:
        raise Refused(_("The project was changed while its bundle was built. Build it again."))
    pause()
    with reading():  # every file of the evidence is hashed: nobody waits for the write lock meanwhile
        files = bundle.gather(
            project_key=project.key,
            report=read_built(made, home=home),
            vkey=signing_key(keys).vkey,
            papers=papers,
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
        signed.note, papers.leaves, entry.leaf
    )
    pause()
    name = f"{project.key}-evidence-bundle-{language}-{signed.size}.zip"
    return _keep("bundle_kept", project, BUNDLE, language, manifest.zip_bytes(files), name, point.size, by, home, options)


def read_built(row: BuiltReport, *, home: Path) -> bytes:
    """The bytes of a built file, hashed anew. Raises Refused where they are not what was built."""
    try:
        return store.read(row.sha256, home=home)
    except (store.Missing, store.Damaged) as error:
        raise Refused(
            _("The stored file is damaged or gone: its bytes are not those that were built. Build it again.")
        ) from error


def order(
    *, project: Project, key: str, language: str, home: Path, keys: Path, organisation: str, address: str, by: Person,
    options: Options | None = None, named: tuple[int, str] | None = None, is_due: bool = False,
) -> jobs.Job:
    """Queue the building of a report or bundle; when it is done the job leads to `address`.

    `named` is number and title of the report under a name that is built; one that is due is built by the system for `by`,
    and only while they may still build reports on the project.
    """
    report = queries.catalogue().get(key)
    if report is None and key != BUNDLE and not is_due:  # of one that is due, its page says what went wrong
        raise NotThere
    with force_locale(language if language in LANGUAGES else LANGUAGES[0]):
        title = str(report.TITLE) if report else _("Evidence bundle") if key == BUNDLE else key
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
        "options": (options or Options()).as_json(),
        "named_id": named[0] if named else None,
        "is_due": is_due,
    }
    title = f"{named[1]}: {title}" if named else title
    kind = "bundle" if key == BUNDLE else "report"
    return jobs.enqueue(
        kind=kind, title=f"{title}, {project.key}"[:300], payload=payload, person_id=by.id, project_key=project.key
    )


def _for(person: Person, project: Project, key: str, *, is_due: bool) -> Actor:
    """Who builds: the person, or the system in place of the owner of a report that is due. Raises Refused where the person may
    not build it any more: what was ordered may be built much later.
    """
    rights, report = people.rights_on(person, project.key), queries.catalogue().get(key)
    held = (rights.permissions if rights else frozenset()) | people.anywhere(person)
    needed = {Permission.REPORT_BUILD, report.PERMISSION if report else Permission.REPORT_BUILD}
    if person.active and needed <= held:
        return SYSTEM if is_due else person
    if not is_due:
        raise Refused(_("%(name)s may no longer build this report on %(key)s.", name=person.name, key=project.key))
    raise Refused(
        _("%(name)s, to whom this report belongs, may no longer build reports on %(key)s.", name=person.name, key=project.key),
        (str(_("Give it to somebody who may, or withdraw it: change it on its page.")),),
    )


@jobs.job("report")
def do_report(progress: jobs.Progress, payload: dict[str, Any], person_id: int) -> str:
    """The queued report."""
    wish = {
        "key": payload["key"], "options": Options.of_json(payload.get("options", {})), "named_id": payload.get("named_id"),
    }
    return _do(build_report, wish, progress, payload, person_id)


@jobs.job("bundle")
def do_bundle(progress: jobs.Progress, payload: dict[str, Any], person_id: int) -> str:
    """The queued bundle."""
    return _do(build_bundle, {"options": Options.of_json(payload.get("options", {}))}, progress, payload, person_id)


def _do(
    build: Callable[..., BuiltReport],
    options: dict[str, Any],
    progress: jobs.Progress,
    payload: dict[str, Any],
    person_id: int,
) -> str:
    """Build for a person who went on working. Every pause ends the transaction: progress is written by another one."""
    doing = payload["doing"]
    is_bundle = build is build_bundle
    before = [(percent, doing["reading"]) for percent in ((8, 12, 20) if is_bundle else (10,))]
    stages = iter([*before, (30, doing["setting"]), (60, doing["packing"]), (75, doing["packing"])])

    def pause() -> None:
        transactions.commit()
        progress.report(*next(stages, (90, doing["packing"])))

    def setting(percent: int, doing: str) -> None:
        progress.report(30 + percent * 3 // 10, doing)

    progress.report(5, doing["reading"])
    with force_locale(payload["language"]):
        by = people.person(person_id)
        if by is None:
            raise NotThere
        project = projects.project(payload["project_id"])
        build(
            project=project,
            language=payload["language"],
            home=Path(payload["home"]),
            keys=Path(payload["keys"]),
            organisation=payload["organisation"],
            by=_for(by, project, payload["key"], is_due=bool(payload.get("is_due"))),
            pause=pause,
            report=setting,
            **options,
        )
    return str(payload["address"])
