"""What happens to evidence: adding, versions, withdrawal and its undoing. A file is on disk before its row is."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from flask_babel import gettext as _
from sqlalchemy import select

from workbench import clock
from workbench.database import db
from workbench.evidence import queries, store
from workbench.evidence.models import Evidence, EvidenceVersion
from workbench.evidence.rules import ALLOWED, EvidenceKind, EvidenceState
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.trail.actions import record
from workbench.web.refusals import BadValue, Refused

LIMIT = 25_000_000  # bytes; the pages pass the installation's own limit


def add_file(
    *,
    project: Project,
    title: str,
    stream: BinaryIO,
    filename: str,
    home: Path,
    by: Person,
    valid_until: date | None = None,
    note: str = "",
    limit: int = LIMIT,
) -> Evidence:
    """Add a file as evidence. Refused where its content is of no kind that is accepted, whatever its name says."""
    version = _kept(stream, filename, home=home, limit=limit)
    return _add(project, EvidenceKind.FILE, title, version, valid_until, note, by)


def add_link(
    *, project: Project, title: str, url: str, by: Person, valid_until: date | None = None, note: str = ""
) -> Evidence:
    """Add the address of something that lies elsewhere; http and https only."""
    return _add(project, EvidenceKind.LINK, title, EvidenceVersion(url=_address(url)), valid_until, note, by)


def add_result(
    *,
    project: Project,
    title: str,
    data: bytes,
    filename: str,
    media_type: str,
    home: Path,
    by: Person,
    note: str = "",
    valid_until: date | None = None,
) -> Evidence:
    """File a result of the system itself, such as a reconciliation, with the type its maker gives it."""
    version = EvidenceVersion(
        sha256=_stored(data, home=home), size=len(data), media_type=media_type, filename=store.clean_name(filename)
    )
    return _add(project, EvidenceKind.SYSTEM, title, version, valid_until, note, by)


def add_version(
    *,
    project: Project,
    evidence: Evidence,
    by: Person,
    stream: BinaryIO | None = None,
    filename: str = "",
    url: str = "",
    home: Path | None = None,
    valid_until: date | None = None,
    note: str = "",
    limit: int = LIMIT,
) -> EvidenceVersion:
    """Add a newer version of a file or of a link; the earlier ones stay. It says anew until when the evidence holds."""
    if evidence.kind == EvidenceKind.SYSTEM:
        raise Refused(_("%(code)s is a result of the system; a new result becomes new evidence.", code=evidence.code))
    if evidence.state == EvidenceState.WITHDRAWN:
        raise Refused(_("%(code)s is withdrawn. Put it back first, or add new evidence.", code=evidence.code))
    if evidence.kind == EvidenceKind.LINK:
        version = EvidenceVersion(url=_address(url))
    elif stream is None or home is None:
        raise BadValue("file", _("Choose the file."))
    else:
        version = _kept(stream, filename, home=home, limit=limit)
    before = queries.newest_version(evidence.id)
    old = {"version": before.number, **_facts(before), "valid_until": evidence.valid_until}
    _complete(version, evidence, before.number + 1, note, by)
    evidence.valid_until = valid_until
    record(
        "evidence_version_added",
        evidence,
        by=by,
        project=project.key,
        before=old,
        after={"version": version.number, **_facts(version), "valid_until": valid_until, "note": note},
        evidence=[version.sha256] if version.sha256 else [],
        also=[version],
    )
    return version


def withdraw(*, project: Project, evidence: Evidence, reason: str, by: Person) -> None:
    """Withdraw evidence: it stays readable and proves nothing any more."""
    if evidence.state == EvidenceState.WITHDRAWN:
        raise Refused(_("%(code)s is withdrawn already.", code=evidence.code))
    if not reason.strip():
        raise BadValue("reason", _("Say why it is withdrawn; the reason stays with it."))
    evidence.state, evidence.withdrawn_reason = EvidenceState.WITHDRAWN, reason.strip()
    record(
        "evidence_withdrawn",
        evidence,
        by=by,
        project=project.key,
        reason=reason.strip(),
        before={"state": EvidenceState.CURRENT},
        after={"state": EvidenceState.WITHDRAWN},
    )


def put_back(*, project: Project, evidence: Evidence, by: Person) -> None:
    """Undo a withdrawal."""
    if evidence.state != EvidenceState.WITHDRAWN:
        raise Refused(_("%(code)s is not withdrawn.", code=evidence.code))
    reason = evidence.withdrawn_reason
    evidence.state, evidence.withdrawn_reason = EvidenceState.CURRENT, ""
    record(
        "evidence_put_back",
        evidence,
        by=by,
        project=project.key,
        before={"state": EvidenceState.WITHDRAWN, "reason": reason},
        after={"state": EvidenceState.CURRENT},
    )


def _add(
    project: Project,
    kind: EvidenceKind,
    title: str,
    version: EvidenceVersion,
    valid_until: date | None,
    note: str,
    by: Person,
) -> Evidence:
    named = title.strip() or version.filename or version.url
    # Two people adding at once queue here, so that each number is given once.
    db.session.execute(select(Project.id).where(Project.id == project.id).with_for_update())
    piece = Evidence(
        project_id=project.id,
        number=queries.next_number(project.id),
        title=named[:300],
        kind=kind,
        state=EvidenceState.CURRENT,
        owner_id=by.id,
        valid_until=valid_until,
    )
    db.session.add(piece)
    db.session.flush()
    _complete(version, piece, 1, note, by)
    record(
        "evidence_added",
        piece,
        by=by,
        project=project.key,
        after={
            "code": piece.code,
            "title": piece.title,
            "kind": kind,
            **_facts(version),
            "valid_until": valid_until,
            "note": note,
        },
        evidence=[version.sha256] if version.sha256 else [],
        also=[version],
    )
    return piece


def _complete(version: EvidenceVersion, piece: Evidence, number: int, note: str, by: Person) -> None:
    version.evidence_id, version.number, version.note = piece.id, number, note
    version.added_at, version.added_by_id = clock.now(), by.id
    db.session.add(version)


def _facts(version: EvidenceVersion) -> dict[str, str | int]:
    if version.url:
        return {"url": version.url}
    return {
        "filename": version.filename or "",
        "media_type": version.media_type or "",
        "size": version.size or 0,
        "sha256": version.sha256 or "",
    }


def _kept(stream: BinaryIO, filename: str, *, home: Path, limit: int) -> EvidenceVersion:
    name = store.clean_name(filename)
    data = stream.read(limit + 1)
    if len(data) > limit:
        raise Refused(_("%(name)s is larger than %(limit)s MB.", name=name, limit=limit // 1_000_000), code=413)
    if not data:
        raise BadValue("file", _("%(name)s is empty.", name=name or _("The file")))
    kind = store.media_type(data, name)
    if kind not in ALLOWED:
        raise BadValue("file", _refusal(name, kind))
    return EvidenceVersion(sha256=_stored(data, home=home), size=len(data), media_type=kind, filename=name)


def _refusal(name: str, kind: str) -> str:
    shown = kind or _("of no known kind")
    accepted = ", ".join(sorted(set(ALLOWED.values())))
    return str(
        _(
            "The content of %(name)s is %(kind)s, whatever its name says. Accepted are: %(accepted)s "
            "(text in UTF-8, no macros).",
            name=name,
            kind=shown,
            accepted=accepted,
        )
    )


def _stored(data: bytes, *, home: Path) -> str:
    try:
        return store.keep(data, home=home)
    except store.Full as error:
        message = _("The disk of this installation is full; the file was not stored. Tell the admin.")
        raise Refused(message, code=507) from error


def _address(url: str) -> str:
    wanted = url.strip()
    try:
        parts = urlsplit(wanted)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        sound = False
    if not sound or len(wanted) > 2000 or re.search(r"[\s\x00-\x1f]", wanted):
        raise BadValue("url", _("A whole address is needed that begins with https:// or http://, without user name."))
    return wanted
