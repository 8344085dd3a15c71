"""Taking a checklist over into the next edition of its standard."""

from __future__ import annotations

from flask_babel import get_locale
from flask_babel import gettext as _

from workbench import clock
from workbench.checklists import proofs, queries
from workbench.checklists.actions.answering import check_open, hold, pinned, pinned_pack, taken
from workbench.checklists.actions.upgrading import upgrade_checklist
from workbench.checklists.library import Pack
from workbench.checklists.models import Checklist, Transition
from workbench.checklists.queries import AGAIN, CARRIED, GONE, NEW, Report
from workbench.database import Base, db
from workbench.people.models import Person
from workbench.projects.models import Project
from workbench.trail.actions import record
from workbench.web.refusals import BadValue, Refused


def migrate_checklist(*, project: Project, checklist: Checklist, to_pack: str, by: Person) -> Checklist:
    """Make a checklist of the later edition and close this one; the report of what became of each question is kept.

    Answers go over with their evidence where the clause stayed what it was and the question asks the same. All others
    are not checked; where the clause only changed, the earlier answer is proposed. A newer version of the same pack is
    taken over by `upgrade_checklist`.
    """
    if to_pack == checklist.pack_id:
        return upgrade_checklist(project=project, pack_id=to_pack, by=by)
    if checklist.occasion:
        raise Refused(_("Only the standing checklist of a project goes over to another edition."))
    pack = pinned_pack(checklist)
    hold(project)
    hold(checklist)
    check_open(checklist, by)
    report = queries.planned_transition(checklist, pack, to_pack)
    later = queries.installed(to_pack)
    if report is None or later is None:
        raise BadValue("to_pack", _("No crosswalk leads from this standard to “%(pack)s”.", pack=to_pack[:60]))
    if queries.newest_checklist(project.id, to_pack) is not None:
        raise Refused(
            _(
                "%(pack)s is started already. What this checklist says is proposed there, question by question.",
                pack=later.title.in_(str(get_locale())),
            )
        )
    return _migrated(project, checklist, later, report, by)


def _migrated(project: Project, old: Checklist, later: Pack, report: Report, by: Person) -> Checklist:
    made = pinned(project, later, by.id)
    db.session.flush()
    new_keys = {line.origins[0].key: line.key for line in report.of_kind(CARRIED)}
    rows: list[Base] = []
    for answer in proofs.answers_of(old.id, new_keys):
        rows += taken(made, answer, new_keys[answer.item_key])
    old.closed_at = clock.now()
    transition = Transition(
        from_id=old.id, to_id=made.id, report=report.as_json(), made_at=old.closed_at, made_by_id=by.id
    )
    db.session.add(transition)
    after = {
        "pack": made.pack_id,
        "version": made.pack_version,
        "digest": made.pack_digest,
        **{kind: len(report.of_kind(kind)) for kind in (CARRIED, AGAIN, NEW, GONE)},
    }
    before = {"checklist": old.id, "pack": old.pack_id, "version": old.pack_version, "digest": old.pack_digest}
    record("checklist_migrated", transition, by=by, project=project.key, before=before, after=after, also=rows)
    return made
