"""Taking a checklist over into the wording of its pack that is installed now."""

from __future__ import annotations

from flask_babel import gettext as _

from workbench import clock
from workbench.checklists import proofs, queries
from workbench.checklists.actions.answering import check_open, hold, pinned, taken
from workbench.checklists.actions.applicability import carry_exclusions
from workbench.checklists.models import Checklist
from workbench.database import Base, db
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.trail.actions import record
from workbench.web.refusals import Refused


def upgrade_checklist(*, project: Project, pack_id: str, by: Person) -> Checklist:
    """Take over the wording installed now: a new checklist with the answers and evidence of unchanged items.

    Reworded and new items are not checked; clauses that are switched off stay so. The old checklist stays readable as it
    was answered, and is answered no more. Refused where the project has not started the pack, answers the installed
    wording already, or where the checklist is closed since a later edition took its place.
    """
    hold(project)
    old = queries.newest_checklist(project.id, pack_id)
    change = proofs.renewal(old) if old is not None else None
    if old is None or change is None:
        raise Refused(_("The project answers the wording installed now already."))
    check_open(old, by)
    made = pinned(project, change.pack, by.id)
    db.session.flush()
    rows: list[Base] = [
        row for answer in proofs.answers_of(old.id, [each.key for each in change.same]) for row in taken(made, answer)
    ]
    rows += carry_exclusions(old, made, change.pack, by)
    old.closed_at = clock.now()
    after = {
        "pack": made.pack_id,
        "version": made.pack_version,
        "digest": made.pack_digest,
        "kept": len(change.same),
        "reworded": [new.key for _old, new in change.reworded],
        "added": [each.key for each in change.added],
        "removed": [key for key, _old in change.removed],
    }
    before = {"version": old.pack_version, "digest": old.pack_digest}
    record("checklist_upgraded", made, by=by, project=project.key, before=before, after=after, also=rows)
    return made
