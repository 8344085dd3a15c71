"""What happens to packs of our own: a draft is started, changed line by line, discarded or published for good."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from workbench import clock
from workbench.checklists import library
from workbench.checklists import queries as checklists
from workbench.checklists.library import Pack
from workbench.checklists.models import PackEdition
from workbench.checklists.store import ID, KEY, REF, PackInvalid
from workbench.database import db
from workbench.people.models import Person
from workbench.standards import queries
from workbench.standards.formats import toml
from workbench.standards.formats.base import Imported
from workbench.standards.formats.mapping import Tied
from workbench.standards.models import PackDraft, PackMapping
from workbench.standards.rules import (
    NAMES,
    RESERVED,
    DraftState,
    Origin,
    Part,
    Table,
    empty_body,
    hanging_on,
    is_version,
    moved,
    next_key,
    next_version,
    place_of,
    version_key,
    with_entry,
    without_entry,
)
from workbench.trail.actions import record
from workbench.trail.rules import Actor
from workbench.web.refusals import BadValue, NotThere, Refused

SHOWN_FAULTS = 30


def publish_pack(
    *,
    pack: Pack,
    body: bytes,
    origin: str,
    by: Actor,
    from_pack: str = "",
    source_name: str = "",
    remarks: Sequence[Mapping[str, Any]] = (),
) -> PackEdition:
    """Keep a pack for good as the next edition of its name. `body` are the bytes that `pack` was read from.

    Raises BadValue where the name is that of a shipped pack, or the version is not above the one before.
    """
    if hashlib.sha256(body).hexdigest() != pack.digest:
        raise ValueError("these are not the bytes the pack was read from")
    check_own_name(pack.id)
    _check_version(pack)
    if not pack.items:
        raise Refused(_("A pack without a question cannot be answered, so it is not published."))
    edition = PackEdition(
        pack_id=pack.id, version=pack.version, digest=pack.digest, title_en=pack.title.en[:300],
        title_fr=pack.title.fr[:300], edition=pack.edition[:100], languages=list(pack.languages),
        notice_en=pack.notice.en, notice_fr=pack.notice.fr, clauses=len(pack.clauses), items=len(pack.items),
        kinds=pack.counts(), body=body.decode("utf-8"), origin=origin, from_pack=from_pack[:60],
        source_name=source_name[:200], remarks=[dict(each) for each in remarks],
        published_at=clock.now(), published_by_id=by.id,
    )  # fmt: skip
    db.session.add(edition)
    after = {
        "pack": pack.id, "version": pack.version, "digest": pack.digest, "origin": origin,
        "clauses": len(pack.clauses), "items": len(pack.items),
    }  # fmt: skip
    record("pack_published", edition, by=by, after=after)
    return edition


def check_own_name(pack_id: str) -> None:
    """Refuse a name that a pack of our own cannot have."""
    if not ID.pattern.fullmatch(pack_id) or len(pack_id) > 60:
        raise BadValue("pack_id", _("Use small letters, digits and _, beginning with a letter, at most 60."))
    if pack_id in RESERVED or pack_id in library.pack_ids():
        raise BadValue("pack_id", _("This name is taken. A pack that comes with the program is adapted under a new name."))


def _check_version(pack: Pack) -> None:
    if not is_version(pack.version):
        raise BadValue("version", _("Write the version as numbers with dots between them, such as 1.2."))
    last = checklists.installed(pack.id)
    if last is not None and version_key(pack.version) <= version_key(last.version):
        raise BadValue("version", _("Version %(version)s is published; the next one needs a higher number.", version=last.version))


def start_draft(*, pack_id: str, title: Mapping[str, str], by: Person, from_pack: str = "") -> PackDraft:
    """Begin a pack: empty, adapted from another one, or the next version of the same one."""
    check_own_name(pack_id)
    if queries.open_draft_of(pack_id) is not None:
        raise BadValue("pack_id", _("There is a draft of this name already."))
    if from_pack != pack_id and checklists.installed(pack_id) is not None:
        raise BadValue("pack_id", _("A pack of this name is published already. Choose another name."))
    body, origin = empty_body(pack_id, title), Origin.MADE
    if from_pack:
        source = checklists.installed(from_pack)
        if source is None or source.kind != "standard":
            raise BadValue("from_pack", _("This pack cannot be adapted."))
        body, origin = _adapted(source, pack_id, title), _origin(from_pack, pack_id)
    now = clock.now()
    row = PackDraft(
        pack_id=pack_id, body=body, origin=origin, from_pack=from_pack, started_at=now, started_by_id=by.id, changed_at=now
    )
    db.session.add(row)
    record("pack_draft_started", row, by=by, after={"pack": pack_id, "from": from_pack})
    return row


def _adapted(source: Pack, pack_id: str, title: Mapping[str, str]) -> Table:
    body = toml.document(source)
    head = {**body["pack"], "id": pack_id}
    if pack_id == source.id:
        head["version"] = next_version(source.version)
    else:
        head |= {"version": "1.0", "title": {**head["title"], **{name: each for name, each in title.items() if each}}}
    return {**body, "pack": head}


def _origin(from_pack: str, pack_id: str) -> Origin:
    """The next version of a pack made here is made here; every other source is adapted."""
    editions = queries.versions(pack_id) if from_pack == pack_id else []
    return Origin.MADE if editions and editions[0].origin == Origin.MADE else Origin.ADAPTED


def describe_draft(*, row: PackDraft, facts: Table, by: Person) -> None:
    """Say a draft's title, edition, source and notice anew."""
    _check_open(row)
    before = {name: row.body["pack"].get(name) for name in facts}
    _write(row, {**row.body, "pack": {**row.body["pack"], **facts}})
    record("pack_draft_changed", row, by=by, before={"head": before}, after={"pack": row.pack_id, "head": facts})


def write_entry(*, row: PackDraft, part: Part, entry: Table, by: Person, name: str = "") -> str:
    """Add a clause or a question, or say the one called `name` anew; its name then."""
    _check_open(row)
    field = NAMES[part]
    if part == Part.ITEMS and not entry.get("key"):
        entry = {"key": next_key(row.body, entry["clause"]), **{key: each for key, each in entry.items() if key != "key"}}
    called = str(entry[field])
    _check_entry(row, part, entry, name)
    old = _entry(row, part, name) if name else None
    _write(row, with_entry(row.body, part, entry, name))
    before = {"entry": old} if old is not None else None
    record(
        "pack_draft_changed", row, by=by, before=before, after={"pack": row.pack_id, "part": part.value, "entry": entry}
    )
    return called


def _check_entry(row: PackDraft, part: Part, entry: Table, name: str) -> None:
    field, shape = NAMES[part], REF if part == Part.CLAUSES else KEY
    called = str(entry[field])
    if not shape.pattern.fullmatch(called):
        raise BadValue(field, _SHAPES[part]())
    if called != name and place_of(row.body, part, called) is not None:
        raise BadValue(field, _("%(name)s is there already.", name=called))
    above, wanted = ("parent", entry.get("parent")) if part == Part.CLAUSES else ("clause", entry.get("clause"))
    if wanted and (wanted == called or place_of(row.body, Part.CLAUSES, str(wanted)) is None):
        raise BadValue(above, _("There is no clause %(clause)s in this draft.", clause=wanted))


def _clause_shape() -> str:
    return str(_("Use at most 50 letters, digits, dots, hyphens, brackets and _, such as 8.5.6 or AC-2(1)."))


def _key_shape() -> str:
    return str(_("Write the clause, a hyphen and a number, such as 8.5.6-1."))


_SHAPES = {Part.CLAUSES: _clause_shape, Part.ITEMS: _key_shape}


def _entry(row: PackDraft, part: Part, name: str) -> Table:
    here = place_of(row.body, part, name)
    if here is None:
        raise NotThere
    return dict(row.body[part][here])


def move_entry(*, row: PackDraft, part: Part, name: str, up: bool, by: Person) -> None:
    """Put a clause or question one place up or down."""
    _check_open(row)
    _entry(row, part, name)
    _write(row, moved(row.body, part, name, -1 if up else 1))
    after = {"pack": row.pack_id, "part": part.value, "moved": name, "direction": "up" if up else "down"}
    record("pack_draft_changed", row, by=by, after=after)


def remove_entry(*, row: PackDraft, part: Part, name: str, by: Person) -> None:
    """Take a clause or question out. Refused for a clause on which others or questions hang."""
    _check_open(row)
    old = _entry(row, part, name)
    hanging = hanging_on(row.body, name) if part == Part.CLAUSES else []
    if hanging:
        message = _("Clause %(clause)s has clauses or questions below it. Remove them first.", clause=name)
        raise Refused(message, tuple(hanging[:SHOWN_FAULTS]))
    _write(row, without_entry(row.body, part, name))
    after = {"pack": row.pack_id, "part": part.value, "removed": name}
    record("pack_draft_changed", row, by=by, before={"entry": old}, after=after)


def discard_draft(*, row: PackDraft, reason: str, by: Person) -> None:
    """Give a draft up, with the reason; it stays readable."""
    _check_open(row)
    if not reason.strip():
        raise BadValue("reason", _("Say why; the trail keeps the reason."))
    row.state, row.reason, row.changed_at = DraftState.DISCARDED, reason.strip(), clock.now()
    record("pack_draft_discarded", row, by=by, after={"pack": row.pack_id}, reason=reason.strip())


def publish_draft(*, row: PackDraft, version: str, by: Person) -> PackEdition:
    """Publish a draft under a version. Refused with what is still wrong in it."""
    _check_open(row)
    body = {**row.body, "pack": {**row.body["pack"], "version": version}}
    data = toml.write({name: each for name, each in body.items() if each})
    try:
        pack = library.read(data, row.pack_id)
    except PackInvalid as invalid:
        told = tuple(f"{each.place}: {each.problem}; {each.remedy}" for each in invalid.faults[:SHOWN_FAULTS])
        raise Refused(_("The draft is not ready to be published."), told) from invalid
    edition = publish_pack(pack=pack, body=data, origin=row.origin, by=by, from_pack=row.from_pack)
    _write(row, body)
    row.state = DraftState.PUBLISHED
    record("pack_draft_published", row, by=by, after={"pack": row.pack_id, "version": version})
    return edition


def _write(row: PackDraft, body: Table) -> None:
    row.body, row.changed_at = body, clock.now()


def _check_open(row: PackDraft) -> None:
    if row.state != DraftState.OPEN:
        raise Refused(_("This draft is published or discarded; it changes no more."))


@dataclass(frozen=True)
class Taken:
    """What an import kept: the edition, where the file had a pack, and its mappings; one that was here is not kept twice."""

    edition: PackEdition | None
    mappings: tuple[PackMapping, ...]
    known: int


def import_file(*, imported: Imported, by: Actor, source_name: str) -> Taken:
    """Publish the pack of a file that was read, and keep the mappings whose packs are both here."""
    ties = queries.tie_mappings(imported)
    if imported.pack is None and not ties.tied:
        message = _("Both packs of a mapping must be here before it is imported. These are missing:")
        raise Refused(message, ties.waiting[:SHOWN_FAULTS])
    edition = None
    if imported.pack is not None:
        remarks = [each.as_json() for each in imported.remarks]
        if ties.waiting:
            remarks.append({"code": "mapping_waits", "count": len(ties.waiting), "examples": list(ties.waiting[:5])})
        edition = publish_pack(
            pack=imported.pack, body=imported.body, origin=Origin.IMPORTED, by=by, source_name=source_name, remarks=remarks
        )  # fmt: skip
    kept = [_keep_mapping(each, by=by, source_name=source_name) for each in ties.tied]
    new = tuple(row for row in kept if row is not None)
    return Taken(edition, new, len(kept) - len(new))


def _keep_mapping(found: Tied, *, by: Actor, source_name: str) -> PackMapping | None:
    """The new row, or None where the very same links are kept already."""
    ends = {"from": found.mapping.from_pack, "to": found.mapping.to_pack, "links": found.links}
    digest = hashlib.sha256(json.dumps(ends, sort_keys=True).encode()).hexdigest()
    if queries.mapping_with(digest) is not None:
        return None
    row = PackMapping(
        name=found.mapping.name[:300], from_pack=found.mapping.from_pack, to_pack=found.mapping.to_pack, digest=digest,
        links=list(found.links), remarks=[each.as_json() for each in found.remarks], source=found.mapping.source,
        source_name=source_name[:200], imported_at=clock.now(), imported_by_id=by.id,
    )  # fmt: skip
    db.session.add(row)
    after = {"name": row.name, "from": row.from_pack, "to": row.to_pack, "links": len(row.links), "digest": digest}
    record("pack_mapping_imported", row, by=by, after=after)
    return row
