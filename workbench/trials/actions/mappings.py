"""What happens to a mapping: it is begun, its draft is kept, a version without faults is saved, it is put aside."""

from __future__ import annotations

import hashlib
import re

from flask_babel import gettext as _

from workbench import clock
from workbench.database import db
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.trail.actions import record
from workbench.trials import queries, store
from workbench.trials.models import Mapping, MappingVersion
from workbench.web.refusals import BadValue, NotThere, Refused

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")


def add_mapping(*, project: Project, name: str, title: str, text: str, by: Person) -> Mapping:
    """Begin a mapping with a draft, which may have faults. Raises BadValue for a name that is taken or cannot be one."""
    if not _NAME.fullmatch(name):
        raise BadValue("name", _("A name has small letters, digits and -, such as supplier-usage."))
    if queries.mappings.mapping_named(project.id, name) is not None:
        raise BadValue("name", _("This project has a mapping %(name)s already.", name=name))
    made = Mapping(
        project_id=project.id, name=name, title=title or name, draft=text, draft_at=clock.now(), draft_by_id=by.id
    )
    db.session.add(made)
    record("mapping_begun", made, by=by, project=project.key, after={"name": name, "title": made.title, "draft": _digest(text)})
    return made


def keep_draft(*, project: Project, mapping: Mapping, text: str, by: Person) -> None:
    """Keep what is worked on, with or without faults."""
    _check_standing(mapping)
    before = _digest(queries.mappings.text_of_mapping(mapping))
    if before == _digest(text):
        return
    mapping.draft, mapping.draft_at, mapping.draft_by_id = text, clock.now(), by.id
    record(
        "mapping_draft_kept", mapping, by=by, project=project.key, before={"draft": before}, after={"draft": _digest(text)}
    )


def save_version(*, project: Project, mapping: Mapping, note: str, by: Person) -> MappingVersion:
    """Save the draft as the next version. Raises Refused while it has faults, BadValue without a reason or a change."""
    _check_standing(mapping)
    if not note.strip():
        raise BadValue("note", _("Say why it changed: whoever reads a run later asks."))
    text, newest = queries.mappings.text_of_mapping(mapping), queries.mappings.newest_version(mapping.id)
    found = store.checked(text)
    if found.mapping is None:
        faults = tuple(fault.in_words(f"{mapping.name}.yaml").partition("\n")[0] for fault in found.faults)
        raise Refused(_("The mapping has faults. Mend them, then save it."), faults)
    if found.mapping.spec.name != mapping.name:
        raise BadValue("note", _("The text calls the mapping %(name)s; here it is %(wanted)s. Change the line “name:”.",
                                 name=found.mapping.spec.name, wanted=mapping.name))
    if newest is not None and newest.text == text:
        raise BadValue("note", _("Nothing changed since version %(number)s.", number=newest.number))
    made = MappingVersion(
        project_id=project.id, mapping_id=mapping.id, number=newest.number + 1 if newest else 1, text=text,
        sha256=_digest(text), note=note.strip(), made_at=clock.now(), made_by_id=by.id,
    )
    mapping.draft, mapping.draft_at, mapping.draft_by_id = "", None, None
    db.session.add(made)
    record(
        "mapping_version_saved", made, by=by, project=project.key, reason=made.note, also=[mapping],
        after={"mapping": mapping.name, "number": made.number, "sha256": made.sha256},
    )
    return made


def take_version(*, project: Project, mapping: Mapping, number: int, by: Person) -> None:
    """Go on from an earlier version: it becomes the draft."""
    version = queries.mappings.version(mapping.id, number)
    if version is None:
        raise NotThere
    keep_draft(project=project, mapping=mapping, text=version.text, by=by)


def withdraw_mapping(*, project: Project, mapping: Mapping, reason: str, by: Person) -> None:
    """Put a mapping aside; its versions and runs stay. A withdrawn one is put back."""
    if not reason.strip():
        raise BadValue("reason", _("A reason is needed: the auditor reads it."))
    was = mapping.withdrawn_at is not None
    mapping.withdrawn_at = None if was else clock.now()
    mapping.withdrawn_reason = None if was else reason.strip()
    act = "mapping_put_back" if was else "mapping_withdrawn"
    record(act, mapping, by=by, project=project.key, reason=reason.strip(), after={"name": mapping.name})


def _check_standing(mapping: Mapping) -> None:
    if mapping.withdrawn_at is not None:
        raise Refused(_("The mapping %(name)s is withdrawn. Put it back first.", name=mapping.name))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
